//! Feeds text to a format as the input stage would, for tests.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::{Head, LogFormat, Parsed, Place, Sink, recognise};
use crate::model::FileId;

/// What `format` reads from `bytes` at `path`.
pub(crate) fn parse(format: &dyn LogFormat, path: &str, bytes: &[u8]) -> Parsed {
    parse_as(format, path, bytes, FileId(0))
}

/// The same, for one of several files.
pub(crate) fn parse_as(format: &dyn LogFormat, path: &str, bytes: &[u8], file: FileId) -> Parsed {
    let mut parsed = parse_unsettled(format, path, bytes, file);
    parsed.settle_drift(format.info());
    parsed
}

/// The same, before missing fields are problems.
pub(crate) fn parse_unsettled(format: &dyn LogFormat, path: &str, bytes: &[u8], file: FileId) -> Parsed {
    let mut sink = Sink::new(file, format.info());
    let mut parser = format.open_on(&Place { path: path.to_owned(), ..Place::default() }, &Head { bytes });
    if format.streams() {
        // Odd blocks, so that every cut is met somewhere.
        bytes.chunks(7).for_each(|block| parser.bytes(block, &mut sink));
        parser.finish(false, &mut sink);
        return sink.into_parsed();
    }
    for (i, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if !line.iter().all(u8::is_ascii_whitespace) {
            parser.line(line, i as u64 + 1, &mut sink);
        }
    }
    parser.finish(!bytes.is_empty() && bytes.last() != Some(&b'\n'), &mut sink);
    sink.into_parsed()
}

/// The id of the format that recognises `text`.
pub(crate) fn format_id(text: &str) -> Option<&'static str> {
    recognise(&Head { bytes: text.as_bytes() }).map(|f| f.info().id)
}

/// The text behind an id, or `-`.
pub(crate) fn text(parsed: &Parsed, id: Option<crate::model::TextId>) -> &str {
    id.map_or("-", |id| parsed.texts.get(id))
}

/// A database in memory with these statements run.
pub(crate) fn database(sql: &str) -> rusqlite::Connection {
    let db = rusqlite::Connection::open_in_memory().unwrap();
    db.execute_batch(sql).unwrap();
    db
}

/// What a kind of database that recognises this one reads from it.
pub(crate) fn read_database(format: &dyn super::DatabaseFormat, db: &rusqlite::Connection) -> Parsed {
    let schema = super::database::Schema::of(db).unwrap();
    let recognised_as = super::DATABASES.iter().find(|f| f.recognises(&schema)).map(|f| f.info().id);
    assert_eq!(recognised_as, Some(format.info().id));
    let mut sink = Sink::new(FileId(0), format.info());
    super::database::read(format, &schema, db, &Place::default(), &mut sink).unwrap();
    let mut parsed = sink.into_parsed();
    parsed.settle_drift(format.info());
    parsed
}

/// What clients wrote in all recordings: the files of the archives one folder below this one, with their content.
pub(crate) fn recorded_files(recordings: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut folders: Vec<PathBuf> = fs::read_dir(recordings).unwrap().map(|e| e.unwrap().path()).collect();
    folders.sort();
    let mut all = Vec::new();
    for archive in folders.into_iter().map(|folder| folder.join("logs.tar.gz")).filter(|path| path.is_file()) {
        let unpacked = flate2::read::GzDecoder::new(fs::File::open(&archive).unwrap());
        for entry in tar::Archive::new(unpacked).entries().unwrap() {
            let (mut entry, mut content) = (entry.unwrap(), Vec::new());
            entry.read_to_end(&mut content).unwrap();
            all.push((archive.parent().unwrap().join(entry.path().unwrap()), content));
        }
    }
    all
}
