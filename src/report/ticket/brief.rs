//! `report.md` of a pack: short enough for a form, whole enough to be read alone.
//!
//! It answers: which limit, how sure, why not the other, when it ends, what to send, what to change. Evidence that does
//! not fit is counted, and stands in the files beside it.

use crate::model::Cause;
use crate::report::clock::{Style, localised};
use crate::report::document::{Document, Episode, Evidence};
use crate::report::escape;
use crate::report::figures;
use crate::report::paths::Paths;
use crate::report::sorted;
use crate::report::strip;
use crate::report::terminal;
use crate::report::when::When;
use crate::report::words;

/// Forms and forums take this much.
pub const MOST_CHARS: usize = 4_000;

/// Columns of the picture: a forum shows as many without scrolling.
const STRIP_COLUMNS: usize = 66;
/// Columns for a path.
const PATH_COLUMNS: usize = 36;
/// Points against the second cause from which evidence answers why it was not that one.
const AGAINST: f64 = -0.3;

/// How much is told; each one is shorter than the one before.
#[derive(Clone, Copy)]
struct Level {
    pro: usize,
    contra: usize,
    not: usize,
    advice: usize,
    others: usize,
    picture: bool,
    longest: usize,
}

const LEVELS: [Level; 5] = [
    Level { pro: 5, contra: 3, not: 2, advice: 4, others: 6, picture: true, longest: 400 },
    Level { pro: 4, contra: 2, not: 2, advice: 4, others: 4, picture: true, longest: 300 },
    Level { pro: 3, contra: 2, not: 1, advice: 3, others: 3, picture: true, longest: 240 },
    Level { pro: 3, contra: 1, not: 1, advice: 3, others: 1, picture: false, longest: 200 },
    Level { pro: 1, contra: 1, not: 0, advice: 1, others: 0, picture: false, longest: 120 },
];

/// The text.
pub fn render(document: &Document) -> String {
    let document = document.clone().leaving();
    let fits = |text: &String| text.chars().count() < MOST_CHARS;
    let mut shortest = String::new();
    for level in LEVELS {
        shortest = at(&document, level);
        if fits(&shortest) {
            return shortest;
        }
    }
    // Hostile texts only: what is cut is said.
    let cut: String = shortest.chars().take(MOST_CHARS - 60).collect();
    format!("{cut}\n\n(cut here; the rest is in report.html)\n")
}

fn text(text: &str, longest: usize) -> String {
    let short: String = match text.char_indices().nth(longest) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text.to_owned(),
    };
    escape::markdown(&short).replace('\u{a0}', " ")
}

fn at(document: &Document, level: Level) -> String {
    let when = When::of(document);
    let paths = Paths::of(document, PATH_COLUMNS);
    let mut out = format!("### {}\n\n", text(&terminal::verdict(document, &when), 600));
    let worst = document.verdict.episode.as_deref().and_then(|id| document.episodes.iter().find(|e| e.id == id));
    let Some(e) = worst else {
        out.push_str(&format!("{}\n", text(&figures::looked_at(document, &when), level.longest)));
        return out;
    };
    let within = when.within(e);
    if e.tells_its_end() {
        out.push_str(&format!("**{}**\n\n", text(&terminal::still_running(e, document, &when), level.longest)));
    }
    facts(&mut out, e, &within, level);
    if level.picture {
        picture(&mut out, e, &within);
    }
    weighed(&mut out, e, &within, &paths, level);
    list(
        &mut out,
        "What would settle it",
        e.missing.iter().map(|m| localised(m, &within, Style::Below)),
        level.advice,
        level,
    );
    for (heading, advice) in ["What to do now", "What to change"].iter().zip(figures::advice(e)) {
        let advice = advice.iter().map(|a| localised(a, &within, Style::Below));
        list(&mut out, heading, advice, level.advice, level);
    }
    others(&mut out, document, e, &when, level);
    out.push_str(&format!(
        "Beside this: report.html (picture, all evidence), timeline.csv (every attempt), questions.md (what to ask, request ids), \
         report.json, SHA256SUMS. Names are pseudonyms. Times in {}. Written by {} {}. {}\n",
        text(&when.zone(), 60),
        text(&document.tool.name, 40),
        text(&document.tool.version, 40),
        text(&document.weights.note, level.longest),
    ));
    out
}

fn facts(out: &mut String, e: &Episode, when: &When, level: Level) {
    let mut rows: Vec<(&str, String)> = vec![
        ("Limit", words::verdict(&e.verdict)),
        ("How sure", words::how_sure(&e.verdict)),
        ("Provider/account/model", e.pool.clone()),
        ("When", figures::boundaries(e, when).join(" ")),
    ];
    let rivals = figures::rivals(e);
    if !rivals.is_empty() {
        rows[1].1.push_str(&format!(" ({rivals})"));
    }
    let estimates = figures::estimates(e, when);
    if !estimates.is_empty() {
        rows.push(("Estimates", estimates.join(" ")));
    }
    out.push_str("| | |\n|---|---|\n");
    for (label, value) in rows {
        out.push_str(&format!("| {label} | {} |\n", text(&value, level.longest.max(240))));
    }
    out.push('\n');
}

fn picture(out: &mut String, e: &Episode, when: &When) {
    let Some(picture) = strip::draw(e, when, STRIP_COLUMNS, 0) else { return };
    out.push_str("```text\n");
    for row in picture.rows {
        let line = format!("{:<10}{}", row.label, row.cells);
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push_str("```\n\n");
}

fn piece(x: &Evidence, strength: &str, when: &When, paths: &Paths, level: Level) -> String {
    let (cited, rest) = paths.cited(&x.sources, 1);
    let more = if rest > 0 { format!(" +{rest}") } else { String::new() };
    let sources: Vec<String> = cited.iter().map(|s| escape::markdown_code(s)).collect();
    let says = text(&localised(&x.says, when, Style::Below), level.longest);
    format!("- {says} _{}_, {}{more}\n", text(strength, 60), sources.join(", "))
}

/// Evidence for, against, and what excludes the second cause.
fn weighed(out: &mut String, e: &Episode, when: &When, paths: &Paths, level: Level) {
    for (list, shown) in sorted::lists(e).into_iter().zip([level.pro, level.contra]) {
        out.push_str(&format!("**{}**\n\n", text(&list.heading, 120)));
        for x in list.evidence.iter().take(shown) {
            out.push_str(&piece(x, &sorted::strength(x, list.mark), when, paths, level));
        }
        match list.evidence.len() {
            0 => out.push_str("- none found\n"),
            n if n > shown => out.push_str(&format!("- and {} weaker, in report.html\n", n - shown)),
            _ => {}
        }
        out.push('\n');
    }
    if e.verdict.between.is_some() || level.not == 0 {
        return;
    }
    let Some(second) = words::first_two(e).1 else { return };
    let weight = |x: &Evidence| x.weights.of(second);
    let mut against: Vec<&Evidence> = e.evidence.iter().filter(|x| weight(x) <= AGAINST).collect();
    against.sort_by(|a, b| weight(a).total_cmp(&weight(b)));
    if against.is_empty() {
        return;
    }
    let name = words::cause(second.cause.id(), second.window_minutes);
    out.push_str(&format!("**Why not the {}**\n\n", text(&name, 80)));
    let told = |x: &&Evidence| x.id.clone();
    let shown: Vec<String> = against.iter().take(level.pro.min(4)).map(told).collect();
    for x in against.iter().take(level.not) {
        out.push_str(&format!("- {}\n", text(&localised(&x.says, when, Style::Below), level.longest)));
    }
    if shown.len() > level.not {
        out.push_str(&format!("- and {} more\n", against.len() - level.not));
    }
    out.push('\n');
}

fn list(out: &mut String, heading: &str, entries: impl Iterator<Item = String>, most: usize, level: Level) {
    let entries: Vec<String> = entries.take(most).collect();
    if entries.is_empty() {
        return;
    }
    out.push_str(&format!("**{heading}**\n\n"));
    for entry in entries {
        out.push_str(&format!("- {}\n", text(&entry, level.longest)));
    }
    out.push('\n');
}

/// The other episodes, a line each.
fn others(out: &mut String, document: &Document, told: &Episode, when: &When, level: Level) {
    let others: Vec<&Episode> =
        document.episodes.iter().filter(|e| e.id != told.id && e.verdict.cause != Cause::Idle.id()).collect();
    if others.is_empty() {
        return;
    }
    out.push_str("**Other episodes**\n\n");
    for e in others.iter().take(level.others) {
        let line = format!(
            "{}: {}, from {} {}",
            e.id,
            words::verdict_and_word(&e.verdict),
            when.day(&e.from),
            when.second(&e.from)
        );
        out.push_str(&format!("- {}\n", text(&line, level.longest)));
    }
    if others.len() > level.others {
        out.push_str(&format!("- {} more, in report.html\n", others.len() - level.others));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_story_fits_a_form_and_begins_with_its_verdict() {
        for (name, document) in sample::all() {
            let out = render(&document);
            assert!(out.chars().count() < MOST_CHARS, "{name}: {}", out.chars().count());
            assert!(out.starts_with("### ") && !out.contains("acct0"), "{name}");
        }
    }

    #[test]
    fn it_fits_whatever_a_log_says() {
        let mut document = sample::thread();
        document.verdict.sentence = "| `*".repeat(4_000);
        for x in &mut document.episodes[0].evidence {
            x.says = "<>\"".repeat(3_000);
        }
        let out = render(&document);
        assert!(out.chars().count() < MOST_CHARS && out.contains("cut here") || out.contains("weaker"), "{out}");
    }
}
