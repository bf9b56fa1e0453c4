//! Stamps, read fast: RFC 3339 in its common shape, and the local stamps of loguru.
//!
//! In: bytes of a stamp. Out: [`Time`], or `None` for what is no such stamp. What the fast path does not know
//! goes to [`Time::parse_rfc3339`].

use chrono::NaiveDate;

use crate::model::Time;

/// RFC 3339 with a zone. `None` for a stamp without one and for anything else.
pub(super) fn rfc3339(text: &str) -> Option<Time> {
    fast_utc(text.as_bytes()).or_else(|| Time::parse_rfc3339(text))
}

/// Whether the text is a date and a time that lack only their zone.
pub(super) fn lacks_zone(text: &str) -> bool {
    let b = text.trim().as_bytes();
    wall(b).is_some_and(|(_, used)| used == b.len())
}

/// `YYYY-MM-DD HH:MM:SS.mmm` at the start of a line, read as if it were UTC.
pub(super) fn local(line: &[u8]) -> Option<Time> {
    wall(line.get(..23)?).filter(|(_, used)| *used == 23).map(|(t, _)| t)
}

/// `YYYY-MM-DDTHH:MM:SS[.fraction]Z`.
fn fast_utc(b: &[u8]) -> Option<Time> {
    let (time, used) = wall(b)?;
    (b.get(used..) == Some(b"Z")).then_some(time)
}

/// Date, time and fraction at the start of `b`, and how many bytes they take.
fn wall(b: &[u8]) -> Option<(Time, usize)> {
    let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    if b.len() < 19 || marks.iter().any(|(at, mark)| b[*at] != *mark) || !matches!(b[10], b'T' | b't' | b' ') {
        return None;
    }
    let number = |from: usize, to: usize| {
        b[from..to].iter().try_fold(0_u32, |n, d| d.is_ascii_digit().then(|| n * 10 + u32::from(d - b'0')))
    };
    let date = NaiveDate::from_ymd_opt(number(0, 4)? as i32, number(5, 7)?, number(8, 10)?)?;
    let (micros, used) = fraction(&b[19..]);
    let wall = date.and_hms_micro_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, micros)?;
    Some((Time::from_local(wall), 19 + used))
}

/// Microseconds of a fraction such as `.123`, rounded down, and the bytes it takes; 0 and 0 when there is none.
fn fraction(b: &[u8]) -> (u32, usize) {
    if b.first() != Some(&b'.') {
        return (0, 0);
    }
    let digits = b[1..].iter().take_while(|d| d.is_ascii_digit()).count();
    let first_six = b[1..1 + digits].iter().copied().chain(std::iter::repeat(b'0')).take(6);
    let micros = first_six.fold(0, |n, d| n * 10 + u32::from(d - b'0'));
    if digits == 0 { (0, 0) } else { (micros, 1 + digits) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_paths_agree() {
        for s in ["2026-03-03T16:19:00Z", "2026-03-03T16:19:00.123Z", "2026-03-03 16:19:00.123456789Z"] {
            assert_eq!(fast_utc(s.as_bytes()), Time::parse_rfc3339(s), "{s}");
        }
        assert_eq!(rfc3339("2026-03-03T17:19:00.5+01:00"), Time::parse_rfc3339("2026-03-03T16:19:00.500Z"));
    }

    #[test]
    fn what_is_no_stamp_is_none() {
        for s in [
            "",
            "yesterday",
            "2026-03-03T16:19:00",
            "2026-13-03T16:19:00Z",
            "2026-03-03T25:19:00Z",
            "2026-03-03T1:19:00ZZ",
        ] {
            assert_eq!(rfc3339(s), None, "{s}");
        }
        assert!(lacks_zone("2026-03-03T16:19:00.5"));
        assert!(!lacks_zone("2026-03-03T16:19:00Z"));
    }

    #[test]
    fn local_stamps_have_milliseconds() {
        assert_eq!(local(b"2026-03-03 16:19:00.250 | INFO"), Time::parse_rfc3339("2026-03-03T16:19:00.250Z"));
        assert_eq!(local(b"2026-03-03 16:19:00 | INFO and more"), None);
    }
}
