//! Tests of the rollout parser: records in the client's structure.

use super::*;
use crate::formats::Parsed;
use crate::formats::testing::{format_id, parse, text};
use crate::model::Outcome;

const THREAD: &str = "019b7c00-0000-7000-8000-000000000001";
const LATER: &str = "019b7c10-0000-7000-8000-000000000002";
const BEFORE: &str = "019b7bff-0000-7000-8000-000000000003";

fn line(second: f64, kind: &str, payload: &str) -> String {
    format!(
        "{{\"timestamp\":\"2026-01-02T03:{:02}:{:06.3}Z\",\"type\":\"{kind}\",\"payload\":{payload}}}\n",
        second as u64 / 60,
        second % 60.0
    )
}

fn meta(version: &str, more: &str) -> String {
    line(
        0.0,
        "session_meta",
        &format!(
            "{{\"id\":\"{THREAD}\",\"cli_version\":\"{version}\",\"originator\":\"codex_exec\",\"source\":\"exec\",\"model_provider\":\"openai\"{more}}}"
        ),
    )
}

fn usage(total: u64) -> String {
    format!("{{\"input_tokens\":100,\"cached_input_tokens\":60,\"output_tokens\":7,\"total_tokens\":{total}}}")
}

fn count(second: f64, total: u64, used: f64) -> String {
    line(
        second,
        "event_msg",
        &format!(
            "{{\"type\":\"token_count\",\"info\":{{\"total_token_usage\":{},\"last_token_usage\":{}}},\"rate_limits\":{{\"primary\":{{\"used_percent\":{used},\"window_minutes\":300,\"resets_in_seconds\":600}},\"secondary\":null}}}}",
            usage(total),
            usage(107)
        ),
    )
}

fn read(lines: &[String]) -> Parsed {
    parse(&CodexRollout, "x/rollout.jsonl", lines.concat().as_bytes())
}

#[test]
fn a_response_counts_once_though_its_tokens_are_repeated() {
    let parsed = read(&[
        meta("0.42.0", ""),
        line(1.0, "turn_context", "{\"model\":\"m\"}"),
        count(9.0, 107, 50.0),
        count(9.5, 107, 50.0),
        line(10.0, "response_item", "{\"type\":\"function_call_output\",\"output\":\"last status: 429\"}"),
        count(14.0, 214, 51.0),
    ]);
    let [first, second] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
    assert_eq!((first.end.unwrap().since(first.start), second.end.unwrap().since(second.start)), (8.0, 4.0));
    assert_eq!((first.tokens.input.get(), first.tokens.cache_read.get(), first.at_most), (Some(40), Some(60), 12));
    assert_eq!([first.session, first.agent, first.model].map(|id| text(&parsed, id)), [THREAD, "main", "m"]);
    assert_eq!(parsed.provider.as_deref(), Some("codex"));
    let used: Vec<_> = parsed.snapshots.iter().map(|s| s.state.windows[0].used.unwrap()).collect();
    assert_eq!(used, [50.0, 51.0]);
    let window = parsed.snapshots[0].state.windows[0];
    assert_eq!(window.resets_at.unwrap().rfc3339(), "2026-01-02T03:10:09.000Z");
    assert_eq!((window.window_minutes, window.remaining_share), (300, Some(0.5)));
}

#[test]
fn a_failed_turn_is_one_refusal_however_often_it_is_reported() {
    let error = "\"message\":\"exceeded retry limit, last status: 429 Too Many Requests, request id: r-1\",\"codex_error_info\":{\"response_too_many_failed_attempts\":{\"http_status_code\":429}}";
    let parsed = read(&[
        meta("0.169.0", ""),
        line(1.0, "event_msg", "{\"type\":\"task_started\",\"turn_id\":\"t\"}"),
        line(4.0, "event_msg", &format!("{{\"type\":\"error\",{error}}}")),
        line(
            4.1,
            "event_msg",
            &format!("{{\"type\":\"task_complete\",\"last_agent_message\":null,\"error\":{{{error}}}}}"),
        ),
        line(5.0, "event_msg", "{\"type\":\"task_started\",\"turn_id\":\"t\"}"),
        line(
            5.5,
            "event_msg",
            "{\"type\":\"task_complete\",\"last_agent_message\":null,\"error\":{\"message\":\"You’ve hit your usage limit. Try again at 4:36 AM.\",\"codex_error_info\":\"usage_limit_exceeded\"}}",
        ),
    ]);
    let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.outcome, a.status, a.at_most, a.ended_work)).collect();
    assert_eq!(actual, [(Outcome::Refused, Some(429), 6, true), (Outcome::Refused, Some(429), 1, true)]);
    assert_eq!(text(&parsed, parsed.attempts[0].request_id), "r-1");
}

#[test]
fn an_end_without_a_word_is_a_hint_in_versions_that_write_no_error() {
    let end = line(2.0, "event_msg", "{\"type\":\"task_complete\",\"last_agent_message\":null}");
    let parsed = read(&[meta("0.142.0", ""), end.clone()]);
    assert!(parsed.attempts[0].unconfirmed);
    assert!(read(&[meta("0.169.0", ""), end]).attempts.is_empty());
}

#[test]
fn a_fork_s_copied_history_is_left_out_and_counted() {
    let own =
        |second: f64, id: &str| line(second, "turn_context", &format!("{{\"model\":\"m\",\"turn_id\":\"{id}\"}}"));
    let parsed = read(&[
        meta("0.121.0", &format!(",\"forked_from_id\":\"{BEFORE}\"")),
        own(0.0, BEFORE),
        count(0.0, 107, 10.0),
        line(
            0.0,
            "event_msg",
            "{\"type\":\"error\",\"message\":\"You've hit your usage limit.\",\"codex_error_info\":\"usage_limit_exceeded\"}",
        ),
        own(3.0, LATER),
        count(9.0, 214, 11.0),
    ]);
    assert_eq!(parsed.attempts.len(), 1);
    assert_eq!(parsed.attempts[0].source.line, 6);
    assert_eq!(parsed.snapshots.len(), 1, "a reading of the fork's time is none");
    assert!(parsed.problems[0].reason.starts_with("responses copied from the thread"));
}

#[test]
fn what_is_said_in_a_thread_is_no_failure() {
    let quote = "You've hit your usage limit. last status: 429 {\\\"type\\\":\\\"event_msg\\\",\\\"payload\\\":{\\\"type\\\":\\\"error\\\"}}";
    let parsed = read(&[
        meta("0.121.0", ""),
        line(1.0, "event_msg", &format!("{{\"type\":\"user_message\",\"message\":\"{quote}\"}}")),
        line(2.0, "event_msg", &format!("{{\"type\":\"agent_message\",\"message\":\"{quote}\"}}")),
        line(3.0, "event_msg", &format!("{{\"type\":\"exec_command_end\",\"aggregated_output\":\"{quote}\"}}")),
        line(4.0, "response_item", &format!("{{\"type\":\"function_call_output\",\"output\":\"{quote}\"}}")),
        line(5.0, "compacted", &format!("{{\"message\":\"{quote}\"}}")),
    ]);
    assert!(
        parsed.attempts.is_empty() && parsed.snapshots.is_empty() && parsed.problems.is_empty(),
        "{:?}",
        parsed.problems
    );
}

#[test]
fn a_renamed_field_is_an_alarm() {
    let good = [meta("0.200.0", ""), line(1.0, "turn_context", "{\"model\":\"m\"}"), count(9.0, 107, 50.0)].concat();
    assert!(parse(&CodexRollout, "x", good.as_bytes()).problems.is_empty());
    for field in CodexRollout.needs() {
        let renamed = good.replace(&format!("\"{field}\""), &format!("\"{field}_new\""));
        assert_eq!(format_id(&renamed), Some("codex-rollout"), "{field}");
        let problems = parse(&CodexRollout, "x", renamed.as_bytes()).problems;
        assert!(problems.iter().any(|p| p.reason.contains("this why429 does not know")), "{field}: {problems:?}");
    }
}

#[test]
fn a_split_file_has_its_thread_from_its_name_and_a_cut_line_is_no_problem() {
    let name = format!("sessions/2026/01/02/rollout-2026-01-02T04-00-00-{THREAD}.jsonl");
    let piece = [count(9.0, 107, 50.0), "{\"timest".to_owned()].concat();
    assert_eq!(format_id(&piece), Some("codex-rollout"));
    let parsed = parse(&CodexRollout, &name, piece.as_bytes());
    assert_eq!(text(&parsed, parsed.attempts[0].session), THREAD);
    assert!(parsed.problems.is_empty());
    assert_eq!(format_id("{\"start\":\"2026-01-02T03:04:05Z\",\"status\":429}\n"), Some("canonical"));
}
