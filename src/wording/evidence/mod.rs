//! One sentence for each evidence item, from what was measured. One file per kind, named after its id.
//!
//! In: typed values ([`Measured`]). Out: the sentence, and for short reports what it means. Nothing reads a sentence back.

mod admissions_inside;
mod after;
mod bounce;
mod cap_known;
mod class;
mod hard_run;
mod inflight_auc;
mod inflight_low;
mod inflight_none;
mod inflight_same;
mod length;
mod minute_auc;
mod minute_low;
mod minute_reach;
mod named_end;
mod named_text;
mod no_attempts;
mod other_pools;
mod phase;
mod pool_meter;
mod record_use;
mod replay_between;
mod replay_cap;
mod replay_minute;
mod reset_hit;
mod retry_after;
mod same_window_later;
mod silent_share;
mod slot_release;
mod snapshot_in_gap;
mod streams_broken;
mod window_meter;

pub use named_text::quoted;

use super::numbers;
use crate::causes;
use crate::evidence::{Failed, Measured};
use crate::model::Cause;

/// What was measured, as a sentence. Instants in it are RFC 3339 UTC; outputs for people turn them into the reader's zone.
pub fn statement(measured: &Measured) -> String {
    match measured {
        Measured::ClassOfRefusals(seen) => class::statement(seen),
        Measured::NamedText(seen) => named_text::statement(seen),
        Measured::NamesAnEnd(seen) => named_end::statement(seen),
        Measured::SlotRelease(seen) => slot_release::statement(seen),
        Measured::InflightLow(seen) => inflight_low::statement(seen),
        Measured::InflightAuc(seen) => inflight_auc::statement(seen),
        Measured::InflightSame(seen) => inflight_same::statement(seen),
        Measured::InflightNone(seen) => inflight_none::statement(seen),
        Measured::CapKnown(seen) => cap_known::statement(seen),
        Measured::MinuteAuc(seen) => minute_auc::statement(seen),
        Measured::MinuteReach(seen) => minute_reach::statement(seen),
        Measured::MinuteLow(seen) => minute_low::statement(seen),
        Measured::PoolMeter(seen) => pool_meter::statement(seen),
        Measured::ReplayCap(seen) => replay_cap::statement(seen),
        Measured::ReplayMinute(seen) => replay_minute::statement(seen),
        Measured::ReplayBetween(seen) => replay_between::statement(seen),
        Measured::Length(seen) => length::statement(seen),
        Measured::HardRun(seen) => hard_run::statement(seen),
        Measured::AdmissionsInside(seen) => admissions_inside::statement(seen),
        Measured::RetryAfter(seen) => retry_after::statement(seen),
        Measured::SnapshotInGap(seen) => snapshot_in_gap::statement(seen),
        Measured::SameWindowLater(seen) => same_window_later::statement(seen),
        Measured::ResetHit(seen) => reset_hit::statement(seen),
        Measured::Phase(seen) => phase::statement(seen),
        Measured::WindowMeter(seen) => window_meter::statement(seen),
        Measured::RecordUse(seen) => record_use::statement(seen),
        Measured::OtherPools(seen) => other_pools::statement(seen),
        Measured::After(seen) => after::statement(seen),
        Measured::Bounce(seen) => bounce::statement(seen),
        Measured::StreamsBroken(seen) => streams_broken::statement(seen),
        Measured::SilentShare(seen) => silent_share::statement(seen),
        Measured::NoAttempts(seen) => no_attempts::statement(seen),
    }
}

/// What the fact means, in one sentence behind it; nothing where it says so itself.
pub fn meaning(kind: &str, bin: &str) -> Option<&'static str> {
    match kind {
        "class" => class::meaning(bin),
        "slot_release" => slot_release::meaning(bin),
        "inflight_low" => inflight_low::meaning(bin),
        "inflight_auc" => inflight_auc::meaning(bin),
        "inflight_same" => inflight_same::meaning(bin),
        "inflight_none" => inflight_none::meaning(bin),
        "cap_known" => cap_known::meaning(bin),
        "minute_auc" => minute_auc::meaning(bin),
        "minute_reach" => minute_reach::meaning(bin),
        "minute_low" => minute_low::meaning(bin),
        "pool_meter" => pool_meter::meaning(bin),
        "length" => length::meaning(bin),
        "hard_run" => hard_run::meaning(bin),
        "admissions_inside" => admissions_inside::meaning(bin),
        "retry_after" => retry_after::meaning(bin),
        "snapshot_in_gap" => snapshot_in_gap::meaning(bin),
        "reset_hit" => reset_hit::meaning(bin),
        "phase" => phase::meaning(bin),
        "window_meter" => window_meter::meaning(bin),
        "other_pools" => other_pools::meaning(bin),
        "bounce" => bounce::meaning(bin),
        "streams_broken" => streams_broken::meaning(bin),
        _ => None,
    }
}

/// What a failed request is called.
const fn noun(failed: Failed) -> &'static str {
    match failed {
        Failed::Refused => "refusal",
        Failed::Unanswered => "failure",
    }
}

/// A window as people name it: `5-hour token window`.
fn window(minutes: u32) -> String {
    causes::limit(Cause::TokenWindow, Some(minutes))
}
