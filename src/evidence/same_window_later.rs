//! A snapshot after the gap that belongs to the window of the gap and is not used up. Use only rises inside one anchored
//! window, so that window was not exhausted during the gap.
//!
//! Not for a sliding window, whose published reset moves and whose use falls as it ages, and not against a snapshot inside
//! the gap that shows nothing left.

use super::declaration::{Declaration, Edge, Flags, Unit, bin, measured};
use super::hypotheses::TARGET;
use super::{EpisodeContext, Observation, Values, reset_hit, snapshot_in_gap};
use crate::model::{Hypothesis, Time};

measured! {
    /// A snapshot after the episode, of the window that ran during it.
    SameWindowLater {
        /// Length of the window in minutes.
        window_minutes: u32 as Minutes,
        /// When the snapshot was taken.
        captured_at: Time as Time,
        /// What is left of the window.
        remaining_share: f64 as Share,
        /// When the window was due to reset.
        resets_at: Time as Time,
    }
}

/// Left over by so much, the window was not used up before (two percent steps).
const LEFT: f64 = 0.02;
/// Tolerance on the window's begin, in seconds.
const TOLERANCE_S: f64 = 120.0;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "same_window_later",
    topic: "same_window_later",
    number: ("", Unit::Share),
    bins: &[bin("not_used_up", Edge::Any).means_against(&[TARGET]).because("use only rises inside one window")],
    flags: Flags { valid_for_short_episodes: true, one_per_window: true, ..Flags::NONE },
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for SameWindowLater {
    const DECLARATION: &'static Declaration = &DECLARATION;
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Vec<Observation> {
    case.windows.iter().filter_map(|w| measure_window(case, *w)).collect()
}

fn measure_window(case: &EpisodeContext<'_>, minutes: u32) -> Option<Observation> {
    if reset_hit::is_sliding(case, minutes) || snapshot_in_gap::exhausted_inside(case, minutes).is_some() {
        return None;
    }
    let e = case.episode;
    let length_s = f64::from(minutes) * 60.0;
    let later = case.pool.snapshots.partition_point(|s| s.captured.is_some_and(|c| c.at <= e.to));
    let mut anchored = case.meters.readings(minutes)?.anchored(later, e.from.plus(length_s + TOLERANCE_S));
    let (source, values) = anchored.find_map(|i| {
        let s = &case.pool.snapshots[i];
        let captured_at = s.captured?.at;
        let w = s.state.windows.iter().find(|w| w.window_minutes == minutes)?;
        let (resets_at, remaining_share) = (w.resets_at?, w.remaining_share?);
        let covers = resets_at.plus(-length_s - TOLERANCE_S) < e.from && resets_at > e.to;
        // Untouched windows show a moving placeholder as their reset: all left means no window runs.
        let is_of_it = captured_at > e.to && covers && (LEFT..0.999).contains(&remaining_share);
        is_of_it
            .then_some((s.source, SameWindowLater { window_minutes: minutes, captured_at, remaining_share, resets_at }))
    })?;
    Some(Observation::new(values, vec![source])?.targeting(vec![Hypothesis::window(minutes)]))
}
