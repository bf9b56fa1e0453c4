//! Cline's terminal program from 3.0 on: `<session>.messages.json`, one document a session.
//!
//! In: the document, block by block. Out: a row for each of the assistant's messages that has `metrics`, and one for the error
//! that ended the session (`displayRole` "error"). A message's request left when the message before it was written, at the
//! earliest: retries are not in the file.

use serde::Deserialize;

use crate::formats::http::elements::Elements;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, backoff, own};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "cline-session",
    client: "cline",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "Cline CLI 3.0 (sessions/<id>/<id>.messages.json)",
    lives: &[
        "~/.cline/data/sessions/<id>/<id>.messages.json (Linux, macOS)",
        r"%USERPROFILE%\.cline\data\sessions\... (Windows)",
        "CLINE_DATA_DIR moves ~/.cline/data",
        "CLINE_DIR moves ~/.cline",
    ],
    shows: "each answer with its end, provider, model and tokens; the text of the error that ended a session",
    not_logged: "every retry, up to five before an answer or a failure; the status of a failure",
    established: "run (3.0.65)",
};

/// Requests behind a message: the first and five retries.
const AT_MOST: u8 = 6;

/// Seconds between them.
const WAITS: [f64; 5] = [2.0, 4.0, 8.0, 16.0, 32.0];

/// The version is within so many bytes of a document's beginning.
const HEAD: usize = 2048;

/// Sessions of Cline's terminal program.
#[derive(Debug)]
pub struct ClineSession;

impl LogFormat for ClineSession {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        const MARKS: [&str; 5] =
            ["\"updated_at\":\"", "\"agent\":\"", "\"sessionId\":\"", "\"origin\":{", "\"messages\":["];
        let start = head.bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).take(2048);
        let start: Vec<u8> = start.collect();
        start.starts_with(b"{\"") && own::count(&start, &MARKS) >= 4
    }

    fn needs(&self) -> &'static [&'static str] {
        &[
            "messages",
            "ts",
            "role",
            "content",
            "text",
            "modelInfo",
            "id",
            "provider",
            "metrics",
            "inputTokens",
            "outputTokens",
        ]
    }

    fn streams(&self) -> bool {
        true
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        let name = place.upwards().next().unwrap_or_default();
        Box::new(Parser {
            session: name.split(".messages").next().unwrap_or(name).to_owned(),
            elements: Elements::at(&[&["messages"]]),
            before: None,
            head: Vec::new(),
            messages: 0,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    id: Option<String>,
    role: Option<String>,
    ts: Option<f64>,
    metrics: Option<Metrics>,
    model_info: Option<ModelInfo>,
    metadata: Option<Metadata>,
    content: Option<Vec<Block>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_read_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct ModelInfo {
    id: Option<String>,
    provider: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    display_role: Option<String>,
}

#[derive(Deserialize)]
struct Block {
    text: Option<String>,
}

struct Parser {
    session: String,
    elements: Elements,
    /// When the message before was written.
    before: Option<Time>,
    /// The begin of the document, which names the version.
    head: Vec<u8>,
    messages: u64,
}

impl LineParser for Parser {
    fn line(&mut self, _: &[u8], _: u64, _: &mut Sink) {}

    fn bytes(&mut self, block: &[u8], sink: &mut Sink) {
        let room = HEAD.saturating_sub(self.head.len()).min(block.len());
        self.head.extend_from_slice(&block[..room]);
        let Self { session, elements, before, messages, .. } = self;
        elements.push(block, |element| {
            *messages += 1;
            sink.count_record();
            match element.bytes.as_deref().map(serde_json::from_slice::<Message>) {
                Some(Ok(message)) => row(&message, session, before, element.line, sink),
                _ => sink.problem(element.line, "a message whose fields cannot be read"),
            }
        });
    }

    fn finish(self: Box<Self>, cut: bool, sink: &mut Sink) {
        if self.elements.is_open() && !cut {
            sink.problem(self.elements.line(), "the document ends early");
        }
        if let Some(version) = version(&self.head) {
            sink.note_version(&version);
        }
        sink.need(1, "messages", self.messages > 0);
    }
}

/// The program's version, in `origin`.
fn version(block: &[u8]) -> Option<String> {
    let origin = &block[memchr::memmem::find(block, b"\"origin\"")?..];
    let origin = &origin[..memchr::memchr(b'}', origin)?];
    let at = &origin[memchr::memmem::find(origin, b"\"version\"")? + 9..];
    std::str::from_utf8(at).ok()?.split('"').nth(1).map(str::to_owned)
}

fn row(message: &Message, session: &str, before: &mut Option<Time>, line: u64, sink: &mut Sink) {
    let at = message.ts.and_then(|ms| Time::from_secs(ms / 1000.0));
    sink.need(line, "ts", at.is_some());
    sink.need(line, "role", message.role.is_some());
    let Some(at) = at else { return };
    sink.note_time(at);
    let asked = before.replace(at);
    if message.role.as_deref() != Some("assistant") {
        return;
    }
    let failed = message.metadata.as_ref().is_some_and(|m| m.display_role.as_deref() == Some("error"));
    let text = message.content.as_ref().and_then(|c| c.iter().find_map(|b| b.text.as_deref()));
    let metrics = message.metrics.as_ref().filter(|_| !failed);
    let model = message.model_info.as_ref();
    needs_of(message, failed.then_some(text), line, sink);
    sink.attempt(Record {
        start: asked.filter(|start| *start <= at),
        start_low: asked,
        end: Some(at),
        row_outcome: if failed { RowOutcome::Error } else { RowOutcome::Ok },
        error: ErrorFields { kind: None, message: text.filter(|_| failed) },
        input_tokens: metrics.and_then(|m| m.input_tokens),
        output_tokens: metrics.and_then(|m| m.output_tokens),
        cache_read_tokens: metrics.and_then(|m| m.cache_read_tokens),
        cache_write_tokens: metrics.and_then(|m| m.cache_write_tokens),
        provider: model.and_then(|m| m.provider.as_deref()),
        model: model.and_then(|m| m.id.as_deref()),
        session: Some(session).filter(|s| !s.is_empty()),
        agent: Some("main"),
        same_as: message.id.as_deref(),
        ended_work: failed,
        at_most: backoff::at_most(asked, at, &WAITS, AT_MOST),
        fidelity: Fidelity::Collapsed,
        line,
        ..Record::default()
    });
}

/// Notes what the model's messages must carry; `error` is the text of one that failed.
fn needs_of(message: &Message, error: Option<Option<&str>>, line: u64, sink: &mut Sink) {
    sink.need(line, "content", message.content.is_some());
    sink.need(line, "modelInfo", message.model_info.is_some());
    if let Some(model) = &message.model_info {
        sink.need(line, "id", model.id.is_some());
        sink.need(line, "provider", model.provider.is_some());
    }
    if let Some(text) = error {
        return sink.need(line, "text", message.content.is_none() || text.is_some());
    }
    sink.need(line, "metrics", message.metrics.is_some());
    if let Some(metrics) = &message.metrics {
        sink.need(line, "inputTokens", metrics.input_tokens.is_some());
        sink.need(line, "outputTokens", metrics.output_tokens.is_some());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::Outcome;

    const SESSION: &str = r#"{
  "version": 1,
  "updated_at": "2026-11-30T23:18:56.781Z",
  "agent": "lead",
  "sessionId": "17_a",
  "origin": { "source": "cli", "version": "3.0.65" },
  "messages": [
    { "id": "m1", "role": "user", "content": [ { "type": "text", "text": "429 slow down" } ], "ts": 1796080729000 },
    { "id": "m2", "role": "assistant", "content": [ { "type": "text", "text": "Done. error 429" } ], "ts": 1796080736000,
      "modelInfo": { "id": "kimi-k2.5", "provider": "moonshot" },
      "metrics": { "inputTokens": 9, "outputTokens": 2, "cacheReadTokens": 4, "cacheWriteTokens": 0 } },
    { "id": "m3", "role": "assistant", "content": [ { "type": "text", "text": "slow down" } ], "ts": 1796080800000,
      "metadata": { "displayOnly": true, "displayRole": "error" }, "modelInfo": { "id": "kimi-k2.5", "provider": "moonshot" } }
  ]
}"#;

    fn read(document: &str) -> crate::formats::Parsed {
        parse(&ClineSession, "sessions/17_a/17_a.messages.json", document.as_bytes())
    }

    #[test]
    fn answers_and_the_last_error_are_rows_that_hide_retries() {
        assert_eq!(format_id(SESSION), Some("cline-session"));
        let parsed = read(SESSION);
        let [answer, error] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!((answer.outcome, answer.tokens.total(), answer.at_most), (Outcome::Admitted, Some(15), 3));
        assert_eq!((answer.end.unwrap().since(answer.start), text(&parsed, answer.session)), (7.0, "17_a"));
        assert_eq!((error.at_most, error.ended_work, text(&parsed, error.error_message)), (6, true, "slow down"));
        assert!(!error.is_admitted());
    }

    #[test]
    fn a_renamed_field_is_an_alarm_and_a_new_one_is_none() {
        assert_eq!(read(SESSION).problems, []);
        for field in ClineSession.needs() {
            let renamed = SESSION.replace(&format!("\"{field}\":"), &format!("\"{field}New\":"));
            assert_eq!(format_id(&renamed), Some("cline-session"), "{field}");
            let problems = read(&renamed).problems;
            assert!(problems.iter().any(|p| p.reason.contains("but 3.0.65 wrote something")), "{field}: {problems:?}");
        }
        let newer = SESSION.replace("3.0.65", "3.4.0").replace("\"ts\":", "\"traceId\": \"t\", \"ts\":");
        assert_eq!(read(&newer).problems, []);
    }
}
