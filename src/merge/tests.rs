//! Tests of merging: rules one by one on small inputs, and what holds for any order, copy and split of files.

use proptest::prelude::*;

use super::*;
use crate::formats::canonical::Canonical;
use crate::formats::kimi_cli::{log::KimiLog, wire::KimiWire};
use crate::formats::kimi_code::wire::KimiCodeWire;
use crate::input::InputFile;
use crate::merge::testing::{admitted, file, gather, numbered, refused, run_step, wire_time};
use crate::model::{Attempt, Class, Fidelity, Outcome, TextId, Texts};

const S: &str = "11111111-2222-3333-4444-555555555555";

/// What merging gave.
struct Outcomes {
    attempts: Vec<Attempt>,
    done: Merged,
}

/// The steps of one program's rows, in order; the later ones ask other programs and the catalogue.
fn merge(attempts: Vec<Attempt>, texts: Texts) -> (Outcomes, Texts) {
    let mut rows = Rows { attempts, texts, ..Rows::default() };
    let mut done = Merged::default();
    for step in STEPS.iter().take_while(|s| s.name != "gateways") {
        done.add(run_step(step.run, &mut rows));
    }
    (Outcomes { attempts: rows.attempts, done }, rows.texts)
}

fn merged(files: &[InputFile]) -> (Outcomes, Texts) {
    let (all, texts) = gather(files);
    merge(all, texts)
}

fn log(lines: &[(&str, &str)]) -> String {
    let line = |(at, message): &(&str, &str)| {
        format!("2026-03-03 {at} | INFO     | kimi_cli.soul:_step:1 | {S} - {message}\n")
    };
    lines.iter().map(line).collect()
}

fn event(at: &str, kind: &str, payload: &str) -> String {
    let at = wire_time(at);
    format!("{{\"timestamp\":{at},\"message\":{{\"type\":\"{kind}\",\"payload\":{payload}}}}}\n")
}

const USED_UP: &str = "Agent step 1 failed: APIStatusError: Error code: 403 - {'error': {'message': 'used up', 'type': 't'}} (request_id=r)";

#[test]
fn a_failed_step_has_the_agent_of_the_wire_and_the_text_of_the_log() {
    let wire = [event("10:00:00.100", "StepBegin", "{}"), event("10:00:02.105", "StepInterrupted", "{}")].concat();
    let (merged, texts) = merged(&[
        numbered(&KimiLog, "kimi.log", log(&[("10:00:02.100", USED_UP)]).as_bytes(), 0),
        numbered(&KimiWire, &format!("sessions/a/{S}/wire.jsonl"), wire.as_bytes(), 1),
    ]);
    let [row] = &merged.attempts[..] else { panic!("{:?}", merged.attempts) };
    assert_eq!((row.status, row.is_refused(), row.unconfirmed, row.ended_work), (Some(403), true, false, true));
    assert_eq!((row.at_most, row.fidelity), (1, Fidelity::Observed));
    assert!(row.start_read && row.end.unwrap().since(row.start) > 2.0);
    let found = [row.agent, row.error_kind, row.error_message, row.request_id].map(|id| texts.get(id.unwrap()));
    assert_eq!(found, ["main", "t", "used up", "r"]);
    assert_eq!((row.source.file.0, row.also.unwrap().file.0, merged.done.duplicates), (1, 0, 1));
}

#[test]
fn an_interrupted_step_that_no_log_explains_is_dropped_and_said() {
    let wire = [event("10:00:00.100", "StepBegin", "{}"), event("10:00:02.105", "StepInterrupted", "{}")].concat();
    let (merged, _) = merged(&[file(&KimiWire, &format!("sessions/a/{S}/wire.jsonl"), wire.as_bytes())]);
    assert!(merged.attempts.is_empty());
    assert_eq!((merged.done.unconfirmed, merged.done.notes.len(), merged.done.duplicates), (1, 1, 0));
}

#[test]
fn a_lost_line_does_not_shift_the_pairs_after_it() {
    let retry = |at: &str, n: u16| {
        let wait = format!("{{\"wait_s\":0.1,\"error_type\":\"APIStatusError\",\"status_code\":{n}}}");
        event(at, "StepRetry", &wait)
    };
    let wire =
        [event("10:00:00.000", "StepBegin", "{}"), retry("10:00:05.001", 429), retry("10:00:08.001", 503)].concat();
    let said = |n: u16, text: &str| {
        format!(
            "Retrying step for the 1 time (last error: APIStatusError: Error code: {n} - {{'error': {{'message': '{text}'}}}}). Waiting 0.1 seconds."
        )
    };
    let (lost, kept, other) = (said(429, "lost"), said(429, "kept"), said(503, "other"));
    let lines = log(&[("10:00:01.000", &lost), ("10:00:05.000", &kept), ("10:00:08.000", &other)]);
    let (merged, texts) = merged(&[
        numbered(&KimiLog, "kimi.log", lines.as_bytes(), 0),
        numbered(&KimiWire, &format!("sessions/a/{S}/wire.jsonl"), wire.as_bytes(), 1),
    ]);
    let mut found: Vec<_> =
        merged.attempts.iter().map(|a| (texts.get(a.error_message.unwrap()), a.status, a.agent.is_some())).collect();
    found.sort_unstable();
    assert_eq!(found, [("kept", Some(429), true), ("lost", Some(429), false), ("other", Some(503), true)]);
}

#[test]
fn equal_lines_of_one_log_are_different_agents_and_a_copy_adds_none() {
    let step = ("10:00:05.000", "LLM step completed in 2.3s (input=1, output=1)");
    let (lines, half) = (log(&[step, step, step]), log(&[step]));
    let (merged, _) = merged(&[
        numbered(&KimiLog, "kimi.log", lines.as_bytes(), 0),
        numbered(&KimiLog, "copy/kimi.log", lines.as_bytes(), 1),
        numbered(&KimiLog, "half/kimi.log", half.as_bytes(), 2),
    ]);
    assert_eq!((merged.attempts.len(), merged.done.duplicates), (3, 4));
}

#[test]
fn an_older_log_without_sessions_still_meets_the_wire() {
    let wire = [
        event("10:00:00.100", "StepBegin", "{}"),
        event("10:00:02.105", "StatusUpdate", "{\"token_usage\":{\"output\":3},\"message_id\":\"m\"}"),
    ]
    .concat();
    let line =
        "2026-03-03 10:00:02.100 | INFO     | kimi_cli.soul:_step:1 - LLM step completed in 2.0s (input=9, output=3)\n";
    let (merged, _) = merged(&[
        numbered(&KimiLog, "kimi.log", line.as_bytes(), 0),
        numbered(&KimiWire, "wire.jsonl", wire.as_bytes(), 1),
    ]);
    assert_eq!(merged.attempts.len(), 1);
    assert_eq!(merged.attempts[0].tokens.input.get(), None, "the log's input counts the cache, the wire's does not");
}

#[test]
fn a_forked_session_repeats_its_parent_s_history_only() {
    let record = |at: u64, kind: &str, rest: &str| {
        format!("{{\"type\":\"{kind}\",\"agentId\":\"main\",{rest}\"time\":{}}}\n", 1_767_000_000_000 + at)
    };
    let usage = |n: u64| {
        format!("\"usage\":{{\"inputOther\":{n},\"output\":{n},\"inputCacheRead\":0,\"inputCacheCreation\":0}},")
    };
    let answered =
        |at: u64, n: u64| record(at, "llm.request", "\"model\":\"m\",") + &record(at + 501, "usage.record", &usage(n));
    let parent = answered(1, 5) + &answered(2001, 6) + &answered(9001, 8);
    let fork = answered(1, 5) + &answered(2001, 6) + &answered(7001, 7);
    let stranger = answered(2, 5) + &answered(2001, 6);
    let wire = |s: &str, text: &str, n: u32| {
        numbered(&KimiCodeWire, &format!("session_{s}/agents/main/wire.jsonl"), text.as_bytes(), n)
    };
    let (merged, _) = merged(&[wire("a", &parent, 0), wire("b", &fork, 1), wire("c", &stranger, 2)]);
    assert_eq!((merged.attempts.len(), merged.done.duplicates), (3 + 1 + 2, 2));
}

#[test]
fn rows_of_two_accounts_are_two_requests_however_alike() {
    let row = |account: &str| {
        format!("{{\"start\":1772554740.5,\"status\":429,\"session\":\"s\",\"agent\":\"a\"{account}}}\n")
    };
    let named = |name: &str| row(&format!(",\"account\":\"{name}\""));
    let rows = [named("one"), named("two"), named("two")].concat();
    let (two, _) = merged(&[file(&Canonical, "a.jsonl", rows.as_bytes())]);
    assert_eq!(two.attempts.len(), 2, "only the repeat goes");
    let (one, _) = merged(&[file(&Canonical, "a.jsonl", [named("one"), row("")].concat().as_bytes())]);
    assert_eq!(one.attempts.len(), 1, "a row that names no account repeats the one that does");
}

#[test]
fn whole_seconds_cannot_tell_a_retry_from_a_repeat() {
    let row = "{\"start\":1772554740,\"status\":429,\"session\":\"s\",\"agent\":\"a\"}\n".repeat(2);
    let (merged, _) = merged(&[file(&Canonical, "a.jsonl", row.as_bytes())]);
    assert_eq!(merged.attempts.len(), 2);
}

#[test]
fn equal_request_ids_are_one_request_unless_far_apart() {
    let row = |at: f64| format!("{{\"start\":{at},\"status\":429,\"request_id\":\"r\"}}\n");
    let rows = [row(1_772_554_740.0), row(1_772_554_741.0), row(1_772_554_840.0)].concat();
    let (merged, _) = merged(&[file(&Canonical, "a.jsonl", rows.as_bytes())]);
    assert_eq!(merged.attempts.len(), 2);
}

/// opencode's log loses its last lines at exit: its last request looks admitted until the database tells the failure.
#[test]
fn a_success_that_was_only_assumed_gives_way_to_the_failure_of_the_same_message() {
    let rows = |message: u64| {
        let mut texts = Texts::default();
        let client = texts.intern("opencode");
        let open = Attempt {
            end: None,
            status: None,
            fidelity: Fidelity::Inferred,
            rank: 3,
            request_hash: 7,
            ..admitted(&mut texts, 10.0, 10.0, "build")
        };
        let failed = Attempt { rank: 2, request_hash: message, ..refused(&mut texts, 60.0, "build", 403) };
        merge([open, failed].map(|a| Attempt { client, ..a }).to_vec(), texts).0.attempts
    };
    let [row] = rows(7)[..] else { panic!("one request") };
    assert_eq!((row.outcome, row.status, row.class), (Outcome::Refused, Some(403), Class::Access));
    assert_eq!(row.end.unwrap().since(row.start), 50.2);
    assert_eq!(rows(8).len(), 2, "another message's failure says nothing of this request");
}

/// Attempts without their places, which copies and splits change.
fn content(files: &[InputFile]) -> Vec<String> {
    let (merged, texts) = merged(files);
    let name = |id: Option<TextId>| id.map_or("-", |id| texts.get(id)).to_owned();
    merged
        .attempts
        .iter()
        .map(|a| {
            let agent = [name(a.session), name(a.agent), name(a.model), name(a.error_kind)];
            format!("{:?} {:?} {:?} {:?} {agent:?}", a.start, a.end, a.status, a.tokens)
        })
        .collect()
}

/// Canonical lines of a few agents, with milliseconds that are never zero.
fn lines() -> impl Strategy<Value = Vec<String>> {
    let row = (0_u64..40, 1_u64..999, 0_u8..4, prop::sample::select(vec![200, 429, 503]), any::<bool>());
    prop::collection::vec(row, 1..40).prop_map(|rows| {
        let line = |(s, ms, agent, status, ended): &(u64, u64, u8, u16, bool)| {
            let start = 1_772_554_740_000 + s * 1000 + ms;
            let end = if *ended { format!(",\"end\":{}", start + 250) } else { String::new() };
            format!("{{\"start\":{start}{end},\"status\":{status},\"session\":\"s\",\"agent\":\"a{agent}\",\"output_tokens\":{s}}}\n")
        };
        rows.iter().map(line).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn copies_splits_and_order_change_nothing(rows in lines(), cut in 0_usize..40, turn in 0_usize..40) {
        let one = content(&[file(&Canonical, "a.jsonl", rows.concat().as_bytes())]);
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        turned.reverse();
        let twice = [turned.concat(), rows.concat()].concat();
        prop_assert_eq!(&content(&[file(&Canonical, "a.jsonl", twice.as_bytes())]), &one);
        let (a, b) = turned.split_at(cut % rows.len());
        let halves = [
            numbered(&Canonical, "b.jsonl", b.concat().as_bytes(), 0),
            numbered(&Canonical, "a.jsonl", a.concat().as_bytes(), 1),
            numbered(&Canonical, "c.jsonl", rows.concat().as_bytes(), 2),
        ];
        prop_assert_eq!(&content(&halves), &one);
    }
}
