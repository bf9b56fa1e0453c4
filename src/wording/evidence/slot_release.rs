//! Attempts after a request had ended, and others.

use crate::evidence::slot_release::SlotRelease;

pub(super) fn statement(seen: &SlotRelease) -> String {
    format!(
        "After a request in flight had ended, {} of {} attempts were admitted; when none had ended, {} of {}.",
        seen.admitted_after_release,
        seen.admitted_after_release + seen.refused_after_release,
        seen.admitted_without_release,
        seen.admitted_without_release + seen.refused_without_release
    )
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "exact" | "far_above" | "above" => "Each ended request let another one in.",
        "far_below" | "below" => "Under a concurrency limit they would have been admitted.",
        _ => return None,
    })
}
