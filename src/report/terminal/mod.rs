//! The terminal report: the verdict first, then what carries it, then how the data was read.
//!
//! In: the document and how it is to look. Out: text for a terminal, or for a pipe when `color` is off. A pure
//! function: the caller knows the terminal.

mod agents;
mod episode;
mod evidence;
mod head;
mod incidents;
mod page;
mod picture;
mod reading;
mod screen;
#[cfg(test)]
mod tests;

use crate::document::{Document, Episode};
use crate::model::Cause;
use crate::report::paths::Paths;
use crate::wording::clock::{Style, localised};
use crate::wording::when::When;
pub(super) use head::{counts, still_running, verdict};
use page::{Indent, Page, Tone, span};

/// How the report is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns, 60 to 200.
    pub width: usize,
    /// Whether to colour.
    pub color: bool,
    /// Everything: all episodes in full, all agents, evidence that decides nothing.
    pub verbose: bool,
    /// The verdict's sentence only.
    pub quiet: bool,
}

/// What the parts of a report share.
#[derive(Debug, Clone, Copy)]
struct View<'d> {
    document: &'d Document,
    when: &'d When,
    paths: &'d Paths,
    look: &'d Look,
}

impl View<'_> {
    /// Sentences below an episode's heading, their instants in the reader's zone.
    fn sentences(&self, texts: &[String]) -> Vec<String> {
        texts.iter().map(|t| localised(t, self.when, Style::Below)).collect()
    }
}

/// Columns for the line number behind a source.
const LINE_NUMBER: usize = 8;

/// The report for a terminal: one screen, or with verbose all that there is.
pub fn render(document: &Document, look: &Look) -> String {
    // The sentence alone is made to be pasted: on one line.
    let mut page = Page::new(if look.quiet { usize::MAX } else { look.width }, look.color);
    let when = When::of(document);
    head::sentence(&mut page, document, &when, look.quiet);
    if look.quiet {
        return page.into_text();
    }
    if !look.verbose {
        let indent = screen::sources_begin(document) + LINE_NUMBER;
        let paths = Paths::of(document, look.width.min(page::READABLE).saturating_sub(indent));
        return screen::render(&View { document, when: &when, paths: &paths, look });
    }
    if document.verdict.cause.is_none() && !document.not_logged.is_empty() {
        page.heading("What these logs cannot show");
        bullets(&mut page, &document.not_logged);
    }
    let paths = Paths::of(document, look.width.min(page::READABLE) * 3 / 5);
    let view = View { document, when: &when, paths: &paths, look };
    let shown: Vec<&Episode> = document.episodes.iter().filter(|e| !is_idle(e)).collect();
    let worst = document.verdict.episode.as_deref().and_then(|id| shown.iter().find(|e| e.id == id)).copied();
    if shown.len() > 1 {
        incidents::table(&mut page, &view);
    }
    if let Some(worst) = worst {
        episode::full(&mut page, &view, worst);
    }
    let others: Vec<&Episode> = shown.into_iter().filter(|e| worst.is_none_or(|w| w.id != e.id)).collect();
    others.iter().for_each(|e| episode::full(&mut page, &view, e));
    incidents::idle(&mut page, document, &when);
    incidents::isolated_refusals(&mut page, &view);
    reading::section(&mut page, &view);
    page.into_text()
}

/// The verdict again, for the end of a report that is longer than the terminal.
pub fn closing(document: &Document, look: &Look) -> String {
    let mut page = Page::new(look.width, look.color);
    page.text(Indent { first: 0, rest: 0 }, &[span(Tone::Strong, &verdict(document, &When::of(document)))]);
    page.into_text()
}

/// Nights are not news: idle stretches are folded into one line.
fn is_idle(e: &Episode) -> bool {
    e.verdict.cause == Cause::Idle.id()
}

/// A list of sentences, each behind a dash.
fn bullets(page: &mut Page, items: &[String]) {
    for item in items {
        page.text(Indent { first: 2, rest: 4 }, &[span(Tone::Plain, "- "), span(Tone::Plain, item)]);
    }
}
