//! One event: its cells by column, as a JSON object or as a record of CSV.

use crate::model::Time;

/// The columns: those of Timesketch first, then ours.
pub(super) const COLUMNS: [&str; 27] = [
    "message",
    "datetime",
    "timestamp",
    "timestamp_desc",
    "data_type",
    "pool",
    "agent",
    "model",
    "outcome",
    "class",
    "status",
    "error_kind",
    "error_message",
    "input_tokens",
    "output_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "retry_after_s",
    "request_id",
    "fidelity",
    "requests_at_most",
    "episode",
    "cause",
    "confidence",
    "probability",
    "path",
    "line",
];

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Unknown,
    Text(String),
    Whole(u64),
    /// Four bytes, so that 1.1 is not written as 1.100000023841858.
    Short(f32),
    Real(f64),
}

impl Cell {
    pub(super) fn of(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    fn json(&self) -> serde_json::Result<Option<String>> {
        match self {
            Self::Unknown => return Ok(None),
            Self::Text(text) => serde_json::to_string(text),
            Self::Whole(n) => serde_json::to_string(n),
            Self::Short(n) => serde_json::to_string(n),
            Self::Real(n) => serde_json::to_string(n),
        }
        .map(Some)
    }

    fn csv(&self, inert: &dyn Fn(&str) -> String) -> String {
        match self {
            Self::Unknown => String::new(),
            Self::Text(text) => quoted(inert(text)),
            Self::Whole(n) => n.to_string(),
            Self::Short(n) => n.to_string(),
            Self::Real(n) => n.to_string(),
        }
    }
}

/// In quotes where a comma, a quote or a line break stands in it (RFC 4180).
fn quoted(text: String) -> String {
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// One event.
#[derive(Debug, Clone)]
pub(super) struct Event([Cell; COLUMNS.len()]);

impl Event {
    /// An event at an instant, with nothing else in it.
    pub(super) fn at(time: Time) -> Self {
        let mut event = Self([const { Cell::Unknown }; COLUMNS.len()]);
        if let Some(utc) = time.utc() {
            event.set("datetime", Cell::Text(utc.format("%Y-%m-%dT%H:%M:%S%.6f+00:00").to_string()));
        }
        event.set("timestamp", u64::try_from(time.micros()).map_or(Cell::Unknown, Cell::Whole));
        event
    }

    /// Puts a value into a column.
    pub(super) fn set(&mut self, column: &str, cell: Cell) {
        if let Some(i) = COLUMNS.iter().position(|c| *c == column) {
            self.0[i] = cell;
        }
    }

    /// A JSON object on one line.
    pub(super) fn json(&self) -> serde_json::Result<String> {
        let mut fields = Vec::with_capacity(COLUMNS.len());
        for (name, cell) in COLUMNS.iter().zip(&self.0) {
            if let Some(value) = cell.json()? {
                fields.push(format!("\"{name}\":{value}"));
            }
        }
        Ok(format!("{{{}}}", fields.join(",")))
    }

    /// A record of CSV without its line end.
    pub(super) fn csv(&self, inert: &dyn Fn(&str) -> String) -> String {
        self.0.iter().map(|cell| cell.csv(inert)).collect::<Vec<_>>().join(",")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_an_object_without_what_is_unknown_and_a_record_with_gaps() {
        let mut event = Event::at(Time::from_micros(1_772_554_742_123_456));
        event.set("message", Cell::of("refused 429: \"slow\", please"));
        event.set("retry_after_s", Cell::Short(1.1));
        event.set("no such column", Cell::Whole(1));
        assert_eq!(
            event.json().unwrap(),
            r#"{"message":"refused 429: \"slow\", please","datetime":"2026-03-03T16:19:02.123456+00:00","timestamp":1772554742123456,"retry_after_s":1.1}"#
        );
        let csv = event.csv(&|text| text.to_owned());
        assert!(
            csv.starts_with(
                "\"refused 429: \"\"slow\"\", please\",2026-03-03T16:19:02.123456+00:00,1772554742123456,,"
            ),
            "{csv}"
        );
        assert_eq!(csv.matches(',').count(), COLUMNS.len(), "one comma is inside the quotes");
    }
}
