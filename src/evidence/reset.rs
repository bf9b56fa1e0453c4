//! 5.10 Published reset against the recovery bracket. What counts is not that a reset fell into the gap, which luck does
//! in gap/W of all cases, but that it fell into the narrow bracket (last refusal, first admission].

use super::{EpisodeContext, Kind, Observation, duration, longest_life_s};
use crate::causes;
use crate::model::{Cause, Hypothesis, Time};
use crate::timeline::window_snapshots::Reset;

/// See the module.
#[derive(Debug)]
pub(super) struct ResetHit;

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

impl Kind for ResetHit {
    fn id(&self) -> &'static str {
        "reset_hit"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["hit_narrow", "hit", "hit_wide", "recovered_before", "blocked_after", "future"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let seen = case.windows.iter().filter_map(|minutes| {
            let reset = published(case, *minutes)?;
            let (bin, tail) = bin_of(case, reset.at, *minutes)?;
            if is_sliding(case, *minutes) && !bin.starts_with("hit") {
                return None;
            }
            let (name, at) = (causes::limit(Cause::TokenWindow, Some(*minutes)), reset.at.rfc3339());
            let statement = if bin.starts_with("hit") {
                format!("The first request after the reset of the {name} at {at} {tail}.")
            } else {
                format!("The {name} was due to reset at {at}; {tail}.")
            };
            let mut sources = vec![reset.source];
            sources.extend(case.episode.refusals.last().map(|r| case.pool.at(*r).source));
            let observation = Observation::new(self, bin, statement, sources)?;
            let factor = if reset.weak { WEAK_FACTOR } else { 1.0 };
            Some(observation.targeting(vec![Hypothesis::window(*minutes)]).scaled(factor))
        });
        seen.collect()
    }
}

fn bin_of(case: &EpisodeContext<'_>, reset: Time, minutes: u32) -> Option<(&'static str, String)> {
    let e = case.episode;
    let length_s = f64::from(minutes) * 60.0;
    let Some(after) = e.first_admission_after else {
        let future = reset > e.to.plus(-TOLERANCE_S);
        return future.then(|| ("future", "later than the last refusal that is known".to_owned()));
    };
    let width = after.since(e.to);
    let chance = ((width + 2.0 * TOLERANCE_S) / length_s).min(1.0);
    if hits(case, reset) {
        let bin = if chance < 0.02 {
            "hit_narrow"
        } else if chance < 0.1 {
            "hit"
        } else {
            "hit_wide"
        };
        let delay = after.since(reset);
        let tail = format!(
            "was admitted {} {}; a random moment would come that close {:.1} % of the time",
            duration(delay),
            if delay < 0.0 { "before it" } else { "later" },
            chance * 100.0
        );
        return Some((bin, tail));
    }
    if reset > after {
        // A reset far ahead says nothing of this gap: only one that belongs to the block can be missed.
        let tail = format!("requests were admitted again {} before that", duration(reset.since(after)));
        return Some(("recovered_before", tail));
    }
    Some(("blocked_after", format!("refusals went on for {} after that", duration(e.to.since(reset)))))
}
