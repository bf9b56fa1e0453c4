//! Markdown that pastes into an issue or a ticket: verdict, facts, strip, evidence, missing, advice.
//!
//! In: the document. Out: GitHub-flavoured Markdown. What always holds: accounts are pseudonyms, since this leaves the
//! house, and every text is escaped, so that nothing of a log becomes markup, a mention or a link.

use super::document::{Document, Episode, Evidence};
use super::escape;
use super::figures;
use super::sorted::{self, Mark};
use super::strip;
use super::terminal;
use super::when::When;
use super::words;
use crate::model::Cause;

/// Columns of the strip: issue trackers show about a hundred before they scroll.
const STRIP_COLUMNS: usize = 88;

/// Sources named for one evidence; the rest are counted.
const SOURCES_NAMED: usize = 3;

/// The report as Markdown.
pub fn render(document: &Document) -> String {
    let document = document.clone().pseudonymous();
    let when = When::of(&document);
    let mut out = format!("### {}\n\n", text(&document.verdict.sentence));
    for e in document.episodes.iter().filter(|e| e.ends_in_block && e.kind == "refused") {
        out.push_str(&format!("**{}**\n\n", text(&terminal::still_running(e, &document, &when))));
    }
    let mut told: Vec<&Episode> = document.episodes.iter().filter(|e| e.verdict.cause != Cause::Idle.id()).collect();
    told.sort_by_key(|e| document.verdict.episode.as_deref() != Some(e.id.as_str()));
    for (i, e) in told.iter().enumerate() {
        if told.len() > 1 {
            out.push_str(&format!("#### {} on {}\n\n", text(&e.id), text(&when.day(&e.from))));
        }
        if i > 0 {
            out.push_str(&format!("{}\n\n", text(&e.sentence)));
        }
        episode(&mut out, e, &when.on_day_of(&e.from), i == 0);
    }
    reading(&mut out, &document);
    out
}

fn text(text: &str) -> String {
    escape::markdown(text).replace('\u{a0}', " ")
}

/// One episode; the strip and what was seen beside only where `full`.
fn episode(out: &mut String, e: &Episode, when: &When, full: bool) {
    facts(out, e, when);
    if full && let Some(picture) = strip::draw(e, when, STRIP_COLUMNS) {
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
        if list.mark == Mark::Context && (!full || list.evidence.is_empty()) {
            continue;
        }
        let entries: Vec<String> = list.evidence.iter().map(|x| evidence(x)).collect();
        section(out, &list.heading, if entries.is_empty() { vec!["none found".to_owned()] } else { entries });
    }
    section(out, "What would settle it", e.missing.iter().map(|m| text(m)).collect());
    section(out, "Estimates", figures::estimates(e, when).iter().map(|m| text(m)).collect());
    let labels = std::iter::once("**Now:** ").chain(std::iter::repeat("**Then:** "));
    section(out, "What to do", labels.zip(&e.advice).map(|(label, a)| format!("{label}{}", text(a))).collect());
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
fn facts(out: &mut String, e: &Episode, when: &When) {
    let mut verdict = words::verdict(&e.verdict);
    if e.verdict.between.is_none() {
        verdict.push_str(&format!(", {}, {}", e.verdict.word, words::percent(e.verdict.probability)));
    }
    let mut rows = vec![("Verdict".to_owned(), verdict), ("Pool".to_owned(), e.pool.clone())];
    if let Some(meaning) = e.verdict.between.as_ref().and_then(|_| words::group(&e.verdict.group)) {
        rows.push(("Both".to_owned(), meaning.to_owned()));
    }
    let stamp =
        |t: &Option<String>| t.as_ref().map(|t| format!("{} {}", when.format(t, "%Y-%m-%d %H:%M:%S"), when.zone()));
    for (name, time) in [
        ("Last admission before", &e.last_admission_before),
        ("First refusal", &e.first_refusal),
        ("Last refusal", &e.last_refusal),
        ("First admission after", &e.first_admission_after),
    ] {
        if let Some(stamp) = stamp(time) {
            rows.push((name.to_owned(), stamp));
        }
    }
    rows.push(("Counted".to_owned(), figures::span_and_counts(e, when)));
    if e.lanes_total > 0 {
        rows.push(("Lanes that waited".to_owned(), words::count(e.lanes_total)));
    }
    rows.extend(e.facts.iter().map(|f| (f.label.clone(), f.value.clone())));
    out.push_str("| | |\n|---|---|\n");
    for (name, value) in rows {
        out.push_str(&format!("| {} | {} |\n", text(&name), text(&value)));
    }
    out.push('\n');
}

fn evidence(x: &Evidence) -> String {
    let strength = if x.strength == "context" { "weighs nothing" } else { &x.strength };
    let mut sources: Vec<String> = x
        .sources
        .iter()
        .take(SOURCES_NAMED)
        .map(|s| match s.line {
            0 => escape::markdown_code(&s.path),
            line => escape::markdown_code(&format!("{}:{line}", s.path)),
        })
        .collect();
    if x.sources.len() > SOURCES_NAMED {
        sources.push(format!("+{} more", x.sources.len() - SOURCES_NAMED));
    }
    format!("{} _{}_: {}", text(&x.says), text(strength), sources.join(", "))
}

/// How the data was read, at the end.
fn reading(out: &mut String, document: &Document) {
    let mut entries: Vec<String> = document.notes.iter().chain(&document.hides).map(|n| text(n)).collect();
    for input in &document.inputs {
        entries.extend(input.problems.iter().map(|p| text(&figures::problem(&input.path, p))));
    }
    if !document.episodes.is_empty() {
        entries.extend(figures::words_used(&document.episodes).iter().map(|w| text(w)));
        entries.push(text(&document.weights.note));
    }
    section(out, "How this was read", entries);
    out.push_str(&format!(
        "Written by {} {}; times in {}.\n",
        text(&document.tool.name),
        text(&document.tool.version),
        text(&When::of(document).zone())
    ));
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

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
