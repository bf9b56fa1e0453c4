//! Names of files are hostile too: line ends, escapes, bytes that are no text, markup, and what looks like an option.
#![cfg(unix)]

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::process::{Command, Stdio};

use crate::fleet::{Fleet, Story, log};
use crate::support::{Folder, files_below, why429};

/// Names, each of a good log with one line that is a problem, so that it is told everywhere.
const NAMES: [&[u8]; 12] = [
    b"new\nline.jsonl",
    b"carriage\rreturn.jsonl",
    b"tab\tname.jsonl",
    b"clear\x1b[2J\x1b[H.jsonl",
    b"title\x1b]0;gone\x07.jsonl",
    b"c1\xc2\x9b31m.jsonl",
    b"bidi\xe2\x80\xaelnosj.exe",
    b"no\xfftext.jsonl",
    b"no\xfetext.jsonl",
    b"-rf",
    b"--format",
    b"<img src=x onerror=alert(1)>|`a`[b](javascript:c)&amp;\"'.jsonl",
];

fn folder() -> Folder {
    let folder = Folder::new();
    let rows = Fleet { length_s: 1_800, ..Fleet::new(2, Story::Cap { slots: 3 }) }.rows();
    for (i, name) in NAMES.iter().enumerate() {
        // Each has its share, so that each is a source of something.
        let own: Vec<_> = rows.iter().skip(i).step_by(NAMES.len()).cloned().collect();
        std::fs::write(folder.path().join(OsStr::from_bytes(name)), log(&own) + "{\"start\":\"soon\"\n{}\n").unwrap();
    }
    folder
}

#[track_caller]
fn is_harmless(text: &str, where_from: &str) {
    let stray = text.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
    assert_eq!(stray, None, "{where_from}");
}

#[test]
fn no_name_reaches_an_output_raw() {
    let folder = folder();
    for format in ["terminal", "markdown", "html", "json", "jsonl"] {
        let path = folder.path();
        let run = why429(&[path.as_os_str(), OsStr::new("-v"), OsStr::new("--format"), OsStr::new(format)]).has_code(0);
        is_harmless(&run.stdout, format);
        is_harmless(&run.stderr, format);
        // A line end in a name begins no line of its own.
        let begins = |text: &str| text.lines().any(|l| l.trim_start().starts_with("line.jsonl"));
        assert!(!begins(&run.stdout) && !begins(&run.stderr), "{format}");
        let marks_up = ["markdown", "html"].contains(&format);
        assert!(!marks_up || !run.stdout.contains("<img"), "{format}: markup of a name is text");
        assert!(run.stderr.contains("new\\nline.jsonl"), "{}", run.stderr);
    }
}

#[test]
fn every_file_is_read_and_has_a_name_of_its_own() {
    let folder = folder();
    let path = folder.path();
    let report = why429(&[path.as_os_str(), OsStr::new("--format"), OsStr::new("json")]).has_code(0).json();
    let mut names: Vec<&str> = report.inputs.iter().filter(|i| i.attempts > 0).map(|i| i.path.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), NAMES.len(), "{names:?}");
    assert_eq!(report.verdict.cause.as_deref(), Some("concurrency_cap"));
}

/// What leaves as a ticket, and the exported attempts.
#[test]
fn no_name_leaves_raw_in_a_ticket_or_an_export() {
    let folder = folder();
    let out = Folder::new();
    let ticket = out.path().join("ticket");
    why429(&[folder.path().as_os_str(), OsStr::new("--ticket"), ticket.as_os_str()]).has_code(0);
    for name in ["attempts.csv", "attempts.jsonl"] {
        why429(&[
            OsStr::new("timeline"),
            folder.path().as_os_str(),
            OsStr::new("-o"),
            out.path().join(name).as_os_str(),
        ])
        .has_code(0);
    }
    let files = files_below(&out.path());
    assert!(files.len() >= 7, "{files:?}");
    for file in files {
        is_harmless(&std::fs::read_to_string(&file).unwrap().replace("\r\n", "\n"), &file.display().to_string());
    }
}

/// As arguments: behind `--`, or with the folder before them.
#[test]
fn a_leading_dash_is_a_name_behind_the_dashes() {
    let folder = folder();
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_why429"));
        command.current_dir(folder.path()).args(arguments).env_clear().stdin(Stdio::null());
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    for arguments in [&["--format", "json", "--", "-rf", "--format"][..], &["--format", "json", "./-rf", "./--format"]]
    {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!(code, Some(0), "{stderr}");
        let report: why429::document::Document = serde_json::from_str(&stdout).unwrap();
        let names: Vec<&str> = report.inputs.iter().map(|i| i.path.as_str()).collect();
        assert_eq!(names, ["--format", "-rf"]);
    }
    let (code, _, stderr) = run(&["-rf"]);
    assert_eq!(code, Some(2));
    is_harmless(&stderr, "usage");
    // A name that cannot be a text, and one that is not there.
    let missing = OsString::from(OsStr::from_bytes(b"gone\xff\x1b[2J\n"));
    let run = why429(&[missing]).has_code(1);
    is_harmless(&run.stderr, "missing");
}
