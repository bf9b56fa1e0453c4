//! A sequence of plainly told causes inside one cluster becomes several episodes of one incident (docs/CAUSES.md).
//!
//! A refusal tells its cause when its text plainly names one, or by its class (no answer, 5xx). The cluster is parted only
//! where each cause forms one block; causes that alternate are a contradiction, which the verdict has to carry.

use crate::model::{Attempt, Cause, Class};
use crate::signals::{self, Kind};
use crate::timeline::PoolTimeline;

/// Parts a cluster's refusals into blocks of one told cause; refusals that tell none go with the block before.
pub(super) fn parted(pool: &PoolTimeline, cluster: Vec<u32>) -> Vec<Vec<u32>> {
    let told: Vec<Option<Told>> = cluster.iter().map(|r| told(pool.at(*r))).collect();
    let mut order: Vec<Told> = Vec::new();
    for cause in told.iter().flatten() {
        if order.last() != Some(cause) {
            if order.contains(cause) {
                return vec![cluster];
            }
            order.push(*cause);
        }
    }
    if order.len() < 2 {
        return vec![cluster];
    }
    let mut blocks: Vec<Vec<u32>> = Vec::new();
    let mut current = None;
    for (refusal, cause) in cluster.into_iter().zip(told) {
        let opens = cause.is_some() && current.is_some() && cause != current;
        match blocks.last_mut() {
            Some(block) if !opens => block.push(refusal),
            _ => blocks.push(vec![refusal]),
        }
        current = cause.or(current);
    }
    blocks
}

type Told = (Cause, Option<u32>);

fn told(a: &Attempt) -> Option<Told> {
    let signal = a.signal.and_then(|s| signals::catalogue().signal(s));
    let named = signal.filter(|s| s.kind == Kind::Named).and_then(|s| Some((s.cause()?, s.window())));
    named.or(match a.class {
        Class::Overload => Some((Cause::Overload, None)),
        Class::Network => Some((Cause::Network, None)),
        Class::Local => Some((Cause::LocalLimit, None)),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Texts;
    use crate::timeline::testing::{pool, refused};

    fn blocks(statuses: &[u16]) -> Vec<usize> {
        let mut texts = Texts::default();
        let attempts = statuses.iter().zip(0..).map(|(s, i)| {
            let mut a = refused(&mut texts, f64::from(i), "a", *s);
            if *s == 0 {
                (a.class, a.status) = (Class::Network, None);
            }
            a
        });
        let attempts: Vec<Attempt> = attempts.collect();
        let pool = pool(&texts, attempts);
        let all = pool.refused.clone();
        parted(&pool, all).iter().map(Vec::len).collect()
    }

    #[test]
    fn a_sequence_is_parted_and_an_alternation_is_not() {
        // 503, 503, 429 (tells nothing, stays), then no answer twice.
        assert_eq!(blocks(&[503, 503, 429, 0, 0]), vec![3, 2]);
        assert_eq!(blocks(&[503, 0, 503]), vec![3]);
        assert_eq!(blocks(&[429, 429, 503, 429]), vec![4]);
    }
}
