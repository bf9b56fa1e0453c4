//! ChatGPT plans (Codex): `GET /backend-api/wham/usage`, `rate_limits` of session logs and of the app server.
//!
//! In: a primary and a secondary window with a used percentage, a length and a reset. Out: windows named by their length,
//! since slots change with the plan. Always: a window whose reset lies its whole length ahead has not begun, whatever
//! percentage is shown (1 is the floor); limits of one feature are reported, not taken for the account's.

use serde_json::{Map, Value};

use super::parsed_body::Reset;
use super::percent::{object, quantity, used};
use super::{ParsedBody, SnapshotFormat, SnapshotInfo, View, lenient};
use crate::model::Time;

/// Snapshots of a ChatGPT plan.
#[derive(Debug)]
pub struct CodexUsage;

static INFO: SnapshotInfo = SnapshotInfo {
    id: "codex-usage",
    provider: "codex",
    from: "GET https://chatgpt.com/backend-api/wham/usage (also /api/codex/usage), token_count events of session logs, or \
           the app server's rate limits",
    shows: "the windows of the plan, named by their length, and credits",
    not_logged: "how many requests are in flight, limits per minute",
    established: "read",
};

const SLOTS: [&str; 4] = ["primary_window", "secondary_window", "primary", "secondary"];

/// The limit of the account; others are one feature's.
const ACCOUNT_LIMIT: &str = "codex";

/// A reset that lies the window's length ahead, less this, in seconds, is a placeholder.
const PLACEHOLDER_S: f64 = 120.0;

impl SnapshotFormat for CodexUsage {
    fn info(&self) -> &'static SnapshotInfo {
        &INFO
    }

    fn reads(&self, body: &Value) -> Option<ParsedBody> {
        let body = body.as_object()?;
        let inner = ["rate_limit", "rate_limits", "rateLimits"].iter().find_map(|k| object(body, k));
        let parsed = match inner {
            Some(limits) => windows(limits)?,
            // Depleted credits: the plan is there, its windows are not.
            None if body.contains_key("plan_type") && body.get("rate_limit") == Some(&Value::Null) => {
                ParsedBody::default()
            }
            None if is_named(body) => windows(body)?,
            None => return None,
        };
        let mut parsed =
            ParsedBody { provider: Some(INFO.provider.to_owned()), anchored: true, idle_moves: true, ..parsed };
        take_account(body, &mut parsed);
        take_account(inner.unwrap_or(body), &mut parsed);
        Some(parsed)
    }
}

/// Whether a bare object says that it is Codex's: quota meters write windows of other providers in this shape.
fn is_named(body: &Map<String, Value>) -> bool {
    ["limit_id", "limitId", "plan_type", "planType", "rate_limit_reached_type"].iter().any(|k| body.contains_key(*k))
}

fn windows(limits: &Map<String, Value>) -> Option<ParsedBody> {
    let slots = SLOTS
        .iter()
        .filter_map(|k| Some((*k, object(limits, k)?)))
        .filter(|(_, w)| w.contains_key("used_percent") || w.contains_key("usedPercent"));
    let slots: Vec<_> = slots.collect();
    let empty = SLOTS.iter().any(|k| limits.get(*k) == Some(&Value::Null));
    if slots.is_empty() && !(empty && is_named(limits)) {
        return None;
    }
    let mut parsed = ParsedBody::default();
    let other = ["limit_id", "limitId"].iter().find_map(|k| lenient::text(limits, k)).filter(|id| *id != ACCOUNT_LIMIT);
    if other.is_some() {
        parsed.remarks.extend(slots.iter().any(|(_, w)| is_spent(w)).then(|| FEATURE.to_owned()));
        return Some(parsed);
    }
    for (place, window) in slots {
        parsed.captured = parsed.captured.or_else(|| capture_time(window));
        parsed.views.extend(view(place, window));
    }
    if limits.get("limit_reached") == Some(&Value::Bool(true)) && !parsed.views.iter().any(|v| v.share() == Some(0.0)) {
        parsed
            .remarks
            .push("The body says that a limit is reached, but no window in it shows nothing left.".to_owned());
    }
    Some(parsed)
}

/// Reported when the limit of one feature or model is used up.
const FEATURE: &str = "A limit of one model or feature shows nothing left; it is not the account's window.";

fn percent(window: &Map<String, Value>) -> Option<f64> {
    quantity(window, &["used_percent", "usedPercent"])
}

fn is_spent(window: &Map<String, Value>) -> bool {
    percent(window).is_some_and(|p| p >= 100.0)
}

fn minutes(window: &Map<String, Value>) -> Option<u32> {
    let seconds = quantity(window, &["limit_window_seconds"]).map(|s| s / 60.0);
    let minutes = seconds.or_else(|| quantity(window, &["window_minutes", "windowMinutes", "windowDurationMins"]))?;
    (1.0..=f64::from(u32::MAX)).contains(&minutes).then_some(minutes.round() as u32)
}

fn delay(window: &Map<String, Value>) -> Option<f64> {
    quantity(window, &["reset_after_seconds", "resets_in_seconds", "resetsInSeconds"])
}

fn reset(window: &Map<String, Value>) -> Option<Reset> {
    Reset::at(lenient::first(window, &["reset_at", "resets_at", "resetAt", "resetsAt"]))
        .or_else(|| delay(window).map(Reset::In))
}

fn view(place: &'static str, window: &Map<String, Value>) -> Option<View> {
    let minutes = minutes(window)?;
    let idle = delay(window).is_some_and(|d| d >= 60.0 * f64::from(minutes) - PLACEHOLDER_S) && !is_spent(window);
    View::new(place, minutes, used(percent(window)), reset(window).filter(|_| !idle))
}

/// The body gives its own capture time: the reset less the seconds until it.
fn capture_time(window: &Map<String, Value>) -> Option<Time> {
    let Some(Reset::At(reset)) = reset(window) else { return None };
    delay(window).map(|d| reset.plus(-d))
}

/// Credits and the limits of single features.
fn take_account(body: &Map<String, Value>, parsed: &mut ParsedBody) {
    if let Some(credits) = object(body, "credits") {
        parsed.balance = parsed.balance.or_else(|| credits.get("balance").and_then(lenient::number));
        let has =
            ["has_credits", "hasCredits", "unlimited"].iter().any(|k| credits.get(*k) == Some(&Value::Bool(true)));
        parsed.extra_usage |= has;
    }
    let others = body.get("additional_rate_limits").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let spent = others
        .iter()
        .filter_map(|o| o.get("rate_limit")?.as_object())
        .any(|limits| SLOTS.iter().filter_map(|k| object(limits, k)).any(is_spent));
    if spent && !parsed.remarks.iter().any(|r| r == FEATURE) {
        parsed.remarks.push(FEATURE.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    type Window = (u32, Option<f64>, Option<String>);

    fn windows_of(body: &Value) -> Vec<Window> {
        let parsed = CodexUsage.reads(body).unwrap();
        let state = parsed.state(parsed.captured);
        state.windows.iter().map(|w| (w.window_minutes, w.remaining_share, w.resets_at.map(|t| t.rfc3339()))).collect()
    }

    fn wham(primary: Value, secondary: Value) -> Value {
        json!({"plan_type": "plus", "rate_limit": {"allowed": false, "limit_reached": true,
                 "primary_window": primary, "secondary_window": secondary},
               "additional_rate_limits": null, "code_review_rate_limit": null,
               "credits": {"has_credits": false, "unlimited": false, "balance": "0"},
               "rate_limit_reached_type": {"type": "rate_limit_reached"}})
    }

    #[test]
    fn a_blocked_body_dates_itself() {
        let body = wham(
            json!({"used_percent": 100, "limit_window_seconds": 18_000, "reset_after_seconds": 2_600, "reset_at": 1_784_487_600}),
            json!({"used_percent": 46, "limit_window_seconds": 604_800, "reset_after_seconds": 350_000, "reset_at": 1_784_835_000}),
        );
        let parsed = CodexUsage.reads(&body).unwrap();
        assert_eq!(parsed.captured, Time::from_epoch(1_784_485_000.0));
        assert_eq!(parsed.balance, Some(0.0));
        let reset = |epoch: f64| Time::from_epoch(epoch).map(|t| t.rfc3339());
        assert_eq!(
            windows_of(&body),
            [(300, Some(0.0), reset(1_784_487_600.0)), (10_080, Some(0.54), reset(1_784_835_000.0))]
        );
        assert!(parsed.state(parsed.captured).conflicts.is_empty());
    }

    #[test]
    fn a_window_is_named_by_its_length_not_by_its_slot() {
        let weekly = json!({"used_percent": 30, "limit_window_seconds": 604_800, "reset_after_seconds": 100, "reset_at": 1_784_835_000});
        assert_eq!(windows_of(&wham(weekly, Value::Null))[0].0, 10_080);
    }

    #[test]
    fn an_untouched_window_has_no_reset() {
        let idle = json!({"used_percent": 1, "limit_window_seconds": 18_000, "reset_after_seconds": 18_000, "reset_at": 1_784_503_000});
        assert_eq!(windows_of(&wham(idle, Value::Null)), [(300, Some(0.99), None)]);
        // Without the delay only the capture time shows it.
        let line = json!({"limit_id": "codex", "primary": {"used_percent": 0.0, "window_minutes": 300, "resets_at": 1_784_503_000}});
        let parsed = CodexUsage.reads(&line).unwrap();
        assert_eq!(parsed.state(Time::from_epoch(1_784_485_001.0)).windows[0].resets_at, None);
        assert!(parsed.state(Time::from_epoch(1_784_490_000.0)).windows[0].resets_at.is_some());
    }

    #[test]
    fn rows_of_session_logs_old_and_new() {
        let new = json!({"rate_limits": {"limit_id": "codex", "primary": {"used_percent": 76.0, "window_minutes": 10_080,
                         "resets_at": 1_784_487_518}, "secondary": null, "credits": null, "plan_type": "pro"}});
        assert_eq!(windows_of(&new)[0].1, Some(0.24));
        let old = json!({"rate_limits": {"primary": {"used_percent": 50.0, "window_minutes": 300, "resets_in_seconds": 600}}});
        let at = Time::from_epoch(1_784_485_000.0).unwrap();
        let state = CodexUsage.reads(&old).unwrap().state(Some(at));
        assert_eq!(state.windows[0].resets_at, Some(at.plus(600.0)));
        assert_eq!(windows_of(&json!({"rate_limits": {"limit_id": "codex", "primary": null, "secondary": null}})), []);
    }

    #[test]
    fn the_app_server_s_form_and_other_limits() {
        let body = json!({"rateLimits": {"limitId": "codex", "planType": "pro",
            "primary": {"usedPercent": 12, "windowDurationMins": 300, "resetsAt": 1_784_487_518}}});
        assert_eq!(windows_of(&body)[0].1, Some(0.88));
        let feature = json!({"limit_id": "codex_feature", "primary": {"used_percent": 100, "window_minutes": 300}});
        let state = CodexUsage.reads(&feature).unwrap().state(None);
        assert_eq!((state.windows.len(), state.conflicts.len()), (0, 1));
    }

    #[test]
    fn depleted_credits_without_windows_and_reached_limits_that_no_window_shows() {
        let depleted =
            json!({"plan_type": "team", "rate_limit": null, "credits": {"has_credits": false, "balance": "0"}});
        assert_eq!(windows_of(&depleted), []);
        let odd = wham(json!({"used_percent": 2, "limit_window_seconds": 18_000}), Value::Null);
        assert_eq!(CodexUsage.reads(&odd).unwrap().state(None).conflicts.len(), 1);
    }

    #[test]
    fn other_bodies_are_not_read() {
        for body in [
            json!({"primary": {"usedPercent": 3, "windowMinutes": 300}}),
            json!({"rate_limits": {"five_hour": {"used_percentage": 3}}}),
            json!({"rate_limit": 3}),
            json!({"rate_limit": null}),
            json!({"primary": "blue"}),
        ] {
            assert_eq!(CodexUsage.reads(&body), None, "{body}");
        }
    }
}
