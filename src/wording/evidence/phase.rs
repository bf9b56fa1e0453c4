//! How far apart two recoveries are.

use super::numbers::duration;
use super::window;
use crate::evidence::Values;
use crate::evidence::phase::Phase;

pub(super) fn statement(seen: &Phase) -> String {
    format!(
        "This episode and another ended {} apart, which is {}a whole number of lengths of the {}.",
        duration(seen.apart_s),
        if seen.bin() == "hit" { "" } else { "not " },
        window(seen.window_minutes)
    )
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "hit" => "The ends keep the rhythm of that window.",
        "miss" => "The ends do not keep the rhythm of that window.",
        _ => return None,
    })
}
