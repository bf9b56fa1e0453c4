//! Tests of the canonical form.

use super::*;
use crate::formats::Parsed;
use crate::formats::testing::{format_id, parse, text};
use crate::model::{Class, Outcome};

fn read(lines: &str) -> Parsed {
    parse(&Canonical, "log.jsonl", lines.as_bytes())
}

fn problems(parsed: &Parsed) -> Vec<(u64, &str, u64)> {
    parsed.problems.iter().map(|p| (p.line, p.reason.as_str(), p.count)).collect()
}

#[test]
fn the_documented_example() {
    let parsed = read(concat!(
        r#"{"start":"2026-03-03T16:19:00.123Z","end":"2026-03-03T16:19:01.050Z","status":429,"error_type":"rate_limit_reached_error","#,
        r#""error_message":"full","input_tokens":1200,"output_tokens":0,"cache_read_tokens":0,"cache_write_tokens":0,"#,
        r#""provider":"kimi-code","account":"acct0","model":"m","session":"s1","agent":"sub-3","request_id":"r-1","retry_after_s":1.5,"attempt":2}"#,
        "\n"
    ));
    let row = &parsed.attempts[0];
    assert_eq!((row.outcome, row.class, row.status), (Outcome::Refused, Class::RateLimited, Some(429)));
    assert_eq!(row.start.rfc3339(), "2026-03-03T16:19:00.123Z");
    assert_eq!(row.end.unwrap().since(row.start), 0.927);
    assert_eq!((row.tokens.input.get(), row.tokens.output.get()), (Some(1200), Some(0)));
    let ids = [row.provider, row.account, row.model, row.session, row.agent, row.request_id, row.error_kind];
    let actual = ids.map(|id| text(&parsed, id));
    assert_eq!(actual, ["kimi-code", "acct0", "m", "s1", "sub-3", "r-1", "rate_limit_reached_error"]);
    assert_eq!(row.retry_after_s(), Some(1.5));
    assert!(parsed.problems.is_empty() && parsed.unknown_keys.is_empty());
}

#[test]
fn of_a_text_without_end_its_beginning_is_kept() {
    let long = "Ä".repeat(100_000);
    let parsed = read(&format!(
        "{{\"start\":\"2026-03-03T16:19:00Z\",\"status\":429,\"provider\":\"{long}\",\"error_type\":\"{long}\"}}\n"
    ));
    let row = &parsed.attempts[0];
    assert_eq!([row.provider, row.error_kind].map(|id| text(&parsed, id).len()), [600, 600]);
}

#[test]
fn opentelemetry_names_and_epochs() {
    let parsed = read(concat!(
        r#"{"startTimeUnixNano":"1772554740123000000","end":1772554741.123,"http.response.status_code":200,"gen_ai.request.model":"a","gen_ai.response.model":"b","#,
        r#""gen_ai.usage.input_tokens":7,"gen_ai.system":"old","gen_ai.provider.name":"new"}"#,
        "\n",
        r#"{"end":1772554741123,"duration_ms":1000,"error.type":"429","exception.message":"slow down"}"#,
        "\n"
    ));
    let [ok, refused] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
    assert_eq!(ok.start, refused.start);
    assert_eq!((text(&parsed, ok.model), text(&parsed, ok.provider)), ("a", "new"));
    assert_eq!(ok.tokens.total(), Some(7));
    assert_eq!((refused.status, text(&parsed, refused.error_message)), (Some(429), "slow down"));
}

#[test]
fn no_answer_has_a_null_status() {
    let row = read("{\"start\":1772554740,\"status\":null,\"error_type\":\"ECONNRESET\"}\n").attempts[0];
    assert_eq!((row.class, row.outcome, row.status, row.end), (Class::Network, Outcome::Refused, None, None));
}

#[test]
fn what_is_wrong_is_named_and_the_rest_is_read() {
    let parsed = read(concat!(
        r#"{"start":"2026-03-03T16:19:00","end":"2026-03-03T16:19:01Z","status":429,"input_tokens":-5,"model":7}"#,
        "\n",
        r#"{"start":"2026-03-03T16:19:01Z","status":"503","outcome":"maybe","session":{"a":[1]},"retry_after_s":-1}"#,
        "\n",
        r#"{"start":"2026-03-03T16:19:01Z","status":200,"status":429}"#,
        "\n"
    ));
    assert_eq!(parsed.attempts.iter().map(|a| a.status).collect::<Vec<_>>(), [Some(429), Some(503), Some(429)]);
    assert_eq!(parsed.attempts[0].tokens.input.get(), None);
    assert_eq!(
        problems(&parsed),
        [
            (1, "input_tokens is negative", 1),
            (1, "model is not a text", 1),
            (2, "outcome is neither ok nor error", 1),
            (2, "retry_after_s is negative", 1),
            (2, "session is not a text", 1),
            (3, "a key stands twice; the last one counts", 1),
        ]
    );
}

#[test]
fn unknown_keys_are_counted_and_skipped_however_deep() {
    let deep = format!("{}{}", "[".repeat(2000), "]".repeat(2000));
    let parsed = read(&format!("{{\"start\":1772554740,\"status\":200,\"extra\":{deep},\"model\":null}}\n"));
    assert_eq!(parsed.attempts.len(), 1);
    assert_eq!(parsed.unknown_keys.get("extra"), Some(&1));
    assert!(parsed.problems.is_empty());
}

#[test]
fn lines_that_are_no_attempts() {
    let parsed =
        read("not json\n[1]\n{\"start\":1772554740}\n{\"status\":429}\n{\"start\":1,\"status\":429}\n{\"start\":17725");
    assert!(parsed.attempts.is_empty());
    assert_eq!(
        problems(&parsed),
        [
            (1, "not a JSON object", 2),
            (3, "no start or end, or none of status, outcome and error_type; line ignored", 2),
            (5, "no believable time; line ignored", 1),
            (5, "start is outside 2015 to 2090", 1),
        ],
        "the cut last line is no problem"
    );
}

#[test]
fn recognised_though_its_first_line_is_broken() {
    let good = "{\"start\":1772554740,\"status\":200}\n";
    assert_eq!(format_id(&format!("{{\"start\":17\n{good}")), Some("canonical"));
    assert_eq!(
        format_id("{\"captured_at\":\"2026-03-03T16:40:00Z\",\"windows\":[]}\n"),
        Some("usage-ledger"),
        "a ledger is none of ours"
    );
    assert_eq!(format_id("{\"status\":\"ok\"}\n"), None);
}

#[test]
fn of_two_keys_for_one_field_the_canonical_one_counts() {
    let rows = read(concat!(
        "{\"start\":1772554740,\"http.status_code\":500,\"status\":429,\"http.response.status_code\":503}\n",
        "{\"start\":1772554740,\"status\":null,\"http.response.status_code\":503,\"error_type\":\"E\"}\n",
        "{\"start\":1772554740,\"http.response.status_code\":503,\"status\":null,\"error_type\":\"E\"}\n",
    ));
    assert_eq!(rows.attempts.iter().map(|a| a.status).collect::<Vec<_>>(), [Some(429), Some(503), Some(503)]);
    assert!(rows.problems.is_empty());
}

#[test]
fn headers_with_limits_are_a_reading_of_the_row() {
    let row = |headers: &str| {
        format!(
            r#"{{"start":"2026-03-03T16:19:00Z","end":"2026-03-03T16:19:01Z","status":429,"provider":"p","account":"a",{headers}}}"#
        )
    };
    let object = r#""response_headers":{"X-Codex-Primary-Used-Percent":"100","x-codex-primary-window-minutes":"300","authorization":"k"}"#;
    let otel = r#""http.response.header.x-codex-primary-used-percent":["100"],"http.response.header.x-codex-primary-window-minutes":["300"]"#;
    for headers in [object, otel] {
        let parsed = read(&row(headers));
        let snapshot = &parsed.snapshots[0];
        assert_eq!((parsed.attempts.len(), parsed.snapshots.len()), (1, 1), "{headers}");
        assert_eq!((snapshot.provider.as_deref(), snapshot.account.as_deref()), (Some("p"), Some("a")));
        assert_eq!(snapshot.captured.unwrap().at.rfc3339(), "2026-03-03T16:19:01.000Z");
        assert_eq!(snapshot.state.windows[0].remaining_share, Some(0.0));
    }
    let other = read(&row(r#""headers":{"content-type":"text/plain"}"#));
    assert_eq!((other.attempts.len(), other.snapshots.len(), other.problems.len()), (1, 0, 0));
}
