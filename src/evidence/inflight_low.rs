//! 5.4 Refused with little in flight: the share of refusals with at most half of what was once admitted together.
//!
//! F is the most that was in flight with an admission, that one included: inside the episode where much was admitted in it, since
//! a limit may begin and end with it, else ever. Refusals far below it refute a cap.

use super::{EpisodeContext, Kind, Observation, moment, share_of};

/// See the module.
#[derive(Debug)]
pub(super) struct InflightLow;

impl Kind for InflightLow {
    fn id(&self) -> &'static str {
        "inflight_low"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["none", "some", "some_idle", "most", "most_idle"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let feasible = case.feasible();
        if case.inflight.is_empty() || feasible < 2 {
            return Vec::new();
        }
        let half = f64::from(feasible) / 2.0;
        let low: Vec<u32> = (case.episode.refusals.iter().zip(&case.inflight))
            .filter(|(_, n)| f64::from(**n + 1) <= half)
            .map(|(r, _)| *r)
            .collect();
        let idle: Vec<u32> = case.episode.refusals.iter().copied().filter(|p| is_idle(case, *p)).collect();
        let all = case.inflight.len() as f64;
        let is_often_idle = idle.len() >= LEAST_IDLE && idle.len() as f64 >= IDLE_SHARE * all;
        let bin = match low.len() as f64 / all {
            s if s < 0.02 => "none",
            s if s < 0.5 && is_often_idle => "some_idle",
            s if s < 0.5 => "some",
            _ if is_often_idle => "most_idle",
            _ => "most",
        };
        let statement = if low.is_empty() {
            format!(
                "Every refusal came with more than half of the {feasible} requests in flight that had been admitted together."
            )
        } else {
            format!(
                "{} came with at most half of the {feasible} requests in flight that had been admitted together.",
                share_of(low.len(), case.inflight.len(), case.noun())
            )
        };
        let statement = if is_often_idle {
            format!("{statement} {} of them met nothing in flight.", idle.len())
        } else {
            statement
        };
        let shown = if low.is_empty() { &case.episode.refusals } else { &low };
        let seen = Observation::new(self, bin, statement, case.sources(shown));
        seen.map(|o| o.scaled(case.inflight_scale())).into_iter().collect()
    }
}

/// A slot may stay taken for so many seconds after the end that the log tells.
const LAG_S: f64 = 1.5;
/// Fewest refusals with nothing in flight, and their share.
const LEAST_IDLE: usize = 3;
const IDLE_SHARE: f64 = 0.2;

/// Whether a refusal met nothing in flight, nor anything that had just ended.
fn is_idle(case: &EpisodeContext<'_>, position: u32) -> bool {
    case.pool.flight.at_with_lag(moment(case.pool.at(position)), LAG_S) == 0
}
