//! `diff`: what changed between two reports, as small tables for a person or as JSON for a script.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use comfy_table::{ContentArrangement, Table, presets};
use serde_json::{Value, json};
use why429::diff::{self, Change, Comparison, Part, Report};
use why429::privacy::{escape, redact};

use super::args::{Diff, DiffFormat};
use super::exit::Exit;
use super::screen;

/// Largest report that is read. Ten thousand episodes make some 100 MB; more is not a report but a mistake.
const BYTES_MOST: u64 = 512 << 20;

/// A cause's probability that moved by less is not listed.
const LITTLE: f64 = 0.01;

/// Fields of an estimate, in the order in which they are read.
const BOUNDS: [&str; 4] = ["unit", "low", "best", "high"];

/// Runs the command.
pub(super) fn run(args: &Diff) -> Exit {
    let (a, b) = (read(&args.a), read(&args.b));
    for why in [&a, &b].into_iter().filter_map(|r| r.as_ref().err()) {
        screen::warn(why);
    }
    let (Ok(a), Ok(b)) = (a, b) else {
        screen::warn("diff compares two reports that were written with `--format json`.");
        return Exit::Failed;
    };
    let comparison = diff::compare(&a, &b);
    let text = match args.format {
        DiffFormat::Terminal if args.quiet => summary(&comparison).to_owned(),
        DiffFormat::Terminal => report(&comparison, (&args.a, &a), (&args.b, &b), screen::width()),
        DiffFormat::Json => match in_json(&comparison, &args.a, &args.b) {
            Ok(text) => text,
            Err(e) => {
                screen::warn(&format!("the differences could not be written: {e}."));
                return Exit::Failed;
            }
        },
    };
    match screen::print(&text) {
        Exit::Done if comparison.verdict_changed => Exit::Differs,
        exit => exit,
    }
}

fn read(path: &Path) -> Result<Report, String> {
    let named = |why: String| format!("{}: {why}", path.display());
    let file = File::open(path).map_err(|e| named(format!("not read: {e}.")))?;
    let mut bytes = Vec::new();
    let size = file.take(BYTES_MOST + 1).read_to_end(&mut bytes).map_err(|e| named(format!("not read: {e}.")))?;
    if size as u64 > BYTES_MOST {
        return Err(named(format!("not read: larger than {} MiB.", BYTES_MOST >> 20)));
    }
    diff::read(&bytes).map_err(|e| named(e.to_string()))
}

fn in_json(comparison: &Comparison, a: &Path, b: &Path) -> Result<String, serde_json::Error> {
    let Comparison { schema, verdict_changed, overlap, changes } = comparison;
    let named = |path: &Path| path.display().to_string();
    serde_json::to_string_pretty(&json!({
        "schema": schema, "a": named(a), "b": named(b),
        "verdict_changed": verdict_changed, "overlap": overlap, "changes": changes,
    }))
    .map(|text| escape::json(&text).into_owned() + "\n")
}

/// The whole answer in one line.
fn summary(comparison: &Comparison) -> &'static str {
    match (comparison.verdict_changed, comparison.changes.is_empty()) {
        (true, _) => "A verdict changed.\n",
        (false, true) => "No difference.\n",
        (false, false) => "No verdict changed.\n",
    }
}

fn report(comparison: &Comparison, a: (&Path, &Report), b: (&Path, &Report), width: usize) -> String {
    let mut out = format!("A  {}\nB  {}\n\n", head(a), head(b));
    out.push_str(match comparison.verdict_changed {
        true => "A verdict changed; it is marked with `!`.\n",
        false => summary(comparison),
    });
    if !comparison.overlap && !comparison.changes.is_empty() {
        out.push_str("The logs have no time in common, so episodes are not compared one by one.\n");
    }
    let mut rest = comparison.changes.as_slice();
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|c| heading(c) == heading(first)).count();
        let (section, others) = rest.split_at(same);
        out.push_str(&format!("\n{}\n{}", escape::terminal(&heading(first)), table(section, width)));
        rest = others;
    }
    out
}

/// What a report is of, in two lines.
fn head((path, report): (&Path, &Report)) -> String {
    // To the second: `2026-03-03T16:19:02.123Z` is `2026-03-03 16:19:02` here.
    let at = |stamp: &Option<String>| {
        let seconds = stamp.as_deref().and_then(|s| s.get(..19));
        seconds.map_or("?".to_owned(), |s| s.replace('T', " "))
    };
    let (from, to) = (at(&report.coverage.from), at(&report.coverage.to));
    let n = report.episodes.len();
    let line =
        format!("{from} to {to} UTC, {n} {}, {}", if n == 1 { "episode" } else { "episodes" }, report.headline());
    format!("{}\n   {}", escape::terminal(&path.display().to_string()), escape::terminal(&redact::mask(&line)))
}

/// The table of a change: one for each episode, and one for each other part.
fn heading(change: &Change) -> String {
    match change.part {
        Part::Verdict => "Verdict of the report".to_owned(),
        Part::Episode => format!("Episode {}", change.of),
        Part::Causes => "By cause".to_owned(),
        Part::Counts => "Counts".to_owned(),
        Part::Inputs => "Inputs".to_owned(),
        Part::Tool => "Program".to_owned(),
    }
}

/// What, before, now; a mark where it is a verdict.
fn table(changes: &[Change], width: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width.saturating_sub(2)).unwrap_or(u16::MAX));
    table.set_header(["", "", "A", "B"]);
    let is_listed = |c: &&Change| !is_little(c);
    for c in changes.iter().filter(is_listed) {
        let of = if c.part == Part::Episode || c.of.is_empty() { "" } else { &format!("{} ", c.of) };
        let mark = if c.is_verdict { "!" } else { "" };
        let row = [mark.to_owned(), format!("{of}{}", c.what), display(&c.a), display(&c.b)];
        table.add_row(row.map(|t| escape::terminal(&t).into_owned()));
    }
    let little = changes.len() - changes.iter().filter(is_listed).count();
    if little > 0 {
        table.add_row([String::new(), format!("and {little} by less than {LITTLE}")]);
    }
    table.lines().map(|line| format!(" {}\n", line.trim_end())).collect()
}

/// Whether a probability moved so little that people need not read it; JSON has it.
fn is_little(c: &Change) -> bool {
    let moved = |(a, b): (f64, f64)| (a - b).abs();
    c.what.starts_with("probability ") && c.a.as_f64().zip(c.b.as_f64()).map(moved).is_some_and(|by| by < LITTLE)
}

/// A value as people read it.
fn display(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(display).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => {
            let bounds = BOUNDS.iter().filter_map(|name| Some(format!("{name} {}", display(fields.get(*name)?))));
            bounds.collect::<Vec<_>>().join(", ").replace("high -", "high open")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_row_and_a_verdict_has_a_mark() {
        let change = |what: &str, a: Value, b: Value, is_verdict| Change {
            part: Part::Episode,
            of: "E1".to_owned(),
            what: what.to_owned(),
            a,
            b,
            is_verdict,
        };
        let changes = [
            change("cause", json!("billing"), json!("token_window/300"), true),
            change("concurrency_cap", Value::Null, json!({"low": 3, "best": 3, "high": null}), false),
            change("evidence text", json!(["named"]), json!(["named", "\u{1b}[2J"]), false),
        ];
        let actual = table(&changes, 100);
        let lines: Vec<&str> = actual.lines().collect();
        assert_eq!(
            lines,
            [
                "                      A        B",
                "  !  cause            billing  token_window/300",
                "     concurrency_cap  -        low 3, best 3, high open",
                "     evidence text    named    named, \\x1b[2J",
            ]
        );
    }
}
