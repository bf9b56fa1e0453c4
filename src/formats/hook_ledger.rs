//! The ledger that `why429 hook` writes: snapshots and stops, each with its time.
//!
//! In: JSON lines of schema `why429.ledger/v1`. Out: snapshots; of a stop the refusal that ended the work, as a row of the
//! client that it names, so that the client's own row of it is the same attempt (docs/FORMATS.md, `why429-ledger`).

use serde_json::Value;

use super::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::hook::ledger::{BEGIN, StopLine};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};
use crate::snapshots::capture_time::Clues;
use crate::snapshots::entry;

/// A ledger of `why429 hook`.
#[derive(Debug)]
pub struct HookLedger;

static INFO: FormatInfo = FormatInfo {
    id: "why429-ledger",
    client: "hook",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "why429 hook: what clients gave to their hooks and status lines",
    lives: &[
        "~/.local/state/why429/ledger.jsonl (Linux, macOS)",
        r"%LOCALAPPDATA%\why429\ledger.jsonl (Windows)",
        "XDG_STATE_HOME moves ~/.local/state",
    ],
    shows: "usage snapshots at the time the client showed them, and the error that ended a client's work",
    not_logged: "admitted attempts, and refusals that the client retried",
    established: "run",
};

/// The first whole line must be among so many.
const FIRST_LINES: usize = 3;

/// Requests that a stop may collapse: the retries and the first request: clients retry up to ten times before they give up.
const AT_MOST: u8 = 11;

impl LogFormat for HookLedger {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(FIRST_LINES).any(|l| l.starts_with(BEGIN.as_bytes()))
    }

    fn stateless(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser)
    }
}

struct Parser;

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let value = serde_json::from_slice::<Value>(line).unwrap_or_default();
        match value["kind"].as_str() {
            Some("snapshot") => snapshot(&value, number, sink),
            Some("stop") => stop(value, number, sink),
            _ => sink.problem(number, "no line of a ledger; ignored"),
        }
    }

    fn finish(self: Box<Self>, _: bool, _: &mut Sink) {}
}

fn snapshot(value: &Value, number: u64, sink: &mut Sink) {
    let Some(mut entry) = entry::entries(value).pop() else {
        return sink.problem(number, "a snapshot without windows; ignored");
    };
    sink.count_record();
    entry.parsed.owner = value["owner"].as_str().and_then(|o| u64::from_str_radix(o, 16).ok());
    let clues = Clues { embedded: entry.time.and_then(Result::ok), ..Clues::default() };
    let source = sink.source(number);
    sink.snapshot(crate::snapshots::snapshot(entry, &clues, source));
}

fn stop(value: Value, number: u64, sink: &mut Sink) {
    let read = serde_json::from_value::<StopLine>(value).ok();
    let Some((stop, at)) = read.and_then(|s| Time::parse_rfc3339(&s.at).map(|at| (s, at))) else {
        return sink.problem(number, "a stop without a time; ignored");
    };
    sink.count_record();
    sink.attempt(Record {
        end: Some(at),
        row_outcome: RowOutcome::Error,
        status: stop.status,
        error: ErrorFields { kind: stop.error.as_deref(), message: stop.message.as_deref() },
        client: Some(&stop.client),
        provider: stop.provider.as_deref(),
        account: stop.account.as_deref(),
        model: stop.model.as_deref(),
        session: stop.session.as_deref(),
        agent: stop.agent.as_deref(),
        unanswered: true,
        ended_work: true,
        fidelity: Fidelity::Collapsed,
        at_most: AT_MOST,
        line: number,
        ..Record::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::model::FileId;

    const SNAPSHOT: &str = r#"{"schema":"why429.ledger/v1","kind":"snapshot","captured_at":"2026-03-03T16:40:11.000Z","provider":"kimi-code","owner":"000000000000002a","windows":[{"window_minutes":300,"limit":100.0,"used":100.0,"remaining":0.0,"resets_at":"2026-03-03T17:16:04.000Z"}],"concurrency_limit":30,"balance":1.5}"#;
    const STOP: &str = r#"{"schema":"why429.ledger/v1","kind":"stop","at":"2026-03-03T16:19:58.000Z","client":"claude-code","session":"s1","status":429,"error":"rate_limit","message":"API Error: Rate limit reached"}"#;

    fn parse(text: &str) -> Parsed {
        let mut sink = Sink::new(FileId(0), &INFO);
        let mut parser = HookLedger.open(&Place::default());
        for (line, number) in text.lines().zip(1..) {
            parser.line(line.as_bytes(), number, &mut sink);
        }
        parser.finish(false, &mut sink);
        sink.into_parsed()
    }

    #[test]
    fn snapshots_and_stops_are_read_and_a_torn_line_is_a_problem() {
        let parsed = parse(&format!("{SNAPSHOT}\n{STOP}\n{{\"schema\":\"why4\n"));
        assert_eq!(
            (parsed.records, parsed.snapshots.len(), parsed.attempts.len(), parsed.problems.len()),
            (2, 1, 1, 1)
        );
        let snapshot = &parsed.snapshots[0];
        assert_eq!(
            (snapshot.owner, snapshot.state.balance, snapshot.state.concurrency_limit),
            (Some(42), Some(1.5), Some(30))
        );
        assert_eq!(snapshot.state.windows[0].remaining_share, Some(0.0));
        let attempt = &parsed.attempts[0];
        assert!(attempt.is_refused() && attempt.ended_work && attempt.status == Some(429));
        assert_eq!(parsed.texts.get(attempt.client), "claude-code", "it is a row of the client");
    }

    #[test]
    fn other_ledgers_are_not_recognised() {
        let recognises = |text: &str| HookLedger.recognises(&Head { bytes: text.as_bytes() });
        assert!(recognises(STOP) && recognises(&format!("torn\n{SNAPSHOT}\n")));
        for other in ["", "{\"captured_at\":1}", "{\"message\":\"{\\\"schema\\\":\\\"why429.ledger/v1\\\"\"}"] {
            assert!(!recognises(other), "{other}");
        }
    }
}
