//! Figures as Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use why429::model::{Cause, Hypothesis};

use crate::figures::{BINS, Figure, Judged, MEASURES, calibration_of_causes, figure, reliability};

/// A column of figures.
#[derive(Debug)]
pub struct Column<'a> {
    /// Heading.
    pub title: &'a str,
    /// What stands in it.
    pub judged: &'a [Judged<'a>],
}

/// A figure with its interval: `0.941 (0.930-0.951)`.
pub fn told(figure: Option<Figure>) -> String {
    figure.map_or("-".to_owned(), |f| format!("{:.3} ({:.3}-{:.3})", f.value, f.low, f.high))
}

/// Measures down, columns across; the calibration error and the number of incidents too.
pub fn measures(columns: &[Column<'_>], ids: &[&str]) -> String {
    let mut out = head(columns);
    let n: Vec<String> = columns.iter().map(|c| c.judged.len().to_string()).collect();
    row(&mut out, "incidents", &n);
    for (id, part) in MEASURES.iter().filter(|(id, _)| ids.is_empty() || ids.contains(id)) {
        let cells: Vec<String> = columns.iter().map(|c| told(figure(c.judged, *part))).collect();
        row(&mut out, id, &cells);
    }
    if ids.is_empty() || ids.contains(&"calibration error") {
        let cells: Vec<String> = columns.iter().map(|c| told(reliability(c.judged).1)).collect();
        row(&mut out, "calibration error", &cells);
    }
    if ids.is_empty() {
        let cells: Vec<String> = columns.iter().map(|c| told(calibration_of_causes(c.judged))).collect();
        row(&mut out, "calibration error of the cause alone", &cells);
    }
    out
}

fn head(columns: &[Column<'_>]) -> String {
    let titles: Vec<&str> = columns.iter().map(|c| c.title).collect();
    format!("| | {} |\n|---|{}\n", titles.join(" | "), "---|".repeat(titles.len()))
}

fn row(out: &mut String, title: &str, cells: &[String]) {
    let _ = writeln!(out, "| {title} | {} |", cells.join(" | "));
}

/// Some of the incidents, with what they have in common.
pub type Part<'a> = (String, Vec<Judged<'a>>);

/// Groups down, the measures across.
pub fn groups(groups: &[Part<'_>], ids: &[&str]) -> String {
    let mut out = format!("| | incidents | {} |\n|---|---|{}\n", ids.join(" | "), "---|".repeat(ids.len()));
    for (name, judged) in groups {
        let mut cells = vec![judged.len().to_string()];
        for id in ids {
            let found = MEASURES.iter().find(|(name, _)| name == id).and_then(|(_, part)| figure(judged, *part));
            cells.push(told(found.or_else(|| if *id == "calibration error" { reliability(judged).1 } else { None })));
        }
        row(&mut out, name, &cells);
    }
    out
}

/// What was true, down, against what was said, across; an episode counts one.
pub fn confusion(judged: &[Judged<'_>]) -> String {
    let mut counts: BTreeMap<(Hypothesis, usize), usize> = BTreeMap::new();
    let said = columns_of_confusion();
    for outcome in judged.iter().flat_map(|j| &j.outcomes) {
        let column = match &outcome.said {
            None => said.len() + 1,
            Some(s) if !s.names => said.len(),
            Some(s) => said.iter().position(|(_, h)| *h == s.first).unwrap_or(said.len()),
        };
        *counts.entry((outcome.truth, column)).or_insert(0) += 1;
    }
    let titles: Vec<&str> = said.iter().map(|(t, _)| *t).chain(["open", "missed"]).collect();
    let mut out = format!("| was \\ said | {} |\n|---|{}\n", titles.join(" | "), "---|".repeat(titles.len()));
    let mut truths: Vec<Hypothesis> = counts.keys().map(|(h, _)| *h).collect();
    truths.dedup();
    for truth in truths {
        let count = |column| counts.get(&(truth, column)).map_or(String::new(), |n: &usize| n.to_string());
        row(&mut out, &truth.key(), &(0..titles.len()).map(count).collect::<Vec<_>>());
    }
    out
}

fn columns_of_confusion() -> Vec<(&'static str, Hypothesis)> {
    vec![
        ("cap", Hypothesis::of(Cause::ConcurrencyCap)),
        ("5 h", Hypothesis::window(300)),
        ("week", Hypothesis::window(10_080)),
        ("minute", Hypothesis::of(Cause::RatePerMinute)),
        ("overload", Hypothesis::of(Cause::Overload)),
        ("network", Hypothesis::of(Cause::Network)),
        ("billing", Hypothesis::of(Cause::Billing)),
        ("access", Hypothesis::of(Cause::Access)),
        ("local", Hypothesis::of(Cause::LocalLimit)),
        ("idle", Hypothesis::of(Cause::Idle)),
        ("block", Hypothesis::of(Cause::AccountBlock)),
    ]
}

/// The reliability table.
pub fn reliability_table(judged: &[Judged<'_>]) -> String {
    let (bins, error) = reliability(judged);
    let mut out = "| probability said | verdicts | mean said | right |\n|---|---|---|---|\n".to_owned();
    for (n, bin) in bins.iter().enumerate().filter(|(_, b)| b.n > 0) {
        let (from, to) = (n as f64 / BINS as f64, (n + 1) as f64 / BINS as f64);
        let _ = writeln!(out, "| {from:.1}-{to:.1} | {} | {:.3} | {:.3} |", bin.n, bin.said, bin.right);
    }
    let _ = writeln!(out, "\nCalibration error: {}.", told(error));
    out
}

/// Incidents by a property that they have several of, in the property's order.
pub fn split<'a>(judged: &[Judged<'a>], by: impl Fn(&Judged<'a>) -> Vec<String>) -> Vec<Part<'a>> {
    let mut groups: BTreeMap<String, Vec<Judged<'a>>> = BTreeMap::new();
    for j in judged {
        for name in by(j) {
            groups.entry(name).or_default().push(j.clone());
        }
    }
    groups.into_iter().collect()
}
