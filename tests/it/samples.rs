//! Recordings of real clients beside the repository; skipped where they are absent.

use std::path::{Path, PathBuf};

use serde_json::Value;

fn samples() -> Option<PathBuf> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    dir.is_dir().then_some(dir)
}

#[test]
fn whole_incidents_get_the_verdict_of_their_truth_with_brackets_around_it() {
    let Some(dir) = samples() else { return eprintln!("skipped: no recordings here") };
    let mut seen = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(truth) = std::fs::read_to_string(folder.join("TRUTH.json")) else { continue };
        let truth: Value = serde_json::from_str(&truth).unwrap();
        let (logs, usage) = (folder.join("logs"), folder.join("usage"));
        let paths: Vec<&Path> = [logs.as_path(), usage.as_path()].into_iter().filter(|p| p.is_dir()).collect();
        let report: Value = serde_json::from_str(&super::report(&paths, &[])).unwrap();
        let wanted = &truth["episodes"][0];
        let id = report["verdict"]["episode"].as_str().unwrap();
        let found = report["episodes"].as_array().unwrap().iter().find(|e| e["id"] == id).unwrap();
        assert_eq!(found["verdict"]["cause"], wanted["cause"], "{}", folder.display());
        assert_eq!(found["verdict"]["window_minutes"], wanted["window_minutes"], "{}", folder.display());
        // Equal forms compare as text.
        let at = |v: &Value| v.as_str().unwrap().to_owned();
        if wanted["cause"] != "concurrency_cap" {
            assert!(at(&found["last_admission_before"]) < at(&wanted["from"]), "{}", folder.display());
            assert!(at(&found["last_refusal"]) < at(&wanted["to"]), "{}", folder.display());
            assert!(at(&found["first_admission_after"]) > at(&wanted["to"]), "{}", folder.display());
        }
        seen += 1;
    }
    assert!(seen >= 5);
}

#[test]
fn caps_of_three_are_told() {
    let Some(dir) = samples() else { return eprintln!("skipped: no recordings here") };
    for name in ["cap3-kimi-code-2.1.0", "cap3-kimi-cli-1.44.0"] {
        let report: Value = serde_json::from_str(&super::report(&[&dir.join(name)], &[])).unwrap();
        assert_eq!(report["verdict"]["cause"], "concurrency_cap", "{name}");
        assert_eq!(report["episodes"][0]["estimates"]["concurrency_cap"]["best"], 3, "{name}");
    }
}
