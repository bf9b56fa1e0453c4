//! Every error text of `tests/data/error-texts.tsv` is classified as a reader of the table expects, and `explain` knows it.
//!
//! The table is this repository's own: facts of public threads with neutral values. Where the list that it was made from
//! stands beside the repository, its own wordings are held against the same table.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use why429::model::{Cause, Hypothesis, Time, Zone};
use why429::pipeline::{self, Options, Quiet};
use why429::signals::{ErrorInfo, Kind, Match, Signal, catalogue, explain_message};

use crate::support::{Folder, options};

const TABLE: &str = include_str!("../data/error-texts.tsv");

/// The list of threads that the table was made from.
const ORIGINAL: &str = "../shared/research/error-cases.json";

/// One row of the table.
struct Case<'t> {
    thread: &'t str,
    provider: &'t str,
    status: Option<u16>,
    kind: Option<&'t str>,
    strength: &'t str,
    says: &'t str,
    was: Vec<Hypothesis>,
    text: Option<&'t str>,
}

impl<'t> Case<'t> {
    fn of(line: &'t str) -> Self {
        let columns: Vec<&str> = line.split('\t').collect();
        let [thread, provider, status, kind, strength, says, was, text] = columns[..] else {
            panic!("eight columns are needed: {line}")
        };
        let cell_text = |cell: &'t str| (cell != "-").then_some(cell);
        let was = if was == "?" { Vec::new() } else { ids(was) };
        let status = cell_text(status).map(|s| s.parse().unwrap());
        Self { thread, provider, status, kind: cell_text(kind), strength, says, was, text: cell_text(text) }
    }

    fn said(&self, message: Option<&'t str>) -> ErrorInfo<'t> {
        ErrorInfo { provider: Some(self.provider), status: self.status, kind: self.kind, message }
    }
}

fn ids(list: &str) -> Vec<Hypothesis> {
    list.split(',').map(|id| Hypothesis::from_key(id).unwrap_or_else(|| panic!("{id} is no cause id"))).collect()
}

fn cases() -> Vec<Case<'static>> {
    TABLE.lines().filter(|l| !l.starts_with('#')).skip(1).map(Case::of).collect()
}

/// What a match says, in the words of the column `says`.
fn says(found: Option<&Match<'_>>) -> String {
    let Some(signal) = found.map(|m| m.signal) else { return "nothing".to_owned() };
    let mark = if signal.kind == Kind::Misleading { "~" } else { "" };
    match signal.cause() {
        None => "ambiguous".to_owned(),
        Some(_) => format!("{mark}{}", signal.hypotheses().iter().map(Hypothesis::key).collect::<Vec<_>>().join(",")),
    }
}

/// Whether what a text names may be what it was. A window without a length may be any.
fn may_be(named: Hypothesis, was: &[Hypothesis]) -> bool {
    let any_length = |h: &Hypothesis| h.cause == Cause::TokenWindow && h.window_minutes.is_none();
    was.iter().any(|w| {
        w.cause == named.cause && (any_length(w) || any_length(&named) || w.window_minutes == named.window_minutes)
    })
}

/// Right, or silent where the text cannot tell. A text that misleads is right when the truth is among what its entry
/// says it was seen for.
fn is_right(signal: Option<&Signal>, case: &Case<'_>) -> bool {
    let named: Vec<Hypothesis> = signal.map(Signal::hypotheses).unwrap_or_default();
    match case.strength {
        "A" | "-" => named.is_empty() || named.iter().any(|n| may_be(*n, &case.was)),
        "M" if signal.is_some_and(|s| s.kind == Kind::Misleading) => {
            let seen_for = signal.map(|s| s.causes.as_slice()).unwrap_or_default();
            case.was.is_empty() || case.was.iter().any(|w| seen_for.contains(&w.cause))
        }
        "D" | "DT" | "M" => !named.is_empty() && (case.was.is_empty() || named.iter().any(|n| may_be(*n, &case.was))),
        other => panic!("{other} is no strength"),
    }
}

#[test]
fn the_table_is_whole() {
    let cases = cases();
    assert_eq!(cases.len(), 179);
    let mut threads: Vec<&str> = cases.iter().map(|c| c.thread).collect();
    threads.sort_unstable();
    threads.dedup();
    assert_eq!(threads.len(), cases.len(), "one row a thread");
}

#[test]
fn every_text_says_what_the_table_says() {
    let wrong: Vec<String> = cases()
        .iter()
        .filter_map(|case| {
            let found = catalogue().matching(&case.said(case.text));
            let said = says(found.as_ref());
            let right = said == case.says && is_right(found.as_ref().map(|m| m.signal), case);
            let entry = found.as_ref().map_or("-", |m| m.signal.id.as_str());
            (!right).then(|| format!("{}: says {}, not {} ({entry})", case.thread, case.says, said))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of the table:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_original_wordings_are_right_or_ambiguous() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(ORIGINAL);
    let Ok(text) = fs::read_to_string(path) else { return };
    let original: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
    let cases = cases();
    let by_thread: BTreeMap<&str, &Case<'_>> = cases.iter().map(|c| (c.thread, c)).collect();
    let mut wrong = Vec::new();
    for row in &original {
        let text = |key: &str| row[key].as_str().filter(|t| !t.is_empty());
        let thread =
            format!("{}#{}", text("repo").unwrap(), text("number").map_or(row["number"].to_string(), str::to_owned));
        let case = by_thread.get(thread.as_str()).unwrap_or_else(|| panic!("{thread} is not in the table"));
        let said = ErrorInfo { kind: text("error_type"), message: text("message"), ..case.said(None) };
        let found = catalogue().matching(&said);
        if !is_right(found.as_ref().map(|m| m.signal), case) {
            let entry = found.as_ref().map_or("-", |m| m.signal.id.as_str());
            wrong.push(format!("{thread} ({}): {} by {entry}", case.strength, says(found.as_ref())));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), original.len(), wrong.join("\n"));
}

#[test]
fn explain_answers_for_every_text() {
    for case in cases().iter().filter(|c| c.says != "nothing") {
        let Some(text) = case.text.or(case.kind) else { continue };
        let e = explain_message(text);
        assert!(e.id.is_some() && e.meaning.is_some() && e.trap.is_some() && e.what_to_do.is_some(), "{text}");
        assert!(!e.source.is_empty(), "{text}");
    }
}

/// Work until noon, an hour of refusals with this text, then work again. 2026-03-03 in UTC.
fn refused_with(provider: &str, text: &str) -> Folder {
    let start = Time::parse_rfc3339("2026-03-03T11:00:00Z").unwrap();
    let line = |minute: u32| {
        let at = start.plus(60.0 * f64::from(minute));
        let refused = (60..120).contains(&minute);
        let answer = if refused {
            serde_json::json!({"status": 429, "error_message": text})
        } else {
            serde_json::json!({"status": 200})
        };
        let mut row = serde_json::json!({"start": at.rfc3339(), "end": at.plus(2.0).rfc3339(), "provider": provider,
            "account": "a", "model": "m", "session": "s", "agent": "w"});
        row.as_object_mut().unwrap().extend(answer.as_object().unwrap().clone());
        format!("{row}\n")
    };
    let folder = Folder::new();
    folder.write("requests.jsonl", (0..180).map(line).collect::<String>());
    folder
}

fn reset_of(folder: &Folder, options: Options) -> Option<String> {
    let document = pipeline::run(&[folder.path()], &options, &Quiet).document;
    assert_eq!(document.episodes.len(), 1);
    assert_eq!(document.episodes[0].verdict.cause, "token_window", "{}", document.episodes[0].sentence);
    document.episodes[0].estimates.resets_at.clone()
}

/// 5am in Los Angeles is 13:00 UTC in winter, when the work goes on.
#[test]
fn the_reset_that_a_text_names_is_the_window_s_end() {
    let folder = refused_with("claude-code", "You've hit your session limit \u{b7} resets 5am (America/Los_Angeles)");
    assert_eq!(reset_of(&folder, options()).as_deref(), Some("2026-03-03T13:00:00.000Z"));
}

/// 2 PM in Vienna is 13:00 UTC; without a zone it is read as UTC, and the report says that this is assumed. The zone that people
/// read in has no part in it.
#[test]
fn a_local_reset_is_read_in_the_zone_of_the_logs() {
    let folder = refused_with("codex", "You've hit your usage limit. Try again at 2:00 PM.");
    assert_eq!(reset_of(&folder, options()).as_deref(), Some("2026-03-03T14:00:00.000Z"));
    let shown = Options { zone: Zone::parse("Europe/Vienna"), ..options() };
    assert_eq!(reset_of(&folder, shown).as_deref(), Some("2026-03-03T14:00:00.000Z"));
    let vienna = Options { log_zone: Zone::parse("Europe/Vienna"), ..options() };
    assert_eq!(reset_of(&folder, vienna).as_deref(), Some("2026-03-03T13:00:00.000Z"));
}
