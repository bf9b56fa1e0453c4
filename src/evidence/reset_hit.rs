//! Published reset against the recovery bracket. What counts is not that a reset fell into the gap, which luck does
//! in gap/W of all cases, but that it fell into the narrow bracket (last refusal, first admission].

use super::declaration::{Condition, Declaration, Edge, Flags, Order, Unit, bin, condition, measured};
use super::hypotheses::TARGET;
use super::{EpisodeContext, Observation, Values, longest_life_s};
use crate::model::{Hypothesis, Time};
use crate::timeline::window_snapshots::Reset;

measured! {
    /// A published reset and when requests were admitted again.
    ResetHit {
        /// Length of the window in minutes.
        window_minutes: u32 as Minutes,
        /// When the window was due to reset.
        resets_at: Time as Time,
        /// Time from that reset to the first admission after the episode; negative where it came earlier.
        admitted_after_reset_s: Option<f64> as Seconds,
        /// Time from that reset to the last refusal; negative where it came earlier.
        refused_after_reset_s: f64 as Seconds,
        /// Chance that a random instant falls into the recovery interval, give or take 75 s; null while nothing was admitted.
        random_hit_share: Option<f64> as Share,
    }
}

/// Tolerance either side of the bracket, in seconds: resets come a little early or late.
pub(crate) const TOLERANCE_S: f64 = 75.0;
const WEAK_FACTOR: f64 = 0.6;

/// The last reset of this window that was published before the recovery, lies after the first refusal and ends a window
/// that refused, one of an exhausted snapshot before all others.
///
/// The last refusals may come after the reset and then publish the next one. Their window began with them, so that it
/// cannot have refused what came before.
pub(crate) fn published(case: &EpisodeContext<'_>, minutes: u32) -> Option<Reset> {
    let e = case.episode;
    let until = e.first_admission_after.unwrap_or(Time::LATEST);
    let readings = case.meters.readings(minutes)?;
    let began = |reset: Time| reset.plus(-longest_life_s(minutes));
    let refused_most = |reset: Time| began(reset) <= e.from || began(reset) < e.to.plus(-TOLERANCE_S);
    let refused_some = |reset: Time| began(reset) <= e.to;
    let of = |fits: &dyn Fn(Time) -> bool| readings.published(until, e.from, fits);
    of(&refused_most).or_else(|| of(&refused_some))
}

/// Whether the published resets of this window move in steps shorter than the window.
pub(crate) fn is_sliding(case: &EpisodeContext<'_>, minutes: u32) -> bool {
    case.meters.readings(minutes).is_some_and(|r| r.sliding)
}

/// Whether a reset lies in the recovery bracket, with tolerance.
pub(crate) fn hits(case: &EpisodeContext<'_>, reset: Time) -> bool {
    let e = case.episode;
    e.first_admission_after.is_some_and(|after| reset >= e.to.plus(-TOLERANCE_S) && reset <= after.plus(TOLERANCE_S))
}

const FUTURE: Condition = condition("future", "no request was admitted yet");
const HIT: Condition = condition("hit", "the reset lies in the recovery interval, give or take 75 s");
const BEFORE: Condition = condition("before", "a request was admitted before the reset");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "reset_hit",
    topic: "reset_hit",
    number: ("chance that a random instant falls as close", Unit::Share),
    bins: &[
        bin("future", Edge::Any).when(FUTURE).because("the reset has not come yet"),
        bin("hit_narrow", Edge::Below(0.02)).when(HIT).means_for(&[TARGET]).because("less than once in fifty by luck"),
        bin("hit", Edge::Below(0.1)).when(HIT).means_for(&[TARGET]).because("less than once in ten by luck"),
        bin("hit_wide", Edge::Any).when(HIT).means_for(&[TARGET]).because("luck often hits so wide an interval"),
        bin("recovered_before", Edge::Any)
            .when(BEFORE)
            .means_against(&[TARGET])
            .because("a used-up window admits nothing before its reset"),
        bin("blocked_after", Edge::Any).means_against(&[TARGET]).because("a used-up window would have ended there"),
    ],
    flags: Flags { positive: true, one_per_window: true, ..Flags::NONE },
    orders: &[Order { key: TARGET, bins: &["recovered_before", "hit_wide", "hit", "hit_narrow"] }],
    measures: QUANTITIES,
};

impl ResetHit {
    /// Whether the reset lies in the recovery interval, with tolerance.
    pub fn is_hit(&self) -> bool {
        let is_early = |s: f64| s >= -TOLERANCE_S;
        self.admitted_after_reset_s.is_some_and(is_early) && self.refused_after_reset_s <= TOLERANCE_S
    }
}

impl Values for ResetHit {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.random_hit_share.unwrap_or(1.0)
    }

    fn holds(&self, condition: &str) -> bool {
        match condition {
            "future" => self.admitted_after_reset_s.is_none(),
            "hit" => self.is_hit(),
            _ => self.admitted_after_reset_s.is_some_and(|s| s < 0.0),
        }
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Vec<Observation> {
    case.windows.iter().filter_map(|w| measure_window(case, *w)).collect()
}

fn measure_window(case: &EpisodeContext<'_>, minutes: u32) -> Option<Observation> {
    let reset = published(case, minutes)?;
    let e = case.episode;
    let after = e.first_admission_after;
    // A reset that passed while requests were still refused, in a log that ends in the block, is not missed yet.
    if after.is_none() && reset.at <= e.to.plus(-TOLERANCE_S) {
        return None;
    }
    let chance = |after: Time| ((after.since(e.to) + 2.0 * TOLERANCE_S) / (f64::from(minutes) * 60.0)).min(1.0);
    let values = ResetHit {
        window_minutes: minutes,
        resets_at: reset.at,
        admitted_after_reset_s: after.map(|after| after.since(reset.at)),
        refused_after_reset_s: e.to.since(reset.at),
        random_hit_share: after.map(chance),
    };
    if is_sliding(case, minutes) && !values.is_hit() {
        return None;
    }
    let mut sources = vec![reset.source];
    sources.extend(e.refusals.last().map(|r| case.pool.at(*r).source));
    let factor = if reset.weak { WEAK_FACTOR } else { 1.0 };
    Some(Observation::new(values, sources)?.targeting(vec![Hypothesis::window(minutes)]).scaled(factor))
}
