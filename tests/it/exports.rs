//! `timeline`: the attempts as a table, a row each, in all three forms.

use std::fs::{self, File};
use std::path::Path;

use polars::prelude::{ParquetReader, SerReader};
use serde_json::Value;

use crate::fleet::{Fleet, Story, log};
use crate::support::{Folder, analyse, arg, fixture, why429};

fn export(input: &Path, to: &Path) {
    let run = why429(&["timeline", arg(input), "-o", arg(to)]).has_code(0);
    assert_eq!(run.stdout, "");
}

/// Records of a CSV file (RFC 4180), the head first.
fn records(csv: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = csv.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => record.push(std::mem::take(&mut field)),
            '\n' if !quoted => {
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            c => field.push(c),
        }
    }
    assert!(!quoted && field.is_empty() && record.is_empty(), "the last record is cut");
    records
}

#[test]
fn every_form_has_a_row_for_each_attempt_and_snapshot() {
    let to = Folder::new();
    for name in ["cap3-kimi-code", "cap3-kimi-cli", "two-accounts", "broken-folder", "mixed-errors-kimi-code"] {
        let coverage = analyse(&[fixture(name)]).coverage;
        let attempts = (coverage.attempts + coverage.snapshots) as usize;
        let [csv, jsonl, parquet] = ["csv", "jsonl", "parquet"].map(|e| to.path().join(format!("{name}.{e}")));
        for file in [&csv, &jsonl, &parquet] {
            export(&fixture(name), file);
        }
        let records = records(&fs::read_to_string(&csv).unwrap());
        assert_eq!(records.len(), attempts + 1, "{name}");
        assert!(records.iter().all(|r| r.len() == records[0].len()), "{name}");

        let lines = fs::read_to_string(&jsonl).unwrap();
        let rows: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(rows.len(), attempts, "{name}");

        let frame = ParquetReader::new(File::open(&parquet).unwrap()).finish().unwrap();
        assert_eq!(frame.height(), attempts, "{name}");
        let columns: Vec<&str> = frame.get_column_names().into_iter().map(|n| n.as_str()).collect();
        assert_eq!(columns, records[0], "{name}");
        let refused = |outcome: &Value| outcome == "refused";
        let actual = frame.column("outcome").unwrap().str().unwrap().iter().filter(|o| *o == Some("refused")).count();
        assert_eq!(actual, rows.iter().filter(|r| refused(&r["outcome"])).count(), "{name}");
    }
}

#[test]
fn the_same_input_gives_the_same_table() {
    let to = Folder::new();
    for extension in ["csv", "jsonl", "parquet"] {
        let [one, two] = ["one", "two"].map(|n| to.path().join(format!("{n}.{extension}")));
        export(&fixture("cap3-kimi-code"), &one);
        export(&fixture("cap3-kimi-code"), &two);
        assert_eq!(fs::read(one).unwrap(), fs::read(two).unwrap(), "{extension}");
    }
}

#[test]
fn formulas_are_inert_in_a_spreadsheet_and_untouched_elsewhere() {
    let rows = Fleet { length_s: 900, ..Fleet::new(6, Story::Window { from_s: 300, until_s: 600 }) }.rows();
    let text = log(&rows)
        .replace("kimi-for-coding", "=HYPERLINK(1)")
        .replace("\"sub-1\"", "\"+1+1\"")
        .replace("We're receiving", "@SUM(A1) \\\"quoted\\\", -2\\n=3")
        .replace("\"s1\"", "\"-5\"")
        .replace("team-1", "\\t=x");
    let folder = Folder::new();
    folder.write("=cmd.jsonl", &text);
    let to = Folder::new();
    let (csv, jsonl) = (to.path().join("t.csv"), to.path().join("t.jsonl"));
    export(&folder.path(), &csv);
    export(&folder.path(), &jsonl);
    let records = records(&fs::read_to_string(csv).unwrap());
    assert_eq!(records.len(), rows.len() + 1, "a line break in a message is no new row");
    let lively = records.iter().flatten().filter(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
    assert_eq!(lively.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(records.iter().flatten().any(|cell| cell == "'=HYPERLINK(1)"));
    assert!(fs::read_to_string(jsonl).unwrap().contains("\"=HYPERLINK(1)\""));
}

/// Full-width signs are formulas to a spreadsheet, and what nobody sees may stand before one.
#[test]
fn hidden_and_full_width_signs_are_visible_and_inert_in_csv() {
    let start = |text: &str| why429::timeline::inert_cell(text).starts_with('\'');
    for formula in ["＝1+1", "＋1", "－1", "＠x", "\u{200b}=1", " =1", "\u{ad}@x", "\n=1"] {
        assert!(start(formula), "{formula:?}");
    }
    assert!(!start("1=1") && !start("限流") && !start("a@b"));
    let rows = Fleet { length_s: 900, ..Fleet::new(6, Story::Window { from_s: 300, until_s: 600 }) }.rows();
    let hidden = "\u{200b}\u{2028}\u{ad}\u{34f}\u{3164}\u{202e}";
    let folder = Folder::new();
    folder.write("a.jsonl", log(&rows).replace("We're receiving", hidden));
    let csv = Folder::new().path().join("t.csv");
    fs::create_dir_all(csv.parent().unwrap()).unwrap();
    export(&folder.path(), &csv);
    let text = fs::read_to_string(&csv).unwrap();
    assert!(!text.contains(|c: char| hidden.contains(c)) && text.contains("\\u{2028}"), "hidden signs stay");
    fs::remove_dir_all(csv.parent().unwrap()).unwrap();
}

#[test]
fn a_table_that_cannot_be_written_is_exit_1_and_nothing_to_write_exit_3() {
    let folder = Folder::new();
    let to = folder.path().join("no/such/folder/t.csv");
    why429(&["timeline", arg(&fixture("cap1-slow")), "-o", arg(&to)]).has_code(1);
    folder.write("notes.txt", "nothing\n");
    let to = folder.path().join("t.csv");
    why429(&["timeline", arg(&folder.path()), "-o", arg(&to)]).has_code(3);
    assert!(!to.exists());
}

/// The events of a folder for Timesketch, as JSON lines and as records of CSV.
fn events(input: &Path, more: &[&str]) -> (Vec<Value>, Vec<Vec<String>>) {
    let to = Folder::new();
    let csv = to.path().join("events.csv");
    let run =
        |extra: &[&str]| why429(&[&[arg(input), "--format", "timesketch", "-q"], extra, more].concat()).has_code(0);
    let lines = run(&[]).stdout;
    assert_eq!(run(&["-o", arg(&csv)]).stdout, "");
    (lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect(), records(&fs::read_to_string(csv).unwrap()))
}

#[test]
fn timesketch_gets_every_attempt_snapshot_and_turn_in_order_of_time() {
    for name in ["thread-hour-snapshot", "cap3-kimi-cli", "two-accounts", "mixed-errors-kimi-code", "idle-night"] {
        let document = analyse(&[fixture(name)]);
        let (events, _) = events(&fixture(name), &[]);
        let of = |kind: &str| events.iter().filter(|e| e["data_type"] == format!("why429:{kind}")).collect::<Vec<_>>();
        assert_eq!(of("attempt").len() as u64, document.coverage.attempts, "{name}");
        let refused = of("attempt").iter().filter(|e| e["timestamp_desc"] == "Request refused").count() as u64;
        assert_eq!(refused, document.coverage.refused, "{name}");
        assert_eq!(of("snapshot").len() as u64, document.coverage.snapshots - document.coverage.snapshots_unassigned);
        for e in &events {
            let stamp = e["datetime"].as_str().unwrap();
            let time = why429::model::Time::parse_rfc3339(stamp).unwrap();
            assert!(stamp.ends_with("+00:00") && e["timestamp"] == time.micros(), "{name}: {e}");
            assert!(["message", "timestamp_desc"].iter().all(|f| !e[*f].as_str().unwrap().is_empty()), "{name}: {e}");
        }
        assert!(events.is_sorted_by_key(|e| e["timestamp"].as_i64()), "{name}");
        // Each episode begins and ends once, and what was refused in it says so.
        for episode in &document.episodes {
            let turns: Vec<&Value> =
                of("episode").into_iter().filter(|e| e["episode"] == episode.id.as_str()).collect();
            let begins = turns.iter().filter(|e| e["message"].as_str().unwrap().ends_with(&episode.sentence)).count();
            assert_eq!(begins, 1, "{name} {}", episode.id);
            let cause = turns[0]["cause"].as_str().unwrap();
            assert!(cause.starts_with(&episode.verdict.cause) && turns.iter().all(|t| t["cause"] == cause), "{name}");
            let inside = of("attempt").iter().filter(|e| e["episode"] == episode.id.as_str()).count() as u64;
            assert!(episode.kind == "silent" || inside == episode.attempts, "{name} {}: {inside}", episode.id);
        }
    }
}

#[test]
fn timesketch_as_csv_says_the_same_as_json_lines() {
    let (events, records) = events(&fixture("thread-hour-snapshot"), &[]);
    assert_eq!(records.len(), events.len() + 1);
    assert_eq!(&records[0][..4], ["message", "datetime", "timestamp", "timestamp_desc"]);
    for (event, record) in events.iter().zip(&records[1..]) {
        for (name, cell) in records[0].iter().zip(record) {
            let expected = match &event[name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(&expected, cell, "{name} of {event}");
        }
    }
    // What was chosen by time is left out of both, and only that.
    let (some, _) = self::events(&fixture("thread-hour-snapshot"), &["--since", "2026-03-03T16:30:00Z"]);
    let is_late =
        |e: &&Value| e["datetime"].as_str().unwrap() >= "2026-03-03T16:30" || e["data_type"] == "why429:episode";
    assert_eq!(some, events.iter().filter(is_late).cloned().collect::<Vec<_>>());
    assert!(some.len() < events.len());
}

#[test]
fn hostile_texts_are_one_inert_cell_for_timesketch() {
    let rows = Fleet { length_s: 900, ..Fleet::new(6, Story::Window { from_s: 300, until_s: 600 }) }.rows();
    let text = log(&rows)
        .replace("kimi-for-coding", "=HYPERLINK(1)")
        .replace("We're receiving", "@SUM(A1) \\\"quoted\\\", \\u001b[2J\\u202e\\n=3");
    let folder = Folder::new();
    folder.write("+cmd.jsonl", &text);
    let (events, records) = events(&folder.path(), &[]);
    assert_eq!(records.len(), events.len() + 1);
    let lively = records.iter().flatten().filter(|cell| cell.starts_with(['=', '+', '-', '@', '\t', '\r']));
    assert_eq!(lively.collect::<Vec<_>>(), Vec::<&String>::new());
    assert!(records.iter().flatten().any(|cell| cell == "'=HYPERLINK(1)"));
    assert!(records.iter().flatten().all(|c| c.chars().all(|c| !c.is_control() && c != '\u{202e}')));
    assert!(events.iter().any(|e| e["model"] == "=HYPERLINK(1)"));
}

/// Attempts, snapshots and episodes of a report with their verdicts.
fn judged(document: &why429::document::Document) -> (Vec<u64>, Vec<String>) {
    let c = &document.coverage;
    let counts = vec![c.attempts, c.admitted, c.refused, c.other, c.refused_at_most, c.fidelity.observed, c.agents];
    let counts = [counts, vec![c.snapshots, c.snapshots_unassigned]].concat();
    let episodes = document.episodes.iter().map(|e| {
        let verdict = serde_json::to_value(&e.verdict).unwrap();
        format!("{} {} {:?} {:?} {verdict}", e.kind, e.pool, e.first_refusal, e.last_refusal)
    });
    (counts, episodes.collect())
}

#[test]
fn what_is_written_is_read_back_with_the_same_verdict() {
    let to = Folder::new();
    let (mut compared, mut with_snapshots) = (0, 0);
    for (n, name) in crate::support::fixtures().iter().enumerate() {
        let document = analyse(&crate::support::inputs_of(&fixture(name)));
        if document.coverage.attempts == 0 {
            continue;
        }
        let form = ["parquet", "csv", "jsonl"][n % 3];
        let file = to.path().join(format!("{name}.{form}"));
        export(&fixture(name), &file);
        assert_eq!(judged(&analyse(&[file])), judged(&document), "{name}.{form}");
        compared += 1;
        with_snapshots += u32::from(document.coverage.snapshots > 0);
    }
    assert!(compared > 35 && with_snapshots > 5, "{compared}, {with_snapshots} of them with snapshots");
}

#[test]
fn a_snapshot_is_a_row_of_its_own_in_the_usage_contract_form() {
    let to = Folder::new();
    let file = to.path().join("t.jsonl");
    export(&fixture("thread-hour-snapshot"), &file);
    let rows: Vec<Value> =
        fs::read_to_string(&file).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(rows.iter().all(|r| r["schema"] == "why429.timeline/v1"));
    let snapshots: Vec<&Value> = rows.iter().filter(|r| r["kind"] == "snapshot").collect();
    assert_eq!(snapshots.len() as u64, analyse(&[fixture("thread-hour-snapshot")]).coverage.snapshots);
    let first = snapshots[0];
    assert!(first["start_utc"].as_str().unwrap().starts_with("2026-03-03 16:40:11"), "{first}");
    assert!(first["outcome"].is_null() && first["class"].is_null() && first["end_utc"].is_null());
    let held: Value = serde_json::from_str(first["snapshot"].as_str().unwrap()).unwrap();
    assert_eq!((&held["captured_basis"], &held["concurrency_limit"]), (&Value::from("date_header"), &Value::from(30)));
    assert_eq!(held["windows"][0]["resets_at"], "2026-03-03T17:16:04.416717Z");
    let at = |r: &Value| r["start_utc"].as_str().unwrap().to_owned();
    assert!(rows.is_sorted_by_key(at), "one pool, in order of time");
}

/// Two machines whose agents have the same names: a column `host` keeps them apart.
#[test]
fn a_column_host_keeps_agents_of_one_name_apart() {
    let rows = Fleet { length_s: 900, ..Fleet::new(6, Story::Idle { from_s: 0, until_s: 1 }) }.rows();
    let folder = Folder::new();
    folder.write("a.jsonl", log(&rows));
    let one = folder.path().join("t.jsonl");
    export(&folder.path().join("a.jsonl"), &one);
    let text = fs::read_to_string(&one).unwrap();
    let named = |host: &str| text.replace("{\"schema\"", &format!("{{\"host\":\"{host}\",\"schema\""));
    let two = Folder::new();
    two.write("t.jsonl", named("a") + &named("b"));
    let agents = |path: &Path| analyse(&[path.to_owned()]).coverage.agents;
    assert_eq!(agents(&two.path()), 2 * agents(&one));
}
