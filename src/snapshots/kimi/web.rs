//! Variant D, the web gateway's `GetUsages`, and the membership service's `GetSubscriptionStats`.

use serde_json::{Map, Value};

use super::amounts::reset;
use super::coding::{limit, limits, whole};
use super::{MONTH, WEEK};
use crate::snapshots::lenient::{quantity, text};
use crate::snapshots::parsed_body::{Amounts, Reset};
use crate::snapshots::{ParsedBody, View};

/// The scope of Kimi Code. Other scopes are other quotas.
const CODING: &str = "FEATURE_CODING";

/// Reads `usages` when it is an array of scopes.
pub fn usages(body: &Map<String, Value>) -> Option<ParsedBody> {
    let scopes = body.get("usages")?.as_array()?;
    let coding = scopes.iter().filter_map(Value::as_object).find(|s| {
        let scope = text(s, "scope");
        scope.is_none_or(|s| s == CODING) && (s.contains_key("detail") || s.contains_key("limits"))
    })?;
    let detail = coding.get("detail").and_then(Value::as_object);
    let mut views: Vec<View> = detail.and_then(|d| whole("usages.detail", d)).into_iter().collect();
    views.extend(limits(coding).into_iter().filter_map(limit));
    Some(ParsedBody { views, ..ParsedBody::default() })
}

/// Reads `ratelimitCode5h`, `ratelimitCode7d` and `subscriptionBalance`. Ratios are used ones.
pub fn stats(body: &Map<String, Value>) -> Option<ParsedBody> {
    let code = [("ratelimitCode5h", 300), ("ratelimitCode7d", WEEK)];
    if !code.iter().any(|(key, _)| body.contains_key(*key)) {
        return None;
    }
    let windows = code.iter().filter_map(|(key, minutes)| rate_limit(body.get(*key)?.as_object()?, *minutes));
    let mut views: Vec<View> = windows.collect();
    views.extend(body.get("subscriptionBalance").and_then(Value::as_object).and_then(balance));
    Some(ParsedBody { views, ..ParsedBody::default() })
}

/// One rate limit. One that is not enabled is not measured.
fn rate_limit(limit: &Map<String, Value>, minutes: u32) -> Option<View> {
    if limit.get("enabled") == Some(&Value::Bool(false)) {
        return None;
    }
    View::new("ratelimitCode", minutes, Amounts::of_used_share(quantity(limit.get("ratio"))), reset(limit))
}

/// The membership's monthly pool, which other products of the vendor share.
fn balance(balance: &Map<String, Value>) -> Option<View> {
    let amounts = Amounts::of_used_share(quantity(balance.get("amountUsedRatio")));
    View::new("subscriptionBalance", MONTH, amounts, Reset::at(balance.get("expireTime")))
}
