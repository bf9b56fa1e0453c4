//! Tests of the transcript parser: lines in the client's structure, which was read and not run.

use super::*;
use crate::formats::Parsed;
use crate::formats::testing::{format_id, parse, text};
use crate::model::{Class, Outcome};

fn line(second: &str, kind: &str, more: &str) -> String {
    let id = second.replace(['.', ':'], "-");
    format!(
        "{{\"parentUuid\":\"u-00-000\",\"isSidechain\":false,\"userType\":\"external\",\"cwd\":\"/w\",\"sessionId\":\"s-1\",\"version\":\"2.1.81\",\"type\":\"{kind}\",\"uuid\":\"u-{id}\",\"timestamp\":\"2026-01-02T03:04:{second}Z\"{more}}}\n"
    )
}

fn user(second: &str) -> String {
    line(second, "user", ",\"message\":{\"role\":\"user\",\"content\":\"go\"}")
}

fn block(second: &str, id: &str, output: u64) -> String {
    line(
        second,
        "assistant",
        &format!(
            ",\"requestId\":\"req_1\",\"message\":{{\"id\":\"{id}\",\"model\":\"claude-x\",\"role\":\"assistant\",\"content\":[{{\"type\":\"text\",\"text\":\"API Error: 429 You've hit your limit\"}}],\"usage\":{{\"input_tokens\":3,\"cache_creation_input_tokens\":5,\"cache_read_input_tokens\":7,\"output_tokens\":{output}}}}}"
        ),
    )
}

fn limit(second: &str) -> String {
    line(
        second,
        "assistant",
        ",\"message\":{\"id\":\"x\",\"model\":\"<synthetic>\",\"usage\":{\"input_tokens\":0,\"output_tokens\":0},\"content\":[{\"type\":\"text\",\"text\":\"You've hit your limit · resets 1am (America/Denver)\"}]},\"error\":\"rate_limit\",\"isApiErrorMessage\":true,\"apiErrorStatus\":429",
    )
}

fn retry(second: &str, n: u32) -> String {
    line(
        second,
        "system",
        &format!(
            ",\"subtype\":\"api_error\",\"level\":\"error\",\"error\":{{\"status\":529,\"headers\":{{\"retry-after\":\"2\"}},\"error\":{{\"type\":\"error\",\"error\":{{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}},\"request_id\":\"req_0e\"}}}},\"retryInMs\":546.6,\"retryAttempt\":{n},\"maxRetries\":10"
        ),
    )
}

fn read(lines: &[String]) -> Parsed {
    parse(&ClaudeTranscript, "p/s-1.jsonl", lines.concat().as_bytes())
}

#[test]
fn blocks_of_a_message_are_one_answer_with_the_last_count() {
    let parsed = read(&[
        user("00.000"),
        block("04.000", "msg_1", 1),
        user("04.100"),
        block("05.000", "msg_1", 90),
        block("09.000", "msg_2", 4),
    ]);
    let [first, second] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
    assert_eq!(
        (first.end.unwrap().since(first.start), first.tokens.output.get(), first.tokens.total()),
        (5.0, Some(90), Some(105))
    );
    assert_eq!((first.outcome, first.at_most, first.fidelity), (Outcome::Admitted, 4, Fidelity::Collapsed));
    assert_ne!(first.request_hash, second.request_hash);
    assert_eq!([first.session, first.agent, first.model].map(|id| text(&parsed, id)), ["s-1", "main", "claude-x"]);
}

#[test]
fn an_answer_that_the_client_made_of_an_error_is_a_refusal() {
    let parsed = read(&[user("00.000"), limit("01.000")]);
    let row = &parsed.attempts[0];
    assert_eq!(
        (row.outcome, row.class, row.status, row.at_most, row.ended_work),
        (Outcome::Refused, Class::RateLimited, Some(429), 1, true)
    );
    assert!(text(&parsed, row.error_message).starts_with("You've hit your limit"));
    assert_eq!((row.request_id, row.request_hash != 0), (None, true), "the record's id is no request's");
}

#[test]
fn retries_that_are_all_logged_collapse_nothing() {
    let parsed = read(&[
        user("00.000"),
        retry("01.000", 1),
        retry("03.000", 2),
        block("05.000", "msg_1", 1),
        retry("07.000", 3),
        block("09.000", "msg_2", 1),
    ]);
    let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.outcome, a.status, a.at_most)).collect();
    let (refused, once) = ((Outcome::Refused, Some(529), 1), (Outcome::Admitted, None, 1));
    // The last answer's first retries are not logged: two more fit into the 1.45 s after the logged one's wait.
    assert_eq!(actual, [refused, refused, refused, once, (Outcome::Admitted, None, 3)]);
    assert_eq!(parsed.attempts[0].retry_after_s(), Some(2.0));
    assert_eq!(text(&parsed, parsed.attempts[0].request_id), "req_0e");
}

/// A request that follows a logged retry is sent when its wait is over, not when the retry was logged.
#[test]
fn after_a_retry_the_wait_comes_before_the_request() {
    let parsed = read(&[
        user("00.000"),
        retry("01.000", 1),
        retry("03.000", 2),
        block("05.000", "msg_1", 1).replace("u-00-000", "u-03-000"),
        block("09.000", "msg_2", 1).replace("u-00-000", "u-05-000"),
    ]);
    let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.start_read, a.start.rfc3339()[17..23].to_owned())).collect();
    let at = |read: bool, second: &str| (read, second.to_owned());
    assert_eq!(actual, [at(false, "01.000"), at(true, "01.546"), at(true, "03.546"), at(true, "05.000")]);
}

#[test]
fn what_is_said_is_no_failure() {
    let quote = "\\\"isApiErrorMessage\\\":true,\\\"error\\\":\\\"rate_limit\\\" API Error: 429 You've hit your limit · resets 1am (UTC)";
    let parsed = read(&[
        line("00.000", "user", &format!(",\"message\":{{\"role\":\"user\",\"content\":\"{quote}\"}}")),
        line(
            "01.000",
            "user",
            &format!(
                ",\"toolUseResult\":{{\"stdout\":\"{quote}\",\"error\":\"rate_limit\",\"isApiErrorMessage\":true}},\"message\":{{\"content\":[]}}"
            ),
        ),
        line("02.000", "system", &format!(",\"subtype\":\"local_command\",\"content\":\"{quote}\"")),
        line(
            "03.000",
            "progress",
            ",\"data\":{\"message\":{\"type\":\"assistant\",\"isApiErrorMessage\":true,\"error\":\"rate_limit\"}}",
        ),
        block("04.000", "msg_1", 1),
    ]);
    let actual: Vec<_> = parsed.attempts.iter().map(|a| a.outcome).collect();
    assert_eq!((actual, parsed.problems.len()), (vec![Outcome::Admitted], 0));
}

#[test]
fn a_subagent_is_named_by_its_lines_or_its_file() {
    let lines = block("04.000", "msg_1", 1);
    let by_file = parse(&ClaudeTranscript, "s-1/subagents/agent-ab26.jsonl", lines.as_bytes());
    assert_eq!(text(&by_file, by_file.attempts[0].agent), "ab26");
    let by_line = read(&[lines.replace("\"isSidechain\":false", "\"isSidechain\":true,\"agentId\":\"cd\"")]);
    assert_eq!(text(&by_line, by_line.attempts[0].agent), "cd");
}

#[test]
fn a_renamed_field_is_an_alarm() {
    let good = [user("00.000"), retry("01.000", 1), block("04.000", "msg_1", 1), limit("06.000")].concat();
    assert_eq!(parse(&ClaudeTranscript, "x", good.as_bytes()).problems, []);
    // Those of requests are renamed beside their own tests.
    let of_requests = ["api-request", "params", "model", "querySource", "requestRef"];
    for field in ClaudeTranscript.needs().iter().filter(|f| !of_requests.contains(f)) {
        let renamed = good.replace(&format!("\"{field}\":"), &format!("\"{field}New\":"));
        assert_eq!(format_id(&renamed), Some("claude-code-transcript"), "{field}");
        let problems = parse(&ClaudeTranscript, "x", renamed.as_bytes()).problems;
        assert!(problems.iter().any(|p| p.reason.contains("but 2.1.81 wrote something")), "{field}: {problems:?}");
    }
}

#[test]
fn a_long_result_of_a_tool_is_passed_over_and_says_the_same_as_when_it_is_parsed() {
    let line = |inside: &str, more: &str| {
        format!(
            "{{\"parentUuid\":null,\"isSidechain\":false,\"userType\":\"external\",\"cwd\":\"/x\",\"sessionId\":\"s\",\"version\":\"2.1.9\",\"type\":\"user\",\"message\":{{\"role\":\"user\",\"content\":[{{\"type\":\"tool_result\",\"content\":\"{}{inside}\"}}]}},\"uuid\":\"6802cbf8-0001-4000-8000-000000000292\",\"timestamp\":\"2026-04-07T12:55:07.000Z\"{more}}}",
            "x".repeat(3000)
        )
    };
    let of =
        |line: &str| PassedOver::of(line.as_bytes()).map(|p| (p.uuid.to_owned(), p.version.to_owned(), p.at.rfc3339()));
    let expected = Some((
        "6802cbf8-0001-4000-8000-000000000292".to_owned(),
        "2.1.9".to_owned(),
        "2026-04-07T12:55:07.000Z".to_owned(),
    ));
    // A quoted transcript is escaped.
    let quoted = "\\\"uuid\\\":\\\"a\\\",\\\"timestamp\\\":\\\"2001-01-01T00:00:00Z\\\"";
    assert_eq!(of(&line(quoted, ",\"toolUseResult\":{\"stdout\":\"\"}")), expected);
    // A structured result with such keys of its own is not decided by marks.
    let nested = ",\"toolUseResult\":{\"uuid\":\"a\",\"timestamp\":\"2001-01-01T00:00:00Z\"}";
    assert_eq!(of(&line("", nested)), None);
    let whole = line("", "");
    assert_eq!(of(&whole.replace("\"type\":\"user\",\"message\"", "\"type\":\"assistant\",\"message\"")), None);
    assert_eq!(of(&whole.replace("\"sessionId\"", "\"sid\"")), None, "a renamed field is parsed, and an alarm");
    assert_eq!(of(&whole[..whole.len() - 1]), None, "a cut line");
}

#[test]
fn headers_of_an_error_record_are_a_wait_and_a_reading() {
    let headers = "\"retry-after\":\"2094\",\"anthropic-ratelimit-unified-status\":\"rejected\",\"anthropic-ratelimit-unified-representative-claim\":\"five_hour\",\"anthropic-ratelimit-unified-5h-utilization\":\"1.0\",\"anthropic-ratelimit-unified-5h-reset\":\"1767330000\"";
    let refused =
        retry("06.000", 1).replace("\"retry-after\":\"2\"", headers).replace("\"status\":529", "\"status\":429");
    let parsed = read(&[user("00.000"), refused]);
    assert_eq!((parsed.attempts[0].status, parsed.attempts[0].retry_after_s()), (Some(429), Some(2094.0)));
    let [state] = &parsed.snapshots[..] else { panic!("{:?}", parsed.snapshots) };
    let five_hours = state.state.windows.iter().find(|w| w.window_minutes == 300).unwrap();
    assert_eq!((five_hours.remaining_share, state.source.line), (Some(0.0), 2));
    assert_eq!(five_hours.resets_at.unwrap().rfc3339(), "2026-01-02T05:00:00.000Z");
}
