//! Instants as integer microseconds since 1970-01-01 UTC.
//!
//! In: stamps as programs write them. Out: [`Time`]. A stamp without a zone never becomes a
//! [`Time`] here; `timeline/clock.rs` finds its zone.

use std::fmt;
use std::num::NonZeroU64;

use chrono::{DateTime, NaiveDateTime, SecondsFormat};

/// An instant: microseconds since the Unix epoch, UTC. Eight bytes, also inside an `Option`.
///
/// Kept with the sign bit turned over: the order stays, and the one value that would be zero, 290,000 years before
/// the epoch, is free to mean `None`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(NonZeroU64);

const MICROS: f64 = 1_000_000.0;
const SIGN: u64 = 1 << 63;

impl Default for Time {
    fn default() -> Self {
        Self::from_micros(0)
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Time").field(&self.micros()).finish()
    }
}

impl serde::Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.rfc3339())
    }
}

impl Time {
    /// The earliest stamp that is believed: 2015-01-01. Model APIs are younger, so an older stamp is a broken clock.
    pub const EARLIEST: Self = Self::from_micros(1_420_070_400_000_000);
    /// The latest stamp that is believed: 2090-01-01.
    pub const LATEST: Self = Self::from_micros(3_786_912_000_000_000);

    /// From microseconds since the epoch.
    pub const fn from_micros(us: i64) -> Self {
        match NonZeroU64::new(us.cast_unsigned() ^ SIGN) {
            Some(kept) => Self(kept),
            None => Self(NonZeroU64::MIN),
        }
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        (self.0.get() ^ SIGN).cast_signed()
    }

    /// From seconds since the epoch, fraction allowed. `None` when not finite or out of range.
    pub fn from_secs(s: f64) -> Option<Self> {
        let us = s * MICROS;
        (us.is_finite() && us.abs() < 9.0e18).then_some(Self::from_micros(us.round() as i64))
    }

    /// Seconds since the epoch.
    pub fn secs(self) -> f64 {
        self.micros() as f64 / MICROS
    }

    /// From an epoch number whose unit follows from its size: above 1e17 ns, above 1e14 µs, above 1e11 ms, else s.
    pub fn from_epoch(n: f64) -> Option<Self> {
        let magnitude = n.abs();
        let seconds = if magnitude > 1e17 {
            n / 1e9
        } else if magnitude > 1e14 {
            n / 1e6
        } else if magnitude > 1e11 {
            n / 1e3
        } else {
            n
        };
        Self::from_secs(seconds)
    }

    /// From RFC 3339 with an offset (`Z` or `+08:00`), 0 to 9 fraction digits, `T` or a space between.
    /// `None` for a stamp without a zone.
    pub fn parse_rfc3339(text: &str) -> Option<Self> {
        DateTime::parse_from_rfc3339(text.trim()).ok().map(|t| Self::from_micros(t.timestamp_micros()))
    }

    /// From a date and time without a zone, read as if it were UTC. The caller shifts it later.
    pub fn from_local(naive: NaiveDateTime) -> Self {
        Self::from_micros(naive.and_utc().timestamp_micros())
    }

    /// This instant moved by `seconds` (may be negative). Saturates.
    pub fn plus(self, seconds: f64) -> Self {
        Self::from_micros(self.micros().saturating_add((seconds * MICROS).round() as i64))
    }

    /// Seconds from `earlier` to `self`; negative when `self` is earlier.
    pub fn since(self, earlier: Self) -> f64 {
        self.micros().saturating_sub(earlier.micros()) as f64 / MICROS
    }

    /// The last whole multiple of so many microseconds since the epoch, at or before this instant.
    pub const fn floored(self, width_us: i64) -> Self {
        Self::from_micros(self.micros().div_euclid(width_us) * width_us)
    }

    /// Whether a log of model requests can carry this stamp.
    pub fn is_plausible(self) -> bool {
        self >= Self::EARLIEST && self <= Self::LATEST
    }

    /// RFC 3339 in UTC with milliseconds and `Z`, the form of every time in JSON.
    pub fn rfc3339(self) -> String {
        DateTime::from_timestamp_micros(self.micros())
            .map(|t| t.to_rfc3339_opts(SecondsFormat::Millis, true))
            .unwrap_or_else(|| "unknown".to_owned())
    }

    /// As a chrono value in UTC, for rendering in a zone. `None` outside chrono's range.
    pub fn utc(self) -> Option<DateTime<chrono::Utc>> {
        DateTime::from_timestamp_micros(self.micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn epoch_unit_follows_from_size() {
        let s = Time::from_epoch(1_772_554_740.123).unwrap();
        assert_eq!(s, Time::from_epoch(1_772_554_740_123.0).unwrap());
        assert_eq!(s.rfc3339(), "2026-03-03T16:19:00.123Z");
    }

    #[test]
    fn a_stamp_without_zone_is_no_instant() {
        assert_eq!(Time::parse_rfc3339("2026-03-03T16:19:00"), None);
        assert_eq!(
            Time::parse_rfc3339("2026-03-03T17:19:00.716839300+01:00").unwrap().rfc3339(),
            "2026-03-03T16:19:00.716Z"
        );
    }

    #[test]
    fn an_unknown_instant_costs_nothing_and_the_order_is_that_of_the_numbers() {
        assert_eq!(size_of::<Option<Time>>(), 8);
        let numbers = [i64::MIN + 1, -5, -1, 0, 1, 1_772_554_740_123_000, i64::MAX];
        assert!(numbers.map(Time::from_micros).is_sorted());
        assert_eq!(numbers.map(|n| Time::from_micros(n).micros()), numbers);
        assert_eq!(Time::from_micros(i64::MIN), Time::from_micros(i64::MIN + 1));
        assert_eq!(Time::default().micros(), 0);
    }

    #[test]
    fn arithmetic_saturates() {
        assert_eq!(Time::from_micros(i64::MAX).plus(5.0).micros(), i64::MAX);
        assert_eq!(Time::from_secs(f64::NAN), None);
    }
}
