//! GitHub Copilot: `GET /copilot_internal/user`.
//!
//! In: `quota_snapshots` by kind of request, with a percentage remaining. Out: the month's premium requests. Always: kinds
//! without a limit are not measured; what is paid beyond the month is told.

use serde_json::{Map, Value};

use super::found::Reset;
use super::percent::{MONTH, object, quantity, remaining};
use super::{Found, SnapshotFormat, SnapshotInfo, View, lenient};

/// Readings of Copilot.
#[derive(Debug)]
pub struct CopilotUser;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "copilot-user",
    provider: "github-copilot",
    from: "GET https://api.github.com/copilot_internal/user",
    shows: "the premium requests of the month, and whether more may be used",
    hides: "when it was captured, the limits of the session and of a model, which stop most fan-outs",
    established: "read",
};

impl SnapshotFormat for CopilotUser {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<Found> {
        let body = body.as_object()?;
        let kinds = object(body, "quota_snapshots")?;
        let shaped = |k: &Map<String, Value>| k.contains_key("percent_remaining") || k.contains_key("entitlement");
        if !kinds.values().filter_map(Value::as_object).any(shaped) {
            return None;
        }
        // The free plan has no premium requests; there the chat is what is counted.
        let counted = ["premium_interactions", "chat"].iter().filter_map(|k| object(kinds, k));
        let counted = counted.filter(|k| k.get("unlimited") != Some(&Value::Bool(true))).find(|k| shaped(k));
        let mut found = Found { provider: Some(INFO.provider.to_owned()), ..Found::default() };
        if let Some(kind) = counted {
            let none = quantity(kind, &["entitlement"]) == Some(0.0);
            let amounts = remaining(quantity(kind, &["percent_remaining"]).filter(|_| !none));
            found.views.extend(View::new("quota_snapshots", MONTH, amounts, reset(body)).filter(|_| !none));
            found.extra_usage = kind.get("overage_permitted") == Some(&Value::Bool(true));
        }
        Some(found)
    }
}

/// The reset is a date, or an instant under the key that ends with `_utc`.
fn reset(body: &Map<String, Value>) -> Option<Reset> {
    let instant = Reset::at(body.get("quota_reset_date_utc"));
    instant.or_else(|| {
        let date = lenient::text(body, "quota_reset_date").filter(|d| d.len() == 10)?;
        Reset::at(Some(&Value::String(format!("{date}T00:00:00Z"))))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(premium: Value) -> Value {
        json!({"copilot_plan": "individual", "quota_reset_date": "2026-04-01", "quota_snapshots": {
            "chat": {"entitlement": 0, "percent_remaining": 100.0, "unlimited": true},
            "completions": {"entitlement": 0, "percent_remaining": 100.0, "unlimited": true},
            "premium_interactions": premium}})
    }

    fn reading(body: &Value) -> crate::model::Reading {
        CopilotUser.reads(body).unwrap().reading(None)
    }

    #[test]
    fn exhausted_and_untouched() {
        let spent = json!({"entitlement": 300, "remaining": 0, "quota_remaining": 0.0, "percent_remaining": 0.0,
                           "unlimited": false, "overage_permitted": false});
        let window = reading(&body(spent)).windows[0];
        assert_eq!((window.window_minutes, window.remaining_share), (43_200, Some(0.0)));
        assert_eq!(window.resets_at.unwrap().rfc3339(), "2026-04-01T00:00:00.000Z");
        let fresh = json!({"entitlement": 300, "percent_remaining": 100.0, "unlimited": false});
        assert_eq!(reading(&body(fresh)).windows[0].remaining_share, Some(1.0));
    }

    #[test]
    fn paid_overage_unlimited_and_missing() {
        let paid = json!({"entitlement": 300, "percent_remaining": 0.0, "overage_permitted": true});
        assert_eq!(reading(&body(paid)).conflicts.len(), 1);
        assert!(reading(&body(json!({"entitlement": 1, "unlimited": true}))).windows.is_empty());
        assert_eq!(reading(&body(json!({"entitlement": 300}))).windows[0].remaining_share, None);
        assert_eq!(CopilotUser.reads(&json!({"quota_snapshots": {}})), None);
        assert_eq!(CopilotUser.reads(&json!({"quota_snapshots": [1]})), None);
    }
}
