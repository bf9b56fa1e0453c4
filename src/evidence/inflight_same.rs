//! The same number in flight at the refusals, again and again: a semaphore refuses at exactly its slots, while overload and
//! limits per minute refuse at whatever is in flight. Said of refusals with at least one request in flight.

use std::collections::BTreeMap;

use super::{EpisodeContext, Kind, Observation, counted, share_of};

/// See the module.
#[derive(Debug)]
pub(super) struct InflightSame;

/// Fewest refusals.
const LEAST: usize = 4;

impl Kind for InflightSame {
    fn id(&self) -> &'static str {
        "inflight_same"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["same", "similar", "spread"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        if case.inflight.len() < LEAST {
            return Vec::new();
        }
        let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
        for n in &case.inflight {
            *counts.entry(*n).or_insert(0) += 1;
        }
        let Some((usual, times)) = counts.into_iter().max_by_key(|(n, times)| (*times, *n)) else { return Vec::new() };
        if usual == 0 {
            return Vec::new();
        }
        let share = times as f64 / case.inflight.len() as f64;
        let bin = match share {
            s if s >= 0.8 => "same",
            s if s >= 0.5 => "similar",
            _ => "spread",
        };
        let statement = format!(
            "{} came with exactly {} in flight.",
            share_of(times, case.inflight.len(), case.noun()),
            counted(usual as usize, "request")
        );
        let seen = Observation::new(self, bin, statement, case.refusal_sources());
        seen.map(|o| o.scaled(case.inflight_scale())).into_iter().collect()
    }
}
