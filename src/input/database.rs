//! Reads a SQLite database where it lies, or from a private copy.
//!
//! In: the path of a database. Out: what its format read. Always: nothing beside the original is written, no lock is
//! taken, and a live one is never changed. A database without a write-ahead log and without a journal is read in place
//! and checked for changes afterwards. SQLite notes its readers in files beside a live one, so that is copied, together
//! with its log or journal, into a folder that only this user can enter; the copy loses its name once it is open.
//! The `-shm` file is left behind: SQLite makes it anew from the log, and a copy of one that is in use would lie.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use super::InputFile;
use crate::formats::budget::Budget;
use crate::formats::database::{self, Schema};
use crate::formats::{DATABASES, Place, Sink, unread};
use crate::model::{FileId, Problem};
use crate::output::scratch::Kept;

/// The first bytes of every database.
pub const MAGIC: &[u8] = b"SQLite format 3\0";

/// How often a copy is made again because the program wrote meanwhile.
const TRIES: usize = 3;

/// Reads the database at `path` into `input`.
pub fn read(input: &mut InputFile, file: FileId, path: &Path, budget: &Arc<Budget>) {
    let mut problems = Vec::new();
    let mut reader = DatabaseReader { input, file, budget };
    let result = reader.in_place(path, &mut problems).unwrap_or_else(|| {
        problems.clear();
        match Copied::of(path, &mut problems) {
            Ok(copy) => copy.read(&mut reader),
            Err(e) => {
                reader.input.unreadable = true;
                Err(format!("a database that cannot be copied to the folder for temporary files ({})", e.kind()))
            }
        }
    });
    for reason in problems.into_iter().chain(result.err()) {
        input.problems.push(Problem { line: 0, reason, count: 1 });
    }
}

/// Size and time of a database, its log and its journal.
type States = [Option<(u64, Option<SystemTime>)>; 3];

fn states(path: &Path) -> States {
    [state(path), state(&beside(path, "-wal")), state(&beside(path, "-journal"))]
}

/// Where what is read goes.
struct DatabaseReader<'a> {
    input: &'a mut InputFile,
    file: FileId,
    budget: &'a Arc<Budget>,
}

impl DatabaseReader<'_> {
    /// Reads a database that nobody has open, without a lock; `None` where somebody may have, or wrote to it meanwhile.
    fn in_place(&mut self, path: &Path, problems: &mut Vec<String>) -> Option<Result<(), String>> {
        let before = states(path);
        let is_empty = |state: Option<(u64, Option<SystemTime>)>| state.is_none_or(|(bytes, _)| bytes == 0);
        let [_, log, journal] = before;
        if !is_empty(log) || !is_empty(journal) {
            return None;
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let db = Connection::open_with_flags(unchanging(path)?, flags).ok()?;
        let log_missing = log.is_none() && writes_ahead(path);
        note_missing(path, path, log_missing, problems);
        let read = self.open(&db, log_missing, &mut || ());
        (states(path) == before).then_some(read)
    }

    /// Reads an open database; `opened` is called once SQLite has all files of it open.
    fn open(&mut self, db: &Connection, log_missing: bool, opened: &mut dyn FnMut()) -> Result<(), String> {
        let input = &mut *self.input;
        for (option, on) in
            [(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true), (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)]
        {
            db.set_db_config(option, on).map_err(|e| damage_note(&e))?;
        }
        let schema = Schema::of(db).map_err(|e| damage_note(&e))?;
        opened();
        let Some(format) = DATABASES.iter().find(|f| f.recognises(&schema)) else {
            return if log_missing && schema.is_empty() {
                Err("a database without tables; its -wal file, which may hold them, is missing beside it".to_owned())
            } else {
                unread::of_schema(&schema).map_or(Ok(()), |known| Err(known.says()))
            };
        };
        input.format = Some(format.info().id);
        input.log = Some(format.info());
        let mut sink = Sink::new(self.file, format.info()).within(self.budget);
        let read =
            database::read(*format, &schema, db, &Place { path: input.path.clone(), ..Place::default() }, &mut sink);
        input.parsed = sink.into_parsed();
        input.parsed.settle_drift(format.info());
        input.note_budget();
        read.map_err(|e| format!("{}; rows before it were read", damage_note(&e)))
    }
}

/// The path as an address that tells SQLite to take no lock and to look for no log.
#[cfg(unix)]
fn unchanging(path: &Path) -> Option<String> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::path::absolute(path).ok()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"/._-".contains(&b);
    let shown = |b: &u8| if plain(*b) { char::from(*b).to_string() } else { format!("%{b:02X}") };
    let encoded: String = path.as_os_str().as_bytes().iter().map(shown).collect();
    Some(format!("file://{encoded}?immutable=1"))
}

#[cfg(not(unix))]
fn unchanging(_: &Path) -> Option<String> {
    None
}

/// Says which part of a database is missing.
fn note_missing(path: &Path, read: &Path, log_missing: bool, problems: &mut Vec<String>) {
    if log_missing && beside(path, "-shm").exists() {
        problems.push("the -wal file of this database is missing beside it; its last rows may be missing".to_owned());
    }
    if let Some((there, whole)) = cut_short(read) {
        problems.push(format!("a database that was cut: {there} of {whole} bytes are there; rows may be missing"));
    }
}

/// A copy in a folder that goes with it.
struct Copied {
    folder: TempDir,
    kept: Kept,
    /// The database writes ahead, and no log lay beside it.
    log_missing: bool,
}

impl Copied {
    fn of(path: &Path, problems: &mut Vec<String>) -> io::Result<Self> {
        let folder = private_folder()?;
        let kept = Kept::new(folder.path());
        let copy = folder.path().join("copy.db");
        let mut quiet = false;
        for _ in 0..TRIES {
            let before = states(path);
            copy_privately(path, &copy, pages_bytes(path))?;
            for suffix in ["-wal", "-journal"] {
                copy_if_there(&beside(path, suffix), &beside(&copy, suffix))?;
            }
            quiet = before == states(path);
            if quiet {
                break;
            }
        }
        if !quiet {
            problems.push(
                "the program wrote to this database while it was copied; its last rows may be missing".to_owned(),
            );
        }
        let log_missing = writes_ahead(path) && !beside(path, "-wal").exists();
        note_missing(path, &copy, log_missing, problems);
        Ok(Self { folder, kept, log_missing })
    }

    fn read(self, reader: &mut DatabaseReader<'_>) -> Result<(), String> {
        let Self { folder, kept, log_missing } = self;
        // A transaction that was under way is rolled back, as the program would after a crash: that writes, to the copy.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(folder.path().join("copy.db"), flags).map_err(|e| damage_note(&e))?;
        // One reader alone needs no shared memory, and the copy is not worth a checkpoint.
        db.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(|e| damage_note(&e))?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(|e| damage_note(&e))?;
        let mut left = Some((folder, kept));
        // From here on a kill leaves nothing behind. Where a file that is open cannot be removed, it goes with `left`.
        let mut unlink = || {
            if cfg!(unix) {
                drop(left.take());
            }
        };
        let read = reader.open(&db, log_missing, &mut unlink);
        drop(db);
        read
    }
}

fn damage_note(error: &rusqlite::Error) -> String {
    format!("a database that is damaged or half written: {}", words(error))
}

/// A folder that only this user can enter.
fn private_folder() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("why429-");
    #[cfg(unix)]
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    #[cfg(unix)]
    builder.permissions(mode);
    builder.tempdir()
}

/// Bytes that are looked at for holes at once.
const BLOCK: usize = 64 << 10;

/// Copies up to `most` bytes into a file that only this user can read. Blocks of zeros become holes: a file of
/// gigabytes may have a few pages on the disk.
fn copy_privately(from: &Path, to: &Path, most: u64) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let (from, mut to) = (File::open(from)?, options.open(to)?);
    let mut from = from.take(most);
    let mut block = vec![0; BLOCK];
    let mut length = 0;
    loop {
        let n = from.read(&mut block)?;
        if n == 0 {
            break;
        }
        length += n as u64;
        if block[..n].iter().all(|b| *b == 0) {
            to.seek(SeekFrom::Start(length))?;
        } else {
            to.write_all(&block[..n])?;
        }
    }
    to.set_len(length)
}

/// Bytes of the pages that a database's header gives, or of the whole file where it gives none.
fn pages_bytes(path: &Path) -> u64 {
    let there = fs::metadata(path).map_or(u64::MAX, |m| m.len());
    match bytes_by_header(path) {
        Some(header_bytes) if header_bytes > 0 => header_bytes.min(there),
        _ => there,
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
    let most = fs::metadata(from).map_or(0, |m| m.len());
    match copy_privately(from, to, most) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            drop(fs::remove_file(to));
            Ok(())
        }
        Err(e) => Err(e),
    }
}

/// Bytes of the file's header (sqlite.org/fileformat2.html, 1.3).
const HEADER: usize = 100;

/// How many bytes are there and how many the header gives, if some are missing.
fn cut_short(path: &Path) -> Option<(u64, u64)> {
    let there = fs::metadata(path).ok()?.len();
    let Some(whole) = bytes_by_header(path) else { return Some((there, HEADER as u64)) };
    (there < whole).then_some((there, whole))
}

/// Bytes of the pages that the header gives, 0 where it gives none; `None` when there is no whole header.
fn bytes_by_header(path: &Path) -> Option<u64> {
    let mut head = [0; HEADER];
    File::open(path).and_then(|mut f| f.read_exact(&mut head)).ok()?;
    let number = |at: usize| u32::from_be_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let page = match u16::from_be_bytes([head[16], head[17]]) {
        1 => 65_536,
        bytes => u64::from(bytes),
    };
    // The number of pages counts only where it is as new as the last change.
    Some(if number(24) == number(92) { page * u64::from(number(28)) } else { 0 })
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

    fn write(path: &Path, sql: &str) -> Connection {
        let db = Connection::open(path).unwrap();
        db.execute_batch(sql).unwrap();
        db
    }

    fn one(folder: &Path, name: &str) -> InputFile {
        let options = ReadOptions { jobs: 1, max_attempts: u64::MAX, ..ReadOptions::default() };
        read(&[folder.join(name)], &options, &Quiet).files.remove(0)
    }

    fn problems(file: &InputFile) -> (usize, Vec<&str>) {
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
        let live = write(
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
        assert_eq!((file.format, problems(&file)), (Some("opencode-db"), (2, vec![])));
        let refused = file.parsed.attempts[1];
        assert_eq!(
            (refused.status, refused.retry_after_s(), refused.ended_work, refused.source.line),
            (Some(429), Some(3.0), true, 2)
        );
        assert!(stored() == before, "the database was touched");
        live.execute_batch("COMMIT").unwrap();
        assert_eq!(problems(&one(folder.path(), "opencode.db")).0, 3);
    }

    #[test]
    fn a_log_that_was_left_behind_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("live.db");
        let _live =
            write(&path, &format!("PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0; {TABLES}{}", message(1, "")));
        let elsewhere = folder.path().join("copied");
        fs::create_dir(&elsewhere).unwrap();
        fs::copy(&path, elsewhere.join("copy.db")).unwrap();
        let reason = "a database without tables; its -wal file, which may hold them, is missing beside it";
        assert_eq!(problems(&one(&elsewhere, "copy.db")), (0, vec![reason]));
        fs::copy(beside(&path, "-shm"), elsewhere.join("copy.db-shm")).unwrap();
        assert!(problems(&one(&elsewhere, "copy.db")).1[0].starts_with("the -wal file of this database is missing"));
    }

    #[test]
    fn what_is_no_known_database_is_no_problem_and_a_damaged_one_is() {
        let folder = tempfile::tempdir().unwrap();
        drop(write(
            &folder.path().join("foreign.db"),
            "CREATE TABLE bookmarks (id INTEGER); CREATE VIEW message AS SELECT 1;",
        ));
        let foreign = one(folder.path(), "foreign.db");
        assert_eq!((foreign.format, problems(&foreign)), (None, (0, vec![])));

        let rows: String = (1..2000).map(|n| message(n, "")).collect();
        let path = folder.path().join("whole.db");
        drop(write(&path, &format!("BEGIN; {TABLES}{rows} COMMIT;")));
        let bytes = fs::read(&path).unwrap();
        fs::write(folder.path().join("half.db"), &bytes[..bytes.len() / 2]).unwrap();
        let half = one(folder.path(), "half.db");
        let [cut, damaged] = problems(&half).1[..] else { panic!("{:?}", problems(&half)) };
        let (there, all) = (bytes.len() / 2, bytes.len());
        assert_eq!(cut, format!("a database that was cut: {there} of {all} bytes are there; rows may be missing"));
        assert!(damaged.starts_with("a database that is damaged or half written"), "{damaged}");
        fs::write(folder.path().join("noise.db"), [MAGIC, &[0xff; 4000]].concat()).unwrap();
        let noise = one(folder.path(), "noise.db");
        assert!(
            problems(&noise).1.iter().any(|r| r.starts_with("a database that is damaged")),
            "{:?}",
            problems(&noise)
        );
        fs::write(folder.path().join("short.db"), MAGIC).unwrap();
        assert_eq!(problems(&one(folder.path(), "short.db")).0, 0);
    }

    #[test]
    fn a_packed_database_is_named() {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&[MAGIC, &[0; 100]].concat()).unwrap();
        fs::write(folder.path().join("a.db.gz"), packed.finish().unwrap()).unwrap();
        assert_eq!(
            problems(&one(folder.path(), "a.db.gz")).1,
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
            drop(write(&folder.path().join(name), &sql));
            let file = one(folder.path(), name);
            assert!(
                problems(&file).1.iter().any(|r| r.contains("this why429 does not know")),
                "{from}: {:?}",
                problems(&file)
            );
        }
    }

    #[test]
    fn a_forked_session_s_copied_messages_count_once() {
        let folder = tempfile::tempdir().unwrap();
        let copied = message(1, "").replace("msg_1", "msg_9").replace("ses_1", "ses_2");
        drop(write(&folder.path().join("f.db"), &format!("{TABLES}{}{copied}{}", message(1, ""), message(2, ""))));
        assert_eq!(problems(&one(folder.path(), "f.db")), (2, vec![]));
    }
}
