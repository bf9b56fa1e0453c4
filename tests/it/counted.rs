//! The table of recordings in docs/FORMATS.md against the program: what it says was found is found, and nothing more than
//! happened. `recordings/make/counts` writes it, and counts there by other means what the files show.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{analyse, root};
use crate::truth::inputs;

/// One row: folder, received (admitted, refused, broken off), shown and found (admitted, refused), recall, reason.
#[derive(Debug)]
struct Row {
    folder: String,
    received: [u64; 3],
    shown: [u64; 2],
    found: [u64; 2],
    recall: f64,
    reason: String,
}

/// Numbers with a comma between them.
fn numbers<const N: usize>(cell: &str) -> [u64; N] {
    let all: Vec<u64> = cell.split(", ").map(|n| n.parse().unwrap()).collect();
    all.try_into().unwrap()
}

fn table() -> Vec<Row> {
    let page = fs::read_to_string(root().join("docs/FORMATS.md")).unwrap();
    let (_, table) = page.split_once("<!-- counts: written by recordings/make/counts -->\n").unwrap();
    let (table, _) = table.split_once("<!-- end of counts -->").unwrap();
    let row = |line: &str| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [folder, received, shown, found, recall, reason] = cells[..] else { panic!("{line}") };
        Row {
            folder: folder.to_owned(),
            received: numbers(received),
            shown: numbers(shown),
            found: numbers(found),
            recall: recall.parse().unwrap(),
            reason: reason.to_owned(),
        }
    };
    table.lines().skip(2).map(row).collect()
}

/// Folders below this one that a server's list lies in.
fn recorded(below: &Path) -> Vec<String> {
    let entries = fs::read_dir(below).unwrap();
    let is_recorded = |folder: &PathBuf| {
        fs::read_dir(folder)
            .is_ok_and(|files| files.flatten().any(|f| f.file_name().to_string_lossy().starts_with("TRUTH_requests")))
    };
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().path())
        .filter(is_recorded)
        .map(|p| p.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// What the server's lists say: admitted, refused, broken off.
fn received(folder: &Path) -> [u64; 3] {
    let mut counts = [0; 3];
    for entry in fs::read_dir(folder).unwrap().flatten() {
        if !entry.file_name().to_string_lossy().starts_with("TRUTH_requests") {
            continue;
        }
        for line in fs::read_to_string(entry.path()).unwrap().lines() {
            let request: Value = serde_json::from_str(line).unwrap();
            let Some(act) = request["act"].as_str() else { continue };
            let refused = act.starts_with("h:") || act.starts_with("refused");
            counts[if refused { 1 } else { usize::from(matches!(act, "drop" | "hang")) * 2 }] += 1;
        }
    }
    counts
}

#[test]
fn every_recording_has_a_row_with_a_reason_and_whole_recall() {
    let rows = table();
    let named: Vec<&str> = rows.iter().map(|r| r.folder.as_str()).collect();
    let own = recorded(&root().join("recordings")).into_iter().map(|n| format!("recordings/{n}"));
    for folder in own {
        assert!(named.contains(&folder.as_str()), "no row tells of {folder}: run recordings/make/counts");
    }
    for row in &rows {
        assert_eq!(row.recall, 1.0, "{row:?}");
        let sum = |n: &[u64]| n.iter().sum::<u64>();
        assert_eq!(sum(&row.found), sum(&row.shown), "{row:?}");
        let exact = row.received == [row.found[0], row.found[1], 0];
        assert_eq!(row.reason == "none", exact, "{row:?}");
        assert!(!row.reason.is_empty(), "{row:?}");
    }
}

#[test]
fn what_the_table_says_is_found_and_nothing_is_over_counted() {
    for row in table() {
        let folder = root().join(&row.folder);
        assert_eq!(received(&folder), row.received, "{}", row.folder);
        let found = analyse(&inputs(&folder)).coverage;
        assert_eq!([found.admitted, found.refused], row.found, "{}", row.folder);
        let [admitted, refused, broken] = row.received;
        assert!(found.admitted <= admitted + broken, "{}: {found:?}", row.folder);
        // Where there was no connection, only the client knows of its attempts.
        let unreached = row.reason.contains("reached no server");
        assert!(unreached || found.refused <= refused + broken, "{}: {found:?}", row.folder);
    }
}
