//! Quota of the window (docs/METHOD.md, Estimates).
//!
//! With a known reset the window's begin is known: what was admitted since then is the use at the onset. A log that begins
//! later than the window gives "at least" only. Providers count tokens or requests and seldom say which: both are estimated,
//! and one is dropped where snapshots contradict it.

use crate::evidence::EpisodeContext;
use crate::model::{Attempt, Time};
use crate::timeline::usage::Unit;
use crate::timeline::window_snapshots::{Level, Period};

/// Quota, with bounds; `high` `None` means "at least".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaEstimate {
    /// Tokens or requests.
    pub unit: Unit,
    /// Least.
    pub low: u64,
    /// Best.
    pub best: u64,
    /// Most.
    pub high: Option<u64>,
}

/// The quota in the likelier unit, and in the other one where nothing decides between them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// In tokens where most admissions tell theirs, unless snapshots contradict it.
    pub first: Option<QuotaEstimate>,
    /// In the other unit.
    pub other: Option<QuotaEstimate>,
}

impl Quotas {
    /// Without upper ends.
    #[must_use]
    pub fn at_least(self) -> Self {
        let open = |q: Option<QuotaEstimate>| q.map(|q| QuotaEstimate { high: None, ..q });
        Self { first: open(self.first), other: open(self.other) }
    }
}

/// Requests that may stand on the other side of a snapshot or of the onset: one in flight, one that is refused.
const EDGE_REQUESTS: u64 = 2;
/// A published reset is the block's within this, in seconds.
const SAME_RESET_S: f64 = 2.0;
/// A fall of the share left that is measured against use: less is rounding for the most part.
const FALL: f64 = 0.1;

/// The quota. Empty when nothing was admitted before the block.
pub fn quota(case: &EpisodeContext<'_>, minutes: u32, reset: Option<Time>) -> Quotas {
    let periods = case.meters.readings(minutes).map_or(&[][..], |r| &r.periods);
    let other = match case.pool.usage.unit() {
        Unit::Tokens => Some(Unit::Requests),
        // Requests without tokens: nothing can be said in tokens.
        Unit::Requests => None,
    };
    let in_unit = |unit: Unit| {
        let read = by_readings(case, periods, reset, unit);
        (by_block(case, minutes, reset, unit).map(|block| together(block, read)), read)
    };
    let (first, read) = in_unit(case.pool.usage.unit());
    let Some((second, other_read)) = other.map(in_unit) else { return Quotas { first, other: None } };
    match (read, other_read) {
        (Read::Contradicts, Read::Between(..)) => Quotas { first: second, other: None },
        (Read::Between(..), Read::Contradicts) => Quotas { first, other: None },
        _ => Quotas { first, other: second },
    }
}

/// What snapshots say of the quota in one unit.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Read {
    /// Too little fell.
    Nothing,
    /// Every fall of the share left fits a quota between these; so many falls.
    Between(f64, f64, usize),
    /// No quota fits all falls: another unit is counted, or use that no log shows.
    Contradicts,
}

/// Falls of the share left against what was admitted meanwhile. In the window that the block is of, the last fall ends at
/// the onset, where nothing was left.
fn by_readings(case: &EpisodeContext<'_>, periods: &[Period], reset: Option<Time>, unit: Unit) -> Read {
    let onset = case.episode.from;
    let mut falls = Vec::new();
    for period in periods {
        let blocked = reset.is_some_and(|r| r.since(period.resets_at).abs() <= SAME_RESET_S);
        let until = if blocked { onset } else { Time::LATEST };
        let end = blocked.then_some(Level { at: onset, error_s: 0.0, left: 0.0, rounded: 0.0 });
        let mut levels = period.levels.iter().copied().filter(|l| l.at < until).chain(end);
        let Some(mut from) = levels.next() else { continue };
        for to in levels.filter(|l| l.at > from.at).collect::<Vec<_>>() {
            if from.left - to.left >= FALL {
                falls.push(fall(case, from, to, unit));
                from = to;
            }
        }
    }
    common(&falls)
}

fn fall(case: &EpisodeContext<'_>, from: Level, to: Level, unit: Unit) -> Fall {
    Fall {
        share: from.left - to.left,
        rounded: from.rounded + to.rounded,
        used: (
            case.pool.usage.between(from.at.plus(from.error_s), to.at.plus(-to.error_s), unit),
            case.pool.usage.between(from.at.plus(-from.error_s), to.at.plus(to.error_s), unit),
        ),
        edge: EDGE_REQUESTS * dearest(case, from.at, to.at, unit),
    }
}

/// A fall of the share left.
#[derive(Clone, Copy, Debug)]
struct Fall {
    share: f64,
    rounded: f64,
    /// At least and at most, since capture times have errors.
    used: (u64, u64),
    edge: u64,
}

/// The quotas that all falls allow.
fn common(falls: &[Fall]) -> Read {
    let bounds = |f: &Fall| {
        let low = f.used.0.saturating_sub(f.edge) as f64 / (f.share + f.rounded);
        (low, f.used.1.saturating_add(f.edge) as f64 / (f.share - f.rounded))
    };
    let between = falls.iter().map(bounds).fold((0.0, f64::INFINITY), |(a, b), (low, high)| (low.max(a), high.min(b)));
    match between {
        _ if falls.is_empty() => Read::Nothing,
        (low, high) if low <= high => Read::Between(low, high, falls.len()),
        _ => Read::Contradicts,
    }
}

/// Falls of the share left that agree on one quota: so many, and use that no log shows would have made them disagree.
const AGREEING: usize = 2;

/// Block and snapshots together. An upper end is told only where snapshots agree with it, or agree among each other: clients
/// that no log shows use a quota too, and then all that is seen is less than what was counted.
fn together(block: QuotaEstimate, read: Read) -> QuotaEstimate {
    let Read::Between(low, high, falls) = read else { return QuotaEstimate { high: None, ..block } };
    let agrees = block.high.is_some_and(|most| low <= most as f64 && high >= block.low as f64);
    if agrees {
        return block;
    }
    let (low, high) = ((low as u64).max(block.low), high as u64);
    if block.high.is_none() && falls >= AGREEING && low <= high {
        return QuotaEstimate { low, best: u64::midpoint(low, high), high: Some(high), ..block };
    }
    QuotaEstimate { low, best: block.best.max(low), high: None, ..block }
}

/// Use at the onset.
fn by_block(case: &EpisodeContext<'_>, minutes: u32, reset: Option<Time>, unit: Unit) -> Option<QuotaEstimate> {
    let length_s = f64::from(minutes) * 60.0;
    let onset = case.episode.from;
    let begin = reset.map_or(onset.plus(-length_s), |r| r.plus(-length_s)).min(onset);
    let used = case.pool.usage.between(begin, onset, unit);
    let last = case.pool.admission_before(onset)?;
    if used == 0 {
        return None;
    }
    let covered = case.timeline.span.is_some_and(|(from, _)| from <= begin);
    if covered && let Some(reset) = reset {
        // Small requests still fit where large ones do not, so use goes on rising after the first refusal.
        let full = case.episode.to.min(reset);
        let all = case.pool.usage.between(begin, full.max(onset), unit);
        // Requests that are charged when they end are not charged yet; the refused one did not fit; admitted ones whose
        // tokens no log tells were charged too.
        let not_logged = not_logged(case, begin, onset, unit);
        let margin = (EDGE_REQUESTS + not_logged).saturating_mul(dearest(case, begin, onset, unit));
        return Some(QuotaEstimate {
            unit,
            low: charged(case, begin, last.start, unit).min(used.saturating_sub(cost(last, unit))),
            best: all,
            high: Some(all.saturating_add(margin)),
        });
    }
    // A window whose begin is not known begins at the latest so that it ends with the first admission: use before that may
    // belong to the window before.
    let latest = match reset {
        Some(_) => begin,
        None => case.episode.first_admission_after.map_or(onset, |t| t.plus(-length_s)).min(onset),
    };
    let before = case.pool.usage.between(latest, onset, unit).saturating_sub(cost(last, unit));
    let low = charged(case, latest, last.start, unit).min(before);
    Some(QuotaEstimate { unit, low, best: used, high: None })
}

/// What had been charged when the last request was admitted: less than the quota. Requests still in flight may be charged
/// when they end.
fn charged(case: &EpisodeContext<'_>, from: Time, admitted: Time, unit: Unit) -> u64 {
    let ended = case.pool.admitted_between(from, admitted).iter().map(|p| case.pool.at(*p));
    ended.filter(|a| a.end.unwrap_or(a.start) <= admitted).map(|a| cost(a, unit)).sum()
}

fn cost(a: &Attempt, unit: Unit) -> u64 {
    match unit {
        Unit::Tokens => a.tokens.total().unwrap_or(0),
        Unit::Requests => 1,
    }
}

/// Admissions whose tokens are not told.
fn not_logged(case: &EpisodeContext<'_>, from: Time, to: Time, unit: Unit) -> u64 {
    match unit {
        Unit::Requests => 0,
        Unit::Tokens => {
            let admitted = case.pool.admitted_between(from, to).iter();
            admitted.filter(|p| case.pool.at(**p).tokens.total().is_none()).count() as u64
        }
    }
}

/// What the dearest request of a stretch took.
fn dearest(case: &EpisodeContext<'_>, from: Time, to: Time, unit: Unit) -> u64 {
    let admitted = case.pool.admitted_between(from, to);
    admitted.iter().map(|p| cost(case.pool.at(*p), unit)).max().unwrap_or(1).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fell(share: f64, used: u64, edge: u64) -> Fall {
        Fall { share, rounded: 0.01, used: (used, used), edge }
    }

    #[test]
    fn falls_that_fit_one_quota_bound_it() {
        // 20 % of it are 100 requests, 40 % are 200, each give or take two and half a percent at either end: 500.
        let Read::Between(low, high, 2) = common(&[fell(0.2, 100, 2), fell(0.4, 200, 2)]) else { panic!() };
        assert!((466.0..500.0).contains(&low) && (500.0..537.0).contains(&high), "{low} {high}");
        assert_eq!(common(&[]), Read::Nothing);
    }

    #[test]
    fn falls_of_one_size_at_different_use_fit_no_quota() {
        // Each time a fifth: of 100 requests, and of 160. Whatever is counted, it is not requests alone.
        assert_eq!(common(&[fell(0.2, 100, 2), fell(0.2, 160, 2)]), Read::Contradicts);
    }

    #[test]
    fn readings_raise_at_least_and_take_away_a_bound_that_others_break() {
        let block = QuotaEstimate { unit: Unit::Requests, low: 90, best: 100, high: None };
        assert_eq!(together(block, Read::Between(480.5, 520.0, 1)), QuotaEstimate { low: 480, best: 480, ..block });
        let agreed = together(block, Read::Between(480.5, 520.0, 2));
        assert_eq!(agreed, QuotaEstimate { low: 480, best: 500, high: Some(520), ..block }, "two falls that agree");
        let closed = QuotaEstimate { high: Some(102), ..block };
        assert_eq!(together(closed, Read::Contradicts), block);
        assert_eq!(together(closed, Read::Nothing), block, "nothing excludes other clients");
        assert_eq!(together(closed, Read::Between(80.0, 120.0, 2)), closed);
    }
}
