//! What stands between a client and a provider: recordings against what their server received, exports as they
//! come, and the user's own folders.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use why429::document::Coverage;
use why429::model::Class;

use crate::support::{Ended, Folder, analyse, analysis, arg, fixture, root};
use crate::truth::{attempts, recording};

/// Requests to models that the server received, and those of them that it refused.
fn received(folder: &Path) -> (u64, u64) {
    let text = fs::read_to_string(folder.join("TRUTH_requests.jsonl")).unwrap();
    let acts: Vec<String> = text
        .lines()
        .map(|l| serde_json::from_str::<Value>(l).unwrap())
        .filter_map(|v| Some(v.get("act")?.as_str().unwrap().to_owned()))
        .collect();
    (acts.len() as u64, acts.iter().filter(|a| a.starts_with("h:")).count() as u64)
}

fn coverage(folder: &Path) -> Coverage {
    analyse(&[folder.to_owned()]).coverage
}

/// Every answer stands in these logs, so all are found, and each once: the server behind nginx, Caddy and mitmproxy
/// got seven requests of each, which three nginx logs and two recordings tell.
#[test]
fn what_shows_every_request_is_read_whole_and_once() {
    for (name, doubled) in [("python-sdk", 0), ("gateway", 21)] {
        let Some(folder) = recording(name) else { return };
        let (sent, refused) = received(&folder);
        let found = coverage(&folder);
        assert_eq!((found.attempts, found.refused, found.refused_at_most), (sent, refused, refused), "{name}");
        assert_eq!(found.duplicates, doubled, "{name}");
        assert_eq!(found.unanswered, 0, "{name}");
    }
}

/// A span a call, and these calls were not retried: all are found, though each might hide two more.
#[test]
fn spans_of_calls_are_read_whole() {
    let Some(folder) = recording("otlp-json") else { return };
    let (sent, refused) = received(&folder);
    let found = coverage(&folder);
    assert_eq!((found.attempts, found.refused), (sent, refused));
    assert_eq!(found.fidelity.collapsed, sent);
}

/// LiteLLM tells six of nine: of a call that failed at last only the first try. The proxy's log tells the same calls.
#[test]
fn litellm_shows_what_it_wrote_and_says_what_it_may_hide() {
    let Some(folder) = recording("litellm-proxy-1.106.2") else { return };
    let (sent, refused) = received(&folder);
    let payloads = fs::read_to_string(folder.join("standard_logging.jsonl")).unwrap();
    let failures = payloads.matches("\"status\": \"failure\", \"status_fields\"").count() as u64;
    let found = coverage(&folder);
    assert_eq!((found.attempts, found.refused), (payloads.lines().count() as u64, failures));
    assert!(found.attempts <= sent && found.refused <= refused && found.refused_at_most >= refused, "{found:?}");
    let all = attempts(&analysis(&[folder]));
    let texts: Vec<&str> = all.iter().filter(|(a, _)| a.is_refused()).map(|(_, m)| m.as_str()).collect();
    assert!(texts.iter().all(|t| t.contains("Exception - ")), "both sides are told: {texts:?}");
    assert!(all.iter().all(|(a, _)| a.class != Class::Local), "the provider spoke every time");
}

/// A log that was copied, one that was rotated in the middle of the block, and both formats beside each other.
#[test]
fn a_server_s_logs_copied_and_rotated_count_once() {
    let of = fixture("nginx-cap4").join("nginx");
    let (plain, json) = (of.join("access.log"), fs::read_to_string(of.join("access.json.log")).unwrap());
    let calls = json.lines().filter(|l| l.contains("/v1/chat/completions")).count() as u64;
    let whole = coverage(&of);
    assert_eq!((whole.attempts, whole.duplicates), (calls, calls), "the shop's requests are none");
    let folder = Folder::new();
    folder.copy(&plain, "access.log");
    folder.copy(&plain, "backup/access.log");
    let at = json[..json.len() / 2].rfind('\n').unwrap() + 1;
    folder.write("access.json.log.1", &json[..at]);
    folder.write("access.json.log", &json[at..]);
    let again = coverage(&folder.path());
    assert_eq!((again.attempts, again.refused, again.admitted), (calls, whole.refused, whole.admitted));
}

/// Exports are read as they come.
#[test]
fn exports_of_gateways_are_read_as_they_come() {
    // Format, admitted, refused. Langfuse's second failure has no status, and its class stands before its text.
    for (format, admitted, refused) in [("bifrost", 1, 1), ("helicone", 1, 1), ("langfuse", 1, 2), ("portkey", 1, 1)] {
        let document = analyse(&[root().join("tests/data/exports").join(format!("{format}.jsonl"))]);
        let input = &document.inputs[0];
        assert_eq!((input.format.as_deref(), input.problems.len()), (Some(format), 0), "{format}: {input:?}");
        let found = &document.coverage;
        assert_eq!((found.admitted, found.refused, found.other), (admitted, refused, 0), "{format}");
    }
}

/// Runs the program with these variables and no others.
fn at_home(variables: &[(&str, &str)], arguments: &[&str]) -> Ended {
    let mut command = Command::cargo_bin("why429").unwrap();
    command.env_clear().env("COLUMNS", "100").envs(variables.iter().copied()).args(arguments).write_stdin("");
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

#[test]
fn home_reads_where_the_programs_live_and_says_so() {
    let (home, moved) = (Folder::new(), Folder::new());
    home.copy(&fixture("cap3-kimi-cli").join("kimi-cli"), ".kimi");
    home.write(".codex/history.jsonl", "{\"text\":\"429\"}\n");
    home.write(".kimi/sessions/notes.txt", "nothing known");
    moved.copy(&fixture("cap3-kimi-code").join("kimi-code"), "");
    let (home, moved) = (home.path(), moved.path());
    let variables = [("HOME", arg(&home)), ("KIMI_CODE_HOME", arg(&moved)), ("TZ", "UTC")];
    let run = at_home(&variables, &["--home", "--since", "2026-01-01", "--format", "json"]).has_code(0);
    let report = run.json();
    let formats: Vec<&str> = report.inputs.iter().filter_map(|i| i.format.as_deref()).collect();
    for format in ["kimi-cli-log", "kimi-cli-wire", "kimi-code-log", "kimi-code-wire"] {
        assert!(formats.contains(&format), "{formats:?}");
    }
    assert!(report.coverage.refused > 0);
    for said in [
        "reading ~/.kimi/logs (Kimi CLI)",
        "(Kimi Code, as KIMI_CODE_HOME says)",
        "found kimi-cli-log: 1 file",
        "skipped ",
        "no folder here of Amp, Claude Code, Cline,",
        "no log or usage snapshot known here: ",
    ] {
        assert!(run.stderr.contains(said), "{said}: {}", run.stderr);
    }
    assert!(!run.stderr.contains("the last 7 days"), "--since was typed: {}", run.stderr);
    let week = at_home(&variables, &["--home"]);
    assert!(week.stderr.contains("reporting the last 7 days; --since tells otherwise"), "{}", week.stderr);
    assert!(!run.stderr.contains(arg(&home)), "the user's folder is told as ~");
    assert!(!run.stderr.contains("Codex\n"), "what is not one of its logs is no reason to read its folder");
}

#[test]
fn home_takes_stamps_without_a_zone_as_the_machine_s() {
    let home = Folder::new();
    home.copy(&fixture("local-time-kimi-log").join("kimi-cli/logs"), ".kimi/logs");
    let home = home.path();
    let run = |zone: &str, more: &[&str]| {
        let variables = [("HOME", arg(&home)), ("TZ", zone)];
        at_home(&variables, &[&["analyze", "--home", "--format", "json"], more].concat()).has_code(0).json()
    };
    let east = run("Asia/Shanghai", &["--now", "2026-05-21T00:00:00Z"]);
    assert_eq!(east.episodes[0].first_refusal.as_deref(), Some("2026-05-20T06:31:36.008Z"));
    let utc = run("UTC", &["--now", "2026-05-21T00:00:00Z"]);
    assert_eq!(utc.episodes[0].first_refusal.as_deref(), Some("2026-05-20T14:31:36.008Z"));
    let actual = run("UTC", &["--log-tz", "+08:00", "--now", "2026-05-21T00:00:00Z"]);
    assert_eq!(actual.episodes[0].first_refusal, east.episodes[0].first_refusal, "what is typed counts");
    assert_eq!((east.zone.as_str(), utc.zone.as_str()), ("UTC", "UTC"), "what people read is UTC");
    let shown = run("UTC", &["--tz", "+08:00", "--now", "2026-05-21T00:00:00Z"]);
    assert_eq!(shown.episodes, utc.episodes, "what is shown moves nothing");
    assert!(run("UTC", &["--now", "2026-06-21T00:00:00Z"]).episodes.is_empty(), "a month ago is not reported");
}

#[test]
fn a_home_without_any_agent_is_nothing_recognised() {
    let home = Folder::new();
    let home = home.path();
    let run = at_home(&[("HOME", arg(&home))], &["--home"]).has_code(3);
    assert!(run.stderr.contains("no known agent has a folder here"), "{}", run.stderr);
    at_home(&[], &["--home"]).has_code(3);
    at_home(&[("HOME", arg(&home))], &["--home", "x.log"]).has_code(1);
}
