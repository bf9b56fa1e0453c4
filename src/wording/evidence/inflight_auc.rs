//! In flight at refusals and at admissions.

use crate::evidence::Values;
use crate::evidence::inflight_auc::InflightAuc;

pub(super) fn statement(seen: &InflightAuc) -> String {
    let compared = match seen.bin() {
        "lower" => "fewer requests were in flight than at",
        "even" => "about as many requests were in flight as at",
        _ => "more requests were in flight than at",
    };
    format!(
        "At refusals {compared} admissions nearby (median {} and {}; more in {:.0} % of pairs).",
        seen.median_in_flight.round(),
        seen.median_in_flight_admitted.round(),
        seen.more_in_flight_share * 100.0
    )
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "far_higher" | "higher" => "The number in flight made the difference.",
        "even" | "lower" => "The number in flight made no difference.",
        _ => return None,
    })
}
