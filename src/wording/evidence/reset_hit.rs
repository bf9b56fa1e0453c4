//! When a window was due to reset, and when requests were admitted again.

use super::numbers::duration;
use super::window;
use crate::evidence::reset_hit::ResetHit;

pub(super) fn statement(seen: &ResetHit) -> String {
    let (window, at) = (window(seen.window_minutes), seen.resets_at.rfc3339());
    let Some(delay_s) = seen.admitted_after_reset_s else {
        return format!("The {window} was due to reset at {at}; later than the last refusal that is known.");
    };
    if seen.is_hit() {
        return format!(
            "The first request after the reset of the {window} at {at} was admitted {} {}; a random moment would come that close {:.1} % of the time.",
            duration(delay_s),
            if delay_s < 0.0 { "before it" } else { "later" },
            seen.random_hit_share.unwrap_or(1.0) * 100.0
        );
    }
    let tail = match delay_s {
        s if s < 0.0 => format!("requests were admitted again {} before that", duration(s)),
        _ => format!("refusals went on for {} after that", duration(seen.refused_after_reset_s)),
    };
    format!("The {window} was due to reset at {at}; {tail}.")
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "recovered_before" => "A used-up window admits nothing before its reset.",
        "blocked_after" => "A used-up window would have ended there.",
        _ => return None,
    })
}
