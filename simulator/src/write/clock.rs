//! Stamps. All from integer microseconds; the civil calendar by Hinnant's algorithm (`days_from_civil`, public domain).

use std::fmt::Write;

use crate::random::{HOUR, SECOND};

/// Year, month, day, hour, minute, second, microsecond in UTC.
pub fn civil(at: i64) -> (i64, u32, u32, u32, u32, u32, u32) {
    let day = at.div_euclid(24 * HOUR);
    let rest = at.rem_euclid(24 * HOUR);
    let z = day + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let d = (of_year - (153 * shifted + 2) / 5 + 1) as u32;
    let m = if shifted < 10 { shifted + 3 } else { shifted - 9 } as u32;
    let y = year_of_era + era * 400 + i64::from(m <= 2);
    let s = (rest / SECOND) as u32;
    (y, m, d, s / 3_600, s / 60 % 60, s % 60, (rest % SECOND) as u32)
}

/// RFC 3339 in UTC with so many digits of the second's fraction.
pub fn rfc3339(at: i64, digits: usize) -> String {
    let (y, mo, d, h, mi, s, us) = civil(at);
    let mut text = String::with_capacity(30);
    let _ = write!(text, "{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}");
    if digits > 0 {
        let _ = write!(text, ".{us:06}");
        text.truncate(20 + digits.min(6));
    }
    text.push('Z');
    text
}

/// Wall clock without a zone, as kimi.log writes it.
pub fn loguru(at: i64, offset_quarters: i32) -> String {
    let (y, mo, d, h, mi, s, us) = civil(at + i64::from(offset_quarters) * HOUR / 4);
    format!("{y:04}-{mo:02}-{d:02} {h:02}:{mi:02}:{s:02}.{:03}", us / 1_000)
}

/// UTC minute as file names carry it: `20260303T1640Z`.
pub fn minute_name(at: i64) -> String {
    let (y, mo, d, h, mi, ..) = civil(at);
    format!("{y:04}{mo:02}{d:02}T{h:02}{mi:02}Z")
}

/// The `Date` header of an HTTP reply.
pub fn http_date(at: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (y, mo, d, h, mi, s, _) = civil(at);
    let day = DAYS[at.div_euclid(24 * HOUR).rem_euclid(7) as usize];
    format!("{day}, {d:02} {} {y:04} {h:02}:{mi:02}:{s:02} GMT", MONTHS[mo as usize - 1])
}

/// `+08:00`.
pub fn offset(quarters: i32) -> String {
    let minutes = quarters.abs() * 15;
    format!("{}{:02}:{:02}", if quarters < 0 { '-' } else { '+' }, minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_of_a_leap_day() {
        // 2024-02-29T12:34:56.789012Z is 1709210096.789012 (date -u -d @1709210096).
        let at = 1_709_210_096_789_012;
        assert_eq!(rfc3339(at, 3), "2024-02-29T12:34:56.789Z");
        assert_eq!(rfc3339(at, 0), "2024-02-29T12:34:56Z");
        assert_eq!(loguru(at, 46), "2024-03-01 00:04:56.789");
        assert_eq!(minute_name(at), "20240229T1234Z");
        assert_eq!(http_date(at), "Thu, 29 Feb 2024 12:34:56 GMT");
        assert_eq!((offset(-14), offset(22)), ("-03:30".to_owned(), "+05:30".to_owned()));
    }
}
