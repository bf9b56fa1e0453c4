//! Waits and resets that an error text names.
//!
//! In: phrases such as `8h44m7s`, `try again in 1.574s`, `2026-05-15T15:00:00Z`, epoch seconds. Out: seconds and
//! [`ResetText`]. A wall-clock phrase without a zone (`2:10pm`) stays text: its zone is not known here.

use std::sync::LazyLock;

use super::pattern::required_words;
use super::wait_words;
use crate::keywords::Keywords;
use crate::model::Time;
use crate::pattern::Pattern;

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
pub(super) const LONGEST_S: f64 = 62.0 * 86_400.0;

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

pub(super) fn unit_seconds(unit: &str) -> Option<f64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "ms" | "millisecond" | "milliseconds" => 0.001,
        "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
        "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3600.0,
        "d" | "day" | "days" => 86_400.0,
        "w" | "week" | "weeks" => 7.0 * 86_400.0,
        _ => return None,
    })
}

static PHRASE: Pattern = Pattern::new(
    r"(?i)\b(?:try(?:ing)? again|retry|retrying|resets?|resetting|renews?|refills?|wait|available(?: again)?|refreshe[sd]|restored|unlocks?|expires?|come back|cool(?:ing)? ?down(?: for)?)[: ] ?(?:in|after|for|at least)?\s*(?:about |approximately |around |roughly |another |~ ?)?(?P<dur>\d+(?:\.\d+)?\s*(?:ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?:(?:,? (?:and )?|)\d+(?:\.\d+)?\s*(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?))*)\b",
);

/// A header's or a field's name in a text: `Retry-After: 135734`, `reset_seconds=250000`. Without a unit it is seconds.
static HEADER: Pattern = Pattern::new(
    r#"(?i)\b(?:retry[-_]after(?:[-_]seconds)?|resets?[-_](?:in[-_]|after[-_])?seconds)["']?\s*[:=]\s*["']?(?P<dur>\d+(?:\.\d+)?(?:ms|s)?)\b"#,
);

/// Words of which each phrase of a wait has one.
static WAITS: LazyLock<Option<Keywords>> = LazyLock::new(|| words_of(&[&PHRASE, &HEADER]));

/// Words of which every text that one of the patterns matches has one; `None` where they require none.
fn words_of(patterns: &[&Pattern]) -> Option<Keywords> {
    let bare = patterns.iter().map(|p| p.as_str().trim_start_matches("(?i)"));
    let words: Vec<Vec<String>> = bare.map(required_words).collect();
    let is_known = words.iter().all(|w| !w.is_empty());
    is_known.then(|| Keywords::of(words.iter().flatten().map(|word| (0, word.as_str()))))
}

/// Whether a text has one of the words.
fn has(words: &Option<Keywords>, text: &str) -> bool {
    words.as_ref().is_none_or(|w| w.any(text)) || text.contains(FOLDED)
}

/// Letters that are another case of `k` and `s`.
const FOLDED: [char; 2] = ['\u{212a}', '\u{17f}'];

/// The wait of a common phrase in the text: `please try again after 1 seconds`, `in about 4 hours`, `retry-after: 20`.
pub(super) fn phrase(text: &str) -> Option<f64> {
    let has_number = text.bytes().any(|b| b.is_ascii_digit() || !b.is_ascii());
    let is_worded = has_number && has(&WAITS, text);
    let worded = || is_worded.then(|| spoken(text)).flatten();
    worded().or_else(|| wait_words::seconds(text))
}

/// The wait of a sentence, or of a header's name.
fn spoken(text: &str) -> Option<f64> {
    let sentence = PHRASE.captures(text).and_then(|c| seconds_of(&c["dur"].replace("and", "").replace(',', "")));
    let header = || {
        let duration = HEADER.captures(text)?["dur"].to_ascii_lowercase();
        let unit = if duration.ends_with('s') { "" } else { "s" };
        seconds_of(&format!("{duration}{unit}"))
    };
    sentence.or_else(header)
}

/// Words of which each phrase of a reset has one.
static RESETS: LazyLock<Option<Keywords>> = LazyLock::new(|| words_of(&[&NAMED]));

static NAMED: Pattern = Pattern::new(
    r#"(?i)\b(?:resets?(?:_at|_time)?|resetsat|(?:try|retry) again|retry|renews?|unlocks?|come back|resum(?:e|es|ed)(?: using (?:this|the) model)?|available(?: again)?|refreshe[sd]|restored|(?:blocked|wait|until|paused|suspended|limited) until|until)["']?\s*[:=]?\s*["']?(?:at |on |after )?(?P<when>(?:[ap]\.m\.|\.\d|[^.;|"']){3,60})"#,
);

/// The reset of a common phrase in the text: `resets 3pm (Europe/Vienna)`, `try again at 4:36 AM`, `reset_at: 1772554740`.
pub(super) fn named_reset(text: &str) -> Option<ResetText> {
    let is_worded = has(&RESETS, text);
    let mut phrases = is_worded.then(|| NAMED.captures_iter(text)).into_iter().flatten();
    let reset = phrases.find_map(|c| {
        let words = c["when"].trim();
        // `reset in 01:30:00` is a wait.
        if words.starts_with("in ") {
            return None;
        }
        let digits: String = words.chars().take_while(char::is_ascii_digit).collect();
        if matches!(digits.len(), 10 | 13) {
            return ResetText::from_epoch(&digits);
        }
        let reset = ResetText::from_words(words)?;
        let is_certain = match &reset {
            ResetText::Epoch(_) => true,
            ResetText::Wall(words) => super::reset::parse(words).is_some(),
        };
        is_certain.then_some(reset)
    });
    reset.or_else(|| wait_words::reset(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_require_words() {
        assert!(WAITS.as_ref().is_some_and(|w| w.any("wait 3 s") && !w.any("3 s")));
        assert!(RESETS.as_ref().is_some_and(|w| w.any("until noon") && !w.any("at noon")));
    }

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
        assert_eq!(phrase("resets in about 4 hours"), Some(14_400.0));
        assert_eq!(phrase("Try again in approximately 2 days, 3 hours"), Some(183_600.0));
        assert_eq!(phrase("try again in 6m12s"), Some(372.0));
        assert_eq!(phrase("cooling down (Retry-After: 135734)"), Some(135_734.0));
        assert_eq!(phrase("retry-after: 250ms"), Some(0.25));
        assert_eq!(phrase("quota exceeded, reset_seconds: 250000"), Some(250_000.0));
        assert_eq!(phrase("resets in 5 days 22 hours"), Some(511_200.0));
        assert_eq!(phrase("Please try again in 58 hours."), Some(208_800.0));
        assert_eq!(phrase("Available again in 1 week"), Some(604_800.0));
        assert_eq!(phrase("Please wait 45000 seconds before retrying."), Some(45_000.0));
        assert_eq!(phrase("quota will be refreshed in 3h"), Some(10_800.0));
        assert_eq!(phrase("请求过于频繁，请在 3 小时后重试"), Some(10_800.0));
        assert_eq!(phrase("额度已用尽，5 天 22 小时后重置"), Some(511_200.0));
        assert_eq!(phrase("see reset 5 in the manual"), None);
        assert_eq!(phrase("Please wait a moment and try again."), None);
    }

    #[test]
    fn resets_are_found_in_common_phrases() {
        let wall = |words: &str| Some(ResetText::Wall(words.to_owned()));
        assert_eq!(named_reset("5-hour limit reached, resets 3pm (Europe/Vienna)"), wall("3pm (Europe/Vienna)"));
        assert_eq!(named_reset("Limit reached. Try again at 4:36 AM."), wall("4:36 AM"));
        assert_eq!(named_reset("resets Monday at 9am"), wall("Monday at 9am"));
        let t = Time::from_epoch(1_772_554_740.0).map(ResetText::Epoch);
        assert_eq!(named_reset("{reset_at: 1772554740}"), t);
        assert_eq!(named_reset("resets_at=1772554740000"), t);
        assert_eq!(named_reset("resets at 2026-03-03T16:19:00+00:00"), t);
        assert_eq!(named_reset("blocked until 2026-06-10 11:30:00"), wall("2026-06-10 11:30:00"));
        assert_eq!(
            named_reset("Please wait for your limit to reset on April 20, 2026 at 2:00 a.m. or switch"),
            wall("April 20, 2026 at 2:00 a.m. or switch")
        );
        assert_eq!(named_reset("您的限额将在 2026-06-11 02:06:16 重置。"), wall("2026-06-11 02:06:16"));
        assert_eq!(named_reset("将于2026年6月11日恢复"), wall("2026-06-11 00:00"));
        assert_eq!(named_reset(r#"{"X-RateLimit-Reset":"1772554740000"}"#), t);
        assert_eq!(named_reset("Limit hit; come back tomorrow at 9:00 (UTC)"), wall("tomorrow at 9:00 (UTC)"));
        assert_eq!(
            named_reset("You can resume using this model at 6/13/2026, 10:53:32 AM."),
            wall("6/13/2026, 10:53:32 AM")
        );
        assert_eq!(named_reset("Please wait and try again later."), None);
        assert_eq!(named_reset("it will reset when the current 7-day window ends"), None);
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
