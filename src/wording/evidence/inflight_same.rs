//! The number that was most often in flight at a refusal.

use super::noun;
use super::numbers::{counted, share_of};
use crate::evidence::inflight_same::InflightSame;

pub(super) fn statement(seen: &InflightSame) -> String {
    format!(
        "{} came with exactly {} in flight.",
        share_of(seen.refusals_at_usual, seen.refusals, noun(seen.failed)),
        counted(seen.usual_in_flight as usize, "request")
    )
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "same" | "similar" => "A concurrency limit refuses at one number.",
        _ => "A concurrency limit would refuse at one number.",
    })
}
