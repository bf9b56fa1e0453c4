//! OpenAI Codex CLI: session rollouts, `codex-tui.log`, and its databases `logs_1/2.sqlite` and `thread_history_1.sqlite`.
//!
//! A rollout has every finished response with its tokens, and the failure that ended a turn where the version writes it
//! down (0.117 in the terminal program, 0.169 everywhere); it never has a retry. The databases of the terminal program
//! have every HTTP attempt. All name the thread, so [`crate::merge`] makes one row of them.

pub mod logs_db;
mod quota;
pub mod rollout;
mod spans;
pub mod tui_log;
pub mod turns_db;

use super::{ClientTraits, SessionsProvider};
use serde_json::Value;

/// Its databases, which hold threads in the background too, name no provider; its rollouts do.
const TRAITS: ClientTraits =
    ClientTraits { sessions_provider: Some(SessionsProvider { usual: None }), ..ClientTraits::PLAIN.made_for("codex") };

/// The agent of a thread: a thread is sequential, and its subagents are threads of their own.
const AGENT: &str = "main";

/// Requests of one logged failure, at most: four HTTP retries in each of five retried streams, by the client's defaults
/// (`request_max_retries`, `stream_max_retries`; 15 were counted behind one failed turn of 0.42 with three).
const HIDDEN_AT_MOST: u8 = 30;

/// Seconds between the HTTP retries of one stream, doubled each time.
const WAITS: [f64; 4] = [0.2, 0.4, 0.8, 1.6];

/// How two sources of this client may differ in the end of one attempt, in seconds: a database notes the head of an answer
/// and the rollout its end, and whole seconds in the history of turns.
const TOLERANCE_S: f64 = 120.0;

/// What a failure of Codex says.
#[derive(Debug, Default, PartialEq)]
struct Failure {
    kind: Option<String>,
    status: Option<u16>,
    /// The stream had begun.
    broke_off: bool,
    /// The client gives up at once, so it is one request.
    at_once: bool,
    request_id: Option<String>,
}

impl Failure {
    /// From `codex_error_info` (or `codexErrorInfo`) and the message that people see.
    fn of(info: Option<&Value>, message: &str) -> Self {
        let (name, detail) = match info {
            Some(Value::String(name)) => (Some(name.as_str()), None),
            Some(Value::Object(object)) => {
                object.iter().next().map_or((None, None), |(k, v)| (Some(k.as_str()), Some(v)))
            }
            _ => (None, None),
        };
        let name = name.map(snake);
        let named_status =
            detail.and_then(|d| d.get("http_status_code").or_else(|| d.get("httpStatusCode"))).and_then(Value::as_u64);
        let status = named_status.and_then(|s| u16::try_from(s).ok()).or_else(|| status_in(message));
        let by_name = match name.as_deref() {
            // Both come from a 429 with their own error type; the client makes one error of them (codex-api, error.rs).
            Some("usage_limit_exceeded") => Some(429),
            Some("unauthorized") => Some(401),
            Some("server_overloaded") => Some(503),
            Some("internal_server_error") => Some(500),
            Some("bad_request" | "context_window_exceeded") => Some(400),
            _ => None,
        };
        let usage_text = message.contains("hit your usage limit") || message.starts_with("Quota exceeded");
        let status = status.or(by_name).or(usage_text.then_some(429));
        let (kind, broke_off) = if status.is_some() { (name, false) } else { without_status(name, message) };
        let at_once = usage_text || matches!(by_name, Some(429 | 401 | 400));
        Self { kind, status, broke_off, at_once, request_id: after(message, "request id: ").map(str::to_owned) }
    }
}

/// A failure that names no status: the stream broke, or nothing was reached.
fn without_status(name: Option<String>, message: &str) -> (Option<String>, bool) {
    if message.contains("Rate limit reached") {
        return (Some("rate_limit_exceeded".to_owned()), false);
    }
    let began =
        message.starts_with("stream disconnected before completion") && !message.contains("error sending request");
    let unreached = message.contains("error sending request") || message.contains("onnection failed");
    if began {
        (Some("stream_disconnected".to_owned()), true)
    } else if unreached || name.as_deref().is_some_and(|n| n.contains("connection_failed")) {
        (Some("ConnectionError".to_owned()), false)
    } else {
        (name, false)
    }
}

/// `last status: 429 Too Many Requests`, `unexpected status 503 ...`.
fn status_in(message: &str) -> Option<u16> {
    let word = after(message, "last status: ").or_else(|| after(message, "unexpected status "))?;
    word.parse().ok().filter(|s| (100..=599).contains(s))
}

/// The word after a mark.
fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let rest = text.split_once(mark)?.1;
    let word = rest.split([' ', ',', ')', '\n']).next()?;
    (!word.is_empty()).then_some(word)
}

/// `usageLimitExceeded` as `usage_limit_exceeded`.
fn snake(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 4);
    for c in name.chars().take(80) {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// The provider id of a host.
fn provider_of_host(url: &str) -> Option<&'static str> {
    let host = url.split_once("://")?.1.split('/').next()?;
    match host {
        "chatgpt.com" => Some("codex"),
        "api.openai.com" => Some("openai"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(info: Value, message: &str) -> (Option<u16>, Option<String>, bool, bool) {
        let f = Failure::of(Some(&info), message);
        (f.status, f.kind, f.broke_off, f.at_once)
    }

    #[test]
    fn both_spellings_of_an_error_say_the_same() {
        let own = |s: &str| Some(s.to_owned());
        let text = "exceeded retry limit, last status: 429 Too Many Requests, request id: r-1";
        for (name, code) in [
            ("response_too_many_failed_attempts", "http_status_code"),
            ("responseTooManyFailedAttempts", "httpStatusCode"),
        ] {
            let actual = of(json!({name: {code: 429}}), text);
            assert_eq!(actual, (Some(429), own("response_too_many_failed_attempts"), false, false));
        }
        assert_eq!(Failure::of(None, text).request_id.as_deref(), Some("r-1"));
        assert_eq!(of(json!("usageLimitExceeded"), "x"), (Some(429), own("usage_limit_exceeded"), false, true));
        assert_eq!(
            of(json!("other"), "unexpected status 503 Service Unavailable: no"),
            (Some(503), own("other"), false, false)
        );
        let cut = "stream disconnected before completion: stream closed before response.completed";
        assert_eq!(of(json!("other"), cut), (None, own("stream_disconnected"), true, false));
        let none = "stream disconnected before completion: error sending request for url (x)";
        assert_eq!(of(json!("other"), none), (None, own("ConnectionError"), false, false));
        let wait = "stream disconnected before completion: Rate limit reached for m. Please try again in 1.2s";
        assert_eq!(of(Value::Null, wait), (None, own("rate_limit_exceeded"), false, false));
    }
}
