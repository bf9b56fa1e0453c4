//! The default report is one screen, for every fixture and every public case, at every width that a terminal has.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use fancy_regex::Regex;
use rayon::prelude::*;
use unicode_width::UnicodeWidthStr;

use crate::cases::public_inputs;
use crate::support::{arg, fixture, fixtures, root};

/// Lines and columns of a screen.
const LINES: usize = 50;
const COLUMNS: usize = 80;

/// The report as a terminal of this width shows it.
pub fn shown(path: &Path, width: usize) -> String {
    let mut command = assert_cmd::Command::cargo_bin("why429").unwrap();
    command.env_clear().env("COLUMNS", width.to_string()).arg(arg(path)).args(["--now", "2026-11-24T12:00:00Z"]);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// Fixtures, public cases, and our own.
fn inputs() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fixtures().iter().map(|name| fixture(name)).collect();
    all.extend(public_inputs());
    let more = std::fs::read_dir(root().join("tests/cases/more")).unwrap();
    all.extend(more.map(|e| e.unwrap().path().join("input")).filter(|p| p.is_dir()));
    assert!(all.len() > 250, "{}", all.len());
    all
}

/// Words that docs/GLOSSARY.md retires. What stands in quotation marks, and names of files, are somebody else's.
static RETIRED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)\b(told|untold|lanes?|blips?|brackets?|witness|doubts?|slips?|leaving|readings?|gaps?|went through|got in|let in|let through|by turns|meters?)\b",
    )
    .unwrap()
});
static FOREIGN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""[^"]*"|\S*[/=]\S*|\S+\.\w+:\d+"#).unwrap());
static DATE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\b\d{4}-\d\d-\d\d\b").unwrap());

/// What is wrong with a report.
fn faults(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() > LINES {
        wrong.push(format!("{} lines", lines.len()));
    }
    for line in &lines {
        if line.width() > COLUMNS {
            wrong.push(format!("{} columns: {line}", line.width()));
        }
        let mut dates: Vec<&str> = DATE.find_iter(line).map(|m| m.unwrap().as_str()).collect();
        let all = dates.len();
        dates.sort_unstable();
        dates.dedup();
        if dates.len() < all && !line.contains('/') {
            wrong.push(format!("a date twice: {line}"));
        }
    }
    let own = FOREIGN.replace_all(&lines.join(" "), "").into_owned();
    wrong.extend(RETIRED.find_iter(&own).map(|m| format!("retired: {}", m.unwrap().as_str())));
    wrong
}

#[test]
fn every_report_is_one_screen_in_plain_words() {
    let wrong_lines = |path: &PathBuf| {
        let text = shown(path, COLUMNS);
        if text.is_empty() {
            return Vec::new();
        }
        faults(&text).into_iter().map(|why| format!("{}: {why}", path.display())).collect()
    };
    let wrong: Vec<String> = inputs().par_iter().flat_map_iter(wrong_lines).collect();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_faults_are_found() {
    let long = "x\n".repeat(51);
    assert_eq!(faults(&long), ["51 lines"]);
    assert_eq!(faults(&"y".repeat(81)).len(), 1);
    assert_eq!(faults("from 2026-03-03 16:00 to 2026-03-03 17:00").len(), 1);
    assert_eq!(faults("5 lanes waited in the gap"), ["retired: lanes", "retired: gap"]);
    assert_eq!(faults("say \"the gap\" in lanes/gap.log:12"), Vec::<String>::new());
}

/// The verdict comes first, or with several incidents their number.
#[test]
fn the_verdict_comes_first() {
    for name in fixtures() {
        let text = shown(&fixture(&name), COLUMNS);
        let first: String = text.lines().take(5).collect::<Vec<_>>().join(" ");
        let starts = ["Your ", "You hit ", "An account-level block", "The ", "No request", "A "];
        let is_several = first.split(' ').nth(1).is_some_and(|w| w.starts_with("incidents"));
        let is_open = first.contains("cannot tell which limit") || first.contains("Two causes alternated");
        assert!(is_several || is_open || starts.iter().any(|s| first.starts_with(s)), "{name}: {first}");
    }
}

#[test]
fn three_incidents_at_a_usual_width() {
    for name in ["thread-hour-snapshot", "cap30-45-subagents", "cap-and-overload"] {
        insta::assert_snapshot!(name, shown(&fixture(name), COLUMNS));
    }
}

#[test]
fn no_width_is_exceeded() {
    for name in ["thread-hour-snapshot", "cap30-45-subagents", "cap-and-overload", "weekly-403"] {
        for width in (60..=200).step_by(20) {
            for line in shown(&fixture(name), width).lines() {
                assert!(line.width() <= width, "{name} at {width}: {line}");
            }
        }
    }
}
