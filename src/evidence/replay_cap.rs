//! A cap on requests in flight, replayed: how well it explains who was refused, against chance ([`super::replay`]).

use super::declaration::{Declaration, Edge, Order, Unit, bin, measured};
use super::hypotheses::CAP;
use super::{EpisodeContext, Observation, Values, replay};

measured! {
    /// What the best cap explains.
    ReplayCap {
        /// Bayes factor of the hypothesis against chance.
        bayes_factor_log10: f64 as Log10,
        /// The cap that explains most, in requests in flight.
        best_cap: u64 as Count,
        /// Refusals that were looked at.
        refusals: usize as Count,
        /// Refusals that the cap explains.
        refusals_by_cap: usize as Count,
        /// Admissions nearby that were looked at.
        admissions: usize as Count,
        /// Admissions nearby that the cap explains.
        admissions_by_cap: usize as Count,
    }
}

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "replay_cap",
    topic: "requests in flight",
    number: ("log10 of the Bayes factor of a cap against chance", Unit::Log10),
    bins: &[
        bin("refuted", Edge::UpTo(-2.0)).means_against(&[CAP]).because("a hundred to one for chance"),
        bin("poor", Edge::UpTo(-0.5)).means_against(&[CAP]).because("three to one for chance"),
        bin("even", Edge::Below(0.5)).because("less than three to one either way"),
        bin("fair", Edge::Below(3.0)).means_for(&[CAP]).because("three to one against chance"),
        bin("good", Edge::Below(10.0))
            .means_for(&[CAP])
            .because("a thousand to one, without hidden clients and late releases"),
        bin("exact", Edge::Any).means_for(&[CAP]).because("nothing else separates so well"),
    ],
    orders: &[Order { key: CAP, bins: &["refuted", "poor", "even", "fair", "good", "exact"] }],
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for ReplayCap {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.bayes_factor_log10
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let cap = replay::by_cap(case)?;
    let values = ReplayCap {
        bayes_factor_log10: cap.factor,
        best_cap: cap.threshold,
        refusals: cap.refusals.1,
        refusals_by_cap: cap.refusals.0,
        admissions: cap.admissions.1,
        admissions_by_cap: cap.admissions.0,
    };
    Some(Observation::new(values, case.refusal_sources())?.scaled(case.inflight_scale()))
}
