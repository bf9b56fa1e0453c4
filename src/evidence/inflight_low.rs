//! Refused with little in flight: the share of refusals with at most half of what was once admitted together.
//!
//! F is the most that was in flight with an admission, that one included: inside the episode where much was admitted in it, since
//! a limit may begin and end with it, else ever. Refusals far below it refute a cap.

use super::declaration::{Condition, Declaration, Edge, Order, Unit, bin, condition, measured};
use super::hypotheses::CAP;
use super::{EpisodeContext, Failed, Observation, Values, moment};

measured! {
    /// Refusals with little in flight.
    InflightLow {
        /// Refusals that were looked at.
        refusals: usize as Count,
        /// Refusals with at most half as many requests in flight as were once admitted together.
        refusals_at_half_in_flight: usize as Count,
        /// Refusals with nothing in flight.
        refusals_idle: usize as Count,
        /// Most requests that were in flight with an admission, that one included.
        admitted_together: u32 as Count,
    }
    beside {
        /// What the failed requests are called.
        failed: Failed,
    }
}

/// A slot may stay taken for so many seconds after the end that the log tells.
const LAG_S: f64 = 1.5;
/// Fewest refusals with nothing in flight, and their share.
const LEAST_IDLE: usize = 3;
const IDLE_SHARE: f64 = 0.2;

const IDLE: Condition = condition("idle", "a fifth of them, at least three, with nothing in flight");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "inflight_low",
    topic: "requests in flight",
    number: ("share of refusals with at most half of F in flight", Unit::Share),
    bins: &[
        bin("none", Edge::Below(0.02))
            .means_for(&[CAP])
            .because("a cap refuses only near its slots; one in fifty may be a slot freed late"),
        bin("some_idle", Edge::Below(0.5))
            .when(IDLE)
            .means_against(&[CAP])
            .because("a cap refuses nothing while all is free"),
        bin("some", Edge::Below(0.5)).means_against(&[CAP]).because("a cap would have admitted them"),
        bin("most_idle", Edge::Any).when(IDLE).means_against(&[CAP]).because("a cap refuses nothing while all is free"),
        bin("most", Edge::Any).means_against(&[CAP]).because("a cap would have admitted them"),
    ],
    orders: &[Order { key: CAP, bins: &["most_idle", "most", "some_idle", "some", "none"] }],
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl InflightLow {
    /// Whether many refusals met nothing in flight.
    pub fn is_often_idle(&self) -> bool {
        self.refusals_idle >= LEAST_IDLE && self.refusals_idle as f64 >= IDLE_SHARE * self.refusals as f64
    }
}

impl Values for InflightLow {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.refusals_at_half_in_flight as f64 / self.refusals as f64
    }

    fn holds(&self, _: &str) -> bool {
        self.is_often_idle()
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let feasible = case.feasible();
    if case.inflight.is_empty() || feasible < 2 {
        return None;
    }
    let half = f64::from(feasible) / 2.0;
    let low: Vec<u32> = (case.episode.refusals.iter().zip(&case.inflight))
        .filter(|(_, n)| f64::from(**n + 1) <= half)
        .map(|(r, _)| *r)
        .collect();
    let values = InflightLow {
        refusals: case.inflight.len(),
        refusals_at_half_in_flight: low.len(),
        refusals_idle: case.episode.refusals.iter().filter(|p| is_idle(case, **p)).count(),
        admitted_together: feasible,
        failed: case.failed(),
    };
    let shown = if low.is_empty() { &case.episode.refusals } else { &low };
    Some(Observation::new(values, case.sources(shown))?.scaled(case.inflight_scale()))
}

/// Whether a refusal met nothing in flight, nor anything that had just ended.
fn is_idle(case: &EpisodeContext<'_>, position: u32) -> bool {
    case.pool.flight.at_with_lag(moment(case.pool.at(position)), LAG_S) == 0
}
