//! Attributes of a span, whatever wrote them down.
//!
//! In: OTLP's list of typed pairs, Jaeger's tags, or an object, flat or nested. Out: a value by its dotted key. Always: what
//! is asked for are names, numbers and errors; prompts and answers are never looked at.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::formats::http::headers::Headers;

/// One attribute of OTLP.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct KeyValue {
    pub(super) key: String,
    pub(super) value: Value,
}

/// The kinds of value that OTLP parts.
const TYPED: [&str; 4] = ["stringValue", "intValue", "doubleValue", "boolValue"];

/// How deep objects of attributes are nested: `attributes.llm.token_count.prompt_details.cache_read`.
const DEPTH: usize = 6;

/// Attributes asked by key.
#[derive(Debug, Default)]
pub(in crate::formats) struct Attributes<'a>(Vec<(Cow<'a, str>, &'a Value)>);

impl<'a> Attributes<'a> {
    /// Of OTLP.
    pub(super) fn of_pairs(pairs: &'a [KeyValue]) -> Self {
        let bare = |v: &'a Value| {
            let list = || v.get("arrayValue")?.get("values");
            TYPED.iter().find_map(|kind| v.get(*kind)).or_else(list).unwrap_or(v)
        };
        Self(pairs.iter().map(|p| (Cow::Borrowed(p.key.as_str()), bare(&p.value))).collect())
    }

    /// Of an object, its nested objects under dotted keys.
    pub(in crate::formats) fn of_object(object: &'a Map<String, Value>) -> Self {
        let mut all = Self::default();
        all.add(object, "", DEPTH);
        all
    }

    /// Adds one attribute.
    pub(in crate::formats) fn push(&mut self, key: &'a str, value: &'a Value) {
        self.0.push((Cow::Borrowed(key), value));
    }

    fn add(&mut self, object: &'a Map<String, Value>, before: &str, depth: usize) {
        for (key, value) in object {
            match value {
                Value::Object(inner) if depth > 0 => self.add(inner, &format!("{before}{key}."), depth - 1),
                _ if before.is_empty() => self.0.push((Cow::Borrowed(key), value)),
                _ => self.0.push((Cow::Owned(format!("{before}{key}")), value)),
            }
        }
    }

    /// The headers of an answer that the instrumentation was configured to keep: `http.response.header.<name>`, a list of texts each.
    pub(super) fn headers(&self) -> Headers {
        let mut headers = Headers::default();
        for (key, value) in &self.0 {
            let Some(name) = key.strip_prefix("http.response.header.") else { continue };
            let first = match value {
                Value::Array(all) => all.first().map(|v| v.get("stringValue").unwrap_or(v)),
                other => Some(*other),
            };
            if let Some(text) = first.and_then(Value::as_str) {
                // Older conventions write `_` for `-`.
                headers.take(&name.replace('_', "-"), text);
            }
        }
        headers
    }

    pub(in crate::formats) fn value(&self, key: &str) -> Option<&'a Value> {
        self.0.iter().find(|(k, _)| k == key).map(|(_, v)| *v).filter(|v| !v.is_null())
    }

    /// Whether any key begins like this.
    pub(super) fn has_prefix(&self, prefix: &str) -> bool {
        self.0.iter().any(|(k, _)| k.starts_with(prefix))
    }

    /// The first of the keys that is a text.
    pub(in crate::formats) fn text(&self, keys: &[&str]) -> Option<&'a str> {
        keys.iter().find_map(|k| self.value(k)?.as_str().filter(|t| !t.is_empty()))
    }

    /// The first of the keys that is a number; one in quotes too, as OTLP writes integers.
    pub(super) fn number(&self, keys: &[&str]) -> Option<f64> {
        keys.iter().find_map(|k| number(self.value(k)?))
    }

    pub(super) fn count(&self, keys: &[&str]) -> Option<u64> {
        self.number(keys).filter(|n| *n >= 0.0).map(|n| n as u64)
    }

    pub(super) fn status(&self) -> Option<u16> {
        let status = self.number(&["http.response.status_code", "http.status_code", "status_code"])?;
        (100.0..600.0).contains(&status).then_some(status as u16)
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|n| n.is_finite())
}
