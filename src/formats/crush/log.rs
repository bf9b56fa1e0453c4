//! Crush: `crush.log`, one JSON object a line.
//!
//! In: the lines of its logger, with the place in its source that wrote each. Out: a row for each answer of a provider that is
//! told: failures with their status and text, and with `debug` on every answer. Everything else is passed over. Source: lines
//! in public bug reports, and the program's source.

use serde::Deserialize;

use crate::formats::pending_error::PendingError;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, own};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "crush-log",
    client: "crush",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 2,
    merge_tolerance_s: 2.0,
    program: "Crush (crush.log)",
    lives: &["<project>/.crush/logs/crush.log (Linux, macOS)", r"<project>\.crush\logs\crush.log (Windows)"],
    shows: "each failed request with status and text, retries too; with `debug` on each answer with its duration",
    not_logged: "without `debug` all requests that were answered; sessions and agents",
    established: "reported (lines in public bug reports), read (its source); not run",
};

/// How long after an answer its error may be logged, in seconds.
const TEXT_AFTER_S: f64 = 1.0;

/// The log of Crush.
#[derive(Debug)]
pub struct CrushLog;

impl LogFormat for CrushLog {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        const MARKS: [&str; 4] = ["\"time\":\"", "\"level\":\"", "\"source\":{", "\"msg\":\""];
        let is_own = |l: &[u8]| memchr::memmem::find(l, b"charmbracelet/").is_some();
        head.lines(30).any(|l| l.starts_with(b"{\"") && own::count(l, &MARKS) >= 3 && is_own(l))
    }

    fn needs(&self) -> &'static [&'static str] {
        &["time", "msg"]
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Entry {
    time: Option<String>,
    msg: Option<String>,
    status_code: Option<u16>,
    message: Option<String>,
    title: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    error: Option<serde_json::Value>,
    duration_ms: Option<f64>,
    provider: Option<String>,
    model: Option<String>,
}

/// An answer with its duration, until it is known whether its error follows.
struct Answer {
    at: Time,
    start: Option<Time>,
    status: u16,
    line: u64,
}

#[derive(Default)]
struct Parser {
    held: Option<Answer>,
    pending: PendingError,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        self.pending.report(sink);
        let Ok(entry) = serde_json::from_slice::<Entry>(line) else {
            self.pending.raise(number, "not a JSON object");
            return;
        };
        sink.need(number, "time", entry.time.is_some());
        sink.need(number, "msg", entry.msg.is_some());
        let Some(at) = entry.time.as_deref().and_then(Time::parse_rfc3339) else { return };
        sink.count_record();
        sink.note_time(at);
        let Some(status) = entry.status_code.filter(|s| (100..600).contains(s)) else { return };
        if entry.msg.as_deref() == Some("HTTP Response") {
            self.flush(sink);
            let start = entry.duration_ms.map(|ms| at.plus(-ms / 1000.0));
            self.held = Some(Answer { at, start, status, line: number });
            return;
        }
        self.emit_failure(&entry, (at, status, number), sink);
    }

    fn finish(mut self: Box<Self>, cut: bool, sink: &mut Sink) {
        self.flush(sink);
        self.pending.report_at_end(cut, sink);
    }
}

impl Parser {
    fn emit_failure(&mut self, entry: &Entry, (at, status, line): (Time, u16, u64), sink: &mut Sink) {
        let is_its = |a: &Answer| a.status == status && at.since(a.at).abs() <= TEXT_AFTER_S;
        if !self.held.as_ref().is_some_and(is_its) {
            self.flush(sink);
        }
        let held = self.held.take();
        let fallback = entry
            .error
            .as_ref()
            .and_then(|e| e.as_str().map(str::to_owned).or_else(|| e.get("message")?.as_str().map(str::to_owned)));
        let text = entry.message.as_deref().filter(|t| !t.is_empty()).or(fallback.as_deref());
        let kind = [&entry.kind, &entry.title].into_iter().flatten().map(String::as_str).find(|k| !k.is_empty());
        sink.attempt(Record {
            start: held.as_ref().and_then(|a| a.start),
            end: Some(held.as_ref().map_or(at, |a| a.at)),
            row_outcome: RowOutcome::ByStatus,
            status: Some(status),
            error: ErrorFields { kind, message: text },
            provider: entry.provider.as_deref().or_else(|| text.and_then(provider_in)),
            model: entry.model.as_deref(),
            fidelity: if held.as_ref().is_some_and(|a| a.start.is_some()) {
                Fidelity::Observed
            } else {
                Fidelity::Inferred
            },
            at_most: 1,
            line: held.map_or(line, |a| a.line),
            ..Record::default()
        });
    }

    fn flush(&mut self, sink: &mut Sink) {
        let Some(answer) = self.held.take() else { return };
        sink.attempt(Record {
            start: answer.start,
            end: Some(answer.at),
            status: Some(answer.status),
            fidelity: if answer.start.is_some() { Fidelity::Observed } else { Fidelity::Inferred },
            at_most: 1,
            line: answer.line,
            ..Record::default()
        });
    }
}

/// The provider that an error names itself by.
fn provider_in(text: &str) -> Option<&'static str> {
    (text.contains("OpenRouter") || text.contains("limit_rpm/")).then_some("openrouter")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::formats::testing::{format_id, parse, text};

    fn line(second: u32, msg: &str, rest: &str) -> String {
        format!(
            "{{\"time\":\"2026-05-12T11:00:{second:02}.5+02:00\",\"level\":\"WARN\",\"source\":{{\"function\":\"github.com/charmbracelet/crush/internal/x\",\"line\":1}},\"msg\":\"{msg}\"{rest}}}\n"
        )
    }

    fn read(lines: &[String]) -> Parsed {
        parse(&CrushLog, ".crush/logs/crush.log", lines.concat().as_bytes())
    }

    #[test]
    fn failures_are_rows_and_the_notes_of_retries_are_not() {
        let failure =
            line(1, "OpenAI API error", r#","status_code":429,"message":"limited to 1 requests per minute","type":"""#);
        let parsed = read(&[
            failure.clone(),
            line(1, "Retrying due to rate limit", r#","attempt":1,"max_retries":8"#),
            line(2, "started", ""),
        ]);
        assert_eq!(format_id(&failure), Some("crush-log"));
        let [row] = &parsed.attempts[..] else { panic!("{parsed:?}") };
        assert_eq!((row.status, row.end.unwrap().rfc3339().as_str()), (Some(429), "2026-05-12T09:00:01.500Z"));
        assert_eq!(text(&parsed, row.error_message), "limited to 1 requests per minute");
        assert_eq!(parsed.records, 3);
    }

    #[test]
    fn with_debug_an_answer_and_its_error_are_one_row() {
        let answer =
            |s, status: u16| line(s, "HTTP Response", &format!(r#","status_code":{status},"duration_ms":1500"#));
        let error = line(
            3,
            "Provider request failed, retrying",
            r#","status_code":429,"title":"too many requests","message":"full""#,
        );
        let parsed = read(&[answer(1, 200), answer(3, 429), error]);
        let [ok, refused] = &parsed.attempts[..] else { panic!("{parsed:?}") };
        assert_eq!((ok.status, ok.end.unwrap().since(ok.start)), (Some(200), 1.5));
        assert_eq!((refused.status, text(&parsed, refused.error_message), refused.source.line), (Some(429), "full", 2));
    }

    #[test]
    fn another_program_s_log_and_odd_lines_are_none() {
        let foreign = line(1, "x", "").replace("charmbracelet", "other");
        assert_eq!(format_id(&foreign), None);
        let parsed = read(&["{\"time\":1}\n".to_owned(), "no json\n".to_owned(), line(1, "x", r#","status_code":7"#)]);
        assert!(parsed.attempts.is_empty());
    }
}
