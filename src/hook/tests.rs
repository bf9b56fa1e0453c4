use serde_json::{Value, json};

use super::*;

fn at(time: &str) -> Time {
    Time::parse_rfc3339(&format!("2026-03-03T{time}Z")).unwrap()
}

fn asked(now: &str) -> Asked<'static> {
    Asked {
        now: at(now),
        client: None,
        provider: None,
        account: None,
        before: b"",
        shown: |t| t.rfc3339()[11..16].to_owned(),
    }
}

fn take_value(event: &Value, asked: &Asked<'_>) -> Taken {
    take(event.to_string().as_bytes(), asked)
}

fn only(taken: &Taken) -> Value {
    assert_eq!(taken.lines.len(), 1, "{taken:?}");
    assert!(taken.lines[0].starts_with(ledger::BEGIN));
    serde_json::from_str(&taken.lines[0]).unwrap()
}

/// The example of Claude Code's hooks reference, StopFailure.
fn stop() -> Value {
    json!({"session_id": "abc123", "transcript_path": "/home/u/.claude/projects/p/abc123.jsonl", "cwd": "/home/u/secret-project",
        "hook_event_name": "StopFailure", "error": "rate_limit", "error_details": "429 Too Many Requests",
        "last_assistant_message": "API Error: Rate limit reached"})
}

fn status(used: f64, api_ms: u64) -> Value {
    json!({"session_id": "s1", "cwd": "/home/u/secret-project", "model": {"id": "m", "display_name": "M"},
        "cost": {"total_cost_usd": 1.5, "total_api_duration_ms": api_ms}, "context_window": {"used_percentage": 8},
        "rate_limits": {"five_hour": {"used_percentage": used, "resets_at": at("17:16:04").secs()},
                        "seven_day": {"used_percentage": 41.2, "resets_at": at("23:00:00").secs()}}})
}

#[test]
fn a_stop_is_kept_with_its_status_and_text_and_nothing_of_the_project() {
    let taken = take_value(&stop(), &asked("16:19:58"));
    let line = only(&taken);
    assert_eq!(taken.shown, None, "a hook prints nothing");
    assert_eq!((line["kind"].as_str(), line["at"].as_str()), (Some("stop"), Some("2026-03-03T16:19:58.000Z")));
    assert_eq!((line["client"].as_str(), line["session"].as_str()), (Some("claude-code"), Some("abc123")));
    assert_eq!((line["status"].as_u64(), line["error"].as_str()), (Some(429), Some("rate_limit")));
    assert_eq!(line["message"], "API Error: Rate limit reached");
    assert!(!taken.lines[0].contains("secret-project") && !taken.lines[0].contains("/home/u"), "{}", taken.lines[0]);
}

#[test]
fn kimi_code_s_form_and_a_wrapper_s() {
    let event = json!({"hook_event_name": "StopFailure", "session_id": "session_1", "client_type": "kimi_code_cli", "cwd": "/x", "error_type": "APIStatusError",
        "error_message": "Error code: 429 - the engine is busy"});
    let line = only(&take_value(&event, &asked("16:00:00")));
    assert_eq!((line["client"].as_str(), line["error"].as_str()), (Some("kimi-code"), Some("APIStatusError")));
    assert_eq!(line["message"], "Error code: 429 - the engine is busy");
    let event = json!({"hook_event_name": "StopFailure", "client": "mine", "provider": "openai", "status": 429});
    let line = only(&take_value(&event, &asked("16:00:00")));
    assert_eq!(
        (line["client"].as_str(), line["provider"].as_str(), line["status"].as_u64()),
        (Some("mine"), Some("openai"), Some(429))
    );
}

#[test]
fn what_is_no_refusal_is_not_kept() {
    let mut event = stop();
    for kind in ["max_output_tokens", "invalid_request", "model_not_found"] {
        event["error"] = json!(kind);
        assert_eq!(take_value(&event, &asked("16:00:00")).lines, Vec::<String>::new(), "{kind}");
    }
    for event in
        [json!({"hook_event_name": "Stop", "last_assistant_message": "done"}), json!({"a": 1}), json!([1]), json!(null)]
    {
        let taken = take_value(&event, &asked("16:00:00"));
        assert!(taken.lines.is_empty() && taken.shown.is_none() && taken.why_not.is_some(), "{event}: {taken:?}");
    }
}

#[test]
fn a_status_line_becomes_a_snapshot_and_a_short_text() {
    let taken = take_value(&status(23.5, 1_000), &asked("16:40:11"));
    let line = only(&taken);
    assert_eq!(taken.shown.as_deref(), Some("5-hour 24 % used, resets 17:16 | weekly 41 % used, resets 23:00"));
    assert_eq!(
        (line["captured_at"].as_str(), line["provider"].as_str()),
        (Some("2026-03-03T16:40:11.000Z"), Some("claude-code"))
    );
    assert_eq!(line["windows"][0]["window_minutes"], 300);
    assert_eq!(line["windows"][0]["resets_at"], "2026-03-03T17:16:04.000Z");
    assert!(!taken.lines[0].contains("secret-project") && !taken.lines[0].contains("cost_usd"));
    let none = super::take(br#"{"session_id":"s1","model":{"id":"m"}}"#, &asked("16:40:11"));
    assert!(none.lines.is_empty() && none.shown.as_deref() == Some("limits: not reported yet"));
}

#[test]
fn numbers_that_the_session_showed_before_are_not_dated_anew() {
    let first = take_value(&status(100.0, 1_000), &asked("16:40:00"));
    let before = format!("{}\n", first.lines[0]);
    let again =
        |event: &Value, now: &str| take_value(event, &Asked { before: before.as_bytes(), ..asked(now) }).lines.len();
    assert_eq!(again(&status(100.0, 1_000), "16:59:00"), 0, "drawn again, and nothing was asked");
    assert_eq!(again(&status(100.0, 2_000), "16:40:30"), 0, "an answer, but within a minute");
    assert_eq!(again(&status(100.0, 2_000), "16:41:00"), 1, "an answer a minute later");
    assert_eq!(again(&status(99.0, 1_000), "16:40:01"), 1, "another number");
    let mut other = status(100.0, 1_000);
    other["session_id"] = json!("s2");
    assert_eq!(again(&other, "16:40:01"), 1, "another session");
    let late = take_value(&status(100.0, 1_000), &asked("17:16:05"));
    assert_eq!(
        only(&late)["windows"].as_array().unwrap().len(),
        1,
        "the 5-hour window has been reset: its number is old"
    );
    assert_eq!(late.shown.as_deref(), Some("weekly 41 % used, resets 23:00"));
}

#[test]
fn a_saved_usage_body_is_dated_by_its_header() {
    let reply = "HTTP/1.1 200 OK\r\nDate: Tue, 03 Mar 2026 16:40:11 GMT\r\n\r\n{\"usage\":{\"limit\":\"100\",\"used\":\"100\"},\"limits\":[{\"window\":{\"duration\":300,\"timeUnit\":\"TIME_UNIT_MINUTE\"},\"detail\":{\"limit\":\"100\",\"used\":\"100\",\"resetTime\":\"2026-03-03T17:16:04Z\"}}],\"parallel\":{\"limit\":\"30\"}}";
    let line = only(&take(reply.as_bytes(), &Asked { account: Some("work"), ..asked("20:00:00") }));
    assert_eq!(
        (line["captured_at"].as_str(), line["account"].as_str()),
        (Some("2026-03-03T16:40:11.000Z"), Some("work"))
    );
    assert_eq!((line["provider"].as_str(), line["concurrency_limit"].as_u64()), (Some("kimi-code"), Some(30)));
    let refused = reply.replace("200 OK", "429 Too Many Requests");
    assert!(take(refused.as_bytes(), &asked("20:00:00")).lines.is_empty(), "the usage endpoint refused, not the model");
}

#[test]
fn anything_else_gives_nothing() {
    let deep = "[".repeat(100_000);
    for event in
        ["", " \n", "\u{0}\u{0}", "{", "HTTP/1.1 200 OK\n\n", &deep, "{\"hook_event_name\":\"StopFail", "\u{feff}"]
    {
        assert!(take(event.as_bytes(), &asked("16:00:00")).lines.is_empty());
    }
    assert!(take(&vec![b'y'; 3 << 20], &asked("16:00:00")).lines.is_empty());
    assert!(take(&[0xff, 0xfe, 0x80], &asked("16:00:00")).lines.is_empty());
    let long = json!({"hook_event_name": "StopFailure", "error": "rate_limit", "error_message": "é".repeat(5_000)});
    assert!(take_value(&long, &asked("16:00:00")).lines[0].len() < 800);
}

#[test]
fn a_ledger_is_cut_by_age_and_by_size() {
    let line = |time: &str| {
        format!("{{\"schema\":\"why429.ledger/v1\",\"kind\":\"stop\",\"at\":\"{time}\",\"client\":\"c\"}}\n")
    };
    let now = at("16:00:00");
    let (old, new) = (line("2025-11-20T00:00:00Z"), line("2026-03-01T00:00:00Z"));
    assert!(ledger::is_due(10, old.as_bytes(), now) && !ledger::is_due(10, new.as_bytes(), now));
    assert!(ledger::is_due(ledger::LARGEST + 1, new.as_bytes(), now) && !ledger::is_due(10, b"torn", now));
    let kept = ledger::prune(format!("{old}torn{new}{new}").as_bytes(), now);
    assert_eq!(String::from_utf8(kept).unwrap(), new, "of a torn line nothing stays");
    let large = new.repeat(60_000);
    let kept = ledger::prune(large.as_bytes(), now);
    assert!(kept.len() <= 2 << 20 && kept.len() > 2_000_000 && kept.starts_with(new.as_bytes()), "{}", kept.len());
}
