//! Recordings, in the repository and beside it: their logs unpacked, and what their servers really received and did.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::Digest;
use why429::model::{Attempt, Class, Time};
use why429::pipeline::Analysis;

use crate::support::root;

/// A recording, or none (which is said) where these do not lie beside the repository.
pub fn recording(name: &str) -> Option<PathBuf> {
    let folder = root().join("../shared/samples").join(name);
    if folder.join("TRUTH_requests.jsonl").is_file() {
        return Some(folder);
    }
    eprintln!("skipped: the recording {name} is not beside this repository");
    None
}

/// What a user would point at: the logs and snapshots of an incident without the truth about it.
pub fn inputs(folder: &Path) -> Vec<PathBuf> {
    let at = unpacked(folder);
    ["logs", "usage"].iter().map(|part| at.join(part)).filter(|p| p.is_dir()).collect()
}

/// Where the files of a recording's archive are, below `target`, unpacked once; a recording without an archive is as it is.
fn unpacked(folder: &Path) -> PathBuf {
    let Ok(archive) = fs::read(folder.join("logs.tar.gz")) else { return folder.to_owned() };
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recordings");
    let name = folder.file_name().unwrap().to_str().unwrap();
    let to = all.join(format!("{name}-{}", &hex(&sha2::Sha256::digest(&archive))[..12]));
    if !to.is_dir() {
        fs::create_dir_all(&all).unwrap();
        let new = tempfile::tempdir_in(&all).unwrap();
        tar::Archive::new(flate2::read::GzDecoder::new(&archive[..])).unpack(new.path()).unwrap();
        // Another test may have been faster.
        assert!(fs::rename(new.path(), &to).is_ok() || to.is_dir());
    }
    to
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// One request that the server received.
#[derive(Debug, Clone)]
pub struct Request {
    /// When it was answered, seconds since the epoch.
    pub answered: f64,
    /// What it was answered with: `ok`, `h:429:conc`, `drop`.
    pub act: String,
}

impl Request {
    pub fn is_refused(&self) -> bool {
        self.act.starts_with("h:")
    }

    /// Status, class, and a part of the text that the server answered with.
    pub fn said(&self) -> (u16, Class, &'static str) {
        match self.act.as_str() {
            "h:429:overload" => (429, Class::RateLimited, "The engine is currently overloaded"),
            "h:429:conc" => (429, Class::RateLimited, "request reached organization max concurrency: 3"),
            "h:429:tpm" => (429, Class::RateLimited, "request reached organization TPM rate limit"),
            "h:429:quota" => (429, Class::RateLimited, "You exceeded your current token quota"),
            "h:403:kimi403" => (403, Class::Access, "You've reached your usage limit for this billing cycle"),
            "h:401:401" => (401, Class::Access, "Invalid Authentication"),
            "h:500:500" => (500, Class::Overload, "The server had an error while processing your request"),
            "h:503:503" => (503, Class::Overload, "Service Unavailable"),
            other => panic!("the server answers with {other}, which nobody told this test"),
        }
    }
}

/// The requests of a recording, in order.
pub fn requests(folder: &Path) -> Vec<Request> {
    let text = fs::read_to_string(folder.join("TRUTH_requests.jsonl")).unwrap();
    let lines = text.lines().map(|l| serde_json::from_str::<Value>(l).unwrap());
    let mut all: Vec<Request> = lines
        .filter(|v| v["kind"].as_str().is_none_or(|kind| kind == "chat"))
        .map(|v| Request {
            answered: v["t"].as_f64().or_else(|| v["end"].as_f64()).unwrap(),
            act: v["act"].as_str().unwrap().to_owned(),
        })
        .collect();
    all.sort_by(|a, b| a.answered.total_cmp(&b.answered));
    all
}

/// All attempts that were found, with their messages.
pub fn attempts(analysis: &Analysis) -> Vec<(Attempt, String)> {
    let timeline = &analysis.timeline;
    let all = timeline.pools.iter().flat_map(|p| &p.attempts);
    all.map(|a| (*a, a.error_message.map_or(String::new(), |m| timeline.texts.get(m).to_owned()))).collect()
}

/// One episode of a TRUTH.json.
#[derive(Debug)]
pub struct Episode {
    pub cause: String,
    pub window_minutes: Option<u32>,
    pub from: Time,
    pub to: Time,
}

pub fn episodes(folder: &Path) -> Vec<Episode> {
    let text = fs::read_to_string(folder.join("TRUTH.json")).unwrap();
    let truth: Value = serde_json::from_str(&text).unwrap();
    let time = |v: &Value| Time::parse_rfc3339(v.as_str().unwrap()).unwrap();
    let all = truth["episodes"].as_array().unwrap().iter();
    all.map(|e| Episode {
        cause: e["cause"].as_str().unwrap().to_owned(),
        window_minutes: e["window_minutes"].as_u64().map(|m| m as u32),
        from: time(&e["from"]),
        to: time(&e["to"]),
    })
    .collect()
}
