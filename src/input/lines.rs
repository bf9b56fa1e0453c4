//! Byte lines of a stream, without copying and with a bound.
//!
//! In: any reader. Out: lines numbered from 1, without `\n` or `\r\n` (and without the blanks between the tokens of a JSON
//! record, `blanks.rs`); bytes pass through whatever they are. Always: one
//! buffer, as large as the longest line and never larger than [`LONGEST_LINE`] plus one block.

use std::io::{self, Read};

use memchr::memchr;

use super::blanks::squeeze_line;

/// Longest line that is given whole. A tool result of 100 MB in one line is real; beyond this it is no log line.
pub const LONGEST_LINE: usize = 256 << 20;

/// Bytes asked from the reader at once: several long lines, so that little is moved for the one that does not end in it.
const BLOCK: usize = 256 << 10;

/// One line, or the place of one that was too long.
#[derive(Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// Its bytes; `None` when it was longer than the bound and was skipped.
    pub bytes: Option<&'a [u8]>,
}

/// Reads lines.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    number: u64,
    longest: usize,
    ended: bool,
    cut: bool,
}

impl<R: Read> Lines<R> {
    /// Lines of `reader`. `expected` is about how many bytes it holds, so that a million tiny files cost little.
    pub fn new(reader: R, expected: u64) -> Self {
        let first = usize::try_from(expected).unwrap_or(BLOCK).saturating_add(1).clamp(512, BLOCK);
        Self {
            reader,
            buffer: vec![0; first],
            start: 0,
            end: 0,
            number: 0,
            longest: LONGEST_LINE,
            ended: false,
            cut: false,
        }
    }

    /// The same with another bound.
    pub fn longest(mut self, bytes: usize) -> Self {
        self.longest = bytes;
        self
    }

    /// Whether the last line had no line end. Known after the end.
    pub fn cut(&self) -> bool {
        self.cut
    }

    /// Lines given so far.
    pub fn count(&self) -> u64 {
        self.number
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// What the reader says. What came before the error is given first; after it the stream has ended.
    pub fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut seen = self.start;
        let mut skipping = false;
        loop {
            if let Some(at) = memchr(b'\n', &self.buffer[seen..self.end]) {
                let (from, to) = (self.start, seen + at);
                self.start = to + 1;
                return Ok(Some(self.line(from, to, skipping)));
            }
            if self.ended {
                return Ok(self.last(skipping));
            }
            if self.end - self.start > self.longest {
                skipping = true;
            }
            if skipping {
                (self.start, self.end) = (0, 0);
            }
            seen = self.fill()?;
        }
    }

    fn line(&mut self, from: usize, to: usize, skipping: bool) -> Line<'_> {
        self.number += 1;
        let bytes = &mut self.buffer[from..to];
        let length = bytes.strip_suffix(b"\r").unwrap_or(bytes).len();
        let length = if skipping { length } else { squeeze_line(&mut bytes[..length]) };
        let bytes = &bytes[..length];
        Line { number: self.number, bytes: (!skipping && bytes.len() <= self.longest).then_some(bytes) }
    }

    fn last(&mut self, skipping: bool) -> Option<Line<'_>> {
        let (from, to) = (self.start, self.end);
        self.start = to;
        if from == to && !skipping {
            return None;
        }
        self.cut = true;
        Some(self.line(from, to, skipping))
    }

    /// Reads more after what is unfinished; answers where the new bytes begin. An error ends the stream, and is reported
    /// once the bytes before it were given.
    fn fill(&mut self) -> io::Result<usize> {
        if self.start > 0 {
            self.buffer.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.end == self.buffer.len() {
            let double = self.buffer.len().saturating_mul(2).max(BLOCK);
            self.buffer.resize(double.min(self.longest.saturating_add(BLOCK).max(self.end + 1)), 0);
        }
        let seen = self.end;
        match read(&mut self.reader, &mut self.buffer[seen..]) {
            Ok(0) => self.ended = true,
            Ok(n) => self.end += n,
            Err(e) => {
                self.ended = true;
                return Err(e);
            }
        }
        Ok(seen)
    }
}

/// One read that is not interrupted.
pub fn read(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Reads up to `most` bytes or to the end.
///
/// # Errors
/// What the reader says; `into` keeps what came before.
pub fn read_up_to(reader: &mut impl Read, into: &mut Vec<u8>, most: usize) -> io::Result<()> {
    reader.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(into).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], longest: usize) -> (Vec<Option<String>>, bool) {
        let mut lines = Lines::new(Dribble(bytes), 0).longest(longest);
        let mut texts = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            assert_eq!(line.number as usize, texts.len() + 1);
            texts.push(line.bytes.map(|b| String::from_utf8_lossy(b).into_owned()));
        }
        let cut = lines.cut();
        (texts, cut)
    }

    /// Gives one to three bytes at a time.
    struct Dribble<'a>(&'a [u8]);
    impl Read for Dribble<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(into.len()).min(1 + self.0.len() % 3);
            into[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    fn some(lines: &[&str]) -> Vec<Option<String>> {
        lines.iter().map(|l| Some((*l).to_owned())).collect()
    }

    #[test]
    fn line_ends_are_taken_off_and_a_cut_is_reported() {
        assert_eq!(all(b"a\nbc\r\n\nd\n", 100), (some(&["a", "bc", "", "d"]), false));
        assert_eq!(all(b"a\nb", 100), (some(&["a", "b"]), true));
        assert_eq!(all(b"", 100), (vec![], false));
        assert_eq!(all(b"\0\xff\n", 100), (some(&["\0\u{fffd}"]), false));
        assert_eq!(all(b"a\rb\r\r\n", 100), (some(&["a\rb\r"]), false));
    }

    #[test]
    fn a_line_beyond_the_bound_is_skipped_and_counted() {
        let mut text = b"one\n".to_vec();
        text.extend(vec![b'x'; 200_000]);
        text.extend(b"\ntwo\n");
        let (texts, cut) = all(&text, 150_000);
        assert_eq!(texts, vec![Some("one".to_owned()), None, Some("two".to_owned())]);
        assert!(!cut);
        let (texts, cut) = all(&text[..180_000], 150_000);
        assert_eq!(texts, vec![Some("one".to_owned()), None]);
        assert!(cut, "a skipped line without an end is a cut one");
    }

    #[test]
    fn a_line_of_exactly_the_bound_is_whole() {
        assert_eq!(all(b"12345\n123456\n", 5), (vec![Some("12345".to_owned()), None], false));
    }

    #[test]
    fn an_error_comes_after_the_lines_before_it() {
        struct Breaks(bool);
        impl Read for Breaks {
            fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
                if std::mem::replace(&mut self.0, true) {
                    return Err(io::Error::other("gone"));
                }
                into[..4].copy_from_slice(b"a\nbb");
                Ok(4)
            }
        }
        let mut lines = Lines::new(Breaks(false), 0);
        assert_eq!(lines.next_line().unwrap().unwrap().bytes, Some(&b"a"[..]));
        assert!(lines.next_line().is_err());
        assert_eq!(lines.next_line().unwrap().unwrap().bytes, Some(&b"bb"[..]));
        assert!(lines.cut());
        assert!(lines.next_line().unwrap().is_none());
    }
}
