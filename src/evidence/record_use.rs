//! Record use: was more used in a window of the same length elsewhere in the log, with requests still admitted?
//! Half as much again elsewhere contradicts every kind of window.
//!
//! Tokens are summed by the minute (`timeline/minutes.rs`). Compared only where the log covers the window before both.

use super::declaration::{Declaration, Edge, Flags, Order, Unit, bin, measured};
use super::hypotheses::TARGET;
use super::{EpisodeContext, Observation, Values};
use crate::model::{Hypothesis, Time};
use crate::timeline::usage;

measured! {
    /// The most that was used elsewhere, against the use before this episode.
    RecordUse {
        /// Length of the window in minutes.
        window_minutes: u32 as Minutes,
        /// Tokens used in a window of this length before the first refusal.
        used_before_tokens: u64 as Count,
        /// Most tokens used in a window of this length elsewhere, with requests still admitted.
        used_elsewhere_tokens: u64 as Count,
    }
}

const MINUTE_US: i64 = 60_000_000;
/// Minutes around the onset that are not elsewhere.
const NEAR_MINUTES: i64 = 10;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "record_use",
    topic: "the use of a window",
    number: ("most tokens used elsewhere, divided by those used before this episode", Unit::Ratio),
    bins: &[
        bin("contradicts", Edge::Above(1.5)).means_against(&[TARGET]).because("no window admits half as much again"),
        bin("doubts", Edge::Above(1.1)).means_against(&[TARGET]).because("cached and uncounted tokens explain a tenth"),
        bin("fits", Edge::Any).means_for(&[TARGET]).because("the most that was ever used was refused"),
    ],
    flags: Flags { one_per_window: true, ..Flags::NONE },
    orders: &[Order { key: TARGET, bins: &["contradicts", "doubts", "fits"] }],
    measures: QUANTITIES,
};

impl RecordUse {
    /// How many times as much was used elsewhere.
    pub fn ratio(&self) -> f64 {
        self.used_elsewhere_tokens as f64 / self.used_before_tokens as f64
    }
}

impl Values for RecordUse {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.ratio()
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Vec<Observation> {
    if case.pool.usage.unit() != usage::Unit::Tokens {
        return Vec::new();
    }
    case.windows.iter().filter_map(|w| measure_window(case, *w)).collect()
}

fn measure_window(case: &EpisodeContext<'_>, minutes: u32) -> Option<Observation> {
    let length = f64::from(minutes) * 60.0;
    let first = case.pool.usage.first()?;
    if case.episode.from.since(first) < length {
        return None;
    }
    let before = case.pool.usage.between(case.episode.from.plus(-length), case.episode.from, usage::Unit::Tokens);
    let onset = case.episode.from.micros().div_euclid(MINUTE_US);
    let records = &case.meters.windows.get(&minutes)?.records;
    let elsewhere = records.iter().find(|m| (m.minute - onset).abs() > NEAR_MINUTES)?;
    if before == 0 {
        return None;
    }
    let values = RecordUse {
        window_minutes: minutes,
        used_before_tokens: before,
        used_elsewhere_tokens: elsewhere.tokens_in_window,
    };
    let at = Time::from_micros(elsewhere.minute * MINUTE_US);
    let there = case.pool.admitted_between(at, at.plus(60.0));
    Some(Observation::new(values, case.sources(there))?.targeting(vec![Hypothesis::window(minutes)]))
}
