//! A time zone: for stamps that carry none, and for the times that people read.

use std::fmt;

use chrono::{FixedOffset, NaiveDateTime, Offset, TimeZone};

use super::time::Time;

/// UTC, a fixed offset, or an IANA zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// A fixed offset east of UTC, in seconds; 0 is UTC.
    Fixed(i32),
    /// An IANA zone, with its daylight saving.
    Named(chrono_tz::Tz),
}

impl Zone {
    /// UTC.
    pub const UTC: Self = Self::Fixed(0);

    /// From `UTC`, `Z`, `+08:00`, `-0530`, `+8` or an IANA name such as `Europe/Vienna`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.eq_ignore_ascii_case("utc") || text.eq_ignore_ascii_case("z") {
            return Some(Self::UTC);
        }
        if let Some(rest) = text.strip_prefix(['+', '-']) {
            let seconds = offset_seconds(rest)?;
            return Some(Self::Fixed(if text.starts_with('-') { -seconds } else { seconds }));
        }
        text.parse().ok().map(Self::Named)
    }

    /// The instant of a wall-clock time in this zone, given as a [`Time`] that was read as if it were UTC.
    /// A time that happens twice is taken as the first, one that does not exist as the one an hour later.
    pub fn instant_of(&self, wall: Time) -> Time {
        wall.plus(-f64::from(self.offset_at_wall(wall)))
    }

    fn offset_at_wall(&self, wall: Time) -> i32 {
        match self {
            Self::Fixed(s) => *s,
            Self::Named(tz) => wall.utc().map_or(0, |t| wall_offset(*tz, t.naive_utc())),
        }
    }

    /// The offset in force at an instant, in seconds east of UTC.
    pub fn offset_at(&self, at: Time) -> i32 {
        match self {
            Self::Fixed(s) => *s,
            Self::Named(tz) => {
                at.utc().map_or(0, |t| tz.offset_from_utc_datetime(&t.naive_utc()).fix().local_minus_utc())
            }
        }
    }

    /// An instant as people read it in this zone: chrono's `format` without a zone.
    pub fn format(&self, at: Time, format: &str) -> String {
        let offset = FixedOffset::east_opt(self.offset_at(at));
        match (at.utc(), offset) {
            (Some(t), Some(o)) => t.with_timezone(&o).format(format).to_string(),
            _ => "unknown".to_owned(),
        }
    }
}

fn wall_offset(tz: chrono_tz::Tz, wall: NaiveDateTime) -> i32 {
    let local = tz.offset_from_local_datetime(&wall).earliest();
    let local = local.or_else(|| {
        let later = wall.checked_add_signed(chrono::TimeDelta::hours(1))?;
        tz.offset_from_local_datetime(&later).earliest()
    });
    local.map_or(0, |o| o.fix().local_minus_utc())
}

fn offset_seconds(text: &str) -> Option<i32> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    if digits.is_empty() || digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let n: i32 = digits.parse().ok()?;
    let (hours, minutes) = if digits.len() > 2 { (n / 100, n % 100) } else { (n, 0) };
    (hours <= 14 && minutes < 60).then_some(hours * 3600 + minutes * 60)
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(0) => f.write_str("UTC"),
            Self::Fixed(s) => {
                let sign = if *s < 0 { '-' } else { '+' };
                write!(f, "{sign}{:02}:{:02}", s.abs() / 3600, s.abs() % 3600 / 60)
            }
            Self::Named(tz) => f.write_str(tz.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_names_are_read() {
        assert_eq!(Zone::parse("+08:00"), Some(Zone::Fixed(28_800)));
        assert_eq!(Zone::parse("-0530"), Some(Zone::Fixed(-19_800)));
        assert_eq!(Zone::parse("utc"), Some(Zone::UTC));
        assert!(matches!(Zone::parse("Europe/Vienna"), Some(Zone::Named(_))));
        assert_eq!(Zone::parse("+25"), None);
        assert_eq!(Zone::parse("Nowhere/Town"), None);
    }

    #[test]
    fn daylight_saving_is_the_zone_s_own() {
        let zone = Zone::parse("Europe/Vienna").unwrap();
        let summer = Time::parse_rfc3339("2026-07-01T12:00:00Z").unwrap();
        let winter = Time::parse_rfc3339("2026-12-01T12:00:00Z").unwrap();
        assert_eq!(zone.instant_of(summer).rfc3339(), "2026-07-01T10:00:00.000Z");
        assert_eq!(zone.instant_of(winter).rfc3339(), "2026-12-01T11:00:00.000Z");
        assert_eq!(zone.format(summer, "%H:%M"), "14:00");
        // 02:30 on the last Sunday of March does not exist: taken as if an hour had been skipped.
        let gone = Time::parse_rfc3339("2026-03-29T02:30:00Z").unwrap();
        assert_eq!(zone.instant_of(gone).rfc3339(), "2026-03-29T00:30:00.000Z");
    }
}
