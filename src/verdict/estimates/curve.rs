//! In flight where rows hide retries, for estimates: each admitted request is taken to begin so many seconds into its row.
//!
//! Evidence keeps the curve of `timeline/flight.rs`, which its points were fitted with.

use super::cap::AROUND_S;
use crate::evidence::{Case, moment};
use crate::model::Time;

/// Longest request that is looked for before an episode, in seconds.
const LONGEST_S: f64 = 3_600.0;

/// Begins and ends of admitted requests near an episode.
#[derive(Debug)]
pub(super) struct Curve {
    begins: Vec<Time>,
    ends: Vec<Time>,
    near: Vec<Time>,
}

impl Curve {
    /// The curve near an episode, each request beginning `into_s` seconds into its row.
    pub(super) fn near(case: &Case<'_>, into_s: f64) -> Self {
        let (from, to) = (case.episode.from.plus(-AROUND_S), case.episode.to.plus(AROUND_S));
        let rows = case.pool.admitted_between(from.plus(-LONGEST_S), to).iter().map(|p| case.pool.at(*p));
        let mut requests: Vec<(Time, Time)> =
            rows.filter_map(|a| a.end.map(|end| (a.start.plus(into_s).min(end), end))).collect();
        requests.sort_unstable();
        let begins: Vec<Time> = requests.iter().map(|(begin, _)| *begin).collect();
        let mut ends: Vec<Time> = requests.iter().map(|(_, end)| *end).collect();
        ends.sort_unstable();
        let near = begins[begins.partition_point(|t| *t < from)..].to_vec();
        Self { begins, ends, near }
    }

    fn at(&self, t: Time) -> u32 {
        let begun = self.begins.partition_point(|b| *b < t);
        let ended = self.ends.partition_point(|e| *e <= t);
        u32::try_from(begun.saturating_sub(ended)).unwrap_or(u32::MAX)
    }

    /// In flight at each refusal of the episode.
    pub(super) fn at_refusals(&self, case: &Case<'_>) -> Vec<u32> {
        case.refusals().map(|a| self.at(moment(a))).collect()
    }

    /// In flight when each request near the episode began.
    pub(super) fn at_admissions(&self) -> Vec<u32> {
        self.near.iter().map(|t| self.at(*t)).collect()
    }
}
