//! What a file is, by its first bytes.
//!
//! In: up to [`HEAD`] decoded bytes. Out: a log of a format, perhaps a file of bodies, or nothing known. Always: logs are
//! asked first. A log format wants a particular first line; a body is any JSON document, and only reading it whole decides.

use std::borrow::Cow;

use super::blanks::{squeeze, squeezed};
use super::database::MAGIC;
use super::frames::{Frames, Hints};
use super::parquet;
use crate::formats::http::elements::Elements;
use crate::formats::unread::{self, Unread};
use crate::formats::{Head, LogFormat};
use crate::snapshots::http_head;

/// Bytes that are looked at.
pub const HEAD: usize = 64 << 10;

/// Bytes that are looked at when the first ones tell nothing: a first line may hold a whole prompt.
pub const LONG_HEAD: usize = 1 << 20;

/// Largest file that may be a file of bodies. A snapshot has 1 to 20 KB; appended for weeks that is some megabytes.
pub const LARGEST_BODIES: usize = 4 << 20;

/// How log formats are asked: [`crate::formats::recognise`], or a test's own.
pub type Recognise = dyn Fn(&Head<'_>) -> Option<&'static dyn LogFormat> + Sync;

/// What a file is.
pub enum Kind {
    /// A log.
    Log(Log),
    /// A SQLite database.
    Database,
    /// A Parquet file.
    Parquet,
    /// It begins as a JSON document, a saved reply or a web page does.
    PerhapsBodies,
    /// A program's file that is known and not read.
    Unread(&'static Unread),
    /// Nothing known.
    Unknown,
}

/// A log of a known format.
pub struct Log {
    /// Its format.
    pub format: &'static dyn LogFormat,
    /// Its records are in a list over many lines.
    pub listed: bool,
    /// The frames around its lines, and the beginning of its text without it.
    pub frames: Option<(Frames, Vec<u8>)>,
}

/// The keys that lead to the records of a list: none, or those under which services and teams keep them.
pub const RECORDS: &[&[&str]] = &[
    &[],
    &["data"],
    &["logs"],
    &["events"],
    &["logEvents"],
    &["items"],
    &["results"],
    &["records"],
    &["entries"],
    &["requests"],
    &["rows"],
    &["calls"],
    &["Records"],
    &["Events"],
    &["result"],
    &["value"],
    &["data", "result"],
    &["hits", "hits"],
];

/// How formats and frames are asked.
#[derive(Clone, Copy)]
pub struct Asking<'a> {
    /// The formats.
    pub recognise: &'a Recognise,
    /// What the user said.
    pub hints: Hints<'a>,
}

/// What a file with this head is.
pub fn kind(head: &[u8], asking: Asking<'_>) -> Kind {
    if head.starts_with(MAGIC) {
        return Kind::Database;
    }
    if head.starts_with(parquet::MAGIC) {
        return Kind::Parquet;
    }
    if let Some(log) = log(head, asking) {
        return Kind::Log(log);
    }
    let head = Head { bytes: head };
    if let Some(known) = unread::of_head(&head) {
        return Kind::Unread(known);
    }
    let start = head.bytes.trim_ascii_start();
    let start = String::from_utf8_lossy(&start[..start.len().min(16)]);
    let page = start.to_ascii_lowercase();
    let page = page.starts_with("<!doctype html") || page.starts_with("<html");
    let meter = start.starts_with("% Total");
    if start.starts_with(['{', '[']) || http_head::begins(&start) || page || meter {
        return Kind::PerhapsBodies;
    }
    Kind::Unknown
}

/// Asks the log formats: without blanks between tokens, which lines will not have either; unchanged; if it begins a
/// list, record by record; and behind the frames that log services put around lines.
pub fn log(head: &[u8], asking: Asking<'_>) -> Option<Log> {
    let recognise = asking.recognise;
    let squeezed = squeezed(head);
    let plain = |format| Log { format, listed: false, frames: None };
    let is_owed = |format: &&'static dyn LogFormat| asking.hints.map.is_empty() || format.info().id != "canonical";
    let without_blanks = match &squeezed {
        Cow::Owned(lines) => recognise(&Head { bytes: lines }),
        Cow::Borrowed(_) => None,
    };
    if let Some(format) = without_blanks.filter(|f| !f.streams()).filter(is_owed) {
        return Some(plain(format));
    }
    let as_it_stands = recognise(&Head { bytes: head });
    if let Some(format) = as_it_stands.filter(is_owed) {
        // A stamp in colours is none to the format: known without them, its lines are read without them.
        let plainer = has_coloured_stamps(head).then(|| Frames::of(head, recognise, asking.hints)).flatten();
        let plainer = plainer.filter(|log| log.format.info().id == format.info().id);
        return Some(Log { frames: plainer.map(|log| (log.frames, log.head)), ..plain(format) });
    }
    let records = records(head);
    let listed = || recognise(&Head { bytes: records.as_deref()? }).filter(|f| f.lists()).filter(is_owed);
    if let Some(format) = listed() {
        return Some(Log { format, listed: true, frames: None });
    }
    if let Some(log) = Frames::of(&squeezed, recognise, asking.hints) {
        return Some(Log { format: log.format, listed: false, frames: Some((log.frames, log.head)) });
    }
    let listed = records.and_then(|records| Frames::of(&records, recognise, asking.hints));
    let listed = listed.map(|log| Log { format: log.format, listed: true, frames: Some((log.frames, log.head)) });
    // The user's names fit none of it: what is known without them.
    listed.or_else(|| if matches!(squeezed, Cow::Owned(_)) { without_blanks } else { as_it_stands }.map(plain))
}

/// Whether lines begin with a colour, as programs print their stamps to a terminal.
fn has_coloured_stamps(head: &[u8]) -> bool {
    Head { bytes: head }.lines(20).any(|line| line.starts_with(b"\x1b["))
}

/// The records of a list, one a line.
pub fn records(head: &[u8]) -> Option<Vec<u8>> {
    let start = head.trim_ascii_start();
    let is_list = start.strip_prefix(b"[").is_some_and(|list| list.trim_ascii_start().starts_with(b"{"));
    if !is_list && !start.starts_with(b"{") {
        return None;
    }
    let mut lines = Vec::new();
    let mut line = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        let length = squeeze(&mut bytes);
        lines.extend_from_slice(&bytes[..length]);
        lines.push(b'\n');
    };
    let mut elements = Elements::at(RECORDS);
    elements.push(head, |element| line(&element.bytes.unwrap_or_default()));
    if let Some(cut) = elements.unfinished() {
        line(cut);
    }
    if lines.is_empty() {
        return documents(head);
    }
    Some(lines)
}

/// Objects one after the other, each over many lines, as `jq` prints them; a single one is a document.
fn documents(head: &[u8]) -> Option<Vec<u8>> {
    let (mut lines, mut count) = (Vec::new(), 0);
    let mut elements = Elements::or_documents_at(RECORDS);
    elements.push(head, |element| {
        let mut bytes = element.bytes.unwrap_or_default();
        let length = squeeze(&mut bytes);
        lines.extend_from_slice(&bytes[..length]);
        lines.push(b'\n');
        count += 1;
    });
    (count >= 2).then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::fake;

    fn name(head: &[u8]) -> &'static str {
        let hints = Hints { named: crate::formats::Named::default(), map: &[] };
        match kind(head, Asking { recognise: &fake::recognise, hints }) {
            Kind::Log(log) => log.format.info().id,
            Kind::Database => "database",
            Kind::Parquet => "parquet",
            Kind::PerhapsBodies => "bodies",
            Kind::Unread(_) => "unread",
            Kind::Unknown => "unknown",
        }
    }

    #[test]
    fn the_content_decides() {
        assert_eq!(name(b"#fake\n1772554740 s1\n"), "fake");
        assert_eq!(name(b"{\"#fake\":1}\n"), "bodies");
        assert_eq!(name(b" \r\n{\n"), "bodies");
        assert_eq!(name(b"[{}]"), "bodies");
        assert_eq!(name(b"{\"working_dir\":\"/x\",\"message_count\":2,\"total_tokens\":1}\n"), "unread");
        assert_eq!(name(b"HTTP/1.1 200 OK\r\n"), "bodies");
        assert_eq!(name(b"< HTTP/2 200\n"), "bodies");
        assert_eq!(name(b"  % Total    % Received"), "bodies");
        assert_eq!(name(b"<!DOCTYPE html>"), "bodies");
        for unknown in [&b""[..], b"\n\n", b"\0\0\0\0", b"plain text\n", b"\xff\xfe\xfd", b"<svg>"] {
            assert_eq!(name(unknown), "unknown", "{unknown:?}");
        }
    }
}
