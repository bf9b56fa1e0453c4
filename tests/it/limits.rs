//! What a run may cost: attempts in memory, files that grow, databases that are mostly holes, and what it leaves behind.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use std::sync::atomic::{AtomicU32, Ordering};

use why429::pipeline::{self, Options, Progress};

use crate::support::{Folder, arg, why429};

fn line(n: u32) -> String {
    format!(
        "{{\"start\":\"2026-03-03T{:02}:{:02}:{:02}Z\",\"duration_ms\":300,\"status\":200,\"provider\":\"kimi-code\",\"account\":\"a\",\"model\":\"m\",\"session\":\"s\"}}\n",
        n / 3600 % 24,
        n / 60 % 60,
        n % 60
    )
}

fn log(from: u32, to: u32) -> String {
    (from..to).map(line).collect()
}

/// Beyond the bound rows are counted, everything else is read, and which rows are kept does not depend on threads.
#[test]
fn more_attempts_than_may_be_kept_are_a_problem_and_nothing_else_is_lost() {
    let folder = Folder::new();
    for n in 0..6 {
        folder.write(&format!("{n}.jsonl"), log(n * 100, n * 100 + 100));
    }
    let of = |jobs: &str| {
        let ended =
            why429(&[arg(&folder.path()), "--max-attempts", "250", "--jobs", jobs, "--format", "json"]).has_code(1);
        assert!(ended.stderr.contains("2.jsonl") && ended.stderr.contains("--max-attempts"), "{}", ended.stderr);
        ended.json()
    };
    let document = of("1");
    let kept: Vec<u64> = document.inputs.iter().map(|i| i.attempts).collect();
    assert_eq!(kept, [100, 100, 50, 0, 0, 0]);
    let counts: Vec<u64> = document
        .inputs
        .iter()
        .flat_map(|i| i.problems.iter().filter(|p| p.reason.contains("--max-attempts")).map(|p| p.count))
        .collect();
    assert_eq!(counts, [50, 100, 100, 100]);
    assert!((2..5).all(|jobs| of(&jobs.to_string()) == document));
    why429(&[arg(&folder.path()), "--max-attempts", "600", "-q"]).has_code(0);
    why429(&[arg(&folder.path()), "--max-attempts", "0"]).has_code(2);
}

/// Appends to a file whenever something of it was read.
struct Grows {
    path: std::path::PathBuf,
    left: AtomicU32,
}

impl Progress for Grows {
    fn add_total(&self, _: u64) {}

    fn read(&self, _: u64) {
        // Bounded, so that a reader without a bound fails the test and not the machine.
        if self.left.fetch_sub(1, Ordering::Relaxed) < 1_000 {
            let mut file = fs::OpenOptions::new().append(true).open(&self.path).unwrap();
            file.write_all(log(2000, 4000).as_bytes()).unwrap();
        }
    }
}

/// Appended to faster than it is read, it would have no end.
#[test]
fn a_file_that_grows_is_read_up_to_its_size_at_the_start() {
    let folder = Folder::new();
    let path = folder.write("grows.jsonl", log(0, 2000));
    let grows = Grows { path: path.clone(), left: AtomicU32::new(999) };
    for hash in [false, true] {
        fs::write(&path, log(0, 2000)).unwrap();
        let options = Options { hash, ..Options::default() };
        let document = pipeline::run(std::slice::from_ref(&path), &options, &grows).document;
        assert_eq!(document.inputs[0].attempts, 2000);
        assert!(fs::metadata(&path).unwrap().len() > document.inputs[0].bytes, "it did not grow");
    }
}

const TABLES: &str = "CREATE TABLE session (id TEXT, version TEXT); CREATE TABLE part (id TEXT); \
    CREATE TABLE message (id TEXT, session_id TEXT, time_created INTEGER, data TEXT);";

fn message(n: u64) -> String {
    let at = 1_772_554_740_000 + n * 10_000;
    format!(
        "INSERT INTO message VALUES ('msg_{n}', 'ses_1', {at}, '{{\"role\":\"assistant\",\"modelID\":\"m\",\"providerID\":\"anthropic\",\"tokens\":{{\"input\":1,\"output\":1}},\"time\":{{\"created\":{at},\"completed\":{}}}}}');",
        at + 500
    )
}

fn database(path: &Path, mode: &str, rows: u64) -> rusqlite::Connection {
    let db = rusqlite::Connection::open(path).unwrap();
    let rows: String = (0..rows).map(message).collect();
    db.execute_batch(&format!(
        "PRAGMA journal_mode={mode}; PRAGMA wal_autocheckpoint=0; BEGIN; {TABLES}{rows} COMMIT;"
    ))
    .unwrap();
    db
}

/// The program with an own folder for temporary files: exit code, standard error, attempts.
fn read(path: &Path, temporary: &Path) -> (i32, String, u64) {
    let mut command = assert_cmd::Command::cargo_bin("why429").unwrap();
    command.env_clear().env("TMPDIR", temporary).arg(path).args(["--format", "json"]);
    let output = command.output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let attempts = report["inputs"][0]["attempts"].as_u64().unwrap_or(0);
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned(), attempts)
}

#[test]
#[cfg(unix)]
fn a_database_at_rest_is_read_where_it_lies() {
    let folder = Folder::new();
    for mode in ["DELETE", "WAL"] {
        let path = folder.path().join(format!("odd #%? {mode}.db"));
        drop(database(&path, mode, 3));
        let before = fs::read_dir(folder.path()).unwrap().count();
        let (code, stderr, attempts) = read(&path, Path::new("/nonexistent"));
        assert_eq!((code, attempts), (0, 3), "{mode}: {stderr}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before, "nothing is written beside it");
    }
}

#[test]
#[cfg(unix)]
fn a_live_database_that_cannot_be_copied_is_a_failure() {
    let folder = Folder::new();
    let path = folder.path().join("live.db");
    let _live = database(&path, "WAL", 3);
    let (code, stderr, _) = read(&path, Path::new("/nonexistent"));
    assert!(code == 1 && stderr.contains("cannot be copied"), "{code} {stderr}");
    let (code, _, attempts) = read(&path, &folder.path());
    assert_eq!((code, attempts), (0, 3));
    let left = fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
    assert!(left.into_iter().all(|name| name.starts_with("live.db")), "a copy is left");
}

/// Gigabytes of which a few pages are on the disk cost a few pages, in place and as a copy.
#[test]
#[cfg(unix)]
fn a_sparse_database_costs_its_pages() {
    use std::os::unix::fs::MetadataExt;
    let folder = Folder::new();
    let path = folder.path().join("sparse.db");
    drop(database(&path, "DELETE", 3));
    fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(6 << 30).unwrap();
    if fs::metadata(&path).unwrap().blocks() * 512 > 100 << 20 {
        return; // This file system has no holes.
    }
    let started = Instant::now();
    let (code, stderr, attempts) = read(&path, &folder.path());
    assert_eq!((code, attempts), (0, 3), "{stderr}");
    // A journal that is hot makes it a copy.
    fs::write(folder.path().join("sparse.db-journal"), [0; 600]).unwrap();
    let (code, stderr, attempts) = read(&path, &folder.path());
    assert_eq!((code, attempts), (0, 3), "{stderr}");
    assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
}

/// While a copy has a name, only its user can reach it; a signal or a kill leaves none.
#[test]
#[cfg(unix)]
fn a_copy_is_private_and_goes_with_the_program() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let path = folder.path().join("live.db");
    let _live = database(&path, "WAL", 20_000);
    for signal in ["INT", "TERM", "HUP", "KILL"] {
        let temporary = Folder::new();
        let mut child = Command::new(assert_cmd::cargo::cargo_bin("why429"))
            .env("TMPDIR", temporary.path())
            .args([arg(&path), "--format", "json"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut seen = 0;
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until && child.try_wait().unwrap().is_none() {
            let folders: Vec<_> = fs::read_dir(temporary.path()).unwrap().flatten().collect();
            for entry in &folders {
                let mode = |p: &Path| fs::metadata(p).map(|m| m.permissions().mode() & 0o777);
                if let Ok(mode) = mode(&entry.path()) {
                    assert_eq!(mode, 0o700);
                    seen += 1;
                }
                for file in fs::read_dir(entry.path()).into_iter().flatten().flatten() {
                    if let Ok(mode) = mode(&file.path()) {
                        assert_eq!(mode, 0o600);
                    }
                }
            }
            // A kill is tried once the copy has lost its name, the other signals as soon as it is there.
            if seen > 0 && (signal != "KILL" || folders.is_empty()) {
                break;
            }
        }
        let _ = Command::new("kill").args([&format!("-{signal}"), &child.id().to_string()]).status();
        let status = child.wait().unwrap();
        let left = fs::read_dir(temporary.path()).unwrap().count();
        assert_eq!(left, 0, "{signal}: {status:?}, seen {seen} times");
    }
}

/// Tasks that start tasks of their own would take each other's work onto one stack, deeper with each pool.
#[test]
fn thousands_of_pools_with_an_episode_each_fit_on_the_stack() {
    let statuses = [200, 200, 200, 429, 429, 429, 429, 429, 429, 200, 200, 200];
    let row = |pool: u32, n: u32, status: u16| {
        format!(
            "{{\"start\":\"2026-03-03T{:02}:{:02}:{:02}Z\",\"duration_ms\":300,\"status\":{status},\"provider\":\"kimi-code\",\"account\":\"team-{pool}\",\"agent\":\"a\"}}\n",
            n / 60,
            n % 60,
            pool % 60
        )
    };
    let rows = (0..2_000).flat_map(|pool| (0..12).zip(statuses).map(move |(n, status)| row(pool, n, status)));
    let folder = Folder::new();
    folder.write("pools.jsonl", rows.collect::<String>());
    let document = why429(&[arg(&folder.path()), "--json", "-q"]).has_code(0).json();
    assert_eq!((document.pools.len(), document.episodes.len()), (2_000, 2_000));
}
