//! `why429 hook` from outside: what it leaves in the ledger, what `--home` makes of it, and that nothing makes it fail.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::support::{Folder, fixture};

const LEDGER: &str = ".local/state/why429/ledger.jsonl";

fn program(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_why429"));
    command.env_clear().env("HOME", home).env("TZ", "UTC").current_dir(home);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn hook(home: &Path, arguments: &[&str], event: &[u8]) -> Output {
    let mut child = program(home).arg("hook").args(arguments).spawn().unwrap();
    // A hook that is done need not have read everything.
    let _ = child.stdin.take().unwrap().write_all(event);
    child.wait_with_output().unwrap()
}

/// It ended well and said nothing that a client could take for an answer.
fn is_silent(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
}

fn lines(home: &Path) -> Vec<Value> {
    let text = fs::read_to_string(home.join(LEDGER)).unwrap_or_default();
    text.lines().map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}"))).collect()
}

fn stop() -> Vec<u8> {
    json!({"session_id": "s1", "transcript_path": "/t.jsonl", "cwd": "/p", "hook_event_name": "StopFailure", "error": "rate_limit",
        "error_details": "429 Too Many Requests", "last_assistant_message": "API Error: Rate limit reached"})
    .to_string()
    .into_bytes()
}

/// The verdict of the recorded hour by `--home`, and the formats that were read.
fn verdict(home: &Path) -> (String, u64, Vec<String>) {
    let output = program(home).args(["--home", "--since", "2026-03-01", "--format", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let episodes = report["episodes"].as_array().unwrap();
    assert_eq!(episodes.len(), 1, "{episodes:?}");
    let formats = report["inputs"].as_array().unwrap().iter().filter_map(|i| i["format"].as_str().map(str::to_owned));
    let verdict = &episodes[0]["verdict"];
    let confidence = verdict["confidence"].as_str().or(verdict["confidence"].as_str()).unwrap();
    (confidence.to_owned(), verdict["window_minutes"].as_u64().unwrap(), formats.collect())
}

#[test]
fn a_ledger_makes_a_compatible_window_a_confirmed_one() {
    let folder = Folder::new();
    let home = folder.path();
    folder.copy(&fixture("thread-hour-no-snapshot/kimi-code"), ".kimi-code");
    assert_eq!(verdict(&home).0, "compatible");
    let reply = fs::read(fixture("thread-hour-snapshot/usage/usages-during.txt")).unwrap();
    is_silent(&hook(&home, &[], &reply));
    let (confidence, minutes, formats) = verdict(&home);
    assert_eq!((confidence.as_str(), minutes), ("confirmed", 300));
    assert!(formats.contains(&"why429-ledger".to_owned()), "{formats:?}");
}

/// A session of Claude Code whose last request was refused, by its transcript, at this time.
fn transcript(at: &str) -> String {
    let line = |uuid: &str, at: &str, rest: Value| {
        let mut line = json!({"parentUuid": null, "isSidechain": false, "userType": "external", "cwd": "/p", "sessionId": "s1",
            "version": "2.1.90", "gitBranch": "", "uuid": uuid, "timestamp": at});
        line.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        format!("{line}\n")
    };
    let usage = json!({"input_tokens": 1, "output_tokens": 1});
    line("u1", "2026-03-03T16:00:00.000Z", json!({"type": "user", "message": {"role": "user", "content": "x"}}))
        + &line(
            "u2",
            "2026-03-03T16:00:02.000Z",
            json!({"type": "assistant", "requestId": "r1",
            "message": {"id": "m1", "role": "assistant", "model": "m", "content": [], "usage": usage}}),
        )
        + &line(
            "u3",
            at,
            json!({"type": "assistant", "isApiErrorMessage": true, "error": "rate_limit",
            "message": {"id": "m2", "role": "assistant", "model": "<synthetic>", "usage": usage,
                "content": [{"type": "text", "text": "API Error: Rate limit reached"}]}}),
        )
}

#[test]
fn a_stop_and_the_client_s_own_row_of_it_are_one_attempt() {
    let folder = Folder::new();
    let home = folder.path();
    is_silent(&hook(&home, &[], &stop()));
    let written = lines(&home);
    assert_eq!(
        (written.len(), written[0]["kind"].as_str(), written[0]["status"].as_u64()),
        (1, Some("stop"), Some(429))
    );
    let refused = || {
        let output = program(&home).args(["--home", "--since", "2026-01-01", "--format", "json"]).output().unwrap();
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["coverage"]["refused"].as_u64().unwrap()
    };
    assert_eq!(refused(), 1, "the ledger alone");
    folder.write(".claude/projects/p/s1.jsonl", transcript(written[0]["at"].as_str().unwrap()));
    assert_eq!(refused(), 1, "the transcript has the same failure");
    folder.write(".claude/projects/p/s1.jsonl", transcript("2026-03-03T16:10:00.000Z"));
    assert_eq!(refused(), 2, "another failure");
}

#[test]
fn a_status_line_gets_one_line_of_text() {
    let folder = Folder::new();
    let event = json!({"session_id": "s1", "model": {"id": "m"}, "rate_limits": {
        "five_hour": {"used_percentage": 42, "resets_at": 4_000_000_000u64 - 300_000_000}}});
    let output = hook(&folder.path(), &[], event.to_string().as_bytes());
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("5-hour 42 % used, resets ") && text.lines().count() == 1, "{text}");
    assert_eq!((output.status.code(), lines(&folder.path()).len()), (Some(0), 1));
    hook(&folder.path(), &[], event.to_string().as_bytes());
    assert_eq!(lines(&folder.path()).len(), 1, "drawn again: nothing new");
}

#[cfg(unix)]
#[test]
fn the_ledger_is_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    is_silent(&hook(&folder.path(), &[], &stop()));
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let ledger = folder.path().join(LEDGER);
    assert_eq!((mode(ledger.clone()), mode(ledger.parent().unwrap().to_owned())), (0o600, 0o700));
}

#[test]
fn twenty_at_once_lose_nothing() {
    let folder = Folder::new();
    let children: Vec<_> = (0..20).map(|_| program(&folder.path()).arg("hook").spawn().unwrap()).collect();
    for mut child in children {
        child.stdin.take().unwrap().write_all(&stop()).unwrap();
        is_silent(&child.wait_with_output().unwrap());
    }
    assert_eq!(lines(&folder.path()).len(), 20);
}

#[test]
fn garbage_and_bad_usage_end_with_0_and_leave_nothing() {
    let folder = Folder::new();
    for event in [&b""[..], b"\0\0\0", b"{", b"not JSON", b"[1,2]", &vec![b'['; 3 << 20], &vec![b'y'; 5 << 20]] {
        is_silent(&hook(&folder.path(), &[], event));
    }
    assert!(lines(&folder.path()).is_empty());
    let wrong = hook(&folder.path(), &["--no-such-option"], &stop());
    assert!(wrong.status.code() == Some(0) && wrong.stdout.is_empty() && !wrong.stderr.is_empty(), "{wrong:?}");
    let actual = hook(&folder.path(), &["-v"], b"{}");
    assert!(String::from_utf8(actual.stderr).unwrap().contains("nothing written"));
}

#[test]
fn an_input_that_does_not_end_is_not_waited_for() {
    let folder = Folder::new();
    let mut child = program(&folder.path()).arg("hook").spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&stop()).unwrap();
    let began = Instant::now();
    is_silent(&child.wait_with_output().unwrap());
    drop(stdin);
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    assert_eq!(lines(&folder.path()).len(), 1, "what had come was a whole event");
}

/// Runs the hook in a shell that did something first.
#[cfg(unix)]
fn after(home: &Path, first: &str) -> Output {
    let script = format!("{first}\nexec \"$0\" hook -v");
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &script, env!("CARGO_BIN_EXE_why429")]).env_clear().env("HOME", home);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(&stop());
    child.wait_with_output().unwrap()
}

#[cfg(unix)]
#[test]
fn a_full_disk_leaves_the_ledger_as_it_was() {
    let folder = Folder::new();
    is_silent(&hook(&folder.path(), &[], &stop()));
    let before = fs::read(folder.path().join(LEDGER)).unwrap();
    // A file may have no more than one block of 512 bytes: of the third line only the begin fits.
    let full = |n: u32| after(&folder.path(), &format!("trap '' XFSZ; ulimit -f {n}"));
    let output = full(0);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(0) && output.stdout.is_empty() && said.contains("nothing written"), "{said}");
    assert_eq!(fs::read(folder.path().join(LEDGER)).unwrap(), before);
    for _ in 0..4 {
        assert_eq!(full(1).status.code(), Some(0));
    }
    let actual = lines(&folder.path()).len();
    assert!((1..5).contains(&actual), "{actual} whole lines, and no torn one");
}

#[cfg(unix)]
#[test]
fn a_home_that_cannot_be_written_is_no_failure() {
    let folder = Folder::new();
    // A file in the place of the folder stops even root.
    folder.write(".local/state", "a file");
    let output = after(&folder.path(), "");
    assert!(output.status.code() == Some(0) && output.stdout.is_empty(), "{output:?}");
    assert!(String::from_utf8(output.stderr).unwrap().contains(".local/state"));
    let odd = Folder::new();
    fs::create_dir_all(odd.path().join(LEDGER)).unwrap();
    is_silent(&hook(&odd.path(), &[], &stop()));
    let mut homeless = Command::new(env!("CARGO_BIN_EXE_why429"));
    homeless.arg("hook").env_clear().stdin(Stdio::null());
    is_silent(&homeless.output().unwrap());
    // A reader that went away.
    let output = after(&folder.path(), "exec 1>&-");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_torn_end_is_closed_and_an_old_ledger_is_cut() {
    let folder = Folder::new();
    let line = |year: u32| {
        format!(
            "{{\"schema\":\"why429.ledger/v1\",\"kind\":\"stop\",\"at\":\"{year}-01-01T00:00:00Z\",\"client\":\"c\"}}\n"
        )
    };
    folder.write(LEDGER, format!("{}{}{{\"schema\":\"torn", line(2020), line(2089)));
    is_silent(&hook(&folder.path(), &[], &stop()));
    let at: Vec<String> = lines(&folder.path()).iter().map(|l| l["at"].as_str().unwrap()[..4].to_owned()).collect();
    assert_eq!((at.len(), at[0].as_str()), (2, "2089"), "the old line and the torn one are gone: {at:?}");
}
