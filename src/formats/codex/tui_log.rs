//! `log/codex-tui.log` of the terminal program, to about 0.121.
//!
//! In: lines of Rust's `tracing`, stamped in UTC microseconds, perhaps with colours and stray bytes. Out: a row for each
//! `stream disconnected - retrying ...` and each `Turn error: ...`. Only the message after spans and target counts, so
//! a tool call that quotes such a line is none.

use std::borrow::Cow;

use super::spans::Line;
use super::{AGENT, Failure, HIDDEN_AT_MOST, TOLERANCE_S};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "codex-tui-log",
    client: "codex",
    client_traits: super::TRAITS,
    rank: 1,
    merge_tolerance_s: TOLERANCE_S,
    program: "Codex CLI 0.42 to 0.121 (codex-tui.log)",
    lives: &[
        "~/.codex/log/codex-tui.log (Linux, macOS)",
        r"%USERPROFILE%\.codex\log\codex-tui.log (Windows)",
        "CODEX_HOME moves ~/.codex",
    ],
    shows: "retries of a stream and the failure that ended a turn, of the terminal program only; the thread from 0.98 on",
    not_logged: "what was retried: a 429 and a cut stream look alike; HTTP retries below; successes; exec; all of it in 0.58, which wrote none",
    established: "run (0.42 to 0.117 against a local server), read (public logs to 0.121)",
};

const RETRYING: &str = "stream disconnected - retrying ";
const TURN_ERROR: &str = "Turn error: ";

/// `codex-tui.log`.
#[derive(Debug)]
pub struct CodexTuiLog;

impl LogFormat for CodexTuiLog {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let lines: Vec<_> = head.lines(200).collect();
        let framed = |l: &&[u8]| std::str::from_utf8(&plain(l)).is_ok_and(|l| read_stamp(l).is_some());
        let says =
            |l: &&[u8]| memchr::memmem::find(l, b"codex").is_some() || memchr::memmem::find(l, b"Codex").is_some();
        let own = |l: &&[u8]| {
            memchr::memmem::find(l, b"ghost snapshot").is_some() || memchr::memmem::find(l, b"retrying turn").is_some()
        };
        lines.first().is_some_and(framed) && lines.iter().any(|l| framed(l) && (says(l) || own(l)))
    }

    fn needs(&self) -> &'static [&'static str] {
        &["LEVEL"]
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser)
    }
}

struct Parser;

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let line = plain(line);
        let text = String::from_utf8_lossy(&line);
        let Some((at, rest)) = read_stamp(&text) else { return };
        let rest = strip_level(rest);
        sink.need(number, "LEVEL", rest.is_some());
        let Some(rest) = rest else { return };
        sink.count_record();
        sink.note_time(at);
        if !rest.contains(RETRYING) && !rest.contains(TURN_ERROR) {
            return;
        }
        let parsed_line = Line::read(rest);
        let session = parsed_line.field("thread_id").or_else(|| parsed_line.field("thread.id"));
        let row = Record {
            end: Some(at),
            row_outcome: RowOutcome::Error,
            session,
            agent: session.map(|_| AGENT),
            model: parsed_line.field("model"),
            line: number,
            ..Record::default()
        };
        if parsed_line.message.starts_with(RETRYING) {
            let error = ErrorFields { kind: Some("ConnectionError"), message: Some("stream disconnected") };
            sink.attempt(Record { error, at_most: 5, fidelity: Fidelity::Collapsed, ..row });
        } else if let Some(message) = parsed_line.message.strip_prefix(TURN_ERROR) {
            let failure = Failure::of(None, message);
            sink.attempt(Record {
                status: failure.status,
                broke_off: failure.broke_off,
                error: ErrorFields { kind: failure.kind.as_deref(), message: Some(message) },
                request_id: failure.request_id.as_deref(),
                ended_work: true,
                at_most: if failure.at_once { 1 } else { HIDDEN_AT_MOST },
                fidelity: if failure.at_once { Fidelity::Observed } else { Fidelity::Collapsed },
                ..row
            });
        }
    }

    fn finish(self: Box<Self>, _: bool, _: &mut Sink) {}
}

/// The line without colours (`ESC [ ... m`).
fn plain(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(0x1b, line).is_none() {
        return Cow::Borrowed(line);
    }
    let mut plain = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = memchr::memchr(0x1b, rest) {
        plain.extend_from_slice(&rest[..at]);
        let after = &rest[at + 1..];
        let code =
            after.strip_prefix(b"[").map_or(0, |c| c.iter().take_while(|b| b.is_ascii_digit() || **b == b';').count());
        let skip = if after.get(code + 1) == Some(&b'm') { code + 2 } else { 0 };
        rest = &after[skip..];
    }
    plain.extend_from_slice(rest);
    Cow::Owned(plain)
}

/// `<stamp>Z rest`.
fn read_stamp(line: &str) -> Option<(Time, &str)> {
    let (stamp, rest) = line.split_once(' ')?;
    if stamp.len() != 27 || !stamp.ends_with('Z') {
        return None;
    }
    Some((stamp::rfc3339(stamp)?, rest))
}

/// What follows the level, which is padded to five.
fn strip_level(rest: &str) -> Option<&str> {
    ["ERROR ", " WARN ", " INFO ", "DEBUG ", "TRACE "].iter().find_map(|l| rest.strip_prefix(l))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::{Class, Outcome};

    const T: &str = "2026-01-02T03:04:05.123456Z";

    #[test]
    fn coloured_and_plain_lines_are_read() {
        let old = format!(
            "\u{1b}[2m{T}\u{1b}[0m \u{1b}[33m WARN\u{1b}[0m stream disconnected - retrying turn (1/3 in 194ms)...\n\
            \u{1b}[2m{T}\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m Turn error: You've hit your usage limit. Upgrade to Pro or try again in 1 hour 30 minutes.\n"
        );
        assert_eq!(format_id(&old), Some("codex-tui-log"));
        let parsed = parse(&CodexTuiLog, "codex-tui.log", old.as_bytes());
        let [retry, end] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!((retry.class, retry.outcome, retry.start_read), (Class::Network, Outcome::Refused, false));
        assert_eq!((end.status, end.at_most, end.ended_work), (Some(429), 1, true));
        assert_eq!(end.session, None);
    }

    #[test]
    fn the_thread_stands_in_the_spans() {
        let line = format!(
            "{T}  INFO session_loop{{thread_id=t-1}}:turn{{model=m}}: codex_core::codex: Turn error: exceeded retry limit, last status: 429 Too Many Requests, request id: r-1\n"
        );
        let parsed = parse(&CodexTuiLog, "x", line.as_bytes());
        let row = &parsed.attempts[0];
        let actual = [row.session, row.agent, row.model, row.request_id].map(|id| text(&parsed, id));
        assert_eq!((actual, row.status, row.at_most), (["t-1", "main", "m", "r-1"], Some(429), 30));
    }

    #[test]
    fn what_others_say_is_no_failure() {
        let lines = format!(
            "{T}  INFO codex_core::x: ToolCall: shell {{\"command\": \"grep 'Turn error: last status: 429' x\"}}\n\
             {T}  INFO FunctionCall: shell({{\"command\": [\"echo\", \"{T}  INFO Turn error: usage limit\"]}})\n\
             +{T}  INFO Turn error: You've hit your usage limit.\n\
             Turn error: You've hit your usage limit.\n"
        );
        assert!(parse(&CodexTuiLog, "x", lines.as_bytes()).attempts.is_empty());
    }
}
