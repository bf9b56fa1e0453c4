//! Bad input costs nothing but itself: what is wrong is told with file, line, reason and count, and the rest is read.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::fleet::{Fleet, Row, Story, log};
use crate::support::{Folder, analyse, arg, fixture, options, why429};

/// A small good log: three slots, half an hour.
fn good() -> Vec<Row> {
    Fleet { length_s: 1_800, ..Fleet::new(2, Story::Cap { slots: 3 }) }.rows()
}

/// A line for a good request that is odd in one way: `more` stands inside its object.
fn odd(more: &str) -> String {
    format!(r#"{{"start":"2026-03-03T08:00:00.500Z","status":200,"agent":"odd","provider":"kimi-code",{more}}}"#)
}

/// Problems of the report's first input, as `line: reason (count)`.
fn problems(content: impl AsRef<[u8]>) -> (Vec<String>, why429::document::Document) {
    let folder = Folder::new();
    let document = analyse(&[folder.write("requests.jsonl", content)]);
    let actual = document.inputs[0].problems.iter().map(|p| format!("{}: {} ({})", p.line, p.reason, p.count));
    (actual.collect(), document)
}

#[test]
fn every_problem_of_a_broken_folder_is_in_the_report_and_on_standard_error() {
    let run = why429(&[arg(&fixture("broken-folder")), "--format", "json"]).has_code(0);
    let report = run.json();
    let actual: Vec<String> = run.stderr.lines().map(str::to_owned).collect();
    let mut all = Vec::new();
    for input in &report.inputs {
        for problem in &input.problems {
            assert!(problem.count >= 1 && !problem.reason.is_empty());
            let times = if problem.count > 1 { format!(" ({} times)", problem.count) } else { String::new() };
            all.push(format!("why429: {}:{}: {}{times}", input.path, problem.line, problem.reason));
        }
    }
    assert!(all.len() >= 10, "{all:?}");
    assert_eq!(actual, all);
    let broken = ["deep.json", "deep.jsonl", "half.jsonl.gz", "odd.jsonl", "usage-20260312T1015Z.json"];
    for name in broken {
        assert!(all.iter().any(|l| l.contains(&format!("broken/{name}:"))), "{name} is not told");
    }
    let alone = analyse(&[fixture("broken-folder").join("good")]);
    assert_eq!(report.episodes.len(), 1);
    assert_eq!(report.episodes[0].verdict, alone.episodes[0].verdict);
    assert_eq!(report.coverage.refused, alone.coverage.refused);
}

#[test]
fn a_path_that_is_not_there_is_exit_1_with_the_report_of_the_rest() {
    let folder = Folder::new();
    let log = folder.write("requests.jsonl", log(&good()));
    let missing = folder.path().join("none.jsonl");
    let run = why429(&[arg(&log), arg(&missing), "--format", "json"]).has_code(1);
    assert_eq!(run.json().verdict.cause.as_deref(), Some("concurrency_cap"));
    assert!(run.stderr.contains("none.jsonl") && run.stderr.contains("not found"), "{}", run.stderr);
    why429(&[arg(&missing)]).has_code(1);
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read_is_exit_1() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    folder.write("requests.jsonl", log(&good()));
    let locked = folder.write("locked.jsonl", log(&good()));
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&locked).is_ok() {
        eprintln!("skipped: this user may read everything");
        return;
    }
    let run = why429(&[arg(&folder.path()), "--format", "json"]).has_code(1);
    assert_eq!(run.json().episodes.len(), 1);
    assert!(run.stderr.contains("locked.jsonl"), "{}", run.stderr);
}

#[test]
fn nothing_recognised_is_exit_3_with_what_was_looked_at_and_what_would_do() {
    let folder = Folder::new();
    folder.write("notes.txt", "429 Too Many Requests, says the page\n");
    folder.write("deep/page.html", "<html>rate limit</html>");
    for arguments in [vec![], vec!["--format", "json"]] {
        let path = folder.path();
        let run = why429(&[vec![arg(&path)], arguments].concat()).has_code(3);
        for expected in ["notes.txt", "deep/page.html", "kimi-cli-log", "kimi-code-wire", "canonical", "why429 formats"]
        {
            assert!(run.stderr.contains(expected), "{expected} is not told: {}", run.stderr);
        }
    }
    let empty = Folder::new();
    why429(&[arg(&empty.path())]).has_code(3);
}

#[cfg(unix)]
#[test]
fn a_fifo_is_passed_by() {
    let folder = Folder::new();
    folder.write("requests.jsonl", log(&good()));
    let fifo = folder.path().join("pipe.jsonl");
    match Command::new("mkfifo").arg(&fifo).status() {
        Ok(made) if made.success() => {}
        _ => {
            eprintln!("skipped: no mkfifo here");
            return;
        }
    }
    // `why429` fails a run that hangs.
    let run = why429(&[arg(&folder.path()), "--format", "json"]).has_code(0);
    assert_eq!(run.json().episodes.len(), 1);
    assert!(run.stderr.contains("pipe.jsonl: a FIFO"), "{}", run.stderr);
    let alone = why429(&[arg(&fifo)]).has_code(1);
    assert!(alone.stderr.contains("standard input"), "{}", alone.stderr);
}

#[test]
fn a_reader_that_went_away_is_no_error_and_no_wait() {
    for format in ["terminal", "markdown", "json"] {
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_why429"))
            .arg(fixture("cap-then-window"))
            .args(["--format", format])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let ended = child.wait_with_output().unwrap();
        assert_eq!(ended.status.code(), Some(0), "{format}");
        assert_eq!(String::from_utf8(ended.stderr).unwrap(), "", "{format}");
        assert!(begun.elapsed() < Duration::from_secs(20), "{format}");
    }
}

#[test]
fn a_closed_standard_error_is_nobody_to_tell() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_why429"))
        .arg(fixture("broken-folder"))
        .args(["--format", "json"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stderr.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert!(serde_json::from_slice::<serde_json::Value>(&ended.stdout).is_ok());
}

/// Good lines around one that is very long.
fn with_long_line(bytes: usize) {
    let rows = good();
    let half = rows.len() / 2;
    let mut text = log(&rows[..half]);
    text.push_str(r#"{"tool_result":""#);
    text.push_str(&"429 ".repeat(bytes / 4));
    text.push_str("\"}\n");
    text.push_str(&log(&rows[half..]));
    let (actual, document) = problems(&text);
    assert_eq!(document.coverage.attempts as usize, rows.len());
    assert_eq!(
        actual,
        [format!("{}: no start or end, or none of status, outcome and error_type; line ignored (1)", half + 1)]
    );
}

#[test]
fn a_line_of_thirty_megabytes_costs_itself() {
    with_long_line(30 << 20);
}

#[test]
#[ignore = "a quarter of a gigabyte"]
fn a_line_of_a_hundred_and_twenty_megabytes_costs_itself() {
    with_long_line(120 << 20);
}

#[test]
fn nesting_of_200_costs_its_line() {
    let nested = |second: u8, key: &str, depth: usize| {
        let value = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"start":"2026-03-03T08:00:0{second}.500Z","status":200,"agent":"odd","{key}":{value}}}"#) + "\n"
    };
    let rows = good();
    // Under a key that nobody asks for it costs nothing; where a field should be, that field.
    let lines = [nested(1, "x", 200), nested(2, "x", 40), nested(3, "model", 200), "[".repeat(200) + "\n"];
    let (actual, document) = problems(log(&rows) + &lines.concat() + &log(&rows[..1]));
    let first = rows.len() as u64 + 3;
    assert_eq!(document.coverage.attempts, first);
    assert_eq!(actual, [format!("{first}: model is not a text (1)"), format!("{}: not a JSON object (1)", first + 1)]);
}

#[test]
fn stamps_of_1970_and_2100_are_not_believed_and_name_their_field() {
    let rows = good();
    let first = rows.len() as u64 + 1;
    let lines = [
        r#"{"start":"1970-01-01T00:00:01Z","status":429,"agent":"odd"}"#,
        r#"{"start":"2100-01-01T00:00:00Z","status":429,"agent":"odd"}"#,
        r#"{"start":0,"status":429,"agent":"odd"}"#,
        r#"{"start":"2026-03-03T08:00:09.5Z","end":"2026-03-03T08:00:01.5Z","status":200,"agent":"odd"}"#,
    ];
    let (actual, document) = problems(log(&rows) + &lines.join("\n") + "\n");
    assert_eq!(
        actual,
        [
            format!("{first}: no believable time; line ignored (3)"),
            format!("{first}: start is outside 2015 to 2090 (3)"),
            format!("{}: end is before start; end ignored (1)", first + 3),
        ]
    );
    assert_eq!(document.coverage.attempts, first, "the last one has a start");
    assert!(document.coverage.from.as_deref() >= Some("2026-03-03T08:00:00.000Z"));
}

#[test]
fn a_negative_number_of_tokens_is_unknown_and_not_zero() {
    let lines =
        [odd(r#""input_tokens":-5,"output_tokens":7"#), odd(r#""input_tokens":"many""#), odd(r#""retry_after_s":-1"#)];
    let folder = Folder::new();
    let log = folder.write(
        "requests.jsonl",
        lines.join("\n").replace(".500Z\",\"status\":200,\"agent\":\"odd\"", ".500Z\",\"status\":200"),
    );
    let found = why429::pipeline::run(&[log], &options(), &why429::pipeline::Quiet);
    let tokens: Vec<_> = found.timeline.pools[0]
        .attempts
        .iter()
        .map(|a| (a.tokens.input.get(), a.tokens.output.get(), a.retry_after_s()))
        .collect();
    assert_eq!(tokens.len(), 3);
    assert!(tokens.iter().all(|(input, _, wait)| input.is_none() && wait.is_none()), "{tokens:?}");
    assert!(tokens.iter().any(|(_, output, _)| *output == Some(7)));
    let actual: Vec<_> = found.document.inputs[0].problems.iter().map(|p| (p.line, p.reason.as_str())).collect();
    assert!(
        actual.contains(&(1, "input_tokens is negative")) && actual.contains(&(3, "retry_after_s is negative")),
        "{actual:?}"
    );
}

#[test]
fn of_a_key_that_stands_twice_the_last_one_counts() {
    let twice = odd(r#""status":429"#);
    let (actual, document) = problems(twice + "\n");
    assert_eq!(actual, ["1: a key stands twice; the last one counts (1)"]);
    assert_eq!(document.coverage.refused, 1);
}
