//! A cap against the limits per minute, both replayed: which explains more ([`super::replay`])?

use super::declaration::{Condition, Declaration, Edge, Flags, Order, Unit, bin, condition, measured};
use super::hypotheses::{CAP, MINUTE};
use super::replay::PerMinute;
use super::{EpisodeContext, Observation, Values, replay};

measured! {
    /// What the best cap and the best limit per minute explain.
    ReplayBetween {
        /// Bayes factor of a cap against chance.
        cap_log10: f64 as Log10,
        /// Mean Bayes factor of the limits per minute against chance.
        per_minute_log10: f64 as Log10,
        /// The cap that explains most, in requests in flight.
        best_cap: u64 as Count,
        /// The limit per minute that explains most; `best_limit_counts` says what it counts.
        best_limit: u64 as Count,
        /// What `best_limit` counts.
        best_limit_counts: PerMinute as Word,
        /// Refusals that were looked at.
        refusals: usize as Count,
        /// Refusals that the cap explains.
        refusals_by_cap: usize as Count,
        /// Refusals that the limit per minute explains.
        refusals_by_limit: usize as Count,
        /// Admissions nearby that were looked at.
        admissions: usize as Count,
        /// Admissions nearby that the cap explains.
        admissions_by_cap: usize as Count,
        /// Admissions nearby that the limit per minute explains.
        admissions_by_limit: usize as Count,
    }
}

const NEITHER: Condition = condition("neither", "both are worse than chance");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "replay_between",
    topic: "which limiter explains more",
    number: ("log10 of the Bayes factor of a cap against the limits per minute", Unit::Log10),
    bins: &[
        bin("neither", Edge::Any).when(NEITHER).means_against(&[CAP, MINUTE]).because("neither explains the refusals"),
        bin("cap_far", Edge::From(5.0))
            .means_for(&[CAP])
            .means_against(&[MINUTE])
            .because("a hundred thousand to one for a cap"),
        bin("cap", Edge::From(1.0)).means_for(&[CAP]).means_against(&[MINUTE]).because("ten to one for a cap"),
        bin("alike", Edge::Above(-1.0)).because("less than ten to one either way"),
        bin("minute", Edge::Above(-5.0))
            .means_for(&[MINUTE])
            .means_against(&[CAP])
            .because("ten to one for a limit per minute"),
        bin("minute_far", Edge::Any)
            .means_for(&[MINUTE])
            .means_against(&[CAP])
            .because("a hundred thousand to one for a limit per minute"),
    ],
    flags: Flags { depends_on_clock_minutes: true, ..Flags::NONE },
    orders: &[
        Order { key: CAP, bins: &["minute_far", "minute", "alike", "cap", "cap_far"] },
        Order { key: MINUTE, bins: &["cap_far", "cap", "alike", "minute", "minute_far"] },
    ],
    measures: QUANTITIES,
};

impl Values for ReplayBetween {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.cap_log10 - self.per_minute_log10
    }

    fn holds(&self, _: &str) -> bool {
        self.cap_log10.max(self.per_minute_log10) < 0.0
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let cap = replay::by_cap(case)?;
    let (per_minute_log10, best, counts) = replay::by_minute(case)?;
    let values = ReplayBetween {
        cap_log10: cap.factor,
        per_minute_log10,
        best_cap: cap.threshold,
        best_limit: best.threshold,
        best_limit_counts: counts,
        refusals: cap.refusals.1,
        refusals_by_cap: cap.refusals.0,
        refusals_by_limit: best.refusals.0,
        admissions: cap.admissions.1,
        admissions_by_cap: cap.admissions.0,
        admissions_by_limit: best.admissions.0,
    };
    Some(Observation::new(values, case.refusal_sources())?.scaled(case.inflight_scale()))
}
