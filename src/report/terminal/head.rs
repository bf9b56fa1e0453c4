//! The first lines: the verdict in one sentence, and for an outage that still runs, when it should end.

use super::page::{Indent, Page, Tone, span};
use crate::document::{Document, Episode};
use crate::wording::clock::{Style, localised};
use crate::wording::when::{When, seconds_between};
use crate::wording::words;

/// The sentence of the verdict, and of outages that still run; `only_verdict` tells no other episode than the verdict's.
pub(super) fn sentence(page: &mut Page, document: &Document, when: &When, only_verdict: bool) {
    let flush = Indent { first: 0, rest: 0 };
    page.text(flush, &[span(Tone::Strong, &verdict(document, when))]);
    if !only_verdict {
        for line in counts(document, when) {
            page.text(flush, &[span(Tone::Dim, &line)]);
        }
    }
    let is_shown = |e: &&Episode| !only_verdict || document.verdict.episode.as_deref() == Some(e.id.as_str());
    for e in document.episodes.iter().filter(|e| e.tells_its_end()).filter(is_shown) {
        page.text(flush, &[span(Tone::Bad, &still_running(e, document, when))]);
    }
}

/// The sentence of the verdict, its instants in the reader's zone.
pub(in crate::report) fn verdict(document: &Document, when: &When) -> String {
    let leading = document.episodes.iter().find(|e| document.verdict.episode.as_deref() == Some(e.id.as_str()));
    let when = leading.map_or_else(|| when.clone(), |e| when.within(e));
    localised(&document.verdict.sentence, &when, Style::Pasted)
}

/// What became of every attempt, its instants in the reader's zone.
pub(in crate::report) fn counts(document: &Document, when: &When) -> Vec<String> {
    document.verdict.counts.iter().map(|line| localised(line, when, Style::Pasted)).collect()
}

/// What an outage that runs means now; it names its pool where there are several.
pub(in crate::report) fn still_running(e: &Episode, document: &Document, when: &When) -> String {
    let text = when_it_ends(e, document, when);
    if document.pools.len() > 1 { format!("{}: {text}", e.pool) } else { text }
}

fn when_it_ends(e: &Episode, document: &Document, when: &When) -> String {
    let when = when.within(e).on_day_of(&e.to);
    let said = e.outlook_now().and_then(|o| o.sentence.as_deref()).map(|s| localised(s, &when, Style::Below));
    if let (Some(said), Some(_)) = (&said, &e.first_admission_after) {
        return said.clone();
    }
    let (to, zone) = (when.minute(&e.to), when.zone());
    let Some(ends) = e.estimates.resets_at.as_deref() else {
        let unknown = end_unknown(e, document, &when, said.is_some());
        return said.map_or(unknown.clone(), |said| format!("{unknown} {said}"));
    };
    // An open verdict knows the end of one of its two causes only.
    let is_named = e.estimates.reset_source.as_deref().is_some_and(|s| s != "snapshot");
    let is_open = e.verdict.between.is_some() && !is_named;
    let it = if is_open { "If it was a token window, it" } else { "It" };
    let at = when.minute(ends);
    let Some(now) = document.now.as_deref() else {
        return format!("The logs end while it is blocked, at {to} {zone}. {it} should end at {at}.");
    };
    let left = seconds_between(now, ends).unwrap_or(0.0);
    let (away, now) = (words::duration(left.abs()), when.minute(now));
    if left >= 0.0 {
        format!("{it} should end in {away}, at {at} (now {now} {zone}; the logs end at {to}).")
    } else {
        format!(
            "The logs end while it is blocked, at {to}. {it} should have ended at {at}, {away} ago (now {now} {zone})."
        )
    }
}

/// Logs that go on for so long after the last refusal did not end inside the block, in seconds.
const GOES_ON_S: f64 = 120.0;

fn end_unknown(e: &Episode, document: &Document, when: &When, is_bounded: bool) -> String {
    let (to, zone) = (when.minute(&e.to), when.zone());
    let end = document.coverage.to.as_deref();
    if let Some(end) = end.filter(|end| seconds_between(&e.to, end).is_some_and(|s| s > GOES_ON_S)) {
        return format!(
            "No request was admitted here after {to} {zone}, though the logs go on to {}; they do not say when it \
             ended.",
            when.minute(end)
        );
    }
    // A log may end after a given `--now`, or on a machine whose clock is behind: then nothing lies between the two.
    let before = document.now.as_deref().and_then(|now| {
        let away = seconds_between(&e.to, now).filter(|away| *away > 0.0)?;
        Some(format!(", {} before now ({})", words::duration(away), when.minute(now)))
    });
    let unknown = if is_bounded { "" } else { "; they do not say when it ends" };
    format!("The logs end while it is blocked, at {to} {zone}{}{unknown}.", before.unwrap_or_default())
}
