//! `--map FIELD=KEY`: a team's own names, and the advice what to type for a file whose names are not known.

use serde_json::{Map, Value};

use crate::formats::dates;
use crate::model::Time;

/// Keys that are named in the advice.
const NAMED: usize = 20;

/// Fields and their keys.
#[derive(Debug, Clone)]
pub(super) struct Renames(Vec<(String, String)>);

impl Renames {
    pub(super) fn new(map: &[(String, String)]) -> Self {
        Self(map.to_vec())
    }

    pub(super) fn pairs(&self) -> &[(String, String)] {
        &self.0
    }

    /// The object with the fields' own names; a key may lead into objects: `response.code`.
    pub(super) fn rename(&self, line: &[u8]) -> Vec<u8> {
        let Ok(Value::Object(mut object)) = serde_json::from_slice::<Value>(line) else { return line.to_vec() };
        let mut fields = Vec::new();
        for (field, key) in &self.0 {
            if let Some(value) = object.remove(key).or_else(|| inside(&object, key)) {
                fields.push((field.clone(), value));
            }
        }
        object.extend(fields);
        serde_json::to_vec(&object).unwrap_or_else(|_| line.to_vec())
    }
}

fn inside(object: &Map<String, Value>, key: &str) -> Option<Value> {
    let (first, rest) = key.split_once('.')?;
    let inner = object.get(first)?.as_object()?;
    inner.get(rest).cloned().or_else(|| inside(inner, rest))
}

/// A team's own keys that may mean a request's start and outcome.
#[derive(Debug)]
pub struct Mapping<'k> {
    start: &'k str,
    /// The key for how a request ended, if one does.
    pub status: Option<&'k str>,
}

/// Which of these keys may be which field. `None` where none of them is a time.
pub fn mapping(keys: &[(String, Value)]) -> Option<Mapping<'_>> {
    let start = keys.iter().find(|(_, v)| is_time(v))?;
    let status = keys.iter().find(|(_, v)| is_status(v)).or_else(|| {
        let words = ["status", "code", "result", "state", "outcome", "error"];
        keys.iter().find(|(k, _)| words.iter().any(|w| k.to_ascii_lowercase().contains(w)))
    });
    Some(Mapping { start: &start.0, status: status.map(|(k, _)| k.as_str()) })
}

/// What to say of a file whose objects have these keys: the keys, and the mapping to try. `None` where none of them is a time.
pub fn advice(keys: &[(String, Value)]) -> Option<String> {
    let Mapping { start, status } = mapping(keys)?;
    let names: Vec<&str> = keys.iter().map(|(k, _)| k.as_str()).take(NAMED).collect();
    let more = if keys.len() > NAMED { ", ..." } else { "" };
    let status = status.unwrap_or("KEY");
    Some(format!(
        "its keys are {}{more}; if its rows are requests to a model, try --map start={start},status={status}",
        names.join(", ")
    ))
}

fn is_time(value: &Value) -> bool {
    match value {
        Value::String(text) => dates::find(text).is_some_and(|f| f.day.is_some() && f.from <= 1),
        Value::Number(n) => n.as_f64().filter(|n| *n > 1e9).and_then(Time::from_epoch).is_some_and(Time::is_plausible),
        _ => false,
    }
}

fn is_status(value: &Value) -> bool {
    let number = match value {
        Value::Number(n) => n.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.is_some_and(|n| (100..600).contains(&n))
}
