//! Evidence: one file per kind, each with its definition, its bins, its sentence and its sources.
//!
//! In: one episode with its pool's timeline ([`EpisodeContext`]). Out: observations ([`Observation`]), each in one bin of the
//! weights table. No kind weighs anything itself, and none can be built without a source. To add a kind write one file,
//! add one line to [`REGISTRY`] and its bins to the tables in weights/ (docs/METHOD.md, Evidence).

mod after;
mod bounce;
mod cap_known;
mod class;
mod context;
mod hard_run;
mod inflight_auc;
mod inflight_low;
mod inflight_none;
mod inflight_same;
mod kill;
mod length;
mod meaning;
mod minute_auc;
mod minute_low;
mod minute_reach;
mod named_end;
mod others;
mod phase;
mod pool_meter;
mod porous;
mod record_use;
mod release;
mod replay;
mod reset;
mod retry_after;
mod same_window;
mod shared;
mod silence;
mod snapshot_in_gap;
mod text;
pub mod threshold;
mod window_meter;

pub use crate::signals::ZoneOf;
pub use context::{EpisodeContext, PoolContext, moment};

pub use meaning::{Meaning, meaning_of, sign_of, topic};
pub use named_end::{Basis, NamedEnd, longest_life_s};
pub use others::AllPools;
pub use release::Release;
pub use shared::Shared;
pub use text::{names_a_limit, quoted};

use crate::model::{Hypothesis, SourceRef};

/// One kind of evidence.
pub trait Kind: Sync {
    /// Id used in reports and in weights/: `snapshot_in_gap`.
    fn id(&self) -> &'static str;
    /// All bins that an observation of this kind can fall in.
    fn bins(&self) -> &'static [&'static str];
    /// What is seen in this episode; empty when the logs cannot know.
    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation>;
}

/// One observation about an episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Kind id.
    pub kind: &'static str,
    /// Bin.
    pub bin: &'static str,
    /// One sentence. Instants in it are RFC 3339 UTC; outputs for people turn them into the reader's zone.
    pub statement: String,
    /// Where it was read; never empty.
    pub sources: Vec<SourceRef>,
    /// Hypotheses that a bin's `target` points go to (a window length, a cause that a text names).
    pub targets: Vec<Hypothesis>,
    /// Hypotheses that the observation excludes, whatever the table gives: what cannot last until a named end.
    pub excludes: Vec<Hypothesis>,
    /// Factor on all points, 0 to 1: below 1 where the rows know only bounds.
    pub scale: f64,
}

impl Observation {
    /// An observation; `None` without a source, since a number that cannot be traced must not be weighed.
    pub fn new(kind: &dyn Kind, bin: &'static str, statement: String, sources: Vec<SourceRef>) -> Option<Self> {
        debug_assert!(kind.bins().contains(&bin), "{} has no bin {bin}", kind.id());
        let (targets, excludes) = (Vec::new(), Vec::new());
        (!sources.is_empty()).then(|| Self { kind: kind.id(), bin, statement, sources, targets, excludes, scale: 1.0 })
    }

    /// The same with targets.
    #[must_use]
    pub fn targeting(mut self, targets: Vec<Hypothesis>) -> Self {
        self.targets = targets;
        self
    }

    /// The same with hypotheses that it excludes.
    #[must_use]
    pub fn excluding(mut self, excludes: Vec<Hypothesis>) -> Self {
        self.excludes = excludes;
        self
    }

    /// The same with a factor on its points.
    #[must_use]
    pub fn scaled(mut self, factor: f64) -> Self {
        self.scale *= factor;
        self
    }
}

/// Every kind of evidence, in the order of the method's catalogue.
pub static REGISTRY: &[&dyn Kind] = &[
    &class::ClassOfRefusals,
    &text::NamedText,
    &named_end::NamesAnEnd,
    &release::SlotRelease,
    &inflight_low::InflightLow,
    &inflight_auc::InflightAuc,
    &inflight_same::InflightSame,
    &inflight_none::InflightNone,
    &cap_known::CapKnown,
    &minute_auc::MinuteAuc,
    &minute_reach::MinuteReach,
    &minute_low::MinuteLow,
    &pool_meter::PoolMeter,
    &replay::ReplayCap,
    &replay::ReplayMinute,
    &replay::ReplayBetween,
    &length::Length,
    &hard_run::HardRun,
    &porous::Porous,
    &retry_after::RetryAfter,
    &snapshot_in_gap::SnapshotInGap,
    &same_window::SameWindow,
    &reset::ResetHit,
    &phase::Phase,
    &window_meter::WindowMeter,
    &record_use::RecordUse,
    &others::OtherPools,
    &after::After,
    &bounce::Bounce,
    &kill::Kill,
    &silence::Silence,
];

/// All observations of an episode, in registry order. Of a glimpse only what was said of it counts, not how the refusals lie.
pub fn observe(case: &EpisodeContext<'_>) -> Vec<Observation> {
    let glimpse = is_glimpse(case);
    let kinds = REGISTRY.iter().filter(|kind| !glimpse || SAID.contains(&kind.id()));
    kinds.flat_map(|kind| kind.observe(case)).collect()
}

/// Kinds that hold however few refusals there are: what answers, snapshots and others say.
const SAID: [&str; 11] = [
    "class",
    "named_text",
    "named_end",
    "inflight_none",
    "cap_known",
    "retry_after",
    "snapshot_in_gap",
    "same_window_later",
    "other_pools",
    "streams_broken",
    "silent_share",
];

/// One refusal, or refusals of less than a minute and then nobody asked for ten: neither how long the block was nor what it
/// depended on is in the log (docs/METHOD.md, What this cannot decide).
fn is_glimpse(case: &EpisodeContext<'_>) -> bool {
    const GLIMPSE_S: f64 = 60.0;
    const SILENCE_S: f64 = 600.0;
    case.episode.refusals.len() == 1
        || case.episode.span_s() < GLIMPSE_S && case.episode.recovery_width_s().is_none_or(|width| width > SILENCE_S)
}

/// Seconds as people say them: `42 s`, `7 min`, `1 h 02 min`, `5 h`, `3 d 4 h`, `7 d`.
pub fn duration(seconds: f64) -> String {
    let s = seconds.abs().round();
    if s < 120.0 {
        return if seconds.abs() < 10.0 { format!("{:.1} s", seconds.abs()) } else { format!("{s:.0} s") };
    }
    let minutes = (s / 60.0).round() as i64;
    match minutes {
        0..90 => format!("{minutes} min"),
        90..2880 if minutes % 60 == 0 => format!("{} h", minutes / 60),
        90..2880 => format!("{} h {:02} min", minutes / 60, minutes % 60),
        _ if minutes % 1440 < 60 => format!("{} d", minutes / 1440),
        _ => format!("{} d {} h", minutes / 1440, minutes % 1440 / 60),
    }
}

/// `1 refusal`, `2 refusals`, `1,312 refusals`.
pub fn counted(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{} {noun}s", thousands(n as u64)) }
}

/// A part of a whole: `All 38 refusals`, `3 of 38 refusals`, `None of 38 refusals`, `The only refusal`.
pub fn share_of(part: usize, whole: usize, noun: &str) -> String {
    match (part, whole) {
        (1, 1) => format!("The only {noun}"),
        (2, 2) => format!("Both {noun}s"),
        (0, n) => format!("None of {}", counted(n, noun)),
        (k, n) if k == n => format!("All {}", counted(n, noun)),
        (k, n) => format!("{} of {}", thousands(k as u64), counted(n, noun)),
    }
}

/// A count with thousands set apart: `1,312`.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Whether a well dated reading inside the gap shows this window used up and the recovery came at its reset.
pub fn exhausted_until_reset(case: &EpisodeContext<'_>, minutes: u32) -> bool {
    let reading = snapshot_in_gap::exhausted_inside(case, minutes);
    reading.and_then(|(_, w)| w.resets_at).is_some_and(|at| reset::hits(case, at))
}

/// Whether a well dated usage snapshot that tells of a window was taken inside the block.
pub fn has_snapshot_inside(case: &EpisodeContext<'_>) -> bool {
    snapshot_in_gap::has_any_inside(case)
}

/// Whether snapshots of the moment of refusals show plenty left of the window that their texts name.
pub fn is_contradicted(case: &EpisodeContext<'_>, minutes: u32) -> bool {
    snapshot_in_gap::is_contradicted(case, minutes)
}

/// The reset of this window that a snapshot published before the recovery, with the line it was read from.
pub fn published_reset(case: &EpisodeContext<'_>, minutes: u32) -> Option<(crate::model::Time, SourceRef)> {
    reset::published(case, minutes).map(|p| (p.at, p.source))
}

/// For a silence: an exhausted, well dated reading of this window inside it, as a sentence with its source, and whether
/// work went on within a quarter of an hour after its reset.
pub fn exhausted_reading(case: &EpisodeContext<'_>, minutes: u32) -> Option<(String, SourceRef, bool)> {
    const RESUMED_S: f64 = 900.0;
    let inside = snapshot_in_gap::exhausted_inside(case, minutes).map(|seen| (seen, "inside"));
    let before = || snapshot_in_gap::exhausted_before(case, minutes).map(|seen| (seen, "just before"));
    let ((snapshot, window), place) = inside.or_else(before)?;
    let name = crate::causes::limit(crate::model::Cause::TokenWindow, Some(minutes));
    let captured = snapshot.captured.map(|c| c.at.rfc3339()).unwrap_or_default();
    let at_reset =
        window.resets_at.is_some_and(|r| case.episode.to.since(r) >= 0.0 && case.episode.to.since(r) < RESUMED_S);
    Some((
        format!("A usage snapshot taken at {captured}, {place} the silence, shows the {name} empty."),
        snapshot.source,
        at_reset,
    ))
}

/// Whether the published resets of this window move in steps shorter than the window.
pub fn is_sliding(case: &EpisodeContext<'_>, minutes: u32) -> bool {
    reset::is_sliding(case, minutes)
}
