//! Refusals with little in flight.

use super::noun;
use super::numbers::share_of;
use crate::evidence::inflight_low::InflightLow;

pub(super) fn statement(seen: &InflightLow) -> String {
    let together = seen.admitted_together;
    let idle = match seen.refusals_idle {
        _ if !seen.is_often_idle() => String::new(),
        idle if idle == seen.refusals => " All of them met nothing in flight.".to_owned(),
        idle => format!(" {idle} of them met nothing in flight."),
    };
    if seen.refusals_at_half_in_flight == 0 {
        return format!(
            "Every refusal came with more than half of the {together} requests in flight that had been admitted together.{idle}"
        );
    }
    format!(
        "{} came with at most half of the {together} requests in flight that had been admitted together.{idle}",
        share_of(seen.refusals_at_half_in_flight, seen.refusals, noun(seen.failed))
    )
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "none" => "A concurrency limit refuses only then.",
        "some" | "most" => "A concurrency limit would have admitted them.",
        _ => return None,
    })
}
