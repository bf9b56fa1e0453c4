//! Reads one file: opens it, decodes it, asks what it is, and parses it.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use super::counting_reader::{CountingReader, SharedTally};
use super::decode::{Decoded, Stop, decode};
use super::detect::{self, Asking, HEAD, Kind, LARGEST_BODIES, LONG_HEAD, Log, Recognise};
use super::discover::{InputPath, Origin};
use super::frames::Hints;
use super::lines::read_up_to;
use super::parse::{Job, ParseResult, parse_reader};
use super::threads::Threads;
use super::{InputFile, ReadOptions, chunks, database, outline, parquet, unknown};
use crate::formats::budget::{BEYOND, Budget};
use crate::formats::{Parsed, Place};
use crate::input::progress::{Progress, Quiet};
use crate::model::{FileId, Problem, Time};
use crate::snapshots::{self, FileContext};

/// Bytes read of a file that says it has none, as those do that a system makes up while they are read.
const BYTES_WITHOUT_SIZE: u64 = 64 << 20;

/// What reading needs beside the file.
pub struct Reader<'a> {
    /// How to read.
    pub options: &'a ReadOptions,
    /// Receives what is read.
    pub progress: &'a dyn Progress,
    /// How log formats are asked.
    pub recognise: &'a Recognise,
    /// How much of all files may be kept.
    pub budget: &'a Arc<Budget>,
    /// Who reads the pieces of a large file.
    pub threads: &'a Threads,
    /// Files are read one after the other, and none in pieces: then the budget goes to the first ones.
    pub in_order: bool,
}

/// The first part of a decoded stream.
struct Beginning<'a> {
    head: Vec<u8>,
    decoded: Decoded<'a>,
    stop: Option<Stop>,
}

impl Beginning<'_> {
    /// Reads on to a head of [`LONG_HEAD`], in which a long first line ends. Whether there was more.
    fn read_on(&mut self) -> bool {
        if self.stop.is_some() || self.head.len() < HEAD {
            return false;
        }
        let before = self.head.len();
        let read = read_up_to(&mut self.decoded.reader, &mut self.head, LONG_HEAD - HEAD);
        self.stop = read.err().map(|e| Stop::of(&e));
        self.head.len() > before
    }
}

impl Reader<'_> {
    /// Reads one input.
    pub fn read(&self, file: FileId, input_path: InputPath) -> InputFile {
        let mut input = InputFile {
            path: input_path.path,
            bytes: input_path.bytes,
            sha256: None,
            format: None,
            log: None,
            parsed: Parsed::default(),
            snapshots: Vec::new(),
            problems: Vec::new(),
            unreadable: false,
        };
        // A parser's own mistake costs its file and no other: all else is reported.
        let whole =
            catch_unwind(AssertUnwindSafe(|| self.origin(&mut input, file, input_path.origin, input_path.modified)));
        if whole.is_err() {
            input.parsed = Parsed::default();
            input.snapshots.clear();
            input.fail(
                "why429 itself failed on this file, which is a bug to report; nothing of it was read".to_owned(),
                true,
            );
        }
        input
    }

    fn origin(&self, input: &mut InputFile, file: FileId, origin: Origin, modified: Option<Time>) {
        match origin {
            Origin::Nowhere { reason, failed } => input.fail(reason, failed),
            Origin::Stdin => {
                let tally = SharedTally::new(self.options.hash);
                let stored_bytes = CountingReader::new(io::stdin(), tally.clone(), self.progress);
                self.stream(
                    input,
                    file,
                    Opened { stored_bytes, tally: &tally, stored: None, modified: None, path: None },
                );
                self.hash_rest(input, io::stdin(), &tally);
                input.bytes = tally.bytes();
            }
            Origin::File(path) => match File::open(&path) {
                Ok(stored) => self.file(input, file, (&stored, &path), modified),
                Err(error) => input.fail(format!("cannot be opened ({})", error.kind()), true),
            },
        }
    }

    fn file(&self, input: &mut InputFile, file: FileId, (stored, path): (&File, &Path), modified: Option<Time>) {
        let tally = SharedTally::new(self.options.hash);
        // What is appended meanwhile is not read: a log that grows faster than that would have no end.
        let there = stored.metadata().map_or(input.bytes, |m| m.len());
        let most = if there == 0 { BYTES_WITHOUT_SIZE } else { there };
        let stored_bytes = CountingReader::new(stored.take(most), tally.clone(), self.progress);
        self.stream(
            input,
            file,
            Opened { stored_bytes, tally: &tally, stored: Some(stored), modified, path: Some(path) },
        );
        let unread = input.bytes.saturating_sub(tally.bytes());
        self.hash_rest(input, stored.take(most.saturating_sub(tally.bytes())), &tally);
        if input.log.is_none() {
            self.progress.read(unread);
        }
        if self.options.hash {
            input.bytes = tally.bytes();
        }
    }

    /// Reads what the parser left, for the hash's sake.
    fn hash_rest(&self, input: &mut InputFile, rest: impl Read, tally: &SharedTally) {
        if !self.options.hash {
            return;
        }
        match CountingReader::new(rest, tally.clone(), &Quiet).drain() {
            Ok(()) => input.sha256 = tally.hex(),
            Err(error) => input.note_stop(&Stop::of(&error), 0),
        }
    }

    fn stream<R: Read>(&self, input: &mut InputFile, file: FileId, opened: Opened<'_, R>) {
        let Opened { stored_bytes, tally, stored, modified, path: opened_path } = opened;
        let mut begun = match begin(stored_bytes, tally) {
            Ok(begun) => begun,
            Err(stop) => return input.note_stop(&stop, 0),
        };
        match self.kind(&mut begun) {
            Kind::Unknown => {
                let context = self.context(input, file, modified);
                let read = snapshots::read_text(&begun.head, &context);
                (input.format, input.snapshots) = (read.format, read.snapshots);
                if let Some(stop) = begun.stop {
                    input.note_stop(&stop, 0);
                }
                if input.format.is_none() {
                    input.problems.extend(unknown::noted(&input.path, &begun.head));
                }
            }
            Kind::Unread(known) => input.fail(known.says(), false),
            Kind::Database => match opened_path {
                Some(path) if begun.decoded.plain_from.is_some() => database::read(input, file, path, self.budget),
                _ => {
                    input.fail("a packed database, or one on standard input; give it as a plain file".to_owned(), false)
                }
            },
            Kind::Parquet => match opened_path {
                Some(path) if begun.decoded.plain_from.is_some() => parquet::read(input, file, path, self.budget),
                _ => input
                    .fail("packed Parquet, or Parquet on standard input; give it as a plain file".to_owned(), false),
            },
            Kind::PerhapsBodies => self.bodies(input, begun, file, modified),
            Kind::Log(log) => self.log(input, (file, &log), begun, stored),
        }
    }

    /// What is known of a file beside its content.
    fn context<'i>(&self, input: &'i InputFile, file: FileId, modified: Option<Time>) -> FileContext<'i> {
        FileContext {
            file,
            name: input.path.rsplit('/').next().unwrap_or(&input.path),
            zone: self.options.zone,
            modified: modified.filter(|_| self.options.file_times),
        }
    }

    /// What a file is, by its first bytes; where these do not tell, by lines further down.
    fn kind(&self, begun: &mut Beginning<'_>) -> Kind {
        let hints = Hints { named: self.options.named, map: &self.options.map };
        let asking = Asking { recognise: self.recognise, hints };
        let kind = detect::kind(&begun.head, asking);
        let is_text = !begun.head.iter().take(512).any(|b| *b == 0);
        if !is_text || !matches!(kind, Kind::Unknown | Kind::PerhapsBodies) {
            return kind;
        }
        if !begun.read_on() {
            // A small file may be known by a line below those that formats look at.
            return further_down(&begun.head, asking).map_or(kind, Kind::Log);
        }
        let kind = detect::kind(&begun.head, asking);
        if !matches!(kind, Kind::Unknown | Kind::PerhapsBodies) || begun.stop.is_some() {
            return kind;
        }
        let (outline, stop) = outline::read_on(&mut begun.decoded.reader, &mut begun.head);
        begun.stop = stop;
        let log = detect::log(&outline, asking).or_else(|| further_down(&outline, asking));
        log.map_or(kind, Kind::Log)
    }

    fn log(&self, input: &mut InputFile, (file, log): (FileId, &Log), begun: Beginning<'_>, stored: Option<&File>) {
        let Log { format, listed, frames } = log;
        input.format = Some(format.info().id);
        input.log = Some(format.info());
        let place = Place { path: input.path.clone(), named: self.options.named };
        let head = begun.head[..begun.head.len().min(HEAD)].to_vec();
        let (frames, head) = frames.as_ref().map_or((None, &head), |(frames, head)| (Some(frames), head));
        let job = Job { file, format: *format, place: &place, listed: *listed, budget: self.budget, head, frames };
        let in_order = !format.stateless();
        // Pieces that are parsed at once would share a budget by chance.
        let cuttable = !listed && !format.streams() && frames.is_none() && (in_order || !self.in_order);
        let large = stored.filter(|_| cuttable && input.bytes >= chunks::LARGE);
        let result = match large.zip(begun.decoded.plain_from) {
            Some((stored, from)) => self.threads.split(|| {
                let span = chunks::Span { from, piece: chunks::PIECE, newest: self.options.newest };
                if in_order {
                    chunks::parse_in_order(job, stored, from, chunks::PIECE, self.progress)
                } else {
                    chunks::parse(job, stored, span, self.progress)
                }
            }),
            None => whole(job, begun, input.bytes),
        };
        input.take(result);
        input.parsed.settle_drift(format.info());
        input.note_budget();
    }

    fn bodies(&self, input: &mut InputFile, begun: Beginning<'_>, file: FileId, modified: Option<Time>) {
        let Beginning { head: mut text, mut decoded, mut stop } = begun;
        if stop.is_none() && text.len() >= HEAD {
            let rest = (LARGEST_BODIES + 1).saturating_sub(text.len());
            stop = read_up_to(&mut decoded.reader, &mut text, rest).err().map(|e| Stop::of(&e));
        }
        if let Some(stop) = stop {
            input.note_stop(&stop, 0);
        }
        if text.len() > LARGEST_BODIES {
            if text.starts_with(b"HTTP/") {
                input.fail("saved replies of more than 4 MiB; not read".to_owned(), false);
            }
            input.problems.extend(unknown::noted(&input.path, &text));
            return;
        }
        let context = self.context(input, file, modified);
        let mut read = snapshots::read_file(&text, &context);
        if read.format.is_none() && read.problems.is_empty() {
            // A terminal's prompt begins as curl's own output does.
            read = snapshots::read_text(&text, &context);
        }
        input.format = read.format;
        input.snapshots = read.snapshots;
        if read.format.is_none() && read.problems.is_empty() {
            input.problems.extend(unknown::noted(&input.path, &text));
        }
        input.problems.extend(read.problems);
    }
}

/// Asks about lines below those that formats look at.
fn further_down(text: &[u8], asking: Asking<'_>) -> Option<Log> {
    outline::windows(text)
        .skip(1)
        .find_map(|window| detect::log(window, asking))
        .filter(|log| !log.listed && !log.format.streams())
}

/// A stream that was opened.
struct Opened<'a, R> {
    stored_bytes: R,
    tally: &'a SharedTally,
    stored: Option<&'a File>,
    modified: Option<Time>,
    path: Option<&'a Path>,
}

fn begin<'a>(stored_bytes: impl Read + 'a, tally: &SharedTally) -> Result<Beginning<'a>, Stop> {
    let mut decoded = decode(stored_bytes, tally).map_err(|e| Stop::of(&e))?;
    let mut head = Vec::new();
    let stop = read_up_to(&mut decoded.reader, &mut head, HEAD).err().map(|e| Stop::of(&e));
    Ok(Beginning { head, decoded, stop })
}

fn whole(job: Job<'_>, begun: Beginning<'_>, expected: u64) -> ParseResult {
    let Beginning { head, decoded, stop } = begun;
    if stop.is_some() {
        return ParseResult { stop, ..parse_reader(job, Cursor::new(head), expected) };
    }
    parse_reader(job, Cursor::new(head).chain(decoded.reader), expected)
}

impl InputFile {
    fn fail(&mut self, reason: String, unreadable: bool) {
        self.problems.push(Problem { line: 0, reason, count: 1 });
        self.unreadable |= unreadable;
    }

    fn note_stop(&mut self, stop: &Stop, line: u64) {
        self.problems.push(Problem { line, reason: stop.to_string(), count: 1 });
        self.unreadable |= stop.is_io();
    }

    /// Rows that were not kept make the run a failure.
    pub(super) fn note_budget(&mut self) {
        self.unreadable |= self.parsed.problems.iter().any(|p| p.reason == BEYOND);
    }

    fn take(&mut self, result: ParseResult) {
        self.parsed = result.parsed;
        if let Some(stop) = result.stop {
            self.note_stop(&stop, result.lines);
        }
    }
}
