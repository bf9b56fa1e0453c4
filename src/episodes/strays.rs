//! Failures of another kind among many of one: a wrong key and a lost connection beside an overload are no part of it.
//!
//! In: a cluster of refusals. Out: those of the kind that most of them are, and the few of others, each kind by itself. Only
//! single failures are taken out: what returns again and again is a second cause, which the verdict has to carry.

use std::collections::BTreeMap;

use super::sequence::named_cause;
use crate::model::{Attempt, Cause, Class};
use crate::timeline::PoolTimeline;

/// Fewest refusals of the one kind.
const LEAST: usize = 3;
/// Most refusals of another kind that are taken out.
const MOST_STRAYS: usize = 2;
/// And at most this share of all.
const STRAY_SHARE: f64 = 0.4;

/// Kinds of failure that have nothing to do with each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A limit, money, a plan: 429, and 403 without a word why.
    Limit,
    /// The key or the client.
    Key,
    /// The provider's servers.
    Server,
    /// The way to it.
    Way,
}

fn kind(a: &Attempt) -> Option<Kind> {
    match (named_cause(a).map(|(cause, _)| cause), a.class, a.status) {
        (Some(Cause::Overload), ..) => Some(Kind::Server),
        (Some(Cause::Network), ..) => Some(Kind::Way),
        (Some(Cause::Access), ..) | (None, Class::Access, Some(401)) => Some(Kind::Key),
        (Some(Cause::LocalLimit), ..) | (None, Class::Local | Class::NotLogged | Class::Unknown, _) => None,
        _ => Some(Kind::Limit),
    }
}

/// The cluster without what does not belong to it, and that.
pub(super) fn taken_out(pool: &PoolTimeline, cluster: Vec<u32>) -> (Vec<u32>, Vec<Vec<u32>>) {
    let mut kinds: BTreeMap<Kind, Vec<u32>> = BTreeMap::new();
    for refusal in &cluster {
        if let Some(kind) = kind(pool.at(*refusal)) {
            kinds.entry(kind).or_default().push(*refusal);
        }
    }
    let Some((most, n)) = kinds.iter().map(|(k, r)| (*k, r.len())).max_by_key(|(_, n)| *n) else {
        return (cluster, Vec::new());
    };
    // A limit's texts and statuses come in many shapes; a key, a server and a way do not become one another.
    let is_stray = |k: Kind, r: &[u32]| k != most && r.len() <= MOST_STRAYS && matches!(k, Kind::Key | Kind::Way);
    let strays: Vec<Vec<u32>> = kinds.into_iter().filter(|(k, r)| is_stray(*k, r)).map(|(_, r)| r).collect();
    let taken: usize = strays.iter().map(Vec::len).sum();
    if n < LEAST || taken as f64 > STRAY_SHARE * cluster.len() as f64 {
        return (cluster, Vec::new());
    }
    let rest = cluster.into_iter().filter(|r| !strays.iter().flatten().any(|s| s == r)).collect();
    (rest, strays)
}
