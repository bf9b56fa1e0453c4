//! The proxy's own log with `json_logs: true`.
//!
//! In: JSON lines in local time, between banners and plain text. Out: one row a client's request. A failed request has
//! an error line with the text and, right after it, an access line with the status: both are one row, whether or not the
//! text names its status. The plain log
//! (without `json_logs`) has no times and cannot be read.

use serde::Deserialize;
use serde_json::Value;

use super::{TOLERANCE_S, Wrapped, has_own, requests_and_fidelity, status_of};
use crate::formats::http::api;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "litellm-proxy",
    client: "litellm",
    client_traits: super::TRAITS,
    rank: 0,
    merge_tolerance_s: TOLERANCE_S,
    program: "LiteLLM proxy 1.106.2 (its output with json_logs: true)",
    lives: &["standard output of `litellm --config`, wherever it is sent (Linux, macOS, Windows)"],
    shows: "the end of every request of a client with its status, and the wrapped error of those that failed",
    not_logged: "starts, tokens, sessions, retries before a success, the time zone. Without json_logs it has no times at all and cannot be read",
    established: "run (1.106.2)",
};

/// How long after its error line a request's access line may come, in seconds. The recording has 0.1 s.
const ACCESS_AFTER_S: f64 = 10.0;

/// Error lines that wait for their access lines. More at once mean that access lines are switched off.
const WAITING: usize = 1000;

/// The proxy's log.
#[derive(Debug)]
pub struct LiteLlmProxy;

impl LogFormat for LiteLlmProxy {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(200).filter(|l| l.starts_with(b"{")).any(|l| {
            serde_json::from_slice::<Line>(l).is_ok_and(|line| {
                let component = line.component.as_str().unwrap_or("");
                let keys = [&line.message, &line.timestamp, &line.component, &line.logger, &line.level];
                let keys = keys.iter().filter(|v| v.is_string()).count();
                component.starts_with("LiteLLM") || (is_marked(l) && keys >= OWN_KEYS)
            })
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["message", "timestamp", "component"]
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }
}

/// So many of a line's five keys make it the proxy's, whichever of them a version has renamed.
const OWN_KEYS: usize = 3;

/// Whether the line names a component of LiteLLM or its server.
fn is_marked(line: &[u8]) -> bool {
    line.starts_with(b"{") && (has_own(line, b"\"LiteLLM") || has_own(line, b"\"uvicorn."))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    level: Value,
    message: Value,
    timestamp: Value,
    component: Value,
    logger: Value,
}

/// A failed request whose access line has not come.
struct Failed {
    /// The status that its text or class names.
    status: Option<u16>,
    text: String,
    at: Time,
    line: u64,
}

#[derive(Default)]
struct Parser {
    /// Error lines whose access line has not come, in their order.
    waiting: Vec<Failed>,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let Some(line) = is_marked(line).then(|| serde_json::from_slice::<Line>(line).ok()).flatten() else { return };
        sink.need(number, "message", line.message.is_string());
        sink.need(number, "timestamp", line.timestamp.is_string());
        sink.need(number, "component", line.component.is_string());
        let (Some(message), Some(stamped)) = (line.message.as_str(), line.timestamp.as_str()) else { return };
        let zoneless = stamp::lacks_zone(stamped);
        let at = if zoneless { stamp::rfc3339(&format!("{stamped}Z")) } else { stamp::rfc3339(stamped) };
        let Some(at) = at else {
            sink.problem(number, "a line whose timestamp cannot be read");
            return;
        };
        sink.count_record();
        sink.note_time(at);
        if zoneless {
            sink.mark_local_time();
        }
        match line.component.as_str() {
            Some("uvicorn.access") => self.access(message, at, number, sink),
            Some(c) if c.starts_with("LiteLLM") => self.emit_failure(message, at, number, sink),
            _ => {}
        }
    }

    fn finish(self: Box<Self>, _: bool, sink: &mut Sink) {
        self.waiting.iter().for_each(|failed| failed.row(None, sink));
    }
}

impl Parser {
    /// A request ended. The oldest error line that it may belong to is the same request: one that names this status, else one
    /// that names none.
    fn access(&mut self, message: &str, at: Time, line: u64, sink: &mut Sink) {
        let Some(status) = access(message) else { return };
        let late = self.waiting.partition_point(|f| at.since(f.at) > ACCESS_AFTER_S);
        self.waiting.drain(..late).for_each(|failed| failed.row(None, sink));
        let same = self.waiting.iter().position(|f| f.status == Some(status));
        let failure = status >= 400;
        let unnamed = || self.waiting.iter().position(|f| failure && f.status.is_none());
        if let Some(i) = same.or_else(unnamed) {
            self.waiting.remove(i).row(Some(status), sink);
            return;
        }
        sink.attempt(Record {
            end: Some(at),
            status: Some(status),
            fidelity: Fidelity::Inferred,
            at_most: 1,
            line,
            ..Record::default()
        });
    }

    fn emit_failure(&mut self, message: &str, at: Time, line: u64, sink: &mut Sink) {
        let Some((_, rest)) = message.split_once("Exception occured - ") else { return };
        let text = rest.strip_prefix("litellm_call_id=").and_then(|r| r.split_once(" - ")).map_or(rest, |(_, t)| t);
        let status = leading_status(text).or_else(|| Wrapped::read(text).class.and_then(status_of));
        let failed = Failed { status, text: text.to_owned(), at, line };
        if self.waiting.len() < WAITING {
            self.waiting.push(failed);
        } else {
            failed.row(None, sink);
        }
    }
}

impl Failed {
    /// The row of the request, with the status of its access line if that came.
    fn row(&self, answered: Option<u16>, sink: &mut Sink) {
        let bare =
            leading_status(&self.text).map_or(self.text.as_str(), |_| self.text[3..].trim_start_matches([':', ' ']));
        let wrapped = Wrapped::read(bare);
        // Without a word on retries there was none: the proxy says it whenever its router tried.
        let (at_most, fidelity) = requests_and_fidelity(wrapped.is_own, wrapped.retried.or(Some(0)));
        sink.attempt(Record {
            end: Some(self.at),
            row_outcome: RowOutcome::Error,
            local: wrapped.is_own,
            // LiteLLM answers 500 to what reached no provider.
            status: self.status.or(answered).filter(|_| wrapped.class != Some("APIConnectionError")),
            error: ErrorFields { kind: wrapped.class, message: Some(wrapped.message) },
            fidelity: if at_most > 1 { fidelity } else { Fidelity::Inferred },
            at_most,
            line: self.line,
            ..Record::default()
        });
    }
}

/// The status that a text begins with, as errors of the web framework do: `429: Rate limit exceeded`.
fn leading_status(text: &str) -> Option<u16> {
    let (status, rest) = text.split_at_checked(3)?;
    rest.starts_with(": ").then(|| status.parse().ok()).flatten().filter(|s| (400..600).contains(s))
}

/// The status of `127.0.0.1:35390 - "POST /v1/chat/completions HTTP/1.1" 429`, if it is a call of a model.
fn access(message: &str) -> Option<u16> {
    let (request, status) = message.split_once(" - \"")?.1.rsplit_once("\" ")?;
    let mut words = request.split(' ');
    let call = words.next() == Some("POST") && words.next().is_some_and(api::is_call);
    let status = status.split(' ').next()?.parse().ok().filter(|s| (100..600).contains(s))?;
    call.then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::{Class, Outcome};

    fn access_line(at: &str, path: &str, status: u16) -> String {
        format!(
            "{{\"message\": \"127.0.0.1:1 - \\\"POST {path} HTTP/1.1\\\" {status}\", \"level\": \"INFO\", \"timestamp\": \"2026-03-03T16:19:{at}\", \"component\": \"uvicorn.access\", \"logger\": \"h11_impl.py:477\"}}\n"
        )
    }

    fn error_line(at: &str, error: &str) -> String {
        format!(
            "{{\"message\": \"litellm.proxy.proxy_server._handle_llm_api_exception(): Exception occured - litellm_call_id=c - {error}\", \"level\": \"ERROR\", \"timestamp\": \"2026-03-03T16:19:{at}\", \"component\": \"LiteLLM Proxy\", \"logger\": \"x.py:1\", \"stacktrace\": \"Traceback\"}}\n"
        )
    }

    fn read(lines: &[String]) -> Parsed {
        parse(&LiteLlmProxy, "proxy.log", lines.concat().as_bytes())
    }

    const WRAPPED: &str = "litellm.RateLimitError: OpenAIException - full\\n\\nLiteLLM: model group 'k' failed. LiteLLM Retried: 2 times, LiteLLM Max Retries: 2";

    #[test]
    fn an_error_line_and_its_access_line_are_one_row() {
        let parsed = read(&[
            access_line("01.5", "/v1/chat/completions", 200),
            error_line("02.0", WRAPPED),
            access_line("02.1", "/v1/chat/completions", 429),
            access_line("03.0", "/v1/messages", 429),
            access_line("04.0", "/ui/login", 429),
        ]);
        let actual: Vec<_> =
            parsed.attempts.iter().map(|a| (a.status, a.at_most, text(&parsed, a.error_message))).collect();
        assert_eq!(
            actual,
            [
                (Some(200), 1, "-"),
                (Some(429), 3, "litellm.RateLimitError: OpenAIException - full"),
                (Some(429), 1, "-")
            ]
        );
        assert!(parsed.local_time);
    }

    #[test]
    fn the_router_s_cooldown_is_local() {
        let own = "litellm.types.router.RouterRateLimitError: No deployments available for selected model";
        let row = read(&[error_line("02.0", own)]).attempts[0];
        assert_eq!((row.class, row.outcome, row.at_most), (Class::Local, Outcome::Refused, 1));
    }

    #[test]
    fn recognised_behind_banners_and_not_by_any_json_log() {
        let log = format!("\n  LiteLLM banner\n{}", access_line("01.5", "/health", 200));
        assert_eq!(format_id(&log), Some("litellm-proxy"));
        assert_eq!(format_id("{\"message\":\"x\",\"component\":\"uvicorn.access\"}\n"), None);
    }

    #[test]
    fn odd_lines_do_no_harm() {
        let parsed = read(&[
            "{\"component\":7,\"message\":{},\"timestamp\":[]}\n".to_owned(),
            access_line("99.5", "/v1/messages", 200),
            "{\"message\":\"\\\" - \\\"\",\"timestamp\":\"2026-03-03T16:19:00Z\",\"component\":\"uvicorn.access\"}\n"
                .to_owned(),
        ]);
        assert!(parsed.attempts.is_empty());
        assert_eq!(parsed.problems[0].reason, "a line whose timestamp cannot be read");
    }
}
