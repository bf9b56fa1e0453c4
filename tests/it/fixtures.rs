//! Every fixture: as expected, valid against the schema, the same bytes whatever the threads.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(root)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.join("expected.json").is_file())
        .collect();
    cases.sort();
    cases
}

#[test]
fn check_is_green_and_a_changed_expectation_exits_4() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let check = |dir: &Path| Command::new(env!("CARGO_BIN_EXE_why429")).arg("check").arg(dir).output().unwrap();
    let green = check(&root);
    assert_eq!(green.status.code(), Some(0), "{}", String::from_utf8_lossy(&green.stdout));

    let copy = tempfile::tempdir().unwrap();
    let case = copy.path().join("cap1-slow");
    std::fs::create_dir(&case).unwrap();
    for name in ["requests.jsonl", "expected.json"] {
        std::fs::copy(root.join("cap1-slow").join(name), case.join(name)).unwrap();
    }
    let expected = std::fs::read_to_string(case.join("expected.json")).unwrap();
    std::fs::write(case.join("expected.json"), expected.replace("supported", "confirmed")).unwrap();
    let red = check(copy.path());
    assert_eq!(red.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&red.stdout).contains("confirmed"), "it shows what differs");
}

#[test]
fn every_report_is_valid_and_its_causes_sum_to_one() {
    let schema: Value = serde_json::from_str(include_str!("../../docs/schema/report-v1.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(cases().len() >= 20);
    for case in cases() {
        let text = super::report(&[&case], &[]);
        let report: Value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> = validator.iter_errors(&report).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{}: {errors:?}", case.display());
        for episode in report["episodes"].as_array().unwrap() {
            let sum: f64 =
                episode["causes"].as_array().unwrap().iter().map(|c| c["probability"].as_f64().unwrap()).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{}: {sum}", case.display());
        }
        assert_eq!(text, super::report(&[&case], &["--jobs", "1"]), "{}", case.display());
    }
}
