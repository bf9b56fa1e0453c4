//! Jaeger: traces of its API, and of its user interface's "JSON" button.
//!
//! In: `{"data":[{"traceID","spans":[..],"processes":{..}}]}` or one such trace. Out: as of spans in OTLP. Jaeger keeps a
//! span's attributes as tags, its exceptions as logs, its status as the tags `otel.status_code` and `error`.

use serde::Deserialize;
use serde_json::Value;

use super::attributes::Attributes;
use super::calls::Calls;
use super::span::{Span, id};
use crate::formats::http::elements::Elements;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::Time;

static INFO: FormatInfo = FormatInfo {
    id: "jaeger",
    client: "otlp",
    client_traits: crate::formats::otlp::TRAITS,
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "Jaeger: GET /api/traces, and traces saved from its user interface",
    lives: &["wherever the trace was saved (Linux, macOS, Windows)"],
    shows: "every call with start, end, model, tokens, error type and text, as far as the instrumentation wrote tags for them",
    not_logged: "without spans of the HTTP client the retries of the SDK: one call is one to three requests; headers",
    established: "read (Jaeger's JSON model)",
};

/// Traces of Jaeger.
#[derive(Debug)]
pub struct Jaeger;

/// Bytes of a head that are looked at, without white space.
const LOOKED_AT: usize = 4096;

impl LogFormat for Jaeger {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let start: Vec<u8> = head.bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).take(LOOKED_AT).collect();
        let holds = |key: &str| memchr::memmem::find(&start, key.as_bytes()).is_some();
        let begins = ["{\"data\":[{\"traceID\":", "{\"traceID\":", "[{\"traceID\":"];
        begins.iter().any(|b| start.starts_with(b.as_bytes())) && holds("\"spans\":[") && holds("\"operationName\":")
    }

    fn streams(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { elements: Elements::or_documents_at(&[&[], &["data"]]), calls: Calls::default() })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Trace {
    #[serde(rename = "traceID")]
    id: String,
    spans: Option<Vec<Written>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Written {
    #[serde(rename = "spanID")]
    id: String,
    #[serde(rename = "parentSpanID")]
    parent: String,
    #[serde(rename = "operationName")]
    name: String,
    references: Vec<Reference>,
    #[serde(rename = "startTime")]
    start: Option<i64>,
    duration: Option<i64>,
    tags: Vec<Tag>,
    logs: Vec<Log>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Reference {
    #[serde(rename = "refType")]
    kind: String,
    #[serde(rename = "spanID")]
    span: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Tag {
    key: String,
    value: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Log {
    fields: Vec<Tag>,
}

struct Parser {
    elements: Elements,
    calls: Calls,
}

impl LineParser for Parser {
    fn line(&mut self, _: &[u8], _: u64, _: &mut Sink) {}

    fn bytes(&mut self, block: &[u8], sink: &mut Sink) {
        let Self { elements, calls } = self;
        elements.push(block, |element| {
            let Some(bytes) = element.bytes else {
                sink.problem(element.line, "a trace of more than 32 MiB; skipped");
                return;
            };
            match serde_json::from_slice::<Trace>(&bytes) {
                Ok(trace) => {
                    if trace.spans.is_none() {
                        sink.problem(element.line, "a trace without spans");
                    }
                    for span in trace.spans.iter().flatten() {
                        take(&trace.id, span, element.line, calls, sink);
                    }
                }
                Err(_) => sink.problem(element.line, "a trace that is not Jaeger's; skipped"),
            }
        });
    }

    fn finish(self: Box<Self>, cut: bool, sink: &mut Sink) {
        if self.elements.is_open() && !cut {
            sink.problem(self.elements.line(), "the document ends early");
        }
        self.calls.finish(sink);
    }
}

fn attributes(tags: &[Tag]) -> Attributes<'_> {
    let mut attributes = Attributes::default();
    tags.iter().for_each(|t| attributes.push(&t.key, &t.value));
    attributes
}

fn take(trace: &str, span: &Written, line: u64, calls: &mut Calls, sink: &mut Sink) {
    let own = attributes(&span.tags);
    let logs = span.logs.iter().map(|l| attributes(&l.fields));
    let exception = logs.into_iter().find(|l| l.text(&["exception.type", "exception.message", "error.kind"]).is_some());
    let exception = exception.unwrap_or_default();
    let parent = span.references.iter().find(|r| r.kind == "CHILD_OF").map_or(span.parent.as_str(), |r| &r.span);
    let is_error = own.value("error").is_some_and(|e| *e == Value::Bool(true) || e.as_str() == Some("true"));
    let start = span.start.map(Time::from_micros);
    calls.take(
        &Span {
            id: id(trace, &span.id),
            parent: id(trace, parent),
            name: &span.name,
            is_server: own.text(&["span.kind"]) == Some("server"),
            start,
            end: start.zip(span.duration).map(|(s, us)| s.plus(us as f64 / 1e6)),
            failed: is_error || own.text(&["otel.status_code"]) == Some("ERROR"),
            message: own.text(&["otel.status_description"]),
            exception: [
                exception.text(&["exception.type", "error.kind"]),
                exception.text(&["exception.message", "message"]),
            ],
            attributes: own,
            line,
        },
        &Attributes::default(),
        sink,
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};

    #[test]
    fn tags_references_and_logs_are_attributes_parents_and_exceptions() {
        let trace = r#"{"data": [{"traceID": "t", "spans": [
            {"traceID": "t", "spanID": "a", "operationName": "openai.chat", "references": [{"refType": "CHILD_OF", "traceID": "t", "spanID": "z"}],
             "startTime": 1778576400000000, "duration": 300000, "tags": [{"key": "gen_ai.system", "type": "string", "value": "openai"},
             {"key": "gen_ai.request.model", "type": "string", "value": "gpt-4o"}, {"key": "error", "type": "bool", "value": true},
             {"key": "otel.status_description", "type": "string", "value": "Error code: 429 - {}"}],
             "logs": [{"timestamp": 1, "fields": [{"key": "event", "value": "exception"}, {"key": "exception.type", "value": "openai.RateLimitError"}]}]},
            {"traceID": "t", "spanID": "z", "operationName": "agent", "references": [], "startTime": 1778576399000000, "duration": 9000000, "tags": [], "logs": []}],
            "processes": {"p1": {"serviceName": "app"}}}], "total": 0}"#;
        assert_eq!(format_id(trace), Some("jaeger"));
        let parsed = parse(&Jaeger, "trace.json", trace.as_bytes());
        let [a] = &parsed.attempts[..] else { panic!("{parsed:?}") };
        assert_eq!((a.status, text(&parsed, a.error_kind), parsed.skipped), (Some(429), "RateLimitError", 1));
        assert_eq!((a.end.unwrap().since(a.start), text(&parsed, a.provider)), (0.3, "openai"));
        assert!(
            parse(&Jaeger, "x", b"{\"data\":[{\"traceID\":\"t\",\"spans\":[{\"operationName\":7}]}]}")
                .attempts
                .is_empty()
        );
    }
}
