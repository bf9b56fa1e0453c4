//! One episode with all that evidence may look at.

use std::ops::Range;

use super::{AllPools, NamedEnd, Shared, longest_life_s, named_end};
use crate::episodes::{Episode, PROBE_S};
use crate::model::{Attempt, Class, Fidelity, Hypothesis, SourceRef, Time};
use crate::timeline::meters::Meters;
use crate::timeline::{PoolTimeline, Timeline};

/// Factor on in-flight evidence when most admitted rows may hide refused requests before the admitted one:
/// such a row seems in flight while it was still being refused.
const COLLAPSED_FACTOR: f64 = 0.5;

/// Fewest admissions inside an episode that show what was admitted while it lasted, and their number for each probe.
const INSIDE: usize = 12;
const INSIDE_SHARE: f64 = 0.5;

/// Most lines named as sources of one observation.
const SOURCES: usize = 6;

/// What the failed requests of an episode are called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failed {
    /// Refusals.
    Refused,
    /// Failures: most of them got no answer, so nobody refused them.
    Unanswered,
}

/// What all episodes of a pool share.
#[derive(Clone, Copy, Debug)]
pub struct PoolContext<'a> {
    /// All pools.
    pub timeline: &'a Timeline,
    /// What evidence asks of the whole pool.
    pub shared: &'a Shared<'a>,
    /// Window lengths in question, minutes ascending.
    pub windows: &'a [u32],
    /// Meters of the pool.
    pub meters: &'a Meters,
    /// Attempts of all pools.
    pub all_pools: &'a AllPools,
}

/// One episode in its surroundings.
#[derive(Debug)]
pub struct EpisodeContext<'a> {
    /// All pools.
    pub timeline: &'a Timeline,
    /// The episode's pool.
    pub pool: &'a PoolTimeline,
    /// The episode.
    pub episode: &'a Episode,
    /// What evidence asks of the whole pool.
    pub shared: &'a Shared<'a>,
    /// Window lengths in question, minutes ascending.
    pub windows: &'a [u32],
    /// In-flight at each refusal, as long as the episode's refusals; empty when in-flight is not usable.
    pub inflight: Vec<u32>,
    /// Meters of the pool.
    pub meters: &'a Meters,
    /// The end that texts or headers of the refusals name.
    pub named_end: Option<NamedEnd>,
    /// Attempts of all pools.
    pub all_pools: &'a AllPools,
}

impl<'a> EpisodeContext<'a> {
    /// Prepares an episode.
    pub fn new(around: &PoolContext<'a>, episode: &'a Episode) -> Self {
        let PoolContext { timeline, shared, windows, meters, all_pools } = *around;
        let pool = &timeline.pools[episode.pool];
        let usable = pool.flight.usable;
        let inflight = if usable {
            episode.refusals.iter().map(|r| pool.flight.at(moment(pool.at(*r)))).collect()
        } else {
            Vec::new()
        };
        let named_end = named_end::of(timeline, pool, episode);
        Self { timeline, pool, episode, shared, windows, inflight, meters, named_end, all_pools }
    }

    /// Refused attempts of the episode, in order.
    pub fn refusals(&self) -> impl DoubleEndedIterator<Item = &'a Attempt> + Clone {
        let pool = self.pool;
        self.episode.refusals.iter().map(move |r| pool.at(*r))
    }

    /// What its failed requests are called: most of them got no answer, or most were refused.
    pub fn failed(&self) -> Failed {
        let unanswered = self.refusals().filter(|a| a.class == Class::Network).count();
        if 2 * unanswered > self.episode.refusals.len() { Failed::Unanswered } else { Failed::Refused }
    }

    /// Positions of admissions that start between the first and the last refusal.
    pub fn admitted_inside(&self) -> &'a [u32] {
        self.pool.admitted_between(self.episode.from, self.episode.to)
    }

    /// Places in `meters.in_flight` of the admissions that refusals are held against: those inside the episode where there are
    /// enough of them, since a limit is known to be in force from the first refusal to the last and not beside them; else
    /// those up to so many seconds around it too.
    pub fn compared(&self, around_s: f64) -> Range<usize> {
        let inside = self.pool.admitted_range(self.episode.from, self.episode.to);
        if self.is_porous(inside.len()) {
            return inside;
        }
        self.pool.admitted_range(self.episode.from.plus(-around_s), self.episode.to.plus(around_s))
    }

    /// The most in flight with an admission, that one included: inside the episode where much was admitted in it.
    pub fn feasible(&self) -> u32 {
        let inside = self.pool.admitted_range(self.episode.from, self.episode.to);
        let most = self.meters.in_flight.get(inside.clone()).and_then(|all| all.iter().max());
        most.filter(|_| self.is_porous(inside.len())).map_or(self.meters.feasible, |n| n + 1)
    }

    /// Whether so many admissions inside the episode show what was admitted while it lasted.
    fn is_porous(&self, inside: usize) -> bool {
        inside >= INSIDE && inside as f64 >= INSIDE_SHARE * self.probes().len() as f64
    }

    /// Refusals counted at most once per [`PROBE_S`].
    pub fn probes(&self) -> Vec<u32> {
        thin(self.pool, &self.episode.refusals, PROBE_S)
    }

    /// Factor on evidence from the in-flight curve.
    pub fn inflight_scale(&self) -> f64 {
        if self.pool.flight.collapsed > 0.5 { COLLAPSED_FACTOR } else { 1.0 }
    }

    /// A few lines out of many: the first, the last and some between.
    pub fn sources(&self, positions: &[u32]) -> Vec<SourceRef> {
        spread(positions, SOURCES).map(|p| self.pool.at(p).source).collect()
    }

    /// Lines of the episode's refusals.
    pub fn refusal_sources(&self) -> Vec<SourceRef> {
        self.sources(&self.episode.refusals)
    }

    /// How many of the episode's refusals no row tells: what they answered is not known.
    pub fn not_logged(&self) -> usize {
        self.refusals().filter(|a| !a.has_row()).count()
    }

    /// The window hypotheses in question: of each known length, and of an unknown one where no known length fits.
    pub fn window_hypotheses(&self) -> Vec<Hypothesis> {
        let known = self.windows.iter().map(|w| Hypothesis::window(*w));
        known.chain(self.lacks_a_length().then_some(Hypothesis::UNKNOWN_WINDOW)).collect()
    }

    /// Whether no length is known, or a named end excludes all that are.
    pub fn lacks_a_length(&self) -> bool {
        let fits = |w: &u32| self.named_end.as_ref().is_none_or(|end| !end.outlasts(longest_life_s(*w)));
        !self.windows.iter().any(fits)
    }
}

/// The instant at which an attempt was surely being refused: its start when one row is one request, its end when the
/// row hides retries (the last of them was answered then).
pub fn moment(a: &Attempt) -> Time {
    match (a.fidelity, a.end) {
        (Fidelity::Collapsed, Some(end)) => end.plus(-0.001).max(a.start),
        _ => a.start,
    }
}

/// Positions at least `gap_s` apart, greedily from the first.
pub fn thin(pool: &PoolTimeline, positions: &[u32], gap_s: f64) -> Vec<u32> {
    let mut kept: Vec<u32> = Vec::new();
    for &p in positions {
        let far = kept.last().is_none_or(|last| pool.at(p).start.since(pool.at(*last).start) >= gap_s);
        if far {
            kept.push(p);
        }
    }
    kept
}

/// At most `n` of the items, evenly spread, the first and the last among them.
fn spread(items: &[u32], n: usize) -> impl Iterator<Item = u32> {
    let len = items.len();
    let n = n.min(len);
    (0..n).map(move |i| if n == 1 { items[0] } else { items[i * (len - 1) / (n - 1)] })
}

/// For so few numbers it is cheaper to walk over the others each time than to sort them: an episode of three refusals may
/// have thousands of admissions nearby.
const FEW: usize = 32;

/// Probability that a number drawn from `higher` exceeds one drawn from `lower`, ties counted half (the area under
/// the ROC curve). `None` with fewer than `least` of either.
pub fn auc(higher: &[f64], lower: &[f64], least: usize) -> Option<f64> {
    if higher.len() < least || lower.len() < least {
        return None;
    }
    // Sums of whole and half numbers are exact, so both ways of counting give the same.
    let wins: f64 = if higher.len() <= FEW {
        higher.iter().map(|h| rank_of(lower, *h)).sum()
    } else {
        let lower = sorted(lower);
        higher.iter().map(|h| rank(&lower, *h)).sum()
    };
    Some(wins / (higher.len() as f64 * lower.len() as f64))
}

fn sorted(numbers: &[f64]) -> Vec<f64> {
    let mut numbers = numbers.to_vec();
    numbers.sort_unstable_by(f64::total_cmp);
    numbers
}

/// How many are below a number, equal ones counted half.
fn rank(ascending: &[f64], number: f64) -> f64 {
    let below = ascending.partition_point(|n| *n < number);
    let upto = ascending.partition_point(|n| *n <= number);
    f64::midpoint(below as f64, upto as f64)
}

/// The same for numbers in any order.
fn rank_of(numbers: &[f64], number: f64) -> f64 {
    let below = numbers.iter().filter(|n| **n < number).count();
    let upto = numbers.iter().filter(|n| **n <= number).count();
    f64::midpoint(below as f64, upto as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auc_counts_ties_half() {
        assert_eq!(auc(&[3.0, 3.0], &[1.0, 2.0], 2), Some(1.0));
        assert_eq!(auc(&[1.0, 1.0], &[1.0, 1.0], 2), Some(0.5));
        assert_eq!(auc(&[0.0, 0.0], &[1.0, 2.0], 2), Some(0.0));
        assert_eq!(auc(&[0.0], &[1.0, 2.0], 2), None);
    }

    #[test]
    fn few_and_many_are_counted_alike() {
        let lower: Vec<f64> = (0..50).map(|n| f64::from(n * 7 % 20)).collect();
        let few: Vec<f64> = (0..FEW).map(|n| (n * 3 % 25) as f64).collect();
        let many = few.repeat(2);
        assert_eq!(auc(&few, &lower, 4), auc(&many, &lower, 4));
    }

    #[test]
    fn spread_keeps_both_ends() {
        let items: Vec<u32> = (0..100).collect();
        let some: Vec<u32> = spread(&items, 4).collect();
        assert_eq!((some[0], some[3], some.len()), (0, 99, 4));
        assert_eq!(spread(&[7], 4).collect::<Vec<_>>(), vec![7]);
    }
}
