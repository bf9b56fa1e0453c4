//! Times, zones and probabilities as people type them.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use why429::model::{Time, Zone};

use super::nearest;

/// A zone's name of so few letters is near to any other.
const LETTERS_FEW: usize = 4;

/// A zone: `UTC`, `+08:00`, `Europe/Vienna`.
pub(super) fn zone(text: &str) -> Result<Zone, String> {
    let hint = || {
        let names = chrono_tz::TZ_VARIANTS.iter().map(|z| z.name());
        match nearest::word(text, names).filter(|_| text.len() > LETTERS_FEW) {
            Some(meant) => format!("did you mean '{meant}'?"),
            None => "give UTC, an offset such as +08:00, or a name such as Europe/Vienna".to_owned(),
        }
    };
    Zone::parse(text).ok_or_else(hint)
}

/// A day: `2026-05-12`.
pub(super) fn date(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| "give a day as YYYY-MM-DD, such as 2026-05-12".to_owned())
}

/// A field of the canonical form and its key: `start=ts`.
pub(super) fn mapping(text: &str) -> Result<(String, String), String> {
    let fields = why429::formats::canonical::field_names();
    let (field, key) = text.split_once('=').ok_or("give FIELD=KEY, such as start=ts")?;
    if !fields.contains(&field) {
        let meant = nearest::word(field, fields.iter().copied());
        let hint = meant.map_or_else(|| format!("there are {}", fields.join(", ")), |m| format!("did you mean '{m}'?"));
        return Err(format!("there is no field '{field}'; {hint}"));
    }
    if key.is_empty() {
        return Err(format!("which key stands for '{field}'?"));
    }
    Ok((field.to_owned(), key.to_owned()))
}

/// A probability from 0 to 1.
pub(super) fn probability(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(p) if (0.0..=1.0).contains(&p) => Ok(p),
        _ => Err("give a number from 0 to 1, such as 0.6".to_owned()),
    }
}

/// A label of attempts: not empty, and not only blanks or signs that nobody sees.
pub(super) fn label(text: &str) -> Result<String, String> {
    let is_seen = |c: char| !c.is_whitespace() && !why429::privacy::escape::is_hidden(c);
    if text.chars().any(is_seen) { Ok(text.to_owned()) } else { Err("give a name, not an empty one".to_owned()) }
}

/// A number of threads.
pub(super) fn threads(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "give a whole number, such as 2; 0 is one per core".to_owned())
}

/// Which end of a day is meant when only a day is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum DayEnd {
    /// Its first instant.
    Begin,
    /// Its last one.
    End,
}

/// What relative and zoneless times are taken against.
#[derive(Debug, Clone, Copy)]
pub(super) struct Against {
    /// Zone of times that carry none.
    pub(super) zone: Zone,
    /// What `2h` counts back from.
    pub(super) now: Time,
}

/// A time: RFC 3339, `YYYY-MM-DD[ HH:MM[:SS]]` or `yesterday 14:00` in the zone, or a length back from now such as `90s`, `2h`, `3d`.
///
/// # Errors
/// A phrase that says what would have been understood.
pub(super) fn time(text: &str, against: Against, day: DayEnd) -> Result<Time, String> {
    let text = text.trim();
    if let Some(t) = Time::parse_rfc3339(text) {
        return Ok(t);
    }
    if let Some(seconds) = length_s(text) {
        return Ok(against.now.plus(-seconds));
    }
    wall(&date_of(text, against), day).map(|w| against.zone.instant_of(Time::from_local(w))).ok_or_else(|| {
        "give RFC 3339 (2026-03-03T16:19:00Z), `2026-03-03 16:19`, `2026-03-03`, `yesterday 14:00`, or a length back from now (2h, 3d)"
            .to_owned()
    })
}

/// A length back from now, kept as it was typed: `90min`, `2h`, `3d`.
pub(super) fn length(text: &str) -> Result<String, String> {
    let hint = || "give a length such as 90s, 15min, 2h, 3d or 1w".to_owned();
    length_s(text).map(|_| text.to_owned()).ok_or_else(hint)
}

/// Whether a time has its zone, so that it means the same everywhere and always.
pub(super) fn is_an_instant(text: &str) -> bool {
    Time::parse_rfc3339(text).is_some()
}

/// Days back, and what follows the word.
fn days_back(text: &str) -> Option<(u64, &str)> {
    let (word, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    match word.to_ascii_lowercase().as_str() {
        "today" => Some((0, rest)),
        "yesterday" => Some((1, rest)),
        _ => None,
    }
}

/// The text with `today` or `yesterday` as a date of the zone.
fn date_of(text: &str, against: Against) -> String {
    let Some((back, rest)) = days_back(text) else { return text.to_owned() };
    let today = NaiveDate::parse_from_str(&against.zone.format(against.now, "%Y-%m-%d"), "%Y-%m-%d").ok();
    let date = today.and_then(|d| d.checked_sub_days(chrono::Days::new(back)));
    date.map_or_else(|| text.to_owned(), |d| format!("{d} {rest}").trim_end().to_owned())
}

fn wall(text: &str, day: DayEnd) -> Option<NaiveDateTime> {
    let text = text.replacen('T', " ", 1);
    for format in ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M"] {
        if let Ok(t) = NaiveDateTime::parse_from_str(&text, format) {
            return Some(t);
        }
    }
    let date = NaiveDate::parse_from_str(&text, "%Y-%m-%d").ok()?;
    let time = match day {
        DayEnd::Begin => NaiveTime::MIN,
        DayEnd::End => NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999)?,
    };
    Some(date.and_time(time))
}

/// `90s`, `15m`, `15min`, `2h`, `3d`, `1w` in seconds.
fn length_s(text: &str) -> Option<f64> {
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let n: f64 = text[..unit_at].trim().parse().ok()?;
    let unit = match text[unit_at..].trim() {
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        "w" => 604_800.0,
        _ => return None,
    };
    (n.is_finite() && n >= 0.0).then_some(n * unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, day: DayEnd) -> Result<String, String> {
        let now = Time::parse_rfc3339("2026-03-04T12:00:00Z").unwrap();
        time(text, Against { zone: Zone::parse("+08:00").unwrap(), now }, day).map(Time::rfc3339)
    }

    #[test]
    fn every_way_of_telling_a_time() {
        for (text, expected) in [
            ("2026-03-03T16:19:00Z", "2026-03-03T16:19:00.000Z"),
            ("2026-03-03 16:19", "2026-03-03T08:19:00.000Z"),
            ("2026-03-03T16:19:30", "2026-03-03T08:19:30.000Z"),
            ("2026-03-03", "2026-03-02T16:00:00.000Z"),
            // 12:00 UTC is 20:00 there, the same day.
            ("yesterday 14:00", "2026-03-03T06:00:00.000Z"),
            ("Today", "2026-03-03T16:00:00.000Z"),
            ("2h", "2026-03-04T10:00:00.000Z"),
            ("1.5d", "2026-03-03T00:00:00.000Z"),
        ] {
            assert_eq!(read(text, DayEnd::Begin).as_deref(), Ok(expected), "{text}");
        }
        assert_eq!(read("2026-03-03", DayEnd::End).as_deref(), Ok("2026-03-03T15:59:59.999Z"));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "tomorrow", "yesterday noon", "2026-13-01", "2026-03-03 25:00", "-2h", "2 fortnights", "16:19"]
        {
            assert!(read(text, DayEnd::Begin).is_err(), "{text}");
        }
    }

    #[test]
    fn a_misspelt_zone_is_reported_with_the_nearest_one() {
        assert_eq!(zone("Europe/Viena").unwrap_err(), "did you mean 'Europe/Vienna'?");
        assert_eq!(zone("asia/shanghai").unwrap_err(), "did you mean 'Asia/Shanghai'?");
        for far in ["XYZ", "Nowhere/Town", "+25:00"] {
            assert!(zone(far).unwrap_err().starts_with("give UTC"), "{far}");
        }
    }

    #[test]
    fn only_a_stamp_with_its_zone_is_an_instant() {
        assert!(is_an_instant("2026-03-03T16:19:00Z") && is_an_instant("2026-03-03T16:19:00+08:00"));
        assert!(["2h", "today", "2026-03-03 16:19", "2026-03-03"].iter().all(|t| !is_an_instant(t)));
    }

    #[test]
    fn a_probability_is_between_nothing_and_certainty() {
        assert_eq!(probability("0.6"), Ok(0.6));
        for text in ["1.1", "-0.1", "60%", "NaN"] {
            assert!(probability(text).is_err(), "{text}");
        }
    }
}
