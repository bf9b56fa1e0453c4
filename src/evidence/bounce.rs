//! The half hour after the recovery: what share of it was refused again. Limits of the load come back with the load,
//! a window that began anew or an outage that is over does not.

use super::declaration::{Declaration, Edge, Order, Unit, bin, measured};
use super::hypotheses::{BLOCK, CAP, MINUTE, WINDOW};
use super::{EpisodeContext, Observation, Values};

measured! {
    /// The half hour after the recovery.
    Bounce {
        /// Requests, admitted or refused, in the half hour after the recovery.
        requests_after: usize as Count,
        /// Requests refused again in the half hour after the recovery.
        refused_after: usize as Count,
    }
}

const WITHIN_S: f64 = 1800.0;
/// Fewest attempts after the recovery.
const LEAST: usize = 5;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "bounce",
    topic: "after the recovery",
    number: ("share refused in the half hour after the recovery", Unit::Share),
    bins: &[
        bin("none", Edge::UpTo(0.0))
            .means_for(&[WINDOW, BLOCK])
            .means_against(&[CAP, MINUTE])
            .because("a window that began anew or a lifted block refuses nothing"),
        bin("few", Edge::Below(0.1)).because("every limit may"),
        bin("some", Edge::Below(0.5))
            .means_for(&[CAP, MINUTE])
            .means_against(&[WINDOW, BLOCK])
            .because("limits of the load come back with the load"),
        bin("many", Edge::Any)
            .means_for(&[CAP, MINUTE])
            .means_against(&[WINDOW, BLOCK])
            .because("limits of the load come back with the load"),
    ],
    orders: &[
        Order { key: CAP, bins: &["none", "few", "some", "many"] },
        Order { key: MINUTE, bins: &["none", "few", "some", "many"] },
    ],
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for Bounce {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.refused_after as f64 / self.requests_after as f64
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let first = case.episode.first_admission_after?;
    let until = first.plus(WITHIN_S);
    let refused = case.pool.refused_between(first, until);
    let admitted = case.pool.admitted_between(first, until);
    let values = Bounce { requests_after: refused.len() + admitted.len(), refused_after: refused.len() };
    if values.requests_after < LEAST {
        return None;
    }
    Observation::new(values, case.sources(if refused.is_empty() { admitted } else { refused }))
}
