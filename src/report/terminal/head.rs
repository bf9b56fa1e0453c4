//! The first lines: the verdict in one sentence, and for an outage that still runs, when it should end.

use super::page::{Indent, Page, Tone, span};
use crate::report::document::{Document, Episode};
use crate::report::when::{When, seconds_between};
use crate::report::words;

/// The sentence of the verdict, and of an outage that still runs.
pub(super) fn sentence(page: &mut Page, document: &Document, when: &When) {
    page.text(Indent { first: 0, rest: 0 }, &[span(Tone::Strong, &document.verdict.sentence)]);
    for e in document.episodes.iter().filter(|e| e.ends_in_block && e.kind == "refused") {
        let text = still_running(e, document, when);
        page.text(Indent { first: 0, rest: 0 }, &[span(Tone::Bad, &text)]);
    }
}

/// What an episode without a recovery means now; it names its pool where there are several.
pub(in crate::report) fn still_running(e: &Episode, document: &Document, when: &When) -> String {
    let text = when_it_ends(e, document, when);
    if document.pools.len() > 1 { format!("{}: {text}", e.pool) } else { text }
}

fn when_it_ends(e: &Episode, document: &Document, when: &When) -> String {
    let when = when.on_day_of(document.now.as_deref().unwrap_or(&e.to));
    let ends = e.estimates.resets_at.as_deref();
    match (ends, document.now.as_deref()) {
        (Some(ends), Some(now)) => match seconds_between(now, ends) {
            Some(left) if left >= 0.0 => format!(
                "Still blocked. It should end at {}, {} from now ({}).",
                when.minute(ends),
                words::duration(left),
                when.minute(now)
            ),
            late => format!(
                "It should have ended at {}, {} ago; the log ends before that, at {}.",
                when.minute(ends),
                words::duration(-late.unwrap_or(0.0)),
                when.minute(&e.to)
            ),
        },
        (Some(ends), None) => {
            format!("The log ends inside the block, at {}; it should end at {}.", when.minute(&e.to), when.minute(ends))
        }
        (None, Some(now)) => format!(
            "The log ends inside the block, at {}, {} before now ({}); nothing in it tells when the block ends.",
            when.minute(&e.to),
            words::duration(seconds_between(&e.to, now).unwrap_or(0.0)),
            when.minute(now)
        ),
        (None, None) => {
            format!(
                "The log ends inside the block, at {}; nothing in it tells when the block ends.",
                when.minute(&e.to)
            )
        }
    }
}
