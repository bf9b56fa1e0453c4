//! A verdict that is not decided: its two candidates beside each other, what would decide, and what is safe meanwhile.

use super::super::View;
use super::super::page::{Indent, Page, Span, Tone, span};
use super::rows;
use crate::document::{Between, Episode};
use crate::model::Cause;
use crate::report::meaning::strongest;
use crate::wording::clock::{Style, localised};
use crate::wording::evidence::meaning;
use crate::wording::numbers::capital;
use crate::wording::words;

/// Columns of the labels.
pub(super) const LABEL: usize = 20;
/// Below this an item does not tell the two apart.
const TELLS: f64 = 0.1;

/// The section.
pub(super) fn section(page: &mut Page, view: &View<'_>, e: &Episode, most: usize) {
    let Some([first, second, ..]) = e.verdict.between.as_deref() else { return };
    candidate(page, view, e, first, 1.0, most);
    candidate(page, view, e, second, -1.0, most);
    let settles: Vec<String> = view.sentences(&e.missing);
    if let Some(settles) = settles.first() {
        row(page, "Would decide it", settles);
    }
    row(page, "Meanwhile", meanwhile(&first.cause, &second.cause));
    rows::beside(page, view, e, LABEL);
}

/// One candidate with what points to it and not to the other.
fn candidate(page: &mut Page, view: &View<'_>, e: &Episode, b: &Between, sign: f64, most: usize) {
    let name = name(b);
    let reasons = strongest(e, |x| sign * x.leverage, TELLS);
    let (indent, label) = label(&name);
    if label.is_none() {
        page.text(Indent { first: 0, rest: 2 }, &[span(Tone::Strong, &name)]);
    }
    if reasons.is_empty() {
        let text = "nothing in these logs points to it and not to the other";
        page.text(indent, &[label.unwrap_or_else(|| span(Tone::Plain, &" ".repeat(LABEL))), span(Tone::Plain, text)]);
        return;
    }
    for (n, x) in reasons.into_iter().take(most.max(1)).enumerate() {
        let before = match (&label, n) {
            (Some(label), 0) => label.clone(),
            _ => span(Tone::Plain, &" ".repeat(LABEL)),
        };
        let mut text = localised(&x.statement, view.when, Style::Below);
        if let Some(meaning) = meaning(&x.kind, &x.bin) {
            text.push(' ');
            text.push_str(meaning);
        }
        page.text(indent, &[before, span(Tone::Good, "+ "), span(Tone::Plain, &text)]);
        let (cited, _) = view.paths.cited(&x.sources, 1);
        if let Some(path) = cited.first() {
            let below = Indent { first: LABEL + 2, rest: LABEL + 2 };
            page.text(below, &[span(Tone::Dim, path)]);
        }
    }
}

/// A label that fits its column stands beside the text, a longer one above it.
fn label(name: &str) -> (Indent, Option<Span>) {
    let fits = name.chars().count() < LABEL;
    (Indent { first: 0, rest: LABEL + 2 }, fits.then(|| span(Tone::Strong, &format!("{name:<LABEL$}"))))
}

fn row(page: &mut Page, label: &str, text: &str) {
    page.text(
        Indent { first: 0, rest: LABEL },
        &[span(Tone::Strong, &format!("{label:<LABEL$}")), span(Tone::Plain, text)],
    );
}

/// The candidate as a label.
fn name(b: &Between) -> String {
    capital(&words::between_name(b))
}

/// What is safe whichever of the two it was.
fn meanwhile(a: &str, b: &str) -> &'static str {
    let is = |c: Cause| a == c.id() || b == c.id();
    let waits = is(Cause::TokenWindow) || is(Cause::AccountBlock) || is(Cause::Billing) || is(Cause::Access);
    if is(Cause::ConcurrencyCap) && is(Cause::RatePerMinute) {
        "Run one request at a time: that satisfies both."
    } else if is(Cause::Network) {
        "Check the connection, then start one agent only."
    } else if is(Cause::ConcurrencyCap) && waits {
        "Start one agent only. If it is refused with nothing else running, it is not concurrency: wait."
    } else if waits {
        "Start one agent only, and let it wait minutes between retries."
    } else {
        "Start one agent only, with growing pauses between retries."
    }
}
