//! Reads a SQLite database from a private copy.
//!
//! In: the path of a database. Out: what its format read. Always: the original is only copied, byte by byte, together
//! with its write-ahead log or its rollback journal, and never opened by SQLite, so a live one is neither locked nor changed.
//! The `-shm` file is left behind: SQLite makes it anew from the log, and a copy of one that is in use would lie.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::InputFile;
use crate::formats::database::{self, Schema};
use crate::formats::{DATABASES, Place, Sink, unread};
use crate::model::{FileId, Problem};

/// The first bytes of every database.
pub const MAGIC: &[u8] = b"SQLite format 3\0";

/// How often a copy is made again because the program wrote meanwhile.
const TRIES: usize = 3;

/// Reads the database at `path` into `input`.
pub fn read(input: &mut InputFile, file: FileId, path: &Path) {
    let mut told = Vec::new();
    let read = Copied::of(path, &mut told)
        .map_err(|e| format!("a database that cannot be copied to the folder for temporary files ({})", e.kind()));
    let result = read.and_then(|copy| copy.read(input, file));
    for reason in told.into_iter().chain(result.err()) {
        input.problems.push(Problem { line: 0, reason, count: 1 });
    }
}

/// A copy in a folder that goes with it.
struct Copied {
    folder: tempfile::TempDir,
    /// The database writes ahead, and no log lay beside it.
    log_missing: bool,
    /// A transaction was under way: what it wrote so far is to be rolled back, as the program would after a crash.
    journaled: bool,
}

impl Copied {
    fn of(path: &Path, told: &mut Vec<String>) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let copy = folder.path().join("copy.db");
        let (log, journal) = (beside(path, "-wal"), beside(path, "-journal"));
        let states = || (state(path), state(&log), state(&journal));
        let mut quiet = false;
        for _ in 0..TRIES {
            let before = states();
            fs::copy(path, &copy)?;
            copy_if_there(&log, &beside(&copy, "-wal"))?;
            copy_if_there(&journal, &beside(&copy, "-journal"))?;
            quiet = before == states();
            if quiet {
                break;
            }
        }
        if !quiet {
            told.push(
                "the program wrote to this database while it was copied; its last rows may be missing".to_owned(),
            );
        }
        let log_missing = writes_ahead(path) && !log.exists();
        if log_missing && beside(path, "-shm").exists() {
            told.push("the -wal file of this database is missing beside it; its last rows may be missing".to_owned());
        }
        if let Some((there, whole)) = cut_short(&copy) {
            told.push(format!("a database that was cut: {there} of {whole} bytes are there; rows may be missing"));
        }
        let journaled = state(&beside(&copy, "-journal")).is_some_and(|(bytes, _)| bytes > 0);
        Ok(Self { folder, log_missing, journaled })
    }

    fn read(&self, input: &mut InputFile, file: FileId) -> Result<(), String> {
        let damaged = |e: rusqlite::Error| format!("a database that is damaged or half written: {}", words(&e));
        // Rolling back writes; the copy may be written to.
        let access = if self.journaled { OpenFlags::SQLITE_OPEN_READ_WRITE } else { OpenFlags::SQLITE_OPEN_READ_ONLY };
        let flags = access | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(self.folder.path().join("copy.db"), flags).map_err(damaged)?;
        for (option, on) in
            [(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true), (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)]
        {
            db.set_db_config(option, on).map_err(damaged)?;
        }
        let schema = Schema::of(&db).map_err(damaged)?;
        let Some(format) = DATABASES.iter().find(|f| f.recognises(&schema)) else {
            return if self.log_missing && schema.is_empty() {
                Err("a database without tables; its -wal file, which may hold them, is missing beside it".to_owned())
            } else {
                unread::of_schema(&schema).map_or(Ok(()), |known| Err(known.says()))
            };
        };
        input.format = Some(format.info().id);
        input.log = Some(format.info());
        let mut sink = Sink::new(file, format.info());
        let read = database::read(*format, &schema, &db, &Place { path: input.path.clone() }, &mut sink);
        input.parsed = sink.into_parsed();
        input.parsed.settle_drift(format.info());
        read.map_err(|e| format!("{}; rows before it were read", damaged(e)))
    }
}

/// SQLite's word for what is wrong, without text from the database.
fn words(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqliteFailure(code, _) => code.to_string(),
        _ => "a row of another shape".to_owned(),
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

fn copy_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::copy(from, to) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            drop(fs::remove_file(to));
            Ok(())
        }
        Err(e) => Err(e),
    }
}

/// Bytes of the file's header (sqlite.org/fileformat2.html, 1.3).
const HEADER: usize = 100;

/// How many bytes are there and how many the header tells of, if some are missing.
fn cut_short(path: &Path) -> Option<(u64, u64)> {
    let there = fs::metadata(path).ok()?.len();
    let mut head = [0; HEADER];
    if File::open(path).and_then(|mut f| f.read_exact(&mut head)).is_err() {
        return Some((there, HEADER as u64));
    }
    let number = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    // The number of pages counts only where it is as new as the last change.
    let whole = if number(24) == number(92) { page * u64::from(number(28)) } else { 0 };
    (there < whole).then_some((there, whole))
}

fn state(path: &Path) -> Option<(u64, Option<SystemTime>)> {
    fs::metadata(path).ok().map(|m| (m.len(), m.modified().ok()))
}

/// Bytes 18 and 19 of the header are 2 in write-ahead mode (sqlite.org/fileformat2.html, 1.3.3).
fn writes_ahead(path: &Path) -> bool {
    let mut head = [0; 20];
    File::open(path).and_then(|mut f| f.read_exact(&mut head)).is_ok() && head[18] == 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::progress::Quiet;
    use crate::input::{InputFile, ReadOptions, read};

    const TABLES: &str = "CREATE TABLE session (id TEXT, version TEXT); CREATE TABLE part (id TEXT); \
        CREATE TABLE message (id TEXT, session_id TEXT, time_created INTEGER, data TEXT); \
        INSERT INTO session VALUES ('ses_1', '9.9.9');";

    fn message(n: u32, error: &str) -> String {
        let created = 1_772_554_740_000_u64 + u64::from(n) * 10_000;
        format!(
            "INSERT INTO message VALUES ('msg_{n}', 'ses_1', {created}, '{{\"role\":\"assistant\",\"agent\":\"build\",\"modelID\":\"m\",\"providerID\":\"anthropic\",\"tokens\":{{\"input\":{n},\"output\":1,\"cache\":{{\"read\":0,\"write\":0}}}},\"time\":{{\"created\":{created},\"completed\":{}}}{error}}}');",
            created + 500
        )
    }

    fn written(path: &Path, sql: &str) -> Connection {
        let db = Connection::open(path).unwrap();
        db.execute_batch(sql).unwrap();
        db
    }

    fn one(folder: &Path, name: &str) -> InputFile {
        let options = ReadOptions { jobs: 1, hash: false, file_times: false, zone: None, not_before: None };
        read(&[folder.join(name)], &options, &Quiet).files.remove(0)
    }

    fn told(file: &InputFile) -> (usize, Vec<&str>) {
        (
            file.parsed.attempts.len(),
            file.problems.iter().chain(&file.parsed.problems).map(|p| p.reason.as_str()).collect(),
        )
    }

    #[test]
    fn a_live_database_is_read_with_its_log_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("opencode.db");
        let failed = ",\"error\":{\"name\":\"APIError\",\"data\":{\"message\":\"no\",\"statusCode\":429,\"responseHeaders\":{\"retry-after\":\"3\"}}}";
        let live = written(
            &path,
            &format!(
                "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; {TABLES}{}{}",
                message(1, ""),
                message(2, failed)
            ),
        );
        // A writer in the middle of a transaction must not be waited for.
        live.execute_batch(&format!("BEGIN EXCLUSIVE; {}", message(3, ""))).unwrap();
        let stored = || ["", "-wal", "-shm"].map(|s| fs::read(beside(&path, s)).unwrap());
        let before = stored();
        let file = one(folder.path(), "opencode.db");
        assert_eq!((file.format, told(&file)), (Some("opencode-db"), (2, vec![])));
        let refused = file.parsed.attempts[1];
        assert_eq!(
            (refused.status, refused.retry_after_s(), refused.ended_work, refused.source.line),
            (Some(429), Some(3.0), true, 2)
        );
        assert!(stored() == before, "the database was touched");
        live.execute_batch("COMMIT").unwrap();
        assert_eq!(told(&one(folder.path(), "opencode.db")).0, 3);
    }

    #[test]
    fn a_log_that_was_left_behind_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("live.db");
        let _live = written(
            &path,
            &format!("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; {TABLES}{}", message(1, "")),
        );
        let elsewhere = folder.path().join("copied");
        fs::create_dir(&elsewhere).unwrap();
        fs::copy(&path, elsewhere.join("copy.db")).unwrap();
        let reason = "a database without tables; its -wal file, which may hold them, is missing beside it";
        assert_eq!(told(&one(&elsewhere, "copy.db")), (0, vec![reason]));
        fs::copy(beside(&path, "-shm"), elsewhere.join("copy.db-shm")).unwrap();
        assert!(told(&one(&elsewhere, "copy.db")).1[0].starts_with("the -wal file of this database is missing"));
    }

    #[test]
    fn what_is_no_known_database_is_no_problem_and_a_damaged_one_is() {
        let folder = tempfile::tempdir().unwrap();
        drop(written(
            &folder.path().join("foreign.db"),
            "CREATE TABLE bookmarks (id INTEGER); CREATE VIEW message AS SELECT 1;",
        ));
        let foreign = one(folder.path(), "foreign.db");
        assert_eq!((foreign.format, told(&foreign)), (None, (0, vec![])));

        let rows: String = (1..2000).map(|n| message(n, "")).collect();
        let path = folder.path().join("whole.db");
        drop(written(&path, &format!("BEGIN; {TABLES}{rows} COMMIT;")));
        let bytes = fs::read(&path).unwrap();
        fs::write(folder.path().join("half.db"), &bytes[..bytes.len() / 2]).unwrap();
        let half = one(folder.path(), "half.db");
        let [cut, damaged] = told(&half).1[..] else { panic!("{:?}", told(&half)) };
        let (there, all) = (bytes.len() / 2, bytes.len());
        assert_eq!(cut, format!("a database that was cut: {there} of {all} bytes are there; rows may be missing"));
        assert!(damaged.starts_with("a database that is damaged or half written"), "{damaged}");
        fs::write(folder.path().join("noise.db"), [MAGIC, &[0xff; 4000]].concat()).unwrap();
        let noise = one(folder.path(), "noise.db");
        assert!(told(&noise).1.iter().any(|r| r.starts_with("a database that is damaged")), "{:?}", told(&noise));
        fs::write(folder.path().join("short.db"), MAGIC).unwrap();
        assert_eq!(told(&one(folder.path(), "short.db")).0, 0);
    }

    #[test]
    fn a_packed_database_is_named() {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&[MAGIC, &[0; 100]].concat()).unwrap();
        fs::write(folder.path().join("a.db.gz"), packed.finish().unwrap()).unwrap();
        assert_eq!(
            told(&one(folder.path(), "a.db.gz")).1,
            ["a packed database, or one on standard input; give it as a plain file"]
        );
    }

    #[test]
    fn a_renamed_column_or_field_is_an_alarm() {
        let folder = tempfile::tempdir().unwrap();
        for (name, from, to) in [
            ("a.db", "data TEXT", "body TEXT"),
            ("b.db", "\"tokens\"", "\"usage\""),
            ("c.db", "\"role\"", "\"author\""),
            ("d.db", "\"created\"", "\"begun\""),
        ] {
            let sql = format!("{TABLES}{}{}", message(1, ""), message(2, "")).replace(from, to);
            drop(written(&folder.path().join(name), &sql));
            let file = one(folder.path(), name);
            assert!(told(&file).1.iter().any(|r| r.contains("this why429 does not know")), "{from}: {:?}", told(&file));
        }
    }

    #[test]
    fn a_forked_session_s_copied_messages_count_once() {
        let folder = tempfile::tempdir().unwrap();
        let copied = message(1, "").replace("msg_1", "msg_9").replace("ses_1", "ses_2");
        drop(written(&folder.path().join("f.db"), &format!("{TABLES}{}{copied}{}", message(1, ""), message(2, ""))));
        assert_eq!(told(&one(folder.path(), "f.db")), (2, vec![]));
    }
}
