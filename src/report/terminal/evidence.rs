//! Evidence for and against, the strongest first, with its strength in words and the lines it was read from.

use super::View;
use super::page::{Indent, Page, Tone, span};
use crate::document::{Episode, Evidence, Source};
use crate::report::paths::Paths;
use crate::report::sorted::{self, List, Mark};
use crate::wording::clock::{Style, localised};
use crate::wording::words;

/// Sources named for one evidence; the rest are counted. Verbose names more.
const SOURCES_NAMED: usize = 2;
const SOURCES_NAMED_VERBOSE: usize = 10;

/// Both lists, and with `verbose` what decides nothing.
pub(super) fn section(page: &mut Page, e: &Episode, view: &View<'_>) {
    for list in sorted::lists(e) {
        let is_context = list.mark == Mark::Context;
        // In an open verdict what excludes the others is part of the answer.
        let is_shown = !is_context || view.look.verbose || (e.verdict.between.is_some() && list.shown() > 0);
        if is_shown && !(is_context && list.evidence.is_empty()) {
            one_list(page, &list, view);
        }
    }
}

fn one_list(page: &mut Page, list: &List<'_>, view: &View<'_>) {
    page.heading(&list.heading);
    if list.evidence.is_empty() {
        page.line(2, &[span(Tone::Dim, "none found")]);
    }
    let shown = if view.look.verbose { list.evidence.len() } else { list.shown() };
    for x in &list.evidence[..shown] {
        one(page, x, list.mark, view);
    }
    let rest = (list.evidence.len() - shown) as u64;
    if rest > 0 {
        let kind = if list.mark == Mark::Context { ["more", "more"] } else { ["weaker one", "weaker ones"] };
        let verb = if rest == 1 { "it" } else { "them" };
        let text = format!("and {}: -v shows {verb}", words::counted(rest, kind[0], kind[1]));
        page.line(2, &[span(Tone::Dim, &text)]);
    }
}

fn one(page: &mut Page, x: &Evidence, mark: Mark, view: &View<'_>) {
    let (tone, sign) = match mark {
        Mark::For => (Tone::Good, "+ "),
        Mark::Against => (Tone::Bad, "- "),
        Mark::Context => (Tone::Dim, "· "),
    };
    let statement = localised(&x.statement, view.when, Style::Below);
    page.text(Indent { first: 2, rest: 4 }, &[span(tone, sign), span(Tone::Plain, &statement)]);
    let named = if view.look.verbose { SOURCES_NAMED_VERBOSE } else { SOURCES_NAMED };
    let cited = format!("  {}", sources(view.paths, &x.sources, named));
    let below = [span(tone, &sorted::strength(x, mark)), span(Tone::Dim, &cited)];
    page.text(Indent { first: 4, rest: 6 }, &below);
}

/// `kimi.log:412, :498, +37 more`.
pub(super) fn sources(paths: &Paths, sources: &[Source], named: usize) -> String {
    let (mut parts, rest) = paths.cited(sources, named);
    if rest > 0 {
        parts.push(format!("+{rest}\u{a0}more"));
    }
    parts.join(", ")
}
