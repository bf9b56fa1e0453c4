//! Wide characters in the report for a terminal take their two columns.

use unicode_width::UnicodeWidthStr;

use crate::support::{Folder, arg, fixture};

#[test]
fn wide_characters_take_their_two_columns() {
    let folder = Folder::new();
    let log = std::fs::read_to_string(fixture("cap-and-overload").join("requests.jsonl")).unwrap();
    let wide = log.replace("worker-", "\u{5de5}\u{4eba}\u{5c0f}\u{7ec4}-");
    assert_ne!(wide, log);
    let path = folder.write("requests.jsonl", wide);
    for width in [60, 80, 120, 200] {
        let mut command = assert_cmd::Command::cargo_bin("why429").unwrap();
        command.env_clear().env("COLUMNS", width.to_string()).args([arg(&path), "-v"]);
        let text = String::from_utf8(command.assert().code(0).get_output().stdout.clone()).unwrap();
        let agents: Vec<&str> = text.lines().filter(|l| l.contains("\u{5de5}\u{4eba}")).collect();
        assert!(agents.len() >= 3, "{text}");
        let widths: Vec<usize> = agents.iter().map(|l| l.width()).collect();
        assert!(widths.iter().all(|w| *w == widths[0]), "columns of the table line up: {agents:?}");
    }
}
