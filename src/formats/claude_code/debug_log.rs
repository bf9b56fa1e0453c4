//! `--debug-file` of Claude Code, and `~/.claude/debug/<session>.txt`: what the program says of itself.
//!
//! In: framed lines in UTC. Out: a row for each request to the model: `[API REQUEST]` begins it, `Stream started` means that it was
//! admitted, `API error (attempt 1/11): 529 ...` that it was refused. Whatever else is logged, quoted texts too, is passed over.
//! Where transcripts lie beside it, each request counts once (`merge/`).

use std::collections::VecDeque;

use serde_json::Value;

use super::errors::{is_limit, is_unreached};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "claude-code-debug",
    client: "claude-code",
    client_traits: crate::formats::claude_code::TRAITS,
    rank: 0,
    merge_tolerance_s: 1.0,
    program: "Claude Code, its debug log (--debug-file; lines of 2.1.185 to 2.1.332)",
    lives: &["where --debug-file says; ~/.claude/debug/<session>.txt with --debug (Linux, macOS, Windows)"],
    shows: "each request's start, whether an answer began, each failure with status, text and try",
    not_logged: "the end of an answer, tokens, model; which of several requests under way an error is about",
    established: "reported (public threads and programs that read it); its lines of 2.1.332 as recorded beside a run",
};

const REQUEST: &str = "[API REQUEST] ";
const STARTED: &str = "Stream started - received first chunk";
const ERROR: &str = "API error (attempt ";

/// Requests that may be under way at once.
const MOST_OPEN: usize = 64;

/// Debug logs.
#[derive(Debug)]
pub struct ClaudeDebug;

impl LogFormat for ClaudeDebug {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let own = [REQUEST, STARTED, ERROR];
        head.lines(2000)
            .any(|line| split_frame(line).is_some_and(|(_, message)| own.iter().any(|mark| message.starts_with(mark))))
    }

    fn needs(&self) -> &'static [&'static str] {
        &["attempt"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        let name = place.upwards().next().unwrap_or_default();
        let stem = name.split('.').next().unwrap_or(name);
        let is_id = stem.len() == 36 && stem.bytes().filter(|b| *b == b'-').count() == 4;
        let session = if is_id { stem.to_owned() } else { Place::session_of_folder(name) };
        Box::new(Parser { session, open: VecDeque::new() })
    }
}

/// Stamp and message of `2026-11-30T23:04:00.123Z [LEVEL] message`.
fn split_frame(line: &[u8]) -> Option<(Time, &str)> {
    let line = &line[..line.len().min(4096)];
    let line =
        std::str::from_utf8(line).unwrap_or_else(|e| std::str::from_utf8(&line[..e.valid_up_to()]).unwrap_or(""));
    let (stamp, rest) = line.split_once(" [")?;
    let (level, message) = rest.split_once("] ")?;
    let is_level = matches!(level, "DEBUG" | "INFO" | "WARN" | "ERROR");
    (is_level && stamp.len() == 24).then(|| Some((stamp::rfc3339(stamp)?, message)))?
}

struct Open {
    at: Time,
    line: u64,
}

struct Parser {
    session: String,
    /// Requests that left, the oldest first.
    open: VecDeque<Open>,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let Some((at, message)) = split_frame(line) else { return };
        sink.note_time(at);
        if let Some(path) = message.strip_prefix(REQUEST) {
            sink.count_record();
            if path.starts_with("/v1/messages ") || path.trim_end() == "/v1/messages" {
                self.open.push_back(Open { at, line: number });
                if self.open.len() > MOST_OPEN {
                    self.open.pop_front();
                }
            }
        } else if message.starts_with(STARTED) {
            sink.count_record();
            if let Some(open) = self.open.pop_front() {
                sink.attempt(Record {
                    start: Some(open.at),
                    row_outcome: RowOutcome::Ok,
                    fidelity: Fidelity::Inferred,
                    ..self.row(open.line)
                });
            }
        } else if let Some(rest) = message.strip_prefix("API error (") {
            sink.count_record();
            sink.need(number, "attempt", rest.starts_with("attempt "));
            if let Some((tries, text)) = rest.strip_prefix("attempt ").and_then(|rest| rest.split_once("): ")) {
                self.emit_failure(tries, text.trim(), (at, number), sink);
            }
        }
    }

    fn finish(self: Box<Self>, _: bool, sink: &mut Sink) {
        self.open.iter().for_each(|open| sink.open(Record { start: Some(open.at), ..self.row(open.line) }));
    }
}

impl Parser {
    fn row(&self, line: u64) -> Record<'_> {
        Record { session: Some(&self.session), at_most: 1, line, ..Record::default() }
    }

    /// `529 529 {json}`, `Connection error.`, `Request was aborted.`
    fn emit_failure(&mut self, tries: &str, text: &str, (at, line): (Time, u64), sink: &mut Sink) {
        let start = self.open.pop_front().map(|open| open.at);
        if text.starts_with("Request was aborted") {
            sink.count_unanswered();
            return;
        }
        let first = text.split(' ').next().unwrap_or_default();
        let status = first.parse::<u16>().ok().filter(|s| (400..=599).contains(s));
        let message = if status.is_some() { text[first.len()..].trim_start() } else { text };
        let message = message.strip_prefix(first).filter(|_| status.is_some()).unwrap_or(message).trim_start();
        let body: Option<Value> = serde_json::from_str(message).ok();
        let inner = body.as_ref().and_then(|b| b.get("error"));
        let field = |key: &str| inner.and_then(|e| e.get(key)).and_then(Value::as_str);
        let unreached = status.is_none() && is_unreached(text);
        let status = status.or(is_limit(text).then_some(429));
        let kind = field("type").or(unreached.then_some("APIConnectionError"));
        let (now, all) = tries.split_once('/').unwrap_or((tries, ""));
        sink.attempt(Record {
            start,
            start_low: start,
            end: Some(at),
            row_outcome: RowOutcome::Error,
            status,
            error: ErrorFields { kind, message: field("message").or(Some(message)).filter(|m| !m.is_empty()) },
            request_id: body.as_ref().and_then(|b| b.get("request_id")).and_then(Value::as_str),
            unanswered: text.starts_with("Request timed out"),
            ended_work: now == all,
            fidelity: Fidelity::Observed,
            ..self.row(line)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::{Class, Outcome};

    const LOG: &str = "2026-11-30T23:04:00.000Z [DEBUG] watching settings\n\
        2026-11-30T23:04:01.000Z [DEBUG] [API REQUEST] /v1/messages x-client-request-id=a source=sdk\n\
        2026-11-30T23:04:01.400Z [ERROR] API error (attempt 1/11): 529 529 {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"},\"request_id\":\"req_1\"}\n\
        2026-11-30T23:04:02.000Z [DEBUG] [API REQUEST] /v1/messages source=sdk\n\
        2026-11-30T23:04:04.000Z [DEBUG] Stream started - received first chunk\n\
        2026-11-30T23:04:05.000Z [DEBUG] user said: API error (attempt 1/11): 529\n\
        2026-11-30T23:04:06.000Z [ERROR] API error (attempt 11/11): Connection error.\n\
        2026-11-30T23:04:07.000Z [ERROR] API error (attempt 1/11): Request was aborted.\n";

    #[test]
    fn requests_answers_and_errors_are_rows_and_quoted_lines_are_not() {
        assert_eq!(format_id(LOG), Some("claude-code-debug"));
        let parsed = parse(&ClaudeDebug, "debug.txt", LOG.as_bytes());
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.outcome, a.class, a.status, a.ended_work)).collect();
        assert_eq!(
            actual,
            [
                (Outcome::Refused, Class::Overload, Some(529), false),
                (Outcome::Admitted, Class::Ok, None, false),
                (Outcome::Refused, Class::Network, None, true)
            ]
        );
        let first = &parsed.attempts[0];
        assert_eq!((first.end.unwrap().since(first.start), text(&parsed, first.error_message)), (0.4, "Overloaded"));
        assert_eq!((text(&parsed, first.request_id), parsed.problems.len()), ("req_1", 0));
    }

    #[test]
    fn another_frame_of_the_error_is_an_alarm() {
        let renamed = LOG.replace("(attempt ", "(try ");
        let problems = parse(&ClaudeDebug, "debug.txt", renamed.as_bytes()).problems;
        assert!(problems.iter().any(|p| p.reason.contains("does not know")), "{problems:?}");
    }
}
