//! GitHub Copilot: `GET /copilot_internal/user`.
//!
//! In: `quota_snapshots` by kind of request, with a percentage remaining and the time at which it was counted. Out: the
//! month's premium requests and their reset. Always: kinds without a limit are not measured; what is paid beyond the month
//! is reported; a reset of 0 in a kind means none, the month's is beside the kinds.

use serde_json::{Map, Value};

use super::parsed_body::Reset;
use super::percent::{MONTH, object, quantity, remaining};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View, lenient};

/// Snapshots of Copilot.
#[derive(Debug)]
pub struct CopilotUser;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "copilot-user",
    provider: "github-copilot",
    from: "GET https://api.github.com/copilot_internal/user",
    shows: "the premium requests of the month, and whether more may be used",
    not_logged: "the limits of the session and of a model, which stop most fan-outs; older bodies do not tell when they were captured",
    established: "read",
};

impl SnapshotFormat for CopilotUser {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let body = body.as_object()?;
        let kinds = object(body, "quota_snapshots")?;
        let shaped = |k: &Map<String, Value>| k.contains_key("percent_remaining") || k.contains_key("entitlement");
        if !kinds.values().filter_map(Value::as_object).any(shaped) {
            return None;
        }
        // The free plan has no premium requests; there the chat is what is counted.
        let counted = ["premium_interactions", "chat"].iter().filter_map(|k| object(kinds, k));
        let counted = counted.filter(|k| k.get("unlimited") != Some(&Value::Bool(true))).find(|k| shaped(k));
        let mut parsed = ParsedBody { provider: Some(INFO.provider.to_owned()), ..ParsedBody::default() };
        if let Some(kind) = counted {
            let none = quantity(kind, &["entitlement"]) == Some(0.0);
            let amounts = remaining(quantity(kind, &["percent_remaining"]).filter(|_| !none));
            parsed.views.extend(View::new("quota_snapshots", MONTH, amounts, reset(body, kind)).filter(|_| !none));
            parsed.captured = kind.get("timestamp_utc").and_then(lenient::time).filter(|t| t.is_plausible());
            parsed.extra_usage = kind.get("overage_permitted") == Some(&Value::Bool(true));
        }
        Some(parsed)
    }
}

/// The month's reset: an instant under a key that ends with `_utc`, or the date alone; a kind may have an epoch of its own.
fn reset(body: &Map<String, Value>, kind: &Map<String, Value>) -> Option<Reset> {
    let date = || {
        let dates = ["quota_reset_date", "limited_user_reset_date"].into_iter();
        let date = dates.filter_map(|k| lenient::text(body, k)).find(|d| d.len() == 10)?;
        Reset::at(Some(&Value::String(format!("{date}T00:00:00Z"))))
    };
    Reset::at(body.get("quota_reset_date_utc")).or_else(date).or_else(|| Reset::at(kind.get("quota_reset_at")))
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

    fn state(body: &Value) -> crate::model::QuotaState {
        CopilotUser.reads(body).unwrap().state(None)
    }

    #[test]
    fn exhausted_and_untouched() {
        let spent = json!({"entitlement": 300, "remaining": 0, "quota_remaining": 0.0, "percent_remaining": 0.0,
                           "unlimited": false, "overage_permitted": false});
        let window = state(&body(spent)).windows[0];
        assert_eq!((window.window_minutes, window.remaining_share), (43_200, Some(0.0)));
        assert_eq!(window.resets_at.unwrap().rfc3339(), "2026-04-01T00:00:00.000Z");
        let fresh = json!({"entitlement": 300, "percent_remaining": 100.0, "unlimited": false});
        assert_eq!(state(&body(fresh)).windows[0].remaining_share, Some(1.0));
    }

    #[test]
    fn the_time_of_the_count_is_the_capture() {
        let mut spent = body(json!({"entitlement": 300, "percent_remaining": 0.0, "quota_reset_at": 0, "remaining": 0,
            "timestamp_utc": "2026-03-12T09:06:00.123Z", "unlimited": false}));
        spent["quota_reset_date_utc"] = json!("2026-04-01T00:00:00.000Z");
        let parsed = CopilotUser.reads(&spent).unwrap();
        assert_eq!(parsed.captured.unwrap().rfc3339(), "2026-03-12T09:06:00.123Z");
        assert_eq!(parsed.state(None).windows[0].resets_at.unwrap().rfc3339(), "2026-04-01T00:00:00.000Z");
    }

    #[test]
    fn paid_overage_unlimited_and_missing() {
        let paid = json!({"entitlement": 300, "percent_remaining": 0.0, "overage_permitted": true});
        assert_eq!(state(&body(paid)).conflicts.len(), 1);
        assert!(state(&body(json!({"entitlement": 1, "unlimited": true}))).windows.is_empty());
        assert_eq!(state(&body(json!({"entitlement": 300}))).windows[0].remaining_share, None);
        assert_eq!(CopilotUser.reads(&json!({"quota_snapshots": {}})), None);
        assert_eq!(CopilotUser.reads(&json!({"quota_snapshots": [1]})), None);
    }
}
