//! The strip, painted.

use super::page::{Indent, Page, Tone, columns, span};
use crate::document::Episode;
use crate::report::strip::{self, Shows};
use crate::wording::when::When;
use crate::wording::words;

/// Columns for the indent and the rows' labels.
const LABEL: usize = 12;

/// Columns for the note at the right, where there is room for it.
const NOTE: usize = 14;

/// From this width on the rows carry their highest rate at the right.
const ROOM_FOR_NOTES: usize = 72;

/// Paints the strip of an episode; nothing when it is empty.
pub(super) fn draw(page: &mut Page, e: &Episode, when: &When) {
    let notes = if page.width() >= ROOM_FOR_NOTES { NOTE } else { 0 };
    let room = page.width().saturating_sub(LABEL + notes);
    let Some(picture) = strip::draw(e, when, room, notes) else {
        return;
    };
    page.blank();
    let place = format!("{}, one column = {}", super::screen::place(e, when), words::duration(picture.column_s));
    page.text(Indent { first: 2, rest: 2 }, &[span(Tone::Dim, &place)]);
    let widest = picture.rows.iter().filter(|r| !r.note.is_empty()).map(|r| columns(&r.cells)).max().unwrap_or(0);
    for row in &picture.rows {
        let tone = match row.shows {
            Shows::Admitted => Tone::Good,
            Shows::Refused => Tone::Bad,
            Shows::InFlight | Shows::Events => Tone::Plain,
            Shows::Snapshots => Tone::Note,
            Shows::Axis => Tone::Dim,
        };
        let label = format!("{:<width$}", row.label, width = LABEL - 2);
        let pad = if notes > 0 { " ".repeat(widest.saturating_sub(columns(&row.cells)) + 2) } else { String::new() };
        let note = if notes > 0 { row.note.as_str() } else { "" };
        let pad = if note.is_empty() { String::new() } else { pad };
        page.line(
            2,
            &[span(Tone::Dim, &label), span(tone, &row.cells), span(Tone::Plain, &pad), span(Tone::Dim, note)],
        );
    }
}
