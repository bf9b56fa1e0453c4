//! Wall-clock resets in words.
//!
//! In: `3pm (Europe/Vienna)`, `Jul 31, 2am (UTC)`, `Sep 15 at 7pm`, `Nov 3rd, 2025 4:36 AM`, `2026-08-27 21:31:39`,
//! `tomorrow`, `Monday 9am`. Out: a [`Phrase`], and its instant seen from the line that said it. Always: never from today, so
//! that an old log gives what it gave then.

use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime};

use crate::model::{Time, Zone};
use crate::pattern::{Pattern, PatternMatch};

/// A time of day this much before the line is still the one that is meant: clients round to minutes.
const JUST_PAST_S: f64 = 60.0;

/// The day that words name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Day {
    /// With its year.
    Full(NaiveDate),
    /// Month and day of an unknown year.
    OfYear(u32, u32),
    /// Days from Monday.
    OfWeek(u32),
    /// The day after the line.
    Tomorrow,
    /// None: the next such time of day.
    Next,
}

/// A reset in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phrase {
    day: Day,
    clock: NaiveTime,
    zone: Option<Zone>,
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

static ISO: Pattern = Pattern::new(r"\b(\d{4})-(\d\d)-(\d\d)\b");
static MONTH_DAY: Pattern = Pattern::new(
    r"(?i)\b(?P<m>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? (?P<d>\d{1,2})(?:st|nd|rd|th)?(?:,? (?P<y>20\d\d))?\b",
);
static DAY_MONTH: Pattern = Pattern::new(
    r"(?i)\b(?P<d>\d{1,2})(?:st|nd|rd|th)?\.? (?P<m>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:,? (?P<y>20\d\d))?\b",
);
static WEEKDAY: Pattern = Pattern::new(r"(?i)\b(mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b");
static CLOCK_12: Pattern =
    Pattern::new(r"(?i)\b(?P<h>\d{1,2})(?::(?P<m>\d\d))?(?::(?P<s>\d\d))? ?(?P<half>[ap])\.?m\b");
static CLOCK_24: Pattern = Pattern::new(r"(?:^|[ T])(?P<h>\d{1,2}):(?P<m>\d\d)(?::(?P<s>\d\d))?\b");
/// Month before day, as the clients that write numbers do; a first number above 12 is the day.
static NUMBERS: Pattern = Pattern::new(r"(?:^|[ (])(?P<m>\d{1,2})/(?P<d>\d{1,2})(?:/(?P<y>20\d\d))?\b");
static ZONE: Pattern = Pattern::new(r"\(([^()]{1,40})\)|\b(UTC|GMT)\b");
/// An offset after the time of day: `GMT+2`, `+0800`, `-05:00`.
static OFFSET: Pattern =
    Pattern::new(r"(?i)(?:(?:UTC|GMT) ?|\d ?|[ap]\.?m\.? )(?P<sign>[+-])(?P<h>\d{1,2})(?::?(?P<m>\d\d))?(?:\b|$)");
/// Zones of North America and Europe by the letters that people write; others mean several zones.
static LETTERS: Pattern = Pattern::new(r"\b(?:(P|M|E)(?:[SD]?T)|(CES?T))\b");

/// Reads words. `None` when they name neither a day nor a time of day.
pub fn parse(words: &str) -> Option<Phrase> {
    let zone = offset(words).or_else(|| ZONE.captures(words).and_then(|c| zone(&c))).or_else(|| zone_by_letters(words));
    let day = day(words);
    let clock = clock(words);
    if day.is_none() && clock.is_none() {
        return None;
    }
    Some(Phrase { day: day.unwrap_or(Day::Next), clock: clock.unwrap_or(NaiveTime::MIN), zone })
}

fn zone(captures: &PatternMatch<'_>) -> Option<Zone> {
    match captures.get(1) {
        Some(name) => Zone::parse(name.as_str()).filter(|_| !name.as_str().bytes().all(|b| b.is_ascii_digit())),
        None => Some(Zone::UTC),
    }
}

/// The zone of an offset. What follows a date with hyphens is none: its time of day is between.
fn offset(words: &str) -> Option<Zone> {
    let clock = [&CLOCK_12, &CLOCK_24].into_iter().find_map(|r| r.find(words));
    let clock_end = clock.or_else(|| ISO.find(words)).map_or(0, |m| m.end);
    // The digit before the sign belongs to the time of day.
    let from = words.floor_char_boundary(clock_end.saturating_sub(2));
    let c = OFFSET.captures(&words[from..])?;
    let number = |name: &str| c.name(name).map_or(Some(0), |m| m.as_str().parse::<i32>().ok());
    let seconds = number("h")? * 3_600 + number("m")? * 60;
    let east = if &c["sign"] == "-" { -seconds } else { seconds };
    (east.abs() <= 14 * 3_600).then_some(Zone::Fixed(east))
}

fn zone_by_letters(words: &str) -> Option<Zone> {
    let c = LETTERS.captures(words)?;
    Zone::parse(match c.get(1).map(|m| m.as_str()) {
        Some("P") => "America/Los_Angeles",
        Some("M") => "America/Denver",
        Some(_) => "America/New_York",
        None => "Europe/Paris",
    })
}

fn numbers(words: &str) -> Option<Day> {
    let c = NUMBERS.captures(words)?;
    let [first, second] = [c["m"].parse::<u32>().ok()?, c["d"].parse::<u32>().ok()?];
    let (month, day) = if first > 12 { (second, first) } else { (first, second) };
    match c.name("y") {
        Some(year) => NaiveDate::from_ymd_opt(year.as_str().parse().ok()?, month, day).map(Day::Full),
        None => NaiveDate::from_ymd_opt(2024, month, day).map(|_| Day::OfYear(month, day)),
    }
}

fn day(words: &str) -> Option<Day> {
    let number = |c: &PatternMatch<'_>, i: usize| c.get(i)?.as_str().parse().ok();
    if let Some(c) = ISO.captures(words) {
        let year = c.get(1)?.as_str().parse().ok()?;
        return NaiveDate::from_ymd_opt(year, number(&c, 2)?, number(&c, 3)?).map(Day::Full);
    }
    let named = [&MONTH_DAY, &DAY_MONTH].into_iter().find_map(|r| r.captures(words));
    if let Some(c) = named {
        let month = index(&MONTHS, &c["m"])? + 1;
        let day = c["d"].parse().ok()?;
        return match c.name("y") {
            Some(year) => NaiveDate::from_ymd_opt(year.as_str().parse().ok()?, month, day).map(Day::Full),
            None => (1..=31).contains(&day).then_some(Day::OfYear(month, day)),
        };
    }
    if let Some(day) = numbers(words) {
        return Some(day);
    }
    if let Some(c) = WEEKDAY.captures(words) {
        return index(&WEEKDAYS, &c[1]).map(Day::OfWeek);
    }
    let lower = words.to_ascii_lowercase();
    if lower.split(|c: char| !c.is_alphanumeric()).any(|w| w == "tomorrow") {
        return Some(Day::Tomorrow);
    }
    lower.split(|c: char| !c.is_alphanumeric()).any(|w| w == "midnight").then_some(Day::Next)
}

/// The position of a name that begins with one of these three letters.
fn index(names: &[&str], name: &str) -> Option<u32> {
    let name = name.to_ascii_lowercase();
    names.iter().position(|n| name.starts_with(n)).and_then(|i| u32::try_from(i).ok())
}

fn clock(words: &str) -> Option<NaiveTime> {
    let part = |c: &PatternMatch<'_>, name: &str| c.name(name).map_or(Some(0), |m| m.as_str().parse::<u32>().ok());
    if let Some(c) = CLOCK_12.captures(words) {
        let hour = part(&c, "h").filter(|h| (1..=12).contains(h))?;
        let afternoon = c["half"].eq_ignore_ascii_case("p");
        return NaiveTime::from_hms_opt(hour % 12 + if afternoon { 12 } else { 0 }, part(&c, "m")?, part(&c, "s")?);
    }
    let c = CLOCK_24.captures(words)?;
    NaiveTime::from_hms_opt(part(&c, "h")?, part(&c, "m")?, part(&c, "s")?)
}

impl Phrase {
    /// Whether the words name their zone.
    pub fn has_zone(&self) -> bool {
        self.zone.is_some()
    }

    /// Whether the words name a day; else they mean the next such time of day.
    pub fn has_day(&self) -> bool {
        self.day != Day::Next
    }

    /// The instant, seen from a line of this time. `zone`: where the words name none.
    pub fn instant(&self, at: Time, zone: Option<Zone>) -> Option<Time> {
        let zone = self.zone.or(zone)?;
        let today = at.plus(f64::from(zone.offset_at(at))).utc()?.date_naive();
        let of = |date: NaiveDate| zone.instant_of(Time::from_local(NaiveDateTime::new(date, self.clock)));
        let ahead = |t: &Time| t.since(at) >= -JUST_PAST_S;
        let instant = match self.day {
            Day::Full(date) => Some(of(date)),
            Day::Tomorrow => today.checked_add_days(Days::new(1)).map(of),
            Day::Next => (0..=1).filter_map(|n| today.checked_add_days(Days::new(n))).map(of).find(ahead),
            Day::OfWeek(wanted) => (0..=7)
                .filter_map(|n| today.checked_add_days(Days::new(n)))
                .filter(|d| d.weekday().num_days_from_monday() == wanted)
                .map(of)
                .find(ahead),
            // The nearest year: a stale client shows a date that has passed.
            Day::OfYear(month, day) => [-1, 0, 1]
                .into_iter()
                .filter_map(|n| NaiveDate::from_ymd_opt(today.year() + n, month, day))
                .map(of)
                .min_by(|a, b| a.since(at).abs().total_cmp(&b.since(at).abs())),
        };
        instant.filter(|t| t.is_plausible())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time::parse_rfc3339(text).unwrap()
    }

    fn resolve(words: &str, line: &str, zone: Option<&str>) -> Option<String> {
        let zone = zone.map(|z| Zone::parse(z).unwrap());
        parse(words)?.instant(at(line), zone).map(|t| t.rfc3339().replace(".000Z", "Z"))
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn a_time_of_day_is_the_next_one_after_the_line() {
        // Vienna is UTC+1 in March and UTC+2 in July.
        assert_eq!(resolve("3pm (Europe/Vienna)", "2026-03-03T09:00:00Z", None), some("2026-03-03T14:00:00Z"));
        assert_eq!(resolve("3pm (Europe/Vienna)", "2026-07-03T09:00:00Z", None), some("2026-07-03T13:00:00Z"));
        assert_eq!(resolve("3pm (Europe/Vienna)", "2026-03-03T14:30:00Z", None), some("2026-03-04T14:00:00Z"));
        assert_eq!(resolve("1:40pm (America/New_York)", "2026-05-01T16:00:00Z", None), some("2026-05-01T17:40:00Z"));
        assert_eq!(resolve("12am (UTC)", "2026-05-01T16:00:00Z", None), some("2026-05-02T00:00:00Z"));
        assert_eq!(resolve("12:30 PM", "2026-05-01T11:00:00Z", Some("UTC")), some("2026-05-01T12:30:00Z"));
        // It is already the next day there: 23:30 in New York is 03:30 UTC.
        assert_eq!(resolve("4:36 AM", "2026-05-02T03:30:00Z", Some("America/New_York")), some("2026-05-02T08:36:00Z"));
        assert_eq!(resolve("16:05 UTC", "2026-05-01T16:00:00Z", Some("+08:00")), some("2026-05-01T16:05:00Z"));
    }

    #[test]
    fn across_a_change_of_clocks_the_zone_s_own_offset_counts() {
        // Clocks go forward at 01:00Z on 29 March 2026.
        assert_eq!(resolve("9am (Europe/Vienna)", "2026-03-28T22:00:00Z", None), some("2026-03-29T07:00:00Z"));
    }

    #[test]
    fn dates_with_and_without_a_year() {
        assert_eq!(
            resolve("Jan 18, 11:30am (Asia/Calcutta)", "2026-01-17T20:00:00Z", None),
            some("2026-01-18T06:00:00Z")
        );
        assert_eq!(resolve("Jul 31, 2am (UTC)", "2026-07-28T00:00:00Z", None), some("2026-07-31T02:00:00Z"));
        assert_eq!(resolve("Sep 15 at 7pm", "2026-09-12T00:00:00Z", Some("+02:00")), some("2026-09-15T17:00:00Z"));
        assert_eq!(resolve("Jan 2 at 7am (UTC)", "2026-12-30T00:00:00Z", None), some("2027-01-02T07:00:00Z"));
        assert_eq!(resolve("Nov 3rd, 2025 4:36 AM", "2025-10-30T00:00:00Z", Some("UTC")), some("2025-11-03T04:36:00Z"));
        assert_eq!(
            resolve("3 November 2025, 16:36", "2025-10-30T00:00:00Z", Some("UTC")),
            some("2025-11-03T16:36:00Z")
        );
        assert_eq!(
            resolve("2026-08-27 21:31:39", "2026-08-27T10:00:00Z", Some("+08:00")),
            some("2026-08-27T13:31:39Z")
        );
    }

    #[test]
    fn dates_in_numbers_and_zones_in_other_dress() {
        assert_eq!(
            resolve("6/13/2026, 10:53:32 AM", "2026-06-06T08:00:00Z", Some("UTC")),
            some("2026-06-13T10:53:32Z")
        );
        assert_eq!(resolve("on 07/01", "2026-06-06T08:00:00Z", Some("UTC")), some("2026-07-01T00:00:00Z"));
        assert_eq!(resolve("13/6/2026 9:00", "2026-06-06T08:00:00Z", Some("UTC")), some("2026-06-13T09:00:00Z"));
        assert_eq!(
            resolve("2026-06-08 00:00:00 +0800 CST", "2026-06-06T08:00:00Z", None),
            some("2026-06-07T16:00:00Z")
        );
        assert_eq!(resolve("10 June 2026 at 14:00 GMT+2", "2026-06-06T08:00:00Z", None), some("2026-06-10T12:00:00Z"));
        assert_eq!(resolve("3:30 PM -05:00", "2026-06-06T08:00:00Z", None), some("2026-06-06T20:30:00Z"));
        assert_eq!(resolve("midnight PT", "2026-06-06T08:00:00Z", None), some("2026-06-07T07:00:00Z"));
        assert_eq!(resolve("5pm EST", "2026-06-06T08:00:00Z", None), some("2026-06-06T21:00:00Z"));
        assert_eq!(resolve("9am CEST", "2026-06-06T08:00:00Z", None), some("2026-06-07T07:00:00Z"));
        for date in ["2026-06-08 12:00:00", "2026-06-08"] {
            assert_eq!(resolve(date, "2026-06-06T08:00:00Z", None), None, "{date}: a date's hyphens are no offset");
        }
    }

    #[test]
    fn days_by_name() {
        // 3 March 2026 is a Tuesday.
        assert_eq!(resolve("Monday 9am (UTC)", "2026-03-03T16:00:00Z", None), some("2026-03-09T09:00:00Z"));
        assert_eq!(resolve("Tuesday at 9am (UTC)", "2026-03-03T16:00:00Z", None), some("2026-03-10T09:00:00Z"));
        assert_eq!(resolve("tomorrow", "2026-03-03T16:00:00Z", Some("UTC")), some("2026-03-04T00:00:00Z"));
        assert_eq!(resolve("midnight (UTC)", "2026-03-03T16:00:00Z", None), some("2026-03-04T00:00:00Z"));
    }

    #[test]
    fn without_a_zone_there_is_no_instant() {
        assert_eq!(resolve("2:10pm", "2026-03-03T16:00:00Z", None), None);
        assert_eq!(resolve("2:10pm (2056)", "2026-03-03T16:00:00Z", None), None, "a business code is no zone");
    }

    #[test]
    fn what_is_no_time_is_none() {
        for words in ["later", "when the current window ends", "25:00", "13pm", "Feb 31, 2026", "32 March", ""] {
            assert_eq!(resolve(words, "2026-03-03T16:00:00Z", Some("UTC")), None, "{words}");
        }
    }
}
