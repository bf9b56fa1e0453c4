//! The frame of a `kimi.log` line: `STAMP | LEVEL | module:function:line | SESSION - MESSAGE`.
//!
//! Older versions have no session column. A line without the frame (a traceback, output of a child, a prompt that
//! goes on) is no record and never matches anything. Source line numbers are not looked at: they change by version.

use crate::formats::stamp;
use crate::model::Time;

/// One framed line.
#[derive(Debug, PartialEq)]
pub(super) struct Frame<'a> {
    /// Local time, read as if it were UTC.
    pub(super) at: Time,
    /// Session column; `None` when empty or absent.
    pub(super) session: Option<&'a str>,
    /// The message.
    pub(super) message: &'a str,
}

impl<'a> Frame<'a> {
    /// The frame of a line, if it has one whose module is the client's own or its chat library's.
    pub(super) fn read(line: &'a str) -> Option<Self> {
        let at = stamp::local(line.as_bytes())?;
        let rest = line.get(23..)?.strip_prefix(" | ")?;
        let (level, rest) = rest.split_once(" | ")?;
        if level.len() > 10 || !level.trim_end().bytes().all(|b| b.is_ascii_uppercase()) {
            return None;
        }
        let (place, rest) = rest.split_once(' ')?;
        if !place.starts_with("kimi_cli") && !place.starts_with("kosong") {
            return None;
        }
        if let Some(message) = rest.strip_prefix("- ") {
            return Some(Self { at, session: None, message });
        }
        let (session, message) = rest.strip_prefix("| ")?.split_once("- ")?;
        let session = session.trim();
        Some(Self { at, session: Some(session).filter(|s| !s.is_empty()), message })
            .filter(|f| !f.session.is_some_and(|s| s.contains(char::is_whitespace)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_and_without_the_session_column() {
        let new =
            Frame::read("2026-01-02 03:04:05.678 | INFO     | kimi_cli.soul.x:_step:86 | a-b-c - Hello - you").unwrap();
        assert_eq!((new.session, new.message), (Some("a-b-c"), "Hello - you"));
        let empty = Frame::read("2026-01-02 03:04:05.678 | INFO     | kimi_cli.app:run:2 |  - Hello | you").unwrap();
        assert_eq!((empty.session, empty.message), (None, "Hello | you"));
        let old =
            Frame::read("2026-01-02 03:04:05.678 | WARNING  | kimi_cli.soul:_step:86 - Hello | you - there").unwrap();
        assert_eq!((old.session, old.message), (None, "Hello | you - there"));
        assert_eq!(old.at.rfc3339(), "2026-01-02T03:04:05.678Z");
    }

    #[test]
    fn other_lines_have_no_frame() {
        for line in [
            "",
            "Traceback (most recent call last):",
            "2026-01-02 03:04:05.678 | INFO | other.app:f:1 - x",
            "2026-01-02 03:04:05,678 INFO kimi_cli",
        ] {
            assert_eq!(Frame::read(line), None, "{line}");
        }
    }
}
