//! One row of an export, whatever carried it.
//!
//! In: a JSON object, a line of CSV under its header, or a row of Parquet. Out: values by a dotted path, whether the export
//! nested its objects, flattened them into keys, or wrote them as text into one cell.

use serde_json::{Map, Value};

use crate::formats::stamp;
use crate::model::Time;

/// One row.
#[derive(Debug, Default)]
pub(crate) struct Row {
    /// Its fields.
    pub(crate) fields: Map<String, Value>,
    /// Where it begins, from 1.
    pub(crate) line: u64,
}

impl Row {
    /// The value at a path, `usageDetails.input`; nothing for null and empty text.
    pub(super) fn get(&self, path: &str) -> Option<Value> {
        at(&self.fields, path)
    }

    /// Whether a field is there, even if it is empty.
    pub(super) fn has(&self, key: &str) -> bool {
        self.fields.contains_key(key)
    }

    /// The first of the paths that leads to a text or a number.
    pub(super) fn text(&self, paths: &[&str]) -> Option<String> {
        paths.iter().find_map(|p| match self.get(p)? {
            Value::String(text) => Some(text),
            Value::Number(n) => Some(n.to_string()),
            _ => None,
        })
    }

    /// The first of the paths that leads to a number; one in quotes too.
    pub(super) fn number(&self, paths: &[&str]) -> Option<f64> {
        paths
            .iter()
            .find_map(|p| match self.get(p)? {
                Value::Number(n) => n.as_f64(),
                Value::String(text) => text.trim().parse().ok(),
                _ => None,
            })
            .filter(|n| n.is_finite())
    }

    /// A count; what is negative is none.
    pub(super) fn count(&self, paths: &[&str]) -> Option<u64> {
        self.number(paths).filter(|n| *n >= 0.0).map(|n| n as u64)
    }

    /// The first of the paths that leads to a time. These exports write UTC where they write no zone.
    pub(super) fn time(&self, paths: &[&str]) -> Option<Time> {
        paths.iter().find_map(|p| time(&self.get(p)?))
    }
}

/// A time as exports write it: RFC 3339, with a blank, without a zone, or an epoch number.
pub(super) fn time(value: &Value) -> Option<Time> {
    match value {
        Value::Number(n) => Time::from_epoch(n.as_f64()?),
        Value::String(text) => {
            let text = text.trim();
            if text.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
                return Time::from_epoch(text.parse().ok()?);
            }
            let text = text.strip_suffix(" UTC").unwrap_or(text);
            if stamp::lacks_zone(text) { stamp::rfc3339(&format!("{text}Z")) } else { stamp::rfc3339(text) }
        }
        _ => None,
    }
}

fn at(fields: &Map<String, Value>, path: &str) -> Option<Value> {
    if let Some(value) = fields.get(path) {
        return Some(value.clone()).filter(|v| !v.is_null() && v.as_str() != Some(""));
    }
    path.match_indices('.').find_map(|(dot, _)| below(fields.get(&path[..dot])?, &path[dot + 1..]))
}

fn below(value: &Value, path: &str) -> Option<Value> {
    match value {
        Value::Object(object) => at(object, path),
        // A cell that holds an object as text.
        Value::String(text) if text.trim_start().starts_with('{') => {
            at(serde_json::from_str::<Value>(text).ok()?.as_object()?, path)
        }
        // A map of Parquet is a list of pairs.
        Value::Array(pairs) => {
            let pair = pairs.iter().find(|p| p.get("key").and_then(Value::as_str) == Some(path))?;
            pair.get("value").cloned().filter(|v| !v.is_null())
        }
        _ => None,
    }
}

/// Class and text of an error that a program wrote as one text: `RateLimitError("Error code: 429 - ...")Traceback ...`,
/// `openai.RateLimitError: Error code: 429 - ...`.
pub(super) fn class_and_text(error: &str) -> (Option<String>, String) {
    let end = error.find("Traceback (most recent call last)").unwrap_or(error.len());
    let error_text = error[..end].trim();
    let word =
        error_text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(error_text.len());
    let (name, rest) = error_text.split_at(word);
    let name = name.rsplit('.').next().unwrap_or(name);
    let is_class = name.starts_with(|c: char| c.is_ascii_uppercase())
        && ["Error", "Exception", "Timeout", "Exhausted"].iter().any(|e| name.ends_with(e) && name != *e);
    if !is_class {
        return (None, error_text.to_owned());
    }
    let inside = rest.strip_prefix('(').and_then(|r| r.strip_suffix(')').or_else(|| r.strip_suffix(",)")));
    let unquoted = inside.map(|r| {
        let quote = r.chars().next().filter(|c| matches!(c, '"' | '\''));
        let text = quote.and_then(|q| r.strip_prefix(q)?.strip_suffix(q)).unwrap_or(r);
        text.replace("\\'", "'").replace("\\\"", "\"")
    });
    let text = unquoted.unwrap_or_else(|| rest.trim_start_matches(':').trim().to_owned());
    (Some(name.to_owned()), if text.is_empty() { error_text.to_owned() } else { text })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(value: &Value) -> Row {
        Row { fields: value.as_object().unwrap().clone(), line: 1 }
    }

    #[test]
    fn a_value_is_found_nested_flat_as_text_and_in_a_map() {
        for value in [
            json!({"usage_details": {"input": 12}}),
            json!({"usage_details.input": "12"}),
            json!({"usage_details": "{\"input\": 12}"}),
            json!({"usage_details": [{"key": "output", "value": 3}, {"key": "input", "value": 12}]}),
        ] {
            assert_eq!(row(&value).count(&["usageDetails.input", "usage_details.input"]), Some(12), "{value}");
        }
        assert_eq!(row(&json!({"a": null, "b": ""})).text(&["a", "b", "c.d"]), None);
    }

    #[test]
    fn times_without_a_zone_are_utc() {
        for value in
            [json!("2026-05-12 09:00:00.500000"), json!("2026-05-12T09:00:00.5Z"), json!("2026-05-12 11:00:00.5+02:00")]
        {
            assert_eq!(time(&value).unwrap().rfc3339(), "2026-05-12T09:00:00.500Z", "{value}");
        }
        assert_eq!(time(&json!(1_778_576_400_500_i64)).unwrap().rfc3339(), "2026-05-12T09:00:00.500Z");
    }

    #[test]
    fn an_error_s_class_stands_before_its_text() {
        let split = |error| {
            let (class, text) = class_and_text(error);
            (class.unwrap_or_default(), text)
        };
        let actual = ("RateLimitError".to_owned(), "Error code: 429 - {'error': {}}".to_owned());
        assert_eq!(
            split("RateLimitError(\"Error code: 429 - {'error': {}}\")Traceback (most recent call last):\n  x"),
            actual
        );
        assert_eq!(split("openai.RateLimitError: Error code: 429 - {'error': {}}"), actual);
        assert_eq!(split("Error code: 429 - x"), (String::new(), "Error code: 429 - x".to_owned()));
    }
}
