//! Zstandard: all frames of a stream, one after the other.

use std::io::{self, Read};

use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::decode::Stop;
use super::lines::{read, read_up_to};

/// Largest window that the format allows (RFC 8878, 3.1.1.1.2: 2^41 and seven eighths of it); more is damage.
const LARGEST_WINDOW: u64 = (1 << 41) + 7 * (1 << 38);

/// Unpacks every frame of `stored`; skippable frames are skipped.
pub struct Zstd<R> {
    stored: Counted<R>,
    frame: FrameDecoder,
    open: bool,
    failed: Option<io::Error>,
}

/// A last block of no bytes, and a checksum. Given to the decoder after a broken frame, it makes it hand out the
/// window that it keeps back, which may be the last eight megabytes before the break.
const LAST_BLOCK: [u8; 7] = [1, 0, 0, 0, 0, 0, 0];

impl<R: Read> Zstd<R> {
    /// Unpacks `stored`.
    pub fn new(stored: R) -> Self {
        let stored = Counted { reader: stored, peeked: None, ended: false };
        Self { stored, frame: FrameDecoder::new(), open: false, failed: None }
    }

    /// Begins the next frame; `false` when there is none.
    fn begin(&mut self) -> io::Result<bool> {
        loop {
            if self.stored.is_at_end()? {
                return Ok(false);
            }
            match self.frame.reset(&mut self.stored) {
                Ok(()) => return Ok(true),
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut (&mut self.stored).take(u64::from(length)), &mut io::sink())?;
                }
                Err(e) => return Err(self.explain(&e)),
            }
        }
    }

    /// Decodes one block. After an error the bytes before it can be collected, and the error is returned after them.
    fn step(&mut self) {
        let one = || BlockDecodingStrategy::UptoBlocks(1);
        if let Err(e) = self.frame.decode_blocks(&mut self.stored, one()) {
            self.failed = Some(self.explain(&e));
            let _ = self.frame.decode_blocks(&mut &LAST_BLOCK[..], one());
        }
    }

    /// An error of the decoder. A stream that ended inside a frame is reported as such, whatever it was expecting.
    fn explain(&self, error: &FrameDecoderError) -> io::Error {
        if matches!(error, FrameDecoderError::WindowSizeTooBig { requested, .. } if *requested <= LARGEST_WINDOW) {
            return io::Error::other(Stop::Window);
        }
        let kind = if self.stored.ended { io::ErrorKind::UnexpectedEof } else { io::ErrorKind::InvalidData };
        io::Error::new(kind, error.to_string())
    }
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            if self.open && self.frame.can_collect() > 0 {
                return self.frame.read(into);
            }
            if let Some(error) = self.failed.take() {
                self.open = false;
                return Err(error);
            }
            if self.open && !self.frame.is_finished() {
                self.step();
                continue;
            }
            self.open = self.begin()?;
            if !self.open {
                return Ok(0);
            }
        }
    }
}

/// A reader that can look one byte ahead and remembers that it ended.
struct Counted<R> {
    reader: R,
    peeked: Option<u8>,
    ended: bool,
}

impl<R: Read> Counted<R> {
    fn is_at_end(&mut self) -> io::Result<bool> {
        if self.peeked.is_none() {
            let mut byte = Vec::new();
            read_up_to(&mut self.reader, &mut byte, 1)?;
            self.peeked = byte.first().copied();
        }
        Ok(self.peeked.is_none())
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(first) = into.first_mut() else { return Ok(0) };
        if let Some(byte) = self.peeked.take() {
            *first = byte;
            return Ok(1);
        }
        let n = read(&mut self.reader, into)?;
        self.ended |= n == 0;
        Ok(n)
    }
}
