//! 5.6 More per minute at refusals than at admissions? The same as 5.5 for requests and tokens admitted in the last
//! 60 s or in the same minute of the clock (buckets slide or stand on the clock), the largest of the four. Near 1 under a
//! limit per minute.

use super::case::auc;
use super::{Case, Kind, Observation};
use crate::model::{Attempt, Time};
use crate::timeline::usage::Unit;

/// See the module.
#[derive(Debug)]
pub(super) struct MinuteAuc;

const AROUND_S: f64 = 600.0;
const LEAST: usize = 4;
const MINUTE_S: f64 = 60.0;
const MINUTE_US: i64 = 60_000_000;

impl Kind for MinuteAuc {
    fn id(&self) -> &'static str {
        "minute_auc"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["lower", "even", "higher", "far_higher"]
    }

    fn observe(&self, case: &Case<'_>) -> Vec<Observation> {
        let (from, to) = (case.episode.from.plus(-AROUND_S), case.episode.to.plus(AROUND_S));
        let near = case.pool.admitted_range(from, to);
        let area_in = |unit, on_clock: bool| {
            let since = |t: Time| if on_clock { t.floored(MINUTE_US) } else { t.plus(-MINUTE_S) };
            let used = |a: &Attempt| case.pool.usage.between(since(a.start), a.start, unit) as f64;
            let refused: Vec<f64> = case.refusals().map(used).collect();
            let minute = if on_clock { &case.meters.minute.on_clock } else { &case.meters.minute.sliding };
            let admitted: Vec<f64> = match unit {
                Unit::Requests => minute.requests.get(near.clone())?.iter().map(|n| f64::from(*n)).collect(),
                Unit::Tokens => minute.tokens.get(near.clone())?.iter().map(|n| *n as f64).collect(),
            };
            auc(&refused, &admitted, LEAST)
        };
        let larger = |unit| area_in(unit, false).into_iter().chain(area_in(unit, true)).reduce(f64::max);
        let (requests, tokens) = (larger(Unit::Requests), larger(Unit::Tokens));
        let Some(area) = requests.into_iter().chain(tokens).reduce(f64::max) else { return Vec::new() };
        let bin = match area {
            a if a < 0.3 => "lower",
            a if a < 0.7 => "even",
            a if a < 0.9 => "higher",
            _ => "far_higher",
        };
        let unit = if requests.unwrap_or(0.0) >= tokens.unwrap_or(0.0) { "requests" } else { "tokens" };
        let says = format!(
            "A refusal came after more admitted {unit} in the last minute than an admission nearby in {:.0} % of pairs.",
            area * 100.0
        );
        Observation::new(self, bin, says, case.refusal_sources()).into_iter().collect()
    }
}
