//! What a failure of Claude Code says: an `api_error` record in two shapes, or the answer that the client made up.
//!
//! In: the record's own error fields. Out: kind, status, message. The made-up answer's text is read only where the record
//! says that it is an error's (`isApiErrorMessage`).

use serde::Deserialize;
use serde_json::Value;

use crate::formats::http::headers::Headers;

/// A failure.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Failure {
    pub(super) kind: Option<String>,
    pub(super) status: Option<u16>,
    pub(super) message: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) retry_after_s: Option<f64>,
    /// Headers with limits.
    pub(super) headers: Headers,
}

/// `error` of an `api_error` record: the SDK's (2.1.81), or a digest of it (from about 2.1.200).
#[derive(Deserialize)]
struct ApiError {
    status: Option<u16>,
    headers: Option<Value>,
    error: Option<Value>,
    #[serde(rename = "requestID")]
    request_id: Option<String>,
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
    pub(super) fn of_api_error(error: &str) -> Option<Self> {
        let said: ApiError = serde_json::from_str(error).ok()?;
        // The body stands inside the SDK's error: {"error":{"type":"error","error":{"type","message"},"request_id"}}.
        let body = said.error.as_ref();
        let inner = body.and_then(|b| b.get("error")).or(body);
        let text = |key: &str| inner.and_then(|e| e.get(key)).and_then(Value::as_str).map(str::to_owned);
        let mut headers = Headers::default();
        if let Some(told) = said.headers.as_ref().and_then(Value::as_object) {
            headers.take_json(told);
        }
        let body_id = body.and_then(|b| b.get("request_id")).and_then(Value::as_str);
        let connection = said.connection.as_ref();
        let unreached = connection.is_some() || said.network_down == Some(true) || said.no_response == Some(true);
        let code = connection.and_then(|c| c.code.clone());
        let no_answer = (unreached && said.status.is_none()).then(|| "APIConnectionError".to_owned());
        Some(Self {
            kind: text("type").or(code).or(no_answer),
            status: said.status,
            message: text("message")
                .or(said.message)
                .or(said.formatted)
                .or_else(|| connection.and_then(|c| c.message.clone())),
            request_id: said.request_id.or_else(|| body_id.or_else(|| headers.request_id()).map(str::to_owned)),
            retry_after_s: headers.retry_after_s(None),
            headers,
        })
    }

    /// From the text of a made-up answer, and the fields beside it.
    pub(super) fn of_answer(text: &str, error: Option<&str>, status: Option<u16>) -> Self {
        let status = status.or_else(|| status_in(text)).or_else(|| is_limit(text).then_some(429));
        let unreached =
            ["Connection error", "Request timed out", "Unable to connect", "fetch failed", "ECONN", "ETIMEDOUT"];
        let network = status.is_none() && unreached.iter().any(|w| text.contains(w));
        let kind = if network { Some("APIConnectionError") } else { error };
        Self {
            kind: kind.map(str::to_owned),
            status,
            message: Some(text.to_owned()),
            request_id: request_id_in(text),
            ..Self::default()
        }
    }
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
    let word = text.split_once("API Error: ")?.1.split([' ', '\n']).next()?;
    word.parse().ok().filter(|s| (400..=599).contains(s))
}

fn request_id_in(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("\"request_id\":\"")?;
    rest.split('"').next().filter(|id| !id.is_empty() && id.len() < 80).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_shapes_of_a_retried_error_are_read() {
        let old = r#"{"status":529,"headers":{"retry-after":"2"},"requestID":null,"error":{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}}"#;
        let read = Failure::of_api_error(old).unwrap();
        assert_eq!(
            (read.kind.as_deref(), read.status, read.message.as_deref()),
            (Some("overloaded_error"), Some(529), Some("Overloaded"))
        );
        assert_eq!((read.request_id.as_deref(), read.retry_after_s), (Some("req_1"), Some(2.0)));
        let new = r#"{"message":"Connection error.","status":null,"formatted":"x","connection":{"code":"ECONNRESET","message":"reset"},"isNetworkDown":false,"noResponse":true}"#;
        let read = Failure::of_api_error(new).unwrap();
        assert_eq!(
            (read.kind.as_deref(), read.status, read.message.as_deref()),
            (Some("ECONNRESET"), None, Some("Connection error."))
        );
    }

    #[test]
    fn answers_name_their_status_or_are_a_limit() {
        let of = |text: &str| {
            let f = Failure::of_answer(text, None, None);
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
        assert_eq!(Failure::of_answer(server, None, None).request_id.as_deref(), Some("req_9"));
    }
}
