//! Two causes that overlap in time: refusals that plainly tell one or the other by turns.
//!
//! In: an episode that `episodes` could not part into a sequence. Out: both causes with their share of the time, or
//! nothing. The verdict is then undetermined between the two, whatever the score: it weighs one cause against the
//! others, and here two are true.

use std::collections::BTreeMap;

use crate::episodes::{PROBE_S, named_cause};
use crate::evidence::EpisodeContext;
use crate::model::{Attempt, Cause};

/// Two causes and the share of the episode's time that each was told in; the larger first, together 1.
pub type Overlap = [(Cause, Option<u32>, f64); 2];

/// A cause counts from this share of the time on: one text in twenty misleads, one in eight under bad gateways.
const LEAST_SHARE: f64 = 0.2;
/// And with at least so many probes.
const LEAST_PROBES: usize = 3;
/// The two cover at least this much of what is told; with a third cause the texts contradict each other.
const COVERED: f64 = 0.8;
/// Refusals that tell a cause, at least, of all.
const NAMED_FROM: f64 = 0.5;

/// The overlap of an episode, if there is one.
pub fn overlap(case: &EpisodeContext<'_>) -> Option<Overlap> {
    let tells: Vec<(&Attempt, (Cause, Option<u32>))> =
        case.refusals().filter_map(|a| Some((a, named_cause(a)?))).collect();
    if (tells.len() as f64) < NAMED_FROM * case.episode.refusals.len() as f64 {
        return None;
    }
    let mut times: BTreeMap<(Cause, Option<u32>), (f64, usize)> = BTreeMap::new();
    let mut probed: BTreeMap<(Cause, Option<u32>), crate::model::Time> = BTreeMap::new();
    for (i, (a, named_cause)) in tells.iter().enumerate() {
        let entry = times.entry(*named_cause).or_default();
        // The time around a refusal, half-way to its neighbours, is its cause's.
        entry.0 += i.checked_sub(1).map_or(0.0, |b| a.start.since(tells[b].0.start) / 2.0);
        entry.0 += tells.get(i + 1).map_or(0.0, |(next, _)| next.start.since(a.start) / 2.0);
        if probed.get(named_cause).is_none_or(|t| a.start.since(*t) >= PROBE_S) {
            probed.insert(*named_cause, a.start);
            entry.1 += 1;
        }
    }
    let mut all: Vec<_> = times.into_iter().collect();
    all.sort_by(|a, b| b.1.0.total_cmp(&a.1.0).then(a.0.cmp(&b.0)));
    let total: f64 = all.iter().map(|(_, (seconds, _))| seconds).sum();
    let [(one, (a, probes_a)), (other, (b, probes_b)), ..] = all[..] else { return None };
    let enough = probes_a >= LEAST_PROBES && probes_b >= LEAST_PROBES && b >= LEAST_SHARE * total;
    if !enough || a + b < COVERED * total || is_one_outage(one.0, other.0) {
        return None;
    }
    Some([(one.0, one.1, a / (a + b)), (other.0, other.1, b / (a + b))])
}

/// Told in two ways, and yet one outage: two windows' texts, a provider that fails and does not answer, a limit on the
/// user's side that follows another limit.
fn is_one_outage(one: Cause, other: Cause) -> bool {
    let both = [one, other];
    one == other
        || both == [Cause::Overload, Cause::Network]
        || both == [Cause::Network, Cause::Overload]
        || both.contains(&Cause::LocalLimit)
}
