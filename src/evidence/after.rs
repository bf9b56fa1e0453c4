//! After the recovery: how long until the next refusal. Caps and rolling windows bounce, fixed windows do not.

use super::declaration::{Declaration, Edge, Order, Unit, bin, measured};
use super::hypotheses::{BLOCK, CAP, MINUTE, WINDOW};
use super::{EpisodeContext, Observation, Values};

measured! {
    /// What followed the recovery.
    After {
        /// Time from the first admission after the episode to the next refusal, or to the end of the log.
        quiet_s: f64 as Seconds,
        /// Requests admitted after the recovery until the next refusal, or to the end of the log.
        admitted_after: usize as Count,
        /// Whether a request was refused again after the recovery.
        refused_again: bool as Flag,
    }
}

/// Fewer admissions than this are none: the limit was still there.
const FEW_ADMISSIONS: usize = 3;
const LONG_S: f64 = 900.0;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "after",
    topic: "after the recovery",
    number: ("time until the next refusal; 0 with fewer than 3 admissions before it", Unit::Seconds),
    bins: &[
        bin("short", Edge::Below(90.0)).means_for(&[CAP, MINUTE]).because("limits of the load come back with the load"),
        bin("middling", Edge::Below(LONG_S)).because("every limit may"),
        bin("long", Edge::Any)
            .means_for(&[WINDOW, BLOCK])
            .means_against(&[CAP, MINUTE])
            .because("a window that began anew lasts"),
    ],
    orders: &[
        Order { key: CAP, bins: &["long", "middling", "short"] },
        Order { key: MINUTE, bins: &["long", "middling", "short"] },
    ],
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for After {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        if self.refused_again && self.admitted_after < FEW_ADMISSIONS { 0.0 } else { self.quiet_s }
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let first = case.episode.first_admission_after?;
    let log_end = case.pool.attempts.last().map_or(first, |a| a.start);
    let later = case.pool.refused.partition_point(|p| case.pool.at(*p).start <= first);
    let next = case.pool.refused.get(later).map(|p| case.pool.at(*p).start);
    let until = next.unwrap_or(log_end);
    let quiet_s = until.since(first);
    // A log that ends soon after the recovery shows nothing of what followed.
    if next.is_none() && quiet_s < LONG_S {
        return None;
    }
    let admitted = case.pool.admitted_between(first, until.plus(0.001));
    let values = After { quiet_s, admitted_after: admitted.len(), refused_again: next.is_some() };
    Observation::new(values, case.sources(admitted))
}
