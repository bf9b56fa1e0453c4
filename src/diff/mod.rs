//! What changed between two reports: before and after an upgrade of an agent, of this program, or of what it was given.
//!
//! In: two reports. Out: changes in a fixed order, and whether a verdict is among them. Episodes are the same ones when
//! they are of one pool and overlap in time. Reports whose logs have no time in common can have none of those, so there
//! only the report's verdict and the causes that occur are compared.

mod episode;
mod pairs;
mod report;

pub use report::{Report, ReportError, read};

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::{Cause, Time};
use crate::privacy::redact::mask;
use report::{Coverage, Episode, Input};

/// Name and version of the schema of [`Comparison`].
pub const SCHEMA: &str = "why429.diff/v1";

/// Two reports against each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// Whether the report's verdict, an episode's cause, window or confidence, or the episodes themselves differ.
    pub verdict_changed: bool,
    /// Whether the logs have time in common, so that episodes could be compared one by one.
    pub overlap: bool,
    /// Everything that differs.
    pub changes: Vec<Change>,
}

/// Which part of a report a change is in, in the order in which they are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The verdicts.
    Verdict,
    /// One episode.
    Episode,
    /// What occurs, by cause.
    Causes,
    /// Counts of attempts and snapshots.
    Counts,
    /// Inputs, and what could not be read in them.
    Inputs,
    /// The program.
    Tool,
}

/// One thing that differs; null where a report has no such thing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Part of the report.
    pub part: Part,
    /// Whose: an episode's name, a path, a pool; empty for the report as a whole.
    pub of: String,
    /// What.
    pub what: String,
    /// In the first report.
    pub a: Value,
    /// In the second one.
    pub b: Value,
    /// Whether it is a change of a verdict.
    pub is_verdict: bool,
}

/// Collects changes.
struct Changes {
    part: Part,
    of: String,
    list: Vec<Change>,
}

impl Changes {
    fn of(part: Part, of: &str) -> Self {
        Self { part, of: of.to_owned(), list: Vec::new() }
    }

    fn add(&mut self, what: &str, a: Value, b: Value) -> &mut Self {
        self.put(what, a, b, false)
    }

    fn verdict(&mut self, what: &str, a: Value, b: Value) -> &mut Self {
        self.put(what, a, b, true)
    }

    fn put(&mut self, what: &str, a: Value, b: Value, is_verdict: bool) -> &mut Self {
        if a != b {
            // A report masks its own texts; one that somebody wrote by hand may not.
            let (of, what) = (mask(&self.of).into_owned(), mask(what).into_owned());
            self.list.push(Change { part: self.part, of, what, a: redact(a), b: redact(b), is_verdict });
        }
        self
    }
}

/// The value with the secrets in its texts masked.
fn redact(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(mask(&text).into_owned()),
        Value::Array(list) => Value::Array(list.into_iter().map(redact).collect()),
        other => other,
    }
}

/// All that differs.
pub fn compare(a: &Report, b: &Report) -> Comparison {
    let overlap = is_common(&a.coverage, &b.coverage);
    let mut changes = verdict(a, b);
    changes.extend(if overlap { episodes(a, b) } else { Vec::new() });
    changes.extend(causes(a, b, !overlap));
    changes.extend(counts(a, b));
    changes.extend(inputs(a, b));
    let mut tool = Changes::of(Part::Tool, "");
    tool.add("version", json!(a.tool.version), json!(b.tool.version));
    changes.extend(tool.list);
    Comparison { schema: SCHEMA, verdict_changed: changes.iter().any(|c| c.is_verdict), overlap, changes }
}

/// Whether both logs have an instant in common. A report without a stamp has none.
fn is_common(a: &Coverage, b: &Coverage) -> bool {
    let span = |c: &Coverage| Some((time(c.from.as_deref()?)?, time(c.to.as_deref()?)?));
    matches!((span(a), span(b)), (Some(a), Some(b)) if a.0 <= b.1 && b.0 <= a.1)
}

fn time(text: &str) -> Option<Time> {
    Time::parse_rfc3339(text)
}

/// `token_window/300`, or the cause alone.
fn key(cause: &str, window_minutes: Option<u32>) -> String {
    window_minutes.map_or_else(|| cause.to_owned(), |m| format!("{cause}/{m}"))
}

/// Nights are not news: that they are in one report only changes no verdict.
fn is_idle(e: &Episode) -> bool {
    e.verdict.cause == Cause::Idle.id()
}

/// The report's own verdict. Its confidence and probability are those of its episode.
fn verdict(a: &Report, b: &Report) -> Vec<Change> {
    let (of_a, of_b) = (a.costliest(), b.costliest());
    let cause = |r: &Report, e: Option<&Episode>| {
        let window = e.and_then(|e| e.verdict.window_minutes);
        r.verdict.cause.as_ref().map_or(Value::Null, |cause| json!(key(cause, window)))
    };
    let confidence = |e: Option<&Episode>| e.map_or(Value::Null, |e| json!(e.verdict.confidence));
    let probability = |e: Option<&Episode>| e.map_or(Value::Null, |e| json!(e.verdict.probability));
    let mut changes = Changes::of(Part::Verdict, "");
    changes
        .verdict("cause", cause(a, of_a), cause(b, of_b))
        .verdict("confidence", confidence(of_a), confidence(of_b))
        .add("probability", probability(of_a), probability(of_b));
    changes.list
}

fn episodes(a: &Report, b: &Report) -> Vec<Change> {
    let mut all = Vec::new();
    for (of_a, of_b) in pairs::of(&a.episodes, &b.episodes) {
        match (of_a, of_b) {
            (Some(x), Some(y)) => all.extend(episode::changes(x, y)),
            (Some(x), None) => all.extend(alone(x, true)),
            (None, Some(y)) => all.extend(alone(y, false)),
            (None, None) => {}
        }
    }
    all
}

/// An episode that only one report has.
fn alone(e: &Episode, is_first: bool) -> Vec<Change> {
    let mut changes = Changes::of(Part::Episode, &episode::name(e));
    let verdict = json!(e.verdict.headline());
    let (a, b) = if is_first { (verdict, Value::Null) } else { (Value::Null, verdict) };
    changes.put("episode", a, b, !is_idle(e));
    changes.list
}

/// Episodes and blocked time by cause. A cause that only one report has is a verdict where episodes cannot be compared.
fn causes(a: &Report, b: &Report, decide: bool) -> Vec<Change> {
    let sums = |r: &Report| {
        let mut sums: BTreeMap<String, (u64, f64)> = BTreeMap::new();
        for e in &r.episodes {
            let sum = sums.entry(key(&e.verdict.cause, e.verdict.window_minutes)).or_default();
            *sum = (sum.0 + 1, sum.1 + e.proven_span_s);
        }
        sums
    };
    let (of_a, of_b) = (sums(a), sums(b));
    let mut all = Vec::new();
    for cause in of_a.keys().chain(of_b.keys()).collect::<BTreeSet<_>>() {
        let (x, y) = (of_a.get(cause), of_b.get(cause));
        let n = |sum: Option<&(u64, f64)>| json!(sum.map_or(0, |s| s.0));
        // Thousandths, as in the reports; a sum of such has more digits only by the way floats are added.
        let span = |sum: Option<&(u64, f64)>| json!((sum.map_or(0.0, |s| s.1) * 1_000.0).round() / 1_000.0);
        let is_new = decide && x.is_some() != y.is_some() && cause != Cause::Idle.id();
        let mut changes = Changes::of(Part::Causes, cause);
        changes.put("episodes", n(x), n(y), is_new).add("proven_span_s", span(x), span(y));
        all.extend(changes.list);
    }
    all
}

fn counts(a: &Report, b: &Report) -> Vec<Change> {
    let (x, y) = (&a.coverage, &b.coverage);
    let mut changes = Changes::of(Part::Counts, "");
    changes.add("from", json!(x.from), json!(y.from)).add("to", json!(x.to), json!(y.to));
    for (what, n) in [
        ("attempts", (|c| c.attempts) as fn(&Coverage) -> u64),
        ("admitted", |c| c.admitted),
        ("refused", |c| c.refused),
        ("refused_at_most", |c| c.refused_at_most),
        ("other", |c| c.other),
        ("duplicates", |c| c.duplicates),
        ("snapshots", |c| c.snapshots),
        ("snapshots_unassigned", |c| c.snapshots_unassigned),
        ("observed", |c| c.fidelity.observed),
        ("collapsed", |c| c.fidelity.collapsed),
        ("inferred", |c| c.fidelity.inferred),
    ] {
        changes.add(what, json!(n(x)), json!(n(y)));
    }
    changes.add("isolated_refusals", json!(a.isolated_refusals.len()), json!(b.isolated_refusals.len()));
    let pools = |r: &Report| r.pools.iter().map(|p| (p.id.clone(), p.attempts)).collect::<BTreeMap<_, _>>();
    let (of_a, of_b) = (pools(a), pools(b));
    for pool in of_a.keys().chain(of_b.keys()).collect::<BTreeSet<_>>() {
        let mut of_pool = Changes::of(Part::Counts, pool);
        of_pool.add("attempts", json!(of_a.get(pool)), json!(of_b.get(pool)));
        changes.list.extend(of_pool.list);
    }
    changes.list
}

/// Inputs by path: those of one report only, what they were taken for, and what could not be read in them.
fn inputs(a: &Report, b: &Report) -> Vec<Change> {
    let by_path = |r: &Report| r.inputs.iter().map(|i| (i.path.clone(), i.clone())).collect::<BTreeMap<_, _>>();
    let (of_a, of_b) = (by_path(a), by_path(b));
    let format = |i: &Input| json!(i.format.as_deref().unwrap_or("not recognised"));
    let mut all = Vec::new();
    for path in of_a.keys().chain(of_b.keys()).collect::<BTreeSet<_>>() {
        let mut changes = Changes::of(Part::Inputs, path);
        match (of_a.get(path), of_b.get(path)) {
            (Some(x), Some(y)) => {
                changes.add("format", format(x), format(y)).add("attempts", json!(x.attempts), json!(y.attempts));
                problems(&mut changes, Some(x), Some(y));
            }
            (x, y) => {
                let there = |i: Option<&Input>| i.map_or(Value::Null, format);
                changes.add("input", there(x), there(y));
                problems(&mut changes, x, y);
            }
        }
        all.extend(changes.list);
    }
    all
}

/// Defects by their reason; lines move when a log grows, so they are not compared.
fn problems(changes: &mut Changes, a: Option<&Input>, b: Option<&Input>) {
    let sums = |i: Option<&Input>| {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for p in i.iter().flat_map(|i| &i.problems) {
            let sum = sums.entry(p.reason.clone()).or_default();
            *sum = sum.saturating_add(p.count);
        }
        sums
    };
    let (of_a, of_b) = (sums(a), sums(b));
    for reason in of_a.keys().chain(of_b.keys()).collect::<BTreeSet<_>>() {
        let n = |sums: &BTreeMap<String, u64>| json!(sums.get(reason).copied().unwrap_or(0));
        changes.add(&format!("problem: {reason}"), n(&of_a), n(&of_b));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use crate::report::{json, sample};

    fn report(document: &Document) -> Report {
        read(json::render(document).unwrap().as_bytes()).unwrap()
    }

    fn compared(a: &Document, b: &Document) -> (bool, Vec<String>) {
        let comparison = compare(&report(a), &report(b));
        let line = |c: &Change| format!("{:?} {} {}: {} {}", c.part, c.of, c.what, c.a, c.b);
        (comparison.verdict_changed, comparison.changes.iter().map(line).collect())
    }

    #[test]
    fn a_report_is_the_same_as_itself() {
        for (name, document) in sample::all() {
            assert_eq!(compared(&document, &document), (false, Vec::new()), "{name}");
        }
    }

    #[test]
    fn a_probability_alone_is_no_change_of_verdict() {
        let (a, mut b) = (sample::thread(), sample::thread());
        b.episodes[0].verdict.probability = 0.95;
        let (changed, lines) = compared(&a, &b);
        assert!(!changed);
        assert_eq!(lines[0], "Verdict  probability: 0.97 0.95");
        assert!(lines[1].starts_with("Episode E1 ") && lines[1].ends_with("probability: 0.97 0.95"), "{lines:?}");
        assert_eq!(lines.len(), 2);
    }

    #[test]
    fn word_window_and_cause_are_verdicts() {
        let change = |change: fn(&mut Document)| {
            let mut b = sample::thread();
            change(&mut b);
            compared(&sample::thread(), &b).0
        };
        assert!(change(|d| d.episodes[0].verdict.confidence = "supported".to_owned()));
        assert!(change(|d| d.episodes[0].verdict.window_minutes = Some(10_080)));
        assert!(change(|d| d.episodes[0].verdict.cause = "account_block".to_owned()));
        assert!(!change(|d| d.episodes[0].refused += 1));
    }

    #[test]
    fn an_episode_of_one_report_only_is_a_verdict_unless_it_is_a_night() {
        let mut b = sample::thread();
        let mut second = b.episodes[0].clone();
        (second.id, second.from, second.to) =
            ("E2".to_owned(), "2026-03-03T19:00:00.000Z".to_owned(), "2026-03-03T19:10:00.000Z".to_owned());
        b.episodes.push(second.clone());
        let (changed, lines) = compared(&sample::thread(), &b);
        assert!(
            changed && lines.iter().any(|l| l.contains("episode: null \"token_window/300, confirmed\"")),
            "{lines:?}"
        );
        let Some(last) = b.episodes.last_mut() else { panic!("no episode") };
        last.verdict.cause = "idle".to_owned();
        last.verdict.window_minutes = None;
        assert!(!compared(&sample::thread(), &b).0);
    }

    #[test]
    fn logs_without_time_in_common_are_compared_by_what_occurs() {
        let later = |document: &Document| -> Report {
            let text = json::render(document).unwrap().replace("2026-03-03T", "2026-04-03T");
            read(text.as_bytes()).unwrap()
        };
        let same = compare(&report(&sample::thread()), &later(&sample::thread()));
        assert!(!same.overlap && !same.verdict_changed, "{same:?}");
        assert!(same.changes.iter().all(|c| c.part != Part::Episode));
        let mut capped = sample::thread();
        capped.episodes[0].verdict.cause = "billing".to_owned();
        capped.episodes[0].verdict.window_minutes = None;
        capped.verdict.cause = Some("billing".to_owned());
        let other = compare(&report(&sample::thread()), &later(&capped));
        let of: Vec<&str> = other.changes.iter().filter(|c| c.is_verdict).map(|c| c.of.as_str()).collect();
        assert_eq!(of, ["", "billing", "token_window/300"], "the report's verdict, and what occurs in one only");
    }

    #[test]
    fn a_secret_in_a_report_made_by_hand_is_masked() {
        let mut b = sample::thread();
        b.episodes[0].pool = "kimi-code/someone@example.org/*".to_owned();
        let (_, lines) = compared(&sample::thread(), &b);
        assert!(lines.len() > 1 && lines.iter().all(|l| !l.contains("example.org")), "{lines:?}");
    }

    #[test]
    fn inputs_and_their_defects_are_reported() {
        let mut b = sample::thread();
        b.inputs[0].path = "other.log".to_owned();
        b.inputs[0].problems = vec![crate::document::InputProblem { line: 7, reason: "not JSON".to_owned(), count: 3 }];
        let (changed, lines) = compared(&sample::thread(), &b);
        assert!(!changed);
        assert!(lines.contains(&"Inputs other.log problem: not JSON: 0 3".to_owned()), "{lines:?}");
        assert_eq!(lines.iter().filter(|l| l.contains(" input: ")).count(), 2, "one gone, one new: {lines:?}");
    }
}
