//! What a client itself says of its windows, in words: `You've used 99% of your session limit · resets 2:10pm`.
//!
//! In: a line, the time it was said, and the zone of times that name none. Out: a [`ParsedBody`]. Always: limits of single models
//! are passed over; without a percentage it is no snapshot. Source: Claude Code's page of errors, and Codex's warnings.

use super::parsed_body::Reset;
use super::percent::{MONTH, WEEK, remaining, used};
use super::{ParsedBody, SnapshotInfo, View};
use crate::model::{Time, Zone};
use crate::pattern::Pattern;
use crate::signals::reset;

/// What `why429 formats` and the docs show of it.
pub static INFO: SnapshotInfo = SnapshotInfo {
    id: "usage-warning",
    provider: "",
    from: "a client's own warning, copied from the terminal or in a log: You've used 99% of your session limit · resets 2:10pm",
    shows: "the share used of the window that it names, and its reset",
    not_logged: "the other windows; when it was said, unless a log or the file's name tells it",
    established: "read (documentation of Claude Code; texts of Codex)",
};

/// Words that every warning has, to look before a pattern is tried.
const MARK: &str = "% of your ";

static USED: Pattern = Pattern::new(
    r"(?i)used (?P<n>\d{1,3})% of your (?P<w>session|5-?h(?:our)?|daily|weekly|monthly) limit(?:[^A-Za-z0-9\n]{1,6}resets? (?:at )?(?P<r>[^\n·•∙]{2,60}))?",
);
static LEFT: Pattern =
    Pattern::new(r"(?i)less than (?P<n>\d{1,3})% of your (?P<w>5-?h(?:our)?|daily|weekly|monthly) limit left");

/// What a line says; `at`: when it was said, if that is known.
pub fn read(line: &str, at: Option<Time>, zone: Option<Zone>) -> Option<ParsedBody> {
    if !line.contains(MARK) {
        return None;
    }
    if let Some(captures) = USED.captures(line) {
        let words = captures.name("r").and_then(|r| reset::parse(r.as_str()));
        let reset = words.zip(at).and_then(|(words, at)| words.instant(at, zone)).map(Reset::At);
        let percent = captures["n"].parse().ok();
        let view = View::new("the warning", minutes(&captures["w"])?, used(percent), reset)?;
        return Some(ParsedBody {
            provider: Some("claude-code".to_owned()),
            views: vec![view],
            ..ParsedBody::default()
        });
    }
    let captures = LEFT.captures(line)?;
    let view = View::new("the warning", minutes(&captures["w"])?, remaining(captures["n"].parse().ok()), None)?;
    Some(ParsedBody { provider: Some("codex".to_owned()), views: vec![view], ..ParsedBody::default() })
}

fn minutes(word: &str) -> Option<u32> {
    Some(match word.to_ascii_lowercase().as_str() {
        "session" => 300,
        "daily" => 1440,
        "weekly" => WEEK,
        "monthly" => MONTH,
        hours if hours.starts_with('5') => 300,
        _ => return None,
    })
}

/// What the lines of a text copied from a terminal say. A warning is on a line of its own, perhaps in a frame.
pub fn in_text(text: &str, at: Option<Time>, zone: Option<Zone>) -> Option<(u64, ParsedBody)> {
    let mut all: Option<(u64, ParsedBody)> = None;
    for (n, line) in text.lines().enumerate() {
        let bare = line.trim_start_matches(|c: char| !c.is_alphabetic() && !matches!(c, '"' | '\'' | '`'));
        if !["You've used ", "You’ve used ", "Heads up, you"].iter().any(|b| bare.starts_with(b)) {
            continue;
        }
        let Some(parsed) = read(bare, at, zone) else { continue };
        match &mut all {
            Some((_, known)) if known.provider == parsed.provider => known.views.extend(parsed.views),
            Some(_) => {}
            None => all = Some((n as u64 + 1, parsed)),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn windows(parsed: &ParsedBody) -> Vec<(u32, Option<f64>, Option<String>)> {
        let state = parsed.state(None);
        state.windows.iter().map(|w| (w.window_minutes, w.remaining_share, w.resets_at.map(|t| t.rfc3339()))).collect()
    }

    #[test]
    fn a_warning_is_a_reading_of_the_window_that_it_names() {
        let at = Time::parse_rfc3339("2026-05-12T06:30:00Z");
        let text = "You've used 95% of your session limit · resets 2:10pm (Asia/Bangkok) · /upgrade to keep using";
        let actual = windows(&read(text, at, None).unwrap());
        assert_eq!(actual.len(), 1);
        assert_eq!((actual[0].0, actual[0].2.as_deref()), (300, Some("2026-05-12T07:10:00.000Z")));
        assert!(actual[0].1.is_some_and(|s| (s - 0.05).abs() < 1e-9));
        let left = read("Heads up, you have less than 10% of your weekly limit left. Run /status", at, None).unwrap();
        assert_eq!((left.provider.as_deref(), windows(&left)[0].0), (Some("codex"), 10_080));
        for other in ["You've used 95% of your Opus limit", "used 95% of your disk", "You've hit your session limit"] {
            assert_eq!(read(other, at, None), None, "{other}");
        }
    }

    #[test]
    fn in_a_copied_text_only_lines_of_their_own_count() {
        let text = "│ You've used 100% of your session limit · resets 11am (UTC)\n  You've used 41% of your weekly limit\n\
                    const T = \"You've used 7% of your session limit\";\n";
        let (line, parsed) = in_text(text, Time::parse_rfc3339("2026-05-12T09:05:00Z"), None).unwrap();
        let actual: Vec<_> = windows(&parsed).into_iter().map(|w| (w.0, w.2)).collect();
        assert_eq!((line, actual), (1, vec![(300, Some("2026-05-12T11:00:00.000Z".to_owned())), (10_080, None)]));
    }
}
