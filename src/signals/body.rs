//! What was said inside a body: the sentence and the types in `{"error":{"message":..,"type":..}}`.
//!
//! In: an error message as a log gives it, perhaps with a JSON or Python-repr body in it, perhaps cut. Out: [`Heard`],
//! the sentences and types, cleaned for matching. Only fields that carry an error are read from a body, so a request
//! that is echoed beside it is never heard. A body that cannot be read is heard as the text it is.

use serde_json::{Map, Value};

use super::wait;
use crate::model::Time;
use crate::snapshots::lenient;

/// Longest text that is looked at, in bytes. Messages of attempts are shorter; this bounds `explain --message`.
const TEXT_BYTES: usize = 16 * 1024;

/// How deep bodies may stand inside strings of bodies: gateways nest the upstream's answer once or twice.
const NESTED: u8 = 4;

/// Keys whose string is a sentence for people.
const SENTENCES: &[&str] =
    &["message", "msg", "status_msg", "error_message", "error_description", "description", "detail", "title", "raw"];

/// Keys whose value is a type or code.
const TYPES: &[&str] = &["type", "code", "status", "status_code", "reason", "error_type", "codex_error_info"];

/// Keys of Google's details that name a limit.
const QUOTA_NAMES: &[&str] = &["quotaId", "quotaMetric"];

/// Keys below which an error goes on.
const DEEPER: &[&str] = &["error", "errors", "details", "metadata", "base_resp", "violations", "body", "response"];

/// Sentences and types that were found in a message.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Heard {
    /// Sentences, the innermost body's last.
    pub texts: Vec<String>,
    /// Types and codes.
    pub kinds: Vec<String>,
    /// HTTP status that the message names.
    pub status: Option<u16>,
    /// Seconds to wait that a field of the body tells.
    pub wait_s: Option<f64>,
    /// The reset that a field of the body tells.
    pub reset: Option<Time>,
}

/// Keys of a reset in epoch numbers or as a stamp with a zone.
const RESETS: &[&str] = &["resets_at", "reset_at", "resetsAt"];

/// Keys of a wait, in seconds or as `28s`.
const WAITS: &[&str] = &["resets_in_seconds", "reset_seconds", "retry_after_seconds", "retry_after", "retryDelay"];

/// Hears a message.
pub(super) fn hear(message: &str) -> Heard {
    let mut heard = Heard::default();
    listen(&message[..message.floor_char_boundary(TEXT_BYTES)], NESTED, &mut heard);
    heard
}

fn listen(text: &str, depth: u8, heard: &mut Heard) {
    let Some(open) = text.find('{').filter(|_| depth > 0) else {
        return say(text, heard);
    };
    let (head, body) = text.split_at(open);
    let before = (heard.texts.len(), heard.kinds.len());
    if let Some(Value::Object(fields)) = body_of(body) {
        walk(&fields, depth - 1, heard);
    }
    if before == (heard.texts.len(), heard.kinds.len()) {
        return say(text, heard);
    }
    heard.status = heard.status.or_else(|| leading_status(head));
    say(head, heard);
}

/// The first value in the text, as JSON or as Python prints a dict.
fn body_of(text: &str) -> Option<Value> {
    let json = serde_json::Deserializer::from_str(text).into_iter::<Value>().next().and_then(Result::ok);
    json.or_else(|| serde_json::from_str(&python_to_json(text)?).ok())
}

fn walk(fields: &Map<String, Value>, depth: u8, heard: &mut Heard) {
    for (key, value) in fields {
        let key = key.as_str();
        if RESETS.contains(&key) {
            heard.reset = heard.reset.or_else(|| lenient::time(value).filter(|t| t.is_plausible()));
        } else if WAITS.contains(&key) {
            let duration = || value.as_str().and_then(wait::seconds_of);
            heard.wait_s = heard.wait_s.or_else(|| lenient::quantity(Some(value)).or_else(duration));
        }
        match value {
            Value::String(s) if SENTENCES.contains(&key) || key == "error" => listen(s, depth, heard),
            Value::String(s) if TYPES.contains(&key) => heard.kinds.push(clean(s)),
            Value::String(s) if QUOTA_NAMES.contains(&key) => say(&format!("{key}: {s}"), heard),
            Value::Number(n) if TYPES.contains(&key) => {
                let status = n.as_u64().and_then(|n| u16::try_from(n).ok()).filter(|n| (100..600).contains(n));
                heard.status = heard.status.or(status);
                heard.kinds.push(n.to_string());
            }
            Value::Object(o) if DEEPER.contains(&key) && depth > 0 => walk(o, depth - 1, heard),
            Value::Array(items) if DEEPER.contains(&key) && depth > 0 => {
                for item in items.iter().filter_map(Value::as_object) {
                    walk(item, depth - 1, heard);
                }
            }
            _ => {}
        }
    }
}

fn say(text: &str, heard: &mut Heard) {
    heard.status = heard.status.or_else(|| leading_status(text));
    let text = clean(text);
    if text.chars().any(char::is_alphabetic) && !heard.texts.contains(&text) {
        heard.texts.push(text);
    }
}

/// The status of `Error code: 429 - ...`, `429 Too Many Requests` and `API Error: 529 ...`.
fn leading_status(text: &str) -> Option<u16> {
    let text = text.trim_start();
    let rest = ["Error code:", "API Error:", "HTTP"].iter().find_map(|p| text.strip_prefix(p)).unwrap_or(text);
    let digits: String = rest.trim_start().chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|s| digits.len() == 3 && (100..600).contains(s))
}

/// One line, straight quotes, no control characters: what the patterns are written for.
fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\u{2019}' | '\u{2018}' => out.push('\''),
            '\u{201c}' | '\u{201d}' => out.push('"'),
            c if c.is_whitespace() || c.is_control() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

/// A Python dict's repr as JSON, up to its closing brace. `None` when it does not close (it was cut).
fn python_to_json(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    let mut depth = 0_u32;
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => python_string(c, &mut chars, &mut out)?,
            'T' | 'F' | 'N' => {
                let mut word = String::from(c);
                while let Some(l) = chars.next_if(char::is_ascii_alphabetic) {
                    word.push(l);
                }
                out.push_str(match word.as_str() {
                    "True" => "true",
                    "False" => "false",
                    _ => "null",
                });
            }
            '(' => out.push('['),
            ')' => out.push(']'),
            '{' | '}' => {
                out.push(c);
                depth = if c == '{' { depth + 1 } else { depth.checked_sub(1)? };
                if depth == 0 {
                    return Some(out);
                }
            }
            c => out.push(c),
        }
    }
    None
}

fn python_string(quote: char, chars: &mut std::iter::Peekable<std::str::Chars<'_>>, out: &mut String) -> Option<()> {
    out.push('"');
    loop {
        match chars.next()? {
            c if c == quote => break,
            '"' => out.push_str("\\\""),
            '\\' => match chars.next()? {
                c @ ('\\' | '"' | 'n' | 't' | 'r' | 'u') => out.extend(['\\', c]),
                'x' => out.push_str("\\u00"),
                c => out.push(c),
            },
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_body_is_unwrapped() {
        let h = hear(r#"429 {"type":"error","error":{"type":"rate_limit_error","message":"Too\nmany"}}"#);
        assert_eq!(h.texts, ["Too many"]);
        assert_eq!(h.kinds, ["rate_limit_error", "error"]);
        assert_eq!(h.status, Some(429));
    }

    #[test]
    fn a_python_body_is_unwrapped() {
        let h = hear(
            "Error code: 403 - {'error': {'message': \"You've reached \\\"it\\\"\", 'type': 'access_terminated_error', 'param': None}}",
        );
        assert_eq!(h.texts, ["You've reached \"it\"", "Error code: 403 -"]);
        assert_eq!(h.kinds, ["access_terminated_error"]);
        assert_eq!(h.status, Some(403));
    }

    #[test]
    fn a_nested_body_is_unwrapped() {
        let h = hear(r#"{"error":{"message":"502 {\"error\":{\"code\":\"1308\",\"message\":\"Usage limit\"}}"}}"#);
        assert_eq!(h.texts, ["Usage limit"]);
        assert_eq!(h.kinds, ["1308"]);
    }

    #[test]
    fn an_echoed_request_is_not_heard() {
        let h = hear(r#"{"error":{"message":"bad"},"messages":[{"content":"too many requests"}],"input":"429"}"#);
        assert_eq!(h.texts, ["bad"]);
    }

    #[test]
    fn a_cut_body_is_heard_as_text() {
        let h = hear("Error code: 429 - {'error': {'message': 'Your account reached max RPM: 3");
        assert_eq!(h.texts, ["Error code: 429 - {'error': {'message': 'Your account reached max RPM: 3"]);
        assert_eq!(h.status, Some(429));
    }

    #[test]
    fn deep_nesting_ends() {
        let deep = "{\"error\":".repeat(5000);
        assert_eq!(hear(&deep).texts.len(), 1);
    }
}
