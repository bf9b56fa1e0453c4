//! Values asked for their type. What is of another type is a problem that names the field, and unknown.

use super::keys::Field;
use super::row::{Row, Value};
use crate::formats::{Sink, stamp};
use crate::model::{Time, Told};

/// Reads the values of one row; problems go to the sink.
pub(super) struct Reader<'r, 's> {
    /// The row.
    pub(super) row: &'r Row<'r>,
    /// Its line.
    pub(super) line: u64,
    /// Where problems go.
    pub(super) sink: &'s mut Sink,
}

impl<'r> Reader<'r, '_> {
    /// A text.
    pub(super) fn text(&mut self, field: Field) -> Option<&'r str> {
        match self.row.get(field) {
            Value::Absent | Value::Null => None,
            Value::Text(text) => Some(text),
            _ => self.wrong(field, "is not a text"),
        }
    }

    /// A number of tokens: whole and not negative.
    pub(super) fn tokens(&mut self, field: Field) -> Option<u64> {
        match self.row.get(field) {
            Value::Count(n) => Some(*n),
            Value::Number(n) if *n < 0.0 => self.wrong(field, "is negative"),
            _ => self.number(field).map(|n| n as u64),
        }
    }

    /// Seconds, not negative.
    pub(super) fn seconds(&mut self, field: Field) -> Option<f64> {
        match self.number(field) {
            Some(n) if n < 0.0 => self.wrong(field, "is negative"),
            seconds => seconds,
        }
    }

    /// An HTTP status.
    pub(super) fn status(&mut self) -> Option<u16> {
        let status = self.number(Field::Status)?;
        if status.fract() == 0.0 && (100.0..600.0).contains(&status) {
            Some(status as u16)
        } else {
            self.wrong(Field::Status, "is not an HTTP status")
        }
    }

    /// `ok` or `error`.
    pub(super) fn outcome(&mut self) -> Option<Told> {
        match self.text(Field::Outcome)? {
            "ok" => Some(Told::Ok),
            "error" => Some(Told::Error),
            _ => self.wrong(Field::Outcome, "is neither ok nor error"),
        }
    }

    /// Start and end; a duration stands for the one that is missing.
    pub(super) fn times(&mut self) -> (Option<Time>, Option<Time>) {
        let (start, end) = (self.time(Field::Start), self.time(Field::End));
        let duration_s = self.seconds(Field::Duration).map(|ms| ms / 1000.0);
        match (start, end, duration_s) {
            (Some(s), None, Some(d)) => (Some(s), Some(s.plus(d))),
            (None, Some(e), Some(d)) => (Some(e.plus(-d)), Some(e)),
            _ => (start, end),
        }
    }

    /// RFC 3339 with an offset, or an epoch number in s, ms, µs or ns, bare or in quotes.
    fn time(&mut self, field: Field) -> Option<Time> {
        let time = match self.row.get(field) {
            Value::Absent | Value::Null => return None,
            Value::Count(n) => Time::from_epoch(*n as f64),
            Value::Number(n) => Time::from_epoch(*n),
            Value::Text(text) if stamp::lacks_zone(text) => return self.wrong(field, "stamp has no zone"),
            Value::Text(text) => stamp::rfc3339(text).or_else(|| text.parse().ok().and_then(Time::from_epoch)),
            Value::Other => None,
        };
        time.or_else(|| self.wrong(field, "is not a time"))
    }

    /// A number; one in quotes is taken, and noted.
    fn number(&mut self, field: Field) -> Option<f64> {
        match self.row.get(field) {
            Value::Absent | Value::Null => None,
            Value::Count(n) => Some(*n as f64),
            Value::Number(n) => Some(*n),
            Value::Text(text) => {
                let number = text.trim().parse().ok().filter(|n: &f64| n.is_finite());
                let _: Option<()> = self.wrong(field, "is a text, not a number");
                number
            }
            Value::Other => self.wrong(field, "is not a number"),
        }
    }

    fn wrong<T>(&mut self, field: Field, what: &str) -> Option<T> {
        self.sink.problem(self.line, &format!("{} {what}", field.name()));
        None
    }
}
