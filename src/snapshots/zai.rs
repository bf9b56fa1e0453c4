//! Z.ai and Zhipu coding plans: `GET /api/monitor/usage/quota/limit`.
//!
//! In: `data.limits[]` with a type, a unit and a number that give the length. Out: windows of the model requests. Always:
//! `usage` is the ceiling and `currentValue` what is used; `TIME_LIMIT` counts calls of tools and is left out; where the
//! counts are missing the percentage is all there is.

use serde_json::{Map, Value};

use super::parsed_body::{Amounts, Reset};
use super::percent::{quantity, used};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View, lenient};

/// Snapshots of a GLM coding plan.
#[derive(Debug)]
pub struct ZaiQuota;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "zai-quota",
    provider: "zai",
    from: "GET https://api.z.ai/api/monitor/usage/quota/limit (also open.bigmodel.cn)",
    shows: "the 5-hour and the weekly window of model requests",
    not_logged: "when it was captured, the concurrency limit, limits per minute",
    established: "read",
};

impl SnapshotFormat for ZaiQuota {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let limits = body.get("data").unwrap_or(body).get("limits")?.as_array()?;
        let limits: Vec<&Map<String, Value>> = limits.iter().filter_map(Value::as_object).collect();
        let typed = |l: &&Map<String, Value>| {
            l.contains_key("unit") && lenient::text(l, "type").is_some_and(|t| t.ends_with("_LIMIT"))
        };
        if !limits.iter().any(typed) {
            return None;
        }
        let views = limits.iter().filter(|l| lenient::text(l, "type") != Some("TIME_LIMIT")).filter_map(|l| view(l));
        Some(ParsedBody { provider: Some(INFO.provider.to_owned()), views: views.collect(), ..ParsedBody::default() })
    }
}

/// Minutes of a unit; the others are not known.
fn unit_minutes(unit: f64) -> Option<f64> {
    match unit as u32 {
        3 => Some(60.0),
        5 => Some(43_200.0),
        6 => Some(10_080.0),
        _ => None,
    }
}

fn view(limit: &Map<String, Value>) -> Option<View> {
    let minutes = unit_minutes(quantity(limit, &["unit"])?)? * quantity(limit, &["number"])?;
    if !(1.0..=f64::from(u32::MAX)).contains(&minutes) {
        return None;
    }
    let counts = Amounts {
        limit: quantity(limit, &["usage"]).filter(|l| *l > 0.0),
        used: quantity(limit, &["currentValue"]),
        remaining: quantity(limit, &["remaining"]),
    };
    let counted = counts.limit.is_some() && (counts.used.is_some() || counts.remaining.is_some());
    let amounts = if counted { counts } else { used(Some(quantity(limit, &["percentage"])?)) };
    View::new("limits", minutes as u32, amounts, Reset::at(limit.get("nextResetTime")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn windows(body: &Value) -> Vec<(u32, Option<f64>, bool)> {
        let state = ZaiQuota.reads(body).unwrap().state(None);
        state.windows.iter().map(|w| (w.window_minutes, w.remaining_share, w.resets_at.is_some())).collect()
    }

    #[test]
    fn exhausted_by_counts_and_half_used_by_percentage() {
        let body = json!({"code": 200, "success": true, "data": {"level": "pro", "limits": [
            {"type": "TOKENS_LIMIT", "unit": 3, "number": 5, "usage": 800, "currentValue": 800, "remaining": 0,
             "percentage": 100, "nextResetTime": 1_768_507_567_547_i64},
            {"type": "CREDIT_LIMIT", "unit": 6, "number": 1, "percentage": 50, "nextResetTime": 1_768_900_000_000_i64},
            {"type": "TIME_LIMIT", "unit": 5, "number": 1, "usage": 1000, "currentValue": 1000, "remaining": 0}]}});
        assert_eq!(windows(&body), [(300, Some(0.0), true), (10_080, Some(0.5), true)]);
    }

    #[test]
    fn untouched_unknown_and_not_measured() {
        let limits = |limit: Value| json!({"data": {"limits": [limit]}});
        let idle = json!({"type": "TOKENS_LIMIT", "unit": 3, "number": 5, "percentage": 0});
        assert_eq!(windows(&limits(idle)), [(300, Some(1.0), false)]);
        let zero = json!({"type": "TOKENS_LIMIT", "unit": 3, "number": 5, "usage": 0, "currentValue": 0});
        assert_eq!(windows(&limits(zero)), []);
        let other = json!({"type": "TOKENS_LIMIT", "unit": 9, "number": 5, "percentage": 3});
        assert_eq!(windows(&limits(other)), []);
    }

    #[test]
    fn other_bodies_are_not_read() {
        for body in [
            json!({"data": {}}),
            json!({"limits": [{"window": {"duration": 300}, "detail": {"limit": "1"}}]}),
            json!({"limits": [{"type": "TOKENS_LIMIT"}]}),
        ] {
            assert_eq!(ZaiQuota.reads(&body), None, "{body}");
        }
    }
}
