//! What was admitted between the first refusal and the last.

use super::noun;
use super::numbers::{counted, duration, was};
use crate::evidence::admissions_inside::AdmissionsInside;

pub(super) fn statement(seen: &AdmissionsInside) -> String {
    match seen.admitted_inside {
        0 => format!("None of {} in {} was admitted.", counted(seen.probes, "separate probe"), duration(seen.span_s)),
        n => format!(
            "{} {} admitted between the first and the last of {}.",
            counted(n, "request"),
            was(n),
            counted(seen.refusals, noun(seen.failed))
        ),
    }
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "none" => "A limit that clears within minutes would have admitted some.",
        "many" => "A used-up window or an empty balance admits none.",
        _ => return None,
    })
}
