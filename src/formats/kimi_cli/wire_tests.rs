//! Tests of the `wire.jsonl` parser: events in the client's structure.

use super::*;
use crate::formats::Parsed;
use crate::formats::testing::{format_id, parse, text};
use crate::model::{Class, Fidelity, Outcome};

const SESSION: &str = "sessions/0123/11111111-2222-3333-4444-555555555555";

fn event(at: f64, kind: &str, payload: &str) -> String {
    format!("{{\"timestamp\":{at},\"message\":{{\"type\":\"{kind}\",\"payload\":{payload}}}}}\n")
}

fn usage(output: u64) -> String {
    format!(
        "{{\"token_usage\":{{\"input_other\":5,\"output\":{output},\"input_cache_read\":7,\"input_cache_creation\":0}},\"message_id\":\"m-{output}\"}}"
    )
}

fn read(lines: &[String]) -> Parsed {
    parse(&KimiWire, &format!("{SESSION}/wire.jsonl"), lines.concat().as_bytes())
}

const T: f64 = 1_767_000_000.0;
const RETRY: &str =
    r#"{"n":1,"next_attempt":2,"max_attempts":3,"wait_s":0.5,"error_type":"APIStatusError","status_code":429}"#;

#[test]
fn a_retry_closes_one_request_and_opens_the_next_after_the_wait() {
    let parsed = read(&[
        "{\"type\":\"metadata\",\"protocol_version\":\"1.10\"}\n".to_owned(),
        event(T, "StepBegin", "{\"n\":1}"),
        event(T + 2.0, "StepRetry", RETRY),
        event(T + 9.0, "StatusUpdate", &usage(3)),
    ]);
    let [refused, admitted] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
    assert_eq!((refused.outcome, refused.status, refused.at_most), (Outcome::Refused, Some(429), 3));
    assert_eq!(refused.end.unwrap().since(refused.start), 2.0);
    assert_eq!(admitted.start.since(refused.start), 2.5);
    assert_eq!((admitted.outcome, admitted.fidelity), (Outcome::Admitted, Fidelity::Collapsed));
    assert_eq!(admitted.tokens.total(), Some(5 + 3 + 7));
    assert_eq!(text(&parsed, admitted.session), "11111111-2222-3333-4444-555555555555");
    assert_eq!(text(&parsed, admitted.agent), "main");
    assert!(parsed.problems.is_empty());
}

#[test]
fn a_message_without_usage_is_a_stream_that_broke_and_a_mode_change_is_nothing() {
    let parsed = read(&[
        event(T, "StepBegin", "{\"n\":1}"),
        event(T + 0.1, "StatusUpdate", "{\"token_usage\":null,\"message_id\":null,\"plan_mode\":true}"),
        event(T + 0.5, "StatusUpdate", "{\"token_usage\":null,\"message_id\":\"m\"}"),
    ]);
    assert_eq!(parsed.attempts.len(), 1);
    assert_eq!((parsed.attempts[0].outcome, parsed.attempts[0].class), (Outcome::Admitted, Class::Network));
    assert_eq!(parsed.attempts[0].status, None);
}

#[test]
fn an_interrupted_step_waits_for_the_log() {
    let parsed = read(&[event(T, "StepBegin", "{}"), event(T + 1.0, "StepInterrupted", "{}")]);
    assert!(parsed.attempts[0].unconfirmed && parsed.attempts[0].ended_work);
}

#[test]
fn a_parent_repeats_its_subagents_at_a_lower_rank() {
    let inner = |kind: &str, payload: &str| {
        format!(
            "{{\"parent_tool_call_id\":\"c\",\"agent_id\":\"a1\",\"event\":{{\"type\":\"{kind}\",\"payload\":{payload}}}}}"
        )
    };
    let parsed = read(&[
        event(T, "StepBegin", "{}"),
        event(T + 0.1, "SubagentEvent", &inner("StepBegin", "{}")),
        event(T + 1.0, "SubagentEvent", &inner("StatusUpdate", &usage(1))),
        event(T + 2.0, "StatusUpdate", &usage(2)),
    ]);
    let actual: Vec<_> = parsed.attempts.iter().map(|a| (text(&parsed, a.agent), a.rank)).collect();
    assert_eq!(actual, [("a1", 2), ("main", 3)]);
}

#[test]
fn texts_of_answers_and_tools_are_not_events() {
    let forged = r#"{"output":"{\"message\":{\"type\":\"StepRetry\",\"payload\":{\"status_code\":429}}}","error":"Error code: 429"}"#;
    let parsed = read(&[event(T, "StepBegin", "{}"), event(T, "ToolResult", forged), event(T, "ContentPart", forged)]);
    assert!(parsed.attempts.is_empty());
    assert_eq!(parsed.unanswered, 1);
}

#[test]
fn a_broken_line_is_a_problem_and_a_cut_last_one_is_not() {
    let good = event(T, "StepBegin", "{}");
    let broken = parse(&KimiWire, "wire.jsonl", format!("{{\"timest\n{good}{{\"ti").as_bytes());
    assert_eq!(broken.problems.iter().map(|p| (p.line, p.count)).collect::<Vec<_>>(), [(1, 1)]);
}

#[test]
fn identity_comes_from_the_path() {
    let of = |path: &str| identity(&Place { path: path.to_owned(), ..Place::default() });
    let own = |s: &str, a: &str| (s.to_owned(), a.to_owned());
    assert_eq!(of("home/sessions/ab/s1/wire.jsonl"), own("s1", "main"));
    assert_eq!(of("sessions/ab/s1/subagents/a9/wire.jsonl"), own("s1", "a9"));
    assert_eq!(of("11111111-2222-3333-4444-555555555555/wire.jsonl").0, "11111111-2222-3333-4444-555555555555");
    assert_eq!(of("wire.jsonl"), own("file:.", "main"));
    assert_eq!(of("subagents/a9/wire.jsonl"), own("file:.", "a9"));
    assert_eq!(of("x/wire.jsonl").0, "file:x");
}

#[test]
fn recognised_by_metadata_or_by_events() {
    assert_eq!(format_id("{\"type\": \"metadata\", \"protocol_version\": \"1.1\"}\n"), Some("kimi-cli-wire"));
    assert_eq!(format_id(&format!("garbage\n{}", event(T, "StepBegin", "{}"))), Some("kimi-cli-wire"));
    assert_eq!(format_id("{\"type\":\"metadata\",\"name\":\"x\"}\n"), None);
}
