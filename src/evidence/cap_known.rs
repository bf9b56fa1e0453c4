//! A concurrency limit that a snapshot names (`parallel.limit`), held against in-flight at the refusals.
//!
//! The limit is read, never built in. Refusals with half of it or less in flight speak against that cap, refusals at it
//! for it. Other clients of the account are not seen, so "below" is weaker than "at".

use super::declaration::{Condition, Declaration, Edge, Flags, Order, Unit, bin, condition, measured};
use super::hypotheses::CAP;
use super::{EpisodeContext, Observation, Values};
use crate::model::median;

measured! {
    /// A named limit and what was in flight at the refusals.
    CapKnown {
        /// Concurrency limit that the last usage snapshot names.
        concurrency_limit: u32 as Count,
        /// Median number of requests in flight at the refusals.
        median_in_flight: f64 as Number,
    }
}

const HALF: Condition = condition("half", "half of the limit or less in flight");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "cap_known",
    topic: "requests in flight",
    number: ("slots still free at the median refusal", Unit::Number),
    bins: &[
        bin("at", Edge::UpTo(1.0))
            .means_for(&[CAP])
            .because("the limit was reached; the request itself may be the last one"),
        bin("below", Edge::Any).when(HALF).means_against(&[CAP]).because("that limit would have admitted them"),
        bin("between", Edge::Any).because("unseen clients may hold the rest"),
    ],
    flags: Flags { valid_for_short_episodes: true, ..Flags::NONE },
    orders: &[Order { key: CAP, bins: &["below", "between", "at"] }],
    measures: QUANTITIES,
};

impl Values for CapKnown {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        f64::from(self.concurrency_limit) - self.median_in_flight
    }

    fn holds(&self, condition: &str) -> bool {
        condition == HALF.id && self.median_in_flight <= f64::from(self.concurrency_limit) / 2.0
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let (concurrency_limit, source) = case.meters.cap_named.filter(|_| !case.inflight.is_empty())?;
    let mut sorted: Vec<f64> = case.inflight.iter().map(|n| f64::from(*n)).collect();
    sorted.sort_by(f64::total_cmp);
    let median_in_flight = median(&sorted)?;
    let mut sources = vec![source];
    sources.extend(case.refusal_sources().into_iter().take(3));
    let seen = Observation::new(CapKnown { concurrency_limit, median_in_flight }, sources)?;
    Some(seen.scaled(case.inflight_scale()))
}
