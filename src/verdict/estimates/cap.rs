//! The cap: mode of in-flight at the refusals, in slots. Exact in 98 % of complete simulated logs (docs/METHOD.md, Estimates).
//!
//! The interval holds every N that parts admissions (fewer than N in flight) from refusals (N or more) with a balanced
//! error at most 0.02 above the best. A text that names the cap decides.

use std::collections::BTreeMap;

use crate::evidence::{Case, Release};
use crate::model::Attempt;
use crate::signals::{self, Said};

/// Slots, with bounds; `high` `None` means "at least": other clients probably share the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CapEstimate {
    /// Least.
    pub low: u32,
    /// Best.
    pub best: u32,
    /// Most.
    pub high: Option<u32>,
    /// The number stands in an error text.
    pub named: bool,
}

/// Below this share of freed slots that were taken all the same, all holders of slots are in the log.
const ACCOUNTED: f64 = 0.05;
/// From this share on others use the account, and the cap is "at least".
const OTHERS: f64 = 0.3;
/// So many slots more, as a share, may be held by what the log does not show.
const LATE_SHARE: f64 = 0.15;
const SLACK: f64 = 0.02;
/// In-flight at refusals spread wider than this between the quartiles: hidden clients.
const WIDE_QUARTILES: f64 = 2.0;
const AROUND_S: f64 = 600.0;

/// Estimates the cap from one episode. `None` when in-flight cannot be seen and no text names it.
pub fn cap(case: &Case<'_>) -> Option<CapEstimate> {
    if let Some(named) = named(case) {
        return Some(CapEstimate { low: named, best: named, high: Some(named), named: true });
    }
    let mut at_refusals = case.inflight.clone();
    at_refusals.sort_unstable();
    let mode = mode(&at_refusals)?.max(1);
    let near = case.pool.admitted_range(case.episode.from.plus(-AROUND_S), case.episode.to.plus(AROUND_S));
    let mut at_admissions: Vec<u32> = case.meters.in_flight.get(near).unwrap_or_default().to_vec();
    at_admissions.sort_unstable();
    let (mut low, mut high) = interval(&at_admissions, &at_refusals, mode);
    if case.inflight_scale() < 1.0 {
        // Rows that hide retries seem in flight while they were still refused: one slot either way is not known.
        low = low.min(mode.saturating_sub(1).max(1));
    }
    let unseen = unseen(case);
    let more = 1 + (LATE_SHARE * f64::from(mode)) as u32;
    high = high.max(match unseen {
        Some(share) if share < ACCOUNTED => mode,
        Some(_) => mode + more,
        None if case.inflight_scale() < 1.0 => mode + 2 * more,
        None => mode + more,
    });
    let others = unseen.is_some_and(|share| share >= OTHERS);
    if others && quartile_range(&at_refusals) <= WIDE_QUARTILES {
        return Some(CapEstimate { low, best: mode, high: None, named: false });
    }
    if quartile_range(&at_refusals) > WIDE_QUARTILES {
        let seen = at_admissions.last().map_or(mode, |n| n + 1).max(mode);
        return Some(CapEstimate { low: seen, best: seen, high: None, named: false });
    }
    Some(CapEstimate { low, best: mode, high: Some(high), named: false })
}

/// The cap that most texts name.
/// How often a slot that the log saw freed was taken all the same, by a slot released late or by clients in no log. `None`
/// where releases cannot be told.
fn unseen(case: &Case<'_>) -> Option<f64> {
    if case.inflight_scale() < 1.0 {
        return None;
    }
    let seen = Release::of(case);
    let opportunities = seen.a + seen.b;
    (opportunities > 0).then(|| f64::from(seen.b) / f64::from(opportunities))
}

fn named(case: &Case<'_>) -> Option<u32> {
    let mut seen: BTreeMap<u32, usize> = BTreeMap::new();
    let mut last = None;
    for a in case.refusals() {
        // Equal texts name equal caps: match each distinct one once in a row.
        if last.is_none_or(|(id, _)| Some(id) != a.error_message) {
            last = a.error_message.map(|id| (id, cap_in_text(case, a)));
        }
        if let Some((_, Some(cap))) = last.filter(|(id, _)| Some(*id) == a.error_message) {
            *seen.entry(cap).or_insert(0) += 1;
        }
    }
    seen.into_iter().max_by_key(|(cap, n)| (*n, *cap)).map(|(cap, _)| cap)
}

/// The cap that the text of one refusal names.
fn cap_in_text(case: &Case<'_>, a: &Attempt) -> Option<u32> {
    let text = |id: Option<crate::model::TextId>| id.map(|id| case.timeline.texts.get(id));
    let said = Said {
        provider: Some(&case.pool.provider),
        status: a.status,
        kind: text(a.error_kind),
        message: text(a.error_message),
    };
    signals::catalogue().matching(&said).and_then(|m| m.cap)
}

/// Most frequent value; the larger one of two equally frequent.
fn mode(ascending: &[u32]) -> Option<u32> {
    let mut counts: BTreeMap<u32, usize> = BTreeMap::new();
    for n in ascending {
        *counts.entry(*n).or_insert(0) += 1;
    }
    counts.into_iter().max_by_key(|(value, n)| (*n, *value)).map(|(value, _)| value)
}

fn quartile_range(ascending: &[u32]) -> f64 {
    let at = |share: f64| ascending[((ascending.len() - 1) as f64 * share).round() as usize];
    if ascending.is_empty() { 0.0 } else { f64::from(at(0.75)) - f64::from(at(0.25)) }
}

/// Every N whose balanced error is within `SLACK` of the best, as a range that holds the mode.
fn interval(admissions: &[u32], refusals: &[u32], mode: u32) -> (u32, u32) {
    if admissions.is_empty() || refusals.is_empty() {
        return (mode, mode);
    }
    let error = |n: u32| {
        let wrongly_in = admissions.len() - admissions.partition_point(|x| *x < n);
        let wrongly_out = refusals.partition_point(|x| *x < n);
        0.5 * (wrongly_in as f64 / admissions.len() as f64 + wrongly_out as f64 / refusals.len() as f64)
    };
    let most = refusals.last().copied().unwrap_or(mode).max(admissions.last().copied().unwrap_or(mode)) + 1;
    let errors: Vec<(u32, f64)> = (1..=most).map(|n| (n, error(n))).collect();
    let best = errors.iter().map(|(_, e)| *e).fold(f64::INFINITY, f64::min);
    let good = errors.iter().filter(|(_, e)| *e <= best + SLACK).map(|(n, _)| *n);
    good.fold((mode, mode), |(low, high), n| (low.min(n), high.max(n)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_what_parts_the_two() {
        // Admitted with 0, 1, 2 in flight, refused with 3: three slots and nothing else.
        assert_eq!(interval(&[0, 1, 2, 2], &[3, 3, 3], 3), (3, 3));
        // Admitted with 0 in flight only, refused with 3: one, two or three slots fit equally.
        assert_eq!(interval(&[0, 0], &[3, 3], 3), (1, 3));
    }

    #[test]
    fn the_mode_prefers_the_larger_of_two() {
        assert_eq!(mode(&[2, 2, 3, 3]), Some(3));
        assert_eq!(mode(&[]), None);
    }
}
