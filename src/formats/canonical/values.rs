//! Values asked for their type. What is of another type is a problem that names the field, and unknown.

use super::keys::{Field, TEAM};
use super::row::{Row, Value, number_in, outcome_in};
use super::zones::Zones;
use crate::formats::Sink;
use crate::model::{RowOutcome, Time};

/// Reads the values of one row; problems go to the sink.
pub(super) struct Reader<'r, 's> {
    /// The row.
    pub(super) row: &'r Row<'r>,
    /// Its line.
    pub(super) line: u64,
    /// Where problems go.
    pub(super) sink: &'s mut Sink,
    /// What the file's stamps say of their zone.
    pub(super) zones: &'s mut Zones,
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

    /// The message of the error. What a team calls `message` is one only where the request failed.
    pub(super) fn message(&mut self) -> Option<&'r str> {
        let named = self.row.mapped.iter().find(|(f, _)| *f == Field::ErrorMessage).map(|(_, key)| key.as_ref());
        let is_any = matches!(named, Some("message" | "msg"));
        let failed = self.row.http_status().is_some_and(|s| s >= 400)
            || matches!(self.row.get(Field::Status), Value::Text(t) if outcome_in(t) == Some(false))
            || matches!(self.row.get(Field::Outcome), Value::Flag(false));
        if is_any && !failed { None } else { self.text(Field::ErrorMessage) }
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

    /// An HTTP status. A word such as `error` in its place is the outcome.
    pub(super) fn status(&mut self) -> Option<u16> {
        if let Value::Text(text) = self.row.get(Field::Status)
            && outcome_in(text).is_some()
        {
            return None;
        }
        let status = self.number(Field::Status)?;
        if status.fract() == 0.0 && (100.0..600.0).contains(&status) {
            Some(status as u16)
        } else {
            self.wrong(Field::Status, "is not an HTTP status")
        }
    }

    /// `ok` or `error`, or what a team writes for them.
    pub(super) fn outcome(&mut self) -> Option<RowOutcome> {
        let outcome_of = |good| Some(if good { RowOutcome::Ok } else { RowOutcome::Error });
        if let Value::Text(text) = self.row.get(Field::Status)
            && let Some(good) = outcome_in(text)
        {
            return outcome_of(good);
        }
        if let Value::Flag(good) = self.row.get(Field::Outcome) {
            return outcome_of(*good);
        }
        let text = self.text(Field::Outcome)?;
        match outcome_in(text) {
            Some(good)
                if self.row.distance(Field::Outcome) >= TEAM
                    || matches!(text, "ok" | "error" | "admitted" | "refused") =>
            {
                outcome_of(good)
            }
            _ if text == "other" => None,
            _ => self.wrong(Field::Outcome, "is neither ok nor error"),
        }
    }

    /// Start and end; a missing one is computed from the duration.
    pub(super) fn times(&mut self) -> (Option<Time>, Option<Time>) {
        let (start, end) = (self.time(Field::Start), self.time(Field::End));
        let duration_s = self.seconds(Field::Duration).map(|ms| ms / 1000.0);
        match (start, end, duration_s) {
            (Some(s), None, Some(d)) => (Some(s), Some(s.plus(d))),
            (None, Some(e), Some(d)) => (Some(e.plus(-d)), Some(e)),
            _ => (start, end),
        }
    }

    /// RFC 3339, with an offset or without one, another common stamp, or an epoch number in s, ms, µs or ns, bare or in
    /// quotes.
    fn time(&mut self, field: Field) -> Option<Time> {
        let time = match self.row.get(field) {
            Value::Absent | Value::Null => return None,
            Value::Count(n) => Time::from_epoch(*n as f64),
            Value::Number(n) => Time::from_epoch(*n),
            Value::Text(text) => self.zones.time(text, self.sink),
            Value::Flag(_) | Value::Other => None,
        };
        time.or_else(|| self.wrong(field, "is not a time"))
    }

    /// A number, also in quotes.
    fn number(&mut self, field: Field) -> Option<f64> {
        match self.row.get(field) {
            Value::Absent | Value::Null => None,
            Value::Count(n) => Some(*n as f64),
            Value::Number(n) => Some(*n),
            Value::Text(text) => number_in(text).or_else(|| self.wrong(field, "is a text, not a number")),
            Value::Flag(_) | Value::Other => self.wrong(field, "is not a number"),
        }
    }

    fn wrong<T>(&mut self, field: Field, what: &str) -> Option<T> {
        self.sink.problem(self.line, &format!("{} {what}", field.name()));
        None
    }
}
