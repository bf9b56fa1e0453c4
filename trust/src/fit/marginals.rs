//! What the joint fit is compared with: each kind by itself, as the product of its marginals.
//!
//! Counts are drawn to the pooled share of a bin with four pseudo-counts, points are clipped, and each kind has a weight
//! between 0 and 1, set one after the other on validation incidents, against double counting.

use std::collections::BTreeMap;

use why429::model::{Cause, Hypothesis};
use why429::verdict::Weights;

use super::design::hundredths;
use super::temper::log_loss;
use crate::model::Incident;

/// Pseudo-counts of the pooled share.
const DRAWN: f64 = 4.0;
/// Weights of a kind that are tried.
const WEIGHTS: [f64; 4] = [0.0, 0.3, 0.6, 1.0];

/// Counts of a bin by key, and of the key.
#[derive(Debug, Default)]
struct Counts {
    bins: BTreeMap<(&'static str, &'static str, String), f64>,
    kinds: BTreeMap<(&'static str, String), f64>,
}

/// The table that counting gives.
pub fn table(start: &Weights, training: &[Incident], validation: &[Incident]) -> Weights {
    let full = from_counts(start, &counted(start, training));
    let kinds: Vec<String> = full.points.keys().filter(|k| *k != "named_text").cloned().collect();
    let mut weights: BTreeMap<String, f64> = kinds.iter().map(|k| (k.clone(), 0.6)).collect();
    let mut best = log_loss(validation, &weighted(&full, &weights));
    for kind in &kinds {
        for w in WEIGHTS {
            let before = weights.insert(kind.clone(), w);
            let loss = log_loss(validation, &weighted(&full, &weights));
            if loss < best {
                best = loss;
            } else if let Some(before) = before {
                weights.insert(kind.clone(), before);
            }
        }
    }
    weighted(&full, &weights)
}

fn counted(start: &Weights, training: &[Incident]) -> Counts {
    let mut counts = Counts::default();
    for incident in training {
        let told = incident.told_by.iter().flatten().count().max(1) as f64;
        for (truth, i) in incident.truths.iter().zip(&incident.told_by) {
            let Some(found) = i.map(|i| &incident.found[i]).filter(|f| f.refused) else { continue };
            for o in &found.observations {
                let key = key(start, o.kind, o.bin, o.targets.contains(&truth.hypothesis), truth.hypothesis);
                *counts.bins.entry((o.kind, o.bin, key.clone())).or_insert(0.0) += 1.0 / told;
                *counts.kinds.entry((o.kind, key)).or_insert(0.0) += 1.0 / told;
            }
        }
    }
    counts
}

fn key(start: &Weights, kind: &str, bin: &str, is_target: bool, truth: Hypothesis) -> String {
    let bins = start.points.get(kind);
    let targeted = bins.and_then(|b| b.get(bin)).is_some_and(|keys| keys.contains_key("target"));
    match (targeted, is_target) {
        (true, true) => "target".to_owned(),
        (true, false) => "other".to_owned(),
        (false, _) if truth.cause == Cause::TokenWindow && truth.window_minutes != Some(300) => {
            "token_window".to_owned()
        }
        (false, _) => truth.key(),
    }
}

fn from_counts(start: &Weights, counts: &Counts) -> Weights {
    let mut table = start.clone();
    let mut pooled: BTreeMap<(&str, &str), f64> = BTreeMap::new();
    let mut of_kind: BTreeMap<&str, f64> = BTreeMap::new();
    for ((kind, bin, _), n) in &counts.bins {
        *pooled.entry((kind, bin)).or_insert(0.0) += n;
        *of_kind.entry(kind).or_insert(0.0) += n;
    }
    for (kind, bins) in table.points.iter_mut().filter(|(k, _)| *k != "named_text") {
        for (bin, keys) in bins.iter_mut() {
            keys.clear();
            let Some((name, share)) =
                pooled.iter().find(|((k, b), _)| k == kind && b == bin).map(|((k, b), n)| ((*k, *b), n / of_kind[k]))
            else {
                continue;
            };
            for ((_, key), n) in counts.kinds.iter().filter(|((k, _), _)| *k == name.0) {
                let seen = counts.bins.iter().find(|((k, b, h), _)| *k == name.0 && *b == name.1 && h == key);
                let p = (seen.map_or(0.0, |(_, n)| *n) + DRAWN * share) / (n + DRAWN);
                keys.insert(key.clone(), (p / share).log10().clamp(-start.clip, start.clip));
            }
        }
    }
    table
}

fn weighted(full: &Weights, weights: &BTreeMap<String, f64>) -> Weights {
    let mut table = full.clone();
    for (kind, bins) in &mut table.points {
        let w = weights.get(kind).copied().unwrap_or(1.0);
        for points in bins.values_mut().flat_map(|keys| keys.values_mut()) {
            *points = hundredths(*points * w);
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{found, incident, observation, truth};
    use why429::verdict::reasoned;

    #[test]
    fn a_bin_that_only_one_cause_shows_speaks_for_it() {
        let one = |cause, bin| {
            let mut t = truth(0.0, 600.0, "a");
            t.hypothesis = Hypothesis::of(cause);
            let mut f = found(0.0, 600.0, "a");
            f.observations = vec![observation("inflight_same", bin)];
            incident(vec![t], vec![f])
        };
        let all: Vec<Incident> = (0..40)
            .map(|i| if i % 2 == 0 { one(Cause::ConcurrencyCap, "same") } else { one(Cause::Network, "spread") })
            .collect();
        let counts = counted(reasoned(), &all);
        let table = from_counts(reasoned(), &counts);
        let keys = &table.points["inflight_same"]["same"];
        // 20 of 20 against a pooled half: (20 + 2) / 24 / 0.5; and 0 of 20: 2 / 24 / 0.5.
        assert!((keys["concurrency_cap"] - (22.0f64 / 12.0).log10()).abs() < 1e-9);
        assert!((keys["network"] - (2.0f64 / 12.0).log10()).abs() < 1e-9);
    }
}
