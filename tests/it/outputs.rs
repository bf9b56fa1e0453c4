//! What is written: inputs are never overwritten, a file is complete or what it was, and nothing raw reaches a terminal.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::{Folder, arg, files_below, fixture, why429};

const LINE: &str = r#"{"start":"2026-03-03T16:00:00Z","end":"2026-03-03T16:00:03Z","status":429,"provider":"kimi-code","account":"a","model":"m","session":"s"}"#;

fn log() -> String {
    (0..40).map(|n| LINE.replace("16:00", &format!("16:{n:02}")) + "\n").collect()
}

/// Runs the program in a folder, with files no larger than so many blocks of 512 bytes: as on a disk that is full.
fn run_in(folder: &Path, blocks: Option<u32>, arguments: &[&str]) -> (i32, String) {
    let limit = blocks.map(|b| format!("trap '' XFSZ; ulimit -f {b}; ")).unwrap_or_default();
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("{limit}exec \"$0\" \"$@\"")]).arg(assert_cmd::cargo::cargo_bin("why429"));
    shell.args(arguments).current_dir(folder).env_clear().env("PATH", "/usr/bin:/bin").env("TZ", "UTC");
    let output = shell.output().unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// A folder with one log under many names.
#[cfg(unix)]
fn many_names() -> Folder {
    let folder = Folder::new();
    folder.write("in.jsonl", log());
    folder.write("w/in.jsonl", log());
    folder.write("w/expected.json", r#"{"episodes":[]}"#);
    folder.write("pages/w.html", log());
    let at = |name: &str| folder.path().join(name);
    fs::hard_link(at("in.jsonl"), at("hard.jsonl")).unwrap();
    std::os::unix::fs::symlink("w/in.jsonl", at("soft.jsonl")).unwrap();
    folder
}

#[test]
#[cfg(unix)]
fn an_output_that_is_an_input_is_refused() {
    for arguments in [
        &["timeline", "in.jsonl", "-o", "in.jsonl"][..],
        &["w", "--format", "json", "-o", "w/in.jsonl"],
        &["in.jsonl", "--format", "json", "-o", "hard.jsonl"],
        &["timeline", "w", "-o", "soft.jsonl"],
        &["soft.jsonl", "--format", "timesketch", "-o", "w/in.jsonl"],
        &["check", "w", "--junit", "w/in.jsonl"],
        &["check", "w", "--junit", "w/expected.json"],
        &["check", ".", "--html", "pages"],
        &["w", "--format", "html", "-o", "./w/../w/in.jsonl"],
        &["w/in.jsonl", "w/in.jsonl", "--format", "markdown", "-o", "soft.jsonl"],
    ] {
        let folder = many_names();
        let before: Vec<Vec<u8>> = files_below(&folder.path()).iter().map(|f| fs::read(f).unwrap()).collect();
        let (code, stderr) = run_in(&folder.path(), None, arguments);
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
        assert!(stderr.contains("would overwrite the input"), "{stderr}");
        let after: Vec<Vec<u8>> = files_below(&folder.path()).iter().map(|f| fs::read(f).unwrap()).collect();
        assert!(before == after, "{arguments:?}");
    }
}

#[test]
#[cfg(unix)]
fn standard_input_and_output_count_too() {
    let folder = many_names();
    let shell = |script: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).arg(assert_cmd::cargo::cargo_bin("why429")).current_dir(folder.path());
        let output = shell.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for script in [
        "\"$0\" - --format json -o in.jsonl < in.jsonl",
        "\"$0\" --format json -o hard.jsonl < in.jsonl",
        "\"$0\" w --format json >> w/in.jsonl",
    ] {
        let (code, stderr) = shell(script);
        assert_eq!(code, Some(2), "{script}: {stderr}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("w/in.jsonl")).unwrap(), log());
    assert_eq!(fs::read_to_string(folder.path().join("in.jsonl")).unwrap(), log());
    assert_eq!(shell("\"$0\" in.jsonl --format json -o /dev/stdout | grep -q why429.report").0, Some(0));
}

#[test]
#[cfg(unix)]
fn a_full_disk_leaves_every_old_output() {
    for (name, arguments) in [
        ("out.html", &["in.jsonl", "--format", "html", "-o", "out.html"][..]),
        ("out.json", &["in.jsonl", "--format", "json", "-o", "out.json"]),
        ("out.jsonl", &["in.jsonl", "--format", "timesketch", "-o", "out.jsonl"]),
        ("out.csv", &["timeline", "in.jsonl", "-o", "out.csv"]),
        ("out.parquet", &["timeline", "in.jsonl", "-o", "out.parquet"]),
        ("w/expected.json", &["check", ".", "--update"]),
    ] {
        let folder = many_names();
        let old = format!("{{\"episodes\":[]}}{}", " ".repeat(2000));
        let path = folder.write(name, &old);
        let count = files_below(&folder.path()).len();
        let (code, stderr) = run_in(&folder.path(), Some(0), arguments);
        assert!([1, 4].contains(&code), "{arguments:?}: {code} {stderr}");
        assert_eq!(fs::read_to_string(path).unwrap(), old, "{name}");
        assert_eq!(files_below(&folder.path()).len(), count, "nothing is left beside {name}");
    }
}

#[test]
#[cfg(unix)]
fn what_was_typed_reaches_a_terminal_as_text() {
    let folder = Folder::new();
    folder.write("in.jsonl", log());
    let hostile = "429 \u{1b}]52;c;QQ==\u{7}\u{202e}";
    for arguments in [
        vec!["in.jsonl", "--tz", hostile],
        vec!["in.jsonl", "--format", hostile],
        vec!["in.jsonl", "--since", hostile],
        vec!["in.jsonl", "--fail-on", hostile],
        vec!["in.jsonl", "--config", hostile],
        vec!["in.jsonl", "-o", "no\u{1b}/x"],
        vec!["timeline", "in.jsonl", "-o", hostile],
        vec!["diff", hostile, hostile],
        vec!["man", hostile],
        vec![hostile],
    ] {
        let (code, stderr) = run_in(&folder.path(), None, &arguments);
        assert_ne!(code, 0, "{arguments:?}");
        assert!(!stderr.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{arguments:?}: {stderr:?}");
        // Some messages drop the sequence whole, others show it.
        assert!(stderr.contains("u{202e}") || stderr.contains("x1b"), "{arguments:?}: {stderr}");
    }
    // A text that is no cause, no status and known to nobody is looked up, and shown as text.
    let explained = crate::support::why429(&["explain", hostile]);
    let shown = format!("{}{}", explained.stdout, explained.stderr);
    assert!(!shown.is_empty() && !shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown:?}");
    // A configuration of the current folder, that somebody packed with the logs.
    folder.write("why429.toml", "format = \"\\u001b]52;c;QQ==\\u0007\"\n");
    let (code, stderr) = run_in(&folder.path(), None, &["in.jsonl"]);
    assert!(code == 2 && !stderr.contains('\u{1b}') && stderr.contains("why429.toml:1"), "{stderr:?}");
}

#[test]
fn an_empty_label_is_a_usage_error() {
    for option in ["--account", "--provider"] {
        for label in ["", " ", "\u{200b}", "\u{3164}"] {
            let ended = why429(&[arg(&fixture("cap1-slow")), option, label]).has_code(2);
            assert!(ended.stderr.contains("not an empty one"), "{}", ended.stderr);
        }
    }
}

#[test]
#[cfg(unix)]
fn a_help_that_could_not_be_written_is_a_failure() {
    let full = Path::new("/dev/full");
    if !full.exists() {
        return;
    }
    for arguments in [&["--help"][..], &["--version"], &["man"], &["formats"]] {
        let out = fs::OpenOptions::new().write(true).open(full).unwrap();
        let status = Command::new(assert_cmd::cargo::cargo_bin("why429")).args(arguments).stdout(out).output().unwrap();
        assert_eq!(status.status.code(), Some(1), "{arguments:?}");
    }
}

/// A FIFO where settings are looked for would wait for a writer without end.
#[test]
#[cfg(unix)]
fn a_fifo_in_place_of_settings_is_passed_over() {
    let folder = Folder::new();
    for settings in [".codex/config.json", ".claude/settings.json", ".gemini/settings.json", ".qwen/settings.json"] {
        let path = folder.path().join(settings);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    }
    folder.write(".kimi/logs/a.jsonl", log());
    let mut command = assert_cmd::Command::cargo_bin("why429").unwrap();
    command.env_clear().env("HOME", folder.path()).args(["--home", "-q"]).timeout(std::time::Duration::from_secs(20));
    assert!(command.output().unwrap().status.code().is_some(), "it hung");
}

/// What is sent is the same whenever it is made: an outage that still runs is counted to the end of its log.
#[test]
fn the_clock_changes_nothing_that_is_shared() {
    let folder = Folder::new();
    let input = folder.write("in.jsonl", log());
    let shared = |name: &str| {
        let pack = folder.path().join(name);
        let html = folder.path().join(format!("{name}.html"));
        why429(&[arg(&input), "--ticket", arg(&pack), "--format", "html", "-o", arg(&html)]).has_code(0);
        let markdown = why429(&[arg(&input), "--format", "markdown"]).has_code(0).stdout;
        let files = files_below(&pack);
        assert_eq!(files.len(), 6);
        (files.iter().map(|f| fs::read(f).unwrap()).collect::<Vec<_>>(), fs::read(html).unwrap(), markdown)
    };
    let first = shared("a");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    assert!(first == shared("b"));
    let terminal = |now: &str| why429(&[arg(&input), "--now", now]).has_code(0).stdout;
    assert_ne!(terminal("2026-03-03T16:41:00Z"), terminal("2026-03-04T16:41:00Z"), "this outage still runs");
}

/// A pack is swapped in one step, and what an ended run left is in nobody's way.
#[test]
#[cfg(unix)]
fn what_a_killed_run_left_beside_a_pack_is_harmless() {
    let folder = Folder::new();
    let input = folder.write("in.jsonl", log());
    let pack = folder.path().join("pack");
    for process in 1..200 {
        fs::create_dir(folder.path().join(format!(".pack.new-{process}"))).unwrap();
    }
    for more in [&["-q"][..], &["-q", "--force"]] {
        why429(&[&[arg(&input), "--ticket", arg(&pack)], more].concat()).has_code(0);
        assert_eq!(files_below(&pack).len(), 6);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 199 + 2, "nothing new is left");
    use std::os::unix::fs::PermissionsExt;
    let mode = |p: &Path| fs::metadata(p).unwrap().permissions().mode() & 0o777;
    fs::create_dir(folder.path().join("plain")).unwrap();
    assert_eq!(mode(&pack), mode(&folder.path().join("plain")), "as the umask says");
}
