//! OpenTelemetry in JSON: spans of calls of models, spans of the HTTP requests below them, and Claude Code's API events.
//!
//! In: documents with `resourceSpans`, `resourceLogs` or Tempo's `batches`, one a line or spread over many. Out: one row a
//! call. A call's span covers all retries of its SDK; where the requests below it have spans, these are the rows and the
//! call gives them its names and text. Spans that are no call of a model are counted and skipped. Always: attributes that
//! hold prompts and answers are not looked at.

mod attributes;
mod calls;
mod event;
pub mod jaeger;
mod kind;
mod span;

pub(in crate::formats) use attributes::Attributes;
pub(in crate::formats) use calls::{Call, Calls, status_in};
pub(in crate::formats) use span::{Span, id};

use super::ClientTraits;
use super::http::elements::Elements;
use super::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};

/// Spans come from gateways and SDKs; a session of them may hold many agents.
pub(in crate::formats) const TRAITS: ClientTraits = ClientTraits::gateway(5).with_many_agents();

static INFO: FormatInfo = FormatInfo {
    id: "otlp-json",
    client: "otlp",
    client_traits: crate::formats::otlp::TRAITS,
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "OTLP in JSON: openai-v2 instrumentation 2.3b0 with the file exporter, collectors, Tempo (batches); GenAI and HTTP conventions, OpenInference, Langfuse, OpenLLMetry, Vercel AI SDK, LiteLLM; Claude Code events",
    lives: &[
        "wherever an exporter or a collector writes (Linux, macOS, Windows)",
        "GET /api/traces/<id> of Tempo, saved",
    ],
    shows: "every call with start, end, model, tokens, error type and text; with spans of the HTTP client every request, and limits in headers that it keeps",
    not_logged: "without spans of the HTTP client the retries of the SDK: one call is one to three requests, and for Claude Code those before an answer, as many as fit between the session's events; often the agent; headers, unless the HTTP client's instrumentation keeps them (http.response.header.*)",
    established: "run (openai-v2 2.3b0, Claude Code 2.1.332)",
};

/// OTLP JSON.
#[derive(Debug)]
pub struct Otlp;

impl LogFormat for Otlp {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let start: Vec<u8> = head.bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).take(LOOKED_AT).collect();
        let holds = |key: &str| memchr::memmem::find(&start, key.as_bytes()).is_some();
        let begins = BEGINNINGS.iter().any(|k| start.starts_with(k.as_bytes()));
        // Tempo's batches are those of OTLP; other programs have batches too.
        let tempo = TEMPO.iter().any(|k| start.starts_with(k.as_bytes()))
            && ["\"scopeSpans\":", "\"instrumentationLibrarySpans\":", "\"resource\":{"].iter().any(|k| holds(k));
        begins || tempo
    }

    fn needs(&self) -> &'static [&'static str] {
        &[
            "scopeSpans",
            "attributes",
            "traceId",
            "spanId",
            "startTimeUnixNano",
            "endTimeUnixNano",
            "gen_ai.request.model",
            "total_retry_duration_ms",
        ]
    }

    fn streams(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser {
            elements: Elements::at(PATHS),
            calls: Calls::default(),
            held: span::Held::default(),
            sessions: event::Sessions::default(),
        })
    }
}

/// How documents of OTLP begin, without white space: alone, in a list, as the trace of Tempo's API.
const BEGINNINGS: &[&str] = &[
    "{\"resourceSpans\":[",
    "{\"resource_spans\":[",
    "{\"resourceLogs\":[",
    "{\"resource_logs\":[",
    "[{\"resourceSpans\":[",
    "[{\"resourceLogs\":[",
    "{\"trace\":{\"resourceSpans\":[",
];

/// How those of Tempo begin.
const TEMPO: &[&str] = &["{\"batches\":[{", "[{\"batches\":[{", "{\"trace\":{\"batches\":[{"];

/// Bytes of a head that are looked at, without white space.
const LOOKED_AT: usize = 4096;

/// The keys that lead to batches of spans and logs.
const PATHS: &[&[&str]] = &[
    &["resourceSpans"],
    &["resource_spans"],
    &["resourceLogs"],
    &["resource_logs"],
    &["batches"],
    &["", "resourceSpans"],
    &["", "resourceLogs"],
    &["", "batches"],
    &["trace", "resourceSpans"],
    &["trace", "batches"],
];

struct Parser {
    elements: Elements,
    calls: Calls,
    held: span::Held,
    sessions: event::Sessions,
}

impl LineParser for Parser {
    fn line(&mut self, _: &[u8], _: u64, _: &mut Sink) {}

    fn bytes(&mut self, block: &[u8], sink: &mut Sink) {
        let Self { elements, calls, held, sessions } = self;
        elements.push(block, |element| {
            let Some(bytes) = element.bytes else {
                sink.problem(element.line, "a batch of more than 32 MiB; skipped");
                return;
            };
            match serde_json::from_slice::<span::Resource>(&bytes) {
                Ok(resource) => {
                    held.note(&resource, element.line);
                    span::take(&resource, element.line, calls, sink);
                    event::take(&resource, element.line, sessions, sink);
                }
                Err(_) => sink.problem(element.line, "a batch that is not OTLP; skipped"),
            }
        });
    }

    fn finish(self: Box<Self>, cut: bool, sink: &mut Sink) {
        if self.elements.is_open() && !cut {
            sink.problem(self.elements.line(), "the document ends early");
        }
        self.held.needs(sink);
        self.calls.finish(sink);
    }
}

#[cfg(test)]
mod tests;
