//! The parts of a stamp: dates and times of day as programs write them.

/// A date as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Day {
    /// Year, month, day.
    Known(i32, u32, u32),
    /// Two numbers and a year: nothing says which of them is the month.
    Slashed(u32, u32, i32),
    /// Month and day, without a year (syslog, klog).
    Yearless(u32, u32),
    /// Microseconds since 1970.
    Instant(i64),
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clock {
    /// Microseconds since midnight.
    pub(crate) micros: i64,
    /// Seconds east of UTC, where it says so.
    pub(crate) offset_s: Option<i32>,
}

/// What a frame says of the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// The date; `None` for a time of day alone.
    pub(crate) day: Option<Day>,
    /// The time.
    pub(crate) clock: Clock,
    /// Where the stamp begins.
    pub(crate) from: usize,
    /// Where its last part ends.
    pub(crate) end: usize,
}

/// Three letters each, which are enough.
const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// A number of `least` to `most` digits that no digit follows, and how many it has.
fn number(b: &[u8], least: usize, most: usize) -> Option<(u32, usize)> {
    let digits = b.iter().take_while(|d| d.is_ascii_digit()).count();
    if !(least..=most).contains(&digits) {
        return None;
    }
    Some((b[..digits].iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')), digits))
}

/// `May`, `May.`, `September`.
fn month(b: &[u8]) -> Option<(u32, usize)> {
    let letters = b.iter().take_while(|l| l.is_ascii_alphabetic()).count();
    if !(3..=9).contains(&letters) {
        return None;
    }
    let name = String::from_utf8_lossy(&b[..3]).to_ascii_lowercase();
    let at = MONTHS.iter().position(|m| *m == name)?;
    let full = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let written = String::from_utf8_lossy(&b[..letters]).to_ascii_lowercase();
    (letters == 3 || written == "sept" || full.contains(&written.as_str())).then_some((at as u32 + 1, letters))
}

fn is_date(year: i32, month: u32, day: u32) -> bool {
    chrono::NaiveDate::from_ymd_opt(year, month, day).is_some_and(|_| (2015..2090).contains(&year))
}

/// The date at the beginning of `b`, and how many bytes it takes.
pub(super) fn day(b: &[u8]) -> Option<(Day, usize)> {
    let first = *b.first()?;
    if first.is_ascii_alphabetic() {
        return month_first(b).or_else(|| klog(b));
    }
    if !first.is_ascii_digit() {
        return None;
    }
    year_first(b).or_else(|| compact(b)).or_else(|| with_month_name(b)).or_else(|| slashed(b))
}

/// `2026-05-12`, `2026/05/12`, `2026.05.12`.
fn year_first(b: &[u8]) -> Option<(Day, usize)> {
    let (year, n) = number(b, 4, 4)?;
    let mark = *b.get(n).filter(|m| matches!(m, b'-' | b'/' | b'.'))?;
    let (month, m) = number(&b[n + 1..], 1, 2)?;
    let at = n + 1 + m;
    b.get(at).filter(|c| **c == mark)?;
    let (day, d) = number(&b[at + 1..], 1, 2)?;
    is_date(year as i32, month, day).then_some((Day::Known(year as i32, month, day), at + 1 + d))
}

/// `20260512`, if a time follows.
fn compact(b: &[u8]) -> Option<(Day, usize)> {
    let (n, digits) = number(b, 8, 8)?;
    let (year, month, day) = ((n / 10_000) as i32, n / 100 % 100, n % 100);
    let rest = b.get(digits + 1..)?;
    let timed =
        matches!(b[digits], b'T' | b' ' | b'-' | b'_') && (clock(rest).is_some() || compact_clock(rest).is_some());
    (timed && is_date(year, month, day)).then_some((Day::Known(year, month, day), digits))
}

/// `12-May-2026`, `12 May 2026`, `12/May/2026`.
fn with_month_name(b: &[u8]) -> Option<(Day, usize)> {
    let (day, n) = number(b, 1, 2)?;
    let mark = *b.get(n).filter(|m| matches!(m, b'-' | b'/' | b' ' | b'.'))?;
    let (month, m) = month(&b[n + 1..])?;
    let at = n + 1 + m;
    b.get(at).filter(|c| **c == mark || **c == b',')?;
    let (year, y) = number(&b[at + 1..], 2, 4)?;
    let year = full_year(year, y)?;
    is_date(year, month, day).then_some((Day::Known(year, month, day), at + 1 + y))
}

/// `05/12/2026`, `12.05.2026`, `05/12/26`. With dots the day comes first.
fn slashed(b: &[u8]) -> Option<(Day, usize)> {
    let (one, n) = number(b, 1, 2)?;
    let mark = *b.get(n).filter(|m| matches!(m, b'-' | b'/' | b'.'))?;
    let (two, m) = number(&b[n + 1..], 1, 2)?;
    let at = n + 1 + m;
    b.get(at).filter(|c| **c == mark)?;
    let (year, y) = number(&b[at + 1..], if mark == b'/' { 2 } else { 4 }, 4)?;
    let year = full_year(year, y)?;
    let used = at + 1 + y;
    if mark == b'.' {
        return is_date(year, two, one).then_some((Day::Known(year, two, one), used));
    }
    match (is_date(year, one, two), is_date(year, two, one)) {
        (true, true) => Some((Day::Slashed(one, two, year), used)),
        (true, false) => Some((Day::Known(year, one, two), used)),
        (false, true) => Some((Day::Known(year, two, one), used)),
        (false, false) => None,
    }
}

fn full_year(year: u32, digits: usize) -> Option<i32> {
    match digits {
        4 => Some(year as i32),
        2 => Some(2000 + year as i32),
        _ => None,
    }
}

/// `May 12`, `May  2`, `May 12 2026`, `May 12, 2026`.
fn month_first(b: &[u8]) -> Option<(Day, usize)> {
    let (month, n) = month(b)?;
    let blanks = b[n..].iter().take(2).take_while(|c| **c == b' ').count();
    let (day, d) = number(b.get(n + blanks..)?, 1, 2).filter(|_| blanks > 0)?;
    if !(1..=31).contains(&day) {
        return None;
    }
    let at = n + blanks + d;
    if let Some((year, used)) = year_after(&b[at..]) {
        return is_date(year, month, day).then_some((Day::Known(year, month, day), at + used));
    }
    Some((Day::Yearless(month, day), at))
}

/// `I0512 09:00:00.123456`: the letter of a level, month and day.
fn klog(b: &[u8]) -> Option<(Day, usize)> {
    b.first().filter(|l| matches!(l, b'I' | b'W' | b'E' | b'F' | b'D'))?;
    let (n, digits) = number(&b[1..], 4, 4)?;
    let (month, day) = (n / 100, n % 100);
    let timed = b.get(1 + digits) == Some(&b' ') && clock(b.get(2 + digits..)?).is_some();
    (timed && (1..=12).contains(&month) && (1..=31).contains(&day)).then_some((Day::Yearless(month, day), 1 + digits))
}

/// A year behind a blank or a comma.
pub(super) fn year_after(b: &[u8]) -> Option<(i32, usize)> {
    let marks = b.iter().take(2).take_while(|c| matches!(c, b' ' | b',')).count();
    let (year, digits) = number(b.get(marks..)?, 4, 4).filter(|_| marks > 0)?;
    (2015..2090).contains(&year).then_some((year as i32, marks + digits))
}

/// `09:00:00`, `9:00:00.123 AM`, `09:00:00,123+0200`, and how many bytes it takes.
pub(super) fn clock(b: &[u8]) -> Option<(Clock, usize)> {
    let (hour, h) = number(b, 1, 2)?;
    b.get(h).filter(|c| **c == b':')?;
    let (minute, m) = number(&b[h + 1..], 2, 2)?;
    let at = h + 1 + m;
    b.get(at).filter(|c| **c == b':')?;
    let (second, s) = number(&b[at + 1..], 2, 2)?;
    finish(b, [hour, minute, second], at + 1 + s)
}

/// `090000`.
pub(super) fn compact_clock(b: &[u8]) -> Option<(Clock, usize)> {
    let (n, digits) = number(b, 6, 6)?;
    finish(b, [n / 10_000, n / 100 % 100, n % 100], digits)
}

fn finish(b: &[u8], [hour, minute, second]: [u32; 3], mut at: usize) -> Option<(Clock, usize)> {
    let mut micros = 0;
    if b.get(at).is_some_and(|c| matches!(c, b'.' | b',')) {
        let digits = b[at + 1..].iter().take_while(|d| d.is_ascii_digit()).count();
        let six = b[at + 1..at + 1 + digits].iter().copied().chain(std::iter::repeat(b'0')).take(6);
        micros = six.fold(0_i64, |n, d| n * 10 + i64::from(d - b'0'));
        at += if digits > 0 { 1 + digits } else { 0 };
    }
    let (hour, used) = half_of_day(&b[at..], hour)?;
    at += used;
    // 60 is a leap second.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let (offset_s, used) = zone(&b[at..]);
    let seconds = i64::from(hour * 3600 + minute * 60 + second.min(59));
    Some((Clock { micros: seconds * 1_000_000 + micros, offset_s }, at + used))
}

/// `AM` and `PM`, which make the hour.
fn half_of_day(b: &[u8], hour: u32) -> Option<(u32, usize)> {
    let blank = usize::from(b.first() == Some(&b' '));
    let word = b.get(blank..blank + 2).unwrap_or_default();
    let ends = b.get(blank + 2).is_none_or(|c| !c.is_ascii_alphanumeric());
    let is_pm = word.eq_ignore_ascii_case(b"pm");
    if !ends || !(is_pm || word.eq_ignore_ascii_case(b"am")) {
        return Some((hour, 0));
    }
    (1..=12).contains(&hour).then_some((hour % 12 + if is_pm { 12 } else { 0 }, blank + 2))
}

/// `Z`, `+0200`, `+02:00`, ` UTC`, ` GMT`, ` +0200`.
fn zone(b: &[u8]) -> (Option<i32>, usize) {
    let blank = usize::from(b.first() == Some(&b' '));
    let rest = &b[blank..];
    let ends = |n: usize| rest.get(n).is_none_or(|c| !c.is_ascii_alphanumeric());
    if blank == 0 && rest.first().is_some_and(|c| matches!(c, b'Z' | b'z')) && ends(1) {
        return (Some(0), 1);
    }
    if (rest.starts_with(b"UTC") || rest.starts_with(b"GMT")) && ends(3) {
        return (Some(0), blank + 3);
    }
    let sign = match rest.first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return (None, 0),
    };
    let Some((hours, minutes, used)) = offset(&rest[1..]) else { return (None, 0) };
    if hours > 14 || minutes > 59 || !ends(1 + used) {
        return (None, 0);
    }
    (Some(sign * (hours * 3600 + minutes * 60) as i32), blank + 1 + used)
}

fn offset(b: &[u8]) -> Option<(u32, u32, usize)> {
    if let Some((n, digits)) = number(b, 4, 4) {
        return Some((n / 100, n % 100, digits));
    }
    let (hours, h) = number(b, 2, 2)?;
    match b.get(h) {
        Some(b':') => number(&b[h + 1..], 2, 2).map(|(minutes, m)| (hours, minutes, h + 1 + m)),
        _ => Some((hours, 0, h)),
    }
}

/// `[1778576400.123]` or `1778576400` at the beginning.
pub(super) fn epoch(b: &[u8]) -> Option<Stamp> {
    let lead = b.iter().take_while(|c| matches!(c, b'[' | b'(' | b'<' | b' ')).count();
    let digits = b[lead..].iter().take_while(|d| d.is_ascii_digit() || **d == b'.').count();
    let text = std::str::from_utf8(&b[lead..lead + digits]).ok()?.trim_end_matches('.');
    let whole = text.split('.').next().unwrap_or("").len();
    let ends = b.get(lead + digits).is_none_or(|c| !c.is_ascii_alphanumeric());
    if !matches!(whole, 10 | 13 | 16) || !ends {
        return None;
    }
    let at = crate::model::Time::from_epoch(text.parse().ok()?)?;
    let clock = Clock { micros: 0, offset_s: Some(0) };
    at.is_plausible().then_some(Stamp {
        day: Some(Day::Instant(at.micros())),
        clock,
        from: lead,
        end: lead + text.len(),
    })
}
