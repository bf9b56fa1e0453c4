//! `projects/<slug>/chats/<uuid>.jsonl` of Qwen Code, which has the telemetry events among its lines.
//!
//! In: one JSON object a line. Out: a row for each `ui_telemetry` line with an `api_response` or `api_error`. The same
//! event may be in a telemetry file: both name the response.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::attributes::Event;
use crate::formats::pending_error::PendingError;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, own, stamp};

static INFO: FormatInfo = FormatInfo {
    id: "qwen-chat",
    client: "qwen-code",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 1,
    merge_tolerance_s: 2.0,
    program: "Qwen Code 0.24.4 (chats)",
    lives: &[
        "~/.qwen/projects/<folder>/chats/<session>.jsonl (Linux, macOS)",
        r"%USERPROFILE%\.qwen\projects\... (Windows)",
        "QWEN_RUNTIME_DIR or QWEN_HOME moves ~/.qwen",
    ],
    shows: "every request of the program with status, text, tokens, session and subagent",
    not_logged: "the two silent retries of its SDK below each (2 of 2 in a recording)",
    established: "run (0.24.4 against a local server)",
};

/// Chats of Qwen Code.
#[derive(Debug)]
pub struct QwenChat;

impl LogFormat for QwenChat {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(20).any(|l| {
            let frame = ["\"uuid\":\"", "\"parentUuid\":", "\"sessionId\":\"", "\"timestamp\":\"", "\"version\":\""];
            let marks = ["\"subtype\":\"ui_telemetry\"", "\"systemPayload\":"];
            let parts = memchr::memmem::find(l, b"\"parts\":[").is_some();
            l.starts_with(b"{\"") && own::count(l, &frame) >= 4 && (parts || own::count(l, &marks) > 0)
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &[
            "type",
            "timestamp",
            "sessionId",
            "systemPayload",
            "uiEvent",
            "event.name",
            "event.timestamp",
            "duration_ms",
            "input_token_count",
        ]
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { pending: PendingError::default() })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(rename = "type")]
    kind: Option<String>,
    subtype: Option<String>,
    session_id: Option<String>,
    timestamp: Option<String>,
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TelemetryLine {
    system_payload: Option<Payload>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    ui_event: Option<Map<String, Value>>,
}

struct Parser {
    pending: PendingError,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        self.pending.report(sink);
        let Ok(read) = serde_json::from_slice::<Line>(line) else {
            self.pending.raise(number, "not a JSON record of a chat");
            return;
        };
        sink.count_record();
        let at = read.timestamp.as_deref().and_then(stamp::rfc3339);
        sink.need(number, "type", read.kind.is_some());
        sink.need(number, "timestamp", at.is_some());
        sink.need(number, "sessionId", read.session_id.is_some());
        if let Some(version) = &read.version {
            sink.note_version(version);
        }
        if let Some(at) = at {
            sink.note_time(at);
        }
        if read.kind.as_deref() != Some("system") || read.subtype.as_deref() != Some("ui_telemetry") {
            return;
        }
        let payload = serde_json::from_slice::<TelemetryLine>(line).ok().and_then(|t| t.system_payload);
        sink.need(number, "systemPayload", payload.is_some());
        let Some(payload) = payload else { return };
        sink.need(number, "uiEvent", payload.ui_event.is_some());
        let Some(attributes) = payload.ui_event else { return };
        sink.need(number, "event.name", attributes.contains_key("event.name"));
        let mut event = Event::default();
        for (key, value) in attributes {
            event.set(&key, || Some(value));
        }
        event.emit(number, read.session_id.as_deref(), sink);
    }

    fn finish(mut self: Box<Self>, cut: bool, sink: &mut Sink) {
        self.pending.report_at_end(cut, sink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};

    fn line(kind: &str, more: &str) -> String {
        format!(
            "{{\"uuid\":\"u\",\"parentUuid\":null,\"sessionId\":\"s-1\",\"timestamp\":\"2026-01-02T03:04:05.000Z\",\"type\":\"{kind}\",\"cwd\":\"/w\",\"version\":\"0.15.10\"{more}}}\n"
        )
    }

    fn event(name: &str, more: &str) -> String {
        line(
            "system",
            &format!(
                ",\"subtype\":\"ui_telemetry\",\"systemPayload\":{{\"uiEvent\":{{\"event.name\":\"qwen-code.{name}\",\"event.timestamp\":\"2026-01-02T03:04:05.000Z\",\"response_id\":\"r-1\",\"model\":\"m\",\"duration_ms\":26{more}}}}}"
            ),
        )
    }

    #[test]
    fn events_are_rows_and_what_is_said_is_not() {
        let quote = event("api_error", "").replace('"', "\\\"").replace('\n', "");
        let file = [
            line("user", &format!(",\"message\":{{\"role\":\"user\",\"parts\":[{{\"text\":\"{quote}\"}}]}}")),
            event("api_error", ",\"error_message\":\"403 You've reached it\",\"error_type\":\"PermissionDeniedError\",\"status_code\":403"),
            event("tool_call", ",\"error_message\":\"429\""),
            event("api_response", ",\"status_code\":200,\"input_token_count\":100,\"output_token_count\":7,\"cached_content_token_count\":60"),
        ]
        .concat();
        assert_eq!(format_id(&file), Some("qwen-chat"));
        let parsed = parse(&QwenChat, "c", file.as_bytes());
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.status, a.at_most, text(&parsed, a.session))).collect();
        assert_eq!(actual, [(Some(403), 3, "s-1"), (Some(200), 3, "s-1")]);
        assert_eq!(text(&parsed, parsed.attempts[0].error_message), "You've reached it");
        assert_eq!(parsed.problems, []);
        for field in QwenChat.needs() {
            let renamed = file.replace(&format!("\"{field}\":"), &format!("\"{field}New\":"));
            assert_eq!(format_id(&renamed), Some("qwen-chat"), "{field}");
            let problems = parse(&QwenChat, "c", renamed.as_bytes()).problems;
            assert!(problems.iter().any(|p| p.reason.contains("this why429 does not know")), "{field}: {problems:?}");
        }
    }
}
