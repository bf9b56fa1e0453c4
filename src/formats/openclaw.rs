//! OpenClaw and pi: the transcript of a session.
//!
//! In: one JSON object a line. Out: a row for each of the assistant's messages: an answer, or an error with its text.
//! `custom` records repeat an error and are passed over, as are messages that a gateway put in.

use serde::Deserialize;

use crate::formats::pending_error::PendingError;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, own, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "openclaw-session",
    client: "openclaw",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "OpenClaw and pi, run with pi 1.6.0 (session transcripts, version 3)",
    lives: &[
        "~/.openclaw/agents/<agent>/sessions/<session>.jsonl, ~/.pi/agent/sessions/<folder>/*.jsonl (Linux, macOS)",
        r"%USERPROFILE%\.openclaw\..., %USERPROFILE%\.pi\agent\... (Windows)",
        "OPENCLAW_STATE_DIR moves ~/.openclaw",
        "OPENCLAW_HOME moves the folder that .openclaw is in",
        "PI_CODING_AGENT_DIR moves ~/.pi/agent",
    ],
    shows: "each answer with start, end, provider, model and tokens; the error that ended a request, with its text",
    not_logged: "OpenClaw and older versions of pi: retries of the SDK below, up to two; the gateway's own log is not read. pi 1.6 writes each request",
    established: "run (pi 1.6.0), read (public transcripts)",
};

/// A transcript.
#[derive(Debug)]
pub struct OpenclawSession;

impl LogFormat for OpenclawSession {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(3).any(|l| {
            let message = ["\"type\":\"message\"", "\"message\":{", "\"timestamp\":"];
            let role = usize::from(memchr::memmem::find(l, b"\"role\":\"").is_some());
            let first = ["\"type\":\"session\"", "\"version\":3", "\"id\":\"", "\"timestamp\":\"", "\"cwd\":"];
            l.starts_with(b"{\"")
                && (own::count(l, &["\"parentId\":"]) == 1
                    && own::count(l, &message) >= 2
                    && own::count(l, &message) + role >= 3
                    || own::count(l, &first) >= 4)
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["type", "timestamp", "message", "stopReason", "usage"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        let name = place.upwards().next().unwrap_or_default();
        Box::new(Parser {
            session: name.trim_end_matches(".jsonl").to_owned(),
            hides_nothing: false,
            pending: PendingError::default(),
        })
    }
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    timestamp: Option<String>,
    message: Option<Message>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    role: Option<String>,
    stop_reason: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    usage: Option<Usage>,
    timestamp: Option<f64>,
    error_message: Option<String>,
    /// Of the first message of pi 1.6, which is the system's.
    sections: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    input: Option<u64>,
    output: Option<u64>,
    cache_read: Option<u64>,
    cache_write: Option<u64>,
}

struct Parser {
    session: String,
    /// pi from 1.6 on retries by itself and writes each failure.
    hides_nothing: bool,
    pending: PendingError,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        self.pending.report(sink);
        let Ok(read) = serde_json::from_slice::<Line>(line) else {
            self.pending.raise(number, "not a JSON record of a session");
            return;
        };
        sink.count_record();
        let at = read.timestamp.as_deref().and_then(stamp::rfc3339);
        sink.need(number, "type", read.kind.is_some());
        sink.need(number, "timestamp", at.is_some());
        let Some(at) = at else { return };
        sink.note_time(at);
        match read.kind.as_deref() {
            Some("session") => self.session = read.id.unwrap_or_else(|| self.session.clone()),
            Some("message") => {
                sink.need(number, "message", read.message.is_some());
                self.hides_nothing |=
                    read.message.as_ref().is_some_and(|m| m.role.as_deref() == Some("system") && m.sections.is_some());
                if let Some(message) = read.message.filter(|m| m.role.as_deref() == Some("assistant")) {
                    self.answer(&message, read.id.as_deref(), at, number, sink);
                }
            }
            _ => {}
        }
    }

    fn finish(mut self: Box<Self>, cut: bool, sink: &mut Sink) {
        self.pending.report_at_end(cut, sink);
    }
}

impl Parser {
    fn answer(&self, message: &Message, id: Option<&str>, at: Time, line: u64, sink: &mut Sink) {
        sink.need(line, "stopReason", message.stop_reason.is_some());
        sink.need(line, "usage", message.usage.is_some());
        if message.model.as_deref() == Some("gateway-injected") {
            return;
        }
        let failed = message.stop_reason.as_deref() == Some("error");
        if message.stop_reason.as_deref() == Some("aborted") {
            sink.count_unanswered();
            return;
        }
        let text = message.error_message.as_deref().unwrap_or_default();
        let first = text.split([' ', ':', '\n']).next().unwrap_or_default();
        let status = first.parse::<u16>().ok().filter(|s| (100..=599).contains(s));
        let error_text = if status.is_some() { text[first.len()..].trim_start_matches([':', ' ']) } else { text };
        let usage = message.usage.as_ref().filter(|_| !failed);
        sink.attempt(Record {
            start: message.timestamp.and_then(|ms| Time::from_secs(ms / 1000.0)).filter(|s| *s <= at),
            end: Some(at),
            row_outcome: if failed { RowOutcome::Error } else { RowOutcome::Ok },
            status: status.filter(|_| failed),
            error: ErrorFields { kind: None, message: Some(error_text).filter(|m| failed && !m.is_empty()) },
            input_tokens: usage.and_then(|u| u.input),
            output_tokens: usage.and_then(|u| u.output),
            cache_read_tokens: usage.and_then(|u| u.cache_read),
            cache_write_tokens: usage.and_then(|u| u.cache_write),
            provider: message.provider.as_deref(),
            model: message.model.as_deref(),
            session: Some(&self.session),
            agent: Some("main"),
            same_as: id,
            at_most: if self.hides_nothing { 1 } else { 3 },
            fidelity: if self.hides_nothing { Fidelity::Observed } else { Fidelity::Collapsed },
            line,
            ..Record::default()
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};

    const SESSION: &str = r#"{"type":"session","version":3,"id":"58d6","timestamp":"2026-03-21T19:38:30.001Z","cwd":"/w"}
{"type":"message","id":"d0","parentId":"13","timestamp":"2026-03-21T19:41:40.000Z","message":{"role":"user","content":[{"type":"text","text":"\"stopReason\":\"error\" 429"}]}}
{"type":"message","id":"d1","parentId":"d0","timestamp":"2026-03-21T19:41:46.923Z","message":{"role":"assistant","content":[],"stopReason":"stop","provider":"moonshot","model":"m","usage":{"input":5,"output":7,"cacheRead":2,"cacheWrite":0},"timestamp":1774122101923}}
{"type":"message","id":"d2","parentId":"d1","timestamp":"2026-03-21T19:41:57.000Z","message":{"role":"assistant","content":[],"stopReason":"error","provider":"moonshot","model":"m","usage":{"input":0,"output":0},"timestamp":1774122116893,"errorMessage":"429 {\"error\":{\"message\":\"slow\",\"type\":\"rate_limit_reached_error\"}}"}}
{"type":"custom","customType":"openclaw:prompt-error","data":{"error":"429 again"},"id":"x","timestamp":"2026-03-21T19:41:57.001Z"}
"#;

    #[test]
    fn messages_are_rows_and_their_repetition_is_not() {
        assert_eq!(format_id(SESSION), Some("openclaw-session"));
        let parsed = parse(&OpenclawSession, "s.jsonl", SESSION.as_bytes());
        let actual: Vec<_> =
            parsed.attempts.iter().map(|a| (a.status, a.end.unwrap().since(a.start), a.is_refused())).collect();
        assert_eq!(actual, [(None, 5.0, false), (Some(429), 0.107, true)]);
        assert_eq!(text(&parsed, parsed.attempts[1].session), "58d6");
        assert!(text(&parsed, parsed.attempts[1].error_message).contains("rate_limit_reached_error"));
        assert_eq!(parsed.problems, []);
        for field in OpenclawSession.needs() {
            let renamed = SESSION.replace(&format!("\"{field}\":"), &format!("\"{field}New\":"));
            assert_eq!(format_id(&renamed), Some("openclaw-session"), "{field}");
            assert!(
                parse(&OpenclawSession, "x", renamed.as_bytes())
                    .problems
                    .iter()
                    .any(|p| p.reason.contains("does not know")),
                "{field}"
            );
        }
    }
}
