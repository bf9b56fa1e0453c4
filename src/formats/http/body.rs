//! What an answer's body says: the error of one that failed, the usage of one that did not.
//!
//! In: a body, perhaps cut, perhaps a stream of events. Out: kind and message from error fields alone, or numbers of
//! tokens. Always: nothing else of a body is looked at, so an answer that talks of limits says nothing here.

use serde::Deserialize;
use serde_json::Value;

/// Largest error body that is read. Real ones have some hundred bytes.
const LARGEST_ERROR: usize = 64 << 10;

/// An error as a body names it.
#[derive(Debug, Default, PartialEq)]
pub(in crate::formats) struct Error {
    /// Type or code.
    pub(in crate::formats) kind: Option<String>,
    /// Message.
    pub(in crate::formats) message: Option<String>,
}

/// The error in the body of an answer that failed.
pub(in crate::formats) fn error(body: &str) -> Error {
    if body.len() > LARGEST_ERROR {
        return Error::default();
    }
    let Ok(mut value) = serde_json::from_str::<Value>(body.trim()) else { return Error::default() };
    if let Value::Array(items) = &mut value
        && let Some(first) = items.first_mut()
    {
        value = first.take();
    }
    of_value(&value)
}

#[derive(Deserialize)]
struct Wrapped {
    base_resp: BaseResp,
}

/// MiniMax's own code beside an answer.
#[derive(Deserialize)]
struct BaseResp {
    status_code: i64,
    status_msg: Option<String>,
}

/// The refusal in the body of an answer whose status is that of a success: MiniMax's `base_resp` with another code than 0, in a
/// document or in an event of a stream.
pub(in crate::formats) fn refusal(body: &str) -> Option<Error> {
    const MARK: &[u8] = b"\"base_resp\"";
    let of = |text: &str| {
        let base_resp = serde_json::from_str::<Wrapped>(text).ok()?.base_resp;
        (base_resp.status_code != 0)
            .then(|| Error { kind: Some(base_resp.status_code.to_string()), message: base_resp.status_msg })
    };
    // Nearly no body has it.
    memchr::memmem::find(body.as_bytes(), MARK)?;
    let body = body.trim();
    if body.starts_with('{') {
        return of(body);
    }
    let events = body.lines().filter_map(|l| l.strip_prefix("data:")).filter(|l| l.contains("\"base_resp\""));
    events.take(3).find_map(|l| of(l.trim()))
}

/// The error in an object that is a body, or the `error` of one.
pub(in crate::formats) fn of_value(value: &Value) -> Error {
    let inner = match value.get("error") {
        Some(Value::String(text)) => return Error { kind: kind_of(value), message: Some(text.clone()) },
        Some(error @ Value::Object(_)) => error,
        _ => value,
    };
    let text = |key: &str| inner.get(key).and_then(Value::as_str).map(str::to_owned);
    Error { kind: kind_of(inner), message: text("message").or_else(|| text("msg")).or_else(|| text("detail")) }
}

fn kind_of(value: &Value) -> Option<String> {
    let text = |key: &str| value.get(key).and_then(Value::as_str).filter(|t| !t.is_empty() && *t != "error");
    text("type").or_else(|| text("code")).or_else(|| text("status")).map(str::to_owned)
}

/// Tokens of an answer.
#[derive(Debug, Default, PartialEq, Clone, Copy)]
pub(in crate::formats) struct Usage {
    /// Input without what was read from a cache, where that is known.
    pub(in crate::formats) input: Option<u64>,
    /// Output.
    pub(in crate::formats) output: Option<u64>,
    /// Input read from a cache.
    pub(in crate::formats) cache_read: Option<u64>,
}

impl Usage {
    /// From a `usage` object in OpenAI's or Anthropic's names. OpenAI counts the cache inside its input.
    pub(in crate::formats) fn of(usage: &Value) -> Self {
        let number = |key: &str| usage.get(key).and_then(Value::as_u64);
        let detail = |key: &str| usage.get(key).and_then(|d| d.get("cached_tokens")).and_then(Value::as_u64);
        let inside = detail("prompt_tokens_details").or_else(|| detail("input_tokens_details"));
        let inside = inside.or_else(|| number("cached_tokens"));
        let whole = number("prompt_tokens").or_else(|| number("input_tokens"));
        Self {
            input: whole.map(|n| n.saturating_sub(inside.unwrap_or(0))),
            output: number("completion_tokens").or_else(|| number("output_tokens")),
            cache_read: inside.or_else(|| number("cache_read_input_tokens")),
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    usage: Option<Value>,
}

/// The usage in the body of an answer: of a document its own, of a stream that of its last event that has one.
pub(in crate::formats) fn usage(body: &str) -> Usage {
    let of = |text: &str| -> Option<Usage> {
        let usage = serde_json::from_str::<Answer>(text).ok()?.usage.filter(Value::is_object)?;
        Some(Usage::of(&usage))
    };
    if body.trim_start().starts_with('{') {
        return of(body).unwrap_or_default();
    }
    let events = body.lines().rev().filter_map(|l| l.strip_prefix("data:")).filter(|l| l.contains("\"usage\""));
    events.take(3).find_map(|l| of(l.trim())).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_and_message(body: &str) -> (Option<String>, Option<String>) {
        let Error { kind, message } = error(body);
        (kind, message)
    }

    fn both(kind: &str, message: &str) -> (Option<String>, Option<String>) {
        (Some(kind.to_owned()), Some(message.to_owned()))
    }

    #[test]
    fn errors_in_every_shape() {
        assert_eq!(
            kind_and_message(r#"{"error":{"message":"full","type":"rate_limit_reached_error"}}"#),
            both("rate_limit_reached_error", "full")
        );
        assert_eq!(
            kind_and_message(r#"{"type":"error","error":{"type":"overloaded_error","message":"o"}}"#),
            both("overloaded_error", "o")
        );
        assert_eq!(
            kind_and_message(r#"[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"q"}}]"#),
            both("RESOURCE_EXHAUSTED", "q")
        );
        assert_eq!(kind_and_message(r#"{"error":"nope"}"#), (None, Some("nope".to_owned())));
        assert_eq!(kind_and_message("<html>too many requests</html>"), (None, None));
        assert_eq!(kind_and_message(r#"{"messages":[{"content":"rate limit"}],"input":"429"}"#), (None, None));
    }

    #[test]
    fn a_refusal_inside_a_200_is_heard_and_one_in_an_answer_s_words_is_not() {
        let refused =
            r#"{"id":"x","choices":null,"base_resp":{"status_code":1002,"status_msg":"rate limit exceeded(RPM)"}}"#;
        assert_eq!(
            refusal(refused),
            Some(Error { kind: Some("1002".to_owned()), message: Some("rate limit exceeded(RPM)".to_owned()) })
        );
        let stream = format!("data: {{\"choices\":[]}}\n\ndata: {refused}\n\n");
        assert_eq!(refusal(&stream).and_then(|e| e.kind).as_deref(), Some("1002"));
        for fine in [
            r#"{"choices":[],"base_resp":{"status_code":0,"status_msg":""}}"#,
            r#"{"choices":[{"message":{"content":"{\"base_resp\":{\"status_code\":1002}}"}}]}"#,
            r#"{"choices":[{"base_resp":{"status_code":1002}}]}"#,
            "\"base_resp\"",
        ] {
            assert_eq!(refusal(fine), None, "{fine}");
        }
    }

    #[test]
    fn usage_of_documents_and_streams() {
        let document = r#"{"choices":[{"message":{"content":"\"usage\":{\"prompt_tokens\":9}"}}],"usage":{"prompt_tokens":14415,"completion_tokens":288,"prompt_tokens_details":{"cached_tokens":12000}}}"#;
        let expected = Usage { input: Some(2415), output: Some(288), cache_read: Some(12000) };
        assert_eq!(usage(document), expected);
        let stream = "data: {\"choices\":[]}\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":14415,\"completion_tokens\":288,\"cached_tokens\":12000}}\n\ndata: [DONE]\n\n";
        assert_eq!(usage(stream), expected);
        assert_eq!(usage("not json"), Usage::default());
    }
}
