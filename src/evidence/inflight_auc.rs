//! More in flight at refusals than at admissions? Probability that in-flight at a refusal exceeds that at an
//! admission, within the episode (where little was admitted in it, and ten minutes around it). Near 1 under a cap, near one half under overload, falling as
//! streams drain under a window.

use super::context::auc;
use super::declaration::{Declaration, Edge, Order, Unit, bin, measured};
use super::hypotheses::CAP;
use super::{EpisodeContext, Observation, Values};

measured! {
    /// In flight at refusals and at admissions.
    InflightAuc {
        /// Share of pairs of a refusal and an admission in which the refusal met more in flight; ties count half.
        more_in_flight_share: f64 as Share,
        /// Median number of requests in flight at the refusals.
        median_in_flight: f64 as Number,
        /// Median number of requests in flight at the admissions nearby.
        median_in_flight_admitted: f64 as Number,
    }
}

/// Surroundings that count, in seconds either side.
const AROUND_S: f64 = 600.0;
/// Fewest refusals and admissions.
const LEAST: usize = 4;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "inflight_auc",
    topic: "requests in flight",
    number: ("chance that a refusal met more in flight than an admission nearby", Unit::Share),
    bins: &[
        bin("lower", Edge::Below(0.3)).means_against(&[CAP]).because("under a window streams drain while it refuses"),
        bin("even", Edge::Below(0.7)).because("overload refuses at whatever is in flight"),
        bin("higher", Edge::Below(0.9)).means_for(&[CAP]).because("a cap refuses when much is in flight"),
        bin("far_higher", Edge::Any).means_for(&[CAP]).because("a cap refuses when much is in flight"),
    ],
    orders: &[Order { key: CAP, bins: &["lower", "even", "higher", "far_higher"] }],
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for InflightAuc {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.more_in_flight_share
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    if case.inflight.is_empty() {
        return None;
    }
    let near = case.meters.in_flight.get(case.compared(AROUND_S)).unwrap_or_default();
    let at_admission: Vec<f64> = near.iter().map(|n| f64::from(*n)).collect();
    let at_refusal: Vec<f64> = case.inflight.iter().map(|n| f64::from(*n)).collect();
    let values = InflightAuc {
        more_in_flight_share: auc(&at_refusal, &at_admission, LEAST)?,
        median_in_flight: middle(&at_refusal),
        median_in_flight_admitted: middle(&at_admission),
    };
    Some(Observation::new(values, case.refusal_sources())?.scaled(case.inflight_scale()))
}

fn middle(numbers: &[f64]) -> f64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    crate::model::median(&sorted).unwrap_or(0.0)
}
