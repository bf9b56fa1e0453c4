//! Incidents: episodes of one pool less than 15 minutes apart, and of several pools at the same time when it was the
//! network or the provider (method, section 3; contract, section 2).

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
pub fn incidents(episodes: &[Episode], causes: &[Cause]) -> Vec<Incident> {
    let mut parent: Vec<usize> = (0..episodes.len()).collect();
    for later in 0..episodes.len() {
        for earlier in 0..later {
            if belong_together(&episodes[earlier], &episodes[later], causes[earlier], causes[later]) {
                let (a, b) = (root(&parent, earlier), root(&parent, later));
                parent[a.max(b)] = a.min(b);
            }
        }
    }
    let mut out: Vec<Incident> = Vec::new();
    let mut place = vec![usize::MAX; episodes.len()];
    for i in 0..episodes.len() {
        let r = root(&parent, i);
        if place[r] == usize::MAX {
            place[r] = out.len();
            out.push(Incident { episodes: Vec::new() });
        }
        out[place[r]].episodes.push(i);
    }
    out
}

fn root(parent: &[usize], mut i: usize) -> usize {
    while parent[i] != i {
        i = parent[i];
    }
    i
}

fn belong_together(a: &Episode, b: &Episode, cause_a: Cause, cause_b: Cause) -> bool {
    if a.kind == EpisodeKind::Silent || b.kind == EpisodeKind::Silent {
        return false;
    }
    let pause = b.from.since(a.to).max(a.from.since(b.to));
    let shared_outage = cause_a == cause_b && matches!(cause_a, Cause::Network | Cause::Overload);
    if a.pool == b.pool { pause < PAUSE_S } else { shared_outage && pause <= 0.0 }
}
