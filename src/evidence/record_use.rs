//! 5.13 Record use: was more used in a window of the same length elsewhere in the log, with requests still admitted?
//! Half as much again elsewhere contradicts every kind of window.
//!
//! Tokens are summed by the minute (`timeline/minutes.rs`). Compared only where the log covers the window before both.

use super::{EpisodeContext, Kind, Observation, duration};
use crate::model::Hypothesis;
use crate::timeline::usage::Unit;

/// See the module.
#[derive(Debug)]
pub(super) struct RecordUse;

/// Half as much again is a contradiction.
const CONTRADICTS: f64 = 1.5;
const DOUBTS: f64 = 1.1;
const MINUTE_US: i64 = 60_000_000;
/// Minutes around the onset that are not elsewhere.
const NEAR_MINUTES: i64 = 10;

impl Kind for RecordUse {
    fn id(&self) -> &'static str {
        "record_use"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["contradicts", "doubts", "fits"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        if case.pool.usage.unit() != Unit::Tokens {
            return Vec::new();
        }
        case.windows.iter().filter_map(|w| self.observe_window(case, *w)).collect()
    }
}

impl RecordUse {
    fn observe_window(&self, case: &EpisodeContext<'_>, minutes: u32) -> Option<Observation> {
        let length = f64::from(minutes) * 60.0;
        let first = case.pool.usage.first()?;
        if case.episode.from.since(first) < length {
            return None;
        }
        let at_onset = case.pool.usage.between(case.episode.from.plus(-length), case.episode.from, Unit::Tokens);
        let onset = case.episode.from.micros().div_euclid(MINUTE_US);
        let records = &case.meters.windows.get(&minutes)?.records;
        let elsewhere = records.iter().find(|m| (m.minute - onset).abs() > NEAR_MINUTES)?;
        if at_onset == 0 {
            return None;
        }
        let ratio = elsewhere.tokens_in_window as f64 / at_onset as f64;
        let bin = match ratio {
            r if r > CONTRADICTS => "contradicts",
            r if r > DOUBTS => "doubts",
            _ => "fits",
        };
        let statement = format!(
            "Elsewhere up to {:.2} times as many tokens were used in {} as before this episode, and requests were still admitted.",
            ratio,
            duration(length)
        );
        let at = crate::model::Time::from_micros(elsewhere.minute * MINUTE_US);
        let there = case.pool.admitted_between(at, at.plus(60.0));
        let observation = Observation::new(self, bin, statement, case.sources(there))?;
        Some(observation.targeting(vec![Hypothesis::window(minutes)]))
    }
}
