//! How long the proven span is.

use super::noun;
use super::numbers::{capital, counted, duration};
use crate::evidence::length::Length;

/// From so many probes on they are counted, not the refusals.
const PROBES: usize = 3;

pub(super) fn statement(seen: &Length) -> String {
    let (probes, span) = (counted(seen.probes, "separate probe"), duration(seen.span_s));
    if seen.admitted_inside == 0 && seen.probes >= PROBES {
        let idle = if seen.nothing_in_flight { ", with nothing in flight" } else { "" };
        return format!("None of {probes} in {span} was admitted{idle}.");
    }
    let noun = noun(seen.failed);
    format!("{}s went on for {span} ({} in {probes}).", capital(noun), counted(seen.refusals, noun))
}

/// What a bin means, behind its sentence.
pub(super) fn meaning(bin: &str) -> Option<&'static str> {
    Some(match bin {
        "below_1_min" | "below_5_min" => "Limits per minute and concurrency limits are this short.",
        "below_20_min" | "below_75_min" | "below_5_h" => "A limit per minute clears much sooner.",
        "above_5_h" => "Only a longer window, a balance or an access problem lasts this long.",
        _ => return None,
    })
}
