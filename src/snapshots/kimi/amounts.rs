//! What all variants share: amounts, resets and windows of one JSON object.

use serde_json::{Map, Value};

use crate::snapshots::lenient::{first, minutes, quantity};
use crate::snapshots::parsed_body::{Amounts, Reset};

/// Keys of an absolute reset, as kimi-cli's own reader accepts them.
const RESET_AT: &[&str] = &["resetTime", "reset_time", "resetAt", "reset_at"];
/// Keys of a reset in seconds after the capture.
const RESET_IN: &[&str] = &["reset_in", "resetIn", "ttl"];

/// Limit, used and remaining.
pub fn amounts(object: &Map<String, Value>) -> Amounts {
    Amounts {
        limit: quantity(object.get("limit")),
        used: quantity(object.get("used")),
        remaining: quantity(object.get("remaining")),
    }
}

/// The reset, from whichever key is there. An absolute one counts first.
pub fn reset(object: &Map<String, Value>) -> Option<Reset> {
    Reset::at(first(object, RESET_AT)).or_else(|| Reset::after(first(object, RESET_IN)))
}

/// The length in minutes that a `window` object names.
pub fn window_minutes(window: Option<&Value>) -> Option<u32> {
    let window = window?.as_object()?;
    minutes(window.get("duration")?, first(window, &["timeUnit", "time_unit", "unit"])?.as_str()?)
}
