//! What a failure of Claude Code says: an `api_error` record in two shapes, or the answer that the client made up.
//!
//! In: the record's own error fields. Out: kind, status, message, and what the fields beside the text say of a limit
//! (`quotaLimits`, `rate_limit_info`): which window, and its exact reset, whatever the wording and the language. The made-up answer's text is read only where the record
//! says that it is an error's (`isApiErrorMessage`).

use serde::Deserialize;
use serde_json::Value;

use super::lines::Line;
use crate::formats::http::headers::Headers;
use crate::model::Time;

/// A failure.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Failure {
    pub(super) kind: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) message: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) retry_after_s: Option<f64>,
    /// Headers with limits, or what fields say that tell the same.
    pub(super) headers: Headers,
    /// Nothing of an answer had come, however long it took.
    pub(super) unanswered: bool,
    /// The answer had begun.
    pub(super) broke_off: bool,
}

/// `error` of an `api_error` record: the SDK's (2.1.81), or a digest of it (from about 2.1.200).
#[derive(Deserialize)]
struct ApiError {
    status: Option<u16>,
    headers: Option<Value>,
    error: Option<Value>,
    #[serde(rename = "requestID", alias = "requestId")]
    request_id: Option<String>,
    #[serde(rename = "rateLimits", alias = "quotaLimits")]
    limits: Option<Value>,
    message: Option<String>,
    formatted: Option<String>,
    connection: Option<Connection>,
    #[serde(rename = "isNetworkDown")]
    network_down: Option<bool>,
    #[serde(rename = "noResponse")]
    no_response: Option<bool>,
}

#[derive(Deserialize)]
struct Connection {
    code: Option<String>,
    message: Option<String>,
}

impl Failure {
    /// From an `api_error` record's `error`.
    pub(super) fn of_api_error(error: &str, at: Time) -> Option<Self> {
        let api_error: ApiError = serde_json::from_str(error).ok()?;
        // The body is inside the SDK's error, {"error":{"type":"error","error":{"type","message"},"request_id"}}, or
        // in its message, after the status.
        let wrapped = api_error.message.as_deref().and_then(body_in);
        let body = api_error.error.as_ref().or(wrapped.as_ref());
        let inner = body.and_then(|b| b.get("error")).or(body);
        let text = |key: &str| inner.and_then(|e| e.get(key)).and_then(Value::as_str).map(str::to_owned);
        let mut headers = Headers::default();
        if let Some(answer_headers) = api_error.headers.as_ref().and_then(Value::as_object) {
            headers.take_json(answer_headers);
        }
        let body_id = body.and_then(|b| b.get("request_id")).and_then(Value::as_str);
        let connection = api_error.connection.as_ref();
        let unreached =
            connection.is_some() || api_error.network_down == Some(true) || api_error.no_response == Some(true);
        let code = connection.and_then(|c| c.code.clone());
        let timed_out = api_error.status.is_none() && api_error.message.as_deref() == Some("Request timed out.");
        let no_answer =
            ((unreached || timed_out) && api_error.status.is_none()).then(|| "APIConnectionError".to_owned());
        let broke_off = api_error.status.is_none() && code.as_deref().is_some_and(is_cut);
        let limit = api_error.limits.as_ref().and_then(Limit::of);
        let limited = limit.as_ref().and_then(|l| l.take_rejection(&mut headers));
        let wait_s = headers.retry_after_s(None).or_else(|| limit.as_ref().and_then(|l| l.wait_s(at)));
        Some(Self {
            kind: limited.or(text("type")).or(code).or(no_answer),
            status: api_error.status,
            message: text("message")
                .or(api_error.message)
                .or(api_error.formatted)
                .or_else(|| connection.and_then(|c| c.message.clone())),
            request_id: api_error.request_id.or_else(|| body_id.or_else(|| headers.request_id()).map(str::to_owned)),
            retry_after_s: wait_s,
            headers,
            unanswered: (unreached || timed_out) && api_error.status.is_none() && !broke_off,
            broke_off,
        })
    }

    /// From the text of a made-up answer, and the fields beside it.
    pub(super) fn of_answer(text: &str, line: &Line<'_>, at: Time) -> Self {
        let error = line.error.and_then(|e| serde_json::from_str::<String>(e.get()).ok());
        let mut failure = Self::of_text(text, error.as_deref(), line.api_error_status);
        let parsed = |raw: Option<&serde_json::value::RawValue>| serde_json::from_str::<Value>(raw?.get()).ok();
        let limit = parsed(line.quota_limits).as_ref().and_then(Limit::of);
        let limit = limit.or_else(|| Limit::of(parsed(line.api_error_params)?.get("rate_limit_info")?));
        if failure.status.is_none()
            && (line.api_error.as_deref() == Some("connection_failed") || line.stream_cut_cause.is_some())
        {
            failure.kind = Some("APIConnectionError".to_owned());
            failure.broke_off = line.stream_cut_cause.is_some();
            failure.unanswered = !failure.broke_off;
        } else if failure.kind.as_deref().is_none_or(|kind| GENERAL.contains(&kind)) {
            failure.kind = line.api_error_type.clone().or(failure.kind);
        }
        let limited = limit.as_ref().and_then(|l| l.take_rejection(&mut failure.headers));
        failure.kind = limited.or(failure.kind);
        failure.retry_after_s = limit.as_ref().and_then(|l| l.wait_s(at));
        failure.request_id = failure.request_id.or_else(|| line.request_id.clone());
        failure
    }

    /// From the text of a made-up answer, its class in the client's words, and its status.
    pub(super) fn of_text(text: &str, error: Option<&str>, status: Option<u16>) -> Self {
        let status = status.or_else(|| status_in(text)).or_else(|| is_limit(text).then_some(429));
        let network = status.is_none() && is_unreached(text);
        let kind = if network { Some("APIConnectionError") } else { error };
        Self {
            kind: kind.map(str::to_owned),
            status,
            message: Some(text.to_owned()),
            request_id: request_id_in(text),
            unanswered: network && text.contains("Request timed out"),
            ..Self::default()
        }
    }
}

/// Words for a class of errors that say less than the type in the provider's body.
const GENERAL: [&str; 4] = ["rate_limit", "server_error", "invalid_request", "unknown"];

/// Codes of a connection that ended after an answer had begun.
fn is_cut(code: &str) -> bool {
    matches!(code, "StreamTruncated" | "stream_truncated")
}

/// The provider's body in a message of the form `429 {json}`.
fn body_in(message: &str) -> Option<Value> {
    let (status, body) = message.split_once(' ')?;
    let is_status = status.len() == 3 && status.bytes().all(|b| b.is_ascii_digit());
    serde_json::from_str(body).ok().filter(|b: &Value| is_status && b.is_object())
}

/// What the fields beside a text say of a limit.
struct Limit {
    /// `five_hour`, `seven_day`, `seven_day_opus`, `overage`.
    kind: String,
    is_rejected: bool,
    resets_at: Option<f64>,
}

impl Limit {
    fn of(headers: &Value) -> Option<Self> {
        let text = |key: &str| headers.get(key).and_then(Value::as_str);
        Some(Self {
            kind: text("rateLimitType")?.to_owned(),
            is_rejected: text("status") == Some("rejected"),
            resets_at: headers.get("resetsAt").and_then(|v| v.as_f64().or_else(|| v.as_str()?.parse().ok())),
        })
    }

    /// Where the limit is used up: its name, and the headers that would say so.
    fn take_rejection(&self, headers: &mut Headers) -> Option<String> {
        if !self.is_rejected {
            return None;
        }
        const UNIFIED: &str = "anthropic-ratelimit-unified-";
        headers.take(&format!("{UNIFIED}status"), "rejected");
        headers.take(&format!("{UNIFIED}representative-claim"), &self.kind);
        if let Some(reset) = self.resets_at {
            headers.take(&format!("{UNIFIED}reset"), &reset.to_string());
        }
        Some(self.kind.clone())
    }

    /// Seconds until it resets; none of them where the reset, named to the second, has just passed.
    fn wait_s(&self, at: Time) -> Option<f64> {
        let reset = self.resets_at.filter(|_| self.is_rejected).and_then(Time::from_secs)?;
        Some(reset.since(at).max(0.0))
    }
}

/// Whether the client says that no answer came.
pub(super) fn is_unreached(text: &str) -> bool {
    ["Connection error", "Request timed out", "Unable to connect", "fetch failed", "ECONN", "ETIMEDOUT"]
        .iter()
        .any(|words| text.contains(words))
}

/// The account's limit, at which the client does not try again.
pub(super) fn is_limit(text: &str) -> bool {
    let hit =
        text.contains("hit your") && text.contains("limit") || text.contains("limit reached") && text.contains("reset");
    hit || text.contains("usage limit reached") || text.contains("out of extra usage")
}

/// What the client gives up on at once: limits of the account, money, keys, the request itself.
pub(super) fn at_once(failure: &Failure, text: &str) -> bool {
    is_limit(text)
        || matches!(failure.status, Some(400..=404 | 413))
        || ["Credit balance", "Invalid API key", "Prompt is too long"].iter().any(|w| text.starts_with(w))
}

/// `API Error: 529 ...`, `Please run /login · API Error: 401 ...`.
fn status_in(text: &str) -> Option<u16> {
    let after = text.split_once("API Error: ")?.1;
    let after = after.strip_prefix("Request rejected (").unwrap_or(after);
    after.split([' ', '\n', ')']).next()?.parse().ok().filter(|s| (400..=599).contains(s))
}

fn request_id_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("\"request_id\":\"")?;
    rest.split('"').next().filter(|id| !id.is_empty() && id.len() < 80).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Time = Time::from_micros(1_796_083_200_000_000);

    #[test]
    fn both_shapes_of_a_retried_error_are_read() {
        let old = r#"{"status":529,"headers":{"retry-after":"2"},"requestID":null,"error":{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}}"#;
        let read = Failure::of_api_error(old, NOON).unwrap();
        assert_eq!(
            (read.kind.as_deref(), read.status, read.message.as_deref()),
            (Some("overloaded_error"), Some(529), Some("Overloaded"))
        );
        assert_eq!((read.request_id.as_deref(), read.retry_after_s), (Some("req_1"), Some(2.0)));
        let new = r#"{"message":"Connection error.","status":null,"formatted":"x","connection":{"code":"ECONNRESET","message":"reset"},"isNetworkDown":false,"noResponse":true}"#;
        let read = Failure::of_api_error(new, NOON).unwrap();
        assert_eq!(
            (read.kind.as_deref(), read.status, read.message.as_deref()),
            (Some("ECONNRESET"), None, Some("Connection error."))
        );
    }

    #[test]
    fn answers_name_their_status_or_are_a_limit() {
        let of = |text: &str| {
            let f = Failure::of_text(text, None, None);
            let once = at_once(&f, text);
            (f.status, f.kind, once)
        };
        assert_eq!(of("You've hit your limit · resets 1am (America/Denver)"), (Some(429), None, true));
        assert_eq!(of("Claude AI usage limit reached|1752692400"), (Some(429), None, true));
        assert_eq!(of("5-hour limit reached ∙ resets 3am"), (Some(429), None, true));
        assert_eq!(of("API Error: 529 Overloaded"), (Some(529), None, false));
        assert_eq!(of("Please run /login · API Error: 401 no"), (Some(401), None, true));
        assert_eq!(of("API Error (Request timed out.)"), (None, Some("APIConnectionError".to_owned()), false));
        assert_eq!(of("Prompt is too long"), (None, None, true));
        let server = r#"API Error: 500 {"type":"error","request_id":"req_9"} · check status.claude.com"#;
        assert_eq!(Failure::of_text(server, None, None).request_id.as_deref(), Some("req_9"));
    }
}
