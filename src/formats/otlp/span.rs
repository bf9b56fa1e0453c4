//! Spans as OTLP writes them, and the neutral form that every writer of spans is brought to.
//!
//! In: one `resourceSpans` element. Out: [`Span`]s, one by one.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;
use serde_json::Value;

use super::attributes::{Attributes, KeyValue};
use super::calls::Calls;
use crate::formats::{Sink, stamp};
use crate::model::Time;

/// The kind of a span on the server's side, as a number and as a word.
const SERVER: [&str; 2] = ["2", "SPAN_KIND_SERVER"];

/// A span of any writer.
#[derive(Debug, Default)]
pub(in crate::formats) struct Span<'a> {
    /// Its identity, and its parent's; 0 for none.
    pub(in crate::formats) id: u64,
    pub(in crate::formats) parent: u64,
    pub(in crate::formats) name: &'a str,
    /// It was written where the request arrived.
    pub(in crate::formats) is_server: bool,
    pub(in crate::formats) start: Option<Time>,
    pub(in crate::formats) end: Option<Time>,
    /// Its status says that it failed.
    pub(in crate::formats) failed: bool,
    /// The text of its status.
    pub(in crate::formats) message: Option<&'a str>,
    /// Class and text of the exception that it recorded.
    pub(in crate::formats) exception: [Option<&'a str>; 2],
    pub(in crate::formats) attributes: Attributes<'a>,
    pub(in crate::formats) line: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Resource {
    pub(super) resource: Attributed,
    #[serde(alias = "instrumentationLibrarySpans", alias = "scope_spans")]
    scope_spans: Vec<ScopeSpans>,
    #[serde(alias = "scope_logs")]
    pub(super) scope_logs: Vec<ScopeLogs>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Attributed {
    pub(super) attributes: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ScopeSpans {
    spans: Vec<Written>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ScopeLogs {
    #[serde(alias = "log_records")]
    pub(super) log_records: Vec<LogRecord>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LogRecord {
    #[serde(alias = "time_unix_nano")]
    pub(super) time_unix_nano: Value,
    pub(super) attributes: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Written {
    #[serde(alias = "trace_id", alias = "traceID")]
    trace_id: Value,
    #[serde(alias = "span_id", alias = "spanID")]
    span_id: Value,
    #[serde(alias = "parent_span_id", alias = "parentSpanID")]
    parent_span_id: Value,
    name: Value,
    kind: Value,
    #[serde(alias = "start_time_unix_nano")]
    start_time_unix_nano: Value,
    #[serde(alias = "end_time_unix_nano")]
    end_time_unix_nano: Value,
    attributes: Vec<KeyValue>,
    events: Vec<Event>,
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Event {
    name: Value,
    attributes: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Status {
    code: Value,
    message: Value,
}

/// Nanoseconds since the epoch, as a number or in quotes; some exporters write a stamp.
pub(in crate::formats) fn time(value: &Value) -> Option<Time> {
    match value {
        Value::String(text) => stamp::rfc3339(text).or_else(|| nanoseconds(text.parse().ok()?)),
        Value::Number(n) => nanoseconds(n.as_u64()?),
        _ => None,
    }
}

fn nanoseconds(n: u64) -> Option<Time> {
    i64::try_from(n / 1000).ok().filter(|us| *us > 0).map(Time::from_micros)
}

/// What any element of the file held. One alone may well hold nothing, all of them together may not.
#[derive(Debug, Default)]
pub(super) struct Held {
    line: u64,
    elements: bool,
    scopes: bool,
    spans: bool,
    attributes: bool,
}

impl Held {
    pub(super) fn note(&mut self, resource: &Resource, line: u64) {
        if !self.elements {
            self.line = line;
        }
        self.elements = true;
        self.scopes |= !(resource.scope_spans.is_empty() && resource.scope_logs.is_empty());
        let mut spans = resource.scope_spans.iter().flat_map(|s| &s.spans).peekable();
        self.spans |= spans.peek().is_some();
        self.attributes |= spans.any(|s| !s.attributes.is_empty());
    }

    pub(super) fn needs(&self, sink: &mut Sink) {
        if self.elements {
            sink.need(self.line, "scopeSpans", self.scopes);
        }
        if self.spans {
            sink.need(self.line, "attributes", self.attributes);
        }
    }
}

/// The spans of one element.
pub(super) fn take(resource: &Resource, line: u64, calls: &mut Calls, sink: &mut Sink) {
    let shared = Attributes::of_pairs(&resource.resource.attributes);
    for span in resource.scope_spans.iter().flat_map(|s| &s.spans) {
        let is_call = calls.take(&span.neutral(line), &shared, sink);
        if is_call {
            sink.need(line, "traceId", !span.trace_id.is_null());
            sink.need(line, "spanId", !span.span_id.is_null());
            sink.need(line, "startTimeUnixNano", !span.start_time_unix_nano.is_null());
            sink.need(line, "endTimeUnixNano", !span.end_time_unix_nano.is_null());
        }
    }
}

impl Written {
    fn neutral(&self, line: u64) -> Span<'_> {
        let failed = self.status.code.as_u64() == Some(2)
            || self.status.code.as_str().is_some_and(|c| ["STATUS_CODE_ERROR", "ERROR", "Error"].contains(&c));
        let kind = self.kind.as_str();
        let exception = self.events.iter().find(|e| e.name.as_str() == Some("exception"));
        let attributes = exception.map(|e| Attributes::of_pairs(&e.attributes)).unwrap_or_default();
        Span {
            id: identity(&self.trace_id, &self.span_id),
            parent: identity(&self.trace_id, &self.parent_span_id),
            name: self.name.as_str().unwrap_or(""),
            is_server: self.kind.as_u64() == Some(2) || kind.is_some_and(|k| SERVER.contains(&k)),
            start: time(&self.start_time_unix_nano),
            end: time(&self.end_time_unix_nano),
            failed,
            message: self.status.message.as_str().filter(|m| !m.is_empty()),
            exception: [attributes.text(&["exception.type"]), attributes.text(&["exception.message"])],
            attributes: Attributes::of_pairs(&self.attributes),
            line,
        }
    }
}

/// A span's identity; 0 for none.
fn identity(trace: &Value, span: &Value) -> u64 {
    let (Some(trace), Some(span)) = (trace.as_str(), span.as_str()) else { return 0 };
    id(trace, span)
}

/// The identity of a span in its trace; 0 for none.
pub(in crate::formats) fn id(trace: &str, span: &str) -> u64 {
    if span.is_empty() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    (trace, span).hash(&mut hasher);
    hasher.finish().max(1)
}
