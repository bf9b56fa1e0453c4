//! One episode, in full or in a few lines.

use super::page::{Indent, Page, Tone, span};
use super::{Look, bullets, evidence, lanes, picture};
use crate::report::document::{Document, Episode};
use crate::report::figures;
use crate::report::when::When;
use crate::report::words;

/// Everything about an episode.
pub(super) fn full(page: &mut Page, document: &Document, e: &Episode, look: &Look) {
    let when = When::of(document).on_day_of(&e.from);
    let wrapped = Indent { first: 2, rest: 2 };
    let many = document.episodes.iter().filter(|e| !super::is_idle(e)).count() > 1;
    page.blank();
    if many {
        page.line(0, &[span(Tone::Strong, &format!("{} on {}", e.id, when.day(&e.from)))]);
    }
    if many && document.verdict.episode.as_deref() != Some(&e.id) {
        page.text(wrapped, &[span(Tone::Plain, &e.sentence)]);
    }
    verdict(page, e);
    let place = format!("{}, {}, times in {}", e.pool, when.day(&e.from), when.zone());
    page.text(wrapped, &[span(Tone::Dim, &place)]);
    picture::draw(page, e, &when);
    for sentence in figures::boundaries(e, &when) {
        page.text(wrapped, &[span(Tone::Plain, &sentence)]);
    }
    lanes::section(page, e, &when, look);
    evidence::section(page, e, look);
    if look.verbose && !e.facts.is_empty() {
        page.heading("Counted, not weighed");
        bullets(page, &e.facts.iter().map(|f| format!("{}: {}", f.label, f.value)).collect::<Vec<_>>());
    }
    if !e.missing.is_empty() {
        page.heading("What would settle it");
        bullets(page, &e.missing);
    }
    let estimates = figures::estimates(e, &when);
    if !estimates.is_empty() {
        page.heading("Estimates");
        bullets(page, &estimates);
    }
    advice(page, e);
}

/// The verdict in words and numbers, with its rivals.
fn verdict(page: &mut Page, e: &Episode) {
    let wrapped = Indent { first: 2, rest: 2 };
    let v = &e.verdict;
    let mut spans = vec![span(Tone::Note, &words::verdict(v))];
    if v.between.is_none() {
        spans.push(span(Tone::Plain, &format!(", {}, {}", v.word, words::percent(v.probability))));
    }
    let rivals = figures::rivals(e);
    if !rivals.is_empty() {
        spans.push(span(Tone::Dim, &format!("; {rivals}")));
    }
    page.text(wrapped, &spans);
    if let Some(meaning) = v.between.as_ref().and_then(|_| words::group(&v.group)) {
        page.text(wrapped, &[span(Tone::Plain, meaning)]);
    }
}

/// What to do now, then what to change.
fn advice(page: &mut Page, e: &Episode) {
    if e.advice.is_empty() {
        return;
    }
    page.heading("What to do");
    for (i, item) in e.advice.iter().enumerate() {
        let label = if i == 0 { "now:  " } else { "then: " };
        page.text(Indent { first: 2, rest: 8 }, &[span(Tone::Note, label), span(Tone::Plain, item)]);
    }
}

/// An episode that is not the costliest: sentence, verdict, span.
pub(super) fn short(page: &mut Page, e: &Episode, when: &When) {
    let when = when.on_day_of(&e.from);
    let wrapped = Indent { first: 2, rest: 2 };
    page.blank();
    let title = format!("{} on {}: ", e.id, when.day(&e.from));
    page.text(Indent { first: 0, rest: 2 }, &[span(Tone::Strong, &title), span(Tone::Plain, &e.sentence)]);
    verdict(page, e);
    let mut line = figures::span_and_counts(e, &when);
    let strongest = e.evidence.iter().find(|x| x.strength != "context");
    if let Some(x) = strongest {
        line.push_str(&format!(" Read first: {}.", evidence::sources(&x.sources, 1)));
    }
    page.text(wrapped, &[span(Tone::Dim, &line)]);
}
