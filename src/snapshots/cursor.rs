//! Cursor: the dashboard's `GetCurrentPeriodUsage` and usage summary.
//!
//! In: `planUsage` in cents with `totalPercentUsed`, and the billing cycle in epoch milliseconds. Out: the month's window.
//! Trap: the plan has several pools, so refusals were seen while the total showed 17 % used.

use serde_json::{Map, Value};

use super::parsed_body::{Amounts, Reset};
use super::percent::{MONTH, object, quantity, used};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View, lenient};

/// Snapshots of Cursor.
#[derive(Debug)]
pub struct CursorUsage;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "cursor-usage",
    provider: "cursor",
    from: "cursor.com's GetCurrentPeriodUsage or usage summary",
    shows: "the part of the plan's spend that is used in the billing month",
    not_logged: "the pools of single models, limits per minute",
    established: "read",
};

impl SnapshotFormat for CursorUsage {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let body = body.as_object()?;
        let plan = object(body, "planUsage")?;
        if !["totalPercentUsed", "totalSpend", "includedSpend"].iter().any(|k| plan.contains_key(*k)) {
            return None;
        }
        let reset = Reset::at(lenient::first(body, &["billingCycleEnd", "billing_cycle_end"]));
        let views = View::new("planUsage", MONTH, amounts(plan), reset).into_iter().collect();
        Some(ParsedBody { provider: Some(INFO.provider.to_owned()), views, ..ParsedBody::default() })
    }
}

fn amounts(plan: &Map<String, Value>) -> Amounts {
    match quantity(plan, &["totalPercentUsed"]) {
        Some(percent) => used(Some(percent)),
        None => Amounts {
            limit: quantity(plan, &["limit"]),
            used: quantity(plan, &["totalSpend", "includedSpend"]),
            remaining: None,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn window(plan: Value) -> Option<(u32, Option<f64>, Option<String>)> {
        let body = json!({"planUsage": plan, "billingCycleStart": "1782864000000", "billingCycleEnd": "1785542400000"});
        let state = CursorUsage.reads(&body)?.state(None);
        let w = state.windows.first()?;
        Some((w.window_minutes, w.remaining_share, w.resets_at.map(|t| t.rfc3339())))
    }

    #[test]
    fn spent_untouched_and_without_a_limit() {
        let reset = Some("2026-08-01T00:00:00.000Z".to_owned());
        let spent = json!({"totalSpend": 2000, "includedSpend": 2000, "limit": 2000});
        assert_eq!(window(spent), Some((43_200, Some(0.0), reset.clone())));
        assert_eq!(
            window(json!({"totalSpend": 0, "limit": 2000, "totalPercentUsed": 0})),
            Some((43_200, Some(1.0), reset))
        );
        assert_eq!(window(json!({"totalSpend": 7, "limit": 0})), None, "limit 0 is not measured");
        assert_eq!(CursorUsage.reads(&json!({"planUsage": {"name": "pro"}})), None);
    }
}
