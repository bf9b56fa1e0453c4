//! Joins a request's access line with the error lines of its id.
//!
//! A gateway writes the upstream's error before the access line, or just after it. In: lines in order. Out: rows. Always: each
//! channel or credential that failed is a request to a provider, and counts; a text comes to the row that it belongs to.

use std::collections::{BTreeMap, VecDeque};

use super::line::{Access, Error};
use super::own_limit;
use crate::formats::Sink;
use crate::formats::http::api;
use crate::model::{ErrorFields, LocalLimit, Record, RowOutcome, Time};

/// A stamp in whole seconds means that second: its middle is taken.
const HALF_S: f64 = 0.4995;

/// A failure waits so many lines for its text.
const WAIT_LINES: u64 = 400;

/// Most ids that wait at once.
const MOST_WAITING: usize = 2000;

/// Requests whose lines are not all read.
#[derive(Default)]
pub(super) struct Requests {
    waiting: BTreeMap<String, Waiting>,
    order: VecDeque<(u64, String)>,
}

#[derive(Default)]
struct Waiting {
    errors: Vec<UpstreamError>,
    request: Option<Request>,
}

struct UpstreamError {
    at: Time,
    is_upstream: bool,
    status: Option<u16>,
    message: String,
    line: u64,
}

struct Request {
    start: Time,
    end: Time,
    status: u16,
    path: String,
    is_ollama: bool,
    line: u64,
}

impl Requests {
    /// Takes the access line of a call.
    pub(super) fn access(&mut self, access: &Access<'_>, line: u64, sink: &mut Sink) {
        self.settle(line, sink);
        let end = access.at.plus(HALF_S);
        let request = Request {
            start: end.plus(-access.took_s),
            end,
            status: access.status,
            path: access.path.to_owned(),
            is_ollama: access.is_ollama(),
            line,
        };
        let mut known = access.id.and_then(|id| self.waiting.remove(id)).unwrap_or_default();
        if let Some(error) = access.error {
            known.errors.push(UpstreamError {
                at: end,
                is_upstream: false,
                status: None,
                message: error.to_owned(),
                line,
            });
        }
        match access.id {
            Some(id) if access.status >= 400 && known.errors.is_empty() => {
                self.hold(id, line, |w| w.request = Some(request));
            }
            _ => Self::emit(&request, &known.errors, sink),
        }
    }

    /// Takes an error line.
    pub(super) fn error(&mut self, error: &Error<'_>, line: u64, sink: &mut Sink) {
        self.settle(line, sink);
        let upstream_error = UpstreamError {
            at: error.at.plus(HALF_S),
            is_upstream: error.is_upstream,
            status: error.status,
            message: error.message.trim_end().to_owned(),
            line,
        };
        match self.waiting.remove(error.id) {
            Some(Waiting { request: Some(request), .. }) => Self::emit(&request, &[upstream_error], sink),
            Some(mut known) => {
                known.errors.push(upstream_error);
                self.waiting.insert(error.id.to_owned(), known);
            }
            None => self.hold(error.id, line, |w| w.errors.push(upstream_error)),
        }
    }

    /// Gives what still waits.
    pub(super) fn finish(mut self, sink: &mut Sink) {
        self.settle(u64::MAX, sink);
    }

    fn hold(&mut self, id: &str, line: u64, change: impl FnOnce(&mut Waiting)) {
        change(self.waiting.entry(id.to_owned()).or_default());
        self.order.push_back((line, id.to_owned()));
    }

    /// Gives what has waited long enough.
    fn settle(&mut self, line: u64, sink: &mut Sink) {
        while let Some((since, _)) = self.order.front()
            && (since.saturating_add(WAIT_LINES) < line || self.order.len() > MOST_WAITING)
        {
            let Some((_, id)) = self.order.pop_front() else { return };
            let Some(known) = self.waiting.remove(&id) else { continue };
            match known.request {
                Some(request) => Self::emit(&request, &known.errors, sink),
                // The access line is not in this file, or came before: the upstream was asked all the same.
                None => known.errors.iter().filter(|e| e.is_upstream).for_each(|e| Self::emit_failed(e, None, sink)),
            }
        }
    }

    fn emit(request: &Request, errors: &[UpstreamError], sink: &mut Sink) {
        let mut upstream: Vec<&UpstreamError> = errors.iter().filter(|e| e.is_upstream).collect();
        let is_refused = request.status >= 400;
        // The last channel's failure is what the client got.
        let last = if is_refused { upstream.pop() } else { None };
        let mut start = request.start;
        for error in upstream {
            Self::emit_failed(error, Some(start), sink);
            start = error.at.max(start).min(request.end);
        }
        let own = errors
            .iter()
            .filter(|e| !e.is_upstream && is_refused && last.is_none())
            .find_map(|e| own_limit(&e.message));
        let own = own.or_else(|| (request.is_ollama && request.status == 503).then_some(LocalLimit::Parallel));
        let message = last.or_else(|| errors.iter().rev().find(|e| !e.is_upstream)).map(|e| e.message.as_str());
        sink.attempt(Record {
            start: Some(start),
            start_low: Some(start),
            end: Some(request.end),
            row_outcome: if is_refused { RowOutcome::Error } else { RowOutcome::ByStatus },
            status: last.and_then(|e| e.status).or(Some(request.status)),
            error: ErrorFields { kind: own.map(|_| OWN_LIMIT), message: message.filter(|_| is_refused) },
            model: api::model_in(&request.path),
            at_most: 1,
            local: own.is_some(),
            local_limit: own,
            line: request.line,
            ..Record::default()
        });
    }

    /// A channel that failed before another was tried.
    fn emit_failed(error: &UpstreamError, start: Option<Time>, sink: &mut Sink) {
        sink.attempt(Record {
            start,
            start_low: start,
            end: Some(error.at).filter(|end| start.is_none_or(|s| s <= *end)),
            row_outcome: RowOutcome::Error,
            status: error.status,
            error: ErrorFields { kind: None, message: Some(&error.message) },
            at_most: 1,
            line: error.line,
            ..Record::default()
        });
    }
}

/// The kind of a limit that the gateway set by itself.
const OWN_LIMIT: &str = "set by this server, no upstream was asked";

#[cfg(test)]
mod tests {
    use super::super::{CLI_PROXY, GIN};
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::{Class, Outcome};

    #[test]
    fn ollama_s_queue_is_its_own_limit() {
        let log = "time=2025-03-06T11:42:00Z level=INFO msg=x\n[GIN] 2025/03/06 - 11:42:02 | 200 | 12.5s |       127.0.0.1 | POST     \"/api/generate\"\n[GIN] 2025/03/06 - 11:42:21 | 503 |   40.339563ms |       127.0.0.1 | POST     \"/api/generate\"\n\x1b[0m[GIN] 2025/03/06 - 11:42:22 |\x1b[97;43m 429 \x1b[0m|   40ms |       127.0.0.1 |\x1b[97;46m POST    \x1b[0m \"/api/chat\"\n[GIN] 2025/03/06 - 11:42:23 | 200 |   40ms |       127.0.0.1 | GET      \"/api/tags\"\n";
        assert_eq!(format_id(log), Some("gin-access"));
        let parsed = parse(&GIN, "server.log", log.as_bytes());
        let classes: Vec<Class> = parsed.attempts.iter().map(|a| a.class).collect();
        assert_eq!(classes, [Class::Ok, Class::Local, Class::RateLimited], "a 429 is that of the cloud behind it");
        assert!(parsed.local_time && parsed.problems.is_empty());
        assert_eq!(parsed.attempts[0].end.unwrap().since(parsed.attempts[0].start), 12.5);
    }

    #[test]
    fn each_channel_that_failed_counts_and_its_text_comes_to_it() {
        let log = "[ERR] 2026/02/18 - 16:14:01 | 20260218161400001 | channel error (channel #1, status code: 429): first channel\n[ERR] 2026/02/18 - 16:14:02 | 20260218161400001 | channel error (channel #2, status code: 503): second channel\n[GIN] 2026/02/18 - 16:14:04 | 20260218161400001 | 200 |   4s | 10.0.0.9 |    POST /v1/chat/completions\n[GIN] 2026/02/18 - 16:14:05 | 20260218161400002 | 429 |   1s | 10.0.0.9 |    POST /v1/chat/completions\n[ERR] 2026/02/18 - 16:14:05 | 20260218161400002 | relay error (channel #1): late text\n[ERR] 2026/02/18 - 16:14:06 | 20260218161400003 | \u{60a8}\u{5df2}\u{8fbe}\u{5230}\u{8bf7}\u{6c42}\u{6570}\u{9650}\u{5236}\u{ff1a}1\u{5206}\u{949f}\u{5185}\u{6700}\u{591a}\u{8bf7}\u{6c42}20\u{6b21}\n[GIN] 2026/02/18 - 16:14:06 | 20260218161400003 | 429 |   1ms | 10.0.0.9 |    POST /v1/chat/completions\n[GIN] 2026/02/18 - 16:14:07 | 20260218161400004 | 429 |   1s | 10.0.0.9 |    POST /v1/chat/completions\n";
        let parsed = parse(&GIN, "oneapi.log", log.as_bytes());
        let actual: Vec<_> =
            parsed.attempts.iter().map(|a| (a.status, a.class, text(&parsed, a.error_message))).collect();
        let own = "\u{60a8}\u{5df2}\u{8fbe}\u{5230}\u{8bf7}\u{6c42}\u{6570}\u{9650}\u{5236}\u{ff1a}1\u{5206}\u{949f}\u{5185}\u{6700}\u{591a}\u{8bf7}\u{6c42}20\u{6b21}";
        assert_eq!(
            actual,
            [
                (Some(429), Class::RateLimited, "first channel"),
                (Some(503), Class::Overload, "second channel"),
                (Some(200), Class::Ok, "-"),
                (Some(429), Class::RateLimited, "late text"),
                (Some(429), Class::Local, own),
                (Some(429), Class::RateLimited, "-"),
            ]
        );
    }

    #[test]
    fn cli_proxy_api_tells_the_upstream_s_errors() {
        let log = "[2026-09-16 01:00:15] [aabb1122] [debug] [claude_executor_execute.go:261] request error, error status: 429, error message: {\"error\":{\"type\":\"rate_limit_error\"}}\n[2026-09-16 01:00:16] [aabb1122] [warn ] [gin_logger.go:103] 429 |          55ms |      172.17.0.1 | POST    \"/v1/messages\"\n[2026-09-16 01:00:18] [aabb1123] [info ] [gin_logger.go:103] 200 |       2.5s |      172.17.0.1 | POST    \"/v1/messages\"\n";
        assert_eq!(format_id(log), Some("cliproxyapi-log"));
        let parsed = parse(&CLI_PROXY, "main.log", log.as_bytes());
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.status, a.outcome, a.error_message.is_some())).collect();
        assert_eq!(actual, [(Some(429), Outcome::Refused, true), (Some(200), Outcome::Admitted, false)]);
    }

    #[test]
    fn a_file_without_a_call_is_a_problem() {
        let log = "[GIN] 2025/03/06 - 11:42:23 | 200 |   40ms |       127.0.0.1 | GET      \"/api/tags\"\n";
        assert_eq!(format_id(log), Some("gin-access"));
        let parsed = parse(&GIN, "server.log", log.as_bytes());
        assert_eq!(
            (parsed.attempts.len(), parsed.problems[0].reason.as_str()),
            (0, "no request to a completion API among 1 requests")
        );
    }
}
