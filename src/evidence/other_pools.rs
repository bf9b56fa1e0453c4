//! Other pools in the same span: blocked too means the network or the provider, fine means this account.

use super::declaration::{Declaration, Edge, Flags, Order, Unit, bin, measured};
use super::hypotheses::{ACCESS, BILLING, BLOCK, CAP, MINUTE, NETWORK, OVERLOAD, WINDOW};
use super::{EpisodeContext, Observation, Values};
use crate::model::{SourceRef, Time};
use crate::timeline::Timeline;

measured! {
    /// What the other pools did between the first refusal and the last.
    OtherPools {
        /// Requests of other pools in the same time.
        other_requests: usize as Count,
        /// Requests of other pools that were refused in the same time.
        other_refused: usize as Count,
    }
    beside {
        /// The first few of these pools.
        pools: Vec<String>,
        /// Whether there are more of them.
        has_more: bool,
    }
}

/// Fewest attempts of the other pools.
const LEAST: usize = 3;
/// Most pools that the sentence names, so that a report over thousands of pools grows with their number only.
const NAMED: usize = 3;
/// Attempts that are looked at for their names.
const LOOKED_AT: usize = 1_000;

/// Admitted and refused attempts of all pools in order of start: one look answers what all pools did in a span.
#[derive(Debug, Default)]
pub struct AllPools {
    attempts: Vec<(Time, u32)>,
    /// Refusals among the first n of `attempts`.
    refused: Vec<u32>,
}

impl AllPools {
    /// The attempts of a timeline; nothing where there is only one pool.
    pub fn of(timeline: &Timeline) -> Self {
        if timeline.pools.len() < 2 {
            return Self::default();
        }
        let mut attempts: Vec<(Time, u32, bool)> = Vec::new();
        for (n, pool) in (0_u32..).zip(&timeline.pools) {
            attempts.extend(pool.admitted.iter().map(|p| (pool.at(*p).start, n, false)));
            attempts.extend(pool.refused.iter().map(|p| (pool.at(*p).start, n, true)));
        }
        attempts.sort_unstable();
        let mut refused = Vec::with_capacity(attempts.len() + 1);
        refused.push(0);
        let mut so_far = 0;
        refused.extend(attempts.iter().map(|(_, _, is_refused)| {
            so_far += u32::from(*is_refused);
            so_far
        }));
        Self { attempts: attempts.into_iter().map(|(at, pool, _)| (at, pool)).collect(), refused }
    }

    /// Refused and all attempts that start in [from, to).
    fn between(&self, from: Time, to: Time) -> (usize, &[(Time, u32)]) {
        let low = self.attempts.partition_point(|(at, _)| *at < from);
        let high = self.attempts.partition_point(|(at, _)| *at < to).max(low);
        let before = |n: usize| self.refused.get(n).map_or(0, |n| *n as usize);
        (before(high) - before(low), &self.attempts[low..high])
    }
}

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "other_pools",
    topic: "other_pools",
    number: ("share of the other pools' requests that was refused", Unit::Share),
    bins: &[
        bin("fine", Edge::Below(0.2)).means_against(&[NETWORK, OVERLOAD]).because("only this pool was affected"),
        bin("partly", Edge::UpTo(0.6)).because("some of them may have had a limit of their own"),
        bin("blocked", Edge::Any)
            .means_for(&[NETWORK, OVERLOAD])
            .means_against(&[CAP, WINDOW, MINUTE, BILLING, ACCESS, BLOCK])
            .because("everything on this machine was affected"),
    ],
    flags: Flags { valid_for_short_episodes: true, ..Flags::NONE },
    orders: &[Order { key: NETWORK, bins: &["fine", "partly", "blocked"] }],
    measures: QUANTITIES,
};

impl Values for OtherPools {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.other_refused as f64 / self.other_requests as f64
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let (from, to) = (case.episode.from, case.episode.to.plus(0.001));
    let (refused, all) = case.all_pools.between(from, to);
    let own = case.pool.refused_between(from, to).len();
    let attempts = all.len().saturating_sub(own + case.pool.admitted_between(from, to).len());
    if attempts < LEAST {
        return None;
    }
    let pools = pools_of(all, case.episode.pool);
    let mut sources: Vec<SourceRef> = Vec::new();
    let mut named = 0;
    for other in pools.iter().map(|i| &case.timeline.pools[*i]) {
        let rows = [other.refused_between(from, to), other.admitted_between(from, to)];
        named += rows[0].len() + rows[1].len();
        sources.extend(rows[0].iter().chain(rows[1]).take(3).map(|p| other.at(*p).source));
    }
    let values = OtherPools {
        other_requests: attempts,
        other_refused: refused.saturating_sub(own),
        pools: pools.iter().map(|i| case.timeline.pools[*i].id.clone()).collect(),
        has_more: named < attempts,
    };
    Observation::new(values, sources)
}

/// The first few pools in a span besides one's own, in order.
fn pools_of(attempts: &[(Time, u32)], own: usize) -> Vec<usize> {
    let mut pools: Vec<usize> = Vec::new();
    for pool in attempts.iter().take(LOOKED_AT).map(|(_, pool)| *pool as usize).filter(|p| *p != own) {
        if pools.len() < NAMED && !pools.contains(&pool) {
            pools.push(pool);
        }
    }
    pools.sort_unstable();
    pools
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Attempt, Texts};
    use crate::timeline::testing::{ZERO, admitted, pool, refused, timeline};

    #[test]
    fn what_all_pools_did_in_a_span_is_the_sum_of_what_each_did() {
        let mut texts = Texts::default();
        let mut row = |pool: u32, n: u32| -> Attempt {
            let start = f64::from(n * 7 % 100 + pool);
            if (n + pool).is_multiple_of(3) {
                refused(&mut texts, start, "a", 429)
            } else {
                admitted(&mut texts, start, start + 1.0, "a")
            }
        };
        let attempts: Vec<Vec<Attempt>> = (0..6).map(|p| (0..30).map(|n| row(p, n)).collect()).collect();
        let mut pools: Vec<_> = attempts.into_iter().map(|a| pool(&texts, a)).collect();
        let last = pools.pop().unwrap();
        let mut all = timeline(texts, last);
        assert!(AllPools::of(&all).attempts.is_empty(), "one pool has no other");
        all.pools.extend(pools);
        let merged = AllPools::of(&all);
        for (from, to) in [(0.0, 200.0), (10.0, 11.0), (20.5, 60.0), (50.0, 50.0), (300.0, 400.0)] {
            let (from, to) = (ZERO.plus(from), ZERO.plus(to));
            let (refused, attempts) = merged.between(from, to);
            assert_eq!(refused, all.pools.iter().map(|p| p.refused_between(from, to).len()).sum::<usize>());
            let each = all.pools.iter().map(|p| p.refused_between(from, to).len() + p.admitted_between(from, to).len());
            assert_eq!(attempts.len(), each.sum::<usize>());
        }
        let (_, attempts) = merged.between(ZERO, ZERO.plus(200.0));
        assert_eq!(pools_of(attempts, 1).len(), NAMED);
        assert!(!pools_of(attempts, 1).contains(&1));
    }
}
