//! OpenTelemetry in JSON: spans of GenAI calls, spans of the HTTP requests below them, and Claude Code's API events.
//!
//! In: documents with `resourceSpans` or `resourceLogs`, one a line or spread over many. Out: one row a call. A call's
//! span covers all retries of its SDK; where the HTTP requests below it have spans, these are the rows and the call gives
//! them its names and text. Always: attributes that hold prompts and answers are not looked at.

mod event;
mod span;

use std::collections::HashMap;

use span::Call;

use super::http::elements::Elements;
use super::http::headers::Meters;
use super::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};

static INFO: FormatInfo = FormatInfo {
    id: "otlp-json",
    client: "otlp",
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "OTLP in JSON: openai-v2 instrumentation 2.3b0 with the file exporter, collectors; GenAI and HTTP conventions; Claude Code events",
    lives: &["wherever an exporter or a collector writes (Linux, macOS, Windows)"],
    shows: "every call with start, end, model, tokens, error type and text; with spans of the HTTP client every request, and limits in headers that it keeps",
    hides: "without spans of the HTTP client the retries of the SDK: one call is one to three requests, and for Claude Code up to `attempt` many; often the agent; headers, unless the HTTP client's instrumentation keeps them (http.response.header.*)",
    established: "run (openai-v2 2.3b0), Claude Code events: reported (its documentation)",
};

/// OTLP JSON.
#[derive(Debug)]
pub struct Otlp;

impl LogFormat for Otlp {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let start: Vec<u8> = head.bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).take(40).collect();
        [&b"{\"resourceSpans\":["[..], b"{\"resourceLogs\":["].iter().any(|k| start.starts_with(k))
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
        ]
    }

    fn streams(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        let elements = Elements::at(&[&["resourceSpans"], &["resourceLogs"]]);
        Box::new(Parser { elements, calls: Vec::new(), held: span::Held::default() })
    }
}

struct Parser {
    elements: Elements,
    calls: Vec<Call>,
    held: span::Held,
}

impl LineParser for Parser {
    fn line(&mut self, _: &[u8], _: u64, _: &mut Sink) {}

    fn bytes(&mut self, block: &[u8], sink: &mut Sink) {
        let Self { elements, calls, held } = self;
        elements.feed(block, |element| {
            let Some(bytes) = element.bytes else {
                sink.problem(element.line, "a batch of more than 32 MiB; skipped");
                return;
            };
            match serde_json::from_slice::<span::Resource>(&bytes) {
                Ok(resource) => {
                    held.note(&resource, element.line);
                    span::calls(&resource, element.line, calls, sink);
                    event::take(&resource, element.line, sink);
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
        told(self.calls, sink);
    }
}

/// Gives the rows to the sink: requests, with what the call above them knows; calls without requests.
fn told(calls: Vec<Call>, sink: &mut Sink) {
    let mut requests: HashMap<u64, Vec<usize>> = HashMap::new();
    for (i, call) in calls.iter().enumerate().filter(|(_, c)| c.is_request) {
        requests.entry(call.parent).or_default().push(i);
    }
    let mut above: HashMap<usize, usize> = HashMap::new();
    for (i, call) in calls.iter().enumerate().filter(|(_, c)| !c.is_request) {
        let below = requests.get(&call.id).map_or(&[][..], Vec::as_slice);
        above.extend(below.iter().map(|r| (*r, i)));
    }
    let last: HashMap<usize, usize> = {
        let mut last = HashMap::new();
        for (request, call) in &above {
            let so_far = last.entry(*call).or_insert(*request);
            if (calls[*request].end, *request) > (calls[*so_far].end, *so_far) {
                *so_far = *request;
            }
        }
        last
    };
    let mut meters = Meters::default();
    let mut in_time: Vec<&Call> = calls.iter().collect();
    in_time.sort_by_key(|c| c.end);
    in_time.iter().for_each(|c| c.limits(&mut meters, sink));
    for (i, call) in calls.iter().enumerate() {
        if call.is_request {
            let over = above.get(&i).map(|c| &calls[*c]);
            let is_last = above.get(&i).is_some_and(|c| last.get(c) == Some(&i));
            call.request(over, is_last, sink);
        } else if !last.contains_key(&i) {
            call.alone(sink);
        }
    }
}

#[cfg(test)]
mod tests;
