//! Whether refusals began in a full minute.

use super::noun;
use super::numbers::share_of;
use crate::evidence::minute_reach::MinuteReach;

pub(super) fn statement(seen: &MinuteReach) -> String {
    let (full, all) = (seen.refusals_in_full_minute, seen.refusals_after_admission);
    let noun = if (full, all) == (1, 1) { "refusal" } else { noun(seen.failed) };
    format!(
        "{} right after an admission came in a minute as busy as the busiest admitted one.",
        share_of(full, all, noun)
    )
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "all_of_few" | "all_of_many" | "most" => "A limit per minute refuses exactly then.",
        _ => "A limit per minute would refuse at the busiest minutes.",
    })
}
