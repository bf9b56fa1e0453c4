//! GitHub Copilot CLI: `events.jsonl` of a session.
//!
//! In: one event a line. Out: a row for each `session.error` that names a status. Nothing else of these files is known
//! well enough to be read.

use serde::Deserialize;

use crate::formats::doubt::Doubt;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, own, stamp};
use crate::model::{ErrorSaid, Fidelity, Record, Told};

static INFO: FormatInfo = FormatInfo {
    id: "copilot-events",
    client: "copilot-cli",
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "GitHub Copilot CLI (session-state/*/events.jsonl)",
    lives: &[
        "~/.copilot/session-state/<session>/events.jsonl (Linux, macOS)",
        r"%USERPROFILE%\.copilot\... (Windows)",
        "COPILOT_HOME moves ~/.copilot",
        "XDG_STATE_HOME moves the folder that .copilot is in",
    ],
    shows: "errors that ended a turn, with status, type and text",
    hides: "successes, retries, tokens, model: only the errors of these files are read",
    established: "read (few public files); not run",
};

/// Events of a Copilot session.
#[derive(Debug)]
pub struct CopilotEvents;

impl LogFormat for CopilotEvents {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(20).any(|l| {
            let marks = ["\"data\":{", "\"parentId\":", "\"timestamp\":\"", "\"id\":\""];
            own::count(l, &["\"type\":\"session."]) == 1 && own::count(l, &marks) >= 3
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["timestamp", "data", "message"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { session: place.upwards().nth(1).unwrap_or_default().to_owned(), doubt: Doubt::default() })
    }
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    timestamp: Option<String>,
}

#[derive(Deserialize)]
struct Telling {
    data: Option<Failed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failed {
    error_type: Option<String>,
    error_code: Option<String>,
    message: Option<String>,
    status_code: Option<u16>,
    provider_call_id: Option<String>,
}

struct Parser {
    session: String,
    doubt: Doubt,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        self.doubt.followed(sink);
        let Ok(read) = serde_json::from_slice::<Line>(line) else {
            self.doubt.raise(number, "not a JSON event");
            return;
        };
        sink.record();
        let at = read.timestamp.as_deref().and_then(stamp::rfc3339);
        sink.need(number, "timestamp", at.is_some());
        let Some(at) = at else { return };
        sink.seen(at);
        if read.kind.as_deref() != Some("session.error") {
            return;
        }
        let data = serde_json::from_slice::<Telling>(line).ok().and_then(|t| t.data);
        sink.need(number, "data", data.is_some());
        let Some(failed) = data else { return };
        sink.need(number, "message", failed.message.is_some());
        let message = failed.message.as_deref().unwrap_or_default();
        let said = message
            .split_once(' ')
            .filter(|(s, _)| s.parse::<u16>().ok() == failed.status_code)
            .map_or(message, |(_, m)| m);
        sink.attempt(Record {
            end: Some(at),
            told: Told::Error,
            status: failed.status_code,
            error: ErrorSaid {
                kind: failed.error_code.as_deref().or(failed.error_type.as_deref()),
                message: Some(said).filter(|m| !m.is_empty()),
            },
            request_id: failed.provider_call_id.as_deref(),
            provider: Some("github-copilot"),
            session: Some(&self.session).filter(|s| !s.is_empty()).map(String::as_str),
            agent: Some("main"),
            same_as: read.id.as_deref(),
            ended_work: true,
            at_most: 1,
            fidelity: Fidelity::Inferred,
            line: number,
            ..Record::default()
        });
    }

    fn finish(mut self: Box<Self>, cut: bool, sink: &mut Sink) {
        self.doubt.ended(cut, sink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{feed, recognised, text};

    #[test]
    fn errors_are_rows() {
        let file = "{\"type\":\"session.start\",\"data\":{},\"id\":\"a\",\"timestamp\":\"2026-01-02T03:04:05Z\",\"parentId\":null}\n\
            {\"type\":\"user.message\",\"data\":{\"content\":\"session.error 429\"},\"id\":\"b\",\"timestamp\":\"2026-01-02T03:04:06Z\",\"parentId\":\"a\"}\n\
            {\"type\":\"session.error\",\"data\":{\"errorType\":\"quota\",\"message\":\"402 You have no quota\",\"statusCode\":402},\"id\":\"c\",\"timestamp\":\"2026-01-02T03:04:07Z\",\"parentId\":\"b\"}\n";
        assert_eq!(recognised(file), Some("copilot-events"));
        let parsed = feed(&CopilotEvents, "session-state/s-1/events.jsonl", file.as_bytes());
        let [row] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!(
            (row.status, text(&parsed, row.error_message), text(&parsed, row.session)),
            (Some(402), "You have no quota", "s-1")
        );
        for field in CopilotEvents.needs() {
            let renamed = file.replace(&format!("\"{field}\":"), &format!("\"{field}New\":"));
            assert!(
                feed(&CopilotEvents, "x", renamed.as_bytes())
                    .problems
                    .iter()
                    .any(|p| p.reason.contains("does not know")),
                "{field}"
            );
        }
    }
}
