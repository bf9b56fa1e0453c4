//! What a document gives against what was expected of it.

use super::expected::{CapBound, Counts, Expected, ExpectedEpisode, TimeBound};
use super::reasons;
use crate::document::{Between, Document, Episode};
use crate::model::{Hypothesis, Time};

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where: `E1 confidence`, `episodes`, `verdict`.
    pub what: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub got: String,
    /// Why, as the report would say it; a line each, perhaps none.
    pub why: Vec<String>,
    /// Position of the episode in `expected.json`, from 0, for what is about one.
    pub position: Option<usize>,
}

fn difference(what: &str, expected: String, got: String) -> Option<Difference> {
    (expected != got).then(|| Difference { what: what.to_owned(), expected, got, why: Vec::new(), position: None })
}

/// The same with its reasons.
fn because(differences: Option<Difference>, why: impl FnOnce() -> Vec<String>) -> Option<Difference> {
    differences.map(|d| Difference { why: why(), ..d })
}

/// What was read: files, attempts and snapshots of which there are fewer than before, and problems.
pub(super) fn counts_of(document: &Document) -> Counts {
    Counts {
        files: document.inputs.iter().filter(|i| i.format.is_some()).count() as u64,
        attempts: document.coverage.attempts,
        snapshots: document.coverage.snapshots,
        problems: document.inputs.iter().flat_map(|i| &i.problems).map(|p| p.count.max(1)).sum(),
    }
}

/// Fewer files, attempts or snapshots than expected, and more problems.
fn of_counts(expected: Option<Counts>, document: &Document) -> Vec<Difference> {
    let (wanted, got) = (expected.unwrap_or_default(), counts_of(document));
    let fewer = [("files", wanted.files, got.files), ("attempts", wanted.attempts, got.attempts)];
    let fewer = fewer.into_iter().chain([("snapshots", wanted.snapshots, got.snapshots)]);
    let mut differences: Vec<Option<Difference>> = fewer
        .map(|(what, least, got)| (got < least).then(|| (what, format!("at least {least}"), got.to_string())))
        .chain([(got.problems > wanted.problems).then(|| {
            let most = if wanted.problems == 0 { "none".to_owned() } else { format!("at most {}", wanted.problems) };
            ("problems", most, got.problems.to_string())
        })])
        .map(|row| row.and_then(|(what, expected, got)| difference(what, expected, got)))
        .collect();
    // The first says why; what follows from it needs no second list.
    if let Some(first) = differences.iter_mut().flatten().next() {
        first.why = reasons::of_reading(document);
    }
    differences.into_iter().flatten().collect()
}

/// All differences, in the order of the episodes.
pub fn differences(expected: &Expected, document: &Document) -> Vec<Difference> {
    let mut differences = of_counts(expected.counts, document);
    let name_of = |cause: &Option<String>| cause.clone().unwrap_or_else(|| "nothing refused".to_owned());
    if let Some(cause) = &expected.verdict_cause {
        let differs = difference("verdict", name_of(cause), name_of(&document.verdict.cause));
        differences.extend(because(differs, || vec![document.verdict.sentence.clone()]));
    }
    for (i, (e, x)) in document.episodes.iter().zip(&expected.episodes).enumerate() {
        let mut of_it = of_episode(x, e);
        of_it.iter_mut().for_each(|d| d.position = Some(i));
        if let Some(first) = of_it.first_mut() {
            first.why = reasons::of_episode(e);
        }
        differences.extend(of_it);
    }
    for e in document.episodes.iter().skip(expected.episodes.len()) {
        let got = format!("{} {}", e.pool, key(&e.verdict.cause, e.verdict.window_minutes));
        let differs = difference(&e.id, "no such episode".to_owned(), got);
        differences.extend(because(differs, || reasons::of_episode(e)));
    }
    for (i, x) in expected.episodes.iter().enumerate().skip(document.episodes.len()) {
        let wanted = format!("{} {}", x.pool, key(&x.cause, x.window_minutes));
        let differs = difference(&format!("E{}", i + 1), wanted, "no such episode".to_owned());
        let differs = because(differs, || reasons::of_absence(document));
        differences.extend(differs.map(|d| Difference { position: Some(i), ..d }));
    }
    differences
}

fn of_episode(x: &ExpectedEpisode, e: &Episode) -> Vec<Difference> {
    let what = |name: &str| format!("{} {name}", e.id);
    let v = &e.verdict;
    let mut differences: Vec<Option<Difference>> = vec![
        difference(&what("pool"), x.pool.clone(), e.pool.clone()),
        difference(&what("cause"), key(&x.cause, x.window_minutes), key(&v.cause, v.window_minutes)),
        difference(&what("confidence"), x.confidence.clone(), v.confidence.clone()),
    ];
    if let Some(least) = x.probability_min.filter(|least| v.probability < *least) {
        differences.push(difference(&what("probability"), format!("at least {least}"), v.probability.to_string()));
    }
    for (name, bound, got) in
        [("first_refusal", &x.first_refusal, &e.first_refusal), ("last_refusal", &x.last_refusal, &e.last_refusal)]
    {
        if let Some(bound) = bound.as_ref().filter(|bound| !is_within(bound, got.as_deref())) {
            differences.push(difference(
                &what(name),
                time_bound_text(bound),
                got.clone().unwrap_or_else(|| "none".to_owned()),
            ));
        }
    }
    if let Some(bound) = x.concurrency_cap.as_ref().filter(|bound| !is_cap(bound, e)) {
        differences.push(difference(&what("concurrency_cap"), cap_bound_text(bound), estimate(e)));
    }
    if let Some(two) = x.between.as_ref().filter(|two| !is_between(two, v.between.as_deref().unwrap_or_default())) {
        let got: Vec<String> = v.between.iter().flatten().map(|b| key(&b.cause, b.window_minutes)).collect();
        differences.push(difference(&what("between"), two.join(" | "), got.join(" | ")));
    }
    differences.into_iter().flatten().collect()
}

/// `token_window/300`, or the cause alone.
pub(super) fn key(cause: &str, window_minutes: Option<u32>) -> String {
    window_minutes.map_or_else(|| cause.to_owned(), |m| format!("{cause}/{m}"))
}

/// Whether a time keeps to its bound. A bound that cannot be read holds for nothing.
pub(super) fn is_within(bound: &TimeBound, got: Option<&str>) -> bool {
    let Some(got) = got.and_then(Time::parse_rfc3339) else {
        return false;
    };
    match bound {
        TimeBound::At(at) => Time::parse_rfc3339(at).is_some_and(|at| at.rfc3339() == got.rfc3339()),
        TimeBound::Within(s) => {
            matches!((Time::parse_rfc3339(&s.from), Time::parse_rfc3339(&s.to)), (Some(from), Some(to)) if from <= got && got <= to)
        }
    }
}

/// Whether the estimate of the cap keeps to its bound. No estimate keeps to none.
pub(super) fn is_cap(bound: &CapBound, e: &Episode) -> bool {
    let Some(cap) = &e.estimates.concurrency_cap else {
        return false;
    };
    match bound {
        CapBound::True(n) => cap.low <= *n && cap.high.is_none_or(|high| *n <= high),
        CapBound::Range(r) => r.low <= cap.low && cap.high.is_some_and(|high| high <= r.high),
    }
}

/// Whether these are the two causes, in any order. A window without a length matches any.
pub(super) fn is_between(expected: &[String], got: &[Between]) -> bool {
    let fits = |wanted: &String, b: &Between| {
        let is_exact = *wanted == key(&b.cause, b.window_minutes);
        is_exact || Hypothesis::from_key(wanted).is_some_and(|h| h.window_minutes.is_none() && h.cause.id() == b.cause)
    };
    match (expected, got) {
        ([a, b], [x, y]) => (fits(a, x) && fits(b, y)) || (fits(a, y) && fits(b, x)),
        _ => expected.is_empty() && got.is_empty(),
    }
}

fn time_bound_text(bound: &TimeBound) -> String {
    match bound {
        TimeBound::At(at) => at.clone(),
        TimeBound::Within(s) => format!("{} to {}", s.from, s.to),
    }
}

fn cap_bound_text(bound: &CapBound) -> String {
    match bound {
        CapBound::True(n) => n.to_string(),
        CapBound::Range(r) => format!("within {} to {}", r.low, r.high),
    }
}

fn estimate(e: &Episode) -> String {
    match &e.estimates.concurrency_cap {
        None => "no estimate".to_owned(),
        Some(cap) => match cap.high {
            Some(high) => format!("{} to {high}", cap.low),
            None => format!("at least {}", cap.low),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn against(document: &Document, expected: &str) -> Vec<String> {
        let line = |d: Difference| format!("{}: {} / {}", d.what, d.expected, d.got);
        differences(&serde_json::from_str(expected).unwrap(), document).into_iter().map(line).collect()
    }

    fn thread_with(field: &str) -> Vec<String> {
        let expected = format!(
            r#"{{"episodes":[{{"pool":"kimi-code/acct0/*","cause":"token_window","window_minutes":300,"confidence":"confirmed"{field}}}]}}"#
        );
        against(&read(sample::thread()), &expected)
    }

    /// A document without parse problems.
    fn read(mut document: Document) -> Document {
        document.inputs.iter_mut().for_each(|i| i.problems.clear());
        document
    }

    #[test]
    fn less_than_was_read_before_and_new_problems_are_reported_with_their_reason() {
        let with = |counts: &str| format!(r#"{{"counts":{counts},"verdict_cause":null}}"#);
        let all = |counts: &str| against(&sample::quiet(), &with(counts));
        assert_eq!(all(r#"{"files":2,"attempts":3491,"snapshots":3,"problems":0}"#), Vec::<String>::new());
        assert_eq!(all(r#"{"files":3,"attempts":4000}"#), ["files: at least 3 / 2", "attempts: at least 4000 / 3491"]);
        let expected: Expected = serde_json::from_str(&with(r#"{"problems":2}"#)).unwrap();
        let mut document = sample::quiet();
        document.inputs[0].problems = sample::thread().inputs[0].problems.clone();
        let differences = differences(&expected, &document);
        assert_eq!((differences[0].what.as_str(), differences[0].got.as_str()), ("problems", "3"));
        assert_eq!(differences[0].why, ["logs/kimi.log:12: the line is not UTF-8 (3 times)"]);
    }

    #[test]
    fn bounds_that_hold_are_no_difference() {
        for field in [
            "",
            r#","probability_min":0.97"#,
            r#","first_refusal":"2026-03-03T16:19:02Z""#,
            r#","last_refusal":{"from":"2026-03-03T17:16:00Z","to":"2026-03-03T17:16:02Z"}"#,
        ] {
            assert_eq!(thread_with(field), Vec::<String>::new(), "{field}");
        }
    }

    #[test]
    fn each_bound_that_does_not_hold_is_reported() {
        for (field, expected) in [
            (r#","probability_min":0.98"#, "E1 probability: at least 0.98 / 0.97"),
            (
                r#","first_refusal":"2026-03-03T16:19:03Z""#,
                "E1 first_refusal: 2026-03-03T16:19:03Z / 2026-03-03T16:19:02.000Z",
            ),
            (r#","concurrency_cap":30"#, "E1 concurrency_cap: 30 / no estimate"),
            (r#","between":["token_window","account_block"]"#, "E1 between: token_window | account_block / "),
        ] {
            assert_eq!(thread_with(field), [expected]);
        }
    }

    #[test]
    fn a_cap_is_covered_by_its_estimate_or_kept_in_a_range() {
        let cap = sample::cap();
        let holds = |bound| is_cap(&serde_json::from_str(bound).unwrap(), &cap.episodes[0]);
        assert!(holds("30") && holds("31") && !holds("29") && !holds("32"), "the estimate is 30 to 31");
        assert!(holds(r#"{"low":30,"high":31}"#) && !holds(r#"{"low":30,"high":30}"#));
    }

    #[test]
    fn an_open_verdict_names_its_two_causes_in_any_order() {
        let open = sample::undetermined();
        let two = open.episodes[0].verdict.between.as_deref().unwrap();
        let is = |a: &str, b: &str| is_between(&[a.to_owned(), b.to_owned()], two);
        assert!(is("account_block", "token_window/300") && is("token_window", "account_block"));
        assert!(!is("token_window/10080", "account_block") && !is("token_window", "token_window"));
    }

    #[test]
    fn missing_and_extra_episodes_are_reported() {
        assert_eq!(
            against(&read(sample::thread()), "{}"),
            ["E1: no such episode / kimi-code/acct0/* token_window/300"]
        );
        let quiet =
            r#"{"verdict_cause":null,"episodes":[{"pool":"p/a/*","cause":"billing","confidence":"supported"}]}"#;
        assert_eq!(against(&sample::quiet(), quiet), ["E1: p/a/* billing / no such episode"]);
        assert_eq!(
            against(&sample::quiet(), r#"{"verdict_cause":"overload"}"#),
            ["verdict: overload / nothing refused"]
        );
    }
}
