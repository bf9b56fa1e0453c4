//! What evidence asks of a whole pool, computed once: its blocks, and which meter parts its refusals best.

use super::phase;
use super::pool_meter::{self, Errors};
use crate::episodes::Episode;
use crate::model::{Snapshot, SourceRef};
use crate::timeline::PoolTimeline;
use crate::timeline::meters::Meters;

/// See the module.
#[derive(Debug, Default)]
pub struct Shared<'a> {
    /// Blocks with a known recovery, those with the narrowest bracket first.
    pub(super) blocks: Vec<&'a Episode>,
    /// Errors of the best threshold on each meter.
    pub(super) parted: Errors,
    /// Lines of the pool's snapshots, sorted, each once.
    pub snapshots: Vec<SourceRef>,
    /// How many of these lines say when they were captured.
    pub dated: usize,
}

impl<'a> Shared<'a> {
    /// What the episodes of a pool share; nothing where there are none.
    pub fn of(pool: &PoolTimeline, episodes: &'a [Episode], meters: &Meters) -> Self {
        if episodes.is_empty() {
            return Self::default();
        }
        Self {
            blocks: phase::blocks(pool, episodes),
            parted: pool_meter::errors(pool, meters),
            snapshots: lines(pool, |_| true),
            dated: lines(pool, |s| s.captured.is_some()).len(),
        }
    }
}

/// Lines of the snapshots that are wanted, sorted, each once.
fn lines(pool: &PoolTimeline, wanted: impl Fn(&Snapshot) -> bool) -> Vec<SourceRef> {
    let mut lines: Vec<SourceRef> = pool.snapshots.iter().filter(|s| wanted(s)).map(|s| s.source).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
}
