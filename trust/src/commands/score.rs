//! `score`: figures of the table in use, or of another one, on incidents drawn now.

use std::fmt::Write as _;
use std::ops::Range;
use std::path::PathBuf;

use why429::model::Cause;
use why429::verdict::{Weights, in_use, reasoned};

use super::{CommandError, text_of};
use crate::figures::{Judged, judged};
use crate::judge::Judge;
use crate::model::Incident;
use crate::simulate::{Draw, incidents};
use crate::tables::{Column, Part, confusion, groups, measures, reliability_table, split};

/// What of.
#[derive(Debug)]
pub struct Ask {
    /// Which seeds.
    pub seeds: Range<u64>,
    /// How they are drawn.
    pub draw: Draw,
    /// `in-use`, `reasoned`, or a file.
    pub table: String,
}

/// The measures that splits show.
pub const SHORT: [&str; 5] = ["right", "named and wrong", "names a cause", "log loss", "calibration error"];

/// The figures as Markdown.
///
/// # Errors
/// When incidents cannot be drawn or the table not be read.
pub fn run(ask: &Ask) -> Result<String, CommandError> {
    let table = table(&ask.table)?;
    let all = incidents(ask.seeds.clone(), ask.draw)?;
    Ok(report(&all, &table))
}

fn table(name: &str) -> Result<Weights, CommandError> {
    match name {
        "in-use" => Ok(in_use().clone()),
        "reasoned" => Ok(reasoned().clone()),
        path => {
            let path = PathBuf::from(path);
            toml::from_str(&text_of(&path)?).map_err(|e| CommandError::Content { path, reason: e.message().to_owned() })
        }
    }
}

fn report(all: &[Incident], table: &Weights) -> String {
    let by_table = judged(all, Judge::Table(table));
    let by_rule = judged(all, Judge::ThreadRule);
    let columns =
        [Column { title: &table.name, judged: &by_table }, Column { title: "the rule of thumb", judged: &by_rule }];
    let mut out = measures(&columns, &[]);
    let _ = writeln!(out, "\n{}\n{}", reliability_table(&by_table), confusion(&by_table));
    for (title, parts) in splits(&by_table) {
        let _ = writeln!(out, "{title}:\n\n{}", groups(&parts, &SHORT));
    }
    let _ = writeln!(out, "{}", prior_sensitivity(all, table));
    out
}

/// Incidents by what is known of how they were drawn.
pub fn splits<'a>(all: &[Judged<'a>]) -> Vec<(&'static str, Vec<Part<'a>>)> {
    let damages = |j: &Judged<'_>| {
        if j.incident.damages.is_empty() { vec!["none".to_owned()] } else { j.incident.damages.clone() }
    };
    let told = |bare| if bare { "no text, Retry-After, snapshot" } else { "all evidence" }.to_owned();
    vec![
        ("By client form", split(all, |j| vec![j.incident.form.clone()])),
        ("By what happened to the logs", split(all, damages)),
        ("By what the logs contain", split(all, |j| vec![told(j.incident.bare)])),
        (
            "By cause (of the first episode)",
            split(all, |j| j.outcomes.first().map(|o| o.truth.key()).into_iter().collect()),
        ),
    ]
}

/// How the figures move when the prior does.
pub fn prior_sensitivity(all: &[Incident], table: &Weights) -> String {
    let mut columns: Vec<(String, Weights)> = vec![("as published".to_owned(), table.clone())];
    let mut flat = table.clone();
    flat.prior.iter_mut().filter(|(k, _)| *k != "token_window").for_each(|(_, p)| *p = 0.1);
    columns.push(("flat".to_owned(), flat));
    for (cause, factor) in [(Cause::TokenWindow, 2.0), (Cause::TokenWindow, 0.5), (Cause::ConcurrencyCap, 2.0)] {
        let mut moved = table.clone();
        let own = |key: &str| key.split('/').next() == Some(cause.id());
        moved.prior.iter_mut().filter(|(k, _)| own(k)).for_each(|(_, p)| *p *= factor);
        columns.push((format!("{cause} times {factor}"), moved));
    }
    let mut out = format!("Prior:\n\n| | {} |\n|---|{}\n", SHORT.join(" | "), "---|".repeat(SHORT.len()));
    for (name, table) in &columns {
        let group = [(name.clone(), judged(all, Judge::Table(table)))];
        let line = groups(&group, &SHORT);
        let cells: Vec<&str> = line.lines().last().map_or(Vec::new(), |l| l.split(" | ").collect());
        // Without the number of incidents, which is the same in all.
        let kept: Vec<&str> = cells.iter().enumerate().filter(|(i, _)| *i != 1).map(|(_, c)| *c).collect();
        let _ = writeln!(out, "{}", kept.join(" | "));
    }
    out
}
