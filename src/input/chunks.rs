//! Parses one large file of a stateless format in pieces, at once.
//!
//! In: an open regular file that is stored as plain text. Out: what one parser would have given. Always: the cuts
//! depend on the file alone, so the result does not depend on the number of threads.

use std::fs::File;
use std::io::{self, Read};

use memchr::memchr;
use rayon::prelude::*;

use super::decode::Stop;
use super::feed::{Fed, Job, feed};
use super::tap::{SharedTally, Tap};
use crate::formats::Parsed;
use crate::input::progress::Progress;

/// Bytes of a piece. Large enough that a piece's own tables cost nothing, small enough to keep all threads busy.
pub const PIECE: u64 = 4 << 20;

/// Files smaller than this are parsed in one piece.
pub const LARGE: u64 = 4 * PIECE;

/// Pieces that are parsed before they are joined, so that joined and unjoined attempts never stand in memory twice.
const BATCH: usize = 16;

/// Parses the file from byte `from` on. `piece`: bytes of a piece.
pub fn parse(job: Job<'_>, file: &File, from: u64, piece: u64, progress: &dyn Progress) -> Fed {
    let length = file.metadata().map_or(0, |m| m.len());
    let cuts = match cuts(file, from, length, piece) {
        Ok(cuts) => cuts,
        Err(error) => return Fed { parsed: Parsed::default(), lines: 0, stop: Some(Stop::of(&error)) },
    };
    let pieces: Vec<(u64, u64)> = cuts.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let mut whole = Fed { parsed: Parsed::default(), lines: 0, stop: None };
    for batch in pieces.chunks(BATCH) {
        let parsed: Vec<Fed> = batch
            .par_iter()
            .map(|(begin, end)| {
                let tap = Tap::new(Piece { file, at: *begin, end: *end }, SharedTally::new(false), progress);
                feed(job, tap, end.saturating_sub(*begin))
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

/// Where the pieces begin, and at last the largest number: the last piece reads what was appended meanwhile.
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
    cuts.push(u64::MAX);
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
    use crate::formats::Place;
    use crate::input::fake::STATELESS;
    use crate::input::progress::Quiet;
    use crate::model::FileId;

    fn file(text: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(text).unwrap();
        file
    }

    fn told(fed: &Fed) -> String {
        let sessions: Vec<_> = fed.parsed.attempts.iter().map(|a| a.session.map(|s| fed.parsed.texts.get(s))).collect();
        let Fed { parsed, lines, stop } = fed;
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
        let job = Job { file: FileId(1), format: &STATELESS, place: &place, listed: false };
        let whole = feed(job, &text[3..], 0);
        assert_eq!((whole.lines, whole.parsed.attempts.len(), whole.parsed.problems.len()), (401, 385, 2));
        for piece in [1, 2, 7, 64, 1000, 5000, 1 << 20] {
            let parsed = parse(job, &file(&text), 3, piece, &Quiet);
            assert!(told(&parsed) == told(&whole), "pieces of {piece}");
        }
    }

    #[test]
    fn a_line_longer_than_many_pieces_is_searched_once() {
        let text = [vec![b'x'; 300_000], b"\n1772554740 a\n".to_vec()].concat();
        assert_eq!(cuts(&file(&text), 0, text.len() as u64, 10).unwrap(), [0, 300_001, u64::MAX]);
        assert_eq!(cuts(&file(b""), 0, 0, 10).unwrap(), [0, u64::MAX]);
    }

    #[test]
    fn a_file_that_shrank_gives_what_is_left() {
        let text = b"1772554740 a\n1772554741 b\n";
        let file = file(text);
        let cuts = cuts(&file, 0, text.len() as u64, 5).unwrap();
        assert_eq!(cuts, [0, 13, u64::MAX]);
        file.set_len(13).unwrap();
        let place = Place::default();
        let job = Job { file: FileId(1), format: &STATELESS, place: &place, listed: false };
        let beyond = feed(job, Piece { file: &file, at: 13, end: u64::MAX }, 0);
        assert_eq!((beyond.lines, beyond.stop.is_none()), (0, true));
    }
}
