//! 5.9 A snapshot inside the gap, or shortly before it: what was left of each window.
//!
//! Inside is from 30 s after the first refusal; an exhausted reading counts until the first admission, a positive one only
//! until a minute after the last refusal, since the reset may have come. Snapshots in whole percent round, so up to 0.6 %
//! is zero.

use super::{EpisodeContext, Kind, Observation, duration};
use crate::causes;
use crate::model::{Attempt, CaptureBasis, Cause, EXHAUSTED_SHARE, Hypothesis, Snapshot, Time, WindowState};
use crate::signals::{self, Kind as Strength};

/// See the module.
#[derive(Debug)]
pub(super) struct SnapshotInGap;

const LOW: f64 = 0.05;
/// A usage body may lag behind the refusals by so much, in seconds.
const LAG_S: f64 = 30.0;
/// A positive reading counts until so long after the last refusal.
const TAIL_S: f64 = 60.0;
/// Up to this share a snapshot taken before the first refusal shows a window that was about to be exhausted. It is above
/// `EXHAUSTED_SHARE`, since requests went on between the two.
const NEARLY_EXHAUSTED: f64 = 0.03;
/// A snapshot this long before the first refusal still says something.
const BEFORE_S: f64 = 900.0;
/// Factor for a snapshot dated only by its file's time.
const FILE_TIME_FACTOR: f64 = 0.6;

impl Kind for SnapshotInGap {
    fn id(&self) -> &'static str {
        "snapshot_in_gap"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["zero", "low", "positive", "before_zero", "before_low", "before_positive"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        case.windows.iter().filter_map(|w| self.observe_window(case, *w)).collect()
    }
}

/// One reading of one window, with its snapshot.
type Seen<'a> = (&'a Snapshot, &'a WindowState, Time, f64);

impl SnapshotInGap {
    fn observe_window(&self, case: &EpisodeContext<'_>, minutes: u32) -> Option<Observation> {
        let inside = readings(case, minutes).filter(|seen| is_inside(case, seen));
        let lowest = inside.min_by(|a, b| a.3.total_cmp(&b.3).then(a.2.cmp(&b.2)));
        let (seen, bin) = match lowest {
            Some(seen) => (
                seen,
                if seen.3 <= EXHAUSTED_SHARE {
                    "zero"
                } else if seen.3 <= LOW {
                    "low"
                } else {
                    "positive"
                },
            ),
            None => {
                let before = readings(case, minutes)
                    .filter(|(_, _, at, _)| *at <= case.episode.from && case.episode.from.since(*at) <= BEFORE_S);
                let seen = before.max_by_key(|(_, _, at, _)| *at)?;
                let bin = if seen.3 <= NEARLY_EXHAUSTED {
                    "before_zero"
                } else if seen.3 <= 0.15 {
                    "before_low"
                } else {
                    "before_positive"
                };
                (seen, bin)
            }
        };
        let (snapshot, reading, at, share) = seen;
        let place = if at < case.episode.from {
            format!(", {} before the first refusal,", duration(case.episode.from.since(at)))
        } else {
            String::new()
        };
        let reset = reading.resets_at.map_or(String::new(), |t| format!(" and due to reset at {}", t.rfc3339()));
        let statement = format!(
            "A usage snapshot taken at {}{place} shows the {} {}{reset}{}{}.",
            at.rfc3339(),
            causes::limit(Cause::TokenWindow, Some(minutes)),
            left(share),
            basis(snapshot),
            if contradicts(case, minutes, &seen) {
                "; this contradicts the error text, which names it as used up"
            } else {
                ""
            }
        );
        let observation = Observation::new(self, bin, statement, vec![snapshot.source])?;
        let factor = if weakly_dated(snapshot) { FILE_TIME_FACTOR } else { 1.0 };
        Some(observation.targeting(vec![Hypothesis::window(minutes)]).scaled(factor))
    }
}

/// All dated snapshots of a window with a known share, from a little before the first refusal to the first admission.
fn readings<'a>(case: &EpisodeContext<'a>, minutes: u32) -> impl Iterator<Item = Seen<'a>> {
    let e = case.episode;
    let near = case.pool.snapshots_between(e.from.plus(-BEFORE_S), e.first_admission_after.unwrap_or(Time::LATEST));
    near.iter().filter_map(move |s| {
        let reading = s.state.windows.iter().find(|w| w.window_minutes == minutes)?;
        Some((s, reading, s.captured?.at, reading.remaining_share?))
    })
}

/// Whether a snapshot was taken inside the gap.
fn is_inside(case: &EpisodeContext<'_>, (_, _, at, share): &Seen<'_>) -> bool {
    let e = case.episode;
    let exhausted = *share <= EXHAUSTED_SHARE;
    let latest = if exhausted { e.first_admission_after.unwrap_or(Time::LATEST) } else { e.to.plus(TAIL_S) };
    let latest = e.first_admission_after.map_or(latest, |t| latest.min(t));
    *at >= e.from.plus(if exhausted { 0.0 } else { LAG_S }) && *at <= latest
}

/// From this share on a window has plenty left: a body that lags behind the refusals differs by less.
const PLENTY: f64 = 0.2;
/// A snapshot so near to a refusal is of its moment, in seconds.
const MOMENT_S: f64 = 120.0;

/// Whether a snapshot of the moment of a refusal shows plenty left of a window that the refusal's text plainly names.
fn contradicts(case: &EpisodeContext<'_>, minutes: u32, (_, _, at, share): &Seen<'_>) -> bool {
    let names_it = |a: &Attempt| {
        let signal = a.signal.and_then(|s| signals::catalogue().signal(s));
        let of_it = |s: &signals::Signal| s.windows().is_empty() || s.windows().contains(&minutes);
        signal.is_some_and(|s| s.kind == Strength::Named && s.cause() == Some(Cause::TokenWindow) && of_it(s))
    };
    *share >= PLENTY && case.refusals().any(|a| at.since(a.start).abs() <= MOMENT_S && names_it(a))
}

/// Whether snapshots of the moment of refusals show plenty left of the window that their texts name.
pub(crate) fn is_contradicted(case: &EpisodeContext<'_>, minutes: u32) -> bool {
    let mut dated = readings(case, minutes).filter(|seen| !weakly_dated(seen.0));
    dated.any(|seen| contradicts(case, minutes, &seen))
}

/// Whether the capture time is only a file's.
pub(super) fn weakly_dated(snapshot: &Snapshot) -> bool {
    snapshot.captured.is_none_or(|c| c.basis == CaptureBasis::FileTime)
}

/// An exhausted, well dated reading of this window inside the gap, for the word `confirmed`.
pub(crate) fn exhausted_inside<'a>(case: &EpisodeContext<'a>, minutes: u32) -> Option<(&'a Snapshot, &'a WindowState)> {
    readings(case, minutes)
        .find(|seen| seen.3 <= EXHAUSTED_SHARE && is_inside(case, seen) && !weakly_dated(seen.0))
        .map(|(s, r, _, _)| (s, r))
}

/// Whether a well dated reading of any window was taken inside the gap.
pub(crate) fn has_any_inside(case: &EpisodeContext<'_>) -> bool {
    case.windows.iter().any(|w| readings(case, *w).any(|seen| is_inside(case, &seen) && !weakly_dated(seen.0)))
}

/// The last well dated reading of this window before an episode, if it shows nothing left until after the begin.
pub(crate) fn exhausted_before<'a>(case: &EpisodeContext<'a>, minutes: u32) -> Option<(&'a Snapshot, &'a WindowState)> {
    let from = case.episode.from;
    let before = readings(case, minutes).filter(|seen| seen.2 <= from && !weakly_dated(seen.0));
    let (snapshot, reading, _, share) = before.max_by_key(|seen| seen.2)?;
    (share <= EXHAUSTED_SHARE && reading.resets_at.is_some_and(|at| at > from)).then_some((snapshot, reading))
}

fn left(share: f64) -> String {
    if share <= EXHAUSTED_SHARE { "empty".to_owned() } else { format!("with {:.0} % left", share * 100.0) }
}

fn basis(snapshot: &Snapshot) -> &'static str {
    match snapshot.captured.map(|c| c.basis) {
        Some(CaptureBasis::FileName) => " (dated by its file's name)",
        Some(CaptureBasis::FileTime) => " (dated only by its file's time)",
        _ => "",
    }
}
