//! Kind and quota of the window (docs/METHOD.md, Estimates).
//!
//! With a published reset the window's begin is known: what was admitted since then is the use at the onset. A log that
//! begins later than the window gives "at least" only.

use crate::evidence::Case;
use crate::model::{Attempt, Time};
use crate::timeline::usage::Unit;

/// Kind of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowKind {
    /// On a grid of its own.
    Fixed,
    /// Use ages out bit by bit.
    Rolling,
    /// Opened by the first request after the last one ended.
    FirstUse,
    /// The log does not tell.
    Unknown,
}

impl WindowKind {
    /// The id of the contract.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Rolling => "rolling",
            Self::FirstUse => "first_use",
            Self::Unknown => "unknown",
        }
    }
}

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

/// Admissions per probe from which on a window that trickles is taken for a rolling one.
const TRICKLE: f64 = 0.1;
/// Tolerance on the window's begin, in seconds.
const BEGIN_S: f64 = 120.0;
/// A begin that no admission follows for so long was not opened by use, in seconds.
const UNOPENED_S: f64 = 300.0;

/// The kind, as far as one episode tells.
pub fn kind(case: &Case<'_>, minutes: u32, reset: Option<Time>) -> WindowKind {
    if crate::evidence::is_sliding(case, minutes) {
        return WindowKind::Rolling;
    }
    let trickle = case.admitted_inside().len() as f64 >= TRICKLE * case.probes().len() as f64;
    if trickle && !case.admitted_inside().is_empty() {
        return WindowKind::Rolling;
    }
    let Some(begin) = reset.map(|r| r.plus(f64::from(minutes) * -60.0)) else { return WindowKind::Unknown };
    let covered = case.timeline.span.is_some_and(|(from, _)| from < begin.plus(-BEGIN_S));
    let Some(next) = case.pool.admission_after(begin.plus(-BEGIN_S)).filter(|_| covered) else {
        return WindowKind::Unknown;
    };
    let before = case.pool.admission_before(begin.plus(-BEGIN_S)).map(|a| begin.since(a.start));
    match (next.start.since(begin), before) {
        (wait, _) if wait > UNOPENED_S => WindowKind::Fixed,
        // Work went on across the begin: a window opened by use would have begun with some other request.
        (_, Some(gap)) if gap < UNOPENED_S => WindowKind::Fixed,
        (wait, _) if wait.abs() <= BEGIN_S => WindowKind::FirstUse,
        _ => WindowKind::Unknown,
    }
}

/// The quota. `None` when nothing was admitted before the block.
pub fn quota(case: &Case<'_>, minutes: u32, reset: Option<Time>) -> Option<QuotaEstimate> {
    let unit = case.pool.usage.unit();
    let length_s = f64::from(minutes) * 60.0;
    let onset = case.episode.from;
    let begin = reset.map_or(onset.plus(-length_s), |r| r.plus(-length_s)).min(onset);
    let used = case.pool.usage.between(begin, onset, unit);
    let last = case.pool.admission_before(onset)?;
    if used == 0 {
        return None;
    }
    let covered = case.timeline.span.is_some_and(|(from, _)| from <= begin);
    if covered && reset.is_some() {
        // What was admitted fitted, but for requests that are charged when they end; the refused one did not.
        let last_cost = cost(last, unit);
        let dearest = dearest(case, begin, unit);
        return Some(QuotaEstimate {
            unit,
            low: used.saturating_sub(last_cost),
            best: used,
            high: Some(used.saturating_add(dearest)),
        });
    }
    // A window whose begin is not known begins at the latest so that it ends with the first admission: use before that may
    // belong to the window before.
    let latest = match reset {
        Some(_) => begin,
        None => case.episode.first_admission_after.map_or(onset, |t| t.plus(-length_s)).min(onset),
    };
    let low = case.pool.usage.between(latest, onset, unit).saturating_sub(cost(last, unit));
    Some(QuotaEstimate { unit, low, best: used, high: None })
}

fn cost(a: &Attempt, unit: Unit) -> u64 {
    match unit {
        Unit::Tokens => a.tokens.total().unwrap_or(0),
        Unit::Requests => 1,
    }
}

/// What the dearest request since the begin took.
fn dearest(case: &Case<'_>, begin: Time, unit: Unit) -> u64 {
    let since = case.pool.admitted_between(begin, case.episode.from);
    since.iter().map(|p| cost(case.pool.at(*p), unit)).max().unwrap_or(1).max(1)
}
