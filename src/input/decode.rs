//! From stored bytes to text bytes: gzip and zstd by their magic, byte order marks, UTF-16.
//!
//! In: a reader of what is stored. Out: a reader of UTF-8 without a byte order mark. Always: a bounded amount is
//! unpacked, and what came before an error is given before the error.

use std::io::{self, BufReader, Cursor, Read};

use flate2::read::MultiGzDecoder;
use thiserror::Error;

use super::counting_reader::SharedTally;
use super::lines::read_up_to;
use super::utf16::Utf16;
use super::zstd::Zstd;

/// A file may always unpack to this much, however small it is: a short log of one repeated line packs very well.
const UNPACKED_ALWAYS: u64 = 64 << 20;

/// Beyond that, at most so many bytes for each stored one. Logs pack 5 to 60 times; a bomb 1,000 times and more.
const UNPACKED_RATIO: u64 = 300;

/// And never more than this: 30 times the million attempts that the speed target speaks of.
const UNPACKED_MOST: u64 = 8 << 30;

/// Why a stream ended before its end.
#[derive(Debug, Error)]
pub enum Stop {
    /// More came out than a log of that size unpacks to.
    #[error("unpacks to far more than a log would; the rest was not read")]
    Bomb,
    /// A window larger than is unpacked here.
    #[error("packed with a window too large to unpack here (zstd --long); unpack it first: zstd -d --long=31 FILE")]
    Window,
    /// The packed stream ends early.
    #[error("packed bytes end early; what came before was read")]
    Truncated,
    /// The packed stream is broken.
    #[error("packed bytes are damaged; what came before was read")]
    Damaged,
    /// The operating system could not read on.
    #[error("reading failed ({0})")]
    Io(io::ErrorKind),
}

impl Stop {
    /// What an error of a decoded stream means.
    pub fn of(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|e| e.downcast_ref::<Self>());
        match inner {
            Some(Self::Bomb) => Self::Bomb,
            Some(Self::Truncated) => Self::Truncated,
            Some(Self::Damaged) => Self::Damaged,
            Some(Self::Window) => Self::Window,
            Some(Self::Io(kind)) => Self::Io(*kind),
            None => Self::Io(error.kind()),
        }
    }

    /// Whether the stored bytes themselves could not be read.
    pub fn is_io(&self) -> bool {
        matches!(self, Self::Io(_))
    }
}

/// How a file is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    None,
    /// gzip, one member or several.
    Gzip,
    /// Zstandard, one frame or several.
    Zstd,
}

impl Packing {
    /// By the first four bytes.
    pub fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, 8, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // A skippable frame of Zstandard may come first.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }
}

/// A decoded stream.
pub struct Decoded<'a> {
    /// UTF-8 without a byte order mark.
    pub reader: Box<dyn Read + 'a>,
    /// The bytes are the stored ones, from this offset on; `None` when they were unpacked or converted.
    pub plain_from: Option<u64>,
}

impl std::fmt::Debug for Decoded<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoded").field("plain_from", &self.plain_from).finish_non_exhaustive()
    }
}

/// Decodes `stored`. `tally` counts its bytes, for the bound.
///
/// # Errors
/// What the reader says of the first bytes.
pub fn decode<'a>(mut stored: impl Read + 'a, tally: &SharedTally) -> io::Result<Decoded<'a>> {
    let mut start = Vec::new();
    read_up_to(&mut stored, &mut start, 4)?;
    let packing = Packing::of(&start);
    let stored = Cursor::new(start).chain(stored);
    let tally = tally.clone();
    match packing {
        Packing::None => unmark(Box::new(stored), true),
        Packing::Gzip => unmark(Box::new(Bounded::new(MultiGzDecoder::new(stored), tally)), false),
        Packing::Zstd => unmark(Box::new(Bounded::new(Zstd::new(BufReader::new(stored)), tally)), false),
    }
}

/// Takes a byte order mark off and converts UTF-16.
fn unmark<'a>(mut reader: Box<dyn Read + 'a>, plain: bool) -> io::Result<Decoded<'a>> {
    let mut start = Vec::new();
    let failed = read_up_to(&mut reader, &mut start, 3).err();
    if let Some(error) = failed
        && start.is_empty()
    {
        return Err(error);
    }
    let rest = |n: usize, reader| Cursor::new(start[n..].to_vec()).chain(reader);
    Ok(match start[..] {
        [0xef, 0xbb, 0xbf] => Decoded { reader, plain_from: plain.then_some(3) },
        [0xff, 0xfe, ..] => Decoded { reader: Box::new(Utf16::new(rest(2, reader), false)), plain_from: None },
        [0xfe, 0xff, ..] => Decoded { reader: Box::new(Utf16::new(rest(2, reader), true)), plain_from: None },
        _ => Decoded { reader: Box::new(rest(0, reader)), plain_from: plain.then_some(0) },
    })
}

/// An unpacking reader with a bound; its errors are [`Stop`]s.
struct Bounded<R> {
    reader: R,
    stored: SharedTally,
    unpacked: u64,
}

impl<R: Read> Bounded<R> {
    fn new(reader: R, stored: SharedTally) -> Self {
        Self { reader, stored, unpacked: 0 }
    }

    fn is_too_much(&self) -> bool {
        let ratio = self.stored.bytes().saturating_mul(UNPACKED_RATIO);
        self.unpacked > UNPACKED_ALWAYS.max(ratio).min(UNPACKED_MOST)
    }
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.is_too_much() {
            return Err(io::Error::other(Stop::Bomb));
        }
        let n = self.reader.read(into).map_err(|e| io::Error::other(packed_stop(&e)))?;
        self.unpacked += n as u64;
        Ok(n)
    }
}

fn packed_stop(error: &io::Error) -> Stop {
    if let Stop::Window = Stop::of(error) {
        return Stop::Window;
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Stop::Truncated,
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::Other => Stop::Damaged,
        kind => Stop::Io(kind),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::input::counting_reader::CountingReader;
    use crate::input::progress::Quiet;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
    }

    /// What comes out, and why it stopped.
    fn out(stored: &[u8]) -> (Vec<u8>, Option<Stop>) {
        let tally = SharedTally::new(false);
        let counting = CountingReader::new(stored, tally.clone(), &Quiet);
        let mut bytes = Vec::new();
        let stop = match decode(counting, &tally) {
            Ok(mut decoded) => decoded.reader.read_to_end(&mut bytes).err(),
            Err(e) => Some(e),
        };
        (bytes, stop.map(|e| Stop::of(&e)))
    }

    #[test]
    fn packed_and_marked_text_comes_out_plain() {
        for stored in [
            b"text\n".to_vec(),
            gzip(b"text\n"),
            zstd(b"text\n"),
            [gzip(b"te"), gzip(b"xt\n")].concat(),
            [zstd(b"te"), zstd(b"xt\n")].concat(),
            b"\xef\xbb\xbftext\n".to_vec(),
            gzip(b"\xef\xbb\xbftext\n"),
            b"\xff\xfet\0e\0x\0t\0\n\0".to_vec(),
            zstd(b"\xfe\xff\0t\0e\0x\0t\0\n"),
        ] {
            let (bytes, stop) = out(&stored);
            assert_eq!(bytes, b"text\n", "{stored:?}");
            assert!(stop.is_none());
        }
    }

    #[test]
    fn short_files_come_out_whole() {
        for stored in [&b""[..], b"a", b"\xef\xbb", b"\x1f\x8b"] {
            assert_eq!(out(stored).0, stored);
        }
        assert_eq!(out(b"\xff\xfe").0, b"");
    }

    #[test]
    fn where_plain_bytes_begin_is_reported() {
        let tally = SharedTally::new(false);
        assert_eq!(decode(&b"ab"[..], &tally).unwrap().plain_from, Some(0));
        assert_eq!(decode(&b"\xef\xbb\xbfab"[..], &tally).unwrap().plain_from, Some(3));
        assert_eq!(decode(&gzip(b"ab")[..], &tally).unwrap().plain_from, None);
        assert_eq!(decode(&b"\xff\xfea\0"[..], &tally).unwrap().plain_from, None);
    }

    /// Text that packs badly, so that half of the stored bytes are about half of the text.
    fn noise() -> Vec<u8> {
        let mut x = 1u32;
        (0..300_000)
            .map(|_| {
                x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                b'a' + (x >> 24) as u8 % 26
            })
            .collect()
    }

    #[test]
    fn a_cut_stream_keeps_what_came() {
        let text = noise();
        for packed in [gzip(&text), zstd(&text)] {
            let (bytes, stop) = out(&packed[..packed.len() / 2]);
            assert!(bytes.len() > text.len() / 4, "{}", bytes.len());
            assert!(text.starts_with(&bytes));
            assert!(matches!(stop, Some(Stop::Truncated)), "{stop:?}");
        }
    }

    #[test]
    fn a_damaged_stream_is_reported() {
        let (bytes, stop) = out(&[gzip(b"text\n"), b"garbage behind".to_vec()].concat());
        assert_eq!(bytes, b"text\n");
        assert!(matches!(stop, Some(Stop::Damaged)));
        let (_, stop) = out(b"\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff");
        assert!(matches!(stop, Some(Stop::Damaged)), "{stop:?}");
    }

    /// As `zstd --long=31` writes it: the second byte after the magic asks for a window of 2 GiB.
    #[test]
    fn a_window_of_gigabytes_is_named_and_not_called_damage() {
        let frame = [&[0x28, 0xb5, 0x2f, 0xfd, 0, 0xa8][..], &[0x29, 0, 0], b"text\n"].concat();
        let (bytes, stop) = out(&frame);
        assert!(bytes.is_empty() && matches!(stop, Some(Stop::Window)), "{stop:?}");
        let small = [&[0x28, 0xb5, 0x2f, 0xfd, 0, 0x58][..], &[0x29, 0, 0], b"text\n"].concat();
        assert_eq!(out(&small).0, b"text\n", "the same frame with a small window is text");
    }

    #[test]
    fn a_bomb_is_stopped() {
        let bomb = gzip(&vec![0; 80 << 20]);
        let (bytes, stop) = out(&bomb);
        assert!(matches!(stop, Some(Stop::Bomb)));
        assert!(bytes.len() as u64 > UNPACKED_ALWAYS && (bytes.len() as u64) < UNPACKED_ALWAYS + (1 << 20));
    }
}
