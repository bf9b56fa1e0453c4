//! Recorded logs of real clients against what their server really received, where these recordings lie beside
//! the repository.

use std::path::{Path, PathBuf};

use super::clock;
use crate::formats::{Head, recognise};
use crate::input::InputFile;
use crate::merge::Merged;
use crate::merge::testing::{merge_files, numbered};
use crate::model::{Attempt, Texts};

/// What a recording gave.
struct Sample {
    rows: Vec<Attempt>,
    texts: Texts,
    merged: Merged,
    notes: Vec<String>,
    truth: Vec<serde_json::Value>,
}

impl Sample {
    fn count(&self, what: impl Fn(&Attempt) -> bool) -> usize {
        self.rows.iter().filter(|a| what(a)).count()
    }

    fn message(&self, a: &Attempt) -> &str {
        a.error_message.map_or("-", |m| self.texts.get(m))
    }

    fn at_most(&self) -> usize {
        self.rows.iter().map(|a| usize::from(a.at_most)).sum()
    }
}

/// Reads a recording and prints what it gave beside the truth; `None` where the recordings are not there.
#[allow(clippy::print_stdout)]
fn read(name: &str) -> Option<Sample> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples")).join(name);
    let truth = std::fs::read_to_string(root.join("TRUTH_requests.jsonl")).ok()?;
    let mut paths = Vec::new();
    walk(&root, &mut paths);
    paths.sort();
    let mut files: Vec<InputFile> = paths.iter().enumerate().filter_map(|(i, p)| log_at(&root, p, i)).collect();
    let mut notes = clock::settle(&mut files, clock::Asked::default());
    let unanswered: u64 = files.iter().map(|f| f.parsed.unanswered).sum();
    let logged: usize = files.iter().map(|f| f.parsed.attempts.len()).sum();
    let (mut merged, all) = merge_files(&mut files);
    notes.append(&mut merged.notes);
    let problems: Vec<_> = files.iter().flat_map(|f| f.parsed.problems.iter().map(|p| (&f.path, &p.reason))).collect();
    let truth: Vec<serde_json::Value> = truth.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let one = Sample { rows: all.attempts, texts: all.texts, merged, notes, truth };
    println!(
        "{name}: truth {} | {logged} logged, {} rows (at most {}), {} admitted, {} refused, {} other; {} unconfirmed, {unanswered} unanswered; {problems:?} {:?}",
        one.truth.len(),
        one.rows.len(),
        one.at_most(),
        one.count(Attempt::is_admitted),
        one.count(Attempt::is_refused),
        one.count(|a| !a.is_admitted() && !a.is_refused()),
        one.merged.unconfirmed,
        one.notes,
    );
    Some(one)
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            walk(&path, paths);
        } else if !name.starts_with("TRUTH") {
            paths.push(path);
        }
    }
}

fn log_at(root: &Path, path: &Path, number: usize) -> Option<InputFile> {
    let bytes = std::fs::read(path).unwrap();
    let format = recognise(&Head { bytes: &bytes[..bytes.len().min(65_536)] })?;
    let relative = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
    Some(numbered(format, &relative, &bytes, number as u32))
}

#[test]
fn kimi_code_shows_every_request_once() {
    let Some(sample) = read("cap3-kimi-code-2.1.0") else { return };
    assert_eq!((sample.rows.len(), sample.truth.len(), sample.count(Attempt::is_refused)), (17, 17, 9));
    assert_eq!(sample.count(|a| a.status == Some(429) && sample.message(a).contains("max concurrency: 3")), 9);
    assert!(sample.rows.iter().all(|a| a.agent.is_some() && a.also.is_some() && a.at_most == 1));
}

#[test]
fn kimi_code_shows_each_failure_with_its_text() {
    let Some(sample) = read("kimi-code-2.1.0") else { return };
    assert_eq!((sample.rows.len(), sample.truth.len(), sample.count(Attempt::is_refused)), (18, 18, 12));
    let texts = [
        (429, "overloaded", 1),
        (429, "max concurrency: 3", 5),
        (429, "TPM rate limit", 1),
        (429, "exceeded your current token quota", 1),
        (403, "usage limit for this billing cycle", 1),
        (401, "Invalid Authentication", 1),
        (500, "", 1),
        (503, "", 1),
    ];
    for (status, text, n) in texts {
        let found = sample.count(|a| a.is_refused() && a.status == Some(status) && sample.message(a).contains(text));
        assert_eq!(found, n, "{status} {text}");
    }
    assert_eq!(sample.count(|a| a.is_admitted() && a.class == crate::model::Class::Network), 1, "the dropped stream");
    assert_eq!(sample.count(|a| a.ended_work), 4);
}

#[test]
fn kimi_cli_retries_count_once_though_they_stand_three_times() {
    let Some(sample) = read("cap3-kimi-cli-1.44.0") else { return };
    assert_eq!(sample.rows.len(), 19, "14 steps and 5 retries");
    assert_eq!(sample.count(|a| a.is_refused() && sample.message(a).contains("max concurrency: 3")), 5);
    assert!(sample.rows.len() <= sample.truth.len() && sample.truth.len() <= sample.at_most());
    assert!(sample.rows.iter().all(|a| a.agent.is_some() && a.also.is_some() && a.model.is_some()));
    // Each true admission lies inside the bounds of one row: between its earliest start and its end.
    let mut admitted: Vec<&Attempt> = sample.rows.iter().filter(|a| a.is_admitted()).collect();
    admitted.sort_by_key(|a| a.end);
    let ok = sample.truth.iter().filter(|t| t["act"].as_str().is_some_and(|act| act.starts_with("ok")));
    for (truth, row) in ok.zip(admitted) {
        let start = truth["start"].as_f64().unwrap();
        let end = truth["t"].as_f64().unwrap();
        assert!(row.start_low.secs() <= start && start < row.end.unwrap().secs());
        assert!((row.end.unwrap().secs() - end).abs() < 0.5, "{truth}");
    }
}

#[test]
fn kimi_cli_shows_what_it_logs() {
    let Some(sample) = read("kimi-cli-1.44.0") else { return };
    assert_eq!((sample.rows.len(), sample.count(Attempt::is_refused)), (12, 4));
    let found = |status, text| sample.count(|a| a.status == Some(status) && sample.message(a).contains(text));
    assert_eq!(found(429, "max concurrency: 3"), 1);
    assert_eq!(found(429, "exceeded your current token quota"), 1);
    assert_eq!((found(403, "billing cycle"), found(401, "Invalid Authentication")), (1, 1));
    assert_eq!(sample.count(|a| a.ended_work && a.at_most == 1 && a.start_read), 2);
    assert!(sample.rows.len() <= sample.truth.len() && sample.truth.len() <= sample.at_most());
    assert_eq!(sample.merged.unconfirmed, 0);
}

#[test]
fn whole_incidents_agree_with_the_server() {
    let expected = [
        ("incident-cap3-kimi-code-long", 558, 368),
        ("incident-window-kimi-code-nosnap", 302, 100),
        ("incident-window-kimi-cli-snapshots", 271, 42),
        ("incident-weekly-403-kimi-cli", 200, 31),
    ];
    for (name, rows, refused) in expected {
        let Some(sample) = read(name) else { return };
        assert_eq!((sample.rows.len(), sample.count(Attempt::is_refused)), (rows, refused), "{name}");
        assert!(sample.rows.len() <= sample.truth.len() && sample.rows.iter().all(|a| a.agent.is_some()), "{name}");
    }
    let Some(sample) = read("incident-network-cut-kimi-code") else { return };
    assert_eq!((sample.count(Attempt::is_admitted), sample.count(Attempt::is_refused)), (95, 38));
    let network = |a: &Attempt| a.class == crate::model::Class::Network && a.status.is_none();
    assert_eq!(
        (sample.count(|a| a.is_refused() && network(a)), sample.count(|a| a.is_admitted() && network(a))),
        (38, 1)
    );
}
