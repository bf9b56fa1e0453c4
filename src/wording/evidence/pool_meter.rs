//! Which count separates refusals from admissions better.

use crate::evidence::pool_meter::PoolMeter;

pub(super) fn statement(seen: &PoolMeter) -> String {
    format!(
        "Requests in flight separate refusals from admissions with {:.0} % error, requests in the last minute with {:.0} %.",
        seen.in_flight_error_share * 100.0,
        seen.last_minute_error_share * 100.0
    )
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "flight_far" | "flight" => "The number in flight explains the refusals better.",
        "minute_far" | "minute" => "The use per minute explains the refusals better.",
        "neither" => "Neither explains the refusals.",
        _ => return None,
    })
}
