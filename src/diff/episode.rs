//! What differs between two reports' accounts of one episode.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::report::{Episode, Verdict};
use super::{Change, Changes, Part, key};

/// How an episode is named: its id in the report that has it, its begin, its pool.
pub(super) fn name(e: &Episode) -> String {
    format!("{} {} {}", e.id, e.from, e.pool)
}

/// All that differs between them.
pub(super) fn changes(a: &Episode, b: &Episode) -> Vec<Change> {
    let named = if a.id == b.id { name(a) } else { format!("{}, then {}", name(a), b.id) };
    let mut changes = Changes::of(Part::Episode, &named);
    let (x, y) = (&a.verdict, &b.verdict);
    changes
        .verdict("cause", json!(key(&x.cause, x.window_minutes)), json!(key(&y.cause, y.window_minutes)))
        .verdict("between", between(x), between(y))
        .verdict("confidence", json!(x.confidence), json!(y.confidence))
        .add("probability", json!(x.probability), json!(y.probability));
    probabilities(&mut changes, a, b);
    evidence(&mut changes, a, b);
    estimates(&mut changes, a, b);
    for (what, of) in [
        ("first_refusal", (|e| &e.first_refusal) as fn(&Episode) -> &Option<String>),
        ("last_refusal", |e| &e.last_refusal),
        ("first_admission_after", |e| &e.first_admission_after),
    ] {
        changes.add(what, json!(of(a)), json!(of(b)));
    }
    changes.add("proven_span_s", json!(a.proven_span_s), json!(b.proven_span_s));
    for (what, n) in [
        ("attempts", (|e| e.attempts) as fn(&Episode) -> u64),
        ("refused", |e| e.refused),
        ("admitted", |e| e.admitted),
        ("probes", |e| e.probes),
    ] {
        changes.add(what, json!(n(a)), json!(n(b)));
    }
    changes.list
}

/// The two causes of an open verdict, without their probabilities and in an order that those do not decide.
fn between(v: &Verdict) -> Value {
    let Some(two) = &v.between else { return Value::Null };
    let mut keys: Vec<String> = two.iter().map(|b| key(&b.cause, b.window_minutes)).collect();
    keys.sort();
    json!(keys)
}

/// Probabilities of causes, other than the one that both put first: that one is part of the verdict.
fn probabilities(changes: &mut Changes, a: &Episode, b: &Episode) {
    let by_cause =
        |e: &Episode| -> BTreeMap<String, f64> { e.causes.iter().map(|c| (c.cause.clone(), c.probability)).collect() };
    let first = |e: &Episode| e.causes.first().map(|c| c.cause.clone());
    let (of_a, of_b) = (by_cause(a), by_cause(b));
    for cause in of_a.keys().chain(of_b.keys()).collect::<BTreeSet<_>>() {
        if first(a) == first(b) && first(a).as_ref() == Some(cause) {
            continue;
        }
        changes.add(&format!("probability {cause}"), json!(of_a.get(cause)), json!(of_b.get(cause)));
    }
}

/// Kinds of evidence with their bins; which sentence and which lines is for the reports to say.
fn evidence(changes: &mut Changes, a: &Episode, b: &Episode) {
    let by_kind = |e: &Episode| {
        let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for seen in &e.evidence {
            let bin = if seen.bin.is_empty() { "there" } else { &seen.bin };
            kinds.entry(seen.kind.clone()).or_default().push(bin.to_owned());
        }
        kinds.values_mut().for_each(|bins| bins.sort());
        kinds
    };
    let (of_a, of_b) = (by_kind(a), by_kind(b));
    for kind in of_a.keys().chain(of_b.keys()).collect::<BTreeSet<_>>() {
        changes.add(&format!("evidence {kind}"), json!(of_a.get(kind)), json!(of_b.get(kind)));
    }
}

fn estimates(changes: &mut Changes, a: &Episode, b: &Episode) {
    let (x, y) = (json!(a.estimates), json!(b.estimates));
    for what in [
        "concurrency_cap",
        "rate_per_minute",
        "window_quota",
        "window_quota_or",
        "window_kind",
        "resets_at",
        "recovery_delay_s",
    ] {
        let of = |v: &Value| v.get(what).cloned().unwrap_or(Value::Null);
        changes.add(what, of(&x), of(&y));
    }
}
