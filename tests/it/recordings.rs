//! Recordings of real clients against real limiters (`recordings/`): what they must be, and what the verdict says of them.
//!
//! Nothing was fitted to them. A recording is right when the episode that covers each true one has its cause, or is
//! undetermined with the truth among the two that remain. What is missed stands in `MISSED` with its reason, and must be missed.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use why429::document::Episode;
use why429::model::Time;

use crate::support::{analyse, files_below, root};
use crate::truth::{self, inputs};

/// Clients whose logs are read and show the failures.
const READ: [&str; 12] = [
    "aider",
    "claude-code",
    "cline-cli",
    "codex",
    "copilot-cli",
    "gemini-cli",
    "kimi-cli",
    "kimi-code",
    "litellm",
    "opencode",
    "pi",
    "qwen-code",
];

/// Recording, cause that is missed, and why.
const MISSED: [(&str, &str, &str); 7] = [
    ("cline-cap2", "concurrency_cap", "Cline wrote one of 39 refusals down, so the episode is one instant"),
    ("claude-code-265-overload", "overload", "2.1.265 wrote answers only, and no retry"),
    ("codex-network-cut", "network", "Codex sat the cut out and wrote no error down"),
    ("codex-overload", "overload", "Codex retried every refusal in silence and wrote none down"),
    ("codex-per-minute", "rate_per_minute", "two of 95 refusals were written down, outside of the true stretch"),
    (
        "kimi-cli-account-block",
        "account_block",
        "nobody saved a reading, and then a used-up window looks the same and is the more likely one beforehand",
    ),
    (
        "kimi-code-per-minute",
        "rate_per_minute",
        "a limit that counts refusals starves under the client's retries, so that nothing admitted shows its minute",
    ),
];

/// All recordings with the client that wrote them, by name.
fn recordings() -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(root().join("recordings")).unwrap().map(|e| e.unwrap().path());
    let mut folders: Vec<PathBuf> = entries.filter(|p| p.join("TRUTH.json").is_file()).collect();
    folders.sort();
    let client = |folder: &PathBuf| {
        let truth: Value = serde_json::from_str(&fs::read_to_string(folder.join("TRUTH.json")).unwrap()).unwrap();
        truth["client"].as_str().unwrap().to_owned()
    };
    folders.into_iter().map(|folder| (folder.clone(), client(&folder))).collect()
}

/// Seconds that an episode and a true one have in common.
fn common(found: &Episode, truth: &truth::Episode) -> f64 {
    let time = |text: &str| Time::parse_rfc3339(text).unwrap();
    let (from, to) = (time(&found.from).max(truth.from), time(&found.to).min(truth.to));
    to.since(from)
}

/// Whether the cause of the truth is what the episode says, or one of the two that it leaves open.
fn is_said(found: &Episode, truth: &truth::Episode) -> bool {
    let verdict = &found.verdict;
    let same = |cause: &str, window: Option<u32>| cause == truth.cause && window == truth.window_minutes;
    same(&verdict.cause, verdict.window_minutes)
        || verdict.cause == "undetermined" && verdict.between.iter().flatten().any(|b| same(&b.cause, b.window_minutes))
}

#[test]
fn at_least_ten_are_whole() {
    let all = recordings();
    assert!(all.len() >= 10, "{}", all.len());
    for (folder, _) in all {
        for part in ["README.md", "TRUTH_requests.jsonl", "logs.tar.gz"] {
            assert!(folder.join(part).exists(), "{} lacks {part}", folder.display());
        }
        let bytes: u64 = files_below(&folder).iter().map(|f| f.metadata().unwrap().len()).sum();
        assert!(bytes < 200_000, "{} has {bytes} bytes", folder.display());
    }
}

#[test]
fn verdicts_are_the_truth_or_leave_it_open() {
    for (folder, _) in recordings().iter().filter(|(_, client)| READ.contains(&client.as_str())) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let document = analyse(&inputs(folder));
        for truth in truth::episodes(folder) {
            let nearest = document.episodes.iter().max_by(|a, b| common(a, &truth).total_cmp(&common(b, &truth)));
            let right = nearest.is_some_and(|e| common(e, &truth) > 0.0 && is_said(e, &truth));
            let missed = MISSED.iter().any(|(n, cause, _)| *n == name && *cause == truth.cause);
            assert_eq!(right, !missed, "{name}: {truth:?} but {:?}", nearest.map(|e| &e.verdict));
        }
    }
}

/// A bound is true or it is not told; a best value is told only where it lies within a tenth of the truth.
#[test]
fn estimates_hold_the_truth_and_name_a_best_value_only_near_it() {
    let mut told = 0;
    for (folder, _) in recordings().iter().filter(|(_, client)| READ.contains(&client.as_str())) {
        let truth: Value = serde_json::from_str(&fs::read_to_string(folder.join("TRUTH.json")).unwrap()).unwrap();
        let of = |key: &str| truth["episodes"].as_array().unwrap().iter().find_map(|e| e[key].as_u64());
        let document = analyse(&inputs(folder));
        for e in &document.episodes {
            let cap = e.estimates.concurrency_cap.as_ref().filter(|_| e.verdict.cause == "concurrency_cap");
            let quota =
                e.estimates.window_quota.as_ref().filter(|q| e.verdict.cause == "token_window" && q.unit == "tokens");
            let all = [
                (of("cap"), cap.map(|c| (c.low, c.best, c.high))),
                (of("quota"), quota.map(|q| (q.low, q.best, q.high))),
            ];
            for (truth, (low, best, high)) in all.into_iter().filter_map(|(t, b)| t.zip(b)) {
                told += 1;
                assert!(
                    low <= truth && high.is_none_or(|h| truth <= h),
                    "{}: {low} to {high:?}, not {truth}",
                    folder.display()
                );
                let near = |n: u64| n.abs_diff(truth) as f64 <= 0.1 * truth as f64;
                assert!(best.is_none_or(near), "{}: {best:?}, not {truth}", folder.display());
            }
        }
        let caps: Vec<_> = document.episodes.iter().filter(|e| e.verdict.cause == "concurrency_cap").collect();
        let caps: Vec<_> = caps.iter().map(|e| (&e.pool, &e.estimates.concurrency_cap)).collect();
        assert!(caps.windows(2).all(|p| p[0].0 != p[1].0 || p[0].1 == p[1].1), "one limit, one estimate: {caps:?}");
    }
    assert!(told >= 15, "{told}");
}
