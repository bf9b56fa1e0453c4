//! Small inputs built after public reports, each with what a careful reader of its raw lines concludes.
//!
//! `tests/cases/public.tar.gz` holds 119 of them and `public.json` their truth; `tests/cases/more/NAME` holds one each:
//! `truth.json` and the folder `input`. `tests/cases/README.md` explains the terms and maps cases to rules.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use fancy_regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use crate::support::{Folder, root};

/// What a careful reader concludes; a field that is absent is not compared.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Truth {
    /// Why this is the truth, for whoever reads a failure.
    why: String,
    /// The rule of tests/cases/README.md that the case belongs to.
    rule: Option<u32>,
    /// Where structure and texts come from.
    #[serde(rename = "source")]
    _source: Option<String>,
    now: Option<String>,
    /// Accepted first causes; `null` in the file: nothing was refused.
    #[serde(default, deserialize_with = "given")]
    cause: Option<Option<Vec<String>>>,
    /// Accepted window lengths in minutes.
    window: Option<Vec<Option<u64>>>,
    refused: Option<u64>,
    /// Causes, or `cause/minutes`, that must not lead.
    #[serde(default)]
    not_first: Vec<String>,
    /// The end that the input names, and how near to it the estimate must be.
    #[serde(default, deserialize_with = "stamp")]
    resets: Option<DateTime<Utc>>,
    within_min: Option<i64>,
    /// The true number of slots.
    cap: Option<f64>,
    /// The headline's first admission after.
    #[serde(default, deserialize_with = "stamp")]
    until: Option<DateTime<Utc>>,
    #[serde(default)]
    kind_not: Vec<String>,
    episodes: Option<usize>,
    #[serde(default)]
    says: Vec<String>,
    #[serde(default)]
    never: Vec<String>,
    #[serde(default)]
    confidence_not: Vec<String>,
    /// The headline's first refusal is not before this.
    #[serde(default, deserialize_with = "stamp")]
    after: Option<DateTime<Utc>>,
    /// An undetermined verdict passes if its first candidate is accepted.
    #[serde(default)]
    soft: bool,
}

/// A field that may be absent, `null` or a value.
fn given<'de, D: serde::Deserializer<'de>>(de: D) -> Result<Option<Option<Vec<String>>>, D::Error> {
    Option::deserialize(de).map(Some)
}

fn stamp<'de, D: serde::Deserializer<'de>>(de: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let text = String::deserialize(de)?;
    text.parse().map(Some).map_err(serde::de::Error::custom)
}

/// The program's standard output over one input, at the width that the truths were written for.
fn run(input: &Path, truth: &Truth, options: &[&str]) -> String {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_why429"));
    command.env_clear().env("HOME", "/nonexistent").env("TZ", "UTC").env("COLUMNS", "100").arg(input).args(options);
    if let Some(now) = &truth.now {
        command.args(["--now", now]);
    }
    String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or("")
}

fn instant(value: &Value, key: &str) -> Option<DateTime<Utc>> {
    value[key].as_str()?.parse().ok()
}

/// What differs between a report and the truth about its headline episode.
fn headline(episode: &Value, truth: &Truth) -> Vec<String> {
    let mut wrong = Vec::new();
    let verdict = &episode["verdict"];
    let first = &episode["causes"][0];
    let cause = text(first, "cause");
    let window = if cause == "token_window" { first["windows"][0]["window_minutes"].as_u64() } else { None };
    let confidence = verdict["confidence"].as_str().or(verdict["confidence"].as_str()).unwrap_or("");
    let length = window.map(|w| format!("/{w}")).unwrap_or_default();
    let seen = format!("{cause}{length} {confidence} {:.2}", verdict["probability"].as_f64().unwrap_or(-1.0));
    match &truth.cause {
        None => {}
        Some(None) => wrong.push(format!("blames {seen}")),
        Some(Some(accepted)) if !accepted.iter().any(|a| a == cause) => wrong.push(seen.clone()),
        Some(Some(_)) if text(verdict, "cause") == "undetermined" && !truth.soft => {
            wrong.push(format!("undecided, {seen}"));
        }
        Some(Some(_)) => {
            let accepted = truth.window.as_ref().filter(|_| cause == "token_window");
            if accepted.is_some_and(|a| !a.contains(&window)) {
                wrong.push(seen.clone());
            }
        }
    }
    for n in &truth.not_first {
        if n == cause || *n == format!("{cause}{length}") {
            wrong.push(format!("leads with {seen}"));
        }
    }
    if truth.confidence_not.iter().any(|w| w == confidence) {
        wrong.push(format!("confidence of {seen}"));
    }
    wrong.extend(instants_and_estimates(episode, truth));
    wrong
}

fn instants_and_estimates(episode: &Value, truth: &Truth) -> Vec<String> {
    let mut wrong = Vec::new();
    if truth.after.is_some_and(|t| instant(episode, "first_refusal").is_none_or(|f| f < t)) {
        wrong.push(format!("headline is of {}", episode["first_refusal"]));
    }
    let estimates = &episode["estimates"];
    let far = |a: Option<DateTime<Utc>>, b: DateTime<Utc>, minutes: i64| {
        a.is_none_or(|a| (a - b).num_seconds().abs() > 60 * minutes)
    };
    if truth.resets.is_some_and(|t| far(instant(estimates, "resets_at"), t, truth.within_min.unwrap_or(2))) {
        wrong.push(format!("reset {}", estimates["resets_at"]));
    }
    if truth.until.is_some_and(|t| far(instant(episode, "first_admission_after"), t, 1)) {
        wrong.push(format!("over at {}", episode["first_admission_after"]));
    }
    if truth.kind_not.iter().any(|k| k == text(estimates, "window_kind")) {
        wrong.push(format!("window is {}", estimates["window_kind"]));
    }
    let cap = &estimates["concurrency_cap"];
    let bound = |key: &str| cap[key].as_f64().unwrap_or(0.0);
    if truth.cap.is_some_and(|n| n < bound("low") || n > bound("high")) {
        wrong.push(format!("cap {cap}"));
    }
    wrong
}

/// Everything in which the program differs from the truth about one input.
fn differences(input: &Path, truth: &Truth) -> Vec<String> {
    let Ok(report) = serde_json::from_str::<Value>(&run(input, truth, &["--format", "json", "-q"])) else {
        return vec!["not recognised".to_owned()];
    };
    let mut wrong = Vec::new();
    let episodes = report["episodes"].as_array().unwrap();
    match episodes.iter().find(|e| e["id"] == report["verdict"]["episode"]) {
        Some(episode) => wrong.extend(headline(episode, truth)),
        None if matches!(truth.cause, Some(Some(_))) => wrong.push("nothing found".to_owned()),
        None => {}
    }
    let refused = episodes.iter().filter(|e| e["kind"] == "refused").count();
    if truth.episodes.is_some_and(|n| n != refused) {
        wrong.push(format!("{refused} episodes"));
    }
    let counted = report["coverage"]["refused"].as_u64();
    if truth.refused.is_some() && truth.refused != counted {
        wrong.push(format!("{counted:?} refused, not {:?}", truth.refused));
    }
    if !truth.says.is_empty() || !truth.never.is_empty() {
        let words = run(input, truth, &[]);
        let screen = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let matches = |r: &str| Regex::new(&format!("(?i){r}")).unwrap().is_match(&screen).unwrap();
        wrong.extend(truth.says.iter().filter(|r| !matches(r)).map(|r| format!("does not say /{r}/")));
        wrong.extend(truth.never.iter().filter(|r| matches(r)).map(|r| format!("says /{r}/")));
    }
    wrong
}

/// Compares all cases, several at a time, and names each that differs.
fn compare(cases: &[(String, PathBuf, Truth)]) -> BTreeMap<String, String> {
    let next = Mutex::new(cases.iter());
    let failing = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                loop {
                    let Some((id, input, truth)) = next.lock().unwrap().next() else { return };
                    let wrong = differences(input, truth);
                    if !wrong.is_empty() {
                        let line = format!("{} [{}]", wrong.join("; "), truth.why);
                        failing.lock().unwrap().insert(id.clone(), line);
                    }
                }
            });
        }
    });
    failing.into_inner().unwrap()
}

/// The inputs of the public cases, unpacked once for all tests.
pub fn public_inputs() -> Vec<PathBuf> {
    static UNPACKED: std::sync::LazyLock<Folder> = std::sync::LazyLock::new(|| {
        let packed = fs::File::open(root().join("tests/cases/public.tar.gz")).unwrap();
        let folder = Folder::new();
        tar::Archive::new(flate2::read::GzDecoder::new(packed)).unpack(folder.path()).unwrap();
        folder
    });
    let mut all: Vec<PathBuf> = fs::read_dir(UNPACKED.path()).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    all
}

fn list(failing: &BTreeMap<String, String>) -> String {
    failing.iter().map(|(id, why)| format!("  {id}: {why}\n")).collect()
}

#[test]
fn the_public_cases_are_read_as_a_careful_reader_would() {
    let packed = fs::File::open(root().join("tests/cases/public.tar.gz")).unwrap();
    let folder = Folder::new();
    tar::Archive::new(flate2::read::GzDecoder::new(packed)).unpack(folder.path()).unwrap();
    let truths: BTreeMap<String, Truth> =
        serde_json::from_str(&fs::read_to_string(root().join("tests/cases/public.json")).unwrap()).unwrap();
    let cases: Vec<_> = truths.into_iter().map(|(id, t)| (id.clone(), folder.path().join(id), t)).collect();
    assert_eq!(cases.len(), 119);
    let failing = compare(&cases);
    let page = fs::read_to_string(root().join("tests/cases/open.txt")).unwrap();
    let open: BTreeSet<&str> =
        page.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split(':').next()).collect();
    let unexpected: BTreeMap<_, _> = failing.iter().filter(|(id, _)| !open.contains(id.as_str())).collect();
    let mended: Vec<&&str> = open.iter().filter(|id| !failing.contains_key(**id)).collect();
    assert!(unexpected.is_empty(), "cases that differ:\n{}", list(&failing));
    assert!(mended.is_empty(), "right now, so take them out of tests/cases/open.txt: {mended:?}");
}

#[test]
fn the_other_cases_are_read_as_a_careful_reader_would() {
    let entries = fs::read_dir(root().join("tests/cases/more")).unwrap().map(|e| e.unwrap().path());
    let cases: Vec<_> = entries
        .filter(|p| p.is_dir())
        .map(|p| {
            let truth: Truth = serde_json::from_str(&fs::read_to_string(p.join("truth.json")).unwrap())
                .unwrap_or_else(|e| panic!("{}: {e}", p.display()));
            assert!(truth.rule.is_some(), "{} names no rule", p.display());
            (p.file_name().unwrap().to_string_lossy().into_owned(), p.join("input"), truth)
        })
        .collect();
    let failing = compare(&cases);
    assert!(failing.is_empty(), "cases that differ:\n{}", list(&failing));
}
