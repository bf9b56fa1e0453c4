//! The command line as scripts use it: exit codes, options, and what is told where (docs/REPORT.md).

use why429::model::Cause;
use why429::{formats, snapshots};

use crate::fleet::{AMBIGUOUS, Fleet, Story, log};
use crate::support::{Folder, arg, fixture, why429};

/// Runs over a fixture, as JSON, with more options.
fn json_of(name: &str, more: &[&str]) -> crate::support::Ended {
    why429(&[&[arg(&fixture(name)), "--format", "json"], more].concat())
}

#[test]
fn fail_on_matches_a_cause_from_a_probability_on() {
    for (more, code) in [
        (vec![], 0),
        (vec!["--fail-on", "concurrency_cap"], 5),
        (vec!["--fail-on", "billing,concurrency_cap"], 5),
        (vec!["--fail-on", "billing", "--fail-on", "concurrency_cap"], 5),
        (vec!["--fail-on", "billing,token_window"], 0),
        (vec!["--fail-on", "concurrency_cap", "--min-probability", "0.9"], 5),
        (vec!["--fail-on", "concurrency_cap", "--min-probability", "1"], 0),
    ] {
        let run = json_of("cap1-slow", &more).has_code(code);
        assert_eq!(run.json().verdict.cause.as_deref(), Some("concurrency_cap"), "the report is written all the same");
    }
    // Any episode counts, not only the costliest; an open verdict is no match for either of its causes.
    json_of("cap-then-window", &["--fail-on", "concurrency_cap"]).has_code(5);
    let open =
        json_of("three-tries-then-silence", &["--min-probability", "0", "--fail-on", "token_window,rate_per_minute"]);
    assert_eq!(open.has_code(0).json().verdict.cause.as_deref(), Some("undetermined"));
    json_of("three-tries-then-silence", &["--min-probability", "0", "--fail-on", "undetermined"]).has_code(5);
    // A match outweighs a file that was not read; an output that was not written outweighs both.
    json_of("cap1-slow", &["no/such/file", "--fail-on", "concurrency_cap"]).has_code(5);
    json_of("cap1-slow", &["-o", "no/such/folder/report.json", "--fail-on", "concurrency_cap"]).has_code(1);
}

#[test]
fn since_and_until_choose_episodes_and_change_nothing_about_them() {
    let all = json_of("cap-then-window", &[]).has_code(0).json();
    assert_eq!(all.episodes.len(), 2);
    for (more, shown) in [
        (vec!["--until", "2026-02-24T14:00:00Z"], 0..1),
        (vec!["--since", "2026-02-24T15:00:00Z"], 1..2),
        (vec!["--since", "2026-02-24"], 0..2),
        (vec!["--since", "2026-02-25"], 2..2),
        (vec!["--until", "2026-02-23"], 0..0),
        (vec!["--now", "2026-02-24T15:30:00Z", "--since", "30m"], 1..2),
        (vec!["--now", "2026-02-24T15:30:00Z", "--last", "30m"], 1..2),
        (vec!["--now", "2026-02-24T15:30:00Z", "--until", "90min"], 0..1),
        (vec!["--tz", "+08:00", "--since", "2026-02-24 23:00"], 1..2),
    ] {
        let some = json_of("cap-then-window", &more).has_code(0).json();
        // What lies after a given "now" is not used, whatever is reported.
        let now = more.iter().position(|m| *m == "--now").map_or(&[][..], |i| &more[i..i + 2]);
        let all = json_of("cap-then-window", now).has_code(0).json();
        let ids = |episodes: &[why429::document::Episode]| -> Vec<_> {
            episodes.iter().map(|e| (e.id.clone(), e.incident.clone(), e.verdict.clone(), e.evidence.clone())).collect()
        };
        assert_eq!(ids(&some.episodes), ids(&all.episodes[shown]), "{more:?}");
        assert_eq!(some.coverage, all.coverage, "{more:?}: all attempts are still counted");
    }
}

#[test]
fn a_time_that_was_chosen_is_reported_with_its_zone_and_what_it_leaves_out_too() {
    let run = |more: &[&str]| {
        let now = ["--now", "2026-02-24T15:30:00Z"];
        why429(&[&[arg(&fixture("cap-then-window"))][..], &now, more].concat()).has_code(0)
    };
    for (more, expected) in [
        (vec!["--since", "2h"], "reporting episodes from 2026-02-24 13:30:00 UTC on (--since)."),
        (vec!["--since", "2h", "--tz", "Asia/Tokyo"], "from 2026-02-24 22:30:00 Asia/Tokyo on (--since)."),
        // 15:30 in UTC is half past midnight of the next day there.
        (vec!["--since", "yesterday 14:00", "--tz", "Asia/Tokyo"], "from 2026-02-24 14:00:00 Asia/Tokyo on (--since)."),
        (vec!["--until", "2026-02-24"], "up to 2026-02-24 23:59:59 UTC (--until)."),
    ] {
        let said = run(&more).stderr;
        assert!(said.contains(expected), "{more:?}: {said}");
        assert_eq!(run(&[&more[..], &["-q"]].concat()).stderr, "", "{more:?}");
    }
    assert_eq!(run(&["--since", "2026-02-24T10:00:00+08:00"]).stderr, "", "it says its zone itself");
    // Nobody is told that nothing was blocked because he asked for another day.
    let none = json_of("cap-then-window", &["--since", "2026-02-25"]).has_code(0).json();
    assert!(none.verdict.cause.is_none() && none.episodes.is_empty());
    let sentence = &none.verdict.sentence;
    assert!(sentence.starts_with("No episode lies in the time asked for; 2 episodes lie outside it"), "{sentence}");
    let one = json_of("cap-then-window", &["--until", "2026-02-24T14:00:00Z"]).has_code(0).json();
    let note = |n: &String| n.starts_with("1 episode lies outside the time asked for (--since, --until)");
    assert!(one.notes.iter().any(note), "{:?}", one.notes);
    let all = json_of("cap-then-window", &["--since", "2026-02-24"]).has_code(0).json();
    assert!(!all.notes.iter().any(|n| n.contains("outside the time")), "{:?}", all.notes);
}

#[test]
fn a_zone_moves_a_log_that_has_none_and_the_report_says_which() {
    let log = fixture("local-time-kimi-log").join("kimi-cli/logs/kimi.log");
    let read = |more: &[&str]| why429(&[&[arg(&log), "--format", "json"], more].concat()).has_code(0).json();
    let assumed = read(&[]);
    let actual = read(&["--log-tz", "+08:00"]);
    let east = read(&["--log-tz", "Asia/Shanghai"]);
    assert_eq!(assumed.episodes[0].first_refusal.as_deref(), Some("2026-05-20T14:31:36.008Z"));
    assert_eq!(actual.episodes[0].first_refusal.as_deref(), Some("2026-05-20T06:31:36.008Z"));
    assert_eq!(east.episodes[0].first_refusal, actual.episodes[0].first_refusal);
    assert_eq!(assumed.episodes[0].verdict, actual.episodes[0].verdict);

    let says = |report: &why429::document::Document, word: &str| {
        report.notes.iter().any(|n| n.contains("kimi.log") && n.contains(word))
    };
    assert!(says(&assumed, "assumed") && says(&assumed, "--log-tz"), "{:?}", assumed.notes);
    assert!(says(&actual, "+08:00") && !says(&actual, "assumed"), "{:?}", actual.notes);
    for format in ["terminal", "markdown"] {
        let page = why429(&[arg(&log), "--format", format, "-v"]).has_code(0).stdout;
        let page: String = page.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(page.contains("assumed") && page.contains("--log-tz"), "{format}: {page}");
    }
    // Beside its wires the log needs nobody to tell.
    let lined_up = json_of("local-time-kimi-log", &[]).has_code(0).json();
    assert!(!says(&lined_up, "assumed") && says(&lined_up, "+08:00"), "{:?}", lined_up.notes);
}

#[test]
fn labels_are_for_attempts_whose_log_names_none() {
    let pools = |name: &str| -> Vec<String> {
        let report = json_of(name, &["--account", "team-x", "--provider", "other"]).has_code(0).json();
        report.pools.into_iter().map(|p| p.id).collect()
    };
    assert_eq!(pools("cap1-slow"), ["kimi-code/solo/*"]);
    // A log of Kimi Code names neither; that it is its own provider's is only assumed.
    assert_eq!(pools("cap3-kimi-code"), ["other/team-x/*"]);
}

#[test]
fn an_output_file_holds_what_standard_output_would() {
    let to = Folder::new();
    for format in ["json", "markdown", "terminal"] {
        let file = to.path().join(format);
        let run = why429(&[arg(&fixture("cap1-slow")), "--format", format, "-o", arg(&file)]).has_code(0);
        assert_eq!(run.stdout, "");
        let shown = why429(&[arg(&fixture("cap1-slow")), "--format", format]).has_code(0).stdout;
        assert_eq!(std::fs::read_to_string(file).unwrap(), shown, "{format}");
    }
}

#[test]
fn a_hash_is_that_of_the_stored_bytes() {
    let folder = Folder::new();
    let rows = Fleet { length_s: 1_200, ..Fleet::new(4, Story::Cap { slots: 2 }) }.rows();
    let file = folder.write("requests.jsonl", log(&rows));
    let report = why429(&[arg(&file), "--hash", "--format", "json"]).has_code(0).json();
    let sum = std::process::Command::new("sha256sum").arg(&file).output();
    let actual = report.inputs[0].sha256.clone().unwrap();
    assert!(actual.len() == 64 && actual.bytes().all(|b| b.is_ascii_hexdigit()));
    if let Ok(sum) = sum {
        assert_eq!(String::from_utf8(sum.stdout).unwrap().split_whitespace().next(), Some(actual.as_str()));
    }
    assert_eq!(why429(&[arg(&file), "--format", "json"]).json().inputs[0].sha256, None);
}

#[test]
fn every_cause_is_explained() {
    for cause in Cause::ALL {
        let actual = why429(&["explain", cause.id()]).has_code(0).stdout;
        assert!(actual.contains(cause.id()) && actual.lines().count() > 8, "{actual}");
    }
}

#[test]
fn the_sentence_of_the_thread_names_no_limit() {
    for text in [AMBIGUOUS, "429 We're receiving too many requests at the moment. Please wait a moment and try again."]
    {
        let actual = why429(&["explain", "--message", text]).has_code(0).stdout;
        assert!(actual.starts_with("It names no limit"), "{actual}");
        assert!(actual.contains("concurrency cap") && actual.contains("token window"), "{actual}");
    }
    let named = why429(&[
        "explain",
        "--message",
        "request reached organization max concurrency: 3, please try again after 1 seconds",
    ]);
    let named = named.has_code(0).stdout;
    assert!(named.starts_with("It names one cause: concurrency cap") && named.contains("is 3"), "{named}");
    let unknown = why429(&["explain", "--message", "the kettle is empty"]).has_code(0).stdout;
    assert!(!unknown.contains("names one cause"), "{unknown}");
}

#[test]
fn every_format_is_listed_with_its_place() {
    let actual = why429(&["formats"]).has_code(0).stdout;
    for info in formats::infos() {
        assert!(actual.contains(&format!("\n{}  ", info.id)), "{} is missing", info.id);
        assert!(info.lives.iter().all(|place| actual.contains(place)), "{} lives nowhere", info.id);
    }
    for format in snapshots::REGISTRY {
        assert!(actual.contains(&format!("\n{}\n", format.info().id)), "{} is missing: {actual}", format.info().id);
    }
}

/// A value with which an option works, or none for a flag.
fn value(option: &str, to: &str) -> Option<String> {
    let value = match option {
        "--tz" => "+08:00",
        "--provider" | "--account" => "label",
        "--jobs" => "2",
        "--max-attempts" => "1000000",
        "--log-tz" => "+08:00",
        "--log-date" => "2026-01-28",
        "--map" => "start=ts",
        // Nothing is configured in it.
        "--config" => "/dev/null",
        "--format" => "json",
        "--output" => to,
        "--since" | "--until" | "--now" => "2026-01-28T10:00:00Z",
        "--last" => "3650d",
        "--episode" => "E1",
        "--pool" => "kimi-code",
        "--fail-on" => "billing",
        "--min-probability" => "0.7",
        "--color" => "never",
        "--ticket" => return Some(format!("{to}.pack")),
        "--quiet" | "--hash" | "--verbose" | "--force" | "--no-redact" | "--json" | "--no-pager" => return None,
        _ => panic!("{option} is in the help and this test does not know how to use it"),
    };
    Some(value.to_owned())
}

fn options_in(help: &str) -> Vec<String> {
    let words = help.lines().filter(|l| l.trim_start().starts_with('-')).flat_map(str::split_whitespace);
    let long = words.filter(|w| w.starts_with("--")).map(|w| w.trim_end_matches(',').to_owned());
    long.filter(|o| !["--help", "--version"].contains(&o.as_str()) && o.len() > 2).collect()
}

#[test]
fn every_option_and_command_in_the_help_works() {
    let to = Folder::new();
    let path = fixture("cap1-slow");
    for (command, file) in [("analyze", "report.txt"), ("timeline", "attempts.csv")] {
        let file = to.path().join(file);
        let options = options_in(&why429(&[command, "-h"]).has_code(0).stdout);
        assert!(options.len() >= 6, "{options:?}");
        // --home takes no path: gateways.rs tests it.
        for option in options.into_iter().filter(|o| o != "--home") {
            let mut arguments = vec![command.to_owned(), arg(&path).to_owned(), option.clone()];
            arguments.extend(value(&option, arg(&file)));
            if option == "--force" {
                arguments.extend(["--ticket".to_owned(), to.path().join("forced").display().to_string()]);
            }
            if command == "timeline" && option != "--output" {
                arguments.extend(["-o".to_owned(), arg(&file).to_owned()]);
            }
            why429(&arguments).has_code(0);
        }
    }
    let help = why429(&["--help"]).has_code(0).stdout;
    let commands = help.lines().skip_while(|l| *l != "Commands:").skip(1).take_while(|l| !l.is_empty());
    let commands: Vec<&str> = commands.filter_map(|l| l.split_whitespace().next()).collect();
    assert_eq!(
        commands,
        [
            "analyze",
            "check",
            "explain",
            "formats",
            "next",
            "timeline",
            "diff",
            "hook",
            "skills",
            "completions",
            "man",
            "help"
        ]
    );
    for command in commands {
        let actual = why429(&["help", command]);
        assert!(actual.code == 0 && !actual.stdout.is_empty(), "{actual:?}");
    }
}

#[test]
fn standard_output_has_the_report_and_nothing_else() {
    let run = json_of("broken-folder", &[]).has_code(0);
    assert!(run.stdout.starts_with('{') && run.stdout.ends_with("}\n"));
    assert!(run.stderr.lines().all(|l| l.starts_with("why429: ")), "{}", run.stderr);
    assert_eq!(json_of("cap1-slow", &[]).has_code(0).stderr, "");
    let piped = why429(&[arg(&fixture("cap1-slow"))]).has_code(0).stdout;
    assert!(!piped.contains('\u{1b}'), "no colour in a pipe");
    let coloured = why429(&[arg(&fixture("cap1-slow")), "--color", "always"]).has_code(0).stdout;
    assert!(coloured.contains('\u{1b}'));
}
