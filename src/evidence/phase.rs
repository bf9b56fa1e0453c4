//! 5.11 Phase: two blocks of this pool recovered a whole number of windows apart. A miss is weak, since a window opened
//! by first use has no grid.

use super::{EpisodeContext, Kind, Observation, duration};
use crate::causes;
use crate::episodes::Episode;
use crate::model::{Cause, Hypothesis};
use crate::timeline::PoolTimeline;

/// See the module.
#[derive(Debug)]
pub(super) struct Phase;

/// Largest chance of a coincidence with which the phase is looked at.
const CHANCE: f64 = 0.2;
/// Shortest block that counts, in seconds.
const BLOCK_S: f64 = 480.0;

impl Kind for Phase {
    fn id(&self) -> &'static str {
        "phase"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["hit", "miss"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        case.windows.iter().filter_map(|w| self.observe_window(case, *w)).collect()
    }
}

impl Phase {
    fn observe_window(&self, case: &EpisodeContext<'_>, minutes: u32) -> Option<Observation> {
        let length = f64::from(minutes) * 60.0;
        let width = case.episode.recovery_width_s()?;
        let is_other = |e: &&&Episode| {
            let apart = case.episode.to.since(e.to).abs();
            e.from != case.episode.from && apart > length / 2.0
        };
        let other = case.shared.blocks.iter().find(is_other)?;
        let other_width = other.recovery_width_s()?;
        if 2.0 * (width + other_width) / length >= CHANCE {
            return None;
        }
        let apart = case.episode.to.since(other.to).abs();
        let slack = width + other_width;
        let off = (apart / length - (apart / length).round()).abs() * length;
        let hit = off <= slack;
        let statement = format!(
            "This episode and another ended {} apart, which is {}a whole number of lengths of the {}.",
            duration(apart),
            if hit { "" } else { "not " },
            causes::limit(Cause::TokenWindow, Some(minutes))
        );
        let sources = [case.episode.refusals.last(), other.refusals.last()];
        let sources = sources.into_iter().flatten().map(|r| case.pool.at(*r).source).collect();
        let observation = Observation::new(self, if hit { "hit" } else { "miss" }, statement, sources)?;
        Some(observation.targeting(vec![Hypothesis::window(minutes)]))
    }
}

/// The episodes of a pool that are blocks with a known recovery, those with the narrowest bracket first.
pub fn blocks<'a>(pool: &PoolTimeline, episodes: &'a [Episode]) -> Vec<&'a Episode> {
    let is_block = |e: &&Episode| {
        e.refusals.len() >= 3
            && e.span_s() >= BLOCK_S
            && e.first_admission_after.is_some()
            && pool.admitted_between(e.from, e.to).is_empty()
    };
    let mut blocks: Vec<&Episode> = episodes.iter().filter(is_block).collect();
    blocks.sort_by(|a, b| a.recovery_width_s().unwrap_or(0.0).total_cmp(&b.recovery_width_s().unwrap_or(0.0)));
    blocks
}
