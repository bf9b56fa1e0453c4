//! In flight where rows hide retries, for estimates: each admitted request is taken to begin so many seconds into its row.
//!
//! Evidence keeps the curve of `timeline/flight.rs`, which its points were fitted with.

use crate::evidence::{EpisodeContext, moment};
use crate::model::Time;
use crate::timeline::Intervals;

/// Admissions so near to an episode, in seconds, are under the same cap in the same use.
pub(super) const AROUND_S: f64 = 600.0;

/// Longest request that is looked for before an episode, in seconds.
const LONGEST_S: f64 = 3_600.0;

/// Admitted requests near an episode.
#[derive(Debug)]
pub(super) struct Curve {
    open: Intervals,
    from: Time,
}

impl Curve {
    /// The curve near an episode, each request beginning `into_s` seconds into its row.
    pub(super) fn near(case: &EpisodeContext<'_>, into_s: f64) -> Self {
        let (from, to) = (case.episode.from.plus(-AROUND_S), case.episode.to.plus(AROUND_S));
        let rows = case.pool.admitted_between(from.plus(-LONGEST_S), to).iter().map(|p| case.pool.at(*p));
        let (begins, ends) = rows.filter_map(|a| a.end.map(|end| (a.start.plus(into_s).min(end), end))).unzip();
        Self { open: Intervals::of(begins, ends), from }
    }

    /// In flight at each refusal of the episode.
    pub(super) fn at_refusals(&self, case: &EpisodeContext<'_>) -> Vec<u32> {
        self.open.at_each(case.refusals().map(moment))
    }

    /// In flight when each request near the episode began.
    pub(super) fn at_admissions(&self) -> Vec<u32> {
        self.open.at_each(self.open.begins_from(self.from).iter().copied())
    }
}
