//! Times as people read them: in the document's zone, with the day only where it is not clear, as fine as they matter.
//!
//! In: the RFC 3339 stamps of a document. Out: short texts. A stamp that cannot be read is shown as it stands.

use crate::document::{Document, Episode};
use crate::model::{Time, Zone};

/// Below this length in seconds an episode is told to the millisecond: its instants would else look equal.
const BRIEF_S: f64 = 10.0;
/// Below this length in seconds tables and pictures tell seconds, since several events share a minute.
const SHORT_S: f64 = 900.0;

/// Below this length in seconds first and last refusal may share a minute, however long the recovery took.
const CLOSE_S: f64 = 120.0;

/// How finely instants are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Grain {
    Minutes,
    Seconds,
    Milliseconds,
}

/// The zone that people read, the day that need not be said again, and how fine instants are told.
#[derive(Debug, Clone)]
pub(crate) struct When {
    zone: Zone,
    day: Option<String>,
    grain: Grain,
}

impl When {
    /// The document's zone; UTC when it names none that is known.
    pub(crate) fn of(document: &Document) -> Self {
        let zone = Zone::parse(&document.zone).unwrap_or(Zone::UTC);
        Self { zone, day: None, grain: Grain::Minutes }
    }

    /// A zone.
    pub(crate) fn in_zone(zone: Zone) -> Self {
        Self { zone, day: None, grain: Grain::Seconds }
    }

    /// UTC, for what a provider looks up.
    pub(crate) fn utc() -> Self {
        Self { zone: Zone::UTC, day: None, grain: Grain::Seconds }
    }

    /// The same, for text below a heading that names the day of `stamp`.
    pub(crate) fn on_day_of(&self, stamp: &str) -> Self {
        Self { day: Some(self.day(stamp)), ..self.clone() }
    }

    /// The same, for text about an episode: on its first day, and finer the shorter it was.
    pub(crate) fn within(&self, e: &Episode) -> Self {
        let end = e.first_admission_after.as_ref().unwrap_or(&e.to);
        let grain = match seconds_between(&e.from, end) {
            Some(s) if s < BRIEF_S => Grain::Milliseconds,
            Some(s) if s < SHORT_S => Grain::Seconds,
            // Refusals within a minute or two would begin and end at one time.
            _ if seconds_between(&e.from, &e.to).is_some_and(|s| s > 0.0 && s < CLOSE_S) => Grain::Seconds,
            _ => Grain::Minutes,
        };
        Self { grain, ..self.on_day_of(&e.from) }
    }

    /// The zone's name.
    pub(crate) fn zone(&self) -> String {
        self.zone.to_string()
    }

    /// The day that need not be said again.
    pub(crate) fn known_day(&self) -> Option<&str> {
        self.day.as_deref()
    }

    /// `16:19`, finer within a short episode, with the day before it when it is another day.
    pub(crate) fn minute(&self, stamp: &str) -> String {
        let clock = if self.grain == Grain::Minutes { self.format(stamp, "%H:%M") } else { self.clock(stamp) };
        self.with_day(stamp, clock)
    }

    /// `16:19`, finer within a short episode; never the day.
    pub(crate) fn minute_alone(&self, stamp: &str) -> String {
        if self.grain == Grain::Minutes { self.format(stamp, "%H:%M") } else { self.clock(stamp) }
    }

    /// `16:19:02`, finer within a brief episode, with the day before it when it is another day.
    pub(crate) fn second(&self, stamp: &str) -> String {
        self.with_day(stamp, self.clock(stamp))
    }

    /// `16:19:02`, or `16:19:02.250` within a brief episode; never the day.
    pub(crate) fn clock(&self, stamp: &str) -> String {
        self.format(stamp, if self.grain == Grain::Milliseconds { "%H:%M:%S%.3f" } else { "%H:%M:%S" })
    }

    /// `2026-03-03`.
    pub(crate) fn day(&self, stamp: &str) -> String {
        self.format(stamp, "%Y-%m-%d")
    }

    /// Any chrono format, in the zone.
    pub(crate) fn format(&self, stamp: &str, format: &str) -> String {
        Time::parse_rfc3339(stamp).map_or_else(|| stamp.to_owned(), |t| self.zone.format(t, format))
    }

    /// Seconds east of UTC at an instant.
    pub(crate) fn offset_s(&self, at: Time) -> f64 {
        f64::from(self.zone.offset_at(at))
    }

    /// An instant in any chrono format, in the zone.
    pub(crate) fn instant(&self, at: Time, format: &str) -> String {
        self.zone.format(at, format)
    }

    fn with_day(&self, stamp: &str, clock: String) -> String {
        let day = self.day(stamp);
        match &self.day {
            Some(known) if *known == day => clock,
            _ if day == stamp => clock,
            _ => format!("{day}\u{a0}{clock}"),
        }
    }
}

/// Seconds from one stamp to another; `None` when one of them cannot be read.
pub(crate) fn seconds_between(from: &str, to: &str) -> Option<f64> {
    Some(Time::parse_rfc3339(to)?.since(Time::parse_rfc3339(from)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_day_is_said_when_it_is_another_one() {
        let mut document = sample::thread();
        document.zone = "+01:00".to_owned();
        let when = When::of(&document).on_day_of("2026-03-03T16:19:02.000Z");
        assert_eq!(when.minute("2026-03-03T16:19:02.000Z"), "17:19");
        assert_eq!(when.second("2026-03-03T23:30:05.000Z"), "2026-03-04\u{a0}00:30:05");
        assert_eq!(when.minute("yesterday"), "yesterday");
    }

    #[test]
    fn a_shorter_episode_is_shown_more_finely() {
        let document = sample::thread();
        let mut e = document.episodes[0].clone();
        let mut show = |end: &str| {
            e.first_admission_after = Some(sample::at(end));
            When::of(&document).within(&e).minute(&sample::at("16:19:02"))
        };
        // The first refusal of the sample is 16:19:02.
        assert_eq!(show("17:20:00"), "16:19");
        assert_eq!(show("16:33:00"), "16:19:02");
        assert_eq!(show("16:19:11"), "16:19:02.000");
    }
}
