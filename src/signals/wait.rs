//! Waits and resets that an error text names.
//!
//! In: phrases such as `8h44m7s`, `try again in 1.574s`, `2026-05-15T15:00:00Z`, epoch seconds. Out: seconds and
//! [`ResetText`]. A wall-clock phrase without a zone (`2:10pm`) stays text: its zone is not known here.

use std::sync::LazyLock;

use regex::Regex;

use crate::model::Time;

/// When a text says that its limit ends.
#[derive(Clone, Debug, PartialEq)]
pub enum ResetText {
    /// An instant: epoch seconds, or a stamp with a zone.
    Epoch(Time),
    /// Words that need a zone or a date: `1:40pm (America/New_York)`, `2026-08-27 21:31:39`.
    Wall(String),
}

impl ResetText {
    pub(super) fn from_epoch(digits: &str) -> Option<Self> {
        Time::from_epoch(digits.parse().ok()?).filter(|t| t.is_plausible()).map(Self::Epoch)
    }

    pub(super) fn from_words(words: &str) -> Option<Self> {
        let words = words.trim().trim_end_matches(['.', ',', ';', ')']).trim();
        let closed = words.contains('(') && !words.contains(')');
        let words = if closed { format!("{words})") } else { words.to_owned() };
        match Time::parse_rfc3339(&words) {
            Some(t) if t.is_plausible() => Some(Self::Epoch(t)),
            _ => (!words.is_empty()).then_some(Self::Wall(words)),
        }
    }
}

/// Longest wait that is believed: 62 days, twice the longest quota window.
const LONGEST_S: f64 = 62.0 * 86_400.0;

/// Seconds of a duration as programs and people write it: `8h44m7s`, `1.574s`, `20ms`, `21min`, `2 days 3 hours`.
/// `None` when a part has no known unit, or the whole is not believable.
pub fn seconds_of(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut sum = None;
    while let Some(n) = number(rest) {
        let after = rest[n.len()..].trim_start();
        let unit = &after[..after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len())];
        sum = Some(sum.unwrap_or(0.0) + n.parse::<f64>().ok()? * unit_seconds(unit)?);
        rest = after[unit.len()..].trim_start();
    }
    sum.filter(|s| (0.0..=LONGEST_S).contains(s))
}

fn number(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "ms" | "millisecond" | "milliseconds" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
        "d" | "day" | "days" => 86_400.0,
        _ => return None,
    })
}

static PHRASE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(?:try again|retry|retrying|resets?|wait|available) (?:in|after)?\s*(?P<dur>\d+(?:\.\d+)?\s*(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?:(?:,? (?:and )?|)\d+(?:\.\d+)?\s*(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?))*)\b",
    )
    .ok()
});

/// The wait of a common phrase in the text: `please try again after 1 seconds`.
pub(super) fn phrase(text: &str) -> Option<f64> {
    let found = PHRASE.as_ref()?.captures(text)?;
    seconds_of(&found["dur"].replace("and", "").replace(',', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        assert_eq!(seconds_of("8h44m7s"), Some(8.0 * 3600.0 + 44.0 * 60.0 + 7.0));
        assert_eq!(seconds_of("20ms"), Some(0.02));
        assert_eq!(seconds_of("21min"), Some(1260.0));
        assert_eq!(seconds_of("2 days 3 hours"), Some(2.0 * 86_400.0 + 3.0 * 3600.0));
        assert_eq!(seconds_of("5 apples"), None);
        assert_eq!(seconds_of("9999999h"), None);
        assert_eq!(seconds_of(""), None);
    }

    #[test]
    fn phrases_are_read() {
        assert_eq!(phrase("please try again after 1 seconds"), Some(1.0));
        assert_eq!(phrase("Please try again in 1.574s."), Some(1.574));
        assert_eq!(phrase("Please try again in 7m12s."), Some(432.0));
        assert_eq!(phrase("resets in 2 hours and 5 minutes"), Some(7500.0));
        assert_eq!(phrase("Please wait a moment and try again."), None);
    }

    #[test]
    fn a_stamp_with_a_zone_is_an_instant_and_others_stay_words() {
        let t = Time::parse_rfc3339("2026-05-15T15:00:00Z").unwrap();
        assert_eq!(ResetText::from_words("2026-05-15T15:00:00Z"), Some(ResetText::Epoch(t)));
        assert_eq!(
            ResetText::from_words("1:40pm (America/New_York)"),
            Some(ResetText::Wall("1:40pm (America/New_York)".to_owned()))
        );
        assert_eq!(ResetText::from_epoch("1753077600"), Time::from_epoch(1_753_077_600.0).map(ResetText::Epoch));
        assert_eq!(ResetText::from_epoch("17"), None);
    }
}
