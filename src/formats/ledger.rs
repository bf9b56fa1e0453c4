//! Ledgers: JSON lines, each a snapshot with the time of its capture.
//!
//! In: lines in the form `usage-contract`, or a time field beside or around a provider's own body. Out: snapshots through the
//! sink, each with its line. Always: a log of attempts is never taken for a ledger.

use serde_json::Value;

use super::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::snapshots::capture_time::Clues;
use crate::snapshots::{ERROR_REPLY, entry};

/// A ledger of snapshots.
#[derive(Debug)]
pub struct UsageLedger;

static INFO: FormatInfo = FormatInfo {
    id: "usage-ledger",
    client: "ledger",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "scripts that save usage snapshots as JSON lines",
    lives: &["wherever the script writes (Linux, macOS, Windows): quota-snapshots.jsonl, usage-history.jsonl"],
    shows: "snapshots with the time of their capture",
    not_logged: "attempts",
    established: "read",
};

/// How many of the first lines may be broken before a file is no ledger.
const BROKEN_FIRST_LINES: usize = 3;

/// Keys of an attempt's time, with their OpenTelemetry aliases.
const TIME_KEYS: &[&str] = &[
    "start",
    "end",
    "start_time",
    "end_time",
    "startTimeUnixNano",
    "endTimeUnixNano",
    "start_time_unix_nano",
    "end_time_unix_nano",
];

/// Keys of an attempt's outcome (docs/FORMATS.md, and the OpenTelemetry alias).
const OUTCOME_KEYS: &[&str] = &["status", "outcome", "error_type", "http.response.status_code"];

impl LogFormat for UsageLedger {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let mut parsed = head.lines(BROKEN_FIRST_LINES).filter_map(|l| serde_json::from_slice::<Value>(l).ok());
        parsed.next().is_some_and(|line| is_reading(&line))
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { broken: None })
    }
}

/// Whether a line is a snapshot with a time, and not an attempt that happens to carry one.
fn is_reading(line: &Value) -> bool {
    let attempt =
        TIME_KEYS.iter().any(|k| line.get(*k).is_some()) && OUTCOME_KEYS.iter().any(|k| line.get(*k).is_some());
    !attempt && entry::entries(line).iter().any(|e| e.time.is_some())
}

/// `broken`: a line that is not JSON and is no problem if it turns out to be the cut last one.
struct Parser {
    broken: Option<u64>,
}

const NOT_JSON: &str = "not JSON; line ignored";

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        if let Some(broken) = self.broken.take() {
            sink.problem(broken, NOT_JSON);
        }
        let Ok(value) = serde_json::from_slice::<Value>(line) else {
            self.broken = Some(number);
            return;
        };
        let entries = entry::entries(&value);
        if entries.is_empty() {
            let error = entry::holds_error(&value);
            sink.problem(number, if error { ERROR_REPLY } else { "not a usage snapshot; line ignored" });
            return;
        }
        sink.count_record();
        for entry in entries {
            if !matches!(entry.time, Some(Ok(_))) {
                sink.problem(number, "no time with a zone, or not a believable one; the snapshot has no capture time");
            }
            let clues =
                Clues { embedded: entry.time.and_then(Result::ok), body: entry.parsed.captured, ..Clues::default() };
            let source = sink.source(number);
            sink.snapshot(crate::snapshots::snapshot(entry, &clues, source));
        }
    }

    fn finish(self: Box<Self>, cut: bool, sink: &mut Sink) {
        if let Some(broken) = self.broken
            && !cut
        {
            sink.problem(broken, NOT_JSON);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::model::{CaptureBasis, FileId};

    const CONTRACT: &str = r#"{"captured_at":"2026-03-03T16:40:00Z","provider":"kimi-code","account":"acct0","windows":[{"window_minutes":300,"limit":100,"used":100,"remaining":0,"resets_at":"2026-03-03T17:16:04Z"}],"concurrency_limit":30}"#;
    const RAW: &str =
        r#"{"ts":1772556000,"body":{"usage":{"limit":"100","used":"41"},"limits":[],"parallel":{"limit":"20"}}}"#;

    fn recognises(text: &str) -> bool {
        UsageLedger.recognises(&Head { bytes: text.as_bytes() })
    }

    fn parse(text: &str, cut: bool) -> Parsed {
        let mut sink = Sink::new(FileId(3), &INFO);
        let mut parser = UsageLedger.open(&Place::default());
        for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
            parser.line(line.as_bytes(), i as u64 + 1, &mut sink);
        }
        parser.finish(cut, &mut sink);
        sink.into_parsed()
    }

    #[test]
    fn both_forms_are_recognised_and_attempts_are_not() {
        assert!(recognises(CONTRACT));
        assert!(recognises(&format!("{RAW}\n{RAW}\n")));
        assert!(recognises(&format!("x\":1}}\n{RAW}\n")), "a first line cut by rotation");
        for other in [
            r#"{"start":"2026-03-03T16:19:00Z","status":429,"error_type":"rate_limit_reached_error"}"#,
            r#"{"start":"2026-03-03T16:19:00Z","status":200,"t":1772556000,"usage":{"limit":"1"},"limits":[]}"#,
            r#"{"timestamp":"2026-03-03T16:19:00Z","message":"hello","usage":{"prompt_tokens":3}}"#,
            r#"{"usage":{"limit":"100","used":"41"},"limits":[]}"#,
            r#"{"windows":[],"captured":"x"}"#,
            "not json",
            "",
        ] {
            assert!(!recognises(other), "{other}");
            assert!(!recognises(&format!("{other}\n{RAW}")) || !other.starts_with('{'), "{other}");
        }
    }

    #[test]
    fn every_line_becomes_a_snapshot_with_its_own_time() {
        let parsed = parse(&format!("{CONTRACT}\n\n{RAW}\n"), false);
        assert_eq!((parsed.records, parsed.snapshots.len(), parsed.problems.len()), (2, 2, 0));
        let [first, second] = &parsed.snapshots[..] else { panic!() };
        assert_eq!((first.provider.as_deref(), first.account.as_deref()), (Some("kimi-code"), Some("acct0")));
        assert_eq!(first.state.windows[0].remaining_share, Some(0.0));
        assert_eq!((first.source.file, first.source.line), (FileId(3), 1));
        assert_eq!((second.source.line, second.state.concurrency_limit), (3, Some(20)));
        let captured = second.captured.unwrap();
        assert_eq!(
            (captured.at.rfc3339().as_str(), captured.basis),
            ("2026-03-03T16:40:00.000Z", CaptureBasis::Embedded)
        );
        assert_eq!(parsed.span, None, "readings say nothing on when requests were logged");
    }

    #[test]
    fn bad_lines_are_counted_and_cost_nothing_else() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        let text = format!(
            "{RAW}\nnope\n{deep}\n{{\"ts\":1772556000,\"body\":{{\"error\":{{\"message\":\"no\"}}}}}}\n{{\"a\":1}}\n\
             {{\"ts\":\"16:40\",\"body\":{{\"usage\":{{\"limit\":1,\"used\":0}},\"limits\":[]}}}}\n{RAW}"
        );
        let parsed = parse(&text, false);
        let actual: Vec<_> = parsed.problems.iter().map(|p| (p.line, p.reason.as_str(), p.count)).collect();
        assert_eq!(
            actual,
            [
                (2, NOT_JSON, 2),
                (4, ERROR_REPLY, 1),
                (5, "not a usage snapshot; line ignored", 1),
                (6, "no time with a zone, or not a believable one; the snapshot has no capture time", 1),
            ]
        );
        assert_eq!(parsed.snapshots.len(), 3);
        assert_eq!(parsed.snapshots[1].captured, None);
    }

    #[test]
    fn a_cut_last_line_is_normal() {
        assert!(parse(&format!("{RAW}\n{{\"ts\":17"), true).problems.is_empty());
        assert_eq!(parse(&format!("{RAW}\n{{\"ts\":17\n"), false).problems.len(), 1);
    }
}
