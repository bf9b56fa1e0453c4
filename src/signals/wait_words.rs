//! Waits and resets in words that the common phrases of `wait` do not have.
//!
//! In: an error's sentence: `in 04:12:30`, `in an hour`, `in 3 Stunden erneut`, `dans 2 heures`, `3時間後`, `将于明天 00:00 重置`. Out:
//! seconds, or a reset in words that `reset` reads.

use super::wait::{LONGEST_S, ResetText, seconds_of, unit_seconds};
use crate::pattern::Pattern;

/// `Quota will be replenished in 04:12:30`.
static CLOCKED: Pattern = Pattern::new(r"(?i)\b(?:in|after|for) (?P<h>\d{1,3}):(?P<m>[0-5]\d):(?P<s>[0-5]\d)\b");

/// `Please try again in an hour`.
static ONE: Pattern = Pattern::new(
    r"(?i)\b(?:try again|retry|resets?|wait|available(?: again)?) (?:in |after |for )?(?:about )?(?:an?|one) (?P<unit>second|minute|hour|day|week)\b",
);

/// German, French and Spanish.
static EUROPEAN: Pattern = Pattern::new(
    r"\b(?:in (?P<de>\d+ (?:Sekunden?|Minuten?|Stunden?|Tag(?:en?)?|Wochen?))|dans (?P<fr>\d+ (?:secondes?|minutes?|heures?|jours?|semaines?))|en (?P<es>\d+ (?:segundos?|minutos?|horas?|d(?:i|í)as?|semanas?)))\b",
);

/// Chinese: `请在 3 小时后重试`, `5 天 22 小时后重置`.
static CHINESE: Pattern = Pattern::new(
    r"(?P<dur>\d+(?:\.\d+)?\s*(?:毫秒|秒钟?|分钟?|小时|个小时|天|周)(?:\s*\d+\s*(?:秒钟?|分钟?|小时|个小时|天))*)\s*(?:之?后|以后)",
);

/// Japanese: `3時間後に再試行してください`.
static JAPANESE: Pattern = Pattern::new(r"(?P<dur>\d+\s*(?:秒|分|時間|日|週間)(?:\s*\d+\s*(?:秒|分|時間))*)\s*後");

/// Units of both and the letters that [`seconds_of`] reads; the longer first.
const UNITS: [(&str, &str); 12] = [
    ("毫秒", "ms"),
    ("秒钟", "s"),
    ("秒", "s"),
    ("分钟", "m"),
    ("分", "m"),
    ("个小时", "h"),
    ("小时", "h"),
    ("時間", "h"),
    ("天", "d"),
    ("日", "d"),
    ("週間", "w"),
    ("周", "w"),
];

/// The wait in seconds.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let by_clock = || text.matches(':').nth(1).and_then(|_| parse_clock(text));
    let one = || text.contains(" a").then(|| unit_seconds(&ONE.captures(text)?["unit"])).flatten();
    by_clock().or_else(one).or_else(|| european(text)).or_else(|| if text.is_ascii() { None } else { asian(text) })
}

fn parse_clock(text: &str) -> Option<f64> {
    let c = CLOCKED.captures(text)?;
    let part = |name: &str| c[name].parse::<f64>().ok();
    Some(part("h")? * 3600.0 + part("m")? * 60.0 + part("s")?).filter(|s| *s <= LONGEST_S)
}

fn european(text: &str) -> Option<f64> {
    if !["Sek", "Min", "Stu", "Tag", "Woche", "dans ", "en "].iter().any(|word| text.contains(word)) {
        return None;
    }
    let c = EUROPEAN.captures(text)?;
    let words = ["de", "fr", "es"].iter().find_map(|name| c.name(name))?.as_str();
    let (number, unit) = words.split_once(' ')?;
    let letter = match unit.chars().next()?.to_ascii_lowercase() {
        's' if unit.starts_with("sem") => "w",
        's' if unit.starts_with("Stunde") => "h",
        's' => "s",
        'm' => "m",
        'h' => "h",
        'j' | 'd' | 't' => "d",
        _ => "w",
    };
    seconds_of(&format!("{number}{letter}"))
}

fn asian(text: &str) -> Option<f64> {
    let captures = CHINESE.captures(text).or_else(|| JAPANESE.captures(text))?;
    let mut words = captures["dur"].to_owned();
    for (unit, letter) in UNITS {
        words = words.replace(unit, letter);
    }
    seconds_of(&words)
}

/// Chinese and Japanese: `您的限额将在 2026-06-11 02:06:16 重置`, `2026年6月11日 02:06 恢复`, `2026年6月5日 12:00にリセット`.
static DATED: Pattern = Pattern::new(
    r"(?P<y>\d{4})\s*[-/年]\s*(?P<m>\d{1,2})\s*[-/月]\s*(?P<d>\d{1,2})\s*日?\s*(?P<t>\d{1,2}:\d\d(?::\d\d)?)?\s*(?:\([^)]*\))?\s*(?:时|后|之后|起|に)?\s*(?:自动)?(?:重置|恢复|刷新|重试|解除|更新|リセット|再開|回復)",
);

/// `将于明天 00:00 重置`, `明日9:00にリセット`.
static TOMORROW: Pattern =
    Pattern::new(r"(?:明天|明日)\s*(?P<t>\d{1,2}:\d\d)?\s*(?:に|起)?\s*(?:自动)?(?:重置|恢复|刷新|リセット|再開|回復)");

/// German: `Zurücksetzung um 18:30 Uhr (UTC)`.
static GERMAN: Pattern = Pattern::new(
    r"(?:Zurücksetzung|zurückgesetzt|wieder verfügbar)\s(?:am |wird )?(?P<when>(?:[\d.]+ )?um \d{1,2}:\d\d[^.;]{0,30})",
);

/// The reset of a text beyond ASCII.
pub(super) fn reset(text: &str) -> Option<ResetText> {
    if text.is_ascii() {
        return None;
    }
    if let Some(c) = DATED.captures(text) {
        let part = |name: &str| c[name].parse::<u32>().ok();
        let clock = c.name("t").map_or("00:00", |t| t.as_str());
        return ResetText::from_words(&format!("{}-{:02}-{:02} {clock}", &c["y"], part("m")?, part("d")?));
    }
    if let Some(c) = TOMORROW.captures(text) {
        return ResetText::from_words(&format!("tomorrow {}", c.name("t").map_or("00:00", |t| t.as_str())));
    }
    ResetText::from_words(GERMAN.captures(text)?.name("when")?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_read() {
        for (text, wait_s) in [
            ("Quota will be replenished in 04:12:30.", 15_150.0),
            ("Please try again in an hour", 3_600.0),
            ("Bitte versuchen Sie es in 3 Stunden erneut.", 10_800.0),
            ("in 2 Wochen verfügbar", 1_209_600.0),
            ("Limite atteinte, réessayez dans 2 heures", 7_200.0),
            ("Inténtelo de nuevo en 2 semanas", 1_209_600.0),
            ("请求过于频繁，请在 3 小时后重试", 10_800.0),
            ("额度已用尽，5 天 22 小时后重置", 511_200.0),
            ("3時間後に再試行してください", 10_800.0),
            ("1時間30分後", 5_400.0),
        ] {
            assert_eq!(seconds(text), Some(wait_s), "{text}");
        }
        for text in ["10 requests in 1 minute", "wait a moment", "at 04:12:30", "in 4:5:6", "en 3 modelos"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn resets_are_read() {
        let wall = |words: &str| Some(ResetText::Wall(words.to_owned()));
        assert_eq!(reset("您的限额将在 2026-06-11 02:06:16 重置。"), wall("2026-06-11 02:06:16"));
        assert_eq!(reset("将于2026年6月11日恢复"), wall("2026-06-11 00:00"));
        assert_eq!(reset("2026年6月5日 12:00にリセットされます"), wall("2026-06-05 12:00"));
        assert_eq!(reset("今日额度已用完，将于明天 00:00 重置"), wall("tomorrow 00:00"));
        assert_eq!(reset("Zurücksetzung um 18:30 Uhr (UTC)"), wall("um 18:30 Uhr (UTC)"));
        assert_eq!(reset("明天见"), None);
    }
}
