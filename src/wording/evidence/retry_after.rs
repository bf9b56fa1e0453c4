//! What the server asked to wait.

use super::numbers::{counted, duration};
use crate::evidence::Values;
use crate::evidence::retry_after::RetryAfter;

pub(super) fn statement(seen: &RetryAfter) -> String {
    let refusals = counted(seen.refusals_with_wait, "refusal");
    match (seen.bin(), seen.waits_end_at) {
        ("fixed_target", Some(at)) => format!("The Retry-After of {refusals} points to one time, {}.", at.rfc3339()),
        ("short_target", _) => format!(
            "The waits that the server asked for count down to common times less than two minutes ahead ({refusals})."
        ),
        _ => format!("The server asked to wait {} (median of {refusals}).", duration(seen.median_wait_s)),
    }
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "long" | "fixed_target" | "days" => "A limit per minute asks for shorter waits.",
        "short_target" => "They count down to the end of a minute.",
        _ => return None,
    })
}
