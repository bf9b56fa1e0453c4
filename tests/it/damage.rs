//! Real logs, damaged at random: no panic, no report that breaks its schema, nothing in a terminal that is no text.

use std::fs;

use proptest::prelude::*;
use why429::report::markdown;
use why429::report::terminal::{self, Look};

use crate::fleet::Draw;
use crate::support::{Folder, analyse, files_below, fixture, fixtures, inputs_of, rendered};

/// What is put into a file, beside single bytes.
const SPOILT: [&[u8]; 12] = [
    b"\n",
    b"\"",
    b"}",
    b"{\"a\":",
    b"\x00",
    b"\xff\xfe",
    b"99999999999999999999999",
    b"-1",
    b"1e308",
    b"null",
    b"2099-12-31T23:59:60Z",
    b"\x1b]0;title\x07\x1b[2J",
];

/// Damages a file in some places.
fn spoil(bytes: &mut Vec<u8>, draw: &mut Draw, times: i64) {
    for _ in 0..times {
        let at = draw.between(0, bytes.len() as i64) as usize;
        let end = (at + draw.between(1, 400) as usize).min(bytes.len());
        match draw.between(0, 6) {
            0 => bytes[at..end].reverse(),
            1 => drop(bytes.drain(at..end)),
            2 => bytes[at] = draw.next() as u8,
            3 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(end..end, again);
            }
            _ => {
                let with = SPOILT[draw.between(0, SPOILT.len() as i64) as usize];
                // In place of a number or a text as often as not, where it is read and not only skipped.
                let is_edge = |b: &u8| b":\",= ".contains(b);
                let from = bytes[at..].iter().position(is_edge).map_or(at, |n| at + n + 1).min(bytes.len());
                let to = bytes[from..].iter().position(is_edge).map_or(from, |n| from + n);
                bytes.splice(from..to, with.iter().copied());
            }
        }
        if bytes.is_empty() {
            bytes.push(b'x');
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn damaged_logs_never_stop_the_run(seed in any::<u64>(), times in 1..60i64) {
        let mut draw = Draw(seed);
        let names = fixtures();
        let name = &names[draw.between(0, names.len() as i64) as usize];
        let folder = Folder::new();
        for input in inputs_of(&fixture(name)) {
            folder.copy(&input, input.file_name().unwrap().to_str().unwrap());
        }
        for file in files_below(&folder.path()) {
            let mut bytes = fs::read(&file).unwrap();
            if !bytes.is_empty() {
                spoil(&mut bytes, &mut draw, times);
            }
            fs::write(&file, bytes).unwrap();
        }
        let document = analyse(&[folder.path()]);
        let schema = serde_json::from_str(include_str!("../../docs/schema/report-v1.json")).unwrap();
        let value = serde_json::from_str(&rendered(&document)).unwrap();
        let wrong = jsonschema::validator_for(&schema).unwrap().iter_errors(&value).map(|e| e.to_string()).next();
        prop_assert_eq!(wrong, None, "{}", name);
        let coverage = &document.coverage;
        prop_assert_eq!(coverage.admitted + coverage.refused + coverage.other, coverage.attempts);
        let page = terminal::render(&document, &Look { width: 80, color: false, verbose: true, quiet: false });
        for text in [page, markdown::render(&document)] {
            let stray = text.chars().find(|c| c.is_control() && *c != '\n');
            prop_assert_eq!(stray, None, "{}", name);
        }
    }
}
