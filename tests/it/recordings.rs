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

/// What an episode's truth says of one number, and what estimates say.
struct Compared<'a> {
    /// Where in `not_estimated` a reason stands: `cap`, `quota`.
    name: &'static str,
    truth: &'a Value,
    /// The true number, and the low, best and high ends of each estimate of it.
    number: Option<u64>,
    estimates: Vec<(u64, Option<u64>, Option<u64>)>,
}

impl Compared<'_> {
    /// Why the truth says that something cannot be estimated from the logs.
    fn reason(&self, part: &str) -> Option<&str> {
        self.truth["not_estimated"][format!("{}{part}", self.name)].as_str()
    }

    /// Each bound holds the truth, a best value is near it, and what is missing is missing for a reason that is written down.
    fn check(&self, recording: &str) {
        let Some(number) = self.number else { return };
        let what = format!("{recording}, {} {number}: {:?}", self.name, self.estimates);
        assert_eq!(self.estimates.is_empty(), self.reason("").is_some(), "{what} against not_estimated");
        for (low, best, high) in &self.estimates {
            assert!(*low <= number && high.is_none_or(|h| number <= h), "{what}");
            assert!(best.is_none_or(|n| n.abs_diff(number) as f64 <= 0.1 * number as f64), "{what}");
        }
        let is_open = self.estimates.iter().any(|(.., high)| high.is_none());
        assert_eq!(is_open, self.reason(".high").is_some(), "{what}, open above against not_estimated");
    }
}

/// Episodes that have an instant in common with a true one.
fn overlapping<'a>(found: &'a [Episode], truth: &truth::Episode) -> Vec<&'a Episode> {
    let time = |text: &str| Time::parse_rfc3339(text).unwrap();
    found.iter().filter(|e| time(&e.from) <= truth.to && time(&e.to) >= truth.from).collect()
}

/// The true number of slots, the true quota and the true reset of every recording lie inside what is estimated.
#[test]
fn estimates_hold_the_truth() {
    let mut numbers = 0;
    for (folder, _) in recordings() {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let document = analyse(&inputs(&folder));
        let text = fs::read_to_string(folder.join("TRUTH.json")).unwrap();
        let written: Value = serde_json::from_str(&text).unwrap();
        for (truth, parsed) in written["episodes"].as_array().unwrap().iter().zip(truth::episodes(&folder)) {
            let found = overlapping(&document.episodes, &parsed);
            let caps = found.iter().filter_map(|e| e.estimates.concurrency_cap.as_ref());
            let quotas = found.iter().filter_map(|e| e.estimates.window_quota.as_ref());
            let of_unit = quotas.filter(|q| truth["quota_unit"] == q.unit.as_str());
            let all = [
                ("cap", truth["cap"].as_u64(), caps.map(|c| (c.low, c.best, c.high)).collect()),
                ("quota", truth["quota"].as_u64(), of_unit.map(|q| (q.low, q.best, q.high)).collect()),
            ];
            for (key, number, estimates) in all {
                numbers += usize::from(number.is_some());
                Compared { name: key, truth, number, estimates }.check(name);
            }
            reset_is_the_true_one(name, truth, &found);
        }
    }
    assert!(numbers >= 20, "{numbers}");
}

fn reset_is_the_true_one(recording: &str, truth: &Value, found: &[&Episode]) {
    let Some(reset) = truth["reset"].as_str().map(|t| Time::parse_rfc3339(t).unwrap()) else { return };
    let windows = found.iter().filter(|e| e.verdict.cause == "token_window");
    let named: Vec<_> = windows.filter_map(|e| e.estimates.resets_at.as_deref()).collect();
    let reason = truth["not_estimated"]["reset"].as_str();
    assert_eq!(named.is_empty(), reason.is_some(), "{recording}: {named:?} against not_estimated");
    let off_s = named.iter().map(|t| Time::parse_rfc3339(t).unwrap().since(reset).abs());
    // Most are told in whole seconds, some in whole minutes.
    assert!(off_s.clone().all(|s| s < 60.0), "{recording}: {named:?}, not {}", reset.rfc3339());
}

#[test]
fn one_limit_has_one_estimate() {
    for (folder, _) in recordings() {
        let document = analyse(&inputs(&folder));
        let caps = document.episodes.iter().filter(|e| e.verdict.cause == "concurrency_cap");
        let caps: Vec<_> = caps.map(|e| (&e.pool, &e.estimates.concurrency_cap)).collect();
        assert!(caps.windows(2).all(|p| p[0].0 != p[1].0 || p[0].1 == p[1].1), "one limit, one estimate: {caps:?}");
    }
}
