//! What a reason means, in one sentence behind the fact, and which reasons are about one thing.
//!
//! In: kind and bin of an evidence item. Out: plain English. The facts themselves are worded where they are measured.

use std::collections::BTreeSet;

use crate::document::{Episode, Evidence};

/// What an evidence item is about: of several about one thing a short report shows the strongest.
pub(super) fn topic(kind: &str) -> &str {
    match kind {
        "cap_known" | "slot_release" | "hard_run" => "slots",
        k if k.starts_with("inflight") => "slots",
        k if k.starts_with("minute") => "minute",
        "pool_meter" => "what separates",
        "admissions_inside" | "length" | "silent_share" => "length",
        "after" | "bounce" => "recovery",
        "class" | "named_text" => "text",
        "named_end" | "retry_after" => "named end",
        "window_meter" | "record_use" => "use of the window",
        other => other,
    }
}

/// What the fact means; nothing where it says so itself.
pub(super) fn meaning(evidence: &Evidence) -> Option<&'static str> {
    let bin = evidence.bin.as_str();
    Some(match (evidence.kind.as_str(), bin) {
        ("snapshot_in_gap", "positive" | "before_positive") => "Quota was left in this window.",
        ("reset_hit", "recovered_before") => "A used-up window admits nothing before its reset.",
        ("reset_hit", "blocked_after") => "A used-up window would have ended there.",
        ("admissions_inside", "none") => "A limit that clears within minutes would have admitted some.",
        ("admissions_inside", "many") => "A used-up window or an empty balance admits none.",
        ("length", "below_1_min" | "below_5_min") => "Limits per minute and concurrency limits are this short.",
        ("length", "below_20_min" | "below_75_min" | "below_5_h") => "A limit per minute clears much sooner.",
        ("length", "above_5_h") => "Only a longer window, a balance or an access problem lasts this long.",
        ("cap_known", "at") => "The limit was reached.",
        ("cap_known", "below") => "That limit would have admitted them.",
        ("inflight_low", "none") => "A concurrency limit refuses only then.",
        ("inflight_low", "some" | "most") => "A concurrency limit would have admitted them.",
        ("inflight_none", _) => "That excludes a concurrency limit.",
        ("inflight_auc", "far_higher" | "higher") => "The number in flight made the difference.",
        ("inflight_auc", "even" | "lower") => "The number in flight made no difference.",
        ("inflight_same", "same" | "similar") => "A concurrency limit refuses at one number.",
        ("inflight_same", _) => "A concurrency limit would refuse at one number.",
        ("slot_release", "exact" | "far_above" | "above") => "Each ended request let another one in.",
        ("slot_release", "far_below" | "below") => "Under a concurrency limit they would have been admitted.",
        ("hard_run", "unlikely" | "impossible") => "A concurrency limit would have admitted one sooner.",
        ("minute_auc", "far_higher" | "higher") => "A limit per minute refuses after busy minutes.",
        ("minute_auc", "even" | "lower") => "A limit per minute would refuse after busy minutes only.",
        ("minute_low", "some" | "most" | "most_of_all_asked") => "A limit per minute would have admitted them.",
        ("minute_reach", "all_of_few" | "all_of_many" | "most") => "A limit per minute refuses exactly then.",
        ("minute_reach", _) => "A limit per minute would refuse at the busiest minutes.",
        ("pool_meter", "flight_far" | "flight") => "The number in flight explains the refusals better.",
        ("pool_meter", "minute_far" | "minute") => "The use per minute explains the refusals better.",
        ("pool_meter", "neither") => "Neither explains the refusals.",
        ("retry_after", "long" | "fixed_target" | "days") => "A limit per minute asks for shorter waits.",
        ("retry_after", "short_target") => "They count down to the end of a minute.",
        ("phase", "hit") => "The ends keep the rhythm of that window.",
        ("phase", "miss") => "The ends do not keep the rhythm of that window.",
        ("window_meter", "sharp" | "fair") => "The use of that window made the difference.",
        ("window_meter", "poor") => "The use of that window made no difference.",
        ("other_pools", "fine") => "Only this pool was affected.",
        ("other_pools", "blocked") => "Everything on this machine was affected.",
        ("bounce", "some" | "many") => "The limit came back at once.",
        ("streams_broken", "one" | "several") => "A limit does not break running streams.",
        ("class", "network") => "No limit answered.",
        ("class", "overload") => "The server failed; it named no limit.",
        ("class", "mixed_with_5xx") => "A provider without capacity answers with both.",
        ("class", "local") => "The provider never saw these requests.",
        _ => return None,
    })
}

/// Evidence from a leverage on, strongest first, the strongest of each topic.
pub(super) fn strongest(e: &Episode, side: impl Fn(&Evidence) -> f64, least: f64) -> Vec<&Evidence> {
    let mut found: Vec<&Evidence> = e.evidence.iter().filter(|x| side(x) >= least).collect();
    found.sort_by(|a, b| side(b).total_cmp(&side(a)));
    let mut seen = BTreeSet::new();
    found.retain(|x| seen.insert(topic(&x.kind)));
    found
}
