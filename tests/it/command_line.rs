//! The program from outside: help, usage errors, exit codes. Nothing here reads a log.

// Clippy's exception for tests does not reach the functions that tests share.
#![allow(clippy::unwrap_used)]

use assert_cmd::Command;
use assert_cmd::assert::Assert;

/// Runs the program in a scrubbed environment, with empty standard input.
fn why429(arguments: &[&str]) -> Assert {
    let mut command = Command::cargo_bin("why429").unwrap();
    command.env_clear().env("COLUMNS", "100").args(arguments).write_stdin("");
    command.assert()
}

fn stderr(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

/// A usage error: exit 2, nothing on standard output, and the message has this in it.
fn is_usage_error(arguments: &[&str], expected: &str) {
    let assert = why429(arguments).code(2).stdout("");
    assert!(stderr(&assert).contains(expected), "{arguments:?}: {}", stderr(&assert));
}

#[test]
fn help_lists_what_works_and_only_that() {
    let help = stdout(&why429(&["--help"]).success());
    for works in [
        "analyze",
        "check",
        "explain",
        "formats",
        "timeline",
        "diff",
        "completions",
        "man",
        "--home",
        "--config",
        "--ticket",
        "--no-redact",
        "jsonl",
        "timesketch",
        "--fail-on",
        "--min-probability",
        "Exit codes",
    ] {
        assert!(help.contains(works), "{works} is missing");
    }
}

#[test]
fn nothing_to_read_is_a_usage_error_that_says_what_to_give() {
    is_usage_error(&[], "why429 ~/.kimi");
    is_usage_error(&["timeline", "-o", "x.csv"], "nothing to read");
}

#[test]
fn a_wrong_option_is_reported_with_the_nearest_right_one() {
    is_usage_error(&["logs", "--fail-no", "billing"], "--fail-on");
    is_usage_error(&["logs", "--format", "markdwon"], "markdown");
    is_usage_error(&["logs", "--fail-on", "token_windw"], "token_window");
    is_usage_error(&["explain", "concurency_cap"], "concurrency_cap");
    is_usage_error(&["chekc"], "'check'");
}

#[test]
fn wrong_values_are_reported_with_what_would_be_understood() {
    is_usage_error(&["logs", "--since", "soon"], "RFC 3339");
    is_usage_error(&["logs", "--now", "2026-13-01"], "--now");
    is_usage_error(&["logs", "--tz", "Nowhere/Town"], "Europe/Vienna");
    is_usage_error(&["logs", "--min-probability", "60"], "from 0 to 1");
    is_usage_error(&["logs", "-q", "-v"], "cannot be used with");
    is_usage_error(&["logs", "--since", "1h", "--until", "2h"], "--until is before --since");
    is_usage_error(&["timeline", "logs", "-o", "attempts.xlsx"], ".parquet, .csv or .jsonl");
    is_usage_error(&["explain"], "--message");
    is_usage_error(&["explain", "idle", "--message", "x"], "cannot be used with");
}

#[test]
fn an_input_is_never_overwritten_by_the_report() {
    let dir = tempfile::tempdir().unwrap();
    let log = dir.path().join("kimi.log");
    std::fs::write(&log, "x").unwrap();
    let path = log.to_str().unwrap();
    is_usage_error(&[path, "-o", path], "would overwrite the input");
    assert_eq!(std::fs::read_to_string(&log).unwrap(), "x");
}

#[test]
fn check_tells_a_missing_folder_from_an_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    let empty = why429(&["check", dir.path().to_str().unwrap()]).code(3);
    assert!(stderr(&empty).contains("no folder with an expected.json"));
    let missing = why429(&["check", dir.path().join("none").to_str().unwrap()]).code(1);
    assert!(stderr(&missing).starts_with("why429: "));
}

#[test]
fn a_broken_expectation_is_reported_and_loads_as_junit() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("broken")).unwrap();
    std::fs::write(dir.path().join("broken/expected.json"), r#"{"episods":[]}"#).unwrap();
    let junit = dir.path().join("junit.xml");
    let run = why429(&["check", dir.path().to_str().unwrap(), "--junit", junit.to_str().unwrap()]).code(1);
    assert!(stdout(&run).contains("error    broken"), "{}", stdout(&run));
    assert!(std::fs::read_to_string(junit).unwrap().contains("errors=\"1\""));
}

#[test]
fn explain_and_version_succeed() {
    why429(&["explain", "token_window"]).success();
    why429(&["--version"]).success().stdout(format!("why429 {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_why429"))
        .args(["explain", "token_window"])
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success());
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}

#[test]
fn a_shell_completes_with_the_script() {
    let script = stdout(&why429(&["completions", "bash"]).success());
    let Ok(bash) = std::process::Command::new("bash").arg("--version").output() else { return };
    assert!(bash.status.success());
    for (typed, meant) in [("--fail", "--fail-on"), ("expl", "explain"), ("--tick", "--ticket")] {
        let ask = format!(
            "{script}\nCOMP_WORDS=(why429 {typed}); COMP_CWORD=1; _why429 why429 {typed} why429; echo \"${{COMPREPLY[*]}}\""
        );
        let actual = std::process::Command::new("bash").args(["--norc", "-c", &ask]).output().unwrap();
        assert_eq!(String::from_utf8(actual.stdout).unwrap().trim(), meant, "{:?}", actual.stderr);
    }
    is_usage_error(&["completions", "bas"], "'bash'");
}

#[test]
fn every_command_has_a_manual_page() {
    let whole = stdout(&why429(&["man"]).success());
    assert!(whole.starts_with(".ie") && whole.contains(".TH why429 1") && whole.contains("fail"), "{whole}");
    for command in ["analyze", "check", "explain", "formats", "timeline", "diff", "completions", "man"] {
        let page = stdout(&why429(&["man", command]).success());
        assert!(page.contains(&format!(".TH why429-{command} 1")), "{page}");
    }
    is_usage_error(&["man", "chekc"], "did you mean 'check'");
}

/// What a run says on standard error.
fn said(arguments: &[&str], code: i32) -> String {
    stderr(&why429(arguments).code(code))
}

#[test]
fn errors_say_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let (here, none) = (dir.path().to_str().unwrap(), dir.path().join("none"));
    let none = none.to_str().unwrap();
    is_usage_error(&["explian", "token_window"], "did you mean the command 'explain'?");
    is_usage_error(&["logs", "--tz", "Europe/Viena"], "did you mean 'Europe/Vienna'?");
    let missing = said(&[none], 1);
    assert!(missing.contains("not found") && missing.contains("`why429 formats` tells where logs live"), "{missing}");
    assert!(!missing.contains("Looked at"), "there was nothing to look at: {missing}");
    assert!(said(&["check", here], 3).contains("--update fills it in"));
    assert!(said(&["check", none], 1).contains("docs/ci.md"));
    assert!(said(&["diff", none, none], 1).contains("--format json"));
    let log = dir.path().join("x.jsonl");
    std::fs::write(&log, "{\"start\":\"2026-03-03T16:19:00Z\",\"status\":200}\n").unwrap();
    for format in ["json", "timesketch"] {
        let unwritten = said(&[log.to_str().unwrap(), "--format", format, "-o", &format!("{none}/a/x.json")], 1);
        assert!(unwritten.contains(&format!("make the folder '{none}/a' first")), "{unwritten}");
    }
}
