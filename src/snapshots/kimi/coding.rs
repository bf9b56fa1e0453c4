//! Variants A and B, `usage` and `limits[]`, and the local server's `summary` and `limits[]`.
//!
//! `usage` and `summary` are the weekly window when they name none: the backend leaves it out.

use serde_json::{Map, Value};

use super::WEEK;
use super::amounts::{amounts, reset, window_minutes};
use crate::snapshots::parsed_body::owner;
use crate::snapshots::{ParsedBody, View, lenient};

/// Reads `usage` or `summary`, and `limits[]`.
pub fn read(body: &Map<String, Value>) -> Option<ParsedBody> {
    let usage = body.get("usage").and_then(Value::as_object).filter(|u| is_quota(u, body));
    let summary = body.get("summary").and_then(Value::as_object).filter(|s| s.contains_key("limit"));
    let limits = limits(body);
    if usage.is_none() && summary.is_none() && limits.is_empty() {
        return None;
    }
    let mut parsed = ParsedBody::default();
    parsed.views.extend(usage.and_then(|u| whole("usage", u)));
    parsed.views.extend(summary.and_then(|s| whole("summary", s)));
    parsed.views.extend(limits.into_iter().filter_map(limit));
    Some(parsed)
}

/// Whether a `usage` object is a quota: many programs write token counts under that name.
fn is_quota(usage: &Map<String, Value>, body: &Map<String, Value>) -> bool {
    let beside = ["limits", "user", "parallel", "totalQuota"].iter().any(|k| body.contains_key(*k));
    usage.contains_key("limit") && (beside || reset(usage).is_some())
}

/// The entries of `limits[]` that name a window's length.
pub fn limits(body: &Map<String, Value>) -> Vec<&Map<String, Value>> {
    let entries = body.get("limits").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let timed = |e: &&Map<String, Value>| {
        let amounts = e.contains_key("detail") || e.contains_key("limit");
        amounts && e.get("window").is_some_and(|w| w.get("duration").is_some())
    };
    entries.iter().filter_map(Value::as_object).filter(timed).collect()
}

/// The weekly window, unless it names another length.
pub fn whole(place: &'static str, detail: &Map<String, Value>) -> Option<View> {
    let minutes = match detail.get("window") {
        None | Some(Value::Null) => WEEK,
        named => window_minutes(named)?,
    };
    View::new(place, minutes, amounts(detail), reset(detail))
}

/// One entry of `limits[]`. The reset lies on the detail, in some versions beside it or on the window.
pub fn limit(entry: &Map<String, Value>) -> Option<View> {
    let detail = entry.get("detail").and_then(Value::as_object).unwrap_or(entry);
    let window = entry.get("window");
    let on_window = || window.and_then(Value::as_object).and_then(reset);
    let reset = reset(detail).or_else(|| reset(entry)).or_else(on_window);
    View::new("limits", window_minutes(window)?, amounts(detail), reset)
}

/// What is beside the windows: the user, the concurrency limit, the wallet for extra usage.
pub fn take_account(body: &Map<String, Value>, parsed: &mut ParsedBody) {
    let user = body.get("user").and_then(Value::as_object);
    parsed.owner = user.and_then(|u| lenient::text(u, "userId")).and_then(owner);
    let parallel = body.get("parallel").and_then(|p| lenient::count(p.get("limit")));
    parsed.concurrency_limit = parsed.concurrency_limit.or(parallel);
    let left = body.get("boosterWallet").and_then(|w| w.pointer("/balance/amountLeft"));
    parsed.extra_usage |= lenient::quantity(left).is_some_and(|left| left > 0.0);
}
