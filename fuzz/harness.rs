//! What each fuzz target does with bytes, and what must hold. tests/it/fuzz.rs runs the same on a stable toolchain.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use why429::check::Expected;
use why429::formats::{self, Head, Place, Sink};
use why429::model::FileId;
use why429::privacy::{escape, redact};
use why429::signals;
use why429::snapshots::{self, FileContext};

/// Bytes that a format is recognised by.
const HEAD: usize = 64 << 10;

/// Every log format that recognises the bytes, and every format that streams them, reads them to their end.
pub fn formats(data: &[u8]) {
    let head = Head { bytes: &data[..data.len().min(HEAD)] };
    let place = Place { path: "a/sessions/b/wire.jsonl".to_owned(), ..Place::default() };
    let lines = data.iter().filter(|b| **b == b'\n').count() as u64 + 1;
    for format in formats::REGISTRY.iter().filter(|f| f.recognises(&head)) {
        let mut sink = Sink::new(FileId(0), format.info());
        let mut parser = format.open(&place);
        if format.streams() {
            data.chunks(4093).for_each(|block| parser.bytes(block, &mut sink));
        } else {
            for (n, line) in data.split(|b| *b == b'\n').enumerate() {
                if !line.iter().all(u8::is_ascii_whitespace) {
                    parser.line(line, n as u64 + 1, &mut sink);
                }
            }
        }
        parser.finish(!data.ends_with(b"\n"), &mut sink);
        let parsed = sink.into_parsed();
        for attempt in &parsed.attempts {
            assert!(attempt.start.is_plausible(), "{}: a start that cannot be", format.info().id);
            assert!(
                attempt.end.is_none_or(|end| end >= attempt.start),
                "{}: it ends before it starts",
                format.info().id
            );
            assert!(u64::from(attempt.source.line) <= lines, "{}: a line that is not there", format.info().id);
        }
    }
}

/// An error's text, wrapped however.
pub fn errors(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let explained = signals::explain_message(&text);
    assert!(!explained.lines(80).is_empty());
}

/// A file of usage snapshots.
pub fn snapshots(data: &[u8]) {
    let context = FileContext { file: FileId(0), name: "usage-2026-03-03T16-40-00Z.json", zone: None, modified: None };
    let read = snapshots::read_file(data, &context);
    assert!(read.snapshots.is_empty() || read.format.is_some(), "a reading of no known format");
}

/// Masking and escaping: twice is once, no secret of the harness stays, and nothing raw comes out.
pub fn redaction(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let once = redact::mask(&text).into_owned();
    let twice = redact::mask(&once);
    assert!(twice.len() <= once.len() + 16 * once.matches('<').count().max(1), "masking does not end");
    let shown = escape::terminal(&text);
    assert!(!shown.chars().any(escape::acts_on_a_terminal), "raw for a terminal");
    assert_eq!(escape::terminal(&shown), shown, "escaping twice");
    let key = "sk-ant-api03-Qz7Lw2pXkRt9Qz7Lw2pX";
    let planted = format!("{text} {key} {text}");
    assert!(!redact::mask(&planted).contains(key), "a key that stays");
}

/// An `expected.json`.
pub fn expected(data: &[u8]) {
    if let Ok(expected) = serde_json::from_slice::<Expected>(data) {
        let again = serde_json::to_vec(&expected).expect("what was read can be written");
        serde_json::from_slice::<Expected>(&again).expect("what was written can be read");
    }
}
