//! How much was refused again after the recovery.

use super::numbers::{counted, was};
use crate::evidence::bounce::Bounce;

pub(super) fn statement(seen: &Bounce) -> String {
    let all = counted(seen.requests_after, "request");
    match seen.refused_after {
        0 => format!("None of {all} in the half hour after the recovery was refused."),
        n => format!("{n} of {all} in the half hour after the recovery {} refused again.", was(n)),
    }
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "some" | "many" => "The limit came back at once.",
        _ => return None,
    })
}
