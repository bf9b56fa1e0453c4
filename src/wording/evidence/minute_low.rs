//! Refusals in a quiet minute.

use super::noun;
use super::numbers::share_of;
use crate::evidence::minute_low::MinuteLow;

pub(super) fn statement(seen: &MinuteLow) -> String {
    let counting_all = match seen.refusals_at_half_minute_of_all {
        0 => String::new(),
        n => format!(" ({n} of them even counting refused requests)"),
    };
    format!(
        "{} came while the last minute held under half of the busiest admitted minute{counting_all}.",
        share_of(seen.refusals_at_half_minute, seen.refusals, noun(seen.failed)),
    )
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "some" | "most" | "most_of_all_asked" => "A limit per minute would have admitted them.",
        _ => return None,
    })
}
