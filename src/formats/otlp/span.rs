//! Spans.
//!
//! In: one `resourceSpans` element. Out: the calls of models and the HTTP requests in it.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;
use serde_json::Value;

use crate::formats::http::api;
use crate::formats::http::headers::{Headers, Meters};
use crate::formats::{Sink, stamp};
use crate::model::{ErrorSaid, Fidelity, Record, Time, Told};

/// Requests behind a call's span: the first and two retries of the SDK (`max_retries = 2` of openai and anthropic).
const WITH_SDK_RETRIES: u8 = 3;

/// Names of operations that send a request to a model.
const OPERATIONS: &[&str] = &["chat", "text_completion", "generate_content", "embeddings"];

/// The kind of a span on the server's side, as a number and as a word.
const SERVER: [&str; 2] = ["2", "SPAN_KIND_SERVER"];

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Resource {
    pub(super) resource: Attributed,
    #[serde(alias = "instrumentationLibrarySpans")]
    scope_spans: Vec<ScopeSpans>,
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
    spans: Vec<Span>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ScopeLogs {
    pub(super) log_records: Vec<LogRecord>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LogRecord {
    pub(super) time_unix_nano: Value,
    pub(super) attributes: Vec<KeyValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Span {
    trace_id: Value,
    span_id: Value,
    parent_span_id: Value,
    kind: Value,
    start_time_unix_nano: Value,
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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct KeyValue {
    key: String,
    value: Value,
}

/// Attributes asked by key.
#[derive(Clone, Copy)]
pub(super) struct Attributes<'a>(pub(super) &'a [KeyValue]);

impl<'a> Attributes<'a> {
    /// The headers of an answer that the instrumentation was told to keep: `http.response.header.<name>`, a list of texts each.
    fn headers(self) -> Headers {
        let mut headers = Headers::default();
        for pair in self.0 {
            let Some(name) = pair.key.strip_prefix("http.response.header.") else { continue };
            let first = || pair.value.get("arrayValue")?.get("values")?.get(0)?.get("stringValue");
            if let Some(text) = pair.value.get("stringValue").or_else(first).and_then(Value::as_str) {
                // Older conventions write `_` for `-`.
                headers.take(&name.replace('_', "-"), text);
            }
        }
        headers
    }

    fn value(self, key: &str) -> Option<&'a Value> {
        let value = &self.0.iter().find(|a| a.key == key)?.value;
        ["stringValue", "intValue", "doubleValue"].iter().find_map(|kind| value.get(*kind))
    }

    /// The first of the keys that is a text.
    pub(super) fn text(self, keys: &[&str]) -> Option<&'a str> {
        keys.iter().find_map(|k| self.value(k)?.as_str()).filter(|t| !t.is_empty())
    }

    /// The first of the keys that is a number; one in quotes too, as OTLP writes integers.
    pub(super) fn number(self, keys: &[&str]) -> Option<f64> {
        keys.iter().find_map(|k| number(self.value(k)?))
    }

    pub(super) fn count(self, keys: &[&str]) -> Option<u64> {
        self.number(keys).filter(|n| *n >= 0.0).map(|n| n as u64)
    }

    pub(super) fn status(self) -> Option<u16> {
        let status = self.number(&["http.response.status_code", "http.status_code", "status_code"])?;
        (100.0..600.0).contains(&status).then_some(status as u16)
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.parse().ok()).filter(|n| n.is_finite())
}

/// Nanoseconds since the epoch, as a number or in quotes; some exporters write a stamp.
pub(super) fn time(value: &Value) -> Option<Time> {
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

/// Operations that send no request to a model themselves (GenAI conventions).
const OTHER_OPERATIONS: &[&str] = &["create_agent", "invoke_agent", "execute_tool", "invoke_workflow", "retrieval"];

/// A call, or one of its HTTP requests.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) id: u64,
    pub(super) parent: u64,
    pub(super) is_request: bool,
    pub(super) start: Option<Time>,
    pub(super) end: Option<Time>,
    line: u64,
    failed: bool,
    status: Option<u16>,
    kind: Option<String>,
    message: Option<String>,
    provider: Option<String>,
    model: Option<String>,
    session: Option<String>,
    agent: Option<String>,
    request_id: Option<String>,
    headers: Headers,
    tokens: [Option<u64>; 4],
}

/// The calls of one element.
pub(super) fn calls(resource: &Resource, line: u64, into: &mut Vec<Call>, sink: &mut Sink) {
    for span in resource.scope_spans.iter().flat_map(|s| &s.spans) {
        sink.record();
        if let Some(end) = time(&span.end_time_unix_nano) {
            sink.seen(end);
        }
        into.extend(call(span, Attributes(&resource.resource.attributes), line, sink));
    }
}

fn call(span: &Span, resource: Attributes<'_>, line: u64, sink: &mut Sink) -> Option<Call> {
    let own = Attributes(&span.attributes);
    let operation = own.text(&["gen_ai.operation.name"]);
    let model = own.text(&["gen_ai.request.model", "gen_ai.response.model"]);
    let provider = own.text(&["gen_ai.provider.name", "gen_ai.system"]);
    let is_call = operation.map_or(model.is_some() && provider.is_some(), |o| OPERATIONS.contains(&o));
    let url = own.text(&["url.full", "http.url"]);
    let posted = own.text(&["http.request.method", "http.method"]) == Some("POST");
    let is_request = !is_call && posted && url.is_some_and(api::is_call);
    let server = SERVER.iter().any(|s| span.kind.as_str() == Some(s)) || span.kind.as_u64() == Some(2);
    if is_call || span.attributes.iter().any(|a| a.key.starts_with("gen_ai.")) {
        sink.kind(line, is_call || operation.is_some_and(|o| OTHER_OPERATIONS.contains(&o)));
    }
    if server || (!is_call && !is_request) {
        return None;
    }
    sink.need(line, "traceId", !span.trace_id.is_null());
    sink.need(line, "spanId", !span.span_id.is_null());
    sink.need(line, "startTimeUnixNano", !span.start_time_unix_nano.is_null());
    sink.need(line, "endTimeUnixNano", !span.end_time_unix_nano.is_null());
    if is_call {
        sink.need(line, "gen_ai.request.model", own.value("gen_ai.request.model").is_some());
    }
    let failed = matches!(span.status.code.as_u64(), Some(2)) || span.status.code.as_str() == Some("STATUS_CODE_ERROR");
    let kind = own.text(&["error.type", "exception.type"]);
    let message = span.status.message.as_str().filter(|m| failed && !m.is_empty()).or_else(|| exception(span));
    let by_text = message.and_then(|m| m.strip_prefix("Error code: ")?.get(..3)?.parse().ok());
    let by_kind = kind.filter(|k| k.len() == 3).and_then(|k| k.parse().ok());
    let status = own.status().or(by_kind).or(by_text).filter(|s: &u16| (100..600).contains(s));
    let address = url.or_else(|| own.text(&["server.address"]));
    let owned = |t: Option<&str>| t.map(str::to_owned);
    Some(Call {
        id: id(&span.trace_id, &span.span_id),
        parent: id(&span.trace_id, &span.parent_span_id),
        is_request,
        start: time(&span.start_time_unix_nano),
        end: time(&span.end_time_unix_nano),
        line,
        // The status of a span is often left unset where that of HTTP says it.
        failed: failed || kind.is_some() || status.is_some_and(|s| s >= 400),
        status,
        kind: owned(kind.filter(|_| by_kind.is_none())),
        message: owned(message),
        provider: owned(address.and_then(api::provider_of).or_else(|| provider_named(provider?, address))),
        model: owned(model),
        session: owned(own.text(SESSION).or_else(|| resource.text(SESSION))),
        agent: owned(own.text(&["gen_ai.agent.id", "gen_ai.agent.name"])),
        request_id: owned(own.text(&["gen_ai.response.id"])),
        headers: own.headers(),
        tokens: [
            own.count(&["gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens"]),
            own.count(&["gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens"]),
            own.count(&["gen_ai.usage.cache_read.input_tokens", "gen_ai.usage.cache_read_input_tokens"]),
            own.count(&["gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_creation_input_tokens"]),
        ],
    })
}

/// Keys of a session.
pub(super) const SESSION: &[&str] = &["gen_ai.conversation.id", "session.id"];

/// The provider by its name. `openai` at another address means its protocol alone.
fn provider_named<'a>(name: &'a str, address: Option<&str>) -> Option<&'a str> {
    (name != "openai" || address.is_none()).then_some(name)
}

fn exception(span: &Span) -> Option<&str> {
    let event = span.events.iter().find(|e| e.name.as_str() == Some("exception"))?;
    Attributes(&event.attributes).text(&["exception.message"])
}

/// A span's identity; 0 for none.
fn id(trace: &Value, span: &Value) -> u64 {
    let (Some(trace), Some(span)) = (trace.as_str(), span.as_str().filter(|s| !s.is_empty())) else { return 0 };
    let mut hasher = DefaultHasher::new();
    (trace, span).hash(&mut hasher);
    hasher.finish().max(1)
}

impl Call {
    fn record(&self) -> Record<'_> {
        let [input_tokens, output_tokens, cache_read_tokens, cache_write_tokens] = self.tokens;
        Record {
            start: self.start,
            start_low: self.start,
            end: self.end,
            told: if self.failed { Told::Error } else { Told::Ok },
            status: self.status,
            error: ErrorSaid { kind: self.kind.as_deref(), message: self.message.as_deref() },
            input_tokens,
            output_tokens,
            cache_read_tokens,
            cache_write_tokens,
            provider: self.provider.as_deref(),
            model: self.model.as_deref(),
            session: self.session.as_deref(),
            agent: self.agent.as_deref(),
            request_id: self.request_id.as_deref().or(self.headers.request_id()),
            retry_after_s: if self.failed { self.headers.retry_after_s(self.end) } else { None },
            at_most: 1,
            line: self.line,
            ..Record::default()
        }
    }

    /// The limits that the answer's headers told.
    pub(super) fn limits(&self, meters: &mut Meters, sink: &mut Sink) {
        if let Some(end) = self.end.or(self.start) {
            meters.take(&self.headers, (end, self.line), self.provider.as_deref(), sink);
        }
    }

    /// A call whose requests have no spans.
    pub(super) fn alone(&self, sink: &mut Sink) {
        let at_once = self.failed && matches!(self.status, Some(400..=407 | 410..=428));
        let (at_most, fidelity) =
            if at_once { (1, Fidelity::Observed) } else { (WITH_SDK_RETRIES, Fidelity::Collapsed) };
        sink.attempt(Record { at_most, fidelity, ..self.record() });
    }

    /// A request, with the names of the call above it. What the call says of its end is that of its last request.
    pub(super) fn request(&self, call: Option<&Self>, is_last: bool, sink: &mut Sink) {
        let own = self.record();
        let Some(call) = call else { return sink.attempt(own) };
        let over = call.record();
        let named = Record {
            provider: own.provider.or(over.provider),
            model: over.model,
            session: own.session.or(over.session),
            agent: over.agent,
            ..own
        };
        sink.attempt(if is_last {
            // The span of a request ends with its headers, that of the call with the last token.
            let end = if over.end >= own.end { over.end } else { own.end };
            Record {
                end,
                status: own.status.or(over.status),
                error: ErrorSaid {
                    kind: over.error.kind.or(own.error.kind),
                    message: over.error.message.or(own.error.message),
                },
                input_tokens: over.input_tokens,
                output_tokens: over.output_tokens,
                cache_read_tokens: over.cache_read_tokens,
                cache_write_tokens: over.cache_write_tokens,
                request_id: over.request_id,
                ..named
            }
        } else {
            named
        });
    }
}
