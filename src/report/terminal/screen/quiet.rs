//! Nothing was refused: what the logs hold, and what they cannot show.

use super::super::View;
use super::super::page::{Indent, Page, Tone, span};
use super::rows;
use crate::wording::clock::{Style, localised};
use crate::wording::figures;

/// What clients do not log, named one by one; the rest is counted.
const NAMED: usize = 4;

/// The section.
pub(super) fn section(page: &mut Page, view: &View<'_>, counts: usize) {
    let document = view.document;
    let flush = Indent { first: 0, rest: 0 };
    let text = localised(&document.verdict.sentence, view.when, Style::Pasted);
    page.text(flush, &[span(Tone::Strong, &text)]);
    // Where all were admitted the first line has said so.
    let skipped = usize::from(document.coverage.other == 0 && document.coverage.refused == 0);
    for line in document.verdict.counts.iter().skip(skipped).take(counts) {
        page.text(flush, &[span(Tone::Plain, &localised(line, view.when, Style::Pasted))]);
    }
    if !document.not_logged.is_empty() {
        page.heading("These logs cannot show");
        let indent = Indent { first: 2, rest: 4 };
        for line in document.not_logged.iter().take(NAMED) {
            page.text(indent, &[span(Tone::Plain, &figures::not_logged(line))]);
        }
        if document.not_logged.len() > NAMED {
            let text = format!("and {} more formats (-v)", document.not_logged.len() - NAMED);
            page.line(2, &[span(Tone::Dim, &text)]);
        }
    }
    page.blank();
    rows::not_read(page, view, rows::LABEL);
    rows::isolated(page, view, rows::LABEL);
}
