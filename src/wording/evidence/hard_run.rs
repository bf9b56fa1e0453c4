//! How long nothing was admitted, and whether a slot can stay taken so long.

use super::numbers::duration;
use crate::evidence::hard_run::HardRun;

pub(super) fn statement(seen: &HardRun) -> String {
    let run = duration(seen.run_s);
    if seen.held {
        return format!("No request was admitted for {run}, and at least one was in flight all that time.");
    }
    let chance = match seen.slot_taken_chance_share * 100.0 {
        percent if percent < 0.01 => "less than once in 10,000 cases".to_owned(),
        percent if percent < 1.0 => format!("{percent:.2} % of the time"),
        percent => format!("{percent:.0} % of the time"),
    };
    format!("No request was admitted for {run}; requests of this length keep one slot taken for that long {chance}.")
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "unlikely" | "impossible" => "A concurrency limit would have admitted one sooner.",
        _ => return None,
    })
}
