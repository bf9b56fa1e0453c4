//! Requests with a line of their own: lines in the structure that 2.1.332 wrote.

use crate::formats::Parsed;
use crate::formats::claude_code::transcript::ClaudeTranscript;
use crate::formats::testing::{format_id, parse, text};
use crate::model::{Class, Fidelity, Outcome};

const FRAME: &str =
    "\"isSidechain\":false,\"userType\":\"external\",\"cwd\":\"/w\",\"sessionId\":\"s-1\",\"version\":\"2.1.332\"";

fn request(second: &str, id: &str, source: &str, model: &str) -> String {
    format!(
        "{{\"type\":\"api-request\",\"sessionId\":\"s-1\",\"id\":\"{id}\",\"timestamp\":\"2026-11-30T23:04:{second}Z\",\"version\":\"2.1.332\",\"querySource\":\"{source}\",\"params\":{{\"model\":\"{model}\",\"max_tokens\":9}},\"tail\":[\"h\"]}}\n"
    )
}

fn sent(second: &str, id: &str) -> String {
    request(second, id, "sdk", "claude-x")
}

fn line(second: &str, kind: &str, more: &str) -> String {
    let id = second.replace('.', "-");
    format!(
        "{{\"parentUuid\":null,{FRAME},\"type\":\"{kind}\",\"uuid\":\"u-{id}\",\"timestamp\":\"2026-11-30T23:04:{second}Z\"{more}}}\n"
    )
}

fn answer(second: &str, id: &str) -> String {
    line(
        second,
        "assistant",
        &format!(
            ",\"requestRef\":\"{id}\",\"message\":{{\"id\":\"msg_{id}\",\"model\":\"claude-x\",\"role\":\"assistant\",\"content\":[],\"usage\":{{\"input_tokens\":3,\"output_tokens\":5}}}}"
        ),
    )
}

fn refused(second: &str, retry: u32) -> String {
    line(
        second,
        "system",
        &format!(
            ",\"subtype\":\"api_error\",\"error\":{{\"message\":\"429 {{\\\"type\\\":\\\"error\\\",\\\"error\\\":{{\\\"type\\\":\\\"rate_limit_error\\\",\\\"message\\\":\\\"slow down\\\"}}}}\",\"status\":429,\"requestId\":\"req-{retry}\",\"connection\":null}},\"retryInMs\":500,\"retryAttempt\":{retry},\"maxRetries\":10"
        ),
    )
}

fn unreached(second: &str, code: &str, message: &str) -> String {
    let connection =
        if code.is_empty() { "null".to_owned() } else { format!("{{\"code\":\"{code}\",\"message\":\"m\"}}") };
    line(
        second,
        "system",
        &format!(
            ",\"subtype\":\"api_error\",\"error\":{{\"message\":\"{message}\",\"connection\":{connection}}},\"retryInMs\":500,\"retryAttempt\":1"
        ),
    )
}

fn gave_up(second: &str, text: &str, more: &str) -> String {
    line(
        second,
        "assistant",
        &format!(
            ",\"isApiErrorMessage\":true,\"requestId\":\"req-9\",\"message\":{{\"id\":\"x\",\"model\":\"<synthetic>\",\"content\":[{{\"type\":\"text\",\"text\":\"{text}\"}}]}}{more}"
        ),
    )
}

fn prompt(second: &str) -> String {
    line(second, "user", ",\"message\":{\"role\":\"user\",\"content\":\"go on\"}")
}

fn interrupt(second: &str) -> String {
    line(
        second,
        "user",
        ",\"interruptedMessageId\":\"m\",\"message\":{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"[Request interrupted by user]\"}]}",
    )
}

fn read(lines: &[String]) -> Parsed {
    parse(&ClaudeTranscript, "p/s-1.jsonl", lines.concat().as_bytes())
}

/// Second of the start, outcome, class and status, by start.
fn rows(parsed: &Parsed) -> Vec<(String, Outcome, Class, Option<u16>)> {
    let mut rows: Vec<_> =
        parsed.attempts.iter().map(|a| (a.start.rfc3339()[17..23].to_owned(), a.outcome, a.class, a.status)).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    rows
}

fn row(second: &str, outcome: Outcome, class: Class, status: Option<u16>) -> (String, Outcome, Class, Option<u16>) {
    (second.to_owned(), outcome, class, status)
}

#[test]
fn each_request_is_a_row_and_hides_nothing() {
    let parsed = read(&[
        prompt("00.000"),
        sent("00.100", "a"),
        refused("00.400", 1),
        sent("00.900", "b"),
        answer("03.000", "b"),
        answer("04.000", "b"),
        sent("04.100", "c"),
        gave_up("04.500", "API Error: 529 Overloaded", ",\"apiErrorStatus\":529,\"apiErrorType\":\"overloaded_error\""),
    ]);
    assert_eq!(
        rows(&parsed),
        [
            row("00.100", Outcome::Refused, Class::RateLimited, Some(429)),
            row("00.900", Outcome::Admitted, Class::Ok, None),
            row("04.100", Outcome::Refused, Class::Overload, Some(529)),
        ]
    );
    assert!(parsed.attempts.iter().all(|a| a.at_most == 1 && a.fidelity == Fidelity::Observed && a.start_read));
    let first = parsed.attempts.iter().find(|a| a.status == Some(429)).unwrap();
    assert_eq!(
        [first.error_kind, first.error_message, first.request_id, first.model].map(|id| text(&parsed, id)),
        ["rate_limit_error", "slow down", "req-1", "claude-x"]
    );
    let answered = parsed.attempts.iter().find(|a| a.is_admitted()).unwrap();
    assert_eq!((answered.end.unwrap().since(answered.start), answered.tokens.total()), (3.1, Some(8)));
}

#[test]
fn a_request_followed_by_the_next_one_without_a_word_was_refused() {
    let parsed = read(&[sent("00.100", "a"), sent("00.800", "b"), sent("02.100", "c"), answer("05.000", "c")]);
    let (refused, unknown) = (Outcome::Refused, Class::Unknown);
    assert_eq!(
        rows(&parsed),
        [
            row("00.100", refused, unknown, None),
            row("00.800", refused, unknown, None),
            row("02.100", Outcome::Admitted, Class::Ok, None)
        ]
    );
    // An answer that comes after the next request left is one all the same.
    let late = read(&[sent("00.100", "a"), sent("00.800", "b"), answer("05.000", "a"), answer("06.000", "b")]);
    assert!(late.attempts.iter().all(|a| a.is_admitted()), "{:?}", rows(&late));
}

#[test]
fn a_request_at_the_end_is_open_and_one_that_the_user_stopped_is_cancelled() {
    let open = read(&[sent("00.100", "a"), answer("01.000", "a"), sent("02.000", "b")]);
    assert_eq!((open.attempts.len(), open.unanswered), (1, 1));
    let stopped = read(&[sent("00.100", "a"), interrupt("03.000"), prompt("04.000"), sent("04.100", "b")]);
    assert_eq!(rows(&stopped), [row("00.100", Outcome::Other, Class::Other, None)]);
    // Killed, and taken up again later: nothing was written down that failed.
    let killed = read(&[sent("00.100", "a"), prompt("40.000"), sent("40.100", "b"), answer("41.000", "b")]);
    assert_eq!((rows(&killed).len(), killed.unanswered), (1, 1));
    // In the middle of silent retries, long after the time that the first of them took: it was waiting for the next.
    let in_a_run = read(&[
        sent("00.100", "a"),
        sent("00.900", "b"),
        sent("02.200", "c"),
        sent("04.500", "d"),
        interrupt("07.000"),
    ]);
    assert_eq!(rows(&in_a_run).iter().filter(|r| r.1 == Outcome::Refused).count(), 4);
}

#[test]
fn a_title_beside_the_conversation_is_an_attempt_of_its_own_model() {
    let parsed = read(&[
        sent("00.100", "a"),
        request("00.200", "t", "generate_session_title", "claude-small"),
        answer("03.000", "a"),
        answer("03.500", "t").replace("\"model\":\"claude-x\",", ""),
        sent("04.000", "b"),
        answer("05.000", "b"),
        request("50.000", "t2", "generate_session_title", "claude-small"),
        refused("55.000", 1),
    ]);
    let actual: Vec<_> = parsed.attempts.iter().map(|a| (text(&parsed, a.agent), text(&parsed, a.model))).collect();
    assert!(actual.contains(&("main/generate_session_title", "claude-small")), "{actual:?}");
    assert_eq!(rows(&parsed).iter().map(|r| r.1).filter(|o| *o == Outcome::Admitted).count(), 3);
    assert_eq!(rows(&parsed)[3].1, Outcome::Refused, "the only one that waits is what the error is about");
}

#[test]
fn a_request_that_timed_out_was_never_admitted_and_a_cut_stream_is_one_row() {
    let parsed = read(&[sent("00.100", "a"), unreached("59.200", "", "Request timed out."), sent("59.800", "b")]);
    assert_eq!(rows(&parsed), [row("00.100", Outcome::Refused, Class::Network, None)]);
    // Longer than what counts as an answer that had begun, where nothing says otherwise.
    let long = read(&[sent("00.100", "a"), unreached("00.200", "", "Request timed out.").replace("T23:04", "T23:06")]);
    assert_eq!(rows(&long)[0].1, Outcome::Refused);
    let cut = read(&[sent("00.100", "a"), unreached("04.000", "StreamTruncated", "Connection error.")]);
    assert_eq!(rows(&cut), [row("00.100", Outcome::Admitted, Class::Network, None)]);
    let in_words = read(&[
        sent("00.100", "a"),
        answer("03.000", "a"),
        gave_up(
            "04.000",
            "API Error: Connection lost mid-response.",
            ",\"apiError\":\"connection_failed\",\"error\":\"server_error\",\"streamCutCause\":\"stream_truncated\"",
        ),
    ]);
    assert_eq!(rows(&in_words), [row("00.100", Outcome::Admitted, Class::Network, None)]);
}

#[test]
fn fields_beside_the_text_name_the_window_in_any_language() {
    let limit =
        "\"status\":\"rejected\",\"resetsAt\":1796080850,\"rateLimitType\":\"KIND\",\"overageStatus\":\"rejected\"";
    for (field, kind, window) in [
        (format!(",\"quotaLimits\":{{{limit}}}"), "five_hour", 300),
        (format!(",\"apiErrorParams\":{{\"rate_limit_info\":{{{limit}}}}}"), "seven_day", 10080),
    ] {
        let field = field.replace("KIND", kind) + ",\"error\":\"rate_limit\",\"apiErrorStatus\":429";
        let parsed = read(&[sent("00.100", "a"), gave_up("00.500", "Limite atteinte", &field)]);
        let [only] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!((only.status, text(&parsed, only.error_kind)), (Some(429), kind));
        assert_eq!(only.retry_after_s(), Some(16.0 * 60.0 + 49.5), "from 23:04:00.5 to 23:20:50");
        let [snapshot] = &parsed.snapshots[..] else { panic!("{:?}", parsed.snapshots) };
        let [actual] = &snapshot.state.windows[..] else { panic!("{snapshot:?}") };
        assert_eq!((actual.window_minutes, actual.remaining_share), (window, Some(0.0)));
        assert_eq!(actual.resets_at.unwrap().secs(), 1_796_080_850.0);
    }
}

#[test]
fn a_renamed_field_of_a_request_is_an_alarm_and_its_answer_still_counts() {
    let good =
        [prompt("00.000"), sent("00.100", "a"), answer("02.000", "a"), sent("03.000", "b"), answer("04.000", "b")];
    let good = good.concat();
    assert_eq!(parse(&ClaudeTranscript, "x", good.as_bytes()).problems, []);
    let renamed =
        ["\"type\":\"api-request\"", "\"id\":\"a\"", "\"requestRef\"", "\"params\"", "\"model\"", "\"querySource\""];
    for old in renamed {
        let new = old.replace("api-request", "api-call").replace("\"id\"", "\"key\"");
        let new = if new == old { format!("{}New\"", old.trim_end_matches('"')) } else { new };
        let text = good.replace(old, &new);
        assert_eq!(format_id(&text), Some("claude-code-transcript"), "{old}");
        let parsed = parse(&ClaudeTranscript, "x", text.as_bytes());
        let alarm = parsed.problems.iter().any(|p| p.reason.contains("but 2.1.332 wrote something"));
        assert!(alarm, "{old}: {:?}", parsed.problems);
        assert!(parsed.attempts.iter().all(|a| a.is_admitted()), "{old}: {:?}", rows(&parsed));
    }
}

#[test]
fn a_newer_version_with_further_fields_and_kinds_is_no_alarm() {
    let newer = [
        prompt("00.000"),
        "{\"type\":\"turn-plan\",\"sessionId\":\"s-1\",\"plan\":[]}\n".to_owned(),
        sent("00.100", "a").replace("\"tail\"", "\"route\":{\"id\":7},\"tail\""),
        answer("02.000", "a").replace("\"requestRef\"", "\"answerKind\":\"x\",\"requestRef\""),
    ];
    let parsed = read(&newer.map(|l| l.replace("2.1.332", "2.2.40")));
    assert_eq!((parsed.problems.len(), parsed.attempts.len()), (0, 1), "{:?}", parsed.problems);
}
