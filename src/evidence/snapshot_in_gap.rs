//! A snapshot inside the gap, or shortly before it: what was left of each window.
//!
//! Inside is from 30 s after the first refusal; an exhausted reading counts until the first admission, a positive one only
//! until a minute after the last refusal, since the reset may have come. Snapshots in whole percent round, so up to 0.6 %
//! is zero.

use super::declaration::{Condition, Declaration, Edge, Flags, Order, Unit, bin, condition, measured};
use super::hypotheses::TARGET;
use super::{EpisodeContext, Observation, Values};
use crate::model::{Attempt, CaptureBasis, Cause, EXHAUSTED_SHARE, Hypothesis, Snapshot, Time, WindowState};
use crate::signals::{self, Kind as Strength};

/// When a snapshot was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// Before the first refusal.
    Before,
    /// Inside the episode.
    Inside,
    /// Just before a silent episode.
    BeforeSilence,
    /// Inside a silent episode.
    InsideSilence,
}

measured! {
    /// What a snapshot in or shortly before the episode shows of a window.
    SnapshotInGap {
        /// Length of the window in minutes.
        window_minutes: u32 as Minutes,
        /// When the snapshot was taken.
        captured_at: Time as Time,
        /// Whether the snapshot was taken inside the episode or before it.
        taken: Taken as Word,
        /// Time from the snapshot to the first refusal, where it was taken before it.
        before_s: Option<f64> as Seconds,
        /// What is left of the window.
        remaining_share: f64 as Share,
        /// When the window was due to reset.
        resets_at: Option<Time> as Time,
        /// Whether the snapshot shows plenty left of a window that an error text of that moment names as used up.
        contradicts_text: bool as Flag,
    }
    beside {
        /// How its time of capture is known.
        basis: Option<CaptureBasis>,
    }
}

/// Up to this share a snapshot taken before the first refusal shows a window that was about to be exhausted. It is above
/// `EXHAUSTED_SHARE`, since requests went on between the two.
const NEARLY_EXHAUSTED: f64 = 0.03;
/// A usage body may lag behind the refusals by so much, in seconds.
const LAG_S: f64 = 30.0;
/// A positive reading counts until so long after the last refusal.
const TAIL_S: f64 = 60.0;
/// A snapshot this long before the first refusal still says something.
const BEFORE_S: f64 = 900.0;
/// Factor for a snapshot dated only by its file's time.
const FILE_TIME_FACTOR: f64 = 0.6;

const INSIDE: Condition = condition("inside", "taken inside the episode");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "snapshot_in_gap",
    topic: "snapshot_in_gap",
    number: ("share left of the window", Unit::Share),
    bins: &[
        bin("zero", Edge::UpTo(EXHAUSTED_SHARE))
            .when(INSIDE)
            .means_for(&[TARGET])
            .because("snapshots round to whole percent"),
        bin("low", Edge::UpTo(0.05))
            .when(INSIDE)
            .means_for(&[TARGET])
            .because("too little for the next request, or a body that lags"),
        bin("positive", Edge::Any).when(INSIDE).means_against(&[TARGET]).because("quota was left in this window"),
        bin("before_zero", Edge::UpTo(NEARLY_EXHAUSTED)).means_for(&[TARGET]).because("used up by the first refusal"),
        bin("before_low", Edge::UpTo(0.15)).because("a quarter of an hour may use it up, or not"),
        bin("before_positive", Edge::Any).means_against(&[TARGET]).because("too much to be used up so soon"),
    ],
    flags: Flags { positive: true, valid_for_short_episodes: true, one_per_window: true, ..Flags::NONE },
    orders: &[
        Order { key: TARGET, bins: &["positive", "low", "zero"] },
        Order { key: TARGET, bins: &["before_positive", "before_low", "before_zero"] },
    ],
    measures: QUANTITIES,
};

impl SnapshotInGap {
    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.remaining_share <= EXHAUSTED_SHARE
    }
}

impl Values for SnapshotInGap {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.remaining_share
    }

    fn holds(&self, _: &str) -> bool {
        self.taken != Taken::Before
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Vec<Observation> {
    case.windows.iter().filter_map(|w| measure_window(case, *w)).collect()
}

/// One reading of one window, with its snapshot.
type Seen<'a> = (&'a Snapshot, &'a WindowState, Time, f64);

fn measure_window(case: &EpisodeContext<'_>, minutes: u32) -> Option<Observation> {
    let inside = readings(case, minutes).filter(|seen| is_inside(case, seen));
    let lowest = inside.min_by(|a, b| a.3.total_cmp(&b.3).then(a.2.cmp(&b.2)));
    let is_before = |at: Time| at <= case.episode.from && case.episode.from.since(at) <= BEFORE_S;
    let last_before = || readings(case, minutes).filter(|seen| is_before(seen.2)).max_by_key(|seen| seen.2);
    let (seen, taken) = match lowest {
        Some(seen) => (seen, Taken::Inside),
        None => (last_before()?, Taken::Before),
    };
    let values =
        SnapshotInGap { contradicts_text: contradicts(case, minutes, &seen), ..values(case, minutes, &seen, taken) };
    let factor = if weakly_dated(seen.0) { FILE_TIME_FACTOR } else { 1.0 };
    let seen = Observation::new(values, vec![seen.0.source])?;
    Some(seen.targeting(vec![Hypothesis::window(minutes)]).scaled(factor))
}

fn values(case: &EpisodeContext<'_>, minutes: u32, seen: &Seen<'_>, taken: Taken) -> SnapshotInGap {
    let (snapshot, window, at, share) = *seen;
    SnapshotInGap {
        window_minutes: minutes,
        captured_at: at,
        taken,
        before_s: (at < case.episode.from).then(|| case.episode.from.since(at)),
        remaining_share: share,
        resets_at: window.resets_at,
        contradicts_text: false,
        basis: snapshot.captured.map(|c| c.basis),
    }
}

/// For a silence: an exhausted, well dated snapshot of this window inside it or just before, and whether work went on within a
/// quarter of an hour after its reset.
pub fn exhausted_in_silence(case: &EpisodeContext<'_>, minutes: u32) -> Option<(Observation, bool)> {
    const RESUMED_S: f64 = 900.0;
    let inside = exhausted_inside(case, minutes).map(|seen| (seen, Taken::InsideSilence));
    let before = || exhausted_before(case, minutes).map(|seen| (seen, Taken::BeforeSilence));
    let ((snapshot, window), taken) = inside.or_else(before)?;
    let resumed = |at: Time| (0.0..RESUMED_S).contains(&case.episode.to.since(at));
    let seen = (snapshot, window, snapshot.captured?.at, window.remaining_share?);
    let observation = Observation::new(values(case, minutes, &seen, taken), vec![snapshot.source])?;
    Some((observation.targeting(vec![Hypothesis::window(minutes)]), window.resets_at.is_some_and(resumed)))
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
