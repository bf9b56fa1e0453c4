//! A capture time in a file's name.
//!
//! In: `usage-20260407T1110Z.json`, `2026-04-07T11-10-00`, `20260407-111000`, `1775560200`. Out: the instant and how far
//! it may be off. Always: a date without a time of day is no capture time; a time without a zone is marked as such by
//! its error when nobody says which zone it is in.

use chrono::{NaiveDate, NaiveTime};

use crate::model::{CaptureBasis, Captured, Time, Zone};

/// A name with minutes: the capture lies in that minute.
const ERROR_OF_MINUTES_S: f64 = 60.0;

/// A name with seconds: scripts take the date before they send the request, which may take a while.
const ERROR_OF_SECONDS_S: f64 = 5.0;

/// A name without a zone, read as UTC: civil time is at most 14 hours from it (Kiribati).
const ERROR_OF_ZONE_S: f64 = 14.0 * 3600.0;

/// The first time of day with its date in a name, or the first epoch number.
pub fn time_in(name: &str, zone: Option<Zone>) -> Option<Captured> {
    let bytes = name.as_bytes();
    let starts = (0..bytes.len()).filter(|i| is_digit(bytes, *i) && !(*i > 0 && is_digit(bytes, *i - 1)));
    let at = |i| Reader { bytes, at: i };
    let stamp = starts.clone().find_map(|i| at(i).stamp()).map(|s| s.capture_time(zone));
    stamp.or_else(|| starts.clone().find_map(|i| at(i).epoch())).filter(|c| c.at.is_plausible())
}

fn is_digit(bytes: &[u8], at: usize) -> bool {
    bytes.get(at).is_some_and(u8::is_ascii_digit)
}

/// A date and time in a name.
struct Stamp {
    wall: Time,
    error_s: f64,
    offset_s: Option<i32>,
}

impl Stamp {
    fn capture_time(&self, zone: Option<Zone>) -> Captured {
        let (at, error_s) = match (self.offset_s, zone) {
            (Some(offset), _) => (self.wall.plus(-f64::from(offset)), self.error_s),
            (None, Some(zone)) => (zone.instant_of(self.wall), self.error_s),
            (None, None) => (self.wall, self.error_s + ERROR_OF_ZONE_S),
        };
        Captured { at, error_s, basis: CaptureBasis::FileName }
    }
}

/// Reads a name from a place on.
#[derive(Clone, Copy)]
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// `n` digits.
    fn digits(&mut self, n: usize) -> Option<u32> {
        let text = self.bytes.get(self.at..self.at + n)?;
        if !text.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.at += n;
        std::str::from_utf8(text).ok()?.parse().ok()
    }

    /// One of the separators, if it is there.
    fn any(&mut self, of: &[u8]) -> bool {
        let there = self.bytes.get(self.at).is_some_and(|b| of.contains(b));
        self.at += usize::from(there);
        there
    }

    /// `20260407T1110Z`, `2026-04-07_11-10-00`, `20260407111000`, `2026-04-07T11:10:00.5+0800`.
    fn stamp(mut self) -> Option<Stamp> {
        let year = self.digits(4)?;
        let parted = self.any(b"-_.");
        let month = self.digits(2)?;
        if parted != self.any(b"-_.") {
            return None;
        }
        let day = self.digits(2)?;
        let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        self.any(b"Tt-_ .@");
        let hour = self.digits(2)?;
        let colons = self.any(b"-:._h");
        let minute = self.digits(2)?;
        let (second, error_s) = self.second(colons);
        if is_digit(self.bytes, self.at) {
            return None;
        }
        let time = NaiveTime::from_hms_opt(hour, minute, second)?;
        Some(Stamp { wall: Time::from_local(date.and_time(time)), error_s, offset_s: self.zone() })
    }

    /// Seconds, if two digits follow in the same style. A fraction is passed over.
    fn second(&mut self, parted: bool) -> (u32, f64) {
        let mut ahead = *self;
        let separated = ahead.any(b"-:._m");
        let second = ahead.digits(2).filter(|s| *s < 60 && separated == parted && !is_digit(ahead.bytes, ahead.at));
        let Some(second) = second else { return (0, ERROR_OF_MINUTES_S) };
        *self = ahead;
        if ahead.any(b".,") && is_digit(ahead.bytes, ahead.at) {
            while is_digit(ahead.bytes, ahead.at) {
                ahead.at += 1;
            }
            *self = ahead;
        }
        (second, ERROR_OF_SECONDS_S)
    }

    /// `Z`, `UTC`, `+0800`, `+08:00`. A minus is a separator in names and is not believed.
    fn zone(mut self) -> Option<i32> {
        let rest = &self.bytes[self.at..];
        let word = rest.strip_prefix(b"-").or_else(|| rest.strip_prefix(b"_")).unwrap_or(rest);
        let ends = |n: usize| !word.get(n).is_some_and(u8::is_ascii_alphanumeric);
        if word.first().is_some_and(|b| b.eq_ignore_ascii_case(&b'z')) && ends(1) {
            return Some(0);
        }
        if word.len() >= 3 && word[..3].eq_ignore_ascii_case(b"utc") && ends(3) {
            return Some(0);
        }
        if !self.any(b"+") {
            return None;
        }
        let hours = self.digits(2)?;
        self.any(b":");
        let minutes = self.digits(2).unwrap_or(0);
        (hours <= 14 && minutes < 60).then(|| i32::try_from(hours * 3600 + minutes * 60).ok())?
    }

    /// A run of ten digits (seconds) or thirteen (milliseconds).
    fn epoch(self) -> Option<Captured> {
        let run = self.bytes[self.at..].iter().take_while(|b| b.is_ascii_digit()).count();
        if run != 10 && run != 13 {
            return None;
        }
        let text = std::str::from_utf8(&self.bytes[self.at..self.at + run]).ok()?;
        let at = Time::from_epoch(text.parse().ok()?).filter(|t| t.is_plausible())?;
        Some(Captured { at, error_s: ERROR_OF_SECONDS_S, basis: CaptureBasis::FileName })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, zone: Option<Zone>) -> Option<(String, f64)> {
        time_in(name, zone).map(|c| (c.at.rfc3339(), c.error_s))
    }

    fn at(time: &str, error_s: f64) -> Option<(String, f64)> {
        Some((format!("2026-04-07T{time}.000Z"), error_s))
    }

    #[test]
    fn the_forms_that_scripts_write() {
        assert_eq!(read("usage-20260407T1110Z.json", None), at("11:10:00", 60.0));
        assert_eq!(read("usage-20260407T111030Z.json.gz", None), at("11:10:30", 5.0));
        assert_eq!(read("snap_2026-04-07T11-10-30Z.json", None), at("11:10:30", 5.0));
        assert_eq!(read("2026-04-07T11:10:30.123456Z", None), at("11:10:30", 5.0));
        assert_eq!(read("kimi 2026-04-07 11.10.30 UTC.json", None), None.or(at("11:10:30", 50_405.0)));
        assert_eq!(read("k-20260407-1110-utc.json", None), at("11:10:00", 60.0));
        assert_eq!(read("k-20260407-191030+0800.json", None), at("11:10:30", 5.0));
        assert_eq!(read("1775560230.json", None), at("11:10:30", 5.0));
        assert_eq!(read("usage-1775560230000-a.json", None), at("11:10:30", 5.0));
    }

    #[test]
    fn without_a_zone_the_given_one_counts() {
        let east = Zone::parse("+08:00");
        assert_eq!(read("20260407-191030.json", east), at("11:10:30", 5.0));
        assert_eq!(read("20260407191030.json", east), at("11:10:30", 5.0));
        assert_eq!(read("202604071910.json", east), at("11:10:00", 60.0));
        assert_eq!(read("2026_04_07_19_10.json", east), at("11:10:00", 60.0));
        assert_eq!(read("20260407-111030.json", None), at("11:10:30", 5.0 + 50_400.0));
        assert_eq!(read("20260407T1110Z.json", east), at("11:10:00", 60.0), "a zone in the name counts first");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for name in [
            "snap-1.json",
            "usage.json",
            "2026-04-07.json",
            "20260407.json",
            "usage-20261307T1110Z.json",
            "20260407T2510Z",
            "20260407T111099887766Z",
            "19700101T000000Z.json",
            "21000101T000000Z.json",
            "123456789012.json",
            "0000000001.json",
            "2026-0407T1110.json",
            "é2026",
            "",
        ] {
            assert_eq!(read(name, None), None, "{name}");
        }
    }
}
