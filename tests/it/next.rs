//! `why429 next`: when can work go on.

use std::fmt::Write;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use why429::model::Time;

use crate::support::{Ended, Folder, arg, fixture, why429, why429_with};

fn clock() -> Time {
    Time::from_secs(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()).unwrap()
}

/// Rows of one agent: seconds after an instant, status.
fn log(from: Time, rows: &[(f64, u16)], error: &str) -> String {
    let mut out = String::new();
    for (t, status) in rows {
        let at = |s: f64| from.plus(s).rfc3339();
        let error = if *status == 200 { String::new() } else { format!(r#","error_message":"{error}""#) };
        writeln!(
            out,
            r#"{{"start":"{}","end":"{}","status":{status},"provider":"kimi-code","account":"a","model":"m","session":"s"{error}}}"#,
            at(*t),
            at(t + 0.5)
        )
        .unwrap();
    }
    out
}

const NOW: &str = "2026-03-03T10:00:00Z";

fn at(now: &str, seconds: f64) -> Time {
    Time::parse_rfc3339(now).unwrap().plus(seconds)
}

/// A block of 20 refusals, a minute apart, until now.
fn blocked(error: &str) -> String {
    let rows: Vec<(f64, u16)> = (0..22).map(|n| (60.0 * f64::from(n), if n < 2 { 200 } else { 429 })).collect();
    log(at(NOW, -1_290.0), &rows, error)
}

fn next(content: &str, more: &[&str]) -> Ended {
    let folder = Folder::new();
    let path = folder.write("log.jsonl", content);
    why429(&[&["next", arg(&path)], more].concat())
}

#[test]
fn a_named_reset_blocks_until_then() {
    let text = "You've reached your 5-hour usage limit. It resets at 2026-03-03T11:30:00Z";
    let ended = next(&blocked(text), &["--now", NOW]).has_code(6);
    let words: Vec<&str> = ended.stdout.split_whitespace().collect();
    assert_eq!(words[..4], ["kimi-code", "blocked", "until", "11:30:00"], "{}", ended.stdout);
    assert!(ended.stdout.contains("(90 min)") || ended.stdout.contains("(1 h 30 min)"), "{}", ended.stdout);
    let json: Value =
        serde_json::from_str(&next(&blocked(text), &["--now", NOW, "--json"]).has_code(6).stdout).unwrap();
    let pool = &json["pools"][0];
    assert_eq!((&pool["state"], &pool["basis"]), (&"blocked".into(), &"named_reset".into()));
    assert_eq!((&pool["cause"], &pool["window_minutes"]), (&"token_window".into(), &300.into()));
    assert_eq!(pool["resume_at"]["best"], "2026-03-03T11:30:00.000Z");
    assert!(pool["probability"].as_f64().unwrap() >= 0.9);
    let past = next(&blocked(text), &["--now", "2026-03-03T11:40:00Z"]).has_code(0).stdout;
    assert!(past.contains("uncertain"), "nobody asked since: {past}");
}

#[test]
fn every_answer_validates_against_the_schema() {
    let schema = serde_json::from_str(include_str!("../../docs/schema/next-v1.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut states = std::collections::BTreeSet::new();
    let mut last = Value::Null;
    let answers = [
        ("cap-then-window", "2026-02-24T14:12:18Z"),
        ("cap-then-window", "2026-02-24T14:45:00Z"),
        ("cap-then-window", "2026-02-28T14:45:00Z"),
        ("overload-named", "2026-12-01T00:00:00Z"),
        ("two-accounts", "2026-12-01T00:00:00Z"),
        ("codex-five-hours", "2026-12-01T00:00:00Z"),
        ("hostile", "2026-12-01T00:00:00Z"),
    ];
    let of_fixtures = answers.map(|(name, now)| (fixture(name), now));
    let folder = Folder::new();
    let refused = folder.write("log.jsonl", blocked("Overloaded").replace("429", "529"));
    for (path, now) in of_fixtures.into_iter().chain([(refused.clone(), "2026-03-03T10:05:00Z"), (refused, NOW)]) {
        let ended = why429(&["next", "--format", "json", "--now", now, arg(&path)]);
        let value: Value = serde_json::from_str(&ended.stdout).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{path:?}");
        let pools = value["pools"].as_array().unwrap();
        states.extend(pools.iter().map(|p| p["state"].as_str().unwrap().to_owned()));
        let blocked = pools.iter().any(|p| p["state"] == "blocked");
        assert_eq!(ended.code, if blocked { 6 } else { 0 }, "{path:?}");
        last = if pools.is_empty() { last } else { value };
    }
    assert_eq!(states.into_iter().collect::<Vec<_>>(), ["blocked", "open", "uncertain", "unknown"]);
    last["pools"][0]["state"] = "maybe".into();
    assert!(!validator.is_valid(&last), "the schema is no rubber stamp");
}

#[test]
fn only_selected_pools_decide() {
    let text = "You've reached your 5-hour usage limit. It resets at 2026-03-03T11:30:00Z";
    let other = blocked(text).replace("kimi-code", "deepseek").replace("429", "200");
    let both = blocked(text) + &other;
    let code = |more: &[&str]| next(&both, &[&["--now", NOW], more].concat()).code;
    assert_eq!(code(&[]), 6);
    assert_eq!(code(&["--pool", "kimi-code"]), 6);
    assert_eq!(code(&["--pool", "kimi-code/a/*"]), 6);
    assert_eq!(code(&["--pool", "deepseek"]), 0);
    let none = next(&both, &["--now", NOW, "--pool", "kimi"]).has_code(0);
    assert!(none.stdout.is_empty() && none.stderr.contains("no such pool"), "{none:?}");
    let one = next(&both, &["--now", NOW, "--pool", "deepseek"]).stdout;
    assert_eq!(one.lines().count(), 1);
    assert_eq!(one.split_whitespace().nth(1), Some("open"));
}

#[test]
fn a_concurrency_cap_is_open_to_as_many_as_it_takes() {
    // Two slots: two requests of a minute each, and a third agent that is refused meanwhile.
    let mut out = String::new();
    for n in 0..30 {
        let t = 60.0 * f64::from(n);
        for (agent, start, end, status) in [
            ("a", t, t + 58.0, 200),
            ("b", t + 1.0, t + 59.0, 200),
            ("c", t + 20.0, t + 20.2, 429),
            ("c", t + 40.0, t + 40.2, 429),
        ] {
            let at = |s: f64| at(NOW, s - 1_790.0).rfc3339();
            let error = if status == 200 {
                ""
            } else {
                r#","error_message":"request reached organization max concurrency: 2""#
            };
            writeln!(out, r#"{{"start":"{}","end":"{}","status":{status},"provider":"moonshot","account":"a","model":"m","session":"{agent}"{error}}}"#, at(start), at(end)).unwrap();
        }
    }
    let ended = next(&out, &["--now", NOW, "--format", "json"]).has_code(0);
    let json: Value = serde_json::from_str(&ended.stdout).unwrap();
    let pool = &json["pools"][0];
    assert_eq!(
        (&pool["state"], &pool["start_with"], &pool["basis"]),
        (&"open".into(), &2.into(), &"cap".into()),
        "{pool}"
    );
}

#[test]
fn old_logs_say_nothing_of_now() {
    let rows: Vec<(f64, u16)> = (0..20).map(|n| (60.0 * f64::from(n), 200)).collect();
    let ended = next(&log(at(NOW, -400_000.0), &rows, ""), &["--now", NOW]).has_code(0);
    assert_eq!(ended.stdout.split_whitespace().nth(1), Some("unknown"), "{}", ended.stdout);
    let since = next(&log(at(NOW, -400_000.0), &rows, ""), &["--now", NOW, "--last", "1d"]).has_code(0);
    assert!(since.stdout.is_empty(), "{}", since.stdout);
}

#[test]
fn no_logs_are_no_error() {
    let folder = Folder::new();
    let ended = why429(&["next", arg(&folder.path())]).has_code(0);
    assert!(ended.stdout.is_empty() && !ended.stderr.is_empty(), "{ended:?}");
    let empty: Value =
        serde_json::from_str(&why429(&["next", "--json", arg(&folder.path())]).has_code(0).stdout).unwrap();
    assert_eq!(empty["pools"], Value::Array(Vec::new()));
    why429(&["next", "/no/such/folder"]).has_code(1);
    why429_with(&["next", "--wait", "-"], b"{}").has_code(2);
    why429(&["next", "--wait", "--now", NOW, "x"]).has_code(2);
}

#[test]
fn wait_ends_at_the_reset() {
    let now = clock();
    let reset = now.plus(4.0);
    let text = format!("You've reached your 5-hour usage limit. It resets at {}", reset.rfc3339());
    let rows: Vec<(f64, u16)> = (0..22).map(|n| (60.0 * f64::from(n), if n < 2 { 200 } else { 429 })).collect();
    let folder = Folder::new();
    let path = folder.write("log.jsonl", log(now.plus(-1_290.0), &rows, &text));
    let began = Instant::now();
    let ended = why429(&["next", "--wait", arg(&path)]).has_code(0);
    let took = began.elapsed();
    assert!(took < Duration::from_secs(30), "{took:?}");
    assert!(clock() >= reset, "it waited");
    assert!(
        ended.stdout.contains("uncertain") && ended.stderr.contains("blocked; reading the logs again"),
        "{ended:?}"
    );
}

#[test]
fn files_too_old_to_matter_are_not_opened() {
    let folder = Folder::new();
    let rows: Vec<(f64, u16)> = (0..20).map(|n| (60.0 * f64::from(n), 200)).collect();
    let now = clock();
    folder.write("new.jsonl", log(now.plus(-1_300.0), &rows, ""));
    // Opened, it would be a file of gigabytes; it has no bytes on the disk.
    let old = std::fs::File::create(folder.path().join("old.jsonl")).unwrap();
    old.set_len(1 << 34).unwrap();
    old.set_modified(SystemTime::now() - Duration::from_secs(40 * 86_400)).unwrap();
    drop(old);
    let began = Instant::now();
    let ended = why429(&["next", arg(&folder.path())]).has_code(0);
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(ended.stdout.lines().count(), 1, "{}", ended.stdout);
}

#[test]
fn of_a_large_file_the_end_is_enough() {
    let folder = Folder::new();
    let now = clock();
    let path = folder.path().join("large.jsonl");
    // Its begin and end are lines; between them lie gigabytes that are not on the disk, and are not read.
    let rows = |from: Time, status: u16| {
        log(from, &(0..40).map(|n| (60.0 * f64::from(n), status)).collect::<Vec<_>>(), "Overloaded")
    };
    let mut file = std::fs::File::create(&path).unwrap();
    std::io::Write::write_all(&mut file, rows(now.plus(-90_000.0), 200).as_bytes()).unwrap();
    file.set_len(1 << 33).unwrap();
    std::io::Seek::seek(&mut file, std::io::SeekFrom::End(0)).unwrap();
    std::io::Write::write_all(&mut file, format!("\n{}", rows(now.plus(-2_400.0), 529)).as_bytes()).unwrap();
    drop(file);
    let began = Instant::now();
    let ended = why429(&["next", "--json", arg(&folder.path())]);
    assert!(began.elapsed() < Duration::from_secs(40), "{:?}", began.elapsed());
    let json: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(json["pools"][0]["cause"], "overload", "{json}");
}
