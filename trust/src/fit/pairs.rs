//! Pairs of kinds that are tried as kinds of their own: where two observations together may say what neither says alone.
//!
//! A pair is a kind like any other: its bins are `a+b`, and its points would be lines of the report.

use std::collections::BTreeMap;
use std::sync::Mutex;

use why429::evidence::{Observation, REGISTRY};

use crate::model::{FoundEpisode, Incident};

/// The pairs, each with what it is to tell apart.
pub const PAIRS: &[(&str, &str, &str)] = &[
    ("class_and_length", "class", "length"), // a 429 of minutes or of hours: overload, or account
    ("class_and_retry_after", "class", "retry_after"), // 503 with a wait, 429 with one
    ("inflight_and_minute", "inflight_auc", "minute_auc"), // bursts raise both
    ("admissions_and_length", "admissions_inside", "length"), // porous for hours: rolling, or a cap
];

/// Names that live as long as the program; there are as many as pairs of bins.
static NAMES: Mutex<BTreeMap<String, &'static str>> = Mutex::new(BTreeMap::new());

fn lasting(name: String) -> &'static str {
    let mut names = NAMES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    names.entry(name).or_insert_with_key(|name| String::leak(name.clone()))
}

fn bins_of(kind: &str) -> Vec<&'static str> {
    REGISTRY.iter().find(|k| k.id() == kind).map(why429::evidence::Kind::bins).unwrap_or_default()
}

/// The pairs as kinds, with their bins.
pub fn kinds() -> Vec<(&'static str, Vec<&'static str>)> {
    let bins = |a, b| {
        let all = bins_of(a).into_iter().flat_map(|x| bins_of(b).into_iter().map(move |y| format!("{x}+{y}")));
        all.map(lasting).collect()
    };
    PAIRS.iter().map(|(name, a, b)| (*name, bins(a, b))).collect()
}

/// The incidents with an observation more for each pair that was seen.
pub fn with_pairs(incidents: &[Incident]) -> Vec<Incident> {
    let mut all = incidents.to_vec();
    all.iter_mut().flat_map(|i| &mut i.found).for_each(add);
    all
}

/// Adds an observation for each pair that is seen.
pub fn add(found: &mut FoundEpisode) {
    let seen = |kind: &str| found.observations.iter().find(|o| o.kind == kind).map(|o| o.bin);
    let pair = |(kind, a, b): &(&'static str, &str, &str)| {
        let bin = lasting(format!("{}+{}", seen(a)?, seen(b)?));
        Some(Observation::bare(kind, bin))
    };
    let more: Vec<Observation> = PAIRS.iter().filter_map(pair).collect();
    found.observations.extend(more);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{found, incident, observation, truth};

    #[test]
    fn a_pair_is_seen_where_both_are() {
        let mut f = found(0.0, 600.0, "a");
        f.observations = vec![observation("class", "overload"), observation("length", "below_1_min")];
        let all = with_pairs(&[incident(vec![truth(0.0, 600.0, "a")], vec![f])]);
        let last = all[0].found[0].observations.last().unwrap();
        assert_eq!((last.kind, last.bin), ("class_and_length", "overload+below_1_min"));
        assert_eq!(all[0].found[0].observations.len(), 3);
        assert!(kinds().iter().any(|(k, bins)| *k == last.kind && bins.contains(&last.bin)));
    }
}
