//! The same number in flight at the refusals, again and again: a semaphore refuses at exactly its slots, while overload and
//! limits per minute refuse at whatever is in flight. Said of refusals with at least one request in flight.

use std::collections::BTreeMap;

use super::declaration::{Declaration, Edge, Order, Unit, bin, measured};
use super::hypotheses::CAP;
use super::{EpisodeContext, Failed, Observation, Values};

measured! {
    /// The most frequent number in flight at the refusals.
    InflightSame {
        /// Refusals that were looked at.
        refusals: usize as Count,
        /// The number of requests that was most often in flight at a refusal.
        usual_in_flight: u32 as Count,
        /// Refusals with exactly `usual_in_flight` requests in flight.
        refusals_at_usual: usize as Count,
    }
    beside {
        /// What the failed requests are called.
        failed: Failed,
    }
}

/// Fewest refusals.
const LEAST: usize = 4;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "inflight_same",
    topic: "requests in flight",
    number: ("share of refusals that met the most frequent number in flight", Unit::Share),
    bins: &[
        bin("same", Edge::From(0.8)).means_for(&[CAP]).because("a semaphore refuses at exactly its slots"),
        bin("similar", Edge::From(0.5)).means_for(&[CAP]).because("late releases move some of them"),
        bin("spread", Edge::Any).means_against(&[CAP]).because("a semaphore would refuse at one number"),
    ],
    orders: &[Order { key: CAP, bins: &["spread", "similar", "same"] }],
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for InflightSame {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.refusals_at_usual as f64 / self.refusals as f64
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    if case.inflight.len() < LEAST {
        return None;
    }
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for n in &case.inflight {
        *counts.entry(*n).or_insert(0) += 1;
    }
    let (usual_in_flight, refusals_at_usual) = counts.into_iter().max_by_key(|(n, times)| (*times, *n))?;
    if usual_in_flight == 0 {
        return None;
    }
    let refusals = case.inflight.len();
    let values = InflightSame { refusals, usual_in_flight, refusals_at_usual, failed: case.failed() };
    Some(Observation::new(values, case.refusal_sources())?.scaled(case.inflight_scale()))
}
