//! Rewrites an expectation from what came. What a person chose stays as long as it holds: options, bounds.

use super::compare::{is_between, is_cap, is_within, key};
use super::expected::{CapBound, Expected, ExpectedEpisode, SlotRange, TimeBound};
use crate::document::{Document, Episode};

/// A least probability is rounded down to a multiple of one part in so many, so that a small shift of weights is no difference.
const PROBABILITY_PARTS: f64 = 20.0;

/// The text of the new `expected.json`.
pub fn rewrite(expected: &Expected, document: &Document) -> String {
    let mut new = expected.clone();
    if new.verdict_cause.is_some() {
        new.verdict_cause = Some(document.verdict.cause.clone());
    }
    new.counts = Some(super::compare::counts_of(document));
    let old = expected.episodes.iter().map(Some).chain(std::iter::repeat(None));
    new.episodes = document.episodes.iter().zip(old).map(|(e, old)| episode(e, old)).collect();
    // An expectation is plain strings and finite numbers: it always serialises.
    let mut text = serde_json::to_string_pretty(&new).unwrap_or_default();
    text.push('\n');
    text
}

fn episode(e: &Episode, old: Option<&ExpectedEpisode>) -> ExpectedEpisode {
    let v = &e.verdict;
    let two = v.between.as_deref().unwrap_or_default();
    let keys = || two.iter().map(|b| key(&b.cause, b.window_minutes)).collect();
    ExpectedEpisode {
        pool: e.pool.clone(),
        cause: v.cause.clone(),
        window_minutes: v.window_minutes,
        confidence: v.confidence.clone(),
        probability_min: old.and_then(|o| o.probability_min).map(|least| {
            if v.probability >= least { least } else { (v.probability * PROBABILITY_PARTS).floor() / PROBABILITY_PARTS }
        }),
        first_refusal: time(old.and_then(|o| o.first_refusal.as_ref()), e.first_refusal.as_deref()),
        last_refusal: time(old.and_then(|o| o.last_refusal.as_ref()), e.last_refusal.as_deref()),
        concurrency_cap: cap(old.and_then(|o| o.concurrency_cap.as_ref()), e),
        between: match old.and_then(|o| o.between.as_ref()) {
            Some(old) if is_between(old, two) => Some(old.clone()),
            _ => (!two.is_empty()).then(keys),
        },
    }
}

fn time(old: Option<&TimeBound>, got: Option<&str>) -> Option<TimeBound> {
    let old = old?;
    if is_within(old, got) { Some(old.clone()) } else { got.map(|got| TimeBound::At(got.to_owned())) }
}

fn cap(old: Option<&CapBound>, e: &Episode) -> Option<CapBound> {
    let old = old?;
    if is_cap(old, e) {
        return Some(old.clone());
    }
    let got = e.estimates.concurrency_cap.as_ref()?;
    Some(match got.high {
        Some(high) => CapBound::Range(SlotRange { low: got.low, high }),
        None => CapBound::True(got.low),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::compare::differences;
    use crate::report::sample;

    #[test]
    fn what_is_rewritten_holds_for_the_document() {
        for (name, document) in sample::all() {
            let new: Expected = serde_json::from_str(&rewrite(&Expected::default(), &document)).unwrap();
            assert_eq!(differences(&new, &document), vec![], "{name}");
        }
    }

    #[test]
    fn bounds_that_hold_stay_and_others_are_replaced() {
        let text = r#"{"options":{"tz":"UTC"},"verdict_cause":"billing","episodes":[{"pool":"x/y/*","cause":"billing",
            "confidence":"confirmed","probability_min":0.99,"concurrency_cap":{"low":29,"high":33},
            "first_refusal":{"from":"2026-03-03T16:00:00Z","to":"2026-03-03T16:30:00Z"},
            "last_refusal":"2026-03-03T17:00:00Z"}]}"#;
        let mut document = sample::cap();
        document.episodes[0].verdict.probability = 0.93;
        let new: Expected = serde_json::from_str(&rewrite(&serde_json::from_str(text).unwrap(), &document)).unwrap();
        assert_eq!(differences(&new, &document), vec![]);
        let e = &new.episodes[0];
        assert_eq!(new.options.tz.as_deref(), Some("UTC"));
        assert_eq!((e.cause.as_str(), e.confidence.as_str()), ("concurrency_cap", "supported"));
        assert_eq!(e.probability_min, Some(0.9));
        assert_eq!(e.concurrency_cap, Some(CapBound::Range(SlotRange { low: 29, high: 33 })));
        assert!(matches!(e.first_refusal, Some(TimeBound::Within(_))));
        assert_eq!(e.last_refusal, Some(TimeBound::At("2026-03-03T17:16:02.000Z".to_owned())));
    }
}
