use serde_json::json;

use super::*;
use crate::model::{CaptureBasis, FileId};

type Window = (u32, Option<f64>, Option<String>);

fn read(headers: &[(&str, &str)]) -> Option<(Option<String>, Vec<Window>, Vec<String>)> {
    let (_, parsed) = from_headers(headers.iter().copied())?;
    let state = parsed.state(Time::parse_rfc3339("2026-03-25T20:25:05Z"));
    let windows =
        state.windows.iter().map(|w| (w.window_minutes, w.remaining_share, w.resets_at.map(|t| t.rfc3339()))).collect();
    Some((parsed.provider, windows, state.conflicts))
}

fn at(text: &str) -> Option<String> {
    Some(text.to_owned())
}

const REJECTED: &[(&str, &str)] = &[
    ("Anthropic-RateLimit-Unified-Status", "rejected"),
    ("anthropic-ratelimit-unified-reset", "1774472400"),
    ("anthropic-ratelimit-unified-representative-claim", "five_hour"),
    ("anthropic-ratelimit-unified-5h-status", "rejected"),
    ("anthropic-ratelimit-unified-5h-utilization", "1.02"),
    ("anthropic-ratelimit-unified-5h-reset", "1774472400"),
    ("anthropic-ratelimit-unified-7d-status", "allowed"),
    ("anthropic-ratelimit-unified-7d-utilization", "0.5"),
    ("anthropic-ratelimit-unified-7d-reset", "1774900000"),
    ("retry-after", "2094"),
    ("authorization", "Bearer secret"),
];

#[test]
fn a_rejected_subscription_names_its_window_and_dates_itself() {
    let (provider, windows, remarks) = read(REJECTED).unwrap();
    assert_eq!(provider.as_deref(), Some("claude-code"));
    assert_eq!(
        windows,
        [(300, Some(0.0), at("2026-03-25T21:00:00.000Z")), (10_080, Some(0.5), at("2026-03-30T19:46:40.000Z"))]
    );
    assert_eq!(remarks, Vec::<String>::new());
    // 21:00:00 less 2094 s is 20:25:06.
    let captured = from_headers(REJECTED.iter().copied()).unwrap().1.captured.unwrap();
    assert_eq!(captured.rfc3339(), "2026-03-25T20:25:06.000Z");
}

#[test]
fn shares_are_not_percents() {
    let (_, windows, _) = read(&[
        ("anthropic-ratelimit-unified-status", "allowed"),
        ("anthropic-ratelimit-unified-5h-utilization", "0.25"),
        ("anthropic-ratelimit-unified-7d-utilization", "1.0"),
    ])
    .unwrap();
    assert_eq!(windows, [(300, Some(0.75), None), (10_080, Some(0.0), None)]);
}

#[test]
fn a_rejection_by_neither_window_is_reported() {
    let (_, windows, remarks) = read(&[
        ("anthropic-ratelimit-unified-status", "rejected"),
        ("anthropic-ratelimit-unified-representative-claim", "seven_day_opus"),
        ("anthropic-ratelimit-unified-5h-status", "allowed"),
        ("anthropic-ratelimit-unified-5h-utilization", "0.5"),
    ])
    .unwrap();
    assert_eq!((windows[0].1, remarks.len()), (Some(0.5), 1));
    let claimed = [
        ("anthropic-ratelimit-unified-status", "rejected"),
        ("anthropic-ratelimit-unified-reset", "1774900000"),
        ("anthropic-ratelimit-unified-representative-claim", "seven_day"),
    ];
    assert_eq!(read(&claimed).unwrap().1, [(10_080, Some(0.0), at("2026-03-30T19:46:40.000Z"))]);
}

#[test]
fn of_an_api_key_s_buckets_the_tightest_counts() {
    let (provider, windows, remarks) = read(&[
        ("anthropic-ratelimit-requests-limit", "50"),
        ("anthropic-ratelimit-requests-remaining", "49"),
        ("anthropic-ratelimit-input-tokens-limit", "30000"),
        ("anthropic-ratelimit-input-tokens-remaining", "0"),
        ("anthropic-ratelimit-input-tokens-reset", "2026-03-25T20:25:40Z"),
    ])
    .unwrap();
    assert_eq!(provider.as_deref(), Some("anthropic"));
    assert_eq!(windows, [(1, Some(0.0), at("2026-03-25T20:25:40.000Z"))]);
    assert!(remarks.is_empty(), "different units are no conflict");
}

#[test]
fn codex_windows_are_named_by_length() {
    let (provider, windows, _) = read(&[
        ("x-codex-primary-used-percent", "100"),
        ("x-codex-primary-window-minutes", "10080"),
        ("x-codex-primary-reset-at", "1774900000"),
        ("x-codex-secondary-used-percent", "25"),
        ("x-codex-secondary-window-minutes", "300"),
        ("x-codex-secondary-reset-after-seconds", "60"),
        ("x-codex-other-primary-used-percent", "100"),
    ])
    .unwrap();
    assert_eq!(provider.as_deref(), Some("codex"));
    assert_eq!(
        windows,
        [(300, Some(0.75), at("2026-03-25T20:26:05.000Z")), (10_080, Some(0.0), at("2026-03-30T19:46:40.000Z"))]
    );
}

#[test]
fn copilot_s_quotas() {
    let premium = "ent=300&ov=0.0&ovPerm=false&rem=25&rst=2026-04-01T00%3A00%3A00Z";
    let (provider, windows, _) = read(&[("x-quota-snapshot-premium_interactions", premium)]).unwrap();
    assert_eq!(provider.as_deref(), Some("github-copilot"));
    assert_eq!(windows, [(43_200, Some(0.25), at("2026-04-01T00:00:00.000Z"))]);
    let (_, windows, remarks) =
        read(&[("x-usage-ratelimit-session", "ent=1&rem=0"), ("x-usage-ratelimit-weekly", "ent=1&rem=50")]).unwrap();
    assert_eq!((windows[0].0, windows[0].1, remarks.len()), (10_080, Some(0.5), 1));
    assert!(read(&[("x-quota-snapshot-premium_interactions", "ent=-1&rem=100")]).is_none());
}

#[test]
fn counts_of_the_minute_and_of_the_day() {
    let (provider, windows, _) = read(&[
        ("x-ratelimit-limit-requests", "200"),
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-reset-requests", "7m12s"),
        ("x-ratelimit-limit-tokens", "1000"),
        ("x-ratelimit-remaining-tokens", "250"),
        ("x-ratelimit-reset-tokens", "20ms"),
    ])
    .unwrap();
    assert_eq!(provider, None, "many providers send these names");
    assert_eq!(windows.iter().map(|w| (w.0, w.1)).collect::<Vec<_>>(), [(1, Some(0.25)), (1440, Some(0.0))]);
    assert_eq!(windows[1].2, at("2026-03-25T20:32:17.000Z"));
    let router = [("X-RateLimit-Limit", "50"), ("X-RateLimit-Remaining", "0"), ("X-RateLimit-Reset", "1774483200000")];
    assert_eq!(read(&router).unwrap().1, [(1440, Some(0.0), at("2026-03-26T00:00:00.000Z"))]);
}

#[test]
fn what_is_missing_or_odd_is_unknown() {
    assert!(read(&[("x-ratelimit-limit-requests", "200")]).is_none(), "remaining is not told");
    let zero = [("x-ratelimit-limit-requests", "0"), ("x-ratelimit-remaining-requests", "0")];
    assert!(read(&zero).is_none(), "limit 0 is not measured");
    assert!(read(&[("x-ratelimit-remaining-requests", "-1"), ("x-ratelimit-limit-requests", "5")]).is_none());
    assert!(read(&[("retry-after", "3")]).is_none());
    assert!(read(&[("content-type", "application/json")]).is_none());
    let long = "9".repeat(1000);
    assert!(read(&[("x-ratelimit-limit-requests", long.as_str()), ("x-ratelimit-remaining-requests", "1")]).is_none());
}

#[test]
fn a_row_s_headers_become_a_snapshot_with_the_row_s_time() {
    let at = Time::parse_rfc3339("2026-03-25T20:25:05Z");
    let source = SourceRef { file: FileId(3), line: 7 };
    let snapshot = snapshot(REJECTED.iter().copied(), at, source).unwrap();
    let captured = snapshot.captured.unwrap();
    assert_eq!((Some(captured.at), captured.basis, snapshot.source), (at, CaptureBasis::Embedded, source));
    assert_eq!(snapshot.provider.as_deref(), Some("claude-code"));
    assert!(snapshot.state.conflicts.is_empty());
}

#[test]
fn a_json_object_of_headers_is_read_also_as_gateways_rename_them() {
    let object = json!({"llm_provider-x-ratelimit-remaining-requests": 0, "llm_provider-x-ratelimit-limit-requests": ["20"],
                        "content-type": "application/json"});
    let state = HeaderLimits.reads(&object).unwrap().state(None);
    assert_eq!((state.windows[0].window_minutes, state.windows[0].remaining_share), (1, Some(0.0)));
    let underscores = json!({"x_ratelimit_remaining_tokens": 5, "x_ratelimit_limit_tokens": 10});
    assert!(HeaderLimits.reads(&underscores).is_some());
    assert_eq!(HeaderLimits.reads(&json!({"rate-limit": "soon"})), None);
}

#[test]
fn a_length_in_the_name_is_the_window_s() {
    let (_, windows, _) = read(&[
        ("x-ratelimit-limit-requests-day", "14400"),
        ("x-ratelimit-remaining-requests-day", "7200"),
        ("x-ratelimit-reset-requests-day", "3600"),
        ("x-ratelimit-limit-tokens-day", "1000000"),
        ("x-ratelimit-remaining-tokens-day", "750000"),
        ("x-ratelimit-limit-tokens-minute", "60000"),
        ("x-ratelimit-remaining-tokens-minute", "0"),
        ("x-ratelimit-reset-tokens-minute", "11.5"),
    ])
    .unwrap();
    assert_eq!(
        windows,
        [(1, Some(0.0), at("2026-03-25T20:25:16.500Z")), (1440, Some(0.5), at("2026-03-25T21:25:05.000Z"))]
    );
}

/// Groq and Cerebras tell the day's requests only; the day's tokens may be used up all the same.
#[test]
fn requests_left_for_the_day_say_nothing_of_its_tokens() {
    let day = |left: &'static str| {
        let headers = [("x-ratelimit-limit-requests-day", "14400"), ("x-ratelimit-remaining-requests-day", left)];
        read(&headers).map(|r| r.1).unwrap_or_default().iter().map(|w| (w.0, w.1)).collect::<Vec<_>>()
    };
    assert_eq!(day("13990"), []);
    assert_eq!(day("0"), [(1440, Some(0.0))]);
}

#[test]
fn the_draft_s_headers_are_read_where_a_policy_tells_the_length() {
    let half_minute = at("2026-03-25T20:25:35.000Z");
    let three = [("RateLimit-Limit", "100"), ("RateLimit-Remaining", "25"), ("RateLimit-Reset", "30")];
    let forms: [&[(&str, &str)]; 4] = [
        &[three[0], three[1], three[2], ("RateLimit-Policy", "100;w=60, 1000;w=3600")],
        &[("RateLimit-Limit", "100, 100;w=60"), three[1], three[2]],
        &[("RateLimit", "limit=100, remaining=25, reset=30"), ("RateLimit-Policy", "100;w=60")],
        &[("RateLimit", "\"api\";r=25;t=30"), ("RateLimit-Policy", "\"api\";q=100;w=60")],
    ];
    for form in forms {
        assert_eq!(read(form).map(|r| r.1), Some(vec![(1, Some(0.25), half_minute.clone())]), "{form:?}");
    }
    let five_hours = [("RateLimit", "\"plan\";r=0;t=600"), ("RateLimit-Policy", "\"plan\";q=50;w=18000")];
    assert_eq!(read(&five_hours).unwrap().1, [(300, Some(0.0), at("2026-03-25T20:35:05.000Z"))]);
    // Without a length, or of half a minute, nothing is a window.
    assert_eq!(read(&three), None);
    assert_eq!(read(&[three[0], three[1], ("RateLimit-Policy", "100;w=30")]), None);
}
