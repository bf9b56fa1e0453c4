//! Kind of the window: what published resets, requests at its begin, and admissions between refusals tell (docs/METHOD.md,
//! Estimates). `unknown` where they tell nothing: most logs end before a second window begins.

use crate::evidence::{self, EpisodeContext};
use crate::model::{Attempt, Time};
use crate::timeline::window_snapshots::Period;

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
    /// The id in JSON (docs/schema.md).
    pub const fn id(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Rolling => "rolling",
            Self::FirstUse => "first_use",
            Self::Unknown => "unknown",
        }
    }
}

/// Two resets told to a part of a second are a whole number of windows apart within this, in seconds, on a grid only: a
/// request would have to hit the grid by luck.
const FINE_S: f64 = 0.05;
/// The same for resets told in whole seconds.
const WHOLE_S: f64 = 1.5;
/// Clocks of logs and of the provider may differ by so much, in seconds.
const CLOCK_S: f64 = 20.0;
/// The same where it matters only together with a coincidence: a window that is opened within a second and a half of the old one's end.
const BOUNDARY_S: f64 = 4.0;
/// A window that did not begin on the grid began so much off it, in seconds; the second one where resets are kept to a part of
/// a second.
const OFF_GRID_S: (f64, f64) = (2.0, 0.2);
/// A request that opened a window stands so near to its begin, in seconds, where clocks agree.
const OPENED_S: f64 = 2.0;
/// So long nobody asked before a request that opened a window, in seconds.
const IDLE_S: f64 = 300.0;
/// Admissions so near to the first or last refusal, in seconds, may stand on the other side of it on another clock.
const EDGE_S: f64 = 120.0;
/// In an anchored window less fits after a refusal than the refused request is large; so many of the largest requests do
/// not.
const TRICKLE: f64 = 3.0;
/// The share of admissions whose start must be read, not computed, before one that stands between refusals is believed.
const STARTS_READ: f64 = 0.5;

/// Steps that providers floor the begin of a window to, in seconds, the coarsest first: one opened by its first request at
/// 09:37 may count from 09:00.
const FLOORED_S: [f64; 3] = [3_600.0, 600.0, 60.0];

/// The coarsest step that this instant lies on: the begin may have been floored to it. Zero for one that lies on none.
fn floored_s(at: Time) -> f64 {
    let is_on = |step: &f64| at.micros() % ((step * 1e6) as i64) == 0;
    FLOORED_S.into_iter().find(is_on).unwrap_or(0.0)
}

/// The kind, as far as the pool's snapshots and this episode tell.
pub fn kind(case: &EpisodeContext<'_>, minutes: u32, reset: Option<Time>) -> WindowKind {
    if evidence::is_sliding(case, minutes) {
        return WindowKind::Rolling;
    }
    let length_s = f64::from(minutes) * 60.0;
    let readings = case.meters.readings(minutes);
    let periods = readings.map_or(&[][..], |r| &r.periods);
    if let Some(kind) = periods.windows(2).find_map(|p| by_two_resets(case, &p[0], &p[1], length_s)) {
        return kind;
    }
    if readings.is_some_and(|r| r.placeholder) {
        return WindowKind::FirstUse;
    }
    if trickles(case, reset) {
        return WindowKind::Rolling;
    }
    let begin = reset.map(|r| r.plus(-length_s));
    begin.and_then(|begin| by_begin(case, begin, length_s)).unwrap_or(WindowKind::Unknown)
}

/// Two resets in a row. A whole number of windows apart: a grid, unless a request stood at the boundary, which would have
/// opened the next one there. Else the later window was opened by a request, if it cannot be the first one that a rolling
/// window still counts.
fn by_two_resets(case: &EpisodeContext<'_>, first: &Period, then: &Period, length_s: f64) -> Option<WindowKind> {
    let apart = then.resets_at.since(first.resets_at);
    let windows = (apart / length_s).round();
    let off = (apart - windows * length_s).abs();
    let fine = first.fine && then.fine;
    if windows < 1.0 || apart < length_s - WHOLE_S {
        return None;
    }
    if !fine && !case.pool.flight.usable {
        // Most starts are computed: whether someone asked at an instant is not known.
        return None;
    }
    if off <= if fine { FINE_S } else { WHOLE_S } {
        let begin = then.resets_at.plus(-length_s);
        // A window that was opened within the step that its begin is floored to lies on the grid of that step by itself.
        let until = begin.plus(floored_s(begin) + BOUNDARY_S);
        let asked = !admitted_in(case, begin.plus(-BOUNDARY_S), until).is_empty();
        return (fine && floored_s(begin) == 0.0 || !asked).then_some(WindowKind::Fixed);
    }
    let opened = then.resets_at.plus(-length_s);
    let counted = admitted_in(case, then.first_read.plus(-length_s + CLOCK_S), opened.plus(-CLOCK_S));
    let steady = fine && (first.steady || then.steady);
    let off_grid = off > if steady { OFF_GRID_S.1 } else { OFF_GRID_S.0 };
    (off_grid && !counted.is_empty()).then_some(WindowKind::FirstUse)
}

/// The requests at the window's begin. Nobody asked there, yet it began: a grid. One request stands there alone: it opened
/// the window, if requests before it would still count in a rolling one.
fn by_begin(case: &EpisodeContext<'_>, begin: Time, length_s: f64) -> Option<WindowKind> {
    let covered = case.pool.attempts.first().is_some_and(|a| a.start < begin.plus(-IDLE_S));
    let near = admitted_in(case, begin.plus(-CLOCK_S), begin.plus(CLOCK_S));
    // A begin on a full minute or hour may have been floored to it: no request needs to stand there, and one proves nothing.
    if !covered || !case.pool.flight.usable || floored_s(begin) > 0.0 {
        return None;
    }
    let Some(first) = near.first().map(|p| case.pool.at(*p)) else { return Some(WindowKind::Fixed) };
    let idle_s =
        case.pool.admission_before(first.start).map_or(f64::INFINITY, |a: &Attempt| first.start.since(a.start));
    let opened = first.start.since(begin).abs() <= OPENED_S && idle_s >= IDLE_S;
    let counted = admitted_in(case, case.episode.from.plus(-length_s), begin.plus(-CLOCK_S));
    // After a block clients wait for the boundary of a grid too.
    let waited = !case.pool.refused_between(begin.plus(-IDLE_S), begin).is_empty();
    (opened && !waited && !counted.is_empty()).then_some(WindowKind::FirstUse)
}

/// Whether more was admitted between refusals than fits into a window that is full until its reset.
fn trickles(case: &EpisodeContext<'_>, reset: Option<Time>) -> bool {
    let (from, to) = (case.episode.from.plus(EDGE_S), case.episode.to.plus(-EDGE_S));
    let to = reset.map_or(to, |r| to.min(r.plus(-EDGE_S)));
    let inside = admitted_in(case, from, to);
    let read = inside.iter().filter(|p| case.pool.at(**p).start_read).count();
    if inside.len() < 3 || (read as f64) < STARTS_READ * inside.len() as f64 {
        return false;
    }
    let cost = |p: &u32| case.pool.at(*p).tokens.total();
    let largest = case.pool.admitted_between(from.plus(-3_600.0), to).iter().filter_map(cost).max();
    let sum: u64 = inside.iter().filter_map(cost).sum();
    // Without tokens every request counts one, and none fits after a refusal.
    largest.is_none_or(|largest| sum as f64 > TRICKLE * largest as f64)
}

fn admitted_in<'a>(case: &EpisodeContext<'a>, from: Time, to: Time) -> &'a [u32] {
    if from < to { case.pool.admitted_between(from, to) } else { &[] }
}
