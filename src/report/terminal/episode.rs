//! One episode, in full or in a few lines.

use super::page::{Indent, Page, Tone, span};
use super::{View, agents, bullets, evidence, picture};
use crate::document::Episode;
use crate::wording::clock::{Style, localised};
use crate::wording::{figures, words};

const WRAPPED: Indent = Indent { first: 2, rest: 2 };

/// Everything about an episode.
pub(super) fn full(page: &mut Page, view: &View<'_>, e: &Episode) {
    let document = view.document;
    let when = view.when.within(e);
    let many = document.episodes.iter().filter(|e| !super::is_idle(e)).count() > 1;
    page.blank();
    if many {
        page.line(0, &[span(Tone::Strong, &format!("{} on {}", e.id, when.day(&e.from)))]);
    }
    if many && document.verdict.episode.as_deref() != Some(&e.id) {
        page.text(WRAPPED, &[span(Tone::Plain, &localised(&e.sentence, &when, Style::Below))]);
    }
    verdict(page, e);
    let place = format!("{}, {}, times in {}", e.pool, when.day(&e.from), when.zone());
    page.text(WRAPPED, &[span(Tone::Dim, &place)]);
    picture::draw(page, e, &when);
    for sentence in figures::boundaries(e, &when) {
        page.text(WRAPPED, &[span(Tone::Plain, &sentence)]);
    }
    let below = View { when: &when, ..*view };
    agents::section(page, e, &below);
    evidence::section(page, e, &below);
    list(page, "What would settle it", &below.sentences(&e.missing));
    list(page, &figures::estimates_heading(e), &figures::estimates(e, &when));
    advice(page, e, &below);
    let figures = figures::figures(e, &document.weights);
    list(page, "Figures", &figures.iter().map(|f| format!("{}: {}", f.label, f.value)).collect::<Vec<_>>());
}

fn list(page: &mut Page, heading: &str, entries: &[String]) {
    if !entries.is_empty() {
        page.heading(heading);
        bullets(page, entries);
    }
}

/// The verdict in words and numbers, with its rivals.
fn verdict(page: &mut Page, e: &Episode) {
    let v = &e.verdict;
    let mut spans = vec![span(Tone::Note, &words::verdict_and_word(v))];
    let rivals = figures::rivals(e);
    if !rivals.is_empty() {
        spans.push(span(Tone::Dim, &format!("; {rivals}")));
    }
    page.text(WRAPPED, &spans);
    if let Some(meaning) = v.between.as_ref().and_then(|_| words::group(&v.group)) {
        page.text(WRAPPED, &[span(Tone::Plain, meaning)]);
    }
}

/// What to do now, then what to change.
fn advice(page: &mut Page, e: &Episode, view: &View<'_>) {
    if e.advice.now.is_empty() && e.advice.later.is_empty() {
        return;
    }
    page.heading("What to do");
    for (label, list) in ["now:   ", "later: "].iter().zip(figures::advice(e)) {
        for (i, item) in view.sentences(&list).iter().enumerate() {
            let shown = if i == 0 { label } else { "       " };
            page.text(Indent { first: 2, rest: 9 }, &[span(Tone::Note, shown), span(Tone::Plain, item)]);
        }
    }
}
