//! The strongest reasons for the verdict and against it: the fact, what it means, and where it was read.

use super::super::View;
use super::super::page::{Indent, Page, Tone, span};
use crate::document::{Episode, Evidence};
use crate::report::meaning::strongest;
use crate::wording::clock::{Style, localised};
use crate::wording::evidence::meaning;

/// From this leverage on, in log10 points, a reason is worth a line on the screen: it doubles the odds.
const WORTH: f64 = 0.3;
/// Below this an item says nothing of the verdict.
const TELLS: f64 = 0.05;

/// The reasons, at most so many for and against.
pub(super) fn section(page: &mut Page, view: &View<'_>, e: &Episode, [most_for, most_against]: [usize; 2]) {
    page.line(0, &[span(Tone::Strong, "Why")]);
    let indent = Indent { first: 2, rest: 4 };
    for x in strongest(e, |x| x.leverage, TELLS).into_iter().take(most_for) {
        reason(page, view, x, span(Tone::Good, "+ "), indent);
    }
    let against = strongest(e, |x| -x.leverage, WORTH);
    for x in against.iter().take(most_against) {
        reason(page, view, x, span(Tone::Bad, "− "), indent);
    }
    let slight = strongest(e, |x| -x.leverage, TELLS);
    let closing = match (against.len(), slight.as_slice()) {
        (0, []) => "There is no evidence against it.".to_owned(),
        (0, [only]) => format!("Against it there is only a slight point: {}", quote(view, only)),
        (0, [most, ..]) => format!("Against it there are only slight points; the strongest: {}", quote(view, most)),
        (n, _) if n > most_against => format!("{} more against it (-v).", n - most_against),
        _ => return,
    };
    page.text(Indent { first: 2, rest: 4 }, &[span(Tone::Plain, &closing)]);
}

fn quote(view: &View<'_>, x: &Evidence) -> String {
    localised(&x.statement, view.when, Style::Below)
}

/// The fact, what it means, and its source on a line of its own.
pub(super) fn reason(page: &mut Page, view: &View<'_>, x: &Evidence, sign: super::super::page::Span, indent: Indent) {
    let mut text = localised(&x.statement, view.when, Style::Below);
    if let Some(meaning) = meaning(&x.kind, &x.bin) {
        text.push(' ');
        text.push_str(meaning);
    }
    page.text(indent, &[sign, span(Tone::Plain, &text)]);
    source(page, view, x, indent.rest);
}

fn source(page: &mut Page, view: &View<'_>, x: &Evidence, indent: usize) {
    let (cited, _) = view.paths.cited(&x.sources, 1);
    if let Some(path) = cited.first() {
        page.text(Indent { first: indent, rest: indent }, &[span(Tone::Dim, path)]);
    }
}
