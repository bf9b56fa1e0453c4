//! Phoenix: spans as its client and its API give them; and what OpenTelemetry's console exporter prints, which has their shape.
//!
//! In: rows with `context.span_id`, `span_kind`, `attributes.*` (a data frame as JSON, CSV or Parquet), or with nested `context`
//! and `attributes` (the API, the console exporter). Out: as of spans in OTLP. Source: Phoenix's documentation, its client, and
//! OpenTelemetry's SDK for Python.

use serde_json::{Map, Value};

use super::row::time;
use super::{Export, Keys, Reader, Row};
use crate::formats::otlp::{Attributes, Calls, Span, id};
use crate::formats::{FormatInfo, Sink};

static INFO: FormatInfo = FormatInfo {
    id: "phoenix",
    client: "otlp",
    client_traits: crate::formats::otlp::TRAITS,
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "Phoenix: spans of its client (get_spans_dataframe), its API (GET /v1/projects/<name>/spans) and its datasets; OpenTelemetry's ConsoleSpanExporter",
    lives: &["wherever the spans were saved (Linux, macOS, Windows): .json, .jsonl, .csv or .parquet"],
    shows: "every span of kind LLM or EMBEDDING with start, end, model, tokens, status message and exception",
    not_logged: "the retries of the SDK: one span is one to three requests; the status, unless the message names it; headers",
    established: "read (documentation, client)",
};

/// Spans of Phoenix.
pub static PHOENIX: Export = Export {
    info: &INFO,
    wrappers: &[&[], &["data"], &["spans"]],
    marks: &["context.span_id", "context.trace_id", "span_kind", "kind"],
    fits,
    open: || Box::new(Spans::default()),
};

fn fits(keys: &Keys) -> bool {
    let flat = keys.any(&["context.span_id", "context.trace_id"]) && keys.any(&["span_kind", "status_code", "name"]);
    let nested = keys.all(&["context", "start_time", "end_time", "attributes"]) && keys.any(&["span_kind", "kind"]);
    flat || nested
}

#[derive(Default)]
struct Spans(Calls);

impl Reader for Spans {
    fn row(&mut self, row: &Row, sink: &mut Sink) {
        let field = |paths: &[&str]| row.text(paths);
        let trace = field(&["context.trace_id", "trace_id"]).unwrap_or_default();
        let identity = |span: Option<String>| span.map_or(0, |s| id(&trace, s.trim_start_matches("0x")));
        let name = field(&["name"]).unwrap_or_default();
        let code = field(&["status_code", "status.status_code"]).unwrap_or_default();
        let message = field(&["status_message", "status.description"]);
        let exception_attributes = exception(row.fields.get("events"));
        let exception_attributes = exception_attributes.as_ref().map(Attributes::of_object).unwrap_or_default();
        let all = attributes(&row.fields);
        self.0.take(
            &Span {
                id: identity(field(&["context.span_id", "id"])),
                parent: identity(field(&["parent_id"])),
                name: &name,
                is_server: field(&["kind"]).is_some_and(|k| k.ends_with("SERVER")),
                start: row.fields.get("start_time").and_then(time),
                end: row.fields.get("end_time").and_then(time),
                failed: code.eq_ignore_ascii_case("ERROR"),
                message: message.as_deref(),
                exception: [
                    exception_attributes.text(&["exception.type"]),
                    exception_attributes.text(&["exception.message"]),
                ],
                attributes: Attributes::of_object(&all),
                line: row.line,
            },
            &Attributes::default(),
            sink,
        );
    }

    fn finish(self: Box<Self>, sink: &mut Sink) {
        self.0.finish(sink);
    }
}

/// Attributes under their own names, and the span's kind under OpenInference's.
fn attributes(fields: &Map<String, Value>) -> Map<String, Value> {
    let mut all = Map::new();
    for (key, value) in fields {
        if let Some(name) = key.strip_prefix("attributes.") {
            all.insert(name.to_owned(), value.clone());
        } else if key == "attributes"
            && let Some(object) = object(value)
        {
            all.extend(object);
        }
    }
    if let Some(kind) = fields.get("span_kind").filter(|k| k.as_str().is_some_and(|k| !k.is_empty() && k != "UNKNOWN"))
    {
        all.insert("openinference.span.kind".to_owned(), kind.clone());
    }
    all
}

/// An object, or the text of one in a cell.
fn object(value: &Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(object) => Some(object.clone()),
        Value::String(text) => serde_json::from_str(text).ok(),
        _ => None,
    }
}

/// The attributes of the exception among a span's events, a list or the text of one.
fn exception(events: Option<&Value>) -> Option<Map<String, Value>> {
    let parsed;
    let events = match events? {
        Value::Array(events) => events,
        Value::String(text) => {
            parsed = serde_json::from_str::<Vec<Value>>(text).ok()?;
            &parsed
        }
        _ => return None,
    };
    let event = events.iter().find(|e| e.get("name").and_then(Value::as_str) == Some("exception"))?;
    object(event.get("attributes")?)
}
