//! 5.6 More per minute at refusals than at admissions? The same as 5.5 for requests and tokens admitted in the last
//! 60 s or in the same minute of the clock (buckets slide or stand on the clock), the largest of the four. Near 1 under a
//! limit per minute.

use super::context::auc;
use super::{EpisodeContext, Kind, Observation};
use crate::timeline::meters::LastMinute;
use crate::timeline::usage::Unit;

/// See the module.
#[derive(Debug)]
pub(super) struct MinuteAuc;

const AROUND_S: f64 = 600.0;
const LEAST: usize = 4;

impl Kind for MinuteAuc {
    fn id(&self) -> &'static str {
        "minute_auc"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["lower", "even", "higher", "far_higher"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let near = case.compared(AROUND_S);
        let area_in = |unit, minute: LastMinute| {
            let refused: Vec<f64> = case.refusals().map(|a| minute.used(case.pool, a.start, unit) as f64).collect();
            let used = case.meters.minute.by(minute);
            let admitted: Vec<f64> = near.clone().map(|i| used.before(i, unit) as f64).collect();
            auc(&refused, &admitted, LEAST)
        };
        let larger = |unit| LastMinute::BOTH.into_iter().filter_map(|m| area_in(unit, m)).reduce(f64::max);
        let (requests, tokens) = (larger(Unit::Requests), larger(Unit::Tokens));
        let Some(area) = requests.into_iter().chain(tokens).reduce(f64::max) else { return Vec::new() };
        let bin = match area {
            a if a < 0.3 => "lower",
            a if a < 0.7 => "even",
            a if a < 0.9 => "higher",
            _ => "far_higher",
        };
        let unit = if requests.unwrap_or(0.0) >= tokens.unwrap_or(0.0) { "requests" } else { "tokens" };
        let compared = match bin {
            "lower" => "a quieter minute than",
            "even" => "about as busy a minute as",
            _ => "a busier minute than",
        };
        let statement = format!(
            "Refusals came after {compared} admissions nearby (more admitted {unit} in {:.0} % of pairs).",
            area * 100.0
        );
        Observation::new(self, bin, statement, case.refusal_sources()).into_iter().collect()
    }
}
