//! 5.5 More in flight at refusals than at admissions? Probability that in-flight at a refusal exceeds that at an
//! admission, within the episode (where little was admitted in it, and ten minutes around it). Near 1 under a cap, near one half under overload, falling as
//! streams drain under a window.

use super::context::auc;
use super::{EpisodeContext, Kind, Observation};

/// See the module.
#[derive(Debug)]
pub(super) struct InflightAuc;

/// Surroundings that count, in seconds either side.
const AROUND_S: f64 = 600.0;
/// Fewest refusals and admissions.
const LEAST: usize = 4;

impl Kind for InflightAuc {
    fn id(&self) -> &'static str {
        "inflight_auc"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["lower", "even", "higher", "far_higher"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        if case.inflight.is_empty() {
            return Vec::new();
        }
        let near = case.meters.in_flight.get(case.compared(AROUND_S)).unwrap_or_default();
        let at_admission: Vec<f64> = near.iter().map(|n| f64::from(*n)).collect();
        let at_refusal: Vec<f64> = case.inflight.iter().map(|n| f64::from(*n)).collect();
        let Some(area) = auc(&at_refusal, &at_admission, LEAST) else { return Vec::new() };
        let bin = match area {
            a if a < 0.3 => "lower",
            a if a < 0.7 => "even",
            a if a < 0.9 => "higher",
            _ => "far_higher",
        };
        let compared = match bin {
            "lower" => "fewer requests were in flight than at",
            "even" => "about as many requests were in flight as at",
            _ => "more requests were in flight than at",
        };
        let statement = format!(
            "At refusals {compared} admissions nearby (median {} and {}; more in {:.0} % of pairs).",
            middle(&at_refusal),
            middle(&at_admission),
            area * 100.0
        );
        let seen = Observation::new(self, bin, statement, case.refusal_sources());
        seen.map(|o| o.scaled(case.inflight_scale())).into_iter().collect()
    }
}

fn middle(numbers: &[f64]) -> u64 {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    crate::model::median(&sorted).unwrap_or(0.0).round() as u64
}
