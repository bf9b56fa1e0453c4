//! Silence between work: half an hour or more without an attempt, not preceded by a refusal (docs/METHOD.md, Episodes).
//!
//! Silence after a refusal is no episode of its own: it belongs to that refusal's recovery bracket.

use super::{Episode, EpisodeKind};
use crate::model::Outcome;
use crate::timeline::PoolTimeline;

/// Shortest silence, in seconds.
const SILENCE_S: f64 = 30.0 * 60.0;
/// Share of the silence in which nothing may be in flight.
const EMPTY_SHARE: f64 = 0.7;

pub(super) fn silences(pool: &PoolTimeline, index: usize) -> Vec<Episode> {
    let attempts: Vec<_> = pool.attempts.iter().filter(|a| a.outcome != Outcome::Other).collect();
    let mut out = Vec::new();
    for pair in attempts.windows(2) {
        let (before, after) = (pair[0], pair[1]);
        let length = after.start.since(before.start);
        if length < SILENCE_S || before.is_refused() {
            continue;
        }
        let quiet_from = pool.flight.last_end(after.start).unwrap_or(before.start).max(before.start);
        if after.start.since(quiet_from) >= EMPTY_SHARE * length {
            out.push(Episode {
                pool: index,
                kind: EpisodeKind::Silent,
                from: quiet_from,
                to: after.start,
                refusals: Vec::new(),
                last_admission_before: Some(before.start),
                first_admission_after: after.is_admitted().then_some(after.start),
                hard: false,
            });
        }
    }
    out
}
