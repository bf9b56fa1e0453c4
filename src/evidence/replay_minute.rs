//! The limits per minute, replayed: how well they explain who was refused, against chance ([`super::replay`]).

use super::declaration::{Declaration, Edge, Flags, Order, Unit, bin, measured};
use super::hypotheses::MINUTE;
use super::replay::PerMinute;
use super::{EpisodeContext, Observation, Values, replay};

measured! {
    /// What the best limit per minute explains.
    ReplayMinute {
        /// Bayes factor of the hypothesis against chance.
        bayes_factor_log10: f64 as Log10,
        /// The limit per minute that explains most; `best_limit_counts` says what it counts.
        best_limit: u64 as Count,
        /// What `best_limit` counts.
        best_limit_counts: PerMinute as Word,
        /// Refusals that were looked at.
        refusals: usize as Count,
        /// Refusals that the limit per minute explains.
        refusals_by_limit: usize as Count,
        /// Admissions nearby that were looked at.
        admissions: usize as Count,
        /// Admissions nearby that the limit per minute explains.
        admissions_by_limit: usize as Count,
    }
}

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "replay_minute",
    topic: "the last minute",
    number: ("log10 of the mean Bayes factor of the limits per minute against chance", Unit::Log10),
    bins: &[
        bin("refuted", Edge::UpTo(-2.0)).means_against(&[MINUTE]).because("a hundred to one for chance"),
        bin("poor", Edge::UpTo(-0.5)).means_against(&[MINUTE]).because("three to one for chance"),
        bin("even", Edge::Below(0.5)).because("less than three to one either way"),
        bin("fair", Edge::Below(3.0)).means_for(&[MINUTE]).because("three to one against chance"),
        bin("good", Edge::Below(10.0))
            .means_for(&[MINUTE])
            .because("a thousand to one, without hidden clients and late releases"),
        bin("exact", Edge::Any).means_for(&[MINUTE]).because("nothing else separates so well"),
    ],
    flags: Flags { depends_on_clock_minutes: true, ..Flags::NONE },
    orders: &[Order { key: MINUTE, bins: &["refuted", "poor", "even", "fair", "good", "exact"] }],
    measures: QUANTITIES,
};

impl Values for ReplayMinute {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.bayes_factor_log10
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let (factor, best, counts) = replay::by_minute(case)?;
    let values = ReplayMinute {
        bayes_factor_log10: factor,
        best_limit: best.threshold,
        best_limit_counts: counts,
        refusals: best.refusals.1,
        refusals_by_limit: best.refusals.0,
        admissions: best.admissions.1,
        admissions_by_limit: best.admissions.0,
    };
    Some(Observation::new(values, case.refusal_sources())?.scaled(case.inflight_scale()))
}
