//! Incidents: episodes of one pool less than 15 minutes apart, and of several pools at the same time when it was the
//! network or the provider (docs/METHOD.md, Episodes).

use std::collections::BTreeMap;

use super::{Episode, EpisodeKind};
use crate::model::Cause;

/// Largest pause between two episodes of one incident, in seconds.
const PAUSE_S: f64 = 15.0 * 60.0;

/// Episodes (by index into the list given) that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Indices, ascending.
    pub episodes: Vec<usize>,
}

/// Groups episodes. `causes` is the first cause of each. Every episode is in exactly one incident; incidents are
/// in order of their first episode.
///
/// One walk in order of begin. Of the earlier episodes that an episode may belong to, it is enough to look at the one that
/// ends last: all others that reach as far begin before that end, so they belong to that one already.
pub fn incidents(episodes: &[&Episode], causes: &[Cause]) -> Vec<Incident> {
    let mut groups = Groups { parent: (0..episodes.len()).collect() };
    let mut order: Vec<usize> = (0..episodes.len()).filter(|i| episodes[*i].kind == EpisodeKind::Refused).collect();
    order.sort_by_key(|i| episodes[*i].from);
    let mut last_of_pool: BTreeMap<usize, usize> = BTreeMap::new();
    let mut last_of_outage: BTreeMap<Cause, usize> = BTreeMap::new();
    for i in order {
        let e = episodes[i];
        let last = last_of_pool.entry(e.pool).or_insert(i);
        if e.from.since(episodes[*last].to) < PAUSE_S {
            groups.join(*last, i);
        }
        *last = if e.to > episodes[*last].to { i } else { *last };
        if matches!(causes[i], Cause::Network | Cause::Overload) {
            let last = last_of_outage.entry(causes[i]).or_insert(i);
            if e.from <= episodes[*last].to {
                groups.join(*last, i);
            }
            *last = if e.to > episodes[*last].to { i } else { *last };
        }
    }
    groups.listed()
}

/// Which episodes belong together: each points to an earlier one of its group, the first to itself.
struct Groups {
    parent: Vec<usize>,
}

impl Groups {
    fn root(&mut self, mut i: usize) -> usize {
        while self.parent[i] != i {
            self.parent[i] = self.parent[self.parent[i]];
            i = self.parent[i];
        }
        i
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b)] = a.min(b);
    }

    fn listed(mut self) -> Vec<Incident> {
        let mut out: Vec<Incident> = Vec::new();
        let mut place = vec![usize::MAX; self.parent.len()];
        for i in 0..self.parent.len() {
            let r = self.root(i);
            if place[r] == usize::MAX {
                place[r] = out.len();
                out.push(Incident { episodes: Vec::new() });
            }
            out[place[r]].episodes.push(i);
        }
        out
    }
}
