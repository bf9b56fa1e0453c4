//! Tests of the zone of local stamps: a log and wires built in the clients' structure.

use super::*;
use crate::formats::kimi_cli::{log::KimiLog, wire::KimiWire};
use crate::merge::testing::{file, wire_time};

const S: [&str; 2] = ["11111111-2222-3333-4444-555555555555", "22222222-2222-3333-4444-555555555555"];

/// A log with one completed step at each local time of day, under a session.
fn log(path: &str, steps: &[(&str, &str)]) -> InputFile {
    let lines: Vec<String> = steps
        .iter()
        .map(|(s, at)| {
            format!("2026-03-03 {at} | INFO     | kimi_cli.soul:_step:1 | {s} - LLM step completed in 1.0s (input=1, output=1)\n")
        })
        .collect();
    file(&KimiLog, path, lines.concat().as_bytes())
}

/// A wire with one finished step at each UTC time of day.
fn wire(session: &str, ends: &[&str]) -> InputFile {
    let lines: Vec<String> = ends
        .iter()
        .map(|at| {
            let end = wire_time(at);
            format!(
                "{{\"timestamp\":{},\"message\":{{\"type\":\"StepBegin\",\"payload\":{{}}}}}}\n{{\"timestamp\":{end},\"message\":{{\"type\":\"StatusUpdate\",\"payload\":{{\"token_usage\":{{\"output\":1}},\"message_id\":\"m\"}}}}}}\n",
                end - 1.0
            )
        })
        .collect();
    file(&KimiWire, &format!("sessions/ab/{session}/wire.jsonl"), lines.concat().as_bytes())
}

fn ends(file: &InputFile) -> Vec<String> {
    file.parsed.attempts.iter().map(|a| a.end.unwrap().rfc3339()[11..19].to_owned()).collect()
}

#[test]
fn the_user_s_word_counts() {
    let mut files = [log("kimi.log", &[(S[0], "12:00:00.000")])];
    let notes = settle(&mut files, Asked { log_zone: Zone::parse("+08:00"), ..Asked::default() });
    assert_eq!(ends(&files[0]), ["04:00:00"]);
    assert_eq!(notes, ["kimi.log carries no zone: taken as +08:00, as asked."]);
    assert_eq!(files[0].parsed.span.unwrap().1.rfc3339(), "2026-03-03T04:00:00.000Z");
}

#[test]
fn the_session_s_wire_tells_the_zone_and_the_others_follow() {
    let mut files = [
        log(
            "kimi.log",
            &[(S[0], "12:00:00.000"), (S[0], "12:07:30.000"), (S[0], "12:11:00.000"), ("", "12:20:00.000")],
        ),
        log("kimi.1.log", &[(S[1], "09:00:00.000")]),
        wire(S[0], &["06:30:00.100", "06:37:30.100", "07:00:00.000"]),
    ];
    let notes = settle(&mut files, Asked::default());
    assert_eq!(ends(&files[0]), ["06:30:00", "06:37:30", "06:41:00", "06:50:00"]);
    assert_eq!(ends(&files[1]), ["03:30:00"]);
    assert_eq!(
        notes[0],
        "kimi.log carries no zone: taken as +05:30, from 2 of 3 steps that its sessions' wires stamp in UTC."
    );
    assert_eq!(notes[1], "kimi.1.log carries no zone: taken as +05:30, like the other logs of this client.");
}

#[test]
fn a_change_of_clocks_between_sessions_is_survived() {
    let mut files = [
        log(
            "kimi.log",
            &[(S[0], "01:10:00.000"), (S[0], "01:14:00.000"), (S[1], "04:10:00.000"), (S[1], "04:16:00.000")],
        ),
        wire(S[0], &["00:10:00.000", "00:14:00.000"]),
        wire(S[1], &["02:10:00.000", "02:16:00.000"]),
    ];
    let notes = settle(&mut files, Asked::default());
    assert_eq!(ends(&files[0]), ["00:10:00", "00:14:00", "02:10:00", "02:16:00"]);
    assert!(notes[0].contains("+01:00 and +02:00"), "{notes:?}");
}

#[test]
fn without_a_wire_utc_is_assumed_and_said() {
    let mut files = [log("kimi.log", &[(S[0], "12:00:00.000")])];
    let notes = settle(&mut files, Asked::default());
    assert_eq!(ends(&files[0]), ["12:00:00"]);
    assert!(notes[0].contains("assumed"), "{notes:?}");
}

#[test]
fn ends_that_do_not_meet_prove_nothing() {
    let mut files = [
        log("kimi.log", &[(S[0], "12:00:00.000"), (S[0], "12:01:00.000"), (S[0], "12:04:00.000")]),
        wire(S[0], &["06:31:10.000", "06:36:20.000"]),
    ];
    let notes = settle(&mut files, Asked::default());
    assert!(notes[0].contains("assumed"), "{notes:?}");
}
