//! CLIProxyAPI: a request log, one file a request (`request-log: true`), and those of failed requests that it writes by itself.
//!
//! In: sections such as `=== API REQUEST 1 ===`. Out: one row for each request to an upstream; or, where none was made, one for the
//! refusal by the proxy itself. Always: bodies of requests are passed over unread; of an answer only one that failed is looked at.
//! Source: the program's source.

use memchr::memmem;

use super::own_limit;
use crate::formats::http::api;
use crate::formats::http::body;
use crate::formats::http::headers::{Headers, Meters};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, stamp};
use crate::model::{ErrorFields, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "cliproxyapi-request",
    client: "cliproxyapi",
    client_traits: crate::formats::ClientTraits::gateway(8),
    rank: 1,
    merge_tolerance_s: 1.5,
    program: "CLIProxyAPI 6 and 7 (request logs)",
    lives: &[
        "logs/*.log in its folder: error-v1-*.log by itself, all requests with request-log: true (Linux, macOS, Windows)",
    ],
    shows: "each request to an upstream with its start, status, the provider's error text, retry-after and limits in headers; refusals by the proxy itself",
    not_logged: "when an answer ended; tokens, agents. Without request-log: true only failed requests have a log",
    established: "read (source); not run",
};

/// Request logs.
#[derive(Debug)]
pub struct CliProxyRequest;

impl LogFormat for CliProxyRequest {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let mut lines = head.lines(4);
        lines.next() == Some(b"=== REQUEST INFO ===")
            && lines.any(|l| l.starts_with(b"Version:") || l.starts_with(b"URL:"))
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }
}

/// Bytes of a failed answer's body that are kept.
const BODY: usize = 16 << 10;

#[derive(Clone, Copy, Default, PartialEq)]
enum Section {
    #[default]
    Other,
    Info,
    Upstream,
    Answer,
    Refused,
    Final,
}

#[derive(Default)]
struct Parser {
    section: Section,
    /// The body of the section has begun.
    in_body: bool,
    request: Option<Request>,
    meters: Meters,
}

/// A client's request.
#[derive(Default)]
struct Request {
    line: u64,
    url: String,
    at: Option<Time>,
    tries: Vec<Try>,
    /// What the client got, where no upstream was asked.
    status: Option<u16>,
    words: String,
}

/// A request to an upstream.
#[derive(Default)]
struct Try {
    line: u64,
    url: String,
    start: Option<Time>,
    answered: Option<Time>,
    status: Option<u16>,
    headers: Headers,
    body: String,
    error: Option<String>,
}

impl LineParser for Parser {
    fn line(&mut self, bytes: &[u8], number: u64, sink: &mut Sink) {
        if let Some(name) = bytes.strip_prefix(b"=== ").and_then(|l| l.strip_suffix(b" ===")) {
            self.enter(name, number, sink);
            return;
        }
        // A body may have megabytes.
        if self.section == Section::Other || (self.in_body && matches!(self.section, Section::Info | Section::Upstream))
        {
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        let Some(request) = &mut self.request else { return };
        self.in_body |= text == "Body:";
        let field = |name: &str| text.strip_prefix(name).and_then(|t| t.strip_prefix(": ")).map(str::trim);
        match self.section {
            Section::Info => {
                if let Some(url) = field("URL") {
                    url.clone_into(&mut request.url);
                } else if let Some(at) = field("Timestamp") {
                    request.at = stamp::rfc3339(at);
                }
            }
            Section::Upstream => {
                let Some(last) = request.tries.last_mut() else { return };
                if let Some(url) = field("Upstream URL") {
                    url.clone_into(&mut last.url);
                } else if let Some(at) = field("Timestamp") {
                    last.start = stamp::rfc3339(at);
                }
            }
            Section::Answer => {
                if let Some(last) = request.tries.last_mut() {
                    last.answer(&text, self.in_body);
                }
            }
            Section::Refused | Section::Final => {
                if let Some(status) = field("HTTP Status").or_else(|| field("Status")) {
                    request.status = status.parse().ok().or(request.status);
                } else if request.words.len() + text.len() < BODY {
                    request.words.push_str(&text);
                }
            }
            Section::Other => {}
        }
    }

    fn finish(mut self: Box<Self>, _: bool, sink: &mut Sink) {
        self.emit(sink);
    }
}

impl Try {
    fn answer(&mut self, text: &str, in_body: bool) {
        if let Some(at) = text.strip_prefix("Timestamp: ").filter(|_| self.answered.is_none()) {
            self.answered = stamp::rfc3339(at.trim());
        } else if let Some(status) = text.strip_prefix("Status: ").filter(|_| self.status.is_none()) {
            self.status = status.trim().parse().ok();
        } else if let Some(error) = text.strip_prefix("Error: ") {
            self.error.get_or_insert_with(|| error.trim().to_owned());
        } else if in_body {
            if text != "Body:" && self.status.is_some_and(|s| s >= 400) && self.body.len() + text.len() < BODY {
                self.body.push_str(text);
            }
        } else if let Some((name, value)) = text.split_once(": ") {
            self.headers.take(name, value);
        }
    }
}

impl Parser {
    fn enter(&mut self, name: &[u8], line: u64, sink: &mut Sink) {
        self.in_body = false;
        let is = |prefix: &[u8]| memmem::find(name, prefix) == Some(0);
        self.section = match () {
            () if name == b"REQUEST INFO" => {
                self.emit(sink);
                self.request = Some(Request { line, ..Request::default() });
                Section::Info
            }
            () if is(b"API REQUEST") => {
                if let Some(request) = &mut self.request {
                    request.tries.push(Try { line, ..Try::default() });
                }
                Section::Upstream
            }
            () if is(b"API RESPONSE") => Section::Answer,
            () if name == b"API ERROR RESPONSE" => Section::Refused,
            () if name == b"RESPONSE" => Section::Final,
            () => Section::Other,
        };
    }

    fn emit(&mut self, sink: &mut Sink) {
        let Some(request) = self.request.take() else { return };
        sink.count_record();
        if !api::is_call(&request.url) {
            if request.tries.is_empty() {
                sink.problem(request.line, "no request to a completion API; left out");
            }
            return;
        }
        if request.tries.iter().all(|t| t.url.is_empty()) {
            refused_by_itself(&request, sink);
            return;
        }
        for t in &request.tries {
            self.give_try(t, &request, sink);
        }
    }

    fn give_try(&mut self, t: &Try, request: &Request, sink: &mut Sink) {
        let is_failed = t.status.is_none_or(|s| s >= 400);
        let error = body::error(&t.body);
        let message = error.message.as_deref().or(t.error.as_deref());
        let provider = api::provider_of(&t.url);
        if let Some(at) = t.answered {
            self.meters.take(&t.headers, (at, t.line), provider, sink);
        }
        let start = t.start.or(request.at);
        sink.attempt(Record {
            start,
            start_low: start,
            // The answer's stamp is that of its headers: the end of a failure, the begin of anything else.
            end: t.answered.filter(|_| is_failed),
            row_outcome: if is_failed { RowOutcome::Error } else { RowOutcome::Ok },
            status: t.status,
            error: ErrorFields { kind: error.kind.as_deref(), message },
            retry_after_s: t.headers.retry_after_s(t.answered).filter(|_| is_failed),
            request_id: t.headers.request_id(),
            provider,
            model: api::model_in(&t.url),
            at_most: 1,
            line: t.line,
            ..Record::default()
        });
    }
}

/// No upstream was asked: the proxy refused.
fn refused_by_itself(request: &Request, sink: &mut Sink) {
    let Some(status) = request.status.filter(|s| *s >= 400) else { return };
    let own = own_limit(&request.words);
    let error = body::error(&request.words);
    sink.attempt(Record {
        start: request.at,
        start_low: request.at,
        end: request.at,
        row_outcome: RowOutcome::Error,
        status: Some(status),
        error: ErrorFields { kind: error.kind.as_deref(), message: error.message.as_deref().or(Some(&request.words)) },
        at_most: 1,
        local: own.is_some() || matches!(status, 429 | 503),
        local_limit: own,
        line: request.line,
        ..Record::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::{Class, LocalLimit};

    const FAILED: &str = "=== REQUEST INFO ===
Version: 7.0.1
URL: /v1/messages?beta=true
Method: POST
Timestamp: 2026-09-16T01:00:14.100Z

=== HEADERS ===
Content-Type: application/json

=== REQUEST BODY ===
{\"model\":\"claude\",\"messages\":[{\"content\":\"Status: 401\"}]}

=== API REQUEST 1 ===
Timestamp: 2026-09-16T01:00:14.200Z
Upstream URL: https://api.anthropic.com/v1/messages?beta=true
HTTP Method: POST
Auth: provider=claude, auth_id=a, type=oauth

Headers:
Content-Type: application/json

Body:
{\"model\":\"claude\"}

=== API RESPONSE 1 ===
Timestamp: 2026-09-16T01:00:14.900Z

Status: 429
Headers:
Retry-After: 30
Request-Id: req_1

Body:
{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"This request would exceed your account's rate limit.\"}}

=== RESPONSE ===
Status: 429
Content-Type: application/json

{\"type\":\"error\"}
";

    #[test]
    fn each_request_to_an_upstream_is_a_row() {
        assert_eq!(format_id(FAILED), Some("cliproxyapi-request"));
        let parsed = parse(&CliProxyRequest, "error-v1-messages.log", FAILED.as_bytes());
        let [row] = &parsed.attempts[..] else { panic!("{parsed:?}") };
        assert_eq!((row.status, row.class, row.retry_after_s()), (Some(429), Class::RateLimited, Some(30.0)));
        assert_eq!((row.end.unwrap().since(row.start), text(&parsed, row.provider)), (0.7, "anthropic"));
        assert_eq!(text(&parsed, row.error_message), "This request would exceed your account's rate limit.");
    }

    #[test]
    fn without_one_the_proxy_refused() {
        let own = "=== REQUEST INFO ===\nVersion: 7\nURL: /v1/chat/completions\nMethod: POST\nTimestamp: 2026-09-16T01:00:14Z\n\n=== API ERROR RESPONSE ===\nHTTP Status: 429\n{\"error\":{\"code\":\"model_cooldown\",\"message\":\"All credentials for model x are cooling down\"}}\n\n=== RESPONSE ===\nStatus: 429\n";
        let parsed = parse(&CliProxyRequest, "error.log", own.as_bytes());
        let row = parsed.attempts[0];
        assert_eq!((row.class, row.local_limit), (Class::Local, Some(LocalLimit::Cooldown)));
    }
}
