//! A named concurrency limit beside what was in flight.

use crate::evidence::cap_known::CapKnown;

pub(super) fn statement(seen: &CapKnown) -> String {
    format!(
        "A snapshot shows a limit of {} requests at once; refusals came with a median of {:.0} in flight.",
        seen.concurrency_limit, seen.median_in_flight
    )
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "at" => "The limit was reached.",
        "below" => "That limit would have admitted them.",
        _ => return None,
    })
}
