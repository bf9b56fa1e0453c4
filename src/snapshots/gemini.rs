//! Google's agents: `retrieveUserQuota` (Gemini CLI, Code Assist) and `retrieveUserQuotaSummary` (Antigravity).
//!
//! In: `buckets[]` by model, or `groups[].buckets[]` whose ids name the length. Out: windows that all models share. Always:
//! an absent fraction is unknown (projects disagree whether it is zero); a full bucket's reset is a placeholder, a whole
//! window ahead of the capture; where no length is given there is no window.

use serde_json::{Map, Value};

use super::parsed_body::{Amounts, Reset};
use super::percent::{WEEK, agreeing, quantity};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View, lenient};
use crate::model::Time;

/// Snapshots of Google's agents.
#[derive(Debug)]
pub struct GeminiQuota;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "gemini-quota",
    provider: "gemini-code-assist",
    from: "POST cloudcode-pa.googleapis.com/v1internal:retrieveUserQuota, or :retrieveUserQuotaSummary (Antigravity)",
    shows: "the day's, 5-hour and weekly windows where all models show the same",
    not_logged: "limits per minute; the length of a window that is not the day's, unless the bucket names it",
    established: "read",
};

impl SnapshotFormat for GeminiQuota {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let body = body.as_object()?;
        summary(body).or_else(|| by_model(body))
    }
}

/// A share that remains, 0 to 1. Some versions nest it.
fn fraction(bucket: &Map<String, Value>) -> Option<f64> {
    quantity(bucket, &["remainingFraction"])
        .or_else(|| lenient::quantity(bucket.get("remaining")?.get("remainingFraction")))
}

fn amounts(bucket: &Map<String, Value>) -> Amounts {
    Amounts { limit: Some(1.0), used: None, remaining: fraction(bucket) }
}

fn is_full(bucket: &Map<String, Value>) -> bool {
    fraction(bucket).is_some_and(|f| f >= 1.0)
}

/// Antigravity: `gemini-5h`, `gemini-weekly`, `3p-5h`, `3p-weekly`.
fn summary(body: &Map<String, Value>) -> Option<ParsedBody> {
    let groups = body.get("groups")?.as_array()?;
    let buckets = groups.iter().filter_map(|g| g.get("buckets")?.as_array()).flatten().filter_map(Value::as_object);
    let buckets: Vec<&Map<String, Value>> = buckets.filter(|b| lenient::text(b, "bucketId").is_some()).collect();
    if buckets.is_empty() {
        return None;
    }
    let mut parsed = ParsedBody { provider: Some("antigravity".to_owned()), ..ParsedBody::default() };
    for (suffix, minutes) in [("5h", 300), ("weekly", WEEK)] {
        let of_length = buckets.iter().filter(|b| lenient::text(b, "bucketId").is_some_and(|id| id.ends_with(suffix)));
        let mut views = Vec::new();
        for bucket in of_length {
            let reset = Reset::at(bucket.get("resetTime"));
            if let (true, Some(Reset::At(at))) = (is_full(bucket), reset) {
                parsed.captured = parsed.captured.or(Some(at.plus(-60.0 * f64::from(minutes))));
            }
            views.extend(View::new("groups", minutes, amounts(bucket), reset.filter(|_| !is_full(bucket))));
        }
        take(agreeing(views), &mut parsed);
    }
    Some(parsed)
}

/// Code Assist: one bucket a model. Only the day's window has a known length, as it ends at midnight in California.
fn by_model(body: &Map<String, Value>) -> Option<ParsedBody> {
    let buckets = body.get("buckets")?.as_array()?;
    let buckets: Vec<&Map<String, Value>> = buckets
        .iter()
        .filter_map(Value::as_object)
        .filter(|b| b.contains_key("modelId") && (b.contains_key("resetTime") || b.contains_key("remainingFraction")))
        .collect();
    if buckets.is_empty() {
        return None;
    }
    let mut parsed = ParsedBody { provider: Some(INFO.provider.to_owned()), ..ParsedBody::default() };
    let reset = |b: &Map<String, Value>| b.get("resetTime").and_then(lenient::time);
    let daily = buckets.iter().filter(|b| reset(b).is_some_and(is_midnight_in_california));
    let views: Vec<View> =
        daily.filter_map(|b| View::new("buckets", 1440, amounts(b), Reset::at(b.get("resetTime")))).collect();
    if views.len() < buckets.len() {
        parsed.remarks.push("Some buckets do not tell the length of their window, so they are not read.".to_owned());
    }
    take(agreeing(views), &mut parsed);
    Some(parsed)
}

fn take(agreed: Result<Option<View>, String>, parsed: &mut ParsedBody) {
    match agreed {
        Ok(view) => parsed.views.extend(view),
        Err(remark) => parsed.remarks.push(remark),
    }
}

/// 07:00Z in summer, 08:00Z in winter; either is taken, since no quota ends at the other by chance for long.
fn is_midnight_in_california(at: Time) -> bool {
    const DAY_US: i64 = 86_400_000_000;
    const HOUR_US: i64 = 3_600_000_000;
    let of_day = at.micros().rem_euclid(DAY_US);
    [7, 8].iter().any(|h| (of_day - h * HOUR_US).abs() < 1_000_000)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn state(body: &Value) -> crate::model::QuotaState {
        GeminiQuota.reads(body).unwrap().state(None)
    }

    fn windows(body: &Value) -> Vec<(u32, Option<f64>, bool)> {
        let of = |w: &crate::model::WindowState| (w.window_minutes, w.remaining_share, w.resets_at.is_some());
        state(body).windows.iter().map(of).collect()
    }

    #[test]
    fn antigravity_s_buckets_are_named_by_length_and_full_ones_date_the_body() {
        let body = json!({"groups": [{"buckets": [
            {"bucketId": "gemini-5h", "remainingFraction": 1, "resetTime": "2026-07-13T19:17:19Z"},
            {"bucketId": "gemini-weekly", "remainingFraction": 0.25, "resetTime": "2026-07-18T10:00:00Z"}]},
            {"buckets": [{"bucketId": "3p-5h", "remainingFraction": 1, "resetTime": "2026-07-13T19:17:19Z"},
            {"bucketId": "3p-weekly", "remainingFraction": 0.25, "resetTime": "2026-07-18T10:00:00Z"}]}]});
        assert_eq!(windows(&body), [(300, Some(1.0), false), (10_080, Some(0.25), true)]);
        let captured = GeminiQuota.reads(&body).unwrap().captured.unwrap();
        assert_eq!(captured.rfc3339(), "2026-07-13T14:17:19.000Z");
    }

    #[test]
    fn groups_that_differ_and_absent_fractions() {
        let body = |other: Value| json!({"groups": [{"buckets": [{"bucketId": "gemini-5h", "remainingFraction": 0}]}, {"buckets": [other]}]});
        let differ = state(&body(json!({"bucketId": "3p-5h", "remainingFraction": 0.5})));
        assert_eq!((differ.windows.len(), differ.conflicts.len()), (0, 1));
        let absent = state(&body(json!({"bucketId": "3p-5h", "resetTime": "2026-07-13T19:17:19Z"})));
        assert_eq!((absent.windows.len(), absent.conflicts.len()), (0, 1), "unknown is not zero");
        let spent = windows(&body(json!({"bucketId": "3p-5h", "remaining": {"remainingFraction": 0}})));
        assert_eq!(spent, [(300, Some(0.0), false)]);
    }

    #[test]
    fn code_assist_s_day_ends_at_midnight_in_california() {
        let bucket = |model: &str, left: f64, reset: &str| json!({"modelId": model, "tokenType": "REQUESTS", "remainingFraction": left, "resetTime": reset});
        let spent =
            json!({"buckets": [bucket("a", 0.0, "2026-03-04T08:00:00Z"), bucket("b", 0.0, "2026-03-04T08:00:00Z")]});
        assert_eq!(windows(&spent), [(1440, Some(0.0), true)]);
        let unknown = json!({"buckets": [bucket("a", 0.0, "2026-03-04T11:23:00Z")]});
        assert_eq!((windows(&unknown), state(&unknown).conflicts.len()), (vec![], 1));
    }

    #[test]
    fn other_bodies_are_not_read() {
        for body in [json!({"buckets": [{"name": "photos"}]}), json!({"groups": [{"name": "x"}]}), json!({"groups": 1})]
        {
            assert_eq!(GeminiQuota.reads(&body), None, "{body}");
        }
    }
}
