//! The recordings of real agents beside the repository: what is found against what their servers received. Skipped where
//! they are not at hand.

use std::fs;
use std::path::{Path, PathBuf};

use crate::input::progress::Quiet;
use crate::model::{Attempt, Class};
use crate::pipeline::{self, Options};

fn recording(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples").join(name);
    folder.is_dir().then_some(folder)
}

/// What the server answered: admitted, refused, cut.
fn truth(folder: &Path) -> (usize, usize, usize) {
    let mut counts = (0, 0, 0);
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if !entry.file_name().to_string_lossy().starts_with("TRUTH_requests") {
            continue;
        }
        for line in fs::read_to_string(entry.path()).unwrap().lines() {
            let request: serde_json::Value = serde_json::from_str(line).unwrap();
            match request["act"].as_str().unwrap() {
                "drop" => counts.2 += 1,
                act if act.starts_with("h:") => counts.1 += 1,
                _ => counts.0 += 1,
            }
        }
    }
    counts
}

fn attempts(paths: &[PathBuf]) -> Vec<Attempt> {
    let analysis = pipeline::run(paths, &Options { file_times: false, ..Options::default() }, &Quiet);
    for file in &analysis.document.inputs {
        let alarm = file.problems.iter().find(|p| p.reason.contains("does not know") || p.reason.contains("cannot be"));
        assert!(alarm.is_none(), "{}: {alarm:?}", file.path);
    }
    analysis.timeline.pools.iter().flat_map(|p| p.attempts.iter().copied()).collect()
}

/// Admitted without a break, refused, broken off after it was admitted.
fn counts(attempts: &[Attempt]) -> (usize, usize, usize) {
    let cut = attempts.iter().filter(|a| a.is_admitted() && a.class == Class::Network).count();
    let admitted = attempts.iter().filter(|a| a.is_admitted()).count() - cut;
    (admitted, attempts.iter().filter(|a| a.is_refused()).count(), cut)
}

/// A copy of the folder under other names, without the truth.
fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        if path.is_dir() {
            fs::create_dir_all(to.join(&name)).unwrap();
            copy_folder(&path, &to.join(&name));
        } else if !name.starts_with("TRUTH") {
            fs::write(to.join(format!("copy-{name}")), fs::read(&path).unwrap()).unwrap();
        }
    }
}

/// `wrote`: what the client wrote down, counted by hand in its files.
#[track_caller]
fn finds(name: &str, wrote: (usize, usize, usize)) {
    let Some(folder) = recording(name) else { return };
    let rows = attempts(std::slice::from_ref(&folder));
    let server = truth(&folder);
    assert_eq!(
        counts(&rows),
        wrote,
        "{name}: {:#?}",
        rows.iter()
            .map(|a| (a.start.rfc3339(), a.end.map(|e| e.rfc3339()), a.outcome, a.status, a.rank))
            .collect::<Vec<_>>()
    );
    assert!(wrote.0 <= server.0 && wrote.1 <= server.1 + server.2 && wrote.2 <= server.2, "{name}: more than happened");
    let copy = tempfile::tempdir().unwrap();
    copy_folder(&folder, copy.path());
    assert_eq!(counts(&attempts(&[folder, copy.path().to_owned()])), wrote, "{name}: a copy counts again");
}

#[test]
fn codex_rollouts_before_0_117_hold_no_failure_and_the_terminal_s_log_a_few() {
    // 0.42: a usage limit and a retry. 0.58: a question without an answer. 0.77: two retries and a usage limit. 0.98: one turn error.
    finds("codex-0.42.0", (11, 2, 0));
    finds("codex-0.58.0", (10, 1, 0));
    finds("codex-0.77.0", (11, 3, 0));
    finds("codex-0.98.0", (8, 1, 0));
}

#[test]
fn codex_failures_that_are_reported_three_times_count_once() {
    // 0.117: one turn error, in rollout, log and database. 0.142: two 429 in the database, hints in the rollout.
    finds("codex-0.117.0", (8, 1, 0));
    finds("codex-0.142.0", (9, 2, 0));
    // 0.169: exec 4 failed turns; terminal 7 refusals and 2 cut streams in the database, 4 background answers.
    finds("codex-0.169.0", (17, 11, 2));
}

#[test]
fn opencode_s_log_and_database_fill_each_other_s_gaps() {
    // The log lost its last lines: a 401 and three answers are only in the database; two titles are nowhere.
    finds("opencode-1.18.33", (11, 7, 1));
    finds("cap3-opencode-1.18.33", (8, 6, 0));
}

#[test]
fn gemini_tells_all_and_qwen_hides_what_its_sdk_retries() {
    finds("gemini-cli-0.61.0", (3, 7, 0));
    finds("qwen-code-0.24.4", (4, 1, 0));
}

#[test]
fn aider_tells_one_error_of_three() {
    // litellm's SDK retried both 429; the 403 is in the chat history, its time in the model history.
    finds("aider-0.86.2", (3, 1, 0));
}
