//! Markdown that pastes into an issue or a ticket: verdict, facts, strip, evidence, missing, advice.
//!
//! In: the document. Out: GitHub-flavoured Markdown. What always holds: accounts are pseudonyms, since this leaves the
//! house, and every text is escaped, so that nothing of a log becomes markup, a mention or a link.

use crate::document::{Document, Episode, Evidence};
use crate::model::Cause;
use crate::privacy::escape;
use crate::report::paths::Paths;
use crate::report::sorted::{self, Mark};
use crate::report::{strip, terminal};
use crate::wording::clock::{Style, localised};
use crate::wording::when::When;
use crate::wording::{figures, words};

/// Columns of the strip: issue trackers show about a hundred before they scroll.
const STRIP_COLUMNS: usize = 88;

/// Columns for a path: more of them beside each other would wrap in an issue.
const PATH_COLUMNS: usize = 48;

/// Sources named for one evidence; the rest are counted.
const SOURCES_NAMED: usize = 2;

/// What the parts share.
#[derive(Clone, Copy)]
struct View<'d> {
    document: &'d Document,
    when: &'d When,
    paths: &'d Paths,
}

/// The report as Markdown.
pub fn render(document: &Document) -> String {
    let document = document.clone().shared();
    let when = When::of(&document);
    let paths = Paths::of(&document, PATH_COLUMNS);
    let mut out = format!("### {}\n\n", text(&terminal::verdict(&document, &when)));
    let counts: Vec<String> = terminal::counts(&document, &when).iter().map(|line| text(line)).collect();
    if !counts.is_empty() {
        out.push_str(&format!("{}\n\n", counts.join(" ")));
    }
    for e in document.episodes.iter().filter(|e| e.tells_its_end()) {
        out.push_str(&format!("**{}**\n\n", text(&terminal::still_running(e, &document, &when))));
    }
    let mut shown: Vec<&Episode> = document.episodes.iter().filter(|e| e.verdict.cause != Cause::Idle.id()).collect();
    shown.sort_by_key(|e| document.verdict.episode.as_deref() != Some(e.id.as_str()));
    for (i, e) in shown.iter().enumerate() {
        let when = when.within(e);
        if shown.len() > 1 {
            out.push_str(&format!("#### {} on {}\n\n", text(&e.id), text(&when.day(&e.from))));
        }
        if i > 0 {
            out.push_str(&format!("{}\n\n", text(&localised(&e.sentence, &when, Style::Below))));
        }
        episode(&mut out, e, &View { document: &document, when: &when, paths: &paths }, i == 0);
    }
    reading(&mut out, &View { document: &document, when: &when, paths: &paths });
    out
}

fn text(text: &str) -> String {
    escape::markdown(text).replace('\u{a0}', " ")
}

/// One episode; the strip, figures and advice only where `full`.
fn episode(out: &mut String, e: &Episode, view: &View<'_>, full: bool) {
    facts(out, e, view);
    if full && let Some(picture) = strip::draw(e, view.when, STRIP_COLUMNS, 0) {
        out.push_str("```text\n");
        for row in picture.rows {
            let line = format!("{:<10}{}", row.label, row.cells);
            out.push_str(line.trim_end());
            out.push('\n');
        }
        let scale = words::duration(picture.column_s).replace('\u{a0}', " ");
        out.push_str(&format!("{:10}one column is {scale}\n```\n\n", ""));
    }
    for list in sorted::lists(e) {
        if list.mark == Mark::Context && (!full || list.shown() == 0 || e.verdict.between.is_none()) {
            continue;
        }
        let mut entries: Vec<String> =
            list.evidence[..list.shown()].iter().map(|x| evidence(x, list.mark, view)).collect();
        let rest = (list.evidence.len() - list.shown()) as u64;
        match (entries.is_empty(), rest) {
            (true, 0) => entries.push("none found".to_owned()),
            (_, 0) => {}
            (_, rest) => {
                let more = words::counted(rest, "weaker one", "weaker ones");
                entries.push(text(&format!("and {more}, listed with -v and in the JSON report")));
            }
        }
        section(out, &list.heading, entries);
    }
    let below = |texts: &[String]| -> Vec<String> {
        texts.iter().map(|t| text(&localised(t, view.when, Style::Below))).collect()
    };
    section(out, "What would settle it", below(&e.missing));
    section(out, &figures::estimates_heading(e), below(&figures::estimates(e, view.when)));
    let advice = figures::advice(e).map(|list| below(&list));
    let labelled = ["**Now:** ", "**Later:** "].iter().zip(advice);
    section(
        out,
        "What to do",
        labelled.flat_map(|(l, list)| list.into_iter().map(move |a| format!("{l}{a}"))).collect(),
    );
}

fn section(out: &mut String, heading: &str, entries: Vec<String>) {
    if entries.is_empty() {
        return;
    }
    out.push_str(&format!("**{}**\n\n", text(heading)));
    for entry in entries {
        out.push_str(&format!("- {entry}\n"));
    }
    out.push('\n');
}

/// The small table that a support desk reads first.
fn facts(out: &mut String, e: &Episode, view: &View<'_>) {
    out.push_str("| | |\n|---|---|\n");
    for fact in figures::particulars(e, &view.document.weights, view.when) {
        out.push_str(&format!("| {} | {} |\n", text(&fact.label), text(&fact.value)));
    }
    out.push('\n');
}

fn evidence(x: &Evidence, mark: Mark, view: &View<'_>) -> String {
    let (cited, rest) = view.paths.cited(&x.sources, SOURCES_NAMED);
    let mut sources: Vec<String> = cited.iter().map(|s| escape::markdown_code(s)).collect();
    if rest > 0 {
        sources.push(format!("+{rest} more"));
    }
    let statement = text(&localised(&x.statement, view.when, Style::Below));
    format!("{statement} _{}_: {}", text(&sorted::strength(x, mark)), sources.join(", "))
}

/// How the data was read, at the end.
fn reading(out: &mut String, view: &View<'_>) {
    let document = view.document;
    let notes = document.notes.iter().map(|n| localised(n, view.when, Style::Below));
    let mut entries: Vec<String> = notes.chain(figures::defects(document)).map(|n| text(&n)).collect();
    entries.extend(document.not_logged.iter().map(|h| text(&figures::not_logged(h))));
    for input in &document.inputs {
        let path = view.paths.short(&input.path);
        entries.extend(input.problems.iter().map(|p| text(&figures::problem(path, p))));
    }
    if document.verdict.cause.is_some() {
        entries.extend(figures::words_used(&document.episodes).iter().map(|w| text(w)));
        entries.push(text(&document.weights.note));
    }
    section(out, "How this was read", entries);
    out.push_str(&format!(
        "Written by {} {}; times in {}.\n",
        text(&document.tool.name),
        text(&document.tool.version),
        text(&view.when.zone())
    ));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_stories() {
        for (name, document) in sample::all() {
            insta::assert_snapshot!(format!("markdown_{name}"), render(&document));
        }
    }

    #[test]
    fn no_account_leaves_the_house() {
        for (name, document) in sample::all() {
            assert!(!render(&document).contains("acct0"), "{name}");
        }
    }

    #[test]
    fn hostile_text_stays_text() {
        let mut document = sample::thread();
        document.verdict.sentence = "<img src=x> @team #1 `x` [a](https://b.example)\n# h".to_owned();
        document.episodes[0].evidence[0].sources[0].path = "a|`b`\n.log".to_owned();
        document.episodes[0].facts[0].value = "a|b".to_owned();
        // Pseudonyms would hide most of it: escaping must do alone.
        document.unmasked = true;
        let out = render(&document);
        let title = out.lines().next().unwrap();
        assert_eq!(
            title,
            "### &lt;img src=x&gt; @&#8203;team \\#&#8203;1 \\`x\\` \\[a\\](https:&#8203;//b.example)\\\\n\\#&#8203; h"
        );
        assert!(out.contains("``a\\|`b`\\n.log``"), "{out}");
        assert!(out.contains("| a\\|b |"));
    }
}
