//! A line of text with its fields as JSON behind it: zap's console encoding, winston's and NestJS's lines, home-made ones.
//!
//! In: `2026-05-12T09:00:00Z  INFO  gateway  relay.go:41  upstream answered  {"status": 429, "model": "m"}`. Out: the object, with the
//! line's stamp, level and message where it has none of its own. Always: the line begins with its stamp and ends with the object.

use serde_json::{Map, Value};

use super::{Piece, stamp};
use crate::formats::Named;
use crate::formats::dates::{self, Dates};

/// A stamp begins within so many bytes: a level or a bracket may precede it.
const BEGINS: usize = 12;

/// Names under which such an object has a time of its own.
const TIMES: [&str; 8] = ["time", "ts", "timestamp", "@timestamp", "start", "start_time", "created_at", "datetime"];

/// Lines with fields behind them.
#[derive(Debug, Clone)]
pub(super) struct Tail {
    dates: Dates,
}

impl Tail {
    /// The layer, if most of these lines have it.
    pub(super) fn of(lines: &[&[u8]], named: Named) -> Option<Self> {
        let opened = lines.iter().filter(|l| split(&String::from_utf8_lossy(l)).is_some()).count();
        (opened > 0 && opened * 3 >= lines.len() * 2).then(|| Self { dates: Dates::of(lines.iter().copied(), named) })
    }

    /// The object of a line.
    pub(super) fn open(&mut self, line: &[u8]) -> Option<Piece> {
        let line = String::from_utf8_lossy(line);
        let (written, message, mut object) = split(&line)?;
        let (stamp, at) = stamp::of_text(written, &mut self.dates);
        if let Some(stamp) = stamp
            && !TIMES.iter().any(|t| object.contains_key(*t))
        {
            object.insert("time".to_owned(), Value::String(stamp));
        }
        if !message.is_empty() && !object.contains_key("msg") && !object.contains_key("message") {
            object.insert("msg".to_owned(), Value::String(message.to_owned()));
        }
        Some(Piece { text: serde_json::to_vec(&object).unwrap_or_default(), at, ..Piece::default() })
    }
}

/// The stamp, the words and the fields of a line.
fn split(line: &str) -> Option<(&str, &str, Map<String, Value>)> {
    if line.starts_with('{') || !line.trim_end().ends_with('}') {
        return None;
    }
    let stamp = dates::find(line).filter(|f| f.from <= BEGINS)?;
    let rest = line.get(stamp.end..)?;
    let open = rest.find('{')?;
    let object = serde_json::from_str(rest[open..].trim_end()).ok()?;
    let words = rest[..open].trim_end();
    let message = words.rsplit(['\t', '|']).next().unwrap_or(words).trim();
    Some((line.get(stamp.from..stamp.end)?, message, object))
}
