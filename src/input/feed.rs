//! Feeds the lines of one stream to one parser.

use std::io::Read;

use super::decode::Stop;
use super::lines::Lines;
use crate::formats::{LogFormat, Parsed, Place, Sink};
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
}

/// What a stream held.
#[derive(Debug)]
pub struct Fed {
    /// What the parser found.
    pub parsed: Parsed,
    /// Lines of the stream.
    pub lines: u64,
    /// Why the stream ended early, if it did.
    pub stop: Option<Stop>,
}

/// The problem of a line that was not given to the parser.
const TOO_LONG: &str = "line longer than 256 MiB; skipped";

/// Parses `reader`, of about `expected` bytes.
pub fn feed(job: Job<'_>, reader: impl Read, expected: u64) -> Fed {
    let mut lines = Lines::new(reader, expected);
    let mut sink = Sink::new(job.file, job.format.info());
    let mut parser = job.format.open(job.place);
    let mut stop = None;
    loop {
        match lines.next_line() {
            Ok(None) => break,
            Ok(Some(line)) => match line.bytes {
                Some(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => {}
                Some(bytes) => parser.line(bytes, line.number, &mut sink),
                None => sink.problem(line.number, TOO_LONG),
            },
            Err(error) => stop = Some(Stop::of(&error)),
        }
    }
    parser.finish(lines.cut(), &mut sink);
    Fed { parsed: sink.into_parsed(), lines: lines.count(), stop }
}
