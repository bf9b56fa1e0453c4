//! Cuts a pool's timeline into episodes: stretches of refusal and of silence (docs/METHOD.md, Episodes).
//!
//! In: a [`PoolTimeline`]. Out: episodes in order of time, with brackets that say what is proven and what is only
//! silence, and the refusals that are too few to be one (isolated_refusals). A run of refusals delimits itself, since every attempt
//! carries its outcome; no change-point search is needed.

mod clusters;
mod idle;
mod incidents;
mod sequence;
mod strays;
#[cfg(test)]
mod tests;

pub use incidents::{Incident, incidents};
pub use sequence::{NamedCause, PROBE_S, named_cause};

use crate::model::{Attempt, Cause, Class, SourceRef, Time};
use crate::signals;
use crate::timeline::PoolTimeline;

/// What kind of stretch it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpisodeKind {
    /// The pool was refused.
    Refused,
    /// Nobody asked.
    Silent,
}

/// One episode. Positions refer to the pool's attempts.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Index of the pool in the timeline.
    pub pool: usize,
    /// Refused or silent.
    pub kind: EpisodeKind,
    /// First refusal, or begin of the silence.
    pub from: Time,
    /// Last refusal, or end of the silence.
    pub to: Time,
    /// Positions of its refusals, in order.
    pub refusals: Vec<u32>,
    /// Start of the last admission before.
    pub last_admission_before: Option<Time>,
    /// Start of the first admission after.
    pub first_admission_after: Option<Time>,
    /// Admission-free by the hard-run test, split off from a porous cluster.
    pub hard: bool,
}

/// A refusal too small to be an episode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsolatedRefusal {
    /// Index of the pool.
    pub pool: usize,
    /// Position of its first refusal.
    pub position: u32,
    /// How many refusals.
    pub refusals: u32,
    /// Where.
    pub sources: Vec<SourceRef>,
}

/// What a pool's timeline was cut into.
#[derive(Clone, Debug, Default)]
pub struct Cut {
    /// Episodes by time.
    pub episodes: Vec<Episode>,
    /// Blips by time.
    pub isolated_refusals: Vec<IsolatedRefusal>,
}

/// Two refusals this far apart, in seconds, are an episode (docs/METHOD.md, Definitions).
const TWO_REFUSALS_SPAN_S: f64 = 120.0;

/// Cuts one pool.
pub fn cut(pool: &PoolTimeline, index: usize) -> Cut {
    let mut cut = Cut::default();
    for segment in clusters::segments(pool) {
        if is_episode(pool, &segment.refusals) {
            cut.episodes.push(refused_episode(pool, index, segment));
        } else {
            cut.isolated_refusals.push(isolated_refusal(pool, index, &segment.refusals));
        }
    }
    cut.isolated_refusals.sort_by_key(|b| b.position);
    cut.episodes.extend(idle::silences(pool, index));
    cut.episodes.sort_by_key(|e| (e.from, e.to));
    cut
}

/// So many admissions for one refusal make single retries that worked no outage.
const ADMISSIONS_A_REFUSAL: usize = 10;

fn is_episode(pool: &PoolTimeline, refusals: &[u32]) -> bool {
    let (Some(first), Some(last)) = (refusals.first(), refusals.last()) else { return false };
    if refusals.iter().any(|r| ends_work_or_names_account_limit(pool.at(*r))) {
        return true;
    }
    let (from, to) = (pool.at(*first).start, pool.at(*last).start);
    let inside = pool.admitted_between(from, to).len();
    match refusals.len() {
        0 | 1 => false,
        // Two failures of the way or of the server that were each retried with success are two single retries, however far apart.
        2 => to.since(from) >= TWO_REFUSALS_SPAN_S && (inside == 0 || !single_failures(pool, refusals)),
        n => !(inside >= n * ADMISSIONS_A_REFUSAL && single_failures(pool, refusals)),
    }
}

/// Whether these are failures of the way or of the server, each followed by an admission.
fn single_failures(pool: &PoolTimeline, refusals: &[u32]) -> bool {
    let is_passing = |r: &u32| matches!(pool.at(*r).class, Class::Network | Class::Overload | Class::Unknown);
    let start = |r: u32| pool.at(r).start;
    refusals.iter().all(is_passing)
        && refusals.windows(2).all(|pair| {
            let near = start(pair[1]).since(start(pair[0])) < PROBE_S;
            near || !pool.admitted_between(start(pair[0]), start(pair[1])).is_empty()
        })
}

/// One that names a used-up quota, billing or access, or that ended a client's work: these often leave one line.
fn ends_work_or_names_account_limit(a: &Attempt) -> bool {
    let signal = a.signal.and_then(|s| signals::catalogue().signal(s));
    let named = signal.filter(|s| s.kind == signals::Kind::Named).and_then(signals::Signal::cause);
    a.ended_work || matches!(named, Some(Cause::TokenWindow | Cause::Billing | Cause::Access))
}

fn refused_episode(pool: &PoolTimeline, index: usize, segment: clusters::Segment) -> Episode {
    let from = segment.refusals.first().map_or(Time::default(), |p| pool.at(*p).start);
    let to = segment.refusals.last().map_or(from, |p| pool.at(*p).start);
    Episode {
        pool: index,
        kind: EpisodeKind::Refused,
        from,
        to,
        refusals: segment.refusals,
        last_admission_before: pool.admission_before(from).map(|a| a.start),
        first_admission_after: pool.admission_after(to).map(|a| a.start),
        hard: segment.hard,
    }
}

fn isolated_refusal(pool: &PoolTimeline, index: usize, refusals: &[u32]) -> IsolatedRefusal {
    IsolatedRefusal {
        pool: index,
        position: refusals.first().copied().unwrap_or(0),
        refusals: u32::try_from(refusals.len()).unwrap_or(u32::MAX),
        sources: refusals.iter().map(|r| pool.at(*r).source).collect(),
    }
}

impl Episode {
    /// First refusal to last refusal, in seconds; the silence's length for a silent one.
    pub fn span_s(&self) -> f64 {
        self.to.since(self.from)
    }

    /// The recovery bracket's later end: the first admission after, if any.
    pub fn recovery_width_s(&self) -> Option<f64> {
        self.first_admission_after.map(|t| t.since(self.to))
    }

    /// The onset bracket's width: last admission to first refusal.
    pub fn onset_width_s(&self) -> Option<f64> {
        self.last_admission_before.map(|t| self.from.since(t))
    }
}
