//! Phase: two blocks of this pool recovered a whole number of windows apart. A miss is weak, since a window opened
//! by first use has no grid.

use super::declaration::{Declaration, Edge, Flags, Order, Unit, bin, measured};
use super::hypotheses::TARGET;
use super::{EpisodeContext, Observation, Values};
use crate::episodes::Episode;
use crate::model::Hypothesis;
use crate::timeline::PoolTimeline;

measured! {
    /// How far two recoveries lie from a whole number of windows apart.
    Phase {
        /// Length of the window in minutes.
        window_minutes: u32 as Minutes,
        /// Time between the ends of this episode and of another one of the pool.
        apart_s: f64 as Seconds,
        /// How far that time is from a whole number of windows.
        off_s: f64 as Seconds,
        /// Length of both recovery intervals together.
        recovery_intervals_s: f64 as Seconds,
    }
}

/// Largest chance of a coincidence with which the phase is looked at.
const CHANCE: f64 = 0.2;
/// Shortest block that counts, in seconds.
const BLOCK_S: f64 = 480.0;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "phase",
    topic: "phase",
    number: ("distance from a whole number of windows, less both recovery intervals", Unit::Seconds),
    bins: &[
        bin("hit", Edge::UpTo(0.0)).means_for(&[TARGET]).because("the ends keep the rhythm of that window"),
        bin("miss", Edge::Any).means_against(&[TARGET]).because("weak: a window opened by first use has no grid"),
    ],
    flags: Flags { positive: true, one_per_window: true, ..Flags::NONE },
    orders: &[Order { key: TARGET, bins: &["miss", "hit"] }],
    measures: QUANTITIES,
};

impl Values for Phase {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.off_s - self.recovery_intervals_s
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Vec<Observation> {
    case.windows.iter().filter_map(|w| measure_window(case, *w)).collect()
}

fn measure_window(case: &EpisodeContext<'_>, minutes: u32) -> Option<Observation> {
    let length = f64::from(minutes) * 60.0;
    let width = case.episode.recovery_width_s()?;
    let is_other = |e: &&&Episode| {
        let apart = case.episode.to.since(e.to).abs();
        e.from != case.episode.from && apart > length / 2.0
    };
    let other = case.shared.blocks.iter().find(is_other)?;
    let recovery_intervals_s = width + other.recovery_width_s()?;
    if 2.0 * recovery_intervals_s / length >= CHANCE {
        return None;
    }
    let apart_s = case.episode.to.since(other.to).abs();
    let off_s = (apart_s / length - (apart_s / length).round()).abs() * length;
    let sources = [case.episode.refusals.last(), other.refusals.last()];
    let sources = sources.into_iter().flatten().map(|r| case.pool.at(*r).source).collect();
    let values = Phase { window_minutes: minutes, apart_s, off_s, recovery_intervals_s };
    Some(Observation::new(values, sources)?.targeting(vec![Hypothesis::window(minutes)]))
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
