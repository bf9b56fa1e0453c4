//! More per minute at refusals than at admissions? As [`super::inflight_auc`], for requests and tokens admitted in the last
//! 60 s or in the same minute of the clock (buckets slide or stand on the clock), the largest of the four. Near 1 under a
//! limit per minute.

use super::context::auc;
use super::declaration::{Declaration, Edge, Flags, Order, Unit, bin, measured};
use super::hypotheses::MINUTE;
use super::{EpisodeContext, Observation, Values};
use crate::timeline::meters::LastMinute;
use crate::timeline::usage;

measured! {
    /// Use of the last minute at refusals and at admissions.
    MinuteAuc {
        /// Share of pairs of a refusal and an admission in which more was used in the minute before the refusal; ties count half.
        more_used_share: f64 as Share,
        /// What is counted.
        unit: usage::Unit as Word,
    }
}

const AROUND_S: f64 = 600.0;
const LEAST: usize = 4;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "minute_auc",
    topic: "the last minute",
    number: ("chance that a refusal came after a busier minute than an admission nearby", Unit::Share),
    bins: &[
        bin("lower", Edge::Below(0.3))
            .means_against(&[MINUTE])
            .because("a limit per minute refuses after busy minutes"),
        bin("even", Edge::Below(0.7)).means_against(&[MINUTE]).because("a limit per minute refuses after busy minutes"),
        bin("higher", Edge::Below(0.9)).means_for(&[MINUTE]).because("but a burst hits every limit"),
        bin("far_higher", Edge::Any).means_for(&[MINUTE]).because("but a burst hits every limit"),
    ],
    flags: Flags { depends_on_clock_minutes: true, ..Flags::NONE },
    orders: &[Order { key: MINUTE, bins: &["lower", "even", "higher", "far_higher"] }],
    measures: QUANTITIES,
};

impl Values for MinuteAuc {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.more_used_share
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let near = case.compared(AROUND_S);
    let area_in = |unit, minute: LastMinute| {
        let refused: Vec<f64> = case.refusals().map(|a| minute.used(case.pool, a.start, unit) as f64).collect();
        let used = case.meters.minute.by(minute);
        let admitted: Vec<f64> = near.clone().map(|i| used.before(i, unit) as f64).collect();
        auc(&refused, &admitted, LEAST)
    };
    let larger = |unit| LastMinute::BOTH.into_iter().filter_map(|m| area_in(unit, m)).reduce(f64::max);
    let (requests, tokens) = (larger(usage::Unit::Requests), larger(usage::Unit::Tokens));
    let more_used_share = requests.into_iter().chain(tokens).reduce(f64::max)?;
    let is_by_requests = requests.unwrap_or(0.0) >= tokens.unwrap_or(0.0);
    let unit = if is_by_requests { usage::Unit::Requests } else { usage::Unit::Tokens };
    Observation::new(MinuteAuc { more_used_share, unit }, case.refusal_sources())
}
