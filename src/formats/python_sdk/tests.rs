//! Tests of the SDKs' logs.

use super::*;
use crate::formats::Parsed;
use crate::formats::testing::{format_id, parse, text};
use crate::model::{Class, Outcome};

const URL: &str = "https://api.moonshot.cn/v1/chat/completions";

fn read(lines: &[String]) -> Parsed {
    parse(&PythonSdk, "sdk.log", format!("{}\n", lines.join("\n")).as_bytes())
}

/// A line in the SDK's own frame.
fn sdk(second: u8, logger: &str, level: &str, message: &str) -> String {
    format!("[2026-03-03 16:19:{second:02} - {logger}:1025 - {level}] {message}")
}

fn answer(second: u8, status: &str) -> String {
    sdk(second, "httpx", "INFO", &format!("HTTP Request: POST {URL} \"HTTP/1.1 {status}\""))
}

#[test]
fn with_info_every_answer_is_a_row_without_a_start() {
    let parsed = read(&[
        answer(1, "200 OK"),
        answer(2, "429 Too Many Requests"),
        sdk(2, "openai._base_client", "INFO", "Retrying request to /chat/completions in 1.000000 seconds"),
        answer(4, "529 "),
    ]);
    let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.status, a.class, a.start_read, a.fidelity)).collect();
    let inferred = Fidelity::Inferred;
    assert_eq!(
        actual,
        [
            (Some(200), Class::Ok, false, inferred),
            (Some(429), Class::RateLimited, false, inferred),
            (Some(529), Class::Overload, false, inferred)
        ]
    );
    assert!(parsed.local_time);
    assert_eq!(text(&parsed, parsed.attempts[0].provider), "moonshot");
}

#[test]
fn with_debug_start_id_wait_and_text_are_reported_and_the_prompt_is_not() {
    let headers = format!(
        "HTTP Response: POST {URL} \"429 Too Many Requests\" Headers({{'date': 'x', 'x-request-id': 'req-1', 'set-cookie': 'k', 'retry-after': '7'}})"
    );
    let parsed = read(&[
        sdk(
            1,
            "openai._base_client",
            "DEBUG",
            "Request options: {'json_data': {'messages': [{'content': 'HTTP Request: POST https://api.openai.com/v1/chat/completions \"HTTP/1.1 429 no\" Error code: 429 - {}'}]}}",
        ),
        sdk(1, "openai._base_client", "DEBUG", &format!("Sending HTTP Request: POST {URL}")),
        answer(3, "429 Too Many Requests"),
        sdk(3, "openai._base_client", "DEBUG", &headers),
        "Traceback (most recent call last):".to_owned(),
        "openai.RateLimitError: Error code: 429 - {'error': {'message': 'full', 'type': 't'}}".to_owned(),
    ]);
    let [row] = &parsed.attempts[..] else { panic!("{parsed:?}") };
    assert_eq!(row.end.unwrap().since(row.start), 2.0);
    assert_eq!((row.start_read, row.fidelity, row.retry_after_s()), (true, Fidelity::Observed, Some(7.0)));
    assert_eq!(text(&parsed, row.request_id), "req-1");
    assert_eq!(text(&parsed, row.error_message), "Error code: 429 - {'error': {'message': 'full', 'type': 't'}}");
}

#[test]
fn of_several_requests_under_way_no_start_is_guessed() {
    let sending = |s| sdk(s, "openai._base_client", "DEBUG", &format!("Sending HTTP Request: POST {URL}"));
    let parsed = read(&[sending(1), sending(2), answer(3, "200 OK"), answer(9, "200 OK"), sending(10)]);
    assert_eq!(parsed.attempts.iter().map(|a| a.start_read).collect::<Vec<_>>(), [false, true]);
    assert_eq!(parsed.unanswered, 1);
}

#[test]
fn a_retry_without_an_answer_before_it_is_a_request_that_got_none() {
    let retry = |s| sdk(s, "openai._base_client", "INFO", "Retrying request to /chat/completions in 0.4 seconds");
    let parsed = read(&[answer(1, "503 x"), retry(1), retry(5), retry(6)]);
    let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.status, a.class, a.outcome)).collect();
    let lost = (None, Class::Network, Outcome::Refused);
    assert_eq!(actual, [(Some(503), Class::Overload, Outcome::Refused), lost, lost]);
    let foreign = sdk(1, "openai._base_client", "INFO", "Retrying request to /files in 0.4 seconds");
    assert!(read(&[foreign]).attempts.is_empty());
}

#[test]
fn an_error_line_of_the_program_gives_its_text_to_its_own_answer_only() {
    let frame = "2026-03-03 16:19";
    let parsed = read(&[
        format!("{frame}:43,897 - httpx - INFO - HTTP Request: POST {URL} \"HTTP/1.1 429 Too Many Requests\""),
        format!("{frame}:43,897 - app - ERROR - call failed: Error code: 429 - {{'error': {{'message': 'TPM'}}}}"),
        format!("{frame}:50,000 - httpx - INFO - HTTP Request: POST {URL} \"HTTP/1.1 503 x\""),
        format!("{frame}:50,100 - app - INFO - the model said: Error code: 503 - whatever"),
        format!("{frame}:50,100 - app - ERROR - call failed: Error code: 429 - late"),
    ]);
    let actual: Vec<_> = parsed.attempts.iter().map(|a| text(&parsed, a.error_message)).collect();
    assert_eq!(actual, ["Error code: 429 - {'error': {'message': 'TPM'}}", "-"]);
    assert_eq!(parsed.attempts[0].end.unwrap().rfc3339(), "2026-03-03T16:19:43.897Z");
}

#[test]
fn other_requests_of_httpx_are_none_of_ours() {
    let lines = |url: &str| vec![sdk(1, "httpx", "INFO", &format!("HTTP Request: POST {url} \"HTTP/1.1 429 x\""))];
    assert!(read(&lines("https://shop.example/api/orders")).attempts.is_empty());
    assert_eq!(format_id(&lines("https://shop.example/api/orders").concat()), None);
    let get = sdk(1, "httpx", "INFO", "HTTP Request: GET https://api.openai.com/v1/models \"HTTP/1.1 429 x\"");
    assert!(read(&[get]).attempts.is_empty());
}

#[test]
fn recognised_in_any_frame_but_not_where_it_is_quoted() {
    assert_eq!(format_id(&answer(1, "200 OK")), Some("python-sdk"));
    let iso = format!("2026-03-03T16:19:00.5+08:00 INFO [main] httpx: HTTP Request: POST {URL} \"HTTP/1.1 200 OK\"");
    assert_eq!(format_id(&iso), Some("python-sdk"));
    assert!(!read(&[iso]).local_time);
    let quoted = format!("{{\"role\":\"user\",\"content\":\"{}\"}}", answer(1, "429 x").replace('"', "\\\""));
    assert_eq!(format_id(&quoted), None);
    let far = format!("2026-03-03 16:19:00 - chat - INFO - {} httpx {}", "x".repeat(200), answer(1, "429 x"));
    assert_eq!(format_id(&far), None);
}

#[test]
fn a_log_without_stamps_is_said_to_have_none() {
    let parsed = read(&[answer(1, "200 OK"), format!("INFO:httpx:HTTP Request: POST {URL} \"HTTP/1.1 200 OK\"")]);
    assert_eq!((parsed.attempts.len(), parsed.problems.len()), (1, 1));
    assert!(parsed.problems[0].reason.contains("%(asctime)s"));
}

#[test]
fn odd_lines_do_no_harm() {
    for line in
        ["[", "[2026-03-03 16:19:00 - httpx HTTP Request: ", "HTTP Request: POST  \"HTTP/", "é2026 Error code: é"]
    {
        assert!(read(&[line.to_owned()]).attempts.is_empty());
    }
}

/// httpcore prints an answer's headers before httpx logs the answer; the SDK after it.
#[test]
fn headers_of_httpcore_and_of_the_sdk_are_waits_and_readings() {
    let httpcore = "receive_response_headers.complete return_value=(b'HTTP/1.1', 429, b'Too Many Requests', [(b'retry-after', b'9'), \
        (b'x-ratelimit-limit-requests', b'60'), (b'x-ratelimit-remaining-requests', b'0'), (b'x-ratelimit-reset-requests', b'20s'), (b'x-request-id', b'req-7')])";
    let own = format!(
        "HTTP Response: POST {URL} \"200 OK\" Headers({{'x-ratelimit-limit-tokens': '1000', 'x-ratelimit-remaining-tokens': '250', 'x-ratelimit-reset-tokens': '6s'}})"
    );
    let parsed = read(&[
        sdk(1, "httpcore.http11", "DEBUG", httpcore),
        answer(1, "429 Too Many Requests"),
        answer(50, "200 OK"),
        sdk(50, "openai._base_client", "DEBUG", &own),
    ]);
    let [refused, ok] = &parsed.attempts[..] else { panic!("{parsed:?}") };
    assert_eq!((refused.retry_after_s(), text(&parsed, refused.request_id)), (Some(9.0), "req-7"));
    assert_eq!(ok.retry_after_s(), None);
    let windows: Vec<_> = parsed
        .snapshots
        .iter()
        .flat_map(|s| s.state.windows.iter().map(|w| (s.source.line, w.window_minutes, w.remaining_share)))
        .collect();
    assert_eq!(windows, [(2, 1, Some(0.0)), (3, 1, Some(0.25))]);
}
