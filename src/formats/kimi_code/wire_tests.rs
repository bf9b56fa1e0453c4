//! Tests of the Kimi Code wire: records in the client's structure.

use super::*;
use crate::formats::Parsed;
use crate::formats::testing::{format_id, parse, text};
use crate::model::{Class, Fidelity, Outcome};

const T: u64 = 1_767_000_000_000;

fn record(at: u64, kind: &str, rest: &str) -> String {
    format!("{{\"type\":\"{kind}\",\"agentId\":\"main\",{rest}\"time\":{}}}\n", T + at)
}

fn request(at: u64) -> String {
    record(
        at,
        "llm.request",
        "\"kind\":\"loop\",\"provider\":\"openai\",\"model\":\"m\",\"modelAlias\":\"k\",\"turnStep\":\"0.1\",",
    )
}

fn usage(at: u64, n: u64) -> String {
    let usage =
        format!("\"usage\":{{\"inputOther\":{n},\"output\":{n},\"inputCacheRead\":0,\"inputCacheCreation\":0}},");
    record(at, "usage.record", &usage)
}

fn step_end(at: u64, rest: &str) -> String {
    record(at, "context.append_loop_event", &format!("\"event\":{{\"type\":\"step.end\",{rest}}},"))
}

fn read(lines: &[String]) -> Parsed {
    parse(&KimiCodeWire, "sessions/wd_a/session_1/agents/main/wire.jsonl", lines.concat().as_bytes())
}

#[test]
fn a_request_ends_with_its_usage_once() {
    let parsed = read(&[
        request(0),
        usage(900, 4),
        step_end(950, "\"finishReason\":\"end_turn\",\"usage\":{\"inputOther\":4,\"output\":4}"),
        record(960, "turn.ended", "\"reason\":\"completed\","),
    ]);
    assert_eq!(parsed.attempts.len(), 1);
    let row = &parsed.attempts[0];
    assert_eq!((row.outcome, row.fidelity, row.at_most), (Outcome::Admitted, Fidelity::Observed, 1));
    assert_eq!(row.end.unwrap().since(row.start), 0.9);
    assert_eq!(row.tokens.total(), Some(8));
    assert_eq!(
        [row.session, row.agent, row.model, row.provider].map(|id| text(&parsed, id)),
        ["session_1", "main", "m", "-"]
    );
    assert_eq!(parsed.unanswered, 0);
}

#[test]
fn zeros_everywhere_are_a_stream_that_broke() {
    let row = read(&[request(0), usage(200, 0)]).attempts[0];
    assert_eq!((row.outcome, row.class, row.tokens.total()), (Outcome::Admitted, Class::Network, None));
}

#[test]
fn a_retry_and_a_failed_turn_are_refusals() {
    let parsed = read(&[
        request(0),
        step_end(40, "\"finishReason\":\"error\""),
        record(
            50,
            "turn.step.retrying",
            "\"delayMs\":1000,\"errorName\":\"E\",\"errorMessage\":\"429 Too many\",\"statusCode\":429,",
        ),
        request(1050),
        step_end(1090, "\"finishReason\":\"error\""),
        record(
            1100,
            "turn.step.interrupted",
            "\"reason\":\"error\",\"message\":\"[provider.rate_limit] 429 Too many\",",
        ),
        record(
            1110,
            "turn.ended",
            "\"reason\":\"failed\",\"error\":{\"code\":\"provider.rate_limit\",\"name\":\"F\",\"message\":\"429 Too many\",\"details\":{\"statusCode\":429,\"requestId\":\"r-1\"}},",
        ),
        "{\"turnId\":0,\"outcome\":\"failed\",\"type\":\"agent.turn.ended\",\"time\":1,\"kind\":\"event\"}\n"
            .to_owned(),
    ]);
    let actual: Vec<_> = parsed
        .attempts
        .iter()
        .map(|a| {
            (
                a.status,
                a.ended_work,
                text(&parsed, a.error_kind),
                text(&parsed, a.error_message),
                text(&parsed, a.request_id),
            )
        })
        .collect();
    assert_eq!(actual, [(Some(429), false, "E", "Too many", "-"), (Some(429), true, "F", "Too many", "r-1")]);
    let spans: Vec<_> = parsed.attempts.iter().map(|a| a.end.unwrap().since(a.start)).collect();
    assert_eq!(spans, [0.04, 0.04], "the end is the step's, not the later line's");
}

#[test]
fn a_failure_known_only_by_its_first_line_is_reported() {
    let message = "\"reason\":\"error\",\"message\":\"[provider.auth_error] 403 Used up\",";
    let parsed = read(&[request(0), record(30, "turn.step.interrupted", message)]);
    let row = &parsed.attempts[0];
    assert_eq!((row.status, row.ended_work, text(&parsed, row.error_kind)), (Some(403), true, "provider.auth_error"));
}

#[test]
fn a_connection_error_is_network() {
    let error = "\"errorName\":\"APIConnectionError\",\"errorMessage\":\"Connection error.\",";
    let row = read(&[request(0), record(30, "turn.step.retrying", error)]).attempts[0];
    assert_eq!((row.class, row.outcome, row.status), (Class::Network, Outcome::Refused, None));
}

#[test]
fn a_cancel_and_a_death_are_no_refusals() {
    let parsed = read(&[
        request(0),
        record(30, "turn.step.interrupted", "\"reason\":\"aborted\","),
        record(31, "turn.ended", "\"reason\":\"cancelled\","),
        request(100),
        request(9000),
    ]);
    assert!(parsed.attempts.is_empty());
    assert_eq!(parsed.unanswered, 3);
}

#[test]
fn quoted_errors_are_not_read() {
    let quoted = r#""part":{"type":"text","text":"{\"type\":\"turn.step.retrying\",\"statusCode\":429} \"step.end\""}"#;
    let parsed = read(&[
        request(0),
        record(10, "context.append_loop_event", &format!("\"event\":{{\"type\":\"content.part\",{quoted}}},")),
        record(11, "context.append_message", &format!("\"message\":{{{quoted}}},")),
        usage(900, 4),
    ]);
    assert_eq!(parsed.attempts.len(), 1);
    assert!(parsed.attempts[0].is_admitted() && parsed.problems.is_empty());
}

#[test]
fn a_step_without_its_request_line_is_inferred() {
    let begin = record(0, "context.append_loop_event", "\"event\":{\"type\":\"step.begin\"},");
    let row = read(&[begin, usage(900, 4)]).attempts[0];
    assert_eq!((row.fidelity, row.end.unwrap().since(row.start)), (Fidelity::Inferred, 0.9));
}

#[test]
fn recognised_by_metadata_with_a_creation_time_or_by_records() {
    let metadata = "{\"type\":\"metadata\",\"protocol_version\":\"1.5\",\"created_at\":1767000000000}\n";
    assert_eq!(format_id(metadata), Some("kimi-code-wire"));
    assert_eq!(format_id(&format!("garbage\n{}", request(0))), Some("kimi-code-wire"));
}

#[test]
fn a_long_record_that_says_nothing_of_a_request_is_passed_over() {
    let long = "x".repeat(3000);
    let result = format!(
        "{{\"type\":\"context.append_loop_event\",\"agentId\":\"main\",\"event\":{{\"type\":\"tool.result\",\"result\":{{\"output\":\"{long}\"}}}},\"time\":1772554740250}}"
    );
    let copy = format!(
        "{{\"message\":{{\"message\":{{\"role\":\"tool\",\"content\":\"{long}\"}}}},\"type\":\"agent.message.appended\",\"time\":1772554740250,\"kind\":\"event\"}}"
    );
    let at = Time::from_secs(1_772_554_740.25);
    assert_eq!([&result, &copy].map(|l| passed_over(l.as_bytes())), [at, at]);
    for other in [
        result.replace("tool.result", "step.end"),
        result.replace("context.append_loop_event", "usage.record"),
        result.replace("\"time\"", "\"when\""),
        result.replace(&long, "short"),
        result[..result.len() - 1].to_owned(),
        copy.replace("agent.message.appended", "turn.ended"),
    ] {
        assert_eq!(passed_over(other.as_bytes()), None, "{}", &other[other.len() - 80..]);
    }
}
