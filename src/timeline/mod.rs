//! From attempts of many files to one timeline per pool.
//!
//! In: parsed files. Out: [`Timeline`]: for each pool its attempts in order of start, their agents, how many were in
//! flight at any instant, how many tokens had been used, and the snapshots that belong to it. Nothing is judged here.
//! The order of files, lines and threads leaves no trace in it.

pub mod agents;
mod build;
pub mod clock;
pub mod flight;
pub mod frame;
mod intervals;
pub mod meters;
pub mod minutes;
mod open;
pub mod pools;
#[cfg(test)]
mod samples;
mod scopes;
#[cfg(test)]
pub(crate) mod testing;
mod until;
pub mod usage;
pub mod window_snapshots;

#[cfg(test)]
pub(crate) use build::pool as pool_of_attempts;
pub use build::{Assembly, build};
pub use flight::InFlight;
pub use frame::{ExportError, Mask, TextColumn, export, inert_cell};
pub use intervals::Intervals;
pub use scopes::{PoolScope, ScopeKind};
pub use usage::Usage;

use std::ops::Range;

use crate::merge::PoolKey;
use crate::model::{Attempt, Snapshot, SourceRef, Texts, Time, Zone};

/// All pools, and what is needed to speak of them.
#[derive(Debug)]
pub struct Timeline {
    /// Paths of the inputs, by file id.
    pub paths: Vec<String>,
    /// Names and error texts.
    pub texts: Texts,
    /// Pools by id.
    pub pools: Vec<PoolTimeline>,
    /// Rows that repeated an attempt and were merged.
    pub duplicates: u64,
    /// Requests that have no answer in the logs.
    pub unanswered: u64,
    /// Attempts and snapshots that lie after "now" and are not used.
    pub after_now: u64,
    /// How many snapshots fit no pool.
    pub snapshots_unassigned: u64,
    /// The newest snapshot of each provider and account that fits no pool, by provider.
    pub snapshots_apart: Vec<Snapshot>,
    /// First and last readable stamp of all inputs.
    pub span: Option<(Time, Time)>,
    /// How the data was read, as sentences for the report.
    pub notes: Vec<String>,
    /// The zone of logs that carry none, as far as it was told: that of times of day in error texts that name none.
    pub zone: Option<Zone>,
}

impl Timeline {
    /// `path:line` parts of a source.
    pub fn path_of(&self, source: SourceRef) -> &str {
        self.paths.get(source.file.0 as usize).map_or("?", |p| p)
    }
}

/// One pool's timeline.
#[derive(Debug)]
pub struct PoolTimeline {
    /// `provider/account/model`.
    pub id: String,
    /// Provider id.
    pub provider: String,
    /// Account label, `-` when no log names one.
    pub account: String,
    /// Whose its limits are. Parts of a pool with limits of their own share its id, unless they are a model's.
    pub scope: PoolScope,
    /// Models seen, sorted.
    pub models: Vec<String>,
    /// Attempts by start, then end, then source.
    pub attempts: Vec<Attempt>,
    /// Agent of each attempt as an index into `agent_names`; `None` where the log does not name the agent.
    pub agents: Vec<Option<u32>>,
    /// Names of the agents, in order of first attempt.
    pub agent_names: Vec<String>,
    /// Positions of admitted attempts, in order of start.
    pub admitted: Vec<u32>,
    /// Positions of refused attempts, in order of start.
    pub refused: Vec<u32>,
    /// Requests in flight over time.
    pub flight: InFlight,
    /// Tokens and requests used over time.
    pub usage: Usage,
    /// Snapshots of this pool, by capture time; those without one last.
    pub snapshots: Vec<Snapshot>,
    /// Requests that are open at the end of the logs, by start: neither admitted nor refused, and in flight.
    pub open: Vec<Attempt>,
}

impl PoolTimeline {
    /// Whether it is the pool of this key, or a part of it with limits of its own.
    fn is_of(&self, key: &PoolKey) -> bool {
        let same = (&self.provider, &self.account) == (&key.provider, &key.account);
        same && (key.model == "*" || self.id == key.id())
    }

    /// The attempt at a position.
    pub fn at(&self, position: u32) -> &Attempt {
        &self.attempts[position as usize]
    }

    /// Positions (in `admitted`) of admissions that start in the half-open interval [from, to).
    pub fn admitted_between(&self, from: Time, to: Time) -> &[u32] {
        slice_between(&self.admitted, &self.attempts, from, to)
    }

    /// Positions of refusals that start in [from, to).
    pub fn refused_between(&self, from: Time, to: Time) -> &[u32] {
        slice_between(&self.refused, &self.attempts, from, to)
    }

    /// Snapshots captured in [from, to], by capture time.
    pub fn snapshots_between(&self, from: Time, to: Time) -> &[Snapshot] {
        let low = self.snapshots.partition_point(|s| s.captured.is_some_and(|c| c.at < from));
        let high = self.snapshots.partition_point(|s| s.captured.is_some_and(|c| c.at <= to));
        &self.snapshots[low..high.max(low)]
    }

    /// Positions (in `admitted`) that [`Self::admitted_between`] answers, as a range of that list.
    pub fn admitted_range(&self, from: Time, to: Time) -> Range<usize> {
        range_between(&self.admitted, &self.attempts, from, to)
    }

    /// Start of the last admission before an instant.
    pub fn admission_before(&self, at: Time) -> Option<&Attempt> {
        let n = self.admitted.partition_point(|p| self.at(*p).start < at);
        n.checked_sub(1).map(|i| self.at(self.admitted[i]))
    }

    /// First admission that starts after an instant.
    pub fn admission_after(&self, at: Time) -> Option<&Attempt> {
        let n = self.admitted.partition_point(|p| self.at(*p).start <= at);
        self.admitted.get(n).map(|p| self.at(*p))
    }
}

fn slice_between<'a>(positions: &'a [u32], attempts: &[Attempt], from: Time, to: Time) -> &'a [u32] {
    &positions[range_between(positions, attempts, from, to)]
}

fn range_between(positions: &[u32], attempts: &[Attempt], from: Time, to: Time) -> Range<usize> {
    let low = positions.partition_point(|p| attempts[*p as usize].start < from);
    let high = positions.partition_point(|p| attempts[*p as usize].start < to);
    low..high.max(low)
}
