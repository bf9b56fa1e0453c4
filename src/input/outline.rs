//! What a file is, when its first 64 KiB do not tell: a pasted text or a picture may fill them.
//!
//! In: the decoded stream. Out: the beginnings of lines further down, with long texts cut inside their quotes, so that the keys
//! behind them are seen. Always: a bounded amount is read, and only of files that nothing else recognised.

use std::io::Read;

use super::decode::Stop;
use super::lines::read_up_to;
use crate::formats::dates;
use crate::formats::own::closing;

/// Bytes of a file that are looked at. A picture in a message has up to 5 MB, and a message may have a few.
const FARTHEST: usize = 32 << 20;

/// Bytes of an outline that are enough.
const ENOUGH: usize = 1 << 20;

/// Bytes asked from the reader at once.
const BLOCK: usize = 256 << 10;

/// A text in quotes longer than this is cut to it.
const LONGEST_TEXT: usize = 200;

/// A line that is no JSON is cut to this.
const LONGEST_LINE: usize = 2 << 10;

/// Lines of a window of JSON records, and of other lines.
const RECORDS: usize = 20;
const LINES: usize = 400;

/// Windows that are asked about.
const WINDOWS: usize = 400;

/// Reads on into `bytes`, and answers the outline of all of it.
pub fn read_on(reader: &mut dyn Read, bytes: &mut Vec<u8>) -> (Vec<u8>, Option<Stop>) {
    let (mut outline, mut done) = (Vec::new(), 0);
    let mut stop = None;
    loop {
        while let Some(end) = memchr::memchr(b'\n', &bytes[done..]) {
            abridge(&bytes[done..done + end], &mut outline);
            outline.push(b'\n');
            done += end + 1;
        }
        if outline.len() >= ENOUGH || bytes.len() >= FARTHEST {
            break;
        }
        let before = bytes.len();
        if let Err(error) = read_up_to(&mut &mut *reader, bytes, BLOCK) {
            stop = Some(Stop::of(&error));
            break;
        }
        if bytes.len() == before {
            break;
        }
    }
    if outline.len() < ENOUGH {
        abridge(&bytes[done..], &mut outline);
    }
    (outline, stop)
}

/// Appends a line with its long texts cut.
fn abridge(line: &[u8], outline: &mut Vec<u8>) {
    if !line.starts_with(b"{") && !line.starts_with(b"[") && !line.starts_with(b" ") {
        return outline.extend_from_slice(&line[..line.len().min(LONGEST_LINE)]);
    }
    let mut at = 0;
    while let Some(quote) = memchr::memchr(b'"', &line[at..]) {
        let begin = at + quote + 1;
        outline.extend_from_slice(&line[at..begin]);
        let end = closing(line, begin).unwrap_or(line.len());
        outline.extend_from_slice(&line[begin..cut(line, begin, end)]);
        if end >= line.len() {
            return;
        }
        outline.push(b'"');
        at = end + 1;
    }
    outline.extend_from_slice(&line[at..]);
}

/// Where a text is cut: not within a character, nor within an escape.
fn cut(line: &[u8], begin: usize, end: usize) -> usize {
    if end - begin <= LONGEST_TEXT {
        return end;
    }
    let mut at = begin + LONGEST_TEXT;
    while at > begin && (line[at] & 0xc0 == 0x80 || line[at.saturating_sub(12).max(begin)..at].contains(&b'\\')) {
        at -= 1;
    }
    at
}

/// Windows further down in an outline that looks like a log's.
pub fn windows(outline: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_json = outline.split(|b| *b == b'\n').filter(|l| !l.is_empty()).take(LINES).all(|l| l.starts_with(b"{"));
    let size = if is_json { RECORDS } else { LINES };
    let most = if looks_like_log(outline) { WINDOWS } else { 0 };
    let mut rest = outline;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr::memchr_iter(b'\n', rest).nth(size - 1).map_or(rest.len(), |n| n + 1);
        let (window, after) = rest.split_at(end);
        rest = after;
        Some(window)
    })
    .take(most)
}

/// Whether half of the lines begin as records do, or have a date and a time near their beginning.
pub fn looks_like_log(text: &[u8]) -> bool {
    let (mut lines, mut like) = (0, 0);
    for line in text.split(|b| *b == b'\n').filter(|l| !l.trim_ascii().is_empty()).take(LINES) {
        lines += 1;
        like += usize::from(begins_record(line));
    }
    lines >= 2 && like * 2 >= lines
}

fn begins_record(line: &[u8]) -> bool {
    if line.starts_with(b"{\"") && line.len() > 20 {
        return true;
    }
    let start = String::from_utf8_lossy(&line[..line.len().min(80)]);
    dates::find(&start).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outline_of(text: &str) -> String {
        let mut bytes = Vec::new();
        let (outline, stop) = read_on(&mut text.as_bytes(), &mut bytes);
        assert!(stop.is_none());
        assert_eq!(bytes, text.as_bytes());
        String::from_utf8(outline).unwrap()
    }

    #[test]
    fn long_texts_are_cut_and_the_keys_behind_them_stay() {
        let text = format!(
            "{{\"a\":\"{}\\\"é{}\",\"b\":[\"{}\"],\"c\":1}}\n{{\"d\":2}}",
            "x".repeat(198),
            "é".repeat(400_000),
            "\\u00e9".repeat(100)
        );
        let outline = outline_of(&text);
        assert!(outline.len() < 700, "{}", outline.len());
        for line in outline.lines() {
            let value: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(value.get("c").is_some() || value.get("d").is_some());
        }
        assert_eq!(outline_of("plain\n{\"a\":\"b\"}\n"), "plain\n{\"a\":\"b\"}\n");
        assert_eq!(outline_of(&"y".repeat(5000)).len(), LONGEST_LINE);
    }

    #[test]
    fn only_what_looks_like_a_log_has_windows() {
        let log: String = (0..1000).map(|n| format!("2026-05-12 09:00:00 line {n}\n")).collect();
        assert_eq!(windows(log.as_bytes()).count(), 3);
        let prose = "some words\nand more words\n".repeat(600);
        assert_eq!(windows(prose.as_bytes()).count(), 0);
        assert!(looks_like_log(&b"{\"time\":\"2026-05-12T09:00:00Z\"}\n".repeat(3)));
        assert!(!looks_like_log(b"{\"a\":1}\n"));
    }
}
