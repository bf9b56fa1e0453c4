//! Zones and other options of display: they change what people read, and no number, verdict or evidence.

use assert_cmd::Command;
use serde_json::Value;

use crate::support::{Folder, arg, fixture, why429};

/// Logs with stamps without a zone among them.
const LOGS: [&str; 6] = [
    "local-time-kimi-log",
    "sdk-local-time",
    "aider-local-time",
    "cap-then-window",
    "mixed-errors-kimi-cli",
    "codex-five-hours",
];

/// The report as JSON, without the zone that people read.
fn json(name: &str, more: &[&str], columns: &str) -> Value {
    let mut command = Command::cargo_bin("why429").unwrap();
    command
        .env_clear()
        .env("COLUMNS", columns)
        .args([arg(&fixture(name)), "--format", "json"])
        .args(more)
        .write_stdin("");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{name} {more:?}");
    let mut report: Value = serde_json::from_slice(&output.stdout).unwrap();
    report.as_object_mut().unwrap().remove("zone").unwrap();
    report
}

#[test]
fn no_option_of_display_changes_a_number_a_verdict_or_evidence() {
    for name in LOGS {
        let plain = json(name, &[], "100");
        for more in [
            &["--tz", "Europe/Vienna"][..],
            &["--tz", "-11:00"],
            &["--color", "always"],
            &["-q"],
            &["-v"],
            &["--tz", "Asia/Tokyo", "-v", "--color", "never"],
        ] {
            assert_eq!(json(name, more, "100"), plain, "{name} {more:?}");
        }
        assert_eq!(json(name, &[], "60"), plain, "{name}, narrow");
    }
}

fn notes(paths: &[&str], more: &[&str]) -> Vec<String> {
    why429(&[&["--format", "json"], paths, more].concat()).has_code(0).json().notes
}

#[test]
fn the_zone_of_local_stamps_is_said_once_and_not_once_per_file() {
    let folder = Folder::new();
    let log = fixture("local-time-kimi-log").join("kimi-cli/logs/kimi.log");
    for n in 1..=5 {
        let text = std::fs::read_to_string(&log).unwrap();
        let moved = text.replace("2026-05-20", &format!("2026-05-0{n}"));
        folder.write(&format!("kimi.{n}.log"), moved);
    }
    let path = folder.path();
    let said = |more: &[&str]| -> Vec<String> {
        notes(&[arg(&path)], more).into_iter().filter(|n| n.contains("no zone")).collect()
    };
    let assumed = said(&[]);
    assert_eq!(assumed.len(), 1, "{assumed:?}");
    assert!(assumed[0].starts_with("5 files, such as kimi.1.log, carry no zone: taken as UTC"), "{assumed:?}");
    assert!(said(&["--log-tz", "+08:00"])[0].contains("taken as +08:00, as asked"));
}

#[test]
fn what_rows_prove_beats_what_is_asked_with_a_warning() {
    let folder = fixture("local-time-kimi-log");
    let said = notes(&[arg(&folder)], &["--log-tz", "America/New_York"]);
    assert!(said.iter().any(|n| n.contains("+08:00") && n.contains("--log-tz says America/New_York")), "{said:?}");
    let of = |more: &[&str]| why429(&[&["--format", "json", arg(&folder)], more].concat()).has_code(0).json().episodes;
    assert_eq!(of(&["--log-tz", "America/New_York"]), of(&[]));
}
