//! Who waited, agent by agent.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use super::View;
use super::page::{Page, Tone, span};
use crate::document::{Agent, Episode};
use crate::model::Time;
use crate::privacy::escape;
use crate::wording::when::When;
use crate::wording::words;

/// Agents shown; the rest are counted. With verbose all that the document holds are shown.
const SHOWN: usize = 5;

/// Stands for all agents of a log that names none.
const NOT_NAMED: &str = "(agents not named)";

/// The table of those who waited longest.
pub(super) fn section(page: &mut Page, e: &Episode, view: &View<'_>) {
    if e.agents.is_empty() {
        return;
    }
    let is_named = e.agents.iter().any(|l| l.name != NOT_NAMED);
    page.heading(&match is_named {
        true => format!("Who waited ({})", words::counted(e.agents_total, "agent", "agents")),
        false => "Who waited".to_owned(),
    });
    let shown = if view.look.verbose { e.agents.len() } else { e.agents.len().min(SHOWN) };
    let mut table = plain_table(page.width().saturating_sub(2));
    table.set_header(["agent", "refused", "waited", "from", "until"].map(|t| aligned(t, t)));
    for agent in &e.agents[..shown] {
        table.add_row(row(agent, e.ends_in_block, view.when));
    }
    write(page, &table);
    let rest = e.agents_total.saturating_sub(shown as u64);
    if rest > 0 {
        let next = e.agents.get(shown..).and_then(<[Agent]>::first).map(|l| l.waited_s);
        let shortest = next.filter(|s| *s >= 0.5).map(words::duration);
        let text = match shortest {
            Some(most) => format!("and {} more, each {most} or less", words::count(rest)),
            None => format!("and {} more", words::count(rest)),
        };
        page.line(2, &[span(Tone::Dim, &text)]);
    }
}

/// A agent that never got in again did not wait until the recovery: it gave up, or the log ends while it waits.
fn row(agent: &Agent, still_blocked: bool, when: &When) -> [Cell; 5] {
    let admitted = Time::parse_rfc3339(&agent.first_refusal).map(|t| t.plus(agent.waited_s).rfc3339());
    let until = match admitted.filter(|_| agent.recovered) {
        Some(admitted) => when.minute(&admitted),
        None if still_blocked => "not admitted yet".to_owned(),
        None => format!("gave up {}", when.minute(&agent.last_refusal)),
    };
    let from = when.minute(&agent.first_refusal);
    [
        aligned("agent", shown(&agent.name)),
        aligned("refused", &words::count(agent.refused)),
        aligned("waited", &words::duration(agent.waited_s)),
        aligned("from", &from),
        aligned("until", &until),
    ]
}

/// The name of an agent, or that there is none.
fn shown(name: &str) -> &str {
    if name == NOT_NAMED { "(agents not named)" } else { name }
}

fn aligned(column: &str, text: &str) -> Cell {
    let cell = Cell::new(escape::terminal(text));
    if matches!(column, "refused" | "waited") { cell.set_alignment(CellAlignment::Right) } else { cell }
}

/// A table without lines, for columns that speak for themselves.
pub(super) fn plain_table(width: usize) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table
}

/// Writes a table, its header dimmed.
pub(super) fn write(page: &mut Page, table: &Table) {
    for (i, line) in table.lines().enumerate() {
        let tone = if i == 0 { Tone::Dim } else { Tone::Plain };
        page.line(1, &[span(tone, line.trim_end())]);
    }
}
