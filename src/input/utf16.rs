//! UTF-16 to UTF-8 while reading: what PowerShell's `>` writes.

use std::io::{self, Read};

use super::lines::read;

/// Gives UTF-8 for a stream of UTF-16 code units; a lone surrogate becomes U+FFFD.
#[derive(Debug)]
pub struct Utf16<R> {
    reader: R,
    big_endian: bool,
    units: Vec<u8>,
    ready: Vec<u8>,
    given: usize,
}

impl<R: Read> Utf16<R> {
    /// A converter; the byte order mark is already taken off.
    pub fn new(reader: R, big_endian: bool) -> Self {
        Self { reader, big_endian, units: Vec::new(), ready: Vec::new(), given: 0 }
    }

    fn unit(&self, pair: &[u8]) -> u16 {
        let pair = [pair[0], pair[1]];
        if self.big_endian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    }

    /// Converts the next block. `false` at the end.
    fn convert(&mut self) -> io::Result<bool> {
        let mut block = [0; 8 << 10];
        let n = read(&mut self.reader, &mut block)?;
        self.units.extend_from_slice(&block[..n]);
        let mut whole = self.units.len() / 2 * 2;
        let pending = |u: u16| (0xD800..0xDC00).contains(&u);
        if n > 0 && whole >= 2 && pending(self.unit(&self.units[whole - 2..whole])) {
            whole -= 2;
        }
        let units = self.units[..whole].chunks_exact(2).map(|p| self.unit(p));
        let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        self.ready = text.into_bytes();
        self.given = 0;
        self.units.drain(..whole);
        Ok(n > 0)
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready.len() {
            let more = self.convert()?;
            if !more && self.ready.is_empty() {
                return Ok(0);
            }
        }
        let n = into.len().min(self.ready.len() - self.given);
        into[..n].copy_from_slice(&self.ready[self.given..self.given + n]);
        self.given += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(units: &[u16], big_endian: bool) -> String {
        let bytes: Vec<u8> =
            units.iter().flat_map(|u| if big_endian { u.to_be_bytes() } else { u.to_le_bytes() }).collect();
        let mut text = String::new();
        Utf16::new(&bytes[..], big_endian).read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn both_orders_and_surrogates() {
        let units: Vec<u16> = "né 𝄞\n".encode_utf16().collect();
        assert_eq!(convert(&units, false), "né 𝄞\n");
        assert_eq!(convert(&units, true), "né 𝄞\n");
        assert_eq!(convert(&[0xD834, 0x0041], false), "\u{fffd}A");
        assert_eq!(convert(&[0x0041, 0xD834], false), "A\u{fffd}");
    }

    #[test]
    fn pairs_split_over_blocks_stay_whole() {
        let text = "a".to_owned() + &"𝄞".repeat(10_000);
        let units: Vec<u16> = text.encode_utf16().collect();
        assert_eq!(convert(&units, false), text);
    }
}
