//! Anthropic: `anthropic-ratelimit-unified-*` of subscriptions, `anthropic-ratelimit-*` of API keys.
//!
//! Utilization is a share here (1.0 is all; in the usage body 1 is one percent). A rejected window is exhausted whatever share
//! is beside it. The buckets of an API key refill all the time; the tightest one is what counts for the minute.

use super::Headers;
use crate::snapshots::parsed_body::{Amounts, Reset};
use crate::snapshots::percent::{WEEK, tightest};
use crate::snapshots::{ParsedBody, View};

const UNIFIED: &str = "anthropic-ratelimit-unified-";

/// The account's windows: part of the name, name in the claim, minutes.
const WINDOWS: [(&str, &str, u32); 2] = [("5h", "five_hour", 300), ("7d", "seven_day", WEEK)];

/// Subscriptions.
pub fn unified(headers: &Headers) -> Option<ParsedBody> {
    let get = |name: &str| headers.text(&format!("{UNIFIED}{name}"));
    headers.below(UNIFIED).next()?;
    let rejected = get("status").is_some_and(|s| s == "rejected");
    let claim = get("representative-claim");
    let mut parsed = ParsedBody { provider: Some("claude-code".to_owned()), anchored: true, ..ParsedBody::default() };
    for (part, name, minutes) in WINDOWS {
        let share = headers.number(&format!("{UNIFIED}{part}-utilization"));
        let status = get(&format!("{part}-status"));
        let claimed = rejected && claim == Some(name);
        let out = status == Some("rejected") || (status.is_none() && claimed);
        if share.is_none() && !out {
            continue;
        }
        let share = if out { Some(share.unwrap_or(1.0).max(1.0)) } else { share };
        let common = || headers.time(&format!("{UNIFIED}reset")).filter(|_| claimed);
        let reset = headers.time(&format!("{UNIFIED}{part}-reset")).or_else(common).map(Reset::At);
        parsed.views.extend(View::new("the headers", minutes, Amounts::of_used_share(share), reset));
    }
    if rejected && !parsed.views.iter().any(|v| v.share() == Some(0.0)) {
        parsed.remarks.push(
            "The headers reject the request, but neither the 5-hour nor the weekly window: a limit of one model or of paid \
             use is behind it."
                .to_owned(),
        );
    }
    parsed.extra_usage = get("overage-status").is_some_and(|s| s.starts_with("allowed"));
    // A refused answer is dated by the reset less the wait.
    let wait = headers.number("retry-after").filter(|_| rejected);
    parsed.captured = headers.time(&format!("{UNIFIED}reset")).zip(wait).map(|(reset, wait)| reset.plus(-wait));
    Some(parsed)
}

const API: &str = "anthropic-ratelimit-";

/// API keys.
pub fn api(headers: &Headers) -> Option<ParsedBody> {
    let view = |what: &&str| {
        let number = |part: &str| headers.number(&format!("{API}{what}-{part}"));
        let amounts = Amounts { limit: number("limit"), used: None, remaining: number("remaining") };
        View::new("the headers", 1, amounts, headers.time(&format!("{API}{what}-reset")).map(Reset::At))
    };
    let views: Vec<View> = ["requests", "tokens", "input-tokens", "output-tokens"].iter().filter_map(view).collect();
    let tightest = tightest(views)?;
    Some(ParsedBody { provider: Some("anthropic".to_owned()), views: vec![tightest], ..ParsedBody::default() })
}
