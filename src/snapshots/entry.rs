//! Snapshots inside the JSON that a script wrote around them.
//!
//! In: a document: a bare body, a body beside a time field, or bodies nested under any key. Out: one [`Entry`] for each
//! body, with the nearest time, provider and account. Always: what an agent said or read is not looked into.

use serde_json::{Map, Value};

use super::{ParsedBody, lenient};
use crate::model::Time;

/// Keys of a capture time, the most explicit first (docs/FORMATS.md, Usage snapshots).
const TIME_KEYS: &[&str] = &[
    "captured_at",
    "captured_at_epoch",
    "capturedAt",
    "fetched_at",
    "fetchedAt",
    "checked_at",
    "observed_at",
    "sampledAt",
    "updatedAt",
    "generatedAt",
    "timestamp",
    "ts",
    "t",
];

/// Keys under which a body may be a text.
const TEXT_KEYS: &[&str] = &["body", "raw", "raw_body", "raw_json", "raw_response", "response"];

/// Keys that hold prompts, answers and results of tools.
const SPOKEN_KEYS: &[&str] =
    &["messages", "message", "content", "arguments", "input", "output", "prompt", "tool_result"];

/// Keys of a snapshot that is older than the time beside it (claude-hud).
const STALE_KEYS: &[&str] = &["lastGoodData"];

/// How deep a body may be nested: `{"accounts":{"id":[{"entries":[{...}]}]}}`.
const DEPTH: usize = 5;

/// A time field that no instant could be read from (no zone, or 1970).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable;

/// One body and what is around it.
#[derive(Debug)]
pub struct Entry {
    /// The nearest time field.
    pub time: Option<Result<Time, Unreadable>>,
    /// The nearest `provider`.
    pub provider: Option<String>,
    /// The nearest `account`.
    pub account: Option<String>,
    /// Id of the format that read the body.
    pub format: &'static str,
    /// What the body says.
    pub parsed: ParsedBody,
}

/// What is known on the way down.
#[derive(Clone, Copy, Default)]
struct Around<'a> {
    time: Option<Result<Time, Unreadable>>,
    provider: Option<&'a str>,
    account: Option<&'a str>,
    /// Length of the window that samples below speak of.
    window: Option<u32>,
}

/// All snapshots of a document, in its order.
pub fn entries(document: &Value) -> Vec<Entry> {
    let mut entries = Vec::new();
    walk(document, DEPTH, Around::default(), &mut entries);
    entries
}

fn walk(value: &Value, depth: usize, around: Around<'_>, entries: &mut Vec<Entry>) {
    match value {
        Value::Array(items) if depth > 0 => items.iter().for_each(|v| walk(v, depth - 1, around, entries)),
        Value::Object(object) => {
            let around = Around {
                time: time(object).or(around.time),
                provider: lenient::text(object, "provider").map(provider_id).or(around.provider),
                account: lenient::text(object, "account").or(around.account),
                window: lenient::count(object.get("windowMinutes")).or(around.window),
            };
            let sample = around.window.and_then(|minutes| sample(object, minutes));
            match super::recognise(sample.as_ref().unwrap_or(value)) {
                Some((info, parsed)) => entries.push(Entry {
                    time: around.time,
                    provider: around.provider.map(str::to_owned),
                    account: around.account.map(str::to_owned),
                    format: info.id,
                    parsed,
                }),
                None if depth > 0 => below(object, depth - 1, around, entries),
                None => {}
            }
        }
        _ => {}
    }
}

/// A sample of a history whose window's length is above it, with that length.
fn sample(object: &Map<String, Value>, minutes: u32) -> Option<Value> {
    let bare = object.contains_key("usedPercent") && object.contains_key("capturedAt");
    (bare && !object.contains_key("windowMinutes")).then(|| {
        let mut whole = object.clone();
        whole.insert("windowMinutes".to_owned(), minutes.into());
        Value::Object(whole)
    })
}

/// The catalogue's id of a provider, whatever a meter calls it.
fn provider_id(label: &str) -> &str {
    crate::signals::catalogue().provider(label).map_or(label, |p| p.id.as_str())
}

fn below(object: &Map<String, Value>, depth: usize, around: Around<'_>, entries: &mut Vec<Entry>) {
    for (key, value) in
        object.iter().filter(|(k, _)| ![SPOKEN_KEYS, STALE_KEYS].iter().any(|keys| keys.contains(&k.as_str())))
    {
        match value {
            Value::String(text) if TEXT_KEYS.contains(&key.as_str()) && text.trim_start().starts_with('{') => {
                if let Ok(body) = serde_json::from_str(text) {
                    walk(&body, 0, around, entries);
                }
            }
            Value::Object(named) if key == "providers" && depth > 0 => {
                for (id, value) in named {
                    walk(value, depth - 1, Around { provider: Some(provider_id(id)), ..around }, entries);
                }
            }
            other => walk(other, depth, around, entries),
        }
    }
}

fn time(object: &Map<String, Value>) -> Option<Result<Time, Unreadable>> {
    let scalar = |v: &&Value| v.is_string() || v.is_number();
    let value = TIME_KEYS.iter().find_map(|k| object.get(*k).filter(scalar))?;
    Some(lenient::time(value).filter(|t| t.is_plausible()).ok_or(Unreadable))
}

/// Whether an error reply is in place of a body.
pub fn holds_error(document: &Value) -> bool {
    let mut inner = document.as_object().into_iter().flat_map(|o| o.iter());
    super::is_error(document)
        || inner.any(|(key, v)| !SPOKEN_KEYS.contains(&key.as_str()) && key != "error" && super::is_error(v))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kimi() -> Value {
        json!({"usage": {"limit": "100", "used": "40"}, "limits": []})
    }

    fn read(document: &Value) -> Vec<(Option<String>, Option<String>, &'static str)> {
        let time = |e: &Entry| e.time.and_then(Result::ok).map(Time::rfc3339);
        entries(document).into_iter().map(|e| (time(&e), e.account.clone(), e.format)).collect()
    }

    fn at(time: &str) -> Option<String> {
        Some(format!("2026-03-03T{time}.000Z"))
    }

    #[test]
    fn a_body_is_found_under_any_key_with_its_time() {
        for key in ["body", "raw", "response", "raw_response", "usages", "kimi"] {
            let line = json!({"ts": "2026-03-03T16:40:00Z", "account": "a1", key: kimi()});
            assert_eq!(read(&line), [(at("16:40:00"), Some("a1".to_owned()), "kimi-usages")], "{key}");
        }
        let text = json!({"t": 1_772_556_000, "raw": kimi().to_string()});
        assert_eq!(read(&text), [(at("16:40:00"), None, "kimi-usages")]);
    }

    #[test]
    fn a_flat_body_and_a_bare_one() {
        let mut flat = kimi();
        flat["fetchedAt"] = json!("2026-03-03T16:40:00Z");
        assert_eq!(read(&flat), [(at("16:40:00"), None, "kimi-usages")]);
        assert_eq!(read(&kimi()), [(None, None, "kimi-usages")]);
    }

    #[test]
    fn the_nearest_time_counts() {
        let document = json!({"timestamp": "2026-03-03T16:00:00Z", "providers": [
            {"name": "a", "fetched_at": "2026-03-03T15:59:00Z", "raw_response": kimi()},
            {"name": "b", "raw_response": kimi()}]});
        assert_eq!(read(&document), [(at("15:59:00"), None, "kimi-usages"), (at("16:00:00"), None, "kimi-usages")]);
    }

    #[test]
    fn a_time_without_a_zone_is_reported_as_unreadable() {
        for time in [json!("2026-03-03 16:40:00"), json!(0), json!("soon")] {
            let line = json!({"captured_at": time, "body": kimi()});
            assert_eq!(entries(&line)[0].time, Some(Err(Unreadable)));
        }
    }

    #[test]
    fn what_was_said_is_not_looked_into() {
        for key in SPOKEN_KEYS {
            assert!(entries(&json!({"ts": "2026-03-03T16:40:00Z", *key: kimi()})).is_empty());
        }
        let text = json!({"ts": "2026-03-03T16:40:00Z", "text": kimi().to_string()});
        assert!(entries(&text).is_empty(), "only the keys of a saved body may hold text");
        let deep = json!({"a": {"b": {"c": {"d": {"e": {"f": kimi()}}}}}});
        assert!(entries(&deep).is_empty());
    }

    #[test]
    fn errors_in_the_place_of_a_body() {
        let error = json!({"error": {"message": "Invalid Authentication", "type": "invalid_authentication_error"}});
        assert!(holds_error(&error));
        assert!(holds_error(&json!({"ts": 1, "body": error})));
        assert!(!holds_error(&json!({"ts": 1, "content": error})));
        assert!(!holds_error(&json!({"ts": 1, "body": kimi()})));
    }
}
