//! Parses one stream with one parser, line by line or block by block.

use std::io::Read;
use std::sync::Arc;

use super::blanks::squeeze;
use super::decode::Stop;
use super::detect::RECORDS;
use super::frames::Frames;
use super::lines::{Lines, read};
use crate::formats::budget::Budget;
use crate::formats::http::elements::Elements;
use crate::formats::{Head, LineParser, LogFormat, Parsed, Place, Sink};
use crate::model::FileId;

/// Which file is parsed, and as what.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The input.
    pub file: FileId,
    /// Its format.
    pub format: &'static dyn LogFormat,
    /// Where it lay.
    pub place: &'a Place,
    /// Its records are in a list over many lines.
    pub listed: bool,
    /// How much of it may be kept.
    pub budget: &'a Arc<Budget>,
    /// The beginning of its text.
    pub head: &'a [u8],
    /// The frames around its lines.
    pub frames: Option<&'a Frames>,
}

impl Job<'_> {
    /// A parser for its lines.
    pub fn open(&self) -> Box<dyn LineParser> {
        self.format.open_on(self.place, &Head { bytes: self.head })
    }
}

/// What was parsed from a stream.
#[derive(Debug)]
pub struct ParseResult {
    /// What the parser read.
    pub parsed: Parsed,
    /// Lines of the stream.
    pub lines: u64,
    /// Why the stream ended early, if it did.
    pub stop: Option<Stop>,
}

/// The problem of a line that was not given to the parser.
pub(super) const TOO_LONG: &str = "line longer than 256 MiB; skipped";

/// Parses `reader`, of about `expected` bytes.
pub fn parse_reader(job: Job<'_>, reader: impl Read, expected: u64) -> ParseResult {
    if job.format.streams() {
        return stream(job, reader);
    }
    if job.listed {
        return list(job, reader);
    }
    let mut lines = Lines::new(reader, expected);
    let mut sink = Sink::new(job.file, job.format.info()).within(job.budget);
    let mut parser = job.open();
    let bulk = job.format.bulk();
    let mut short = Vec::new();
    let mut stop = None;
    let mut frames = job.frames.cloned();
    let keeps_blank = frames.as_ref().is_some_and(Frames::keeps_blank_lines);
    loop {
        match lines.next_line() {
            Ok(None) => break,
            Ok(Some(line)) => match line.bytes {
                Some(bytes) if keeps_blank && bytes.is_empty() => {
                    unwrap(&mut frames, bytes, |text| parser.line(text, line.number, &mut sink));
                }
                Some(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => {}
                Some(bytes) if frames.is_some() => {
                    unwrap(&mut frames, bytes, |text| parser.line(text, line.number, &mut sink));
                }
                Some(bytes) if bulk.shorten(bytes, &mut short) => parser.line(&short, line.number, &mut sink),
                Some(bytes) => parser.line(bytes, line.number, &mut sink),
                None => sink.problem(line.number, TOO_LONG),
            },
            Err(error) => stop = Some(Stop::of(&error)),
        }
    }
    parser.finish(lines.cut(), &mut sink);
    settle(frames.as_ref(), &mut sink);
    ParseResult { parsed: sink.into_parsed(), lines: lines.count(), stop }
}

/// Gives the texts of a framed line.
fn unwrap(frames: &mut Option<Frames>, line: &[u8], mut give: impl FnMut(&[u8])) {
    if let Some(frames) = frames {
        frames.unwrap(line, &mut |text| give(text));
    }
}

/// Notes what the frames know of the whole file.
fn settle(frames: Option<&Frames>, sink: &mut Sink) {
    let Some(frames) = frames else { return };
    if let Some(offset) = frames.offset_s() {
        sink.proven_offset(offset);
    }
    for (field, key) in frames.renames() {
        sink.note_mapping(field, key);
    }
}

/// Bytes given to a parser of documents at once.
const BLOCK: usize = 64 << 10;

/// Gives a parser the records of a list, each as a line. What is in the list besides objects is passed over.
fn list(job: Job<'_>, mut reader: impl Read) -> ParseResult {
    let mut sink = Sink::new(job.file, job.format.info()).within(job.budget);
    let mut parser = job.open();
    let mut elements = Elements::or_documents_at(RECORDS);
    let mut block = vec![0; BLOCK];
    let mut stop = None;
    let mut frames = job.frames.cloned();
    loop {
        match read(&mut reader, &mut block) {
            Ok(0) => break,
            Ok(n) => elements.push(&block[..n], |element| match element.bytes {
                Some(mut bytes) => {
                    let length = squeeze(&mut bytes);
                    if frames.is_some() {
                        unwrap(&mut frames, &bytes[..length], |text| parser.line(text, element.line, &mut sink));
                    } else {
                        parser.line(&bytes[..length], element.line, &mut sink);
                    }
                }
                None => sink.problem(element.line, "a record of more than 32 MiB; skipped"),
            }),
            Err(error) => {
                stop = Some(Stop::of(&error));
                break;
            }
        }
    }
    if elements.is_open() && stop.is_none() {
        sink.problem(elements.line(), "the list ends early");
    }
    parser.finish(stop.is_some(), &mut sink);
    settle(frames.as_ref(), &mut sink);
    ParseResult { parsed: sink.into_parsed(), lines: elements.line(), stop }
}

/// Gives a parser of documents its bytes. Only the document shows whether the file was cut.
fn stream(job: Job<'_>, mut reader: impl Read) -> ParseResult {
    let mut sink = Sink::new(job.file, job.format.info()).within(job.budget);
    let mut parser = job.open();
    let mut block = vec![0; BLOCK];
    let (mut lines, mut stop) = (0, None);
    loop {
        match read(&mut reader, &mut block) {
            Ok(0) => break,
            Ok(n) => {
                lines += memchr::memchr_iter(b'\n', &block[..n]).count() as u64;
                parser.bytes(&block[..n], &mut sink);
            }
            Err(error) => {
                stop = Some(Stop::of(&error));
                break;
            }
        }
    }
    parser.finish(stop.is_some(), &mut sink);
    ParseResult { parsed: sink.into_parsed(), lines, stop }
}
