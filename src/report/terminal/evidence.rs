//! Evidence for and against, the strongest first, with its strength in words and the lines it was read from.

use super::Look;
use super::page::{Indent, Page, Tone, span};
use crate::report::document::{Episode, Evidence, Source};
use crate::report::sorted::{self, Mark};

/// Sources named for one evidence; the rest are counted. Verbose names more.
const SOURCES_NAMED: usize = 3;
const SOURCES_NAMED_VERBOSE: usize = 10;

/// Both lists, and with `verbose` what decides nothing.
pub(super) fn section(page: &mut Page, e: &Episode, look: &Look) {
    for list in sorted::lists(e) {
        let is_context = list.mark == Mark::Context;
        // In an open verdict what excludes the others is part of the answer.
        let shown = !is_context || look.verbose || e.verdict.between.is_some();
        if !shown || (is_context && list.evidence.is_empty()) {
            continue;
        }
        page.heading(&list.heading);
        if list.evidence.is_empty() {
            page.line(2, &[span(Tone::Dim, "none found")]);
        }
        for x in list.evidence {
            one(page, x, list.mark, look);
        }
    }
}

fn one(page: &mut Page, x: &Evidence, mark: Mark, look: &Look) {
    let (tone, sign) = match mark {
        Mark::For => (Tone::Good, "+ "),
        Mark::Against => (Tone::Bad, "- "),
        Mark::Context => (Tone::Dim, "· "),
    };
    page.text(Indent { first: 2, rest: 4 }, &[span(tone, sign), span(Tone::Plain, &x.says)]);
    let named = if look.verbose { SOURCES_NAMED_VERBOSE } else { SOURCES_NAMED };
    let strength = if x.strength == "context" { "weighs nothing" } else { &x.strength };
    let below = [span(tone, strength), span(Tone::Dim, &format!("  {}", sources(&x.sources, named)))];
    page.text(Indent { first: 4, rest: 6 }, &below);
}

/// `kimi.log:412, kimi.log:498, +37 more`.
pub(super) fn sources(sources: &[Source], named: usize) -> String {
    let mut parts: Vec<String> = sources
        .iter()
        .take(named)
        .map(|s| if s.line == 0 { s.path.clone() } else { format!("{}:{}", s.path, s.line) })
        .collect();
    if sources.len() > named {
        parts.push(format!("+{}\u{a0}more", sources.len() - named));
    }
    parts.join(", ")
}
