//! Validation errors in `expected.json`: what no verdict could ever be.
//!
//! In: an expectation. Out: the first mistake and what would be right there. A misspelt cause would differ for ever, and a
//! bound that nothing can keep would be read as news about the incident.

use super::expected::{CapBound, Expected, ExpectedEpisode, TimeBound};
use crate::model::{Cause, Hypothesis, Time};
use crate::verdict::Confidence;

/// What a verdict may claim.
const CONFIDENCES: [Confidence; 4] =
    [Confidence::Confirmed, Confidence::Supported, Confidence::Compatible, Confidence::Undetermined];

/// A value that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValidationError {
    /// Where, as in a difference: `E1 cause`.
    pub what: String,
    /// The value there.
    pub value: String,
    /// What would be right.
    pub right: String,
}

/// The first mistake, in the order of the episodes.
pub(super) fn first(expected: &Expected) -> Option<ValidationError> {
    if let Some(Some(cause)) = &expected.verdict_cause
        && let Some((value, right)) = of_cause(cause)
    {
        return Some(ValidationError { what: "verdict".to_owned(), value, right });
    }
    let of = |(i, e): (usize, &ExpectedEpisode)| {
        let (field, (value, right)) = of_episode(e)?;
        Some(ValidationError { what: format!("E{} {field}", i + 1), value, right })
    };
    expected.episodes.iter().enumerate().find_map(of)
}

/// A value and what would be right instead.
type Wrong = (String, String);

fn of_episode(e: &ExpectedEpisode) -> Option<(&'static str, Wrong)> {
    let times = [("first_refusal", &e.first_refusal), ("last_refusal", &e.last_refusal)];
    let time = || times.into_iter().find_map(|(name, bound)| Some((name, of_time(bound.as_ref()?)?)));
    let range = || of_cap(e.concurrency_cap.as_ref()?);
    of_cause(&e.cause)
        .map(|wrong| ("cause", wrong))
        .or_else(|| of_confidence(&e.confidence).map(|wrong| ("confidence", wrong)))
        .or_else(|| of_probability(e.probability_min?).map(|wrong| ("probability_min", wrong)))
        .or_else(time)
        .or_else(|| range().map(|wrong| ("concurrency_cap", wrong)))
        .or_else(|| of_between(e.between.as_ref()?).map(|wrong| ("between", wrong)))
}

fn of_cause(id: &str) -> Option<Wrong> {
    let causes = || Cause::ALL.map(Cause::id).join(", ");
    Cause::from_id(id).is_none().then(|| (id.to_owned(), format!("a cause is one of {}", causes())))
}

fn of_confidence(id: &str) -> Option<Wrong> {
    let known = CONFIDENCES.map(Confidence::id);
    (!known.contains(&id)).then(|| (id.to_owned(), format!("the confidence is one of {}", known.join(", "))))
}

fn of_probability(least: f64) -> Option<Wrong> {
    (!(0.0..=1.0).contains(&least)).then(|| (least.to_string(), "a probability is from 0 to 1".to_owned()))
}

fn of_time(bound: &TimeBound) -> Option<Wrong> {
    let right = || "a time is as 2026-03-03T16:19:02Z".to_owned();
    let wrong = |text: &String| Time::parse_rfc3339(text).is_none().then(|| (text.clone(), right()));
    match bound {
        TimeBound::At(at) => wrong(at),
        TimeBound::Within(s) => wrong(&s.from).or_else(|| wrong(&s.to)).or_else(|| {
            let is_empty = Time::parse_rfc3339(&s.from) > Time::parse_rfc3339(&s.to);
            is_empty.then(|| (format!("{} to {}", s.from, s.to), "from must not be after to".to_owned()))
        }),
    }
}

fn of_cap(bound: &CapBound) -> Option<Wrong> {
    match bound {
        CapBound::Range(r) if r.low > r.high => {
            Some((format!("{} to {}", r.low, r.high), "low must not be above high".to_owned()))
        }
        CapBound::True(_) | CapBound::Range(_) => None,
    }
}

/// None at all is right too: it says that the verdict is not open.
fn of_between(keys: &[String]) -> Option<Wrong> {
    if ![0, 2].contains(&keys.len()) {
        return Some((keys.join(" | "), "two causes are between, or none".to_owned()));
    }
    let unknown = keys.iter().find(|key| Hypothesis::from_key(key).is_none())?;
    Some((unknown.clone(), "a cause is meant, as account_block or token_window/300".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_mistake(field: &str) -> Option<(String, String)> {
        let text = format!(
            r#"{{"verdict_cause":"overload","episodes":[
            {{"pool":"p/a/*","cause":"overload","confidence":"supported"}},
            {{"pool":"p/a/*","cause":"billing","confidence":"confirmed"{field}}}]}}"#
        );
        first(&serde_json::from_str(&text).unwrap()).map(|s| (s.what, s.value))
    }

    fn mistake(what: &str, value: &str) -> Option<(String, String)> {
        Some((what.to_owned(), value.to_owned()))
    }

    #[test]
    fn what_can_be_meant_is_no_mistake() {
        for field in [
            "",
            r#","probability_min":1,"concurrency_cap":{"low":3,"high":3}"#,
            r#","first_refusal":{"from":"2026-03-03T16:18:00Z","to":"2026-03-03T16:18:00Z"}"#,
            r#","between":["token_window","account_block"]"#,
            r#","between":[]"#,
        ] {
            assert_eq!(first_mistake(field), None, "{field}");
        }
    }

    #[test]
    fn each_bound_that_nothing_can_keep_is_named_with_its_episode() {
        for (field, what, value) in [
            (r#","probability_min":90"#, "E2 probability_min", "90"),
            (r#","first_refusal":"yesterday""#, "E2 first_refusal", "yesterday"),
            (r#","last_refusal":{"from":"2026-03-03T16:18:00Z","to":"16:20"}"#, "E2 last_refusal", "16:20"),
            (
                r#","last_refusal":{"from":"2026-03-03T16:18:01Z","to":"2026-03-03T16:18:00Z"}"#,
                "E2 last_refusal",
                "2026-03-03T16:18:01Z to 2026-03-03T16:18:00Z",
            ),
            (r#","concurrency_cap":{"low":4,"high":3}"#, "E2 concurrency_cap", "4 to 3"),
            (r#","between":["token_window"]"#, "E2 between", "token_window"),
            (r#","between":["token_window/five","overload"]"#, "E2 between", "token_window/five"),
        ] {
            assert_eq!(first_mistake(field), mistake(what, value), "{field}");
        }
    }

    #[test]
    fn causes_and_words_that_do_not_exist_are_reported_with_those_that_do() {
        let first_of = |text: &str| first(&serde_json::from_str(text).unwrap()).unwrap();
        let cause = first_of(r#"{"episodes":[{"pool":"p/a/*","cause":"biling","confidence":"sure"}]}"#);
        assert_eq!((cause.what.as_str(), cause.value.as_str()), ("E1 cause", "biling"));
        assert!(cause.right.contains("billing") && cause.right.contains("undetermined"), "{}", cause.right);
        let word = first_of(r#"{"episodes":[{"pool":"p/a/*","cause":"billing","confidence":"sure"}]}"#);
        assert_eq!((word.what.as_str(), word.value.as_str()), ("E1 confidence", "sure"));
        assert_eq!(word.right, "the confidence is one of confirmed, supported, compatible, undetermined");
        assert_eq!(first_of(r#"{"verdict_cause":"token_window/300"}"#).what, "verdict");
    }
}
