//! One episode, in full or in a few lines.

use super::page::{Indent, Page, Tone, span};
use super::{View, bullets, evidence, lanes, picture};
use crate::report::clock::{Style, localised};
use crate::report::document::Episode;
use crate::report::figures;
use crate::report::words;

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
    lanes::section(page, e, &below);
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
    if e.advice.is_empty() {
        return;
    }
    page.heading("What to do");
    for (label, list) in ["now:   ", "later: "].iter().zip(figures::advice(e, view.document.now.as_deref())) {
        for (i, item) in view.sentences(&list).iter().enumerate() {
            let shown = if i == 0 { label } else { "       " };
            page.text(Indent { first: 2, rest: 9 }, &[span(Tone::Note, shown), span(Tone::Plain, item)]);
        }
    }
}

/// Episodes told in short beside the costliest; of a fleet's thousands nobody reads more.
const OTHERS: usize = 20;

/// The others in short, in order of time: the costliest of them where there are many.
pub(super) fn others(page: &mut Page, view: &View<'_>, others: &[&Episode]) {
    let mut costliest: Vec<&Episode> = others.to_vec();
    costliest.sort_by(|a, b| b.cost_lane_s.total_cmp(&a.cost_lane_s));
    let least = costliest.get(OTHERS.min(costliest.len()).wrapping_sub(1)).map_or(0.0, |e| e.cost_lane_s);
    let shown: Vec<&&Episode> = others.iter().filter(|e| e.cost_lane_s >= least).take(OTHERS).collect();
    for e in &shown {
        short(page, view, e);
    }
    let rest = (others.len() - shown.len()) as u64;
    if rest > 0 {
        page.blank();
        let text = format!("and {}: -v tells them", words::counted(rest, "more episode", "more episodes"));
        page.line(0, &[span(Tone::Dim, &text)]);
    }
}

/// An episode that is not the costliest: sentence, verdict, span.
fn short(page: &mut Page, view: &View<'_>, e: &Episode) {
    let when = view.when.within(e);
    page.blank();
    let title = format!("{} on {}: ", e.id, when.day(&e.from));
    let sentence = localised(&e.sentence, &when, Style::Below);
    page.text(Indent { first: 0, rest: 2 }, &[span(Tone::Strong, &title), span(Tone::Plain, &sentence)]);
    verdict(page, e);
    let mut line = figures::span_and_counts(e, &when);
    let strongest = e.evidence.iter().find(|x| x.strength != "context");
    if let Some(x) = strongest {
        line.push_str(&format!(" Read first: {}.", evidence::sources(view.paths, &x.sources, 1)));
    }
    page.text(WRAPPED, &[span(Tone::Dim, &line)]);
}
