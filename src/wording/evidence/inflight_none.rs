//! Refusals with nothing else in flight.

use super::numbers::counted;
use crate::evidence::inflight_none::InflightNone;

pub(super) fn statement(seen: &InflightNone) -> String {
    let refusals = counted(seen.refusals, "refusal");
    match seen.agents_in_turn {
        0 | 1 => format!("No other request was in flight at any of {refusals}, so this client never had two at once."),
        agents => format!(
            "No other request was in flight at any of {refusals}, though {agents} agents sent requests in turn."
        ),
    }
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "never" => "That excludes a concurrency limit.",
        _ => return None,
    })
}
