//! docs/fleet over 200 simulated machines: the rows equal those of one run over everything.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::fleet::{Fleet, QuotaState, Row, Story, text};
use crate::support::{Folder, analysis, arg, root, why429};

const MACHINES_OF_A_POOL: usize = 50;

/// Each pool's agents are on machines of their own; one agent each.
fn pools() -> [(&'static str, Vec<Row>); 4] {
    let fleet = |seed, story| {
        let agents = MACHINES_OF_A_POOL;
        Fleet { agents, retry_s: (60, 240), length_s: 9_000, ..Fleet::new(seed, story) }.rows()
    };
    [
        ("team-0", fleet(1, Story::Cap { slots: 20 })),
        ("team-1", fleet(2, Story::Window { from_s: 2_000, until_s: 6_000 })),
        ("team-2", fleet(3, Story::Overload { from_s: 3_000, until_s: 4_500 })),
        ("team-3", fleet(4, Story::Window { from_s: 1_000, until_s: 7_000 })),
    ]
}

/// Writes each machine's own log, and on one of them a saved reading of a used-up window.
fn write_logs(to: &Path) {
    for (n, (team, rows)) in pools().iter().enumerate() {
        for machine in 0..MACHINES_OF_A_POOL {
            let name = format!("host-{:03}", n * MACHINES_OF_A_POOL + machine);
            let own = rows.iter().filter(|r| r.agent == machine);
            let line = |r: &Row| r.line(0).replace("\"s1\"", &format!("\"{name}\"")).replace("team-1", team);
            fs::create_dir_all(to.join(&name)).unwrap();
            fs::write(to.join(&name).join("requests.jsonl"), text(own.map(line))).unwrap();
        }
    }
    let reading = QuotaState { at_s: 3_000, remaining: 0, resets_s: 6_000 };
    fs::write(to.join("host-057/usage.jsonl"), text([reading.line(0)])).unwrap();
}

fn episodes(report: &Value) -> Vec<Value> {
    let times_of = |e: &Value| {
        let verdict = ["cause", "window_minutes", "confidence"].map(|k| e["verdict"][k].clone());
        let counts = ["pool", "first_refusal", "last_refusal", "attempts", "refused"].map(|k| e[k].clone());
        Value::Array([counts.to_vec(), verdict.to_vec()].concat())
    };
    report["episodes"].as_array().unwrap().iter().filter(|e| e["kind"] == "refused").map(times_of).collect()
}

#[test]
fn two_hundred_machines_judged_by_pool_give_the_rows_of_one_run() {
    if Command::new("python3").arg("--version").output().is_err() {
        return;
    }
    let folder = Folder::new();
    let (logs, bucket) = (folder.path().join("logs"), folder.path().join("bucket"));
    write_logs(&logs);
    let mut machines: Vec<_> = fs::read_dir(&logs).unwrap().map(|e| e.unwrap().file_name()).collect();
    machines.sort();
    assert_eq!(machines.len(), 200);
    fs::create_dir_all(bucket.join("day=2026-03-03")).unwrap();
    for machine in &machines {
        let to = bucket.join("day=2026-03-03").join(machine).with_extension("jsonl");
        // As `why429 timeline` does it, without a process for each.
        let timeline = analysis(&[logs.join(machine)]).timeline;
        why429::timeline::export(&timeline, &to, &|_, text| text.to_owned()).unwrap();
    }
    let mut script = Command::new("python3");
    script.arg(root().join("docs/fleet")).arg(&bucket).env("WHY429", env!("CARGO_BIN_EXE_why429"));
    let output = script.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let rows = String::from_utf8(output.stdout).unwrap();
    let rows: Vec<Value> = rows.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let actual: Vec<Value> = rows
        .iter()
        .map(|r| serde_json::json!({"episodes": [{"kind": "refused", "verdict": r, "pool": r["pool"],
            "first_refusal": r["first_refusal"], "last_refusal": r["last_refusal"], "attempts": r["attempts"], "refused": r["refused"]}]}))
        .flat_map(|r| episodes(&r))
        .collect();
    let report = why429(&[arg(&logs), "--format", "json"]).has_code(0).stdout;
    let whole = episodes(&serde_json::from_str(&report).unwrap());
    assert_eq!(actual, whole);
    // All three stories are there, and the machine with the snapshot decides for the 49 others of its pool.
    for cause in ["concurrency_cap", "token_window", "overload"] {
        assert!(rows.iter().any(|r| r["cause"] == cause), "{cause}: {rows:#?}");
    }
    let sure = |pool: &str| {
        let row = rows.iter().find(|r| r["pool"].as_str().unwrap().contains(pool)).unwrap();
        row["confidence"].as_str().or(row["confidence"].as_str()).unwrap().to_owned()
    };
    assert_ne!(sure("team-1"), sure("team-3"), "{rows:#?}");
}
