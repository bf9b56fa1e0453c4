//! Replays the corpora of fuzz/ on a stable toolchain: what was found once, every fixture, and damaged copies of them.

use std::fs;
use std::path::Path;

use crate::fleet::Draw;
use crate::support::{files_below, root};

#[path = "../../fuzz/harness.rs"]
mod harness;

/// A target and what it does.
type Target = (&'static str, fn(&[u8]));

const TARGETS: [Target; 5] = [
    ("formats", harness::formats),
    ("errors", harness::errors),
    ("snapshots", harness::snapshots),
    ("redaction", harness::redaction),
    ("expected", harness::expected),
];

/// Bytes of a file that are replayed; a fuzzer's inputs are as short.
const MOST: usize = 16 << 10;

/// Damaged copies of each.
const COPIES: usize = 3;

/// One byte changed, a piece doubled, a piece gone.
fn damaged(bytes: &[u8], draw: &mut Draw) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if bytes.is_empty() {
        return bytes;
    }
    let at = draw.between(0, bytes.len() as i64 - 1) as usize;
    let end = (at + draw.between(1, 40) as usize).min(bytes.len());
    match draw.between(0, 2) {
        0 => bytes[at] = draw.next() as u8,
        1 => {
            let piece = bytes[at..end].to_vec();
            bytes.splice(end..end, piece);
        }
        _ => drop(bytes.drain(at..end)),
    }
    bytes
}

fn replay(run: fn(&[u8]), path: &Path, draw: &mut Draw) {
    let bytes = fs::read(path).unwrap();
    let bytes = &bytes[..bytes.len().min(MOST)];
    run(bytes);
    (0..COPIES).for_each(|_| run(&damaged(bytes, draw)));
}

#[test]
fn every_target_has_a_file_and_what_it_found_stays_mended() {
    let mut draw = Draw(429);
    for (name, run) in TARGETS {
        assert!(root().join(format!("fuzz/targets/{name}.rs")).is_file(), "{name}");
        let found = files_below(&root().join("fuzz/regressions").join(name));
        assert!(!found.is_empty(), "{name}");
        found.iter().for_each(|path| replay(run, path, &mut draw));
    }
}

#[test]
fn fixtures_are_replayed() {
    let mut draw = Draw(429);
    for path in files_below(&root().join("fixtures")) {
        match path.file_name().and_then(|n| n.to_str()) {
            Some("README.md") => {}
            Some("expected.json") => replay(harness::expected, &path, &mut draw),
            _ => {
                replay(harness::formats, &path, &mut draw);
                replay(harness::snapshots, &path, &mut draw);
            }
        }
    }
    let texts = fs::read_to_string(root().join("tests/data/error-texts.tsv")).unwrap();
    for line in texts.lines().filter(|l| !l.starts_with('#')).step_by(7) {
        harness::errors(line.as_bytes());
        harness::redaction(line.as_bytes());
        harness::redaction(&damaged(line.as_bytes(), &mut draw));
    }
}
