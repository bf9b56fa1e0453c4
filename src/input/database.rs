//! Reads a SQLite database from a private copy.
//!
//! In: the path of a database. Out: what its format read. Always: the original is only copied, byte by byte, together
//! with its write-ahead log, and never opened by SQLite, so a live one is neither locked nor changed. The `-shm` file is
//! left behind: SQLite makes it anew from the log, and a copy of one that is in use would lie.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::InputFile;
use crate::formats::database::{self, Schema};
use crate::formats::{DATABASES, Place, Sink};
use crate::model::{FileId, Problem};

/// The first bytes of every database.
pub const MAGIC: &[u8] = b"SQLite format 3\0";

/// How often a copy is made again because the program wrote meanwhile.
const TRIES: usize = 3;

/// Reads the database at `path` into `input`.
pub fn read(input: &mut InputFile, file: FileId, path: &Path) {
    let mut told = Vec::new();
    let read = Copied::of(path, &mut told).map_err(|e| {
        format!("a database that cannot be copied to the folder for temporary files ({})", e.kind())
    });
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
}

impl Copied {
    fn of(path: &Path, told: &mut Vec<String>) -> io::Result<Self> {
        let folder = tempfile::tempdir()?;
        let log = beside(path, "-wal");
        let log_copy = folder.path().join("copy.db-wal");
        let mut quiet = false;
        for _ in 0..TRIES {
            let before = (state(path), state(&log));
            fs::copy(path, folder.path().join("copy.db"))?;
            match fs::copy(&log, &log_copy) {
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::NotFound => drop(fs::remove_file(&log_copy)),
                Err(e) => return Err(e),
            }
            quiet = before == (state(path), state(&log));
            if quiet {
                break;
            }
        }
        if !quiet {
            told.push("the program wrote to this database while it was copied; its last rows may be missing".to_owned());
        }
        let log_missing = writes_ahead(path) && !log.exists();
        if log_missing && beside(path, "-shm").exists() {
            told.push("the -wal file of this database is missing beside it; its last rows may be missing".to_owned());
        }
        Ok(Self { folder, log_missing })
    }

    fn read(&self, input: &mut InputFile, file: FileId) -> Result<(), String> {
        let damaged = |e: rusqlite::Error| format!("a database that is damaged or half written: {}", words(&e));
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(self.folder.path().join("copy.db"), flags).map_err(damaged)?;
        for (option, on) in [(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true), (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)]
        {
            db.set_db_config(option, on).map_err(damaged)?;
        }
        let schema = Schema::of(&db).map_err(damaged)?;
        let Some(format) = DATABASES.iter().find(|f| f.recognises(&schema)) else {
            return if self.log_missing && schema.is_empty() {
                Err("a database without tables; its -wal file, which may hold them, is missing beside it".to_owned())
            } else {
                Ok(())
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

fn state(path: &Path) -> Option<(u64, Option<SystemTime>)> {
    fs::metadata(path).ok().map(|m| (m.len(), m.modified().ok()))
}

/// Bytes 18 and 19 of the header are 2 in write-ahead mode (sqlite.org/fileformat2.html, 1.3.3).
fn writes_ahead(path: &Path) -> bool {
    let mut head = [0; 20];
    File::open(path).and_then(|mut f| f.read_exact(&mut head)).is_ok() && head[18] == 2
}
