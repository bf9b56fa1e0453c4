//! The frame of a `kimi-code.log` line: `STAMP LEVEL MESSAGE  key=value key="quoted value"`.
//!
//! In: one line. Out: UTC time, message and pairs. A line without the frame is no record.

use std::borrow::Cow;

use crate::formats::stamp;
use crate::model::Time;

/// One framed line.
#[derive(Debug)]
pub(super) struct Frame<'a> {
    /// UTC time.
    pub(super) at: Time,
    /// The fixed message before the pairs.
    pub(super) message: &'a str,
    pairs: &'a str,
}

impl<'a> Frame<'a> {
    /// The frame of a line, if it has one.
    pub(super) fn read(line: &'a str) -> Option<Self> {
        let (stamp, rest) = line.split_once(' ')?;
        if stamp.len() != 24 || !stamp.ends_with('Z') {
            return None;
        }
        let at = stamp::rfc3339(stamp)?;
        let level = ["TRACE ", "DEBUG ", "INFO  ", "WARN  ", "ERROR ", "FATAL "];
        let rest = level.iter().find_map(|l| rest.strip_prefix(l))?;
        let (message, pairs) = rest.split_once("  ").unwrap_or((rest, ""));
        Some(Self { at, message, pairs })
    }

    /// The value of a key, unquoted; the first one counts. A quoted value that was cut is given as far as it goes.
    pub(super) fn get(&self, key: &str) -> Option<Cow<'a, str>> {
        let mut rest = self.pairs;
        while let Some((name, value)) = rest.split_once('=') {
            let (text, after) = value_at(value);
            if name.trim_start() == key {
                return Some(text);
            }
            rest = after;
        }
        None
    }

    /// The value of a key as a number.
    pub(super) fn number(&self, key: &str) -> Option<f64> {
        self.get(key)?.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)
    }
}

/// The value at the start of `text`, and what follows it.
fn value_at(text: &str) -> (Cow<'_, str>, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(' ').unwrap_or(text.len());
        return (Cow::Borrowed(&text[..end]), &text[end..]);
    };
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            '"' if !escaped => return (unescape(&text[..at + 2], &quoted[..at]), &quoted[at + 1..]),
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    (Cow::Borrowed(quoted), "")
}

/// The client writes quoted values as JSON strings.
fn unescape<'a>(with_quotes: &'a str, inner: &'a str) -> Cow<'a, str> {
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    serde_json::from_str::<String>(with_quotes).map_or(Cow::Borrowed(inner), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_plain_or_quoted() {
        let line = r#"2026-01-02T03:04:05.678Z WARN  llm request failed  turnStep=0.2 errorMessage="429 say \"a=b\" \n" statusCode=429"#;
        let frame = Frame::read(line).unwrap();
        assert_eq!(frame.message, "llm request failed");
        assert_eq!(frame.get("turnStep").unwrap(), "0.2");
        assert_eq!(frame.get("errorMessage").unwrap(), "429 say \"a=b\" \n");
        assert_eq!(frame.number("statusCode"), Some(429.0));
        assert!(frame.get("b").is_none(), "a pair inside a quoted value is no pair");
    }

    #[test]
    fn a_cut_value_is_given_as_far_as_it_goes() {
        let frame = Frame::read("2026-01-02T03:04:05.678Z WARN  x  a=1 m=\"429 cut off").unwrap();
        assert_eq!(frame.get("m").unwrap(), "429 cut off");
    }

    #[test]
    fn other_lines_have_no_frame() {
        for line in
            ["", "2026-01-02 03:04:05.678 | INFO", "2026-01-02T03:04:05.678Z info x", "2026-01-02T03:04:05Z INFO  x"]
        {
            assert!(Frame::read(line).is_none(), "{line}");
        }
    }
}
