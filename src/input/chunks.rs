//! Reads one large file in pieces, at once.
//!
//! In: an open regular file that is stored as plain text. Out: what one parser would have given: each piece is parsed where
//! lines say everything by themselves; else the pieces are only cut into lines and these shortened at once, and one parser gets
//! the lines in order. Always: the cuts
//! depend on the file alone, so the result does not depend on the number of threads.

use std::fs::File;
use std::io::{self, Read};

use memchr::memchr;
use rayon::prelude::*;

use super::counting_reader::{CountingReader, SharedTally};
use super::decode::Stop;
use super::lines::Lines;
use super::parse::{Job, ParseResult, TOO_LONG, parse_reader};
use crate::formats::{LineParser, Parsed, Sink};
use crate::input::progress::Progress;

/// Bytes of a piece. Large enough that a piece's own tables cost nothing, small enough to keep all threads busy.
pub const PIECE: u64 = 4 << 20;

/// Files smaller than this are parsed in one piece.
pub const LARGE: u64 = 4 * PIECE;

/// Pieces that are parsed before they are joined, so that joined and unjoined attempts are never in memory twice.
const BATCH: usize = 16;

/// What is parsed of a file: from byte `from` on, in pieces of so many bytes; of a longer file only the last `newest` bytes,
/// where that is enough.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The first byte.
    pub from: u64,
    /// Bytes of a piece.
    pub piece: u64,
    /// Bytes of the end that are enough; all where `None`.
    pub newest: Option<u64>,
}

/// Parses the file.
pub fn parse(job: Job<'_>, file: &File, span: Span, progress: &dyn Progress) -> ParseResult {
    let Span { from, piece, newest } = span;
    let length = file.metadata().map_or(0, |m| m.len());
    let enough = newest.map_or(from, |newest| length.saturating_sub(newest));
    // A line that the cut would halve is left out.
    let first = if enough > from { line_after(file, enough, length) } else { Ok(Some(from)) };
    let cuts = match first.and_then(|first| cuts(file, first.unwrap_or(length), length, piece)) {
        Ok(cuts) => cuts,
        Err(error) => return ParseResult { parsed: Parsed::default(), lines: 0, stop: Some(Stop::of(&error)) },
    };
    let pieces: Vec<(u64, u64)> = cuts.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let mut whole = ParseResult { parsed: Parsed::default(), lines: 0, stop: None };
    for batch in pieces.chunks(BATCH) {
        let parsed: Vec<ParseResult> = batch
            .par_iter()
            .map(|(begin, end)| {
                let source =
                    CountingReader::new(Piece { file, at: *begin, end: *end }, SharedTally::new(false), progress);
                parse_reader(job, source, end.saturating_sub(*begin))
            })
            .collect();
        for next in parsed {
            whole.parsed.join(next.parsed, whole.lines);
            whole.lines += next.lines;
            whole.stop = whole.stop.or(next.stop);
        }
    }
    whole
}

/// Lines of one piece, shortened, one after the other.
#[derive(Default)]
struct CutPiece {
    text: Vec<u8>,
    lines: Vec<CutLine>,
    count: u64,
    stop: Option<Stop>,
    cut: bool,
}

/// One line that is not blank.
struct CutLine {
    /// Its number in the piece, from 1.
    number: u64,
    /// Where it ends in the piece's text; `None` where it was too long to read.
    end: Option<usize>,
}

/// Pieces that are cut while those before them are parsed: each may be as large as [`PIECE`] if nothing of it is bulk.
const AHEAD: usize = 4;

/// Parses a large file whose lines depend on each other.
pub fn parse_in_order(job: Job<'_>, file: &File, from: u64, piece: u64, progress: &dyn Progress) -> ParseResult {
    let length = file.metadata().map_or(0, |m| m.len());
    let cuts = match cuts(file, from, length, piece) {
        Ok(cuts) => cuts,
        Err(error) => return ParseResult { parsed: Parsed::default(), lines: 0, stop: Some(Stop::of(&error)) },
    };
    let pieces: Vec<(u64, u64)> = cuts.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let cut_all = |batch: &[(u64, u64)]| -> Vec<CutPiece> {
        let source = |(begin, end): &(u64, u64)| Piece { file, at: *begin, end: *end };
        batch
            .par_iter()
            .map(|p| cut_lines(job, CountingReader::new(source(p), SharedTally::new(false), progress)))
            .collect()
    };
    let mut sink = Sink::new(job.file, job.format.info()).within(job.budget);
    let mut parser = job.open();
    let (mut lines, mut stop, mut is_cut) = (0, None, false);
    let mut batches = pieces.chunks(AHEAD);
    let mut ready = batches.next().map(cut_all).unwrap_or_default();
    while !ready.is_empty() {
        let next = batches.next();
        let mut parse = || {
            for piece in &ready {
                give(piece, lines, parser.as_mut(), &mut sink);
                lines += piece.count;
                is_cut = piece.cut;
            }
        };
        let ((), after) = rayon::join(&mut parse, || next.map(cut_all).unwrap_or_default());
        let stopped = ready.into_iter().find_map(|p| p.stop);
        stop = stop.or(stopped);
        ready = after;
    }
    parser.finish(is_cut, &mut sink);
    ParseResult { parsed: sink.into_parsed(), lines, stop }
}

/// Cuts a piece into lines, and leaves their bulk out.
fn cut_lines(job: Job<'_>, reader: impl Read) -> CutPiece {
    let bulk = job.format.bulk();
    let mut lines = Lines::new(reader, u64::MAX);
    let (mut piece, mut short) = (CutPiece::default(), Vec::new());
    loop {
        match lines.next_line() {
            Ok(None) => break,
            Ok(Some(line)) => {
                match line.bytes {
                    Some(bytes) if bytes.iter().all(u8::is_ascii_whitespace) => continue,
                    Some(bytes) if bulk.shorten(bytes, &mut short) => piece.text.extend_from_slice(&short),
                    Some(bytes) => piece.text.extend_from_slice(bytes),
                    None => {}
                }
                let end = line.bytes.map(|_| piece.text.len());
                piece.lines.push(CutLine { number: line.number, end });
            }
            Err(error) => piece.stop = Some(Stop::of(&error)),
        }
    }
    piece.count = lines.count();
    piece.cut = lines.cut();
    piece
}

/// Gives a parser the lines of a piece before which there were so many.
fn give(piece: &CutPiece, before: u64, parser: &mut dyn LineParser, sink: &mut Sink) {
    let mut begin = 0;
    for line in &piece.lines {
        let number = before + line.number;
        match line.end {
            Some(end) => {
                parser.line(&piece.text[begin..end], number, sink);
                begin = end;
            }
            None => sink.problem(number, TOO_LONG),
        }
    }
}

/// Where the pieces begin, and where the last one ends: what is appended meanwhile is not read, or a log that grows faster
/// than it is read would have no end.
fn cuts(file: &File, from: u64, length: u64, piece: u64) -> io::Result<Vec<u64>> {
    let mut cuts = vec![from];
    let mut begin = from;
    loop {
        let wanted = begin.saturating_add(piece);
        if wanted >= length {
            break;
        }
        let Some(next) = line_after(file, wanted - 1, length)? else { break };
        cuts.push(next);
        begin = next;
    }
    cuts.push(length.max(begin));
    Ok(cuts)
}

/// The first line start after the byte at `at`; `None` when there is none before the end.
fn line_after(file: &File, mut at: u64, length: u64) -> io::Result<Option<u64>> {
    let mut block = vec![0; 64 << 10];
    while at < length {
        let n = read_at(file, &mut block, at)?;
        if n == 0 {
            break;
        }
        if let Some(end) = memchr(b'\n', &block[..n]) {
            let next = at + end as u64 + 1;
            return Ok((next < length).then_some(next));
        }
        at += n as u64;
    }
    Ok(None)
}

/// A part of a file, read without its cursor, so that several threads can.
struct Piece<'a> {
    file: &'a File,
    at: u64,
    end: u64,
}

impl Read for Piece<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let most = into.len().min(left);
        let n = read_at(self.file, &mut into[..most], self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}

#[cfg(unix)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, into, at)
}

#[cfg(windows)]
fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, into, at)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use std::sync::Arc;

    use crate::formats::Place;
    use crate::formats::budget::Budget;
    use crate::input::fake::STATELESS;
    use crate::input::progress::Quiet;
    use crate::model::FileId;

    fn file(text: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        file
    }

    fn print(result: &ParseResult) -> String {
        let sessions: Vec<_> =
            result.parsed.attempts.iter().map(|a| a.session.map(|s| result.parsed.texts.get(s))).collect();
        let ParseResult { parsed, lines, stop } = result;
        format!("{:?} {sessions:?} {:?} {} {lines} {stop:?}", parsed.attempts, parsed.problems, parsed.records)
    }

    #[test]
    fn pieces_of_any_size_give_what_the_whole_gives() {
        let mut text = b"\xef\xbb\xbf".to_vec();
        for n in 0..400 {
            let line = if n % 50 == 7 || n % 50 == 10 {
                "odd one".repeat(n)
            } else {
                format!("{} s{}", 1_772_554_740 + n, n % 9)
            };
            text.extend(line.as_bytes());
            text.extend(if n % 3 == 0 { &b"\r\n"[..] } else { b"\n" });
        }
        text.extend(b"1772559999 last");
        let place = Place::default();
        let budget = Arc::new(Budget::new(u64::MAX));
        let (format, place) = (&STATELESS, &place);
        let job = Job { file: FileId(1), format, place, listed: false, budget: &budget, head: b"", frames: None };
        let whole = parse_reader(job, &text[3..], 0);
        assert_eq!((whole.lines, whole.parsed.attempts.len(), whole.parsed.problems.len()), (401, 385, 2));
        for piece in [1, 2, 7, 64, 1000, 5000, 1 << 20] {
            let parsed = parse(job, &file(&text), Span { from: 3, piece, newest: None }, &Quiet);
            assert!(print(&parsed) == print(&whole), "pieces of {piece}");
        }
    }

    #[test]
    fn lines_that_depend_on_each_other_are_parsed_in_order() {
        let mut text = Vec::new();
        for n in 0..300 {
            let filler = "x\\n\\\"y".repeat(n % 7 * 100);
            text.extend(format!(
                "{{\"parentUuid\":\"u{}\",\"isSidechain\":false,\"userType\":\"external\",\"cwd\":\"/p\",\"sessionId\":\"s\",\"version\":\"2.1.111\",\"type\":\"{}\",\"message\":{{\"role\":\"x\",\"model\":\"m\",\"id\":\"i{n}\",\"content\":[{{\"type\":\"text\",\"text\":\"{filler}\"}}],\"usage\":{{\"input_tokens\":{n}}}}},\"uuid\":\"u{n}\",\"timestamp\":\"2026-03-01T00:{:02}:{:02}.000Z\"}}\n",
                n.max(1) - 1, if n % 3 == 0 { "user" } else { "assistant" }, n / 60, n % 60
            ).bytes());
        }
        text.extend(b"{\"cut");
        let format = crate::formats::recognise(&crate::formats::Head { bytes: &text[..4096] }).unwrap();
        let place = Place { path: "s.jsonl".to_owned(), ..Place::default() };
        let budget = Arc::new(Budget::new(u64::MAX));
        let job =
            Job { file: FileId(1), format, place: &place, listed: false, budget: &budget, head: b"", frames: None };
        let whole = parse_reader(job, &text[..], 0);
        assert_eq!((whole.lines, whole.parsed.attempts.len()), (301, 200));
        for piece in [1, 100, 3_000, 50_000, 1 << 20] {
            let parsed = parse_in_order(job, &file(&text), 0, piece, &Quiet);
            assert!(print(&parsed) == print(&whole), "pieces of {piece}");
        }
    }

    #[test]
    fn a_line_longer_than_many_pieces_is_searched_once() {
        let text = [vec![b'x'; 300_000], b"\n1772554740 a\n".to_vec()].concat();
        assert_eq!(cuts(&file(&text), 0, text.len() as u64, 10).unwrap(), [0, 300_001, text.len() as u64]);
        assert_eq!(cuts(&file(b""), 0, 0, 10).unwrap(), [0, 0]);
    }

    #[test]
    fn a_file_that_shrank_gives_what_is_left() {
        let text = b"1772554740 a\n1772554741 b\n";
        let file = file(text);
        let cuts = cuts(&file, 0, text.len() as u64, 5).unwrap();
        assert_eq!(cuts, [0, 13, 26]);
        file.set_len(13).unwrap();
        let place = Place::default();
        let budget = Arc::new(Budget::new(u64::MAX));
        let (format, place) = (&STATELESS, &place);
        let job = Job { file: FileId(1), format, place, listed: false, budget: &budget, head: b"", frames: None };
        let beyond = parse_reader(job, Piece { file: &file, at: 13, end: u64::MAX }, 0);
        assert_eq!((beyond.lines, beyond.stop.is_none()), (0, true));
    }
}
