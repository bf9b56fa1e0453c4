//! One limit, one estimate: what several episodes of a pool say of the same cap or quota, put together.
//!
//! In: the estimates of all episodes. Out: the same, with equal caps for the episodes of a pool that are judged caps, and
//! equal quotas for those of one window. Every bound holds for the limit, so together the tightest ones do; where they
//! contradict each other the limit changed, and only the outer ones hold for all.

use std::collections::BTreeMap;

use super::{CapEstimate, Estimates, QuotaEstimate, Quotas};
use crate::model::Cause;

/// An episode's place: its pool, its cause and the length of its window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Of {
    /// Index of the pool.
    pub pool: usize,
    /// Verdict.
    pub cause: Cause,
    /// Window of the verdict.
    pub window_minutes: Option<u32>,
}

/// Puts the estimates of equal limits together.
pub fn share(of: &[Of], all: &mut [Estimates]) {
    let mut groups: BTreeMap<Of, Vec<usize>> = BTreeMap::new();
    for (i, of) in of.iter().enumerate() {
        groups.entry(*of).or_default().push(i);
    }
    for (of, members) in groups.into_iter().filter(|(_, members)| members.len() > 1) {
        match of.cause {
            Cause::ConcurrencyCap => {
                let cap = members.iter().filter_map(|i| all[*i].cap).reduce(one_cap);
                members.iter().for_each(|i| all[*i].cap = all[*i].cap.and(cap));
            }
            Cause::TokenWindow => {
                let quotas = members.iter().map(|i| all[*i].quota).reduce(one_quota).unwrap_or_default();
                members.iter().for_each(|i| all[*i].quota = quotas);
            }
            _ => {}
        }
    }
}

fn one_cap(a: CapEstimate, b: CapEstimate) -> CapEstimate {
    if a.named != b.named {
        return if a.named { a } else { b };
    }
    let (low, high) = tightest((a.low, a.high), (b.low, b.high));
    let best = a.best.max(b.best).clamp(low, high.unwrap_or(u32::MAX));
    CapEstimate { low, best, high, named: a.named }
}

fn one_quota(a: Quotas, b: Quotas) -> Quotas {
    let of_unit = |q: Option<QuotaEstimate>, other: Quotas| {
        let q = q?;
        let same = [other.first, other.other].into_iter().flatten().find(|o| o.unit == q.unit);
        Some(same.map_or(q, |o| both(q, o)))
    };
    Quotas { first: of_unit(a.first, b).or(b.first), other: of_unit(a.other, b) }
}

fn both(a: QuotaEstimate, b: QuotaEstimate) -> QuotaEstimate {
    let (low, high) = tightest((a.low, a.high), (b.low, b.high));
    QuotaEstimate { unit: a.unit, low, best: a.best.max(b.best).clamp(low, high.unwrap_or(u64::MAX)), high }
}

/// The bounds that hold for both.
fn tightest<N: Ord + Copy>(a: (N, Option<N>), b: (N, Option<N>)) -> (N, Option<N>) {
    let high = match (a.1, b.1) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    let low = a.0.max(b.0);
    match high {
        Some(high) if high < low => (a.0.min(b.0), a.1.zip(b.1).map(|(a, b)| a.max(b))),
        _ => (low, high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::usage::Unit;

    fn cap(low: u32, best: u32, high: Option<u32>) -> Estimates {
        Estimates { cap: Some(CapEstimate { low, best, high, named: false }), ..Estimates::default() }
    }

    const CAP: Of = Of { pool: 0, cause: Cause::ConcurrencyCap, window_minutes: None };

    #[test]
    fn one_cap_has_one_estimate() {
        let mut all = [cap(2, 2, Some(3)), cap(2, 3, Some(3)), cap(3, 3, Some(4)), cap(9, 9, Some(9))];
        share(&[CAP, CAP, CAP, Of { pool: 1, ..CAP }], &mut all);
        let bounds: Vec<(u32, Option<u32>)> =
            all.iter().map(|e| e.cap.map_or((0, None), |c| (c.low, c.high))).collect();
        assert_eq!(bounds, [(3, Some(3)), (3, Some(3)), (3, Some(3)), (9, Some(9))]);
    }

    #[test]
    fn a_limit_that_changed_keeps_its_outer_bounds() {
        let mut all = [cap(2, 2, Some(3)), cap(5, 6, Some(7))];
        share(&[CAP, CAP], &mut all);
        assert!(all.iter().all(|e| e.cap.is_some_and(|c| (c.low, c.high) == (2, Some(7)))));
    }

    #[test]
    fn several_blocks_bound_one_quota() {
        let window = Of { pool: 0, cause: Cause::TokenWindow, window_minutes: Some(300) };
        let quota = |low, high| {
            let q = QuotaEstimate { unit: Unit::Tokens, low, best: low, high };
            Estimates { quota: Quotas { first: Some(q), other: None }, ..Estimates::default() }
        };
        let mut all = [quota(900, None), quota(950, Some(1_010)), quota(700, None)];
        share(&[window, window, Of { window_minutes: Some(10_080), ..window }], &mut all);
        let bounds: Vec<_> = all.iter().map(|e| e.quota.first.map(|q| (q.low, q.high))).collect();
        assert_eq!(bounds, [Some((950, Some(1_010))), Some((950, Some(1_010))), Some((700, None))]);
    }
}
