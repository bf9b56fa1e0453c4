//! Databases as they lie around: in use, without their log, of another program, cut. None is locked or changed, each is named
//! with what is wrong, and nothing else is lost.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;
use why429::document::{Document, Input};

use crate::client_logs::talkers::{self, Words};
use crate::client_logs::{File, database};
use crate::fleet::{Fleet, Story, log};
use crate::support::{Folder, analyse, arg, why429};

/// A database of each format, its file's name, and how many attempts it tells of.
pub fn databases() -> Vec<(&'static str, &'static str, Vec<u8>, u64)> {
    let words = Words::of("go on");
    let one = |files: Vec<File>| files.into_iter().next().unwrap().1;
    let turns = "CREATE TABLE thread_items (id TEXT); CREATE TABLE thread_turns (thread_id TEXT, turn_id TEXT, status TEXT, error_json TEXT, \
        started_at INTEGER, completed_at INTEGER);";
    let failed = |db: &Connection| {
        for at in [1_772_614_800, 1_772_614_900] {
            let error = r#"{"message":"You've hit your usage limit.","codexErrorInfo":"usageLimitExceeded"}"#;
            db.execute("INSERT INTO thread_turns VALUES ('t-1', ?1, 'failed', ?2, ?1, ?1)", (at, error)).unwrap();
        }
    };
    vec![
        ("codex-logs-db", "logs_2.sqlite", one(talkers::codex_logs_db(&words)), 2),
        ("codex-turns-db", "thread_history_1.sqlite", database(turns, failed), 2),
        ("opencode-db", "opencode.db", one(talkers::opencode_db(&words)), 2),
        ("crush-db", "crush.db", one(talkers::crush(&words)), 2),
        ("claude-code-store", "__store.db", one(talkers::claude_store(&words)), 2),
    ]
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", path.display()))
}

/// The tables and rows of a database written by a program that is still running.
fn running(path: &Path, bytes: &[u8], pragmas: &str) -> Connection {
    let from = beside(path, ".from");
    fs::write(&from, bytes).unwrap();
    let db = Connection::open(path).unwrap();
    db.execute_batch(&format!("{pragmas} ATTACH '{}' AS source;", from.display())).unwrap();
    let mut named = db.prepare("SELECT name, sql FROM source.sqlite_master WHERE type = 'table'").unwrap();
    let tables: Vec<(String, String)> =
        named.query_map([], |r| Ok((r.get(0)?, r.get(1)?))).unwrap().map(Result::unwrap).collect();
    drop(named);
    for (name, sql) in tables {
        db.execute_batch(&format!("{sql}; INSERT INTO main.{name} SELECT * FROM source.{name};")).unwrap();
    }
    db.execute_batch("DETACH source;").unwrap();
    fs::remove_file(from).unwrap();
    db
}

/// What must be as it was.
fn stored(folder: &Path) -> Vec<(PathBuf, Vec<u8>, SystemTime)> {
    let mut all: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().path())
        .map(|p| (p.clone(), fs::read(&p).unwrap(), fs::metadata(&p).unwrap().modified().unwrap()))
        .collect();
    all.sort();
    all
}

fn input_and_problems<'a>(document: &'a Document, name: &str) -> (&'a Input, Vec<&'a str>) {
    let input =
        document.inputs.iter().find(|i| i.path.ends_with(name)).unwrap_or_else(|| panic!("{name} is not listed"));
    (input, input.problems.iter().map(|p| p.reason.as_str()).collect())
}

#[test]
fn a_database_in_use_is_read_and_neither_locked_nor_changed() {
    for (format, name, bytes, attempts) in databases() {
        for pragmas in ["PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;", "PRAGMA journal_mode=DELETE;"] {
            let folder = Folder::new();
            let path = folder.path().join(name);
            let db = running(&path, &bytes, pragmas);
            // A writer in the middle of a transaction; its row is not there yet.
            db.execute_batch("BEGIN EXCLUSIVE; CREATE TABLE unfinished (x TEXT);").unwrap();
            let before = stored(&folder.path());
            let document = analyse(&[folder.path()]);
            assert!(stored(&folder.path()) == before, "{format} was touched: {pragmas}");
            let (input, problems) = input_and_problems(&document, name);
            assert_eq!((input.format.as_deref(), problems), (Some(format), vec![]), "{pragmas}");
            assert_eq!(document.coverage.attempts, attempts, "{format}: {pragmas}");
            db.execute_batch("COMMIT;").unwrap();
        }
    }
}

/// A transaction that outgrew its program's memory has written pages already; its journal says how they were.
#[test]
fn what_an_unfinished_transaction_wrote_is_not_read() {
    for (format, name, bytes, attempts) in databases() {
        let folder = Folder::new();
        let path = folder.path().join(name);
        let db = running(&path, &bytes, "PRAGMA journal_mode=DELETE; PRAGMA cache_size=2; PRAGMA cache_spill=1;");
        db.execute_batch("CREATE TABLE filler (x TEXT); BEGIN IMMEDIATE;").unwrap();
        let tables = ["logs", "thread_turns", "message", "messages", "assistant_messages"];
        let emptied = tables.iter().filter(|t| db.execute_batch(&format!("DELETE FROM {t};")).is_ok()).count();
        assert_eq!(emptied, 1, "{format}");
        for n in 0..200 {
            db.execute("INSERT INTO filler VALUES (?1)", [format!("{n} {}", "x".repeat(3_000))]).unwrap();
        }
        assert!(fs::metadata(beside(&path, "-journal")).unwrap().len() > 0, "{format}: nothing was written yet");
        let before = stored(&folder.path());
        let document = analyse(&[folder.path()]);
        assert!(stored(&folder.path()) == before, "{format} was touched");
        assert_eq!((document.coverage.attempts, input_and_problems(&document, name).1), (attempts, vec![]), "{format}");
        db.execute_batch("ROLLBACK;").unwrap();
    }
}

#[test]
fn a_database_without_its_log_is_named_and_costs_nothing_else() {
    let good = log(&Fleet { length_s: 1_800, ..Fleet::new(2, Story::Cap { slots: 3 }) }.rows());
    let alone = Folder::new();
    alone.write("requests.jsonl", &good);
    let alone = analyse(&[alone.path()]);
    for (format, name, bytes, _) in databases() {
        let (live, folder) = (Folder::new(), Folder::new());
        let path = live.path().join(name);
        let _db = running(&path, &bytes, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;");
        folder.copy(&path, name);
        folder.write("requests.jsonl", &good);
        let document = analyse(&[folder.path()]);
        let (_, problems) = input_and_problems(&document, name);
        assert_eq!(
            problems,
            ["a database without tables; its -wal file, which may hold them, is missing beside it"],
            "{format}"
        );
        assert_eq!((&document.coverage, &document.verdict), (&alone.coverage, &alone.verdict), "{format}");
        let run = why429(&[arg(&folder.path()), "--format", "json"]).has_code(0);
        assert!(run.stderr.contains(&format!("why429: {name}: a database without tables")), "{}", run.stderr);
    }
}

/// Every size at which a copy may have ended: nothing is lost in silence, and the log beside it is read as ever.
#[test]
fn a_database_that_was_cut_is_named_at_every_size() {
    let good = log(&Fleet { length_s: 1_800, ..Fleet::new(2, Story::Cap { slots: 3 }) }.rows());
    for (format, name, bytes, attempts) in databases() {
        let whole = bytes.len();
        for size in [
            0,
            1,
            15,
            16,
            17,
            99,
            100,
            101,
            511,
            1_024,
            4_095,
            4_096,
            4_097,
            whole / 2,
            whole - 4_096,
            whole - 1,
            whole,
        ] {
            let folder = Folder::new();
            folder.write(name, &bytes[..size]);
            folder.write("requests.jsonl", &good);
            let document = analyse(&[folder.path()]);
            let (input, problems) = input_and_problems(&document, name);
            assert_eq!(
                input_and_problems(&document, "requests.jsonl").0.attempts as usize,
                good.lines().count(),
                "{format} at {size}"
            );
            if size < 16 {
                assert_eq!((input.kind.as_str(), problems.len()), ("unknown", 0), "{format} at {size}");
            } else if size < whole {
                let expected = format!("a database that was cut: {size} of ");
                assert!(problems[0].starts_with(&expected), "{format} at {size}: {problems:?}");
            } else {
                assert_eq!((input.attempts, problems), (attempts, vec![]), "{format}");
            }
        }
    }
}

/// Tables of the same names with other columns, a program's that nobody knows, and bytes that are none.
#[test]
fn a_foreign_schema_is_an_alarm_or_nothing_known_and_never_a_row() {
    let folder = Folder::new();
    folder.write("bookmarks.db", database("CREATE TABLE bookmarks (id INTEGER, url TEXT);", |_| {}));
    let other = "CREATE TABLE session (id TEXT); CREATE TABLE part (id TEXT); \
        CREATE TABLE message (id TEXT, session_id TEXT, time_created INTEGER, body TEXT); INSERT INTO message VALUES ('m', 's', 1, '429');";
    folder.write("opencode.db", database(other, |_| {}));
    folder.write("noise.db", [&b"SQLite format 3\0"[..], &[0xff; 8_000]].concat());
    fs::create_dir(folder.path().join("folder.db")).unwrap();
    let rows = Fleet { length_s: 1_800, ..Fleet::new(2, Story::Cap { slots: 3 }) }.rows();
    folder.write("folder.db/requests.jsonl", log(&rows));
    let document = analyse(&[folder.path()]);
    let (bookmarks, problems) = input_and_problems(&document, "bookmarks.db");
    assert_eq!((bookmarks.kind.as_str(), problems), ("unknown", vec![]));
    let (opencode, problems) = input_and_problems(&document, "opencode.db");
    assert_eq!((opencode.format.as_deref(), opencode.attempts), (Some("opencode-db"), 0));
    assert!(problems.iter().any(|p| p.contains("this why429 does not know") && p.contains("`data`")), "{problems:?}");
    assert!(input_and_problems(&document, "noise.db").1.iter().any(|p| p.starts_with("a database that is damaged")));
    assert_eq!(input_and_problems(&document, "folder.db/requests.jsonl").0.attempts as usize, rows.len());
    assert_eq!(document.coverage.attempts as usize, rows.len());
}
