//! 5.4 Refused with little in flight: the share of refusals with at most half of what was once admitted together.
//!
//! F is the most that was ever in flight with an admission, that one included. Refusals far below it refute a cap.

use super::{Case, Kind, Observation, share_of};

/// See the module.
#[derive(Debug)]
pub(super) struct InflightLow;

impl Kind for InflightLow {
    fn id(&self) -> &'static str {
        "inflight_low"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["none", "some", "most"]
    }

    fn observe(&self, case: &Case<'_>) -> Vec<Observation> {
        if case.inflight.is_empty() || case.meters.feasible < 2 {
            return Vec::new();
        }
        let half = f64::from(case.meters.feasible) / 2.0;
        let low: Vec<u32> = (case.episode.refusals.iter().zip(&case.inflight))
            .filter(|(_, n)| f64::from(**n + 1) <= half)
            .map(|(r, _)| *r)
            .collect();
        let share = low.len() as f64 / case.inflight.len() as f64;
        let bin = match share {
            s if s < 0.02 => "none",
            s if s < 0.5 => "some",
            _ => "most",
        };
        let says = if low.is_empty() {
            format!(
                "Every refusal came with more than half of the {} requests in flight that had been admitted together.",
                case.meters.feasible
            )
        } else {
            format!(
                "{} came with at most half of the {} requests in flight that had been admitted together.",
                share_of(low.len(), case.inflight.len(), case.noun()),
                case.meters.feasible
            )
        };
        let shown = if low.is_empty() { &case.episode.refusals } else { &low };
        let seen = Observation::new(self, bin, says, case.sources(shown));
        seen.map(|o| o.scaled(case.inflight_scale())).into_iter().collect()
    }
}
