//! Many incidents as a table, idle stretches as one line, single refusals as another.

use std::collections::BTreeMap;

use comfy_table::{Cell, CellAlignment};

use super::agents::{plain_table, write};
use super::evidence::sources;
use super::page::{Indent, Page, Tone, span};
use super::{View, is_idle};
use crate::document::{Document, Episode, Incident};
use crate::privacy::escape;
use crate::wording::when::{When, seconds_between};
use crate::wording::words;

/// From this width on the table has a column for the cost; below, the words would be broken for it.
const ROOM_FOR_COST: usize = 76;

/// Incidents in the table; verbose has all.
const SHOWN: usize = 20;

/// The table of incidents, the costliest first.
pub(super) fn table(page: &mut Page, view: &View<'_>) {
    let View { document, when, look, .. } = *view;
    let by_id: ById<'_> = document.episodes.iter().map(|e| (e.id.as_str(), e)).collect();
    let is_shown = |i: &&Incident| episodes(&by_id, i).any(|e| !is_idle(e));
    let incidents: Vec<&Incident> = document.incidents.iter().filter(is_shown).collect();
    let mut title = words::counted(incidents.len() as u64, "incident", "incidents");
    let from = incidents.iter().map(|i| &i.from).min();
    let to = incidents.iter().map(|i| &i.to).max();
    let days = match (from, to) {
        (Some(from), Some(to)) if when.day(from) != when.day(to) => {
            format!(" from {} to {}", when.day(from), when.day(to))
        }
        _ => String::new(),
    };
    title.push_str(&days);
    if incidents.len() > 1 {
        title.push_str(", the costliest first");
    }
    page.heading(&format!("{title} (times in {})", when.zone()));
    let mut table = plain_table(page.width().saturating_sub(2));
    let is_wide = page.width() >= ROOM_FOR_COST;
    let mut header = vec![cell("episode"), cell("began"), cell("duration")];
    header.extend(is_wide.then(|| cell("total wait")));
    header.push(cell("verdict"));
    table.set_header(header);
    let shown = if look.verbose { incidents.len() } else { incidents.len().min(SHOWN) };
    for incident in &incidents[..shown] {
        table.add_row(row(&by_id, incident, view, is_wide));
    }
    write(page, &table);
    let rest = (incidents.len() - shown) as u64;
    if rest > 0 {
        let text = format!("and {} that cost less: -v shows them", words::count(rest));
        page.line(2, &[span(Tone::Dim, &text)]);
    }
}

/// Episodes by their ids.
type ById<'d> = BTreeMap<&'d str, &'d Episode>;

fn row(by_id: &ById<'_>, incident: &Incident, view: &View<'_>, is_wide: bool) -> Vec<Cell> {
    let View { document, when, .. } = *view;
    let right = |text: &str| cell(text).set_alignment(CellAlignment::Right);
    let causes: Vec<String> = episodes(by_id, incident)
        .filter(|e| !is_idle(e))
        .map(|e| match &e.verdict.between {
            Some(_) => words::verdict(&e.verdict),
            None => format!("{} ({})", words::verdict(&e.verdict), words::certainty(&e.verdict)),
        })
        .collect();
    let mut cells = vec![
        cell(&words::some_ids(&incident.episodes).replace(", ", ",\u{a0}")),
        cell(&when.format(
            &incident.from,
            if spans_years(document, when) { "%Y-%m-%d\u{a0}%H:%M" } else { "%m-%d\u{a0}%H:%M" },
        )),
        right(&lasted(seconds_between(&incident.from, &incident.to).unwrap_or(0.0))),
    ];
    cells.extend(is_wide.then(|| right(&words::duration(incident.blocked_agent_s))));
    let mut what = words::in_turn(causes);
    if pools_hit(document) > 1 {
        what.push_str(&format!("; {}", incident.pools.join(", ")));
    }
    cells.push(cell(&what));
    cells
}

/// Whether the log reaches from one year into another: then a day alone could be any year's.
fn spans_years(document: &Document, when: &When) -> bool {
    let year = |stamp: &Option<String>| stamp.as_deref().map(|s| when.format(s, "%Y"));
    year(&document.coverage.from) != year(&document.coverage.to)
}

/// Pools that some incident hit: where there are several, a row that names none could mean any.
fn pools_hit(document: &Document) -> usize {
    let hit = document.incidents.iter().flat_map(|i| &i.pools);
    hit.collect::<std::collections::BTreeSet<_>>().len()
}

/// How long refusals were seen; a single one lasts no time that is known.
fn lasted(seconds: f64) -> String {
    if seconds > 0.0 { words::duration(seconds) } else { "once".to_owned() }
}

fn cell(text: &str) -> Cell {
    Cell::new(escape::terminal(text))
}

fn episodes<'d>(by_id: &ById<'d>, incident: &Incident) -> impl Iterator<Item = &'d Episode> {
    incident.episodes.iter().filter_map(|id| by_id.get(id.as_str()).copied())
}

/// Idle stretches, folded into one line.
pub(super) fn idle(page: &mut Page, document: &Document, when: &When) {
    let length = |e: &&Episode| seconds_between(&e.from, &e.to).unwrap_or(0.0);
    let stretches: Vec<&Episode> = document.episodes.iter().filter(|e| is_idle(e)).collect();
    let Some(longest) = stretches.iter().max_by(|a, b| length(a).total_cmp(&length(b))) else {
        return;
    };
    page.blank();
    let text = format!(
        "{} without work{} {} from {}: no request was sent and nothing was blocked.",
        words::counted(stretches.len() as u64, "stretch", "stretches"),
        if stretches.len() > 1 { ", the longest" } else { "," },
        words::duration(length(longest)),
        when.minute(&longest.from)
    );
    page.text(Indent { first: 0, rest: 2 }, &[span(Tone::Plain, &text)]);
}

/// Refusals too few to be an episode.
pub(super) fn isolated_refusals(page: &mut Page, view: &View<'_>) {
    let View { document, when, paths, look } = *view;
    let Some(first) = document.isolated_refusals.first() else {
        return;
    };
    page.blank();
    let n = document.isolated_refusals.len() as u64;
    let text = format!(
        "{}, too few to be an episode; the first at {} ({}).",
        words::counted(n, "isolated refusal", "isolated refusals"),
        when.second(&first.at),
        sources(paths, &first.sources, 1)
    );
    page.text(Indent { first: 0, rest: 2 }, &[span(Tone::Plain, &text)]);
    if !look.verbose {
        return;
    }
    for isolated_refusal in &document.isolated_refusals {
        let status = isolated_refusal.status.map_or_else(|| "no status".to_owned(), |s| s.to_string());
        let cause =
            isolated_refusal.cause.as_deref().map(|c| format!(", names {}", words::cause(c, None))).unwrap_or_default();
        let text = format!(
            "{}  {status}{cause}  {}",
            when.second(&isolated_refusal.at),
            sources(paths, &isolated_refusal.sources, 2)
        );
        page.text(Indent { first: 2, rest: 4 }, &[span(Tone::Plain, &text)]);
    }
}
