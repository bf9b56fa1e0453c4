//! journald's export format: a field a line, a blank line behind each record.
//!
//! In: lines. Out: the message of each record with its time. Always: a field with a line end in it, which is there with
//! its length, is read over as many lines.

use super::{Piece, stamp};
use crate::model::Time;

/// The state between lines.
#[derive(Debug, Clone, Default)]
pub(super) struct Export {
    time: Option<Time>,
    message: Option<Vec<u8>>,
    /// A field whose value is on the next lines: whether it is the message, its bytes, and how many are to come.
    long: Option<Long>,
}

#[derive(Debug, Clone)]
struct Long {
    is_message: bool,
    bytes: Vec<u8>,
    length: Option<usize>,
}

impl Export {
    /// Whether the lines are records of journald.
    pub(super) fn of(lines: &[&[u8]]) -> Option<Self> {
        let begins =
            lines.first().is_some_and(|l| l.starts_with(b"__CURSOR=") || l.starts_with(b"__REALTIME_TIMESTAMP="));
        begins.then(Self::default)
    }

    /// Takes a line; answers the record that it ends.
    pub(super) fn open(&mut self, line: &[u8]) -> Option<Piece> {
        if let Some(long) = self.long.take() {
            self.go_on(long, line);
            return None;
        }
        if line.is_empty() {
            return self.record();
        }
        let Some(mark) = memchr::memchr(b'=', line) else {
            self.long = Some(Long { is_message: line == b"MESSAGE", bytes: Vec::new(), length: None });
            return None;
        };
        let (name, value) = (&line[..mark], &line[mark + 1..]);
        match name {
            b"__REALTIME_TIMESTAMP" => {
                self.time = std::str::from_utf8(value).ok().and_then(|t| t.parse().ok()).map(Time::from_micros);
            }
            b"MESSAGE" => self.message = Some(value.to_vec()),
            _ => {}
        }
        None
    }

    fn go_on(&mut self, mut long: Long, line: &[u8]) {
        let line = match long.length {
            None => {
                let Some((length, rest)) = line.split_first_chunk::<8>() else { return };
                long.length = usize::try_from(u64::from_le_bytes(*length)).ok();
                rest
            }
            Some(_) => {
                long.bytes.push(b'\n');
                line
            }
        };
        long.bytes.extend_from_slice(line);
        if long.bytes.len() < long.length.unwrap_or(0) {
            self.long = Some(long);
        } else if long.is_message {
            self.message = Some(long.bytes);
        }
    }

    fn record(&mut self) -> Option<Piece> {
        let (stamp, at) = self.time.take().map_or((None, None), stamp::instant);
        Some(Piece { text: self.message.take()?, stamp, at, ..Piece::default() })
    }
}
