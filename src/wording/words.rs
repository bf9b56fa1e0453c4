//! Causes, durations, probabilities and counts as people read them.
//!
//! Numbers and their units are joined by a no-break space, so that wrapping keeps them together; outputs write it as a
//! plain space.

use crate::causes;
use crate::document::{Between, Bounds, Episode, Verdict};
use crate::model::{Cause, Group, Hypothesis, LocalLimit};
use crate::wording::{numbers, sentence};

/// A probability as in the verdict's sentence: `97 %`. Never a certainty: `over 99 %`, `under 1 %`.
pub fn percent(probability: f64) -> String {
    sentence::percent(probability).replace(' ', "\u{a0}")
}

/// A share of something measured: `0 %` and `100 %` are possible, and a little is not nothing.
pub fn share(of_one: f64) -> String {
    let percent = of_one * 100.0;
    if percent > 0.0 && percent < 1.0 { "<1\u{a0}%".to_owned() } else { format!("{percent:.0}\u{a0}%") }
}

/// A length of time in its two largest units: `45 s`, `4 min 23 s`, `57 min`, `1 h 01 min`, `3 d 4 h`.
pub fn duration(seconds: f64) -> String {
    let s = seconds.max(0.0).round();
    let minutes = (s / 60.0).round();
    let hours = (s / 3600.0).round();
    if (0.05..0.95).contains(&seconds) {
        format!("{:.1}\u{a0}s", seconds)
    } else if s < 100.0 {
        format!("{s:.0}\u{a0}s")
    } else if s < 600.0 && s % 60.0 >= 1.0 {
        format!("{:.0}\u{a0}min\u{a0}{:.0}\u{a0}s", (s / 60.0).floor(), s % 60.0)
    } else if minutes < 90.0 {
        format!("{minutes:.0}\u{a0}min")
    } else if minutes < 48.0 * 60.0 && minutes % 60.0 == 0.0 {
        format!("{:.0}\u{a0}h", minutes / 60.0)
    } else if minutes < 48.0 * 60.0 {
        format!("{:.0}\u{a0}h\u{a0}{:02.0}\u{a0}min", (minutes / 60.0).floor(), minutes % 60.0)
    } else if hours % 24.0 == 0.0 {
        format!("{:.0}\u{a0}days", hours / 24.0)
    } else {
        format!("{:.0}\u{a0}days\u{a0}{:.0}\u{a0}h", (hours / 24.0).floor(), hours % 24.0)
    }
}

/// The text with a no-break space between each number and its unit.
pub fn joined(text: &str) -> String {
    const UNITS: [&str; 6] = ["s", "min", "h", "%", "days", "ms"];
    let is_number = |word: &str| {
        let word = word.trim_start_matches(['(', '<', '~']);
        word.starts_with(|c: char| c.is_ascii_digit()) && word.ends_with(|c: char| c.is_ascii_digit())
    };
    let mut out = String::with_capacity(text.len() + 8);
    let mut before = "";
    for (i, word) in text.split(' ').enumerate() {
        if i > 0 {
            let is_unit = UNITS.contains(&word.trim_end_matches(['.', ',', ';', ':', ')']));
            out.push(if is_unit && is_number(before) { '\u{a0}' } else { ' ' });
        }
        out.push_str(word);
        before = word;
    }
    out
}

/// A count with thousands set apart: `1,312`.
pub fn count(n: u64) -> String {
    numbers::thousands(n)
}

/// A count with its noun: `1 refusal`, `1,312 refusals`.
pub fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{}\u{a0}{}", count(n), if n == 1 { one } else { many })
}

/// The name of a cause by its id, `5-hour token window` where its length is known; an unknown id is shown as it stands.
pub fn cause(id: &str, window_minutes: Option<u32>) -> String {
    Cause::from_id(id).map_or_else(|| id.to_owned(), |cause| causes::named_limit(cause, window_minutes))
}

/// One of the two causes of an undetermined verdict with its probability; of two that alternate, with its share of the
/// time, as a probability of one cause for all of it says nothing there.
fn between(b: &Between) -> String {
    let name = between_name(b);
    match b.share_of_time {
        Some(s) => format!("{name} ({} of the time)", share(s)),
        None => format!("{name} ({})", percent(b.probability)),
    }
}

/// Share of a window of any length from which its likeliest length is named, as in the headline.
const LENGTH_SURE: f64 = 0.8;

/// One of the two causes of an undetermined verdict; a window is named with its length where others are unlikely.
pub fn between_name(b: &Between) -> String {
    let is_sure = b.window_probability.is_none_or(|own| own >= LENGTH_SURE * b.probability);
    cause(&b.cause, b.window_minutes.filter(|_| is_sure))
}

/// The verdict as a cell of a table: the cause alone, or both that it lies between.
pub fn cause_in_short(v: &Verdict) -> String {
    match v.between.as_deref() {
        Some(_) if v.too_few => "too few to tell".to_owned(),
        Some([a, b, ..]) => format!("{} or {}", between_name(a), between_name(b)),
        _ => match v.local_limit.as_deref().and_then(LocalLimit::from_id) {
            Some(kind) => causes::local_limit::title(kind).to_owned(),
            None => cause(&v.cause, v.window_minutes),
        },
    }
}

/// Whether two causes took turns: then both are known, and only no single one explains it all.
fn by_turns(two: &[Between]) -> bool {
    two.len() >= 2 && two.iter().all(|b| b.share_of_time.is_some())
}

/// The probability of what a verdict names: `97 %`; of a window of this length, and of any, where they are not the same.
pub fn certainty(v: &Verdict) -> String {
    sentence::certainty(v.probability, v.window_probability).replace(' ', "\u{a0}").replace(",\u{a0}", ", ")
}

/// The word of a verdict with its probability, where one cause has it.
pub fn how_sure(v: &Verdict) -> String {
    match v.between.as_deref() {
        Some(two) if by_turns(two) => format!("{}: no single cause explains all of it", v.confidence),
        Some(_) if v.too_few => format!("{}: too few refusals to tell the causes apart", v.confidence),
        Some(_) => format!("{}: the evidence does not decide", v.confidence),
        None => format!("{}, {}", v.confidence, certainty(v)),
    }
}

/// The verdict in a few words. A window without proof is told as the block of the account that it is compatible with.
pub fn verdict(v: &Verdict) -> String {
    match (&v.between, v.confidence.as_str()) {
        (Some(two), _) if by_turns(two) => {
            format!("two alternating causes: {} and {}", between(&two[0]), between(&two[1]))
        }
        (Some(_), _) if v.too_few => "undetermined: too few refusals to tell the causes apart".to_owned(),
        (Some(two), _) if two.len() >= 2 => {
            format!("undetermined: {} or {}", between(&two[0]), between(&two[1]))
        }
        (_, "compatible") if v.cause == Cause::TokenWindow.id() => {
            format!("account-level block, compatible with the {}", cause(&v.cause, v.window_minutes))
        }
        _ => match v.local_limit.as_deref().and_then(LocalLimit::from_id) {
            Some(kind) => causes::local_limit::title(kind).to_owned(),
            None => cause(&v.cause, v.window_minutes),
        },
    }
}

/// The verdict with its word and probability, as far as it does not say them itself.
pub fn verdict_and_word(v: &Verdict) -> String {
    let name = verdict(v);
    match (&v.between, name.contains(v.confidence.as_str())) {
        (Some(_), _) => name,
        (None, true) => format!("{name}, {}", certainty(v)),
        (None, false) => format!("{name}, {}, {}", v.confidence, certainty(v)),
    }
}

/// What the group of a verdict means for the reader, when the cause itself is open.
pub fn group(id: &str) -> Option<&'static str> {
    let groups =
        [Group::AccountLevel, Group::Concurrency, Group::ShortRate, Group::Provider, Group::Client, Group::None];
    match groups.into_iter().find(|g| g.id() == id)? {
        Group::AccountLevel => Some("Either way the account was blocked, whichever limit did it."),
        Group::Concurrency => Some("Either way too much ran at once."),
        Group::ShortRate => Some("Either way too much was sent per minute."),
        Group::Provider => Some("Either way the provider could not serve it."),
        Group::Client => Some("Either way it failed on your own side of the provider."),
        Group::None => None,
    }
}

/// The name of a group of causes.
pub fn group_name(group: Group) -> &'static str {
    match group {
        Group::AccountLevel => "the account's own limits",
        Group::Concurrency => "too much at once",
        Group::ShortRate => "too much per minute",
        Group::Provider => "the provider's servers",
        Group::Client => "your own side",
        Group::None => "no block",
    }
}

/// What one of the confidence words means.
pub fn word_means(word: &str) -> Option<&'static str> {
    match word {
        "confirmed" => {
            Some("at least 90\u{a0}%, and the provider itself named the limit or a usage snapshot showed it used up")
        }
        "supported" => Some("at least 90\u{a0}%, from behaviour alone"),
        "compatible" => Some("60 to 90\u{a0}%, or no proof of its own kind: the best fit, not proven"),
        "undetermined" => Some("the evidence does not decide"),
        _ => None,
    }
}

/// Whole numbers with bounds: `30`, `30 (29 to 31)`, `2 to 4`, `at least 30`.
pub fn bounds(b: &Bounds) -> String {
    match (b.high, b.best) {
        (Some(high), _) if high == b.low => count(high),
        (Some(high), Some(best)) => format!("{} ({} to {})", count(best), count(b.low), count(high)),
        (Some(high), None) => format!("{} to {}", count(b.low), count(high)),
        (None, _) if b.low == 0 => "not known".to_owned(),
        (None, _) => format!("at least {}", count(b.low)),
    }
}

/// Ids in a list named one by one; of more only the first.
const IDS_NAMED: usize = 3;
/// Causes in turn named one by one; of more only the first two.
const TURNS_NAMED: usize = 3;

/// The episodes of an incident: `E1, E2`, of many `E3634, +11 more`.
pub fn some_ids(ids: &[String]) -> String {
    match ids {
        [first, rest @ ..] if ids.len() > IDS_NAMED => format!("{first}, +{}\u{a0}more", count(rest.len() as u64)),
        _ => ids.join(", "),
    }
}

/// What an incident was, in order of time: `concurrency cap, then 5-hour token window`; the same twice in a row is one.
pub fn in_turn(mut what: Vec<String>) -> String {
    what.dedup();
    if what.len() > TURNS_NAMED {
        let rest = what.len() - 2;
        what.truncate(2);
        what.push(format!("{} more", count(rest as u64)));
    }
    what.join(", then ")
}

/// Bounds to three digits, outwards: more would be read as known.
pub fn rounded(b: &Bounds) -> Bounds {
    let unit = |n: u64| 10_u64.pow(n.checked_ilog10().unwrap_or(0).saturating_sub(2));
    let down = |n: u64| n / unit(n) * unit(n);
    let up = |n: u64| n.div_ceil(unit(n)).saturating_mul(unit(n));
    let best = b.best.map(|n| (n + unit(n) / 2) / unit(n) * unit(n));
    Bounds { low: down(b.low), best, high: b.high.map(up) }
}

/// The hypothesis that a verdict puts first, and the one after it.
pub fn first_two(e: &Episode) -> (Hypothesis, Option<Hypothesis>) {
    if let Some([a, b, ..]) = e.verdict.between.as_deref() {
        return (hypothesis(&a.cause, a.window_minutes), Some(hypothesis(&b.cause, b.window_minutes)));
    }
    let second = e.causes.iter().find(|c| c.cause != e.verdict.cause);
    let longest = |windows: &[crate::document::WindowShare]| windows.first().and_then(|w| w.window_minutes);
    (hypothesis(&e.verdict.cause, e.verdict.window_minutes), second.map(|c| hypothesis(&c.cause, longest(&c.windows))))
}

fn hypothesis(id: &str, window_minutes: Option<u32>) -> Hypothesis {
    Hypothesis { cause: Cause::from_id(id).unwrap_or(Cause::Undetermined), window_minutes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace('\u{a0}', " ")
    }

    #[test]
    fn no_probability_is_a_certainty() {
        assert_eq!(plain(&percent(0.97)), "97 %");
        assert_eq!(plain(&percent(0.999)), "over 99 %");
        assert_eq!(plain(&percent(0.99)), "99 %");
        assert_eq!(plain(&percent(0.994)), "over 99 %");
        assert_eq!(plain(&percent(0.001)), "under 1 %");
    }

    #[test]
    fn durations_have_two_units_at_most() {
        for (s, expected) in [
            (0.0, "0 s"),
            (0.004, "0 s"),
            (0.31, "0.3 s"),
            (45.2, "45 s"),
            (263.0, "4 min 23 s"),
            (300.0, "5 min"),
            (3_406.0, "57 min"),
            (3_660.0, "61 min"),
            (5_400.0, "1 h 30 min"),
            (7_200.0, "2 h"),
            (172_800.0, "2 days"),
            (273_600.0, "3 days 4 h"),
        ] {
            assert_eq!(plain(&duration(s)), expected);
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([count(7), count(1_312), count(1_000_000)], ["7", "1,312", "1,000,000"]);
    }

    #[test]
    fn windows_have_names() {
        assert_eq!(
            [300, 10_080, 43_200, 90].map(|m| cause("token_window", Some(m))),
            ["5-hour token window", "weekly token window", "monthly token window", "90-minute token window"]
        );
        assert_eq!(cause("not_a_cause", None), "not_a_cause");
    }

    #[test]
    fn an_unproven_window_is_a_block_of_the_account() {
        let mut v = Verdict {
            cause: "token_window".to_owned(),
            window_minutes: Some(300),
            confidence: "compatible".to_owned(),
            probability: 0.7,
            window_probability: Some(0.58),
            between: None,
            group: "account_level".to_owned(),
            local_limit: None,
            too_few: false,
            scope: crate::document::Scope::default(),
        };
        assert_eq!(verdict(&v), "account-level block, compatible with the 5-hour token window");
        assert_eq!(
            plain(&verdict_and_word(&v)),
            "account-level block, compatible with the 5-hour token window, 58 %, any window 70 %"
        );
        v.confidence = "supported".to_owned();
        v.window_probability = Some(0.698);
        assert_eq!(plain(&verdict_and_word(&v)), "5-hour token window, supported, 70 %");
        assert_eq!(verdict(&v), "5-hour token window");
    }

    #[test]
    fn two_alternating_causes_are_shown_with_their_times() {
        let of = |cause: &str, probability, share_of_time| Between {
            cause: cause.to_owned(),
            window_minutes: None,
            probability,
            window_probability: None,
            share_of_time,
        };
        let mut v = Verdict {
            cause: "undetermined".to_owned(),
            window_minutes: None,
            confidence: "undetermined".to_owned(),
            probability: 0.96,
            window_probability: None,
            between: Some(vec![of("concurrency_cap", 0.96, Some(0.56)), of("overload", 0.01, Some(0.44))]),
            group: "none".to_owned(),
            local_limit: None,
            too_few: false,
            scope: crate::document::Scope::default(),
        };
        assert_eq!(
            plain(&verdict(&v)),
            "two alternating causes: concurrency cap (56 % of the time) and provider overload (44 % of the time)"
        );
        assert_eq!(how_sure(&v), "undetermined: no single cause explains all of it");
        v.between = Some(vec![of("concurrency_cap", 0.5, None), of("overload", 0.4, None)]);
        assert_eq!(plain(&verdict(&v)), "undetermined: concurrency cap (50 %) or provider overload (40 %)");
        assert_eq!(how_sure(&v), "undetermined: the evidence does not decide");
    }

    #[test]
    fn a_number_keeps_its_unit() {
        assert_eq!(
            joined("an interval of 90 s in 1.3 % of 2 h, (30 min)."),
            "an interval of 90\u{a0}s in 1.3\u{a0}% of 2\u{a0}h, (30\u{a0}min)."
        );
        assert_eq!(joined("38 apart by 20 s or more"), "38 apart by 20\u{a0}s or more");
        assert_eq!(joined("agent-1 s E2 min 5 sessions"), "agent-1 s E2 min 5 sessions");
    }

    #[test]
    fn bounds_are_rounded_outwards() {
        let b = rounded(&Bounds::of(19_271_323, 19_333_488, Some(19_333_488)));
        assert_eq!(b, Bounds { low: 19_200_000, best: Some(19_300_000), high: Some(19_400_000) });
        let small = Bounds { low: 0, best: None, high: None };
        assert_eq!(rounded(&small), small);
    }

    #[test]
    fn an_incident_of_many_episodes_is_shown_in_short() {
        let all = |n: usize| (1..=n).map(|i| format!("E{i}")).collect::<Vec<_>>();
        assert_eq!(some_ids(&all(3)), "E1, E2, E3");
        assert_eq!(some_ids(&all(4)), "E1, +3\u{a0}more");
        let what = |parts: &[&str]| in_turn(parts.iter().map(|t| (*t).to_owned()).collect());
        assert_eq!(what(&["cap", "cap", "window"]), "cap, then window");
        assert_eq!(what(&["a", "b", "a"]), "a, then b, then a");
        assert_eq!(what(&["a", "b", "a", "b", "b"]), "a, then b, then 2 more");
    }

    #[test]
    fn open_bounds_say_at_least() {
        let show = |low, best, high| bounds(&Bounds::of(low, best, high));
        assert_eq!(show(30, 30, Some(30)), "30");
        assert_eq!(show(29, 30, Some(31)), "30 (29 to 31)");
        assert_eq!(show(2, 3, Some(4)), "2 to 4", "a third more or less is no estimate");
        assert_eq!(show(30, 35, None), "at least 30");
        assert_eq!(show(0, 30, None), "not known");
    }
}
