//! Instants inside sentences: RFC 3339 UTC in the document, the reader's clock in what people read.
//!
//! In: a sentence of the document, the reader's zone, and where it is to stand. Out: the same sentence, its stamps
//! rewritten. What always holds: what stands between quotation marks is what somebody else wrote, and stays as it is.

use crate::model::Time;
use crate::wording::when::When;

/// Where a sentence stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// On its own, to be pasted: it says the day once, and the zone after its last stamp.
    Pasted,
    /// Below a heading that tells day and zone: a day is said only where it is another one.
    Below,
    /// The first lines of a screen: as fine as the episode needs, the zone once, a day only where it is not the episode's.
    Headline,
}

/// The text with every stamp outside quotation marks in the reader's zone.
pub(crate) fn localised(text: &str, when: &When, style: Style) -> String {
    let found = stamps(text);
    let mut known = if style == Style::Pasted { None } else { when.known_day().map(str::to_owned) };
    let zoned = match style {
        Style::Pasted => found.len().checked_sub(1),
        Style::Headline => last_of_first_sentence(text, &found),
        Style::Below => None,
    };
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (n, (begin, stamp)) in found.iter().enumerate() {
        out.push_str(&text[at..*begin]);
        let day = when.day(stamp);
        if known.as_ref() != Some(&day) {
            out.push_str(&day);
            out.push('\u{a0}');
        }
        out.push_str(&if style == Style::Headline { when.minute_alone(stamp) } else { when.clock(stamp) });
        if style != Style::Below {
            known = Some(day);
        }
        if zoned == Some(n) {
            out.push('\u{a0}');
            out.push_str(&when.zone());
        }
        at = begin + stamp.len();
    }
    out.push_str(&text[at..]);
    out
}

/// The last stamp of the first sentence that has one: there the zone is read before anything is taken for local time.
fn last_of_first_sentence(text: &str, found: &[(usize, &str)]) -> Option<usize> {
    let (first, _) = found.first()?;
    let end = text[*first..].find(". ").map_or(text.len(), |at| first + at);
    found.iter().rposition(|(begin, _)| *begin < end)
}

/// Length of `2026-03-03T` and of the shortest stamp.
const DATE: usize = 10;
const SHORTEST: usize = "2026-03-03T16:19:02Z".len();

/// Every stamp outside quotation marks, with the byte where it begins.
fn stamps(text: &str) -> Vec<(usize, &str)> {
    let mut found: Vec<(usize, &str)> = Vec::new();
    for (t, _) in text.match_indices('T') {
        let Some(begin) = t.checked_sub(DATE) else { continue };
        let Some(end) = text[t..].find('Z').map(|z| t + z + 1) else { break };
        let overlaps = found.last().is_some_and(|(b, s)| b + s.len() > begin);
        let Some(stamp) = text.get(begin..end).filter(|s| s.len() >= SHORTEST && !overlaps) else { continue };
        if Time::parse_rfc3339(stamp).is_some() && !is_quoted(text, begin) {
            found.push((begin, stamp));
        }
    }
    found
}

fn is_quoted(text: &str, at: usize) -> bool {
    text[..at].bytes().filter(|b| *b == b'"').count() % 2 == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn when(zone: &str) -> When {
        let mut document = sample::thread();
        document.zone = zone.to_owned();
        When::of(&document)
    }

    fn localise(text: &str, when: &When, style: Style) -> String {
        localised(text, when, style).replace('\u{a0}', " ")
    }

    #[test]
    fn a_pasted_sentence_says_the_day_once_and_the_zone_at_the_end() {
        let text = "Used up from 2026-03-03T16:19:58.294Z to 2026-03-03T17:15:36.975Z (97 %).";
        assert_eq!(
            localise(text, &when("UTC"), Style::Pasted),
            "Used up from 2026-03-03 16:19:58 to 17:15:36 UTC (97 %)."
        );
        let text = "From 2026-03-03T22:10:00.000Z to 2026-03-03T23:10:00.000Z.";
        assert_eq!(
            localise(text, &when("Europe/Vienna"), Style::Pasted),
            "From 2026-03-03 23:10:00 to 2026-03-04 00:10:00 Europe/Vienna.",
            "the next day there"
        );
    }

    #[test]
    fn below_a_heading_the_day_is_said_when_it_is_another_one() {
        let when = when("UTC").on_day_of("2026-03-03T16:19:58.294Z");
        assert_eq!(
            localise("At 2026-03-03T16:40:11.000Z, reset 2026-03-05T08:00:00Z.", &when, Style::Below),
            "At 16:40:11, reset 2026-03-05 08:00:00."
        );
    }

    #[test]
    fn a_short_episode_is_shown_to_the_millisecond() {
        let mut e = sample::thread().episodes.remove(0);
        e.to = sample::at("16:19:04");
        e.first_admission_after = Some("2026-03-03T16:19:05.500Z".to_owned());
        let when = when("UTC").within(&e);
        assert_eq!(localise("At 2026-03-03T16:19:04.250Z.", &when, Style::Below), "At 16:19:04.250.");
    }

    #[test]
    fn what_is_quoted_or_no_stamp_stays() {
        let when = when("+08:00");
        for text in [
            "refusals say (\"try again at 2026-03-03T16:40:11Z\").",
            "2026-13-03T16:40:11Z, Tuesday TZ, ümlautT16:40:11Z",
            "",
        ] {
            assert_eq!(localised(text, &when, Style::Below), text);
        }
        assert_eq!(
            localise("(\"T\") at 2026-03-03T16:40:11Z", &when, Style::Pasted),
            "(\"T\") at 2026-03-04 00:40:11 +08:00"
        );
    }
}
