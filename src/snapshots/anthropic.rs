//! Claude subscriptions: `GET /api/oauth/usage`, the status line's `rate_limits`, and `rate_limit_info` events.
//!
//! In: `{"five_hour":{"utilization":62.0,"resets_at":".."},"seven_day":{..},"limits":[..]}`. Out: the 5-hour and the weekly
//! window. Always: `resets_at` null is a window that has not begun; windows of one model are reported, not taken for the
//! account's; unknown names beside them come and go and are passed over.

use serde_json::{Map, Value};

use super::parsed_body::Reset;
use super::percent::{WEEK, object, quantity, used};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View, lenient};

/// Snapshots of a Claude subscription.
#[derive(Debug)]
pub struct ClaudeUsage;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "claude-usage",
    provider: "claude-code",
    from: "GET https://api.anthropic.com/api/oauth/usage, claude.ai's /usage of an organisation, the JSON that a status \
           line is given, or a rate_limit_event",
    shows: "the 5-hour and the weekly window, and whether paid extra usage is on",
    not_logged: "when it was captured, how many requests are in flight, limits per minute",
    established: "read",
};

/// The account's windows by their names, with their lengths.
const WINDOWS: [(&str, u32); 2] = [("five_hour", 300), ("seven_day", WEEK)];

/// A larger percentage is no percentage.
const LARGEST_PERCENT: f64 = 10_000.0;

/// Reported when the window of one model is used up.
const MODEL_WINDOW: &str =
    "A weekly window of one model or product shows nothing left; it is not the account's window.";

impl SnapshotFormat for ClaudeUsage {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let body = body.as_object()?;
        let parsed = event(body).or_else(|| usage(object(body, "rate_limits").unwrap_or(body)))?;
        Some(ParsedBody { provider: Some(INFO.provider.to_owned()), anchored: true, ..parsed })
    }
}

fn usage(body: &Map<String, Value>) -> Option<ParsedBody> {
    let shaped = |w: &Map<String, Value>| w.contains_key("utilization") || w.contains_key("used_percentage");
    if !WINDOWS.iter().any(|(key, _)| object(body, key).is_some_and(shaped)) {
        return None;
    }
    let mut parsed = ParsedBody::default();
    for (key, minutes) in WINDOWS {
        parsed.views.extend(object(body, key).and_then(|w| window(key, w, minutes)));
    }
    let entries = body.get("limits").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let mut of_models = body.iter().filter(|(k, _)| k.starts_with("seven_day_")).filter_map(|(_, v)| v.as_object());
    let mut spent = of_models.any(|w| quantity(w, &["utilization"]).is_some_and(|u| u >= 100.0));
    for entry in entries.iter().filter_map(Value::as_object) {
        let scoped = entry.get("scope").is_some_and(|s| !s.is_null());
        let percent = quantity(entry, &["percent"]);
        spent |= scoped && percent.is_some_and(|p| p >= 100.0);
        let minutes = match lenient::text(entry, "group") {
            Some("session") => 300,
            Some("weekly") => WEEK,
            _ => continue,
        };
        parsed
            .views
            .extend(View::new("limits", minutes, used(percent), Reset::at(entry.get("resets_at"))).filter(|_| !scoped));
    }
    parsed.remarks.extend(spent.then(|| MODEL_WINDOW.to_owned()));
    parsed.extra_usage = object(body, "extra_usage").is_some_and(|e| {
        e.get("is_enabled") == Some(&Value::Bool(true)) && quantity(e, &["utilization"]).is_none_or(|u| u < 100.0)
    });
    Some(parsed)
}

fn window(place: &'static str, window: &Map<String, Value>, minutes: u32) -> Option<View> {
    // Some versions of the status line put the reset's epoch there (anthropics/claude-code#52326).
    let percent = quantity(window, &["utilization", "used_percentage"]).filter(|p| *p < LARGEST_PERCENT);
    View::new(place, minutes, used(percent), Reset::at(window.get("resets_at")))
}

/// `{"rate_limit_info":{"rateLimitType":"five_hour","status":"rejected","utilization":0.97,"resetsAt":..}}`: here the
/// utilization is a share, and a warning is no refusal.
fn event(body: &Map<String, Value>) -> Option<ParsedBody> {
    let info = object(body, "rate_limit_info").unwrap_or(body);
    let kind = lenient::text(info, "rateLimitType")?;
    let status = lenient::text(info, "status")?;
    let share = quantity(info, &["utilization"]);
    let share = if status == "rejected" { Some(share.unwrap_or(1.0).max(1.0)) } else { share };
    let mut parsed = ParsedBody::default();
    match WINDOWS.iter().find(|(key, _)| *key == kind) {
        Some((place, minutes)) => {
            let amounts = used(share.map(|s| s * 100.0));
            parsed.views.extend(View::new(place, *minutes, amounts, Reset::at(info.get("resetsAt"))));
        }
        None if status == "rejected" => parsed.remarks.push(MODEL_WINDOW.to_owned()),
        None => {}
    }
    Some(parsed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn windows(body: &Value) -> Vec<(u32, Option<f64>, Option<String>)> {
        let state = ClaudeUsage.reads(body).unwrap().state(None);
        state.windows.iter().map(|w| (w.window_minutes, w.remaining_share, w.resets_at.map(|t| t.rfc3339()))).collect()
    }

    fn at(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn an_exhausted_session_and_a_half_used_week() {
        let body = json!({"five_hour": {"utilization": 100.0, "resets_at": "2026-07-14T21:00:00.528743+00:00"},
            "seven_day": {"utilization": 60.0, "resets_at": "2026-07-18T07:59:59+00:00"}, "seven_day_opus": null,
            "iguana_necktie": null, "extra_usage": {"is_enabled": false, "monthly_limit": 5000},
            "limits": [{"kind": "session", "group": "session", "percent": 100,
                        "resets_at": "2026-07-14T21:00:00.528743+00:00", "scope": null, "is_active": true},
                       {"kind": "weekly_scoped", "group": "weekly", "percent": 12,
                        "scope": {"model": {"display_name": "m"}}, "is_active": false}], "spend": null});
        assert_eq!(
            windows(&body),
            [(300, Some(0.0), at("2026-07-14T21:00:00.528Z")), (10_080, Some(0.4), at("2026-07-18T07:59:59.000Z"))]
        );
        assert!(ClaudeUsage.reads(&body).unwrap().state(None).conflicts.is_empty(), "a model's 12 % is no conflict");
    }

    #[test]
    fn untouched_and_unknown() {
        let body = json!({"five_hour": {"utilization": 0.0, "resets_at": null}, "seven_day": {"utilization": null}});
        assert_eq!(windows(&body), [(300, Some(1.0), None), (10_080, None, None)]);
    }

    #[test]
    fn a_used_up_model_is_reported_and_not_the_account_s() {
        let body = json!({"five_hour": {"utilization": 10}, "seven_day": {"utilization": 20},
                          "seven_day_opus": {"utilization": 100.0, "resets_at": "2026-07-18T07:59:59+00:00"}});
        assert_eq!(windows(&body), [(300, Some(0.9), None), (10_080, Some(0.8), None)]);
        assert_eq!(ClaudeUsage.reads(&body).unwrap().state(None).conflicts, [MODEL_WINDOW]);
    }

    #[test]
    fn the_status_line_s_form() {
        let body = json!({"model": {"id": "m"}, "rate_limits": {
            "five_hour": {"used_percentage": 25, "resets_at": 1_738_425_600},
            "seven_day": {"used_percentage": 105, "resets_at": 1_738_857_600}}});
        assert_eq!(
            windows(&body),
            [(300, Some(0.75), at("2025-02-01T16:00:00.000Z")), (10_080, Some(0.0), at("2025-02-06T16:00:00.000Z"))]
        );
    }

    #[test]
    fn an_epoch_in_the_place_of_a_percentage_is_unknown() {
        let body = json!({"captured_at_epoch": 1_738_420_000, "rate_limits": {
            "five_hour": {"used_percentage": 1_738_425_600, "resets_at": 1_738_425_600}}});
        assert_eq!(windows(&body), [(300, None, at("2025-02-01T16:00:00.000Z"))]);
    }

    #[test]
    fn events_tell_shares_and_a_warning_is_no_refusal() {
        let event = |kind: &str, status: &str, share: f64| {
            json!({"type": "rate_limit_event", "rate_limit_info":
                {"rateLimitType": kind, "status": status, "utilization": share, "resetsAt": 1_738_425_600}})
        };
        let reset = at("2025-02-01T16:00:00.000Z");
        assert_eq!(windows(&event("seven_day", "allowed_warning", 0.75)), [(10_080, Some(0.25), reset.clone())]);
        assert_eq!(windows(&event("five_hour", "rejected", 0.98)), [(300, Some(0.0), reset)]);
        let model = ClaudeUsage.reads(&event("seven_day_opus", "rejected", 1.0)).unwrap().state(None);
        assert_eq!((model.windows.len(), model.conflicts.len()), (0, 1));
    }

    #[test]
    fn extra_usage_is_reported_when_a_window_is_empty() {
        let body = json!({"five_hour": {"utilization": 100}, "extra_usage": {"is_enabled": true, "utilization": 25.0}});
        assert_eq!(ClaudeUsage.reads(&body).unwrap().state(None).conflicts.len(), 1);
    }

    #[test]
    fn other_bodies_are_not_read() {
        for body in [json!({"five_hour": 3}), json!({"seven_day": {"title": "x"}}), json!({"limits": []}), json!({})] {
            assert_eq!(ClaudeUsage.reads(&body), None, "{body}");
        }
    }
}
