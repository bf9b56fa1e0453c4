//! The default report: one screen of at most 50 lines, the verdict first, then why, what it cost and what to do.
//!
//! In: the document and how it is to look. Out: text. Everything that is left out here stands in the verbose report, in HTML
//! and in JSON.

mod candidates;
mod quiet;
mod rows;
mod several;
mod why;

use super::page::{Indent, Page, Tone, span};
use super::{View, head, picture};
use crate::document::{Document, Episode};
use crate::wording::clock::{Style, localised};
use crate::wording::numbers::capital;
use crate::wording::when::When;
use crate::wording::words;

/// Lines of a screen.
pub(in crate::report) const LINES: usize = 50;

/// How much of each part is shown; tried from the most to the least until a screen holds it.
#[derive(Debug, Clone, Copy)]
struct Amount {
    /// Reasons for and against.
    reasons: [usize; 2],
    /// Incidents in the table.
    incidents: usize,
    /// Sentences about failures that no episode explains.
    counts: usize,
    /// Whether the picture is drawn.
    picture: bool,
}

const fn amount(pro: usize, contra: usize, incidents: usize, counts: usize, picture: bool) -> Amount {
    Amount { reasons: [pro, contra], incidents, counts, picture }
}

const AMOUNTS: [Amount; 7] = [
    amount(3, 2, 8, 4, true),
    amount(3, 1, 6, 3, true),
    amount(2, 1, 5, 3, true),
    amount(2, 0, 4, 2, true),
    amount(1, 0, 3, 2, true),
    amount(2, 1, 3, 2, false),
    amount(1, 0, 3, 1, false),
];

/// The report on one screen.
pub(super) fn render(view: &View<'_>) -> String {
    let mut text = String::new();
    for amount in AMOUNTS {
        text = with(view, amount);
        if text.lines().count() <= LINES {
            break;
        }
    }
    text
}

fn with(view: &View<'_>, amount: Amount) -> String {
    let mut page = Page::new(view.look.width, view.look.color);
    let worst = leading(view.document);
    match worst {
        Some(e) => {
            if several::is_wanted(view.document) {
                several::table(&mut page, view, amount.incidents);
                page.blank();
            }
            episode(&mut page, view, e, amount);
        }
        None => quiet::section(&mut page, view, amount.counts),
    }
    page.blank();
    page.text(Indent { first: 0, rest: 6 }, &[span(Tone::Dim, &more(view.document))]);
    page.into_text()
}

/// The column where the sources of reasons begin.
pub(super) fn sources_begin(document: &Document) -> usize {
    let is_open = leading(document).is_some_and(|e| e.verdict.between.is_some());
    if is_open { candidates::LABEL + 2 } else { 4 }
}

/// The episode of the verdict.
fn leading(document: &Document) -> Option<&Episode> {
    let id = document.verdict.episode.as_deref()?;
    document.episodes.iter().find(|e| e.id == id)
}

fn more(document: &Document) -> String {
    let mut ways = vec!["-v all evidence".to_owned()];
    let others = document.episodes.iter().filter(|e| !super::is_idle(e)).map(|e| &e.id);
    if let Some(other) = others.into_iter().find(|id| document.verdict.episode.as_ref() != Some(*id)) {
        ways.push(format!("--episode {other}"));
    }
    ways.extend(["--ticket DIR support pack".to_owned(), "-o report.html".to_owned()]);
    let commands: Vec<String> = ways.iter().map(|way| way.replace(' ', "\u{a0}")).collect();
    format!("More: {}", commands.join(" · "))
}

/// One episode on a screen.
fn episode(page: &mut Page, view: &View<'_>, e: &Episode, amount: Amount) {
    let when = view.when.within(e);
    let view = View { when: &when, ..*view };
    headline(page, &view, e);
    if amount.picture {
        picture::draw(page, e, &when);
    }
    page.blank();
    if e.verdict.between.is_some() {
        candidates::section(page, &view, e, amount.reasons[0]);
    } else {
        why::section(page, &view, e, amount.reasons);
        page.blank();
        rows::of(page, &view, e, amount.counts);
    }
}

/// The verdict in two sentences, how sure it is behind them, and when it ends, if it runs.
fn headline(page: &mut Page, view: &View<'_>, e: &Episode) {
    let text = localised(&e.headline, view.when, Style::Headline);
    page.text_with(&[span(Tone::Strong, &text)], &span(Tone::Note, &confidence(e)));
    // Where requests are admitted again, what to do says when it may be over.
    if e.is_running() && e.first_admission_after.is_none() {
        let text = head::still_running(e, view.document, view.when);
        page.text(Indent { first: 0, rest: 0 }, &[span(Tone::Bad, &text)]);
    }
}

/// `Confirmed, 98 %`.
fn confidence(e: &Episode) -> String {
    let word = capital(&e.verdict.confidence);
    match e.verdict.between {
        Some(_) => word,
        None => format!("{word}, {}", words::percent(e.verdict.window_probability.unwrap_or(e.verdict.probability))),
    }
}

/// The pool as people read it: `kimi-code`, `kimi-code/acct0`, `openai/gpt`.
pub(super) fn pool(id: &str) -> String {
    let id = id.strip_suffix("/*").unwrap_or(id);
    id.strip_suffix("/-").unwrap_or(id).replacen("/-/", "/", 1)
}

/// What stands above a picture: the pool, the day and the zone.
pub(super) fn place(e: &Episode, when: &When) -> String {
    format!("{}, {}, {}", pool(&e.pool), when.day(&e.from), when.zone())
}
