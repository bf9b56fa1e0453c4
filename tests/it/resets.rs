//! The reset that an estimate names ends the window that refused, though the last refusals may name the next window's.
//!
//! A server that is asked right after a reset may still refuse and already publish the next reset. Each log here is one
//! block of half an hour whose window ends 10 s before the last refusal, and then a block in the next window.

use std::fmt::Write;

use serde_json::{Value, json};
use why429::document::{Document, Episode};
use why429::model::Time;

use crate::support::{Folder, analyse, root};
use crate::truth;

/// The window's reset, and the one after it, five hours later, in seconds after the log's first hour began.
const RESETS_S: [f64; 2] = [5_400.0, 5_400.0 + 18_000.0];
/// First and last refusal of the two blocks.
const BLOCKS_S: [(f64, f64); 2] = [(3_600.0, 5_410.0), (9_000.0, 10_800.0)];

fn at(s: f64) -> Time {
    Time::parse_rfc3339("2026-03-03T08:00:00Z").unwrap().plus(s)
}

/// The reset of the window that a moment lies in.
fn reset_after(s: f64) -> f64 {
    RESETS_S.into_iter().find(|reset| *reset > s).unwrap()
}

/// Requests of two agents, refused in the blocks and admitted else; `named` adds what a refusal says of its reset.
fn requests(provider: &str, named: fn(&mut Value, f64)) -> String {
    let mut log = String::new();
    for n in 0..1_100 {
        let s = f64::from(n) * 10.0;
        let is_refused = BLOCKS_S.iter().any(|(from, to)| (*from..=*to).contains(&s));
        let mut row = json!({"start": at(s).rfc3339(), "end": at(s + 0.8).rfc3339(), "status": 200, "provider": provider,
            "account": "a", "model": "m", "session": format!("agent-{}", n % 2), "input_tokens": 900, "output_tokens": 90});
        if is_refused {
            row["status"] = json!(429);
            row["error_message"] = json!("You've reached your usage limit.");
            named(&mut row, s);
        }
        writeln!(log, "{row}").unwrap();
    }
    log
}

/// Ledger lines: the window empty at the moment of every thirtieth refusal, and of the one after the reset.
fn ledger(provider: &str) -> String {
    let mut lines = String::new();
    for s in [3_630.0, 3_930.0, 4_830.0, 5_370.0, 5_410.0, 9_030.0, 9_930.0, 10_790.0] {
        let window = json!({"window_minutes": 300, "limit": 100, "used": 100, "remaining": 0, "resets_at": at(reset_after(s)).rfc3339()});
        let line =
            json!({"captured_at": at(s + 0.5).rfc3339(), "provider": provider, "account": "a", "windows": [window]});
        writeln!(lines, "{line}").unwrap();
    }
    lines
}

fn blocks(document: &Document) -> Vec<&Episode> {
    document.episodes.iter().filter(|e| e.kind == "refused").collect()
}

#[track_caller]
fn is_named_for_each_block(document: &Document, what: &str) {
    let blocks = blocks(document);
    assert_eq!(blocks.len(), 2, "{what}");
    for (block, reset) in blocks.iter().zip(RESETS_S) {
        assert_eq!(block.verdict.cause, "token_window", "{what}: {}", block.sentence);
        let named = block.estimates.resets_at.as_deref().map(|t| Time::parse_rfc3339(t).unwrap().since(at(reset)));
        assert!(named == Some(0.0), "{what}: {:?} of {}", block.estimates, block.from);
    }
    let delay = blocks[0].estimates.recovery_delay_s.as_ref().map(|d| (d.low, d.high));
    assert!(delay.is_some_and(|(low, high)| low <= 10.0 && (20.0..=30.0).contains(&high)), "{what}: {delay:?}");
}

#[test]
fn snapshots_of_every_provider_name_the_window_that_refused() {
    for provider in ["kimi-code", "claude-code", "codex", "zai"] {
        let folder = Folder::new();
        folder.write("requests.jsonl", requests(provider, |_, _| ()));
        folder.write("ledger.jsonl", ledger(provider));
        is_named_for_each_block(&analyse(&[folder.path()]), provider);
    }
}

#[test]
fn so_do_texts_and_waits() {
    let text = |row: &mut Value, s: f64| {
        let clock = &at(reset_after(s)).rfc3339()[11..16];
        row["error_message"] = json!(format!("You've hit your 5-hour limit · resets {clock} (UTC)"));
    };
    let wait = |row: &mut Value, s: f64| {
        row["error_message"] = json!("You've hit your 5-hour limit.");
        row["retry_after_s"] = json!(reset_after(s) - s);
    };
    for (what, named) in [("text", text as fn(&mut Value, f64)), ("wait", wait)] {
        let folder = Folder::new();
        folder.write("requests.jsonl", requests("claude-code", named));
        is_named_for_each_block(&analyse(&[folder.path()]), what);
    }
}

/// The recording in which this was seen: the last of 80 refusals came as the window ended.
#[test]
fn a_recorded_window_has_the_reset_of_its_server() {
    let folder = root().join("recordings/claude-code-window");
    let document = analyse(&truth::inputs(&folder));
    let named: Vec<_> = blocks(&document).iter().map(|e| e.estimates.resets_at.clone()).collect();
    assert_eq!(named, [Some("2026-11-30T23:20:50.000Z".to_owned()), Some("2026-12-01T04:20:50.000Z".to_owned())]);
}
