//! How well the use of a window separates refusals from admissions.

use super::numbers::duration;
use crate::evidence::window_meter::WindowMeter;
use crate::timeline::usage::Unit;

pub(super) fn statement(seen: &WindowMeter) -> String {
    format!(
        "{} over the last {} separates refusals from admissions with {:.0} % error.",
        if seen.unit == Unit::Tokens { "Token use" } else { "The number of requests" },
        duration(f64::from(seen.window_minutes) * 60.0),
        seen.window_error_share * 100.0
    )
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "sharp" | "fair" => "The use of that window made the difference.",
        "poor" => "The use of that window made no difference.",
        _ => return None,
    })
}
