//! The cap, in slots: in flight at refusals, in flight at admissions, and what texts and snapshots name (docs/METHOD.md,
//! Estimates).
//!
//! A text that names the cap decides. Else slots that are released late hide from the log: then refusals meet fewer in flight
//! than there are slots, and the most that was ever admitted at once is nearer to the truth than the usual refusal.

use std::collections::BTreeMap;

use super::curve::{AROUND_S, Curve};
use crate::evidence::{EpisodeContext, Release, threshold};
use crate::model::{Attempt, Fidelity, median};
use crate::signals::{self, ErrorInfo};

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
/// Above this share of admissions after a refusal without a freed slot, clocks or starts are off by more than requests lie
/// apart, and the most in flight may be an artefact.
const UNCLEAR: f64 = 0.2;
/// From this share of so many refusals at one number on it is the number of slots: what lets more in flight are ends that were
/// written late.
const AT_ONE: f64 = 0.99;
const MANY: usize = 20;
/// So many slots more, as a share, may be held by what the log does not show.
const LATE_SHARE: f64 = 0.15;
const SLACK: f64 = 0.02;
/// In-flight at refusals spread wider than this between the quartiles: hidden clients.
const WIDE_QUARTILES: f64 = 2.0;

/// Estimates the cap from one episode. `None` when in-flight cannot be seen and no text names it.
pub fn cap(case: &EpisodeContext<'_>) -> Option<CapEstimate> {
    if let Some(named) = named(case) {
        return Some(CapEstimate { low: named, best: named, high: Some(named), named: true });
    }
    let estimate = Seen::of(case).and_then(|seen| seen.estimate())?;
    Some(case.meters.cap_named.map_or(estimate, |(read, _)| with_snapshot(estimate, read)))
}

/// A snapshot names the plan's cap: it is best where it contradicts nothing, and what was seen stays in the bounds, since a
/// provider may enforce less than it publishes.
fn with_snapshot(estimate: CapEstimate, read: u32) -> CapEstimate {
    if read < estimate.low {
        return estimate;
    }
    CapEstimate { low: estimate.low, best: read, high: Some(estimate.high.unwrap_or(read).max(read)), named: false }
}

/// What an episode shows of slots.
#[derive(Debug)]
struct Seen {
    /// In flight at its refusals, ascending.
    refusals: Vec<u32>,
    /// In flight when an admission nearby began, ascending.
    admissions: Vec<u32>,
    /// Most ever in flight with an admission, that one included.
    most: u32,
    /// Releases, where rows tell them.
    release: Option<Release>,
    /// Every end is known, so that the most in flight was really in flight.
    complete: bool,
}

impl Seen {
    fn of(case: &EpisodeContext<'_>) -> Option<Self> {
        if case.inflight.is_empty() {
            return None;
        }
        let mut seen = if case.inflight_scale() < 1.0 { Self::collapsed(case) } else { Self::observed(case) };
        seen.refusals.sort_unstable();
        seen.admissions.sort_unstable();
        Some(seen)
    }

    fn observed(case: &EpisodeContext<'_>) -> Self {
        let (from, to) = (case.episode.from.plus(-AROUND_S), case.episode.to.plus(AROUND_S));
        let near = case.pool.admitted_range(from, to);
        let mut admissions = case.meters.in_flight.get(near).unwrap_or_default().to_vec();
        // Requests that still run have been admitted, though nothing says so yet.
        let open = case.pool.open.iter().filter(|a| a.fidelity != Fidelity::Collapsed);
        let open: Vec<u32> = open.map(|a| case.pool.flight.at(a.start)).collect();
        let most = open.iter().max().map_or(0, |n| n + 1).max(case.meters.feasible);
        admissions.extend(open);
        Self {
            refusals: case.inflight.clone(),
            admissions,
            most,
            release: Some(Release::of(case)),
            complete: case.pool.flight.missing == 0.0,
        }
    }

    /// Rows that hide retries. A refused row is nothing but retries, so its length is how long they take; an admitted request
    /// began by then, and not its usual duration before its end, which takes the longest ones (those in flight) for not begun.
    fn collapsed(case: &EpisodeContext<'_>) -> Self {
        let mut lengths: Vec<f64> = case.refusals().filter_map(|a| Some(a.end?.since(a.start))).collect();
        lengths.sort_unstable_by(f64::total_cmp);
        let wait = median(&lengths).unwrap_or(0.0);
        let usual = median(&case.pool.flight.durations).unwrap_or(0.0);
        let (early, late) = (Curve::near(case, 0.0), Curve::near(case, wait));
        // Where waiting takes longer than a request, most of a row is waiting, and its usual end is the better guess.
        let (refusals, admissions) = if wait <= usual {
            (early.at_refusals(case), early.at_admissions())
        } else {
            let Self { refusals, admissions, .. } = Self::observed(case);
            (refusals, admissions)
        };
        Self {
            refusals,
            admissions,
            most: late.at_admissions().into_iter().max().map_or(0, |n| n + 1),
            release: None,
            complete: false,
        }
    }

    /// How often a slot that the log saw freed was taken all the same, by a slot released late or by clients in no log.
    /// `None` where releases cannot be told.
    fn unseen(&self) -> Option<f64> {
        let release = self.release?;
        share(release.b, release.a)
    }

    /// Whether the most in flight is a bound: ends are known, and nothing was admitted where no slot was free.
    fn is_clear(&self) -> bool {
        let few = |r: Release| r.a + r.c < 3;
        self.complete && self.release.is_some_and(|r| few(r) || share(r.c, r.a).is_none_or(|s| s <= UNCLEAR))
    }

    /// Whether nearly all refusals met this number.
    fn is_at(&self, number: u32) -> bool {
        let (at, all) = (self.refusals.iter().filter(|n| **n == number).count(), self.refusals.len());
        all >= MANY && at as f64 >= AT_ONE * all as f64
    }

    fn estimate(&self) -> Option<CapEstimate> {
        let mode = mode(&self.refusals)?.max(1);
        let more = 1 + (LATE_SHARE * f64::from(mode)) as u32;
        let (low, high) = interval(&self.admissions, &self.refusals, mode);
        let highest = *self.refusals.last()?;
        if self.release.is_some_and(|r| r.c >= 3 && r.c > r.a) && highest > mode + more {
            // Admitted mostly where nothing was freed, refused at any number: rows begin before their requests did.
            let (low, best) = (self.refusals[0].max(1), quartile(&self.refusals, 0.25).max(1));
            return Some(CapEstimate { low, best, high: None, named: false });
        }
        let best = if self.is_clear() && !self.is_at(mode) { mode.max(self.most) } else { mode };
        let low = if self.release.is_none() { low.min(mode.saturating_sub(1)).max(1) } else { low.min(best) };
        // Refusals that all met one number tell that all holders of slots are in the log, and that more in flight at another
        // time were admitted when the limit was another one.
        let is_at = self.release.is_some() && self.is_at(mode);
        let most = if is_at { best } else { self.most };
        let others = !is_at && self.unseen().is_some_and(|share| share >= OTHERS);
        let wide = quartile(&self.refusals, 0.75) - quartile(&self.refusals, 0.25) > WIDE_QUARTILES as u32;
        if wide && self.release.is_some() {
            let seen = self.admissions.last().map_or(mode, |n| n + 1).max(best);
            return Some(CapEstimate { low: seen.min(self.most.max(best)), best: seen, high: None, named: false });
        }
        // Admitted well above the usual refusal: what holds slots at refusals is not in the log.
        if others || wide || most > mode + more {
            return Some(CapEstimate { low, best, high: None, named: false });
        }
        let late = match self.unseen() {
            Some(share) if share < ACCOUNTED => best,
            None if self.release.is_none() => mode + 2 * more,
            _ => mode + more,
        };
        Some(CapEstimate { low, best, high: Some(high.max(late).max(most)), named: false })
    }
}

/// The share of `part` in both.
fn share(part: u32, rest: u32) -> Option<f64> {
    (part + rest > 0).then(|| f64::from(part) / f64::from(part + rest))
}

/// The cap that most texts name.
fn named(case: &EpisodeContext<'_>) -> Option<u32> {
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
fn cap_in_text(case: &EpisodeContext<'_>, a: &Attempt) -> Option<u32> {
    let text = |id: Option<crate::model::TextId>| id.map(|id| case.timeline.texts.get(id));
    let said = ErrorInfo {
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

/// The value at this share of an ascending list that is not empty.
fn quartile(ascending: &[u32], share: f64) -> u32 {
    ascending[((ascending.len() - 1) as f64 * share).round() as usize]
}

/// Every N whose balanced error is within `SLACK` of the best, as a range that holds the mode.
fn interval(admissions: &[u32], refusals: &[u32], mode: u32) -> (u32, u32) {
    if admissions.is_empty() || refusals.is_empty() {
        return (mode, mode);
    }
    let most = refusals.last().copied().unwrap_or(mode).max(admissions.last().copied().unwrap_or(mode)) + 1;
    let errors: Vec<(u32, f64)> = (1..=most).map(|n| (n, threshold::error(refusals, admissions, n))).collect();
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

    fn seen(refusals: &[u32], admissions: &[u32], release: Option<Release>) -> Seen {
        let most = admissions.iter().max().map_or(0, |n| n + 1);
        Seen {
            refusals: refusals.to_vec(),
            admissions: admissions.to_vec(),
            most,
            release,
            complete: release.is_some(),
        }
    }

    #[test]
    fn slots_released_late_hide_from_refusals_and_not_from_admissions() {
        // Five slots, of which one was held for long by a request that had ended: refused at four, admitted as the fifth once.
        let release = Release { a: 15, b: 0, c: 0, d: 64 };
        let late = seen(&[4, 4, 4, 4], &[0, 1, 2, 3, 3, 4], Some(release)).estimate().unwrap();
        assert_eq!((late.best, late.high), (5, Some(5)));
        // The same where slots seem to be taken that nobody freed: clocks disagree, and five at once may never have been.
        let skewed = Release { c: 9, ..release };
        let skewed = seen(&[4, 4, 4, 4], &[0, 1, 2, 3, 3, 4], Some(skewed)).estimate().unwrap();
        assert_eq!((skewed.best, skewed.high), (4, Some(5)));
    }

    #[test]
    fn far_more_admitted_than_refused_at_means_that_others_hold_slots() {
        let release = Release { a: 9, b: 0, c: 0, d: 9 };
        let shared = seen(&[3, 3, 3, 3], &[2, 6, 8], Some(release)).estimate().unwrap();
        assert_eq!((shared.best, shared.high), (9, None), "nine were in flight once, so there are nine or more");
    }

    #[test]
    fn refusals_that_all_met_one_number_are_the_slots_whatever_was_admitted_at_another_time() {
        // Two slots for some minutes; then the limit was lifted, and five ran at once.
        let release = Release { a: 29, b: 0, c: 0, d: 32 };
        let lifted = |refusals: &[u32]| seen(refusals, &[0, 1, 1, 3, 4], Some(release)).estimate().unwrap();
        let same = lifted(&[2; 62]);
        assert_eq!((same.low, same.best, same.high), (2, 2, Some(2)));
        // Some met fewer: clients in no log may hold slots.
        let mixed: Vec<u32> = [1; 20].into_iter().chain([2; 42]).collect();
        assert_eq!(lifted(&mixed).high, None);
    }

    #[test]
    fn rows_that_begin_too_early_give_a_wide_answer() {
        // Most admissions follow no freed slot: rows hide retries that the log does not mark.
        let release = Release { a: 5, b: 0, c: 20, d: 9 };
        let early = seen(&[16, 17, 17, 25, 30, 38], &[10, 20, 38], Some(release)).estimate().unwrap();
        assert_eq!((early.low, early.high), (16, None));
    }

    #[test]
    fn a_reading_is_best_unless_more_were_admitted() {
        let estimate = CapEstimate { low: 3, best: 4, high: Some(5), named: false };
        assert_eq!(with_snapshot(estimate, 12), CapEstimate { best: 12, high: Some(12), ..estimate });
        assert_eq!(with_snapshot(estimate, 2), estimate, "three at once contradict two");
    }

    #[test]
    fn the_mode_prefers_the_larger_of_two() {
        assert_eq!(mode(&[2, 2, 3, 3]), Some(3));
        assert_eq!(mode(&[]), None);
    }
}
