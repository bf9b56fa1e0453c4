//! The documents against the program: shown output is real, shown commands run, the worked example adds up, and nothing
//! that a registry knows lacks its section. `docs/refresh` runs the same code to write the shown output anew.

// Clippy's exception for tests does not reach the functions that tests share.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[cfg(unix)]
#[path = "readme/blocks.rs"]
mod blocks;
#[cfg(unix)]
#[path = "readme/ci.rs"]
mod ci;
#[path = "readme/glossary.rs"]
mod glossary;
#[cfg(unix)]
#[path = "readme/packages.rs"]
mod packages;
#[path = "readme/pages.rs"]
mod pages;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use why429::model::Hypothesis;
use why429::verdict;

/// What stands before the arguments in every command of the documents.
const RUN: &str = "cargo run -q -- ";
/// Set by `docs/refresh`: write instead of compare.
const REFRESH: &str = "WHY429_REFRESH_DOCS";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All documents, the README first.
fn documents() -> Vec<PathBuf> {
    let folders = ["docs", "docs/causes"].map(|f| std::fs::read_dir(root().join(f)).unwrap());
    let mut all: Vec<PathBuf> = folders.into_iter().flatten().map(|e| e.unwrap().path()).collect();
    all.retain(|p| p.extension().is_some_and(|e| e == "md"));
    all.sort();
    ["README.md", "CONTRIBUTING.md"].map(|n| root().join(n)).into_iter().chain(all).collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Runs the program in the repository's root, in a scrubbed environment, 80 columns wide.
fn why429(arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_why429"));
    command.current_dir(root()).env_clear().env("COLUMNS", "80").args(words(arguments));
    command.stdin(std::process::Stdio::null()).output().unwrap()
}

/// Words of a command line; double quotes hold a word together.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let of = |(i, part): (usize, &str)| -> Vec<String> {
        if i % 2 == 1 { vec![part.to_owned()] } else { part.split_whitespace().map(str::to_owned).collect() }
    };
    parts.flat_map(of).collect()
}

/// What a marker asks for: `output: COMMAND` or `output: COMMAND; cut "FROM" to "TO"; ...`, or `worked: FOLDER`.
fn shown(marker: &str) -> String {
    if let Some(folder) = marker.strip_prefix("worked: ") {
        return worked(folder);
    }
    let mut parts = marker.strip_prefix("output: ").unwrap().split("; ");
    let command = parts.next().and_then(|c| c.strip_prefix(RUN)).unwrap();
    let output = String::from_utf8(why429(command).stdout).unwrap();
    let mut lines: Vec<&str> = output.trim_end().lines().collect();
    for cut in parts {
        cut_out(&mut lines, cut);
    }
    lines.join("\n")
}

/// Puts `[...]` in the place of the lines from the first one that holds FROM to before the next that holds TO.
fn cut_out(lines: &mut Vec<&str>, cut: &str) {
    let quoted: Vec<&str> = cut.split('"').collect();
    let ["cut ", from, " to ", to, ""] = quoted[..] else { panic!("not a cut: {cut}") };
    let place = |lines: &[&str], what: &str| lines.iter().position(|l| l.contains(what));
    let first = place(lines, from).unwrap_or_else(|| panic!("the output has no line with {from:?}"));
    let length = match to {
        "end" => lines.len() - first,
        to => 1 + place(&lines[first + 1..], to).unwrap_or_else(|| panic!("no line with {to:?} after {from:?}")),
    };
    lines.splice(first..first + length, ["[...]"]);
}

/// The document with every marked block made anew: `<!-- MARKER -->`, then a fenced block.
fn refreshed(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, from)) = rest.split_once("<!-- ") {
        let (marker, after) = from.split_once(" -->\n").unwrap();
        out.push_str(before);
        out.push_str(&format!("<!-- {marker} -->\n"));
        rest = after;
        if marker.starts_with("output: ") || marker.starts_with("worked: ") {
            let body = after.strip_prefix("```text\n").unwrap_or_else(|| panic!("no block after {marker}"));
            let (_, tail) = body.split_once("```\n").unwrap();
            out.push_str(&format!("```text\n{}\n```\n", shown(marker)));
            rest = tail;
        }
    }
    out + rest
}

#[test]
fn shown_output_is_real() {
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        let fresh = refreshed(&text);
        if std::env::var_os(REFRESH).is_some() {
            std::fs::write(&path, fresh).unwrap();
        } else {
            let differ = text.lines().zip(fresh.lines()).enumerate().find(|(_, (told, real))| told != real);
            assert!(text == fresh, "{} is out of date, run docs/refresh: {differ:?}", path.display());
        }
    }
}

/// Files that the program makes itself, and with which arguments. Packagers take them from here.
const MADE: [(&str, &str); 5] = [
    ("completions/why429.bash", "completions bash"),
    ("completions/_why429", "completions zsh"),
    ("completions/why429.fish", "completions fish"),
    ("completions/_why429.ps1", "completions powershell"),
    ("docs/man/why429.1", "man"),
];

#[test]
fn completions_and_manual_are_current() {
    for (file, arguments) in MADE {
        let output = why429(arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments}: {output:?}");
        let path = root().join(file);
        if std::env::var_os(REFRESH).is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &output.stdout).unwrap();
        }
        assert!(std::fs::read(&path).unwrap() == output.stdout, "{file} is out of date, run docs/refresh");
    }
}

/// One evidence line: kind, and points by hypothesis.
type Points = (String, BTreeMap<Hypothesis, f64>);

/// Refused episodes of a folder: evidence, and the probabilities that the report gives.
fn judged(folder: &str) -> Vec<(Vec<Points>, BTreeMap<Hypothesis, f64>)> {
    let report: Value = serde_json::from_slice(&why429(&format!("{folder} --format json")).stdout).unwrap();
    let refused = report["episodes"].as_array().unwrap().iter().filter(|e| e["kind"] == "refused");
    refused.map(|e| (evidence(e), probabilities(e))).collect()
}

fn evidence(episode: &Value) -> Vec<Points> {
    let of = |e: &Value| {
        let weights = e["weights"].as_object().unwrap().iter();
        let points = weights.map(|(k, w)| (Hypothesis::from_key(k).unwrap(), w.as_f64().unwrap())).collect();
        (e["kind"].as_str().unwrap().to_owned(), points)
    };
    episode["evidence"].as_array().unwrap().iter().map(of).collect()
}

fn probabilities(episode: &Value) -> BTreeMap<Hypothesis, f64> {
    let mut out = BTreeMap::new();
    for cause in episode["causes"].as_array().unwrap() {
        let id = cause["cause"].as_str().unwrap();
        match cause["windows"].as_array() {
            Some(windows) if !windows.is_empty() => out.extend(windows.iter().map(|w| {
                let minutes = u32::try_from(w["window_minutes"].as_u64().unwrap()).unwrap();
                (Hypothesis::window(minutes), w["probability"].as_f64().unwrap())
            })),
            _ => drop(out.insert(Hypothesis::from_key(id).unwrap(), cause["probability"].as_f64().unwrap())),
        }
    }
    out
}

/// Points of what is excluded, as the report rounds them.
const EXCLUDED: f64 = -8.9;

/// The combination as docs/METHOD.md tells it: hypothesis, prior, points in order, sum, share, and the answer.
fn combined(evidence: &[Points], hypotheses: &[Hypothesis]) -> Vec<(Hypothesis, f64, Vec<f64>, f64, f64, f64)> {
    let table = verdict::in_use();
    let prior = table.prior_over(hypotheses);
    let mut rows: Vec<_> = Vec::new();
    for (h, prior) in &prior {
        let points: Vec<f64> = evidence.iter().filter_map(|(_, p)| p.get(h).copied()).collect();
        let sum = prior.log10() + points.iter().sum::<f64>();
        rows.push((*h, *prior, points, sum, 0.0, 0.0));
    }
    let total: f64 = rows.iter().map(|r| 10f64.powf(r.3)).sum();
    // What an observation excludes has no part in the prior that is mixed in.
    let is_open = |points: &[f64]| points.iter().all(|p| *p > EXCLUDED);
    let open: f64 = rows.iter().filter(|r| is_open(&r.2)).map(|r| r.1).sum();
    for row in &mut rows {
        row.4 = 10f64.powf(row.3) / total;
        let mixed = if is_open(&row.2) { row.1 / open } else { 0.0 };
        row.5 = (1.0 - table.floor) * row.4 + table.floor * mixed;
    }
    rows.sort_by(|a, b| b.5.total_cmp(&a.5));
    rows
}

/// The worked example of docs/METHOD.md.
fn worked(folder: &str) -> String {
    let (evidence, causes) = judged(folder).into_iter().next().unwrap();
    let weighed: Vec<&str> = evidence.iter().filter(|(_, p)| !p.is_empty()).map(|(k, _)| k.as_str()).collect();
    let hypotheses: Vec<Hypothesis> = causes.keys().copied().collect();
    let mut lines = vec!["evidence with points, in the order of the report:".to_owned()];
    lines.extend(weighed.chunks(4).map(|kinds| format!("  {}", kinds.join(", "))));
    lines.push(String::new());
    lines.push(format!(
        "{:<19} {:>6}  {:>6}  {:<40} {:>6} {:>8} {:>8}",
        "hypothesis", "prior", "log10", "points", "sum", "share", "report"
    ));
    for (h, prior, points, sum, share, answer) in combined(&evidence, &hypotheses) {
        let points: Vec<String> = points.iter().map(|p| format!("{p:+.1}")).collect();
        let points = points.join(" ");
        lines.push(format!(
            "{:<19} {prior:>6.4}  {:>6.2}  {points:<40} {sum:>6.2} {share:>8.4} {answer:>8.4}",
            h.key(),
            prior.log10()
        ));
    }
    lines.join("\n")
}

#[test]
fn probabilities_are_prior_and_points_added_up() {
    for case in ["network-cut", "thread-hour-snapshot", "weekly-403", "cap3-kimi-cli", "cap-then-window"] {
        for (evidence, causes) in judged(&format!("fixtures/{case}")) {
            let hypotheses: Vec<Hypothesis> = causes.keys().copied().collect();
            for (h, .., answer) in combined(&evidence, &hypotheses) {
                // The report rounds to four digits, and gives what is left over to the first cause.
                assert!((answer - causes[&h]).abs() < 0.001, "{case}: {} {answer} against {}", h.key(), causes[&h]);
            }
        }
    }
}

/// Whether a document has a heading with this id in it, in backticks.
fn has_heading(text: &str, id: &str) -> bool {
    text.lines().any(|l| l.starts_with('#') && l.contains(&format!("`{id}`")))
}

#[test]
fn every_kind_of_evidence_and_every_format_has_a_section() {
    let (method, formats) = (read("docs/METHOD.md"), read("docs/FORMATS.md"));
    for kind in why429::evidence::REGISTRY {
        assert!(has_heading(&method, kind.id()), "METHOD.md has no section on {}", kind.id());
        let section = method.split(&format!("`{}`\n", kind.id())).nth(1).unwrap().split("\n#").next().unwrap();
        for bin in kind.bins() {
            assert!(section.contains(&format!("`{bin}`")), "METHOD.md does not tell {} of {}", bin, kind.id());
        }
    }
    let logs = why429::formats::infos().map(|i| i.id);
    for id in logs.chain(why429::snapshots::REGISTRY.iter().map(|f| f.info().id)) {
        assert!(has_heading(&formats, id), "FORMATS.md has no section on {id}");
    }
}

/// The section of a document whose heading names this id.
fn section<'t>(text: &'t str, id: &str) -> &'t str {
    let heading = text.lines().find(|l| l.starts_with('#') && l.contains(&format!("`{id}`"))).unwrap();
    let rest = text.split_once(heading).unwrap().1;
    rest.find("\n#").map_or(rest, |end| &rest[..end])
}

/// A row of the table of a section.
fn row<'t>(section: &'t str, key: &str) -> Option<&'t str> {
    section.lines().find_map(|l| l.strip_prefix(&format!("| {key} | ")))
}

/// Which of the three words for how something was established are in a text.
fn established(text: &str) -> Vec<&'static str> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphabetic()).collect();
    // "not run" is no run.
    let is_there = |w: &&str| words.iter().enumerate().any(|(i, t)| t == w && (i == 0 || words[i - 1] != "not"));
    ["run", "read", "reported"].into_iter().filter(is_there).collect()
}

/// Version numbers in a text: digits with a point in them.
fn versions(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| c != '.' && !c.is_ascii_alphanumeric()).map(|w| w.trim_matches('.'));
    let is_digit = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    words.filter(|w| w.split_once('.').is_some_and(|(a, b)| is_digit(a) && is_digit(b))).collect()
}

/// Places and variables in a text: what begins with the user's folder or a variable of Windows, up to what varies.
fn places(text: &str) -> Vec<String> {
    let words = text.split([' ', ',', ';', '`', '(', ')']).map(|w| w.trim_end_matches(['.', ':', '\\', '/']));
    let is_variable = |w: &str| w.contains('_') && w.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    let is_place = |w: &&str| w.starts_with("~/") || w.starts_with('%') || is_variable(w);
    words.filter(is_place).map(|w| w.split(['<', '*', '{']).next().unwrap().trim_end_matches("/").to_owned()).collect()
}

#[test]
fn every_format_tells_where_it_lives_what_it_shows_and_how_that_is_known() {
    let told = read("docs/FORMATS.md");
    let mut wrong: Vec<String> = Vec::new();
    for info in why429::formats::infos() {
        let id = info.id;
        let lives = info.lives.join("; ");
        let is_on_all =
            ["Linux", "macOS", "Windows"].iter().all(|s| lives.contains(s)) || lives.contains("all systems");
        let has_all = !info.program.is_empty() && !info.shows.is_empty() && !info.not_logged.is_empty();
        if !is_on_all || !has_all || established(info.established).is_empty() {
            wrong.push(format!("{id} does not tell all of its own: {info:?}"));
        }
        if id == "canonical" {
            // Its section is a text of its own, without a table.
            continue;
        }
        let section = section(&told, id);
        for key in ["lives", "versions", "established", "shows", "not logged"] {
            if row(section, key).is_none() {
                wrong.push(format!("FORMATS.md does not tell `{key}` of {id}"));
            }
        }
        let doc_lives = row(section, "lives").unwrap_or_default();
        for place in places(&lives).iter().filter(|p| !doc_lives.contains(p.as_str())) {
            wrong.push(format!("FORMATS.md does not name {place} of {id}"));
        }
        let doc_versions = row(section, "versions").unwrap_or_default();
        for version in versions(info.program).iter().filter(|v| !doc_versions.contains(**v)) {
            wrong.push(format!("FORMATS.md does not name version {version} of {id}"));
        }
        let doc = established(row(section, "established").unwrap_or_default());
        if doc != established(info.established) {
            wrong.push(format!("FORMATS.md: {id} was established by {doc:?}, the program: {:?}", info.established));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn formats_prints_all_that_is_known_of_every_format() {
    let output = why429("formats");
    let printed = String::from_utf8(output.stdout).unwrap();
    for info in why429::formats::infos() {
        let known = if info.established == "run" { "seen in files" } else { info.established };
        let all = [info.id, info.program, info.shows, info.not_logged, known];
        for text in all.iter().filter(|t| **t != "read").chain(info.lives) {
            assert!(printed.contains(text), "{}: {text}", info.id);
        }
    }
}

#[test]
fn every_key_of_the_canonical_form_is_named() {
    let (keys, told) = (read("src/formats/canonical/keys.rs"), read("docs/FORMATS.md"));
    let lines = keys.lines().filter(|l| l.contains("=> (F::"));
    let names: Vec<&str> = lines.flat_map(|l| l.split('"').skip(1).step_by(2)).collect();
    assert!(names.len() > 40, "the keys are written another way: {names:?}");
    for name in names {
        assert!(told.contains(&format!("`{name}`")), "FORMATS.md does not name {name}");
    }
}

#[test]
fn every_dependency_is_named() {
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).unwrap();
    let told = read("docs/DEPENDENCIES.md");
    for table in ["dependencies", "dev-dependencies"] {
        for name in manifest[table].as_table().unwrap().keys() {
            assert!(told.contains(&format!("| `{name}` |")), "DEPENDENCIES.md does not name {name}");
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        let links = text.split("](").skip(1).filter_map(|l| l.split(')').next());
        for link in links.filter(|l| !l.contains("://") && !l.starts_with('#')) {
            let file = link.split('#').next().unwrap();
            assert!(path.parent().unwrap().join(file).exists(), "{} links to {link}", path.display());
        }
    }
}
