//! `diff`: two reports of the program against each other, from outside.

use serde_json::Value;

use crate::support::{Folder, arg, fixture, why429};

/// Writes the report of a fixture, and gives its path.
fn report(to: &Folder, name: &str) -> std::path::PathBuf {
    let path = to.path().join(format!("{name}.json"));
    why429(&[arg(&fixture(name)), "--format", "json", "-o", arg(&path)]).has_code(0);
    path
}

fn compared(a: &std::path::Path, b: &std::path::Path) -> (i32, Value) {
    let run = why429(&["diff", arg(a), arg(b), "--format", "json"]);
    assert!([0, 4].contains(&run.code), "{run:?}");
    (run.code, serde_json::from_str(&run.stdout).unwrap())
}

#[test]
fn a_reading_that_decides_is_a_changed_verdict() {
    let to = Folder::new();
    let (a, b) = (report(&to, "thread-hour-no-snapshot"), report(&to, "thread-hour-snapshot"));
    let (code, found) = compared(&a, &b);
    assert_eq!((code, &found["schema"], &found["verdict_changed"]), (4, &"why429.diff/v1".into(), &true.into()));
    let changes = found["changes"].as_array().unwrap();
    let of = |part: &str, what: &str| changes.iter().find(|c| c["part"] == part && c["what"] == what).unwrap();
    // The same logs: what the agents did is the same, and only the snapshots and what follows from them are new.
    assert_eq!(
        (&of("episode", "confidence")["a"], &of("episode", "confidence")["b"]),
        (&"compatible".into(), &"confirmed".into())
    );
    assert_eq!((&of("counts", "snapshots")["a"], &of("counts", "snapshots")["b"]), (&0.into(), &2.into()));
    assert!(of("episode", "evidence snapshot_in_gap")["a"].is_null());
    assert!(changes.iter().all(|c| c["what"] != "attempts" && c["what"] != "refused"), "{changes:?}");

    let shown = why429(&["diff", arg(&a), arg(&b)]).has_code(4).stdout;
    assert!(shown.contains("A verdict changed") && shown.contains("snapshot_in_gap"), "{shown}");
    let back = why429(&["diff", arg(&b), arg(&a)]).has_code(4).stdout;
    assert_ne!(shown, back);
    assert_eq!(why429(&["diff", arg(&a), arg(&b), "-q"]).has_code(4).stdout, "A verdict changed.\n");
    assert_eq!(why429(&["diff", "--quiet", arg(&a), arg(&a)]).has_code(0).stdout, "No difference.\n");
}

#[test]
fn the_same_report_is_no_difference() {
    let to = Folder::new();
    let a = report(&to, "cap-then-window");
    let (code, found) = compared(&a, &a);
    assert_eq!((code, &found["changes"]), (0, &serde_json::json!([])));
    assert!(why429(&["diff", arg(&a), arg(&a)]).has_code(0).stdout.ends_with("No difference.\n"));
}

#[test]
fn damage_alone_is_reported_and_no_changed_verdict() {
    let to = Folder::new();
    let log = fixture("cap1-slow");
    let copy = to.path().join("log");
    to.copy(&log, "log");
    let a = report(&to, "cap1-slow");
    to.write("log/notes.txt", "nothing that is known\n");
    let b = to.path().join("b.json");
    why429(&[arg(&copy), "--format", "json", "-o", arg(&b)]).has_code(0);
    let (code, found) = compared(&a, &b);
    assert_eq!(code, 0, "{found}");
    let inputs: Vec<&Value> = found["changes"].as_array().unwrap().iter().filter(|c| c["part"] == "inputs").collect();
    assert!(inputs.iter().any(|c| c["of"] == "notes.txt" && c["b"] == "not recognised"), "{found}");
}

#[test]
fn what_is_no_report_is_named_with_its_reason() {
    let to = Folder::new();
    let good = report(&to, "cap1-slow");
    let other = to.write("other.json", r#"{"schema":"why429.report/v9"}"#);
    let cut = to.write("cut.json", &std::fs::read(&good).unwrap()[..500]);
    let log = to.write("kimi.log", "2026-03-03 no report\n");
    let none = to.path().join("none.json");
    for (bad, why) in [
        (&other, "why429.report/v9"),
        (&cut, "EOF while parsing"),
        (&log, "not a report"),
        (&none, "not read"),
        (&to.path(), "not read"),
    ] {
        let run = why429(&["diff", arg(&good), arg(bad)]).has_code(1);
        assert_eq!(run.stdout, "");
        assert!(run.stderr.contains(arg(bad)) && run.stderr.contains(why), "{}", run.stderr);
        assert!(!run.stderr.contains(arg(&good)), "{}", run.stderr);
    }
    why429(&["diff", arg(&good)]).has_code(2);
}
