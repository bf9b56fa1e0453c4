//! The terminal report of three incidents at the widths that people have, kept as text, and none of it too wide.

use unicode_width::UnicodeWidthStr;

use crate::support::{Folder, arg, fixture};

const WIDTHS: [usize; 4] = [60, 80, 120, 200];

/// The report of a path as a terminal of this width shows it.
fn shown(path: &std::path::Path, width: usize) -> String {
    let mut command = assert_cmd::Command::cargo_bin("why429").unwrap();
    command.env_clear().env("COLUMNS", width.to_string()).arg(arg(path)).args(["--now", "2026-11-24T12:00:00Z"]);
    let text = String::from_utf8(command.assert().code(0).get_output().stdout.clone()).unwrap();
    for line in text.lines() {
        assert!(line.width() <= width, "{} at {width}: {line}", path.display());
    }
    text
}

#[test]
fn three_incidents_at_every_width() {
    for name in ["thread-hour-snapshot", "cap30-45-subagents", "cap-and-overload"] {
        for width in WIDTHS {
            insta::assert_snapshot!(format!("{name}_{width}"), shown(&fixture(name), width));
        }
    }
}

#[test]
fn wide_characters_take_their_two_columns() {
    let folder = Folder::new();
    let log = std::fs::read_to_string(fixture("cap-and-overload").join("requests.jsonl")).unwrap();
    let wide = log.replace("worker-", "\u{5de5}\u{4eba}\u{5c0f}\u{7ec4}-");
    assert_ne!(wide, log);
    let path = folder.write("requests.jsonl", wide);
    for width in WIDTHS {
        let text = shown(&path, width);
        let lanes: Vec<&str> = text.lines().filter(|l| l.contains("\u{5de5}\u{4eba}")).collect();
        assert!(lanes.len() >= 3, "{text}");
        let widths: Vec<usize> = lanes.iter().map(|l| l.width()).collect();
        assert!(widths.iter().all(|w| *w == widths[0]), "columns of the table line up: {lanes:?}");
    }
}
