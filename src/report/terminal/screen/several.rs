//! Several incidents: a table of them, the costliest first, and what most of them were.

use std::collections::BTreeMap;

use comfy_table::{Cell, CellAlignment};

use super::super::agents::{plain_table, write};
use super::super::page::{Indent, Page, Tone, span};
use super::super::{View, is_idle};
use crate::document::{Document, Episode, Incident};
use crate::privacy::escape;
use crate::wording::when::seconds_between;
use crate::wording::words;

/// Whether there is more than one incident to tell.
pub(super) fn is_wanted(document: &Document) -> bool {
    incidents(document).len() > 1
}

fn incidents(document: &Document) -> Vec<&Incident> {
    let by_id: BTreeMap<&str, &Episode> = document.episodes.iter().map(|e| (e.id.as_str(), e)).collect();
    let is_shown = |i: &&Incident| i.episodes.iter().any(|id| by_id.get(id.as_str()).is_some_and(|e| !is_idle(e)));
    document.incidents.iter().filter(is_shown).collect()
}

/// One line of the table: an incident, or several that are alike.
struct Row {
    id: String,
    when: String,
    duration: String,
    cause: String,
    confidence: String,
    cost: String,
    times: usize,
}

/// The table.
pub(super) fn table(page: &mut Page, view: &View<'_>, most: usize) {
    let all = incidents(view.document);
    page.text(Indent { first: 0, rest: 0 }, &[span(Tone::Strong, &title(view, &all))]);
    page.blank();
    let mut rows: Vec<Row> = Vec::new();
    for incident in &all {
        let next = row(view, incident);
        match rows.iter_mut().find(|r| is_alike(r, &next)) {
            Some(before) => before.times += 1,
            None => rows.push(next),
        }
    }
    let mut table = plain_table(page.width().saturating_sub(2));
    table.set_header(["#", "when", "duration", "cause", "confidence", "cost"].map(|t| cell(t, t)));
    for r in rows.iter().take(most) {
        let when = if r.times > 1 { format!("{} and {} more", r.when, r.times - 1) } else { r.when.clone() };
        let texts = [("#", &r.id), ("when", &when), ("duration", &r.duration), ("cause", &r.cause)];
        let rest = [("confidence", &r.confidence), ("cost", &r.cost)];
        table.add_row(texts.into_iter().chain(rest).map(|(column, text)| cell(column, text)));
    }
    for (n, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if n < 5 { 2 } else { 0 }));
    }
    write(page, &table);
    let shown: usize = rows.iter().take(most).map(|r| r.times).sum();
    if all.len() > shown {
        page.line(2, &[span(Tone::Dim, &format!("and {} more (-v)", words::count((all.len() - shown) as u64)))]);
    }
    if let Some(text) = usual(view.document, &all) {
        page.text(Indent { first: 0, rest: 0 }, &[span(Tone::Plain, &text)]);
    }
}

/// `9 incidents in 21 days, 1 more too small to judge. The costliest:`
fn title(view: &View<'_>, all: &[&Incident]) -> String {
    let from = all.iter().map(|i| &i.from).min();
    let to = all.iter().map(|i| &i.to).max();
    let span = from.zip(to).and_then(|(from, to)| seconds_between(from, to)).unwrap_or(0.0);
    let isolated = match view.document.isolated_refusals.len() {
        0 => String::new(),
        n => format!(", {} more too small to judge", words::count(n as u64)),
    };
    format!(
        "{} in {}{isolated}. The costliest first (times in {}):",
        words::counted(all.len() as u64, "incident", "incidents"),
        words::duration(span),
        view.when.zone()
    )
}

fn is_alike(a: &Row, b: &Row) -> bool {
    (&a.duration, &a.cause, &a.confidence, &a.cost) == (&b.duration, &b.cause, &b.confidence, &b.cost)
}

fn row(view: &View<'_>, incident: &Incident) -> Row {
    let mut episodes: Vec<&Episode> = Vec::new();
    for id in &incident.episodes {
        episodes.extend(view.document.episodes.iter().find(|e| e.id == *id && !is_idle(e)));
    }
    let causes = episodes.iter().map(|e| words::cause_in_short(&e.verdict)).collect();
    let most = episodes.iter().max_by(|a, b| a.blocked_agent_s.total_cmp(&b.blocked_agent_s));
    let seconds = seconds_between(&incident.from, &incident.to).unwrap_or(0.0);
    Row {
        id: words::some_ids(&incident.episodes).replace(", ", ",\u{a0}"),
        when: span_of(view, incident),
        duration: if seconds > 0.0 { words::duration(seconds) } else { "once".to_owned() },
        cause: words::in_turn(causes),
        confidence: most.map(|e| e.verdict.confidence.clone()).unwrap_or_default(),
        cost: words::duration(incident.blocked_agent_s),
        times: 1,
    }
}

/// `Mar 03 16:19–17:16`, with a year where the log reaches into another.
fn span_of(view: &View<'_>, incident: &Incident) -> String {
    let View { document, when, .. } = *view;
    let year = |stamp: &Option<String>| stamp.as_deref().map(|s| when.format(s, "%Y"));
    let day = if year(&document.coverage.from) == year(&document.coverage.to) { "%b %d" } else { "%Y-%m-%d" };
    let full = format!("{day} %H:%M");
    let from = when.format(&incident.from, &full);
    let is_same_day = when.day(&incident.from) == when.day(&incident.to);
    let until = when.format(&incident.to, if is_same_day { "%H:%M" } else { &full });
    let from_clock = when.format(&incident.from, "%H:%M");
    let text = if is_same_day && from_clock == until { from } else { format!("{from}–{until}") };
    text.replace(' ', "\u{a0}")
}

/// `6 of 9 were the 5-hour token window; on a median day ...`: what at least half of them were.
fn usual(document: &Document, all: &[&Incident]) -> Option<String> {
    const FEWEST: usize = 3;
    let mut durations: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for incident in all {
        let e = document.episodes.iter().find(|e| incident.episodes.first() == Some(&e.id))?;
        let seconds = seconds_between(&incident.from, &incident.to)?;
        durations.entry(words::cause_in_short(&e.verdict)).or_default().push(seconds);
    }
    let (cause, mut lengths) = durations.into_iter().max_by_key(|(_, lengths)| lengths.len())?;
    if all.len() < FEWEST || 2 * lengths.len() < all.len() || cause.contains(" or ") {
        return None;
    }
    lengths.sort_by(f64::total_cmp);
    let median = lengths[lengths.len() / 2];
    let of = if lengths.len() == all.len() {
        format!("All {}", all.len())
    } else {
        format!("{} of {}", lengths.len(), all.len())
    };
    let the = if cause.ends_with("window") || cause.ends_with("cap") { "the " } else { "" };
    Some(format!("{of} were {the}{cause}; the median lasted {}.", words::duration(median)))
}

fn cell(column: &str, text: &str) -> Cell {
    let cell = Cell::new(escape::terminal(text));
    if matches!(column, "duration" | "cost") { cell.set_alignment(CellAlignment::Right) } else { cell }
}
