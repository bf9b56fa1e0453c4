//! Tests of the `kimi.log` parser: texts in the client's structure.

use super::*;
use crate::formats::Parsed;
use crate::formats::testing::{format_id, parse, text};
use crate::model::{Class, Fidelity, Outcome};

const A: &str = "11111111-2222-3333-4444-555555555555";
const B: &str = "99999999-2222-3333-4444-555555555555";

fn line(at: &str, session: &str, message: &str) -> String {
    format!("2026-01-02 {at} | INFO     | kimi_cli.soul.kimisoul:_step:12 | {session} - {message}\n")
}

fn read(lines: &[String]) -> Parsed {
    parse(&KimiLog, "logs/kimi.log", lines.concat().as_bytes())
}

#[test]
fn a_completed_step_ends_at_its_stamp() {
    let parsed = read(&[line("03:00:10.500", A, "LLM step completed in 9.1s (input=14415, output=288)")]);
    let row = &parsed.attempts[0];
    assert!(parsed.local_time);
    assert_eq!(row.outcome, Outcome::Admitted);
    assert_eq!(row.end.unwrap().since(row.start), 9.1);
    assert_eq!((row.at_most, row.fidelity), (3, Fidelity::Collapsed));
    assert_eq!((row.tokens.input.get(), row.tokens.output.get()), (Some(14415), Some(288)));
    assert_eq!(text(&parsed, row.session), A);
    assert_eq!(row.agent, None);
}

#[test]
fn question_marks_are_a_stream_that_broke() {
    let parsed = read(&[line("03:00:10.500", A, "LLM step completed in 0.4s (input=?, output=?)")]);
    let row = &parsed.attempts[0];
    assert_eq!((row.outcome, row.class), (Outcome::Admitted, Class::Network));
    assert_eq!(row.tokens.total(), None);
}

#[test]
fn a_retry_is_refused_with_its_text() {
    let error = "APIStatusError: Error code: 429 - {'error': {'message': 'max concurrency: 3 (wait). Waiting helps', 'type': 'rate_limit_reached_error'}}";
    let message = format!("Retrying step for the 2 time (last error: {error}). Waiting 0.64 seconds.");
    let parsed = read(&[line("03:00:10.500", A, &message)]);
    let row = &parsed.attempts[0];
    assert_eq!((row.outcome, row.status, row.at_most, row.ended_work), (Outcome::Refused, Some(429), 3, false));
    assert!(!row.start_read);
    assert_eq!(text(&parsed, row.error_message), "max concurrency: 3 (wait). Waiting helps");
    assert_eq!(text(&parsed, row.error_kind), "rate_limit_reached_error");
    assert_eq!(row.retry_after_s(), None, "the wait is the client's own");
}

#[test]
fn a_failed_step_ends_the_work() {
    let error = "APIStatusError: Error code: 403 - {'error': {'message': 'used up', 'type': 'access_terminated_error'}} (request_id=req-1)";
    let parsed = read(&[line("03:00:10.500", A, &format!("Agent step 19 failed: {error}"))]);
    let row = &parsed.attempts[0];
    assert_eq!((row.status, row.at_most, row.fidelity, row.ended_work), (Some(403), 1, Fidelity::Observed, true));
    assert_eq!(text(&parsed, row.request_id), "req-1");
}

#[test]
fn model_and_provider_belong_to_the_session_that_was_announced_first() {
    let parsed = read(&[
        line("03:00:00.000", "", &format!("Created new session: {A}")),
        line("03:00:00.100", "", &format!("Continuing previous session: {B}")),
        line(
            "03:00:01.000",
            "",
            "Using LLM provider: type='kimi' base_url='https://api.moonshot.cn/v1' api_key=SecretStr('*')",
        ),
        line("03:00:01.001", "", "Using LLM model: provider='p' model='m-a' max_context_size=1"),
        line("03:00:02.001", "", "Using LLM model: provider='managed:kimi-code' model='m-b' max_context_size=1"),
        line("03:00:03.000", A, "LLM step completed in 0.1s (input=1, output=1)"),
        line("03:00:03.000", B, "LLM step completed in 0.1s (input=1, output=1)"),
    ]);
    let actual: Vec<_> = parsed.attempts.iter().map(|a| (text(&parsed, a.provider), text(&parsed, a.model))).collect();
    assert_eq!(actual, [("moonshot", "m-a"), ("kimi-code", "m-b")]);
    assert_eq!(parsed.provider, None, "two providers: no one for the file");
}

#[test]
fn the_words_of_others_are_not_errors() {
    let quoted = "Retrying step for the 1 time (last error: APIStatusError: Error code: 429 - {}). Waiting 1 seconds.";
    let parsed = read(&[
        line("03:00:00.000", "", &format!("Running agent with command: {quoted}")),
        line("03:00:00.000", A, &format!("Tool Shell failed: {quoted}")),
        format!("{quoted}\n"),
        "openai.RateLimitError: Error code: 429 - {'error': {'message': 'x'}}\n".to_owned(),
        line("03:00:00.000", "", "LLM provider error:"),
    ]);
    assert!(parsed.attempts.is_empty());
    assert_eq!(parsed.records, 3);
}

#[test]
fn equal_lines_stay_apart_and_bytes_that_are_not_utf8_do_no_harm() {
    let same = line("03:00:10.500", A, "LLM step completed in 2.3s (input=1, output=1)");
    let mut bytes = b"\xff\xfe cut\n".to_vec();
    bytes.extend(same.repeat(2).as_bytes());
    assert_eq!(parse(&KimiLog, "kimi.log", &bytes).attempts.len(), 2);
}

#[test]
fn recognised_by_its_frame_also_inside_a_traceback() {
    let old = "    File \"x.py\", line 1\n2026-01-02 03:04:05.678 | INFO     | kimi_cli.app:f:1 - Hello\n";
    assert_eq!(format_id(old), Some("kimi-cli-log"));
    assert_eq!(format_id("2026-01-02 03:04:05.678 | INFO     | other.app:f:1 - kimi_cli\n"), None);
}

/// A prompt has its line ends in the log, and somebody may paste yesterday's log into it.
#[test]
fn a_log_that_a_prompt_quotes_is_left_out_and_reported() {
    let error = "APIStatusError: Error code: 429 - {'error': {'message': 'slow down', 'type': 't'}}";
    let pasted =
        line("02:00:00.000", B, &format!("Retrying step for the 1 time (last error: {error}). Waiting 0.6 seconds."));
    let parsed = read(&[
        line("03:00:01.000", A, &format!("Running agent with command: what is this?\n{}", pasted.trim_end())),
        pasted.clone(),
        line("03:00:09.000", A, "LLM step completed in 2.0s (input=1, output=1)"),
        pasted,
    ]);
    let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.outcome, a.source.line)).collect();
    // The last one follows no prompt: clocks that were set back are no quotation.
    assert_eq!(actual, [(Outcome::Admitted, 4), (Outcome::Refused, 5)]);
    let [problem] = &parsed.problems[..] else { panic!("{:?}", parsed.problems) };
    assert_eq!((problem.line, problem.count), (2, 2));
    assert!(problem.reason.contains("quoted"), "{}", problem.reason);
}
