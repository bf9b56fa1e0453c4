//! Warp: the reply to its `GetRequestLimitInfo`.
//!
//! In: `requestLimitInfo` with credits, which it calls requests. Out: the month's window. Source: CodexBar's documentation.

use serde_json::{Map, Value};

use super::parsed_body::{Amounts, Reset};
use super::percent::{MONTH, object, quantity};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View};

/// Snapshots of Warp.
#[derive(Debug)]
pub struct WarpLimit;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "warp-limit",
    provider: "warp",
    from: "Warp's GraphQL query GetRequestLimitInfo",
    shows: "the part of the month's credits that is used, and when they come back",
    not_logged: "bonus grants, limits per minute",
    established: "read",
};

impl SnapshotFormat for WarpLimit {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let info = limits(body.as_object()?)?;
        if !info.contains_key("requestsUsedSinceLastRefresh") && !info.contains_key("requestLimit") {
            return None;
        }
        // A snapshot without a window: nothing runs out there.
        if info.get("isUnlimited") == Some(&Value::Bool(true)) {
            return Some(ParsedBody { provider: Some(INFO.provider.to_owned()), ..ParsedBody::default() });
        }
        let amounts = Amounts {
            limit: quantity(info, &["requestLimit"]),
            used: quantity(info, &["requestsUsedSinceLastRefresh"]),
            remaining: None,
        };
        let reset = Reset::at(info.get("nextRefreshTime"));
        let views = View::new("requestLimitInfo", MONTH, amounts, reset).into_iter().collect();
        Some(ParsedBody { provider: Some(INFO.provider.to_owned()), views, ..ParsedBody::default() })
    }
}

/// The part, bare or inside the reply's `data.user.user`.
fn limits(body: &Map<String, Value>) -> Option<&Map<String, Value>> {
    let inner = || object(object(object(body, "data")?, "user")?, "user");
    object(body, "requestLimitInfo").or_else(|| object(inner()?, "requestLimitInfo"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn window(info: Value) -> Option<(u32, Option<f64>, Option<String>)> {
        let body = json!({"data": {"user": {"user": {"requestLimitInfo": info, "bonusGrants": []}}}});
        let state = WarpLimit.reads(&body)?.state(None);
        let w = state.windows.first()?;
        Some((w.window_minutes, w.remaining_share, w.resets_at.map(|t| t.rfc3339())))
    }

    #[test]
    fn spent_untouched_and_unlimited() {
        let reset = Some("2026-08-01T00:00:00.000Z".to_owned());
        let of = |used: u64| {
            window(
                json!({"isUnlimited": false, "nextRefreshTime": "2026-08-01T00:00:00Z", "requestLimit": 150, "requestsUsedSinceLastRefresh": used}),
            )
        };
        assert_eq!(of(150), Some((43_200, Some(0.0), reset.clone())));
        assert_eq!(of(0), Some((43_200, Some(1.0), reset)));
        assert_eq!(
            window(json!({"isUnlimited": true, "requestLimit": 150, "requestsUsedSinceLastRefresh": 150})),
            None
        );
        assert_eq!(WarpLimit.reads(&json!({"requestLimitInfo": {"x": 1}})), None);
    }
}
