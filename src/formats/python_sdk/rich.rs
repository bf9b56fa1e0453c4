//! What rich's logging handler wraps: a message over several lines, in a column between stamp and file.
//!
//! In: lines. Out: whole messages, with the number of their first line. Always: only a request without its answer is held
//! back, for a few lines that begin with the blanks of that column.

use std::borrow::Cow;

/// Blanks before a line that goes on: stamp and level have about 29 columns, the level alone 9.
const COLUMN: usize = 9;

/// Lines that one message may take.
const LINES: u8 = 8;

/// Joins wrapped messages.
#[derive(Debug, Default)]
pub(super) struct Rich {
    held: Option<(String, u64)>,
    lines: u8,
}

impl Rich {
    /// Whether a message is held back.
    pub(super) fn is_open(&self) -> bool {
        self.held.is_some()
    }

    /// A whole message and its first line; `None` while it goes on.
    pub(super) fn whole<'a>(&mut self, line: &'a str, number: u64) -> Option<(Cow<'a, str>, u64)> {
        if let Some((mut text, first)) = self.held.take() {
            let begins = line.bytes().take_while(|b| *b == b' ').count();
            if begins >= COLUMN && !line.contains("HTTP Request: ") {
                let part = without_file(line).trim();
                // A word that is wider than the column is cut; the status line is a word of its own.
                if !part.starts_with("\"HTTP/") && text.ends_with(|c: char| !c.is_whitespace()) && text.contains("://")
                {
                    text.push_str(part);
                } else {
                    text.push(' ');
                    text.push_str(part);
                }
                self.lines += 1;
                if is_whole(&text) || self.lines > LINES {
                    return Some((Cow::Owned(text), first));
                }
                self.held = Some((text, first));
                return None;
            }
        }
        if let Some(at) = line.find("HTTP Request: POST")
            && !is_whole(&line[at..])
            && !line[..at].ends_with("Sending ")
            && is_wrapped(line)
        {
            self.held = Some((without_file(line).trim_end().to_owned(), number));
            self.lines = 1;
            return None;
        }
        Some((Cow::Borrowed(line), number))
    }
}

/// Whether the answer's status is there.
fn is_whole(text: &str) -> bool {
    text.split_once(" \"HTTP/").is_some_and(|(_, rest)| {
        rest.split_once(' ')
            .is_some_and(|(_, code)| code.len() >= 3 && code.as_bytes()[..3].iter().all(u8::is_ascii_digit))
    })
}

/// Whether a line is one of rich's: a stamp alone in brackets, or the blanks in place of a repeated one.
fn is_wrapped(line: &str) -> bool {
    let stamped = line.strip_prefix('[').and_then(|l| l.split_once(']')).is_some_and(|(stamp, _)| {
        stamp.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'/' | b':' | b'-' | b'.' | b' ' | b'A' | b'P' | b'M'))
    });
    stamped || omits_stamp(line)
}

/// Whether the line leaves its stamp out, as it is that of the line before.
pub(super) fn omits_stamp(line: &str) -> bool {
    line.starts_with("          ")
}

/// The line without the file and line number at its right edge.
fn without_file(line: &str) -> &str {
    let text = line.trim_end();
    let Some((before, file)) = text.rsplit_once("  ") else { return line };
    let is_file = file.split_once(".py:").is_some_and(|(_, n)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if is_file { before } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What rich 14 writes into a file, 80 columns wide.
    #[test]
    fn a_wrapped_message_is_put_together() {
        let lines = [
            "[05/12/26 09:00:00] INFO     Starting                              app.py:12",
            "                    INFO     HTTP Request: POST             _client.py:1025",
            "                             https://api.openai.com/v1/chat                ",
            "                             /completions \"HTTP/1.1 429                    ",
            "                             Too Many Requests\"                            ",
        ];
        let mut rich = Rich::default();
        let whole: Vec<_> = (1..).zip(lines).filter_map(|(n, l)| rich.whole(l, n)).collect();
        assert_eq!(whole.len(), 3);
        let (text, line) = &whole[1];
        assert_eq!(
            text.trim(),
            "INFO     HTTP Request: POST https://api.openai.com/v1/chat/completions \"HTTP/1.1 429"
        );
        assert_eq!(*line, 2);
    }

    #[test]
    fn other_lines_pass() {
        let mut rich = Rich::default();
        for line in [
            "",
            "[2026-03-03 16:19:00 - httpx:1025 - INFO] HTTP Request: POST https://x <HTTP",
            "Sending HTTP Request: POST x",
        ] {
            assert_eq!(rich.whole(line, 1), Some((Cow::Borrowed(line), 1)));
        }
    }
}
