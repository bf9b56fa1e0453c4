//! Times as people read them: in the document's zone, with the day only where it is not clear.
//!
//! In: the RFC 3339 stamps of a document. Out: short texts. A stamp that cannot be read is shown as it stands.

use super::document::Document;
use crate::model::{Time, Zone};

/// The zone that people read, and the day that need not be said again.
#[derive(Debug, Clone)]
pub(super) struct When {
    zone: Zone,
    day: Option<String>,
}

impl When {
    /// The document's zone; UTC when it names none that is known.
    pub(super) fn of(document: &Document) -> Self {
        Self { zone: Zone::parse(&document.zone).unwrap_or(Zone::UTC), day: None }
    }

    /// The same, for text below a heading that names the day of `stamp`.
    pub(super) fn on_day_of(&self, stamp: &str) -> Self {
        Self { zone: self.zone, day: Some(self.day(stamp)) }
    }

    /// The zone's name.
    pub(super) fn zone(&self) -> String {
        self.zone.to_string()
    }

    /// `16:19`, with the day before it when it is another day.
    pub(super) fn minute(&self, stamp: &str) -> String {
        self.clock(stamp, "%H:%M")
    }

    /// `16:19:02`, with the day before it when it is another day.
    pub(super) fn second(&self, stamp: &str) -> String {
        self.clock(stamp, "%H:%M:%S")
    }

    /// `2026-03-03`.
    pub(super) fn day(&self, stamp: &str) -> String {
        self.format(stamp, "%Y-%m-%d")
    }

    /// Any chrono format, in the zone.
    pub(super) fn format(&self, stamp: &str, format: &str) -> String {
        Time::parse_rfc3339(stamp).map_or_else(|| stamp.to_owned(), |t| self.zone.format(t, format))
    }

    /// Seconds east of UTC at an instant.
    pub(super) fn offset_s(&self, at: Time) -> f64 {
        f64::from(self.zone.offset_at(at))
    }

    /// An instant in any chrono format, in the zone.
    pub(super) fn instant(&self, at: Time, format: &str) -> String {
        self.zone.format(at, format)
    }

    fn clock(&self, stamp: &str, format: &str) -> String {
        let clock = self.format(stamp, format);
        let day = self.day(stamp);
        match &self.day {
            Some(known) if *known == day => clock,
            _ if day == stamp => clock,
            _ => format!("{day}\u{a0}{clock}"),
        }
    }
}

/// Seconds from one stamp to another; `None` when one of them cannot be read.
pub(super) fn seconds_between(from: &str, to: &str) -> Option<f64> {
    Some(Time::parse_rfc3339(to)?.since(Time::parse_rfc3339(from)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_said_when_it_is_another_one() {
        let when = When { zone: Zone::parse("+01:00").unwrap(), day: None };
        let when = when.on_day_of("2026-03-03T16:19:02.000Z");
        assert_eq!(when.minute("2026-03-03T16:19:02.000Z"), "17:19");
        assert_eq!(when.second("2026-03-03T23:30:05.000Z"), "2026-03-04\u{a0}00:30:05");
        assert_eq!(when.minute("yesterday"), "yesterday");
    }
}
