//! How busy the minute was before refusals and before admissions.

use crate::evidence::Values;
use crate::evidence::minute_auc::MinuteAuc;

pub(super) fn statement(seen: &MinuteAuc) -> String {
    let compared = match seen.bin() {
        "lower" => "a quieter minute than",
        "even" => "about as busy a minute as",
        _ => "a busier minute than",
    };
    format!(
        "Refusals came after {compared} admissions nearby (more admitted {} in {:.0} % of pairs).",
        seen.unit.id(),
        seen.more_used_share * 100.0
    )
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "far_higher" | "higher" => "A limit per minute refuses after busy minutes.",
        "even" | "lower" => "A limit per minute would refuse after busy minutes only.",
        _ => return None,
    })
}
