//! Evidence: one file per kind, named after its id, with its declaration, its typed values and how they are measured.
//!
//! In: one episode with its pool's timeline ([`EpisodeContext`]). Out: observations ([`Observation`]): measured values with their
//! sources, and the bin that follows from them by the kind's [`Declaration`]. No kind weighs anything itself, none can be built
//! without a source, and none makes a sentence: `wording::evidence` does. To add a kind write one file here and one in
//! wording/evidence/, add one line to the registry, and its bins to the tables in weights/ (docs/METHOD.md, Evidence).

pub mod admissions_inside;
pub mod after;
pub mod bounce;
pub mod cap_known;
pub mod class;
mod context;
pub mod declaration;
pub mod hard_run;
mod hypotheses;
pub mod inflight_auc;
pub mod inflight_low;
pub mod inflight_none;
pub mod inflight_same;
pub mod length;
mod meaning;
pub mod minute_auc;
pub mod minute_low;
pub mod minute_reach;
pub mod named_end;
pub mod named_text;
pub mod no_attempts;
mod observation;
pub mod other_pools;
pub mod phase;
pub mod pool_meter;
pub mod record_use;
mod registry;
pub mod replay;
pub mod replay_between;
pub mod replay_cap;
pub mod replay_minute;
pub mod reset_hit;
pub mod retry_after;
pub mod same_window_later;
mod shared;
pub mod silent_share;
pub mod slot_release;
pub mod snapshot_in_gap;
pub mod streams_broken;
pub mod threshold;
pub mod window_meter;

#[cfg(test)]
mod tests;

pub use crate::signals::ZoneOf;
pub use context::{EpisodeContext, Failed, PoolContext, moment};
pub use declaration::{Bin, Condition, Declaration, Edge, Flags, Order, Quantity, Unit};
pub use meaning::{Meaning, sign_of};
pub use named_end::{Basis, NamedEnd, longest_life_s};
pub use named_text::{first_words, names_a_limit};
pub use observation::{Observation, Values};
pub use other_pools::AllPools;
pub use registry::{BY_RULE, Kind, Measured, REGISTRY, declaration_of, declarations};
pub use shared::Shared;
pub use slot_release::Release;

use crate::model::SourceRef;

/// All observations of an episode, in registry order. Of a glimpse only what was said of it counts, not how the refusals lie.
pub fn observe(case: &EpisodeContext<'_>) -> Vec<Observation> {
    let glimpse = is_glimpse(case);
    let kinds = REGISTRY.iter().filter(|kind| !glimpse || kind.declaration.flags.valid_for_short_episodes);
    kinds.flat_map(|kind| kind.observe(case)).collect()
}

/// One refusal, or refusals of less than a minute and then nobody asked for ten: neither how long the block was nor what it
/// depended on is in the log (docs/METHOD.md, What this cannot decide).
fn is_glimpse(case: &EpisodeContext<'_>) -> bool {
    const GLIMPSE_S: f64 = 60.0;
    const SILENCE_S: f64 = 600.0;
    case.episode.refusals.len() == 1
        || case.episode.span_s() < GLIMPSE_S && case.episode.recovery_width_s().is_none_or(|width| width > SILENCE_S)
}

/// Whether a well dated reading inside the gap shows this window used up and the recovery came at its reset.
pub fn exhausted_until_reset(case: &EpisodeContext<'_>, minutes: u32) -> bool {
    let reading = snapshot_in_gap::exhausted_inside(case, minutes);
    reading.and_then(|(_, w)| w.resets_at).is_some_and(|at| reset_hit::hits(case, at))
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
    reset_hit::published(case, minutes).map(|p| (p.at, p.source))
}

/// Whether the published resets of this window move in steps shorter than the window.
pub fn is_sliding(case: &EpisodeContext<'_>, minutes: u32) -> bool {
    reset_hit::is_sliding(case, minutes)
}
