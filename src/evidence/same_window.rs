//! A snapshot after the gap that belongs to the window of the gap and is not used up. Use only rises inside one anchored
//! window, so that window was not exhausted during the gap.
//!
//! Not for a sliding window, whose published reset moves and whose use falls as it ages, and not against a snapshot inside
//! the gap that shows nothing left.

use super::{EpisodeContext, Kind, Observation, reset, snapshot_in_gap};
use crate::causes;
use crate::model::{Cause, Hypothesis};

/// See the module.
#[derive(Debug)]
pub(super) struct SameWindow;

/// Left over by so much, the window was not used up before (two percent steps).
const LEFT: f64 = 0.02;
/// Tolerance on the window's begin, in seconds.
const TOLERANCE_S: f64 = 120.0;

impl Kind for SameWindow {
    fn id(&self) -> &'static str {
        "same_window_later"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["not_used_up"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let e = case.episode;
        let seen = case.windows.iter().filter_map(|minutes| {
            if reset::is_sliding(case, *minutes) || snapshot_in_gap::exhausted_inside(case, *minutes).is_some() {
                return None;
            }
            let length_s = f64::from(*minutes) * 60.0;
            let later = case.pool.snapshots.partition_point(|s| s.captured.is_some_and(|c| c.at <= e.to));
            let mut anchored = case.meters.readings(*minutes)?.anchored(later, e.from.plus(length_s + TOLERANCE_S));
            let (snapshot, reset, share, at) = anchored.find_map(|i| {
                let s = &case.pool.snapshots[i];
                let at = s.captured?.at;
                let w = s.state.windows.iter().find(|w| w.window_minutes == *minutes)?;
                let (reset, share) = (w.resets_at?, w.remaining_share?);
                let covers = reset.plus(-length_s - TOLERANCE_S) < e.from && reset > e.to;
                // Untouched windows show a moving placeholder as their reset: all left means no window runs.
                (at > e.to && covers && (LEFT..0.999).contains(&share)).then_some((s, reset, share, at))
            })?;
            let statement = format!(
                "A usage snapshot taken at {}, after the refusals, shows {:.0} % of the same {} left (reset at {}); it was not used up.",
                at.rfc3339(),
                share * 100.0,
                causes::limit(Cause::TokenWindow, Some(*minutes)),
                reset.rfc3339()
            );
            let observation = Observation::new(self, "not_used_up", statement, vec![snapshot.source])?;
            Some(observation.targeting(vec![Hypothesis::window(*minutes)]))
        });
        seen.collect()
    }
}
