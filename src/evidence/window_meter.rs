//! 5.12 Window meter: is there a threshold of use in the window above which requests were refused and below which they
//! got in? The best balanced error over the kinds of window (rolling, first use) and both units.
//!
//! Only for windows that the log covers at least once before the first refusal: use before the log is unknown.

use super::context::thin;
use super::threshold::least_error_of_sorted;
use super::{EpisodeContext, Kind, Observation, duration};
use crate::model::{Hypothesis, Time};
use crate::timeline::usage::Unit;

/// See the module.
#[derive(Debug)]
pub(super) struct WindowMeter;

/// Share of the window that the log must cover before the first refusal.
const COVERED: f64 = 0.5;
const THIN_S: f64 = 20.0;
const LEAST: usize = 4;

impl Kind for WindowMeter {
    fn id(&self) -> &'static str {
        "window_meter"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["sharp", "fair", "poor"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        case.windows.iter().filter_map(|w| self.observe_window(case, *w)).collect()
    }
}

impl WindowMeter {
    fn observe_window(&self, case: &EpisodeContext<'_>, minutes: u32) -> Option<Observation> {
        let length = f64::from(minutes) * 60.0;
        let covered = case.episode.from.since(case.pool.usage.first()?);
        if covered < COVERED * length {
            return None;
        }
        let refusals = thin(case.pool, &case.episode.refusals, THIN_S);
        let unit = case.pool.usage.unit();
        let error = balanced_error(case, &refusals, minutes, unit)?;
        let bin = match error {
            e if e <= 0.05 => "sharp",
            e if e <= 0.25 => "fair",
            _ => "poor",
        };
        let statement = format!(
            "{} over the last {} separates refusals from admissions with {:.0} % error.",
            if unit == Unit::Tokens { "Token use" } else { "The number of requests" },
            duration(length),
            error * 100.0
        );
        let observation = Observation::new(self, bin, statement, case.refusal_sources())?;
        Some(observation.targeting(vec![Hypothesis::window(minutes)]))
    }
}

/// Lowest balanced error over all thresholds on the use of the window.
fn balanced_error(case: &EpisodeContext<'_>, refusals: &[u32], minutes: u32, unit: Unit) -> Option<f64> {
    let used = |t: Time| case.pool.usage.between(t.plus(f64::from(minutes) * -60.0), t, unit);
    let admitted = &case.meters.windows.get(&minutes)?.at_admissions;
    let mut refused: Vec<u64> = refusals.iter().map(|p| used(case.pool.at(*p).start)).collect();
    if admitted.len() < LEAST || refused.len() < LEAST {
        return None;
    }
    refused.sort_unstable();
    Some(least_error_of_sorted(&refused, admitted))
}
