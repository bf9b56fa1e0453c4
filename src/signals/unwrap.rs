//! Takes an error out of what clients and gateways wrap around it: the innermost sentence, its codes and status.
//!
//! In: an error message as a log gives it: a bare sentence, `API Error: Request rejected (429) · X`, a JSON or Python
//! body (perhaps cut, perhaps inside a string of another), `[1313][X][id]`, `Error from provider (Z.ai): X`. Out:
//! [`Unwrapped`], for every format and for `explain` alike. Each sentence carries its level, so that the catalogue can
//! match from the inside out: what a wrapper means (a cut stream) counts only if nothing inside says more.

use serde_json::{Map, Value};

use super::body::{self, clean};
use super::wait;
use crate::lenient;
use crate::model::Time;
use crate::pattern::Pattern;

/// Longest text that is looked at, in bytes. Messages of attempts are shorter; this bounds `explain --message`.
const TEXT_BYTES: usize = 16 * 1024;

/// Deepest nesting of wrappers: a client around a gateway around a provider has four.
const DEEPEST: u8 = 8;

/// Most sentences and codes of one message.
const MOST: usize = 40;

/// What is inside the wrappers of a message.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Unwrapped {
    /// Sentences with their level, the innermost first.
    pub(super) texts: Vec<(String, u8)>,
    /// Types and codes with their level, the innermost first.
    pub(super) kinds: Vec<(String, u8)>,
    /// HTTP status with its level; the outermost is what the client got.
    status: Option<(u16, u8)>,
    /// Provider as the innermost wrapper names it, in its own words.
    provider: Option<(String, u8)>,
    /// Model as the innermost wrapper names it.
    model: Option<(String, u8)>,
    /// Seconds to wait that a field of a body names.
    pub wait_s: Option<f64>,
    /// The reset that a field of a body names.
    pub reset: Option<Time>,
}

impl Unwrapped {
    /// The HTTP status that the message names.
    pub fn status(&self) -> Option<u16> {
        self.status.map(|(status, _)| status)
    }

    /// The innermost type or code.
    pub fn code(&self) -> Option<&str> {
        self.kinds.first().map(|(kind, _)| kind.as_str())
    }

    /// The provider that a wrapper names, in the wrapper's words.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_ref().map(|(name, _)| name.as_str())
    }

    /// The model that a wrapper names.
    pub fn model(&self) -> Option<&str> {
        self.model.as_ref().map(|(name, _)| name.as_str())
    }

    /// The innermost sentence.
    pub fn innermost(&self) -> Option<&str> {
        self.texts.first().map(|(text, _)| text.as_str())
    }

    /// Whether something was around the innermost sentence.
    pub fn is_wrapped(&self) -> bool {
        self.texts.iter().chain(&self.kinds).any(|(_, level)| *level > 0)
    }

    fn say(&mut self, text: &str, level: u8) {
        if let Some(status) = status_in(text) {
            self.note_status(status, level);
        }
        let text = clean(text);
        let known = self.texts.iter().any(|(t, _)| *t == text);
        if text.chars().any(char::is_alphabetic) && !known && self.texts.len() < MOST {
            self.texts.push((text, level));
        }
    }

    fn note_kind(&mut self, kind: &str, level: u8) {
        let kind = clean(kind);
        if !kind.is_empty() && self.kinds.len() < MOST {
            self.kinds.push((kind, level));
        }
    }

    fn note_status(&mut self, status: u16, level: u8) {
        let is_outer = self.status.is_none_or(|(_, known)| level < known);
        if (100..600).contains(&status) && is_outer {
            self.status = Some((status, level));
        }
    }

    fn name(slot: &mut Option<(String, u8)>, name: &str, level: u8) {
        let is_inner = slot.as_ref().is_none_or(|(_, known)| level > *known);
        if !name.trim().is_empty() && name.len() <= 80 && is_inner {
            *slot = Some((name.trim().to_owned(), level));
        }
    }
}

/// Takes a message out of its wrappers.
pub fn unwrap(message: &str) -> Unwrapped {
    let mut out = Unwrapped::default();
    peel(&message[..message.floor_char_boundary(TEXT_BYTES)], 0, &mut out);
    out.texts.sort_by_key(|(_, level)| std::cmp::Reverse(*level));
    out.kinds.sort_by_key(|(_, level)| std::cmp::Reverse(*level));
    out
}

/// The status that a message names, without taking it apart where nothing in it can be one.
pub fn status_of(message: &str) -> Option<u16> {
    let bytes = message.as_bytes();
    let has_number =
        bytes.windows(3).any(|w| matches!(w[0], b'4' | b'5') && w[1].is_ascii_digit() && w[2].is_ascii_digit());
    let is_phrase =
        || PHRASES.iter().any(|(phrase, _)| message.contains(phrase) || begins_with(message.trim_start(), phrase));
    if has_number || is_phrase() { unwrap(message).status() } else { None }
}

fn peel(text: &str, level: u8, out: &mut Unwrapped) {
    let text = text.trim();
    if level >= DEEPEST || text.is_empty() {
        return out.say(text, level);
    }
    if let Some(inner) = unquote(text) {
        return peel(&inner, level + 1, out);
    }
    if let Some((code, inner)) = split_bracket(text) {
        out.note_kind(code, level + 1);
        return peel(inner, level + 1, out);
    }
    if peel_body(text, level, out) {
        return;
    }
    let Some((outer, inner)) = split_mark(text) else { return out.say(text, level) };
    peel(inner, level + 1, out);
    head(outer, level, out);
    out.say(text, level);
}

/// The body in a text, and the text before it. False where there is none, or none that says something.
fn peel_body(text: &str, level: u8, out: &mut Unwrapped) -> bool {
    let Some(open) = text.find('{') else { return false };
    let (before, body) = text.split_at(open);
    let known = (out.texts.len(), out.kinds.len());
    if let Some(Value::Object(fields)) = body::value_of(body) {
        walk(&fields, level + 1, out);
    }
    if known == (out.texts.len(), out.kinds.len()) {
        return false;
    }
    head(before, level, out);
    out.say(before, level);
    true
}

/// Notes what precedes the wrapped part: status, class and provider.
fn head(text: &str, level: u8, out: &mut Unwrapped) {
    if let Some(status) = status_in(text) {
        out.note_status(status, level);
    }
    for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        if let Some(provider) =
            word.strip_suffix("Exception").filter(|p| !p.is_empty() && text.contains(&format!("{word} -")))
        {
            Unwrapped::name(&mut out.provider, provider, level);
        } else if word.len() > 5 && (word.ends_with("Error") || word.ends_with("Exception")) {
            out.note_kind(word, level);
        }
    }
    if let Some(name) = text.split_once("rom provider (").and_then(|(_, rest)| rest.split_once(')')) {
        Unwrapped::name(&mut out.provider, name.0, level);
    }
    if let Some(code) = text.split_once("code = ").and_then(|(_, rest)| rest.split_whitespace().next()) {
        out.note_kind(code, level);
    }
    if let Some(reason) = field_of(text, "reason") {
        out.note_kind(reason, level);
    }
    if let Some((_, rest)) = text.split_once("An error occurred (") {
        out.note_kind(rest.split(')').next().unwrap_or_default(), level);
    }
}

/// `reason="X"` or `reason = X` of a Go error.
fn field_of<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let at = text.find(key)?;
    let rest = text[at + key.len()..].trim_start().strip_prefix('=')?.trim_start();
    match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next(),
        None => rest.split_whitespace().next(),
    }
}

/// Keys whose string is a sentence for people.
const SENTENCES: &[&str] = &[
    "message",
    "msg",
    "status_msg",
    "statusMessage",
    "error_message",
    "errorMessage",
    "error_description",
    "description",
    "detail",
    "title",
    "error_str",
    "Message",
    "reasonPhrase",
    "responseBody",
    "streamingFailedMessage",
];

/// Keys whose value is a type or code.
const TYPES: &[&str] = &[
    "type",
    "code",
    "status",
    "status_code",
    "statusCode",
    "http_status",
    "reason",
    "error_type",
    "errorType",
    "error_code",
    "errorCode",
    "codex_error_info",
    "error_class",
    "__type",
    "name",
    "error_rate_limit_category",
    "error_budget_entity_type",
];

/// Keys of Google's details that name a limit.
const QUOTA_NAMES: &[&str] = &["quotaId", "quotaMetric", "quota_limit"];

/// Keys below which the same error goes on.
const SAME: &[&str] = &["error", "errors", "base_resp", "err"];

/// Keys of what this error wraps: its details, or the upstream's own answer.
const DEEPER: &[&str] = &[
    "details",
    "metadata",
    "violations",
    "body",
    "response",
    "raw",
    "cause",
    "upstream",
    "upstream_error",
    "lastError",
    "data",
    "error_information",
    "inner_error",
    "innererror",
    "previous_errors",
    "headers",
];

/// Keys of a provider's and a model's name.
const PROVIDERS: &[&str] = &["providerId", "provider_name", "provider", "llm_provider", "providerID"];
const MODELS: &[&str] = &["modelId", "model", "model_requested", "modelID"];

/// Keys of a reset in epoch numbers or as a stamp with a zone.
const RESETS: &[&str] = &[
    "resets_at",
    "reset_at",
    "resetsAt",
    "resetAt",
    "reset_time",
    "resetTime",
    "quotaResetTimeStamp",
    "next_reset_time",
    "nextResetTime",
    "X-RateLimit-Reset",
    "x-ratelimit-reset",
];

/// Keys of a wait, in seconds or as `28s`.
const WAITS: &[&str] = &[
    "resets_in_seconds",
    "reset_seconds",
    "reset_after_seconds",
    "reset_in_seconds",
    "resetsInSeconds",
    "retry_after_seconds",
    "retry_after",
    "retry-after",
    "Retry-After",
    "retryDelay",
    "retryAfter",
    "quotaResetDelay",
];

/// Keys of a wait in milliseconds.
const WAITS_MS: &[&str] = &["retry_after_ms", "retryAfterMs", "retry-after-ms", "reset_after_ms", "resetAfterMs"];

fn walk(fields: &Map<String, Value>, level: u8, out: &mut Unwrapped) {
    for (key, value) in fields {
        let key = key.as_str();
        if RESETS.contains(&key) {
            out.reset = out.reset.or_else(|| lenient::time(value).filter(|t| t.is_plausible()));
        } else if WAITS_MS.contains(&key) {
            out.wait_s = out.wait_s.or_else(|| lenient::quantity(Some(value)).map(|ms| ms / 1000.0));
        } else if WAITS.contains(&key) {
            let duration = || value.as_str().and_then(wait::seconds_of);
            out.wait_s = out.wait_s.or_else(|| lenient::quantity(Some(value)).or_else(duration));
        }
        match value {
            Value::String(s) => of_string(key, s, level, out),
            Value::Number(n) if TYPES.contains(&key) => {
                if let Some(status) = n.as_u64().and_then(|n| u16::try_from(n).ok()) {
                    out.note_status(status, level);
                }
                out.note_kind(&n.to_string(), level);
            }
            Value::Object(o) if level < DEEPEST => of_object(key, o, level, out),
            Value::Array(items) if level < DEEPEST => {
                items.iter().filter_map(Value::as_object).for_each(|o| of_object(key, o, level, out));
            }
            _ => {}
        }
    }
}

fn of_string(key: &str, text: &str, level: u8, out: &mut Unwrapped) {
    if SENTENCES.contains(&key) || SAME.contains(&key) {
        peel(text, level, out);
    } else if DEEPER.contains(&key) {
        peel(text, level + 1, out);
    } else if TYPES.contains(&key) {
        out.note_kind(text, level);
        if let Some(status) = Some(text).filter(|t| t.len() == 3 && key != "type").and_then(|t| t.parse().ok()) {
            out.note_status(status, level);
        }
    } else if QUOTA_NAMES.contains(&key) {
        out.say(&format!("{key}: {text}"), level);
    } else if PROVIDERS.contains(&key) {
        Unwrapped::name(&mut out.provider, text, level);
    } else if MODELS.contains(&key) {
        Unwrapped::name(&mut out.model, text, level);
    }
}

fn of_object(key: &str, fields: &Map<String, Value>, level: u8, out: &mut Unwrapped) {
    if SAME.contains(&key) {
        walk(fields, level, out);
    } else if DEEPER.contains(&key) {
        walk(fields, level + 1, out);
    }
}

/// A text that is a JSON string as a whole: what it says.
fn unquote(text: &str) -> Option<String> {
    let is_quoted = text.len() > 2 && text.starts_with('"') && text.ends_with('"');
    is_quoted.then(|| serde_json::from_str(text).ok()).flatten()
}

/// `[1313][The sentence][request id]`: code and sentence.
fn split_bracket(text: &str) -> Option<(&str, &str)> {
    let (code, rest) = text.strip_prefix('[')?.split_once("][")?;
    let is_code = (3..=6).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
    let end = rest.rfind("][").or_else(|| rest.rfind(']')).unwrap_or(rest.len());
    is_code.then(|| (code, &rest[..end]))
}

/// Words after which the wrapped part begins.
const MARKS: &[&str] = &[
    "stream disconnected before completion: ",
    "Request rejected (429) \u{b7} ",
    "API Error: ",
    "Last error: ",
    "last error: ",
    "Exception - ",
    "Exception occured - ",
    "completion error: ",
    "stream error: ",
    "Upstream request failed: ",
    "upstream error: ",
    "Upstream error: ",
    "pstream request failed: ",
    "rovider returned error: ",
    "rovider error: ",
    "CAPIError: ",
    "AI_APICallError: ",
    "AI_RetryError: ",
    " desc = ",
    " message = ",
    " message=",
    ", message: ",
    ", Message: ",
    " Body: ",
    " body: ",
    "Error from upstream: ",
    "returned error: ",
    "error response: ",
];

/// Splits a wrapper of words: the text before its end, and what it wraps. The outermost wrapper's.
fn split_mark(text: &str) -> Option<(&str, &str)> {
    let by_words = MARKS.iter().filter_map(|m| text.find(m).map(|at| at + m.len()));
    let ends =
        [by_words.min(), of_provider(text), of_operation(text), of_brackets(text), of_status(text), of_class(text)];
    let end = ends.into_iter().flatten().filter(|end| !text[*end..].trim().is_empty()).min()?;
    let (outer, inner) = text.split_at(end);
    let inner = inner.trim().trim_start_matches(['-', ':']).trim_start();
    // Go prints a field's text in quotes, and other fields behind it.
    let inner = inner.strip_prefix('"').and_then(|q| q.split_once('"')).map_or(inner, |(q, _)| q);
    (!inner.is_empty()).then_some((outer, inner))
}

/// `Error from provider (Z.ai): X`, `Error from provider: X`.
fn of_provider(text: &str) -> Option<usize> {
    let at = text.find("rom provider")?;
    let colon = text[at..].find(": ").filter(|n| *n < 80)?;
    Some(at + colon + 2)
}

/// `An error occurred (ThrottlingException) when calling the InvokeModel operation (reached max retries: 4): X`.
fn of_operation(text: &str) -> Option<usize> {
    let at = text.find("An error occurred (")?;
    let from = at + text[at..].find(" operation")?;
    // The retries in parentheses have a colon of their own.
    let from = text[from..].find("): ").map_or(from, |n| from + n);
    Some(from + text[from..].find(": ")? + 2)
}

/// `[429 Too Many Requests] X`.
fn of_brackets(text: &str) -> Option<usize> {
    text.match_indices('[').take(3).find_map(|(at, _)| {
        let inside = text[at + 1..].split_once(']')?.0;
        let is_status = inside.len() < 60 && inside.get(..3).is_some_and(is_failure);
        is_status.then_some(at + inside.len() + 2)
    })
}

/// `unexpected status 429 Too Many Requests: X`, `429 Too Many Requests from POST https://...: X`, `Too Many Requests: X`,
/// `HTTP 429: X`. A bare `429 X` is a sentence with its status, and no wrapper.
fn of_status(text: &str) -> Option<usize> {
    static FRAME: Pattern = Pattern::new(
        r#"(?x)^(?:[^:{]{0,60}\b(?:status(?:\ code)?|HTTP(?:\ error)?|error|returned|code)[\ :=(]{1,3})?[45]\d\d\)?
               (?:\ [A-Z][A-Za-z]+(?:\ [A-Z][A-Za-z]+){0,2})?(?:\ from\ (?:GET|POST)\ \S+?)?\s*:\s
              |^(?:Too\ Many\ Requests|Payment\ Required|Forbidden|Unauthorized|Bad\ Request|Service\ Unavailable|Bad\ Gateway
               |Internal\ Server\ Error|Gateway\ Time-?out|Not\ Found):\s
              |^POST\ "[^"]{1,300}":\ [45]\d\d(?:\ [A-Z][A-Za-z]+){1,3}\s"#,
    );
    FRAME.find(text).map(|m| m.end)
}

/// `RateLimitError: X`, `openai.RateLimitError: X`, `ThrottlingException: X`.
fn of_class(text: &str) -> Option<usize> {
    let (class, _) = text.split_once(": ")?;
    let is_name =
        class.len() < 100 && class.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'$'));
    let is_class = class.ends_with("Error") || class.ends_with("Exception") || class.ends_with("$TooManyRequests");
    (is_name && is_class && class.len() > 5).then_some(class.len() + 2)
}

fn is_failure(digits: &str) -> bool {
    digits.len() == 3 && matches!(digits.as_bytes()[0], b'4' | b'5') && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Names of statuses, as clients write them in front of a body.
const PHRASES: &[(&str, u16)] = &[
    ("Too Many Requests", 429),
    ("Payment Required", 402),
    ("Unauthorized", 401),
    ("Forbidden", 403),
    ("Bad Request", 400),
    ("Not Found", 404),
    ("Internal Server Error", 500),
    ("Bad Gateway", 502),
    ("Service Unavailable", 503),
    ("Gateway Timeout", 504),
];

fn begins_with(text: &str, phrase: &str) -> bool {
    let begin = text.as_bytes().get(..phrase.len());
    let rest = text.as_bytes().get(phrase.len());
    begin.is_some_and(|b| b.eq_ignore_ascii_case(phrase.as_bytes())) && rest.is_none_or(|c| *c == b':')
}

/// The status that a text names: at its beginning, after a word for one, or by its name in front of a colon.
fn status_in(text: &str) -> Option<u16> {
    static NAMED: Pattern = Pattern::new(
        r#"(?ix)\b(?:status(?:[\ _]?code)?|HTTP(?:/\d(?:\.\d)?)?(?:\ error|\ status)?|(?:api\ )?error(?:\ code)?|code|rejected|returned)
               [\ :=("']{1,4}([45]\d\d)\b|:\ ([45]\d\d)\ (?:Too\ Many|Payment|Forbidden|Unauthorized|Bad|Service|Internal|Gateway|Not\ Found)|\[([45]\d\d)\ [A-Z]"#,
    );
    let text = text.trim();
    if let Some(status) = leading_status(text) {
        return Some(status);
    }
    if let Some((_, status)) = PHRASES.iter().find(|(phrase, _)| begins_with(text, phrase)) {
        return Some(*status);
    }
    if !text
        .as_bytes()
        .windows(3)
        .any(|w| matches!(w[0], b'4' | b'5') && w[1].is_ascii_digit() && w[2].is_ascii_digit())
    {
        return None;
    }
    let captures = NAMED.captures(text)?;
    captures.first()?.as_str().parse().ok()
}

/// The status of `429 Too Many Requests` and `[429 ...`; none of `500 requests per minute`.
fn leading_status(text: &str) -> Option<u16> {
    let text = text.trim_start_matches(['[', '(', '"', ' ']);
    let digits = text.get(..3).filter(|d| is_failure(d))?;
    let rest = &text[3..];
    let is_number = rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, ',' | '.' | '%' | '/'));
    let counted = ["requests", "tokens", "calls", "messages", "minutes", "seconds", "credits", "times"];
    let counts = rest.trim_start().split(' ').next().is_some_and(|word| counted.contains(&word));
    digits.parse().ok().filter(|_| !is_number && !counts)
}

#[cfg(test)]
#[path = "unwrap_tests.rs"]
mod tests;
