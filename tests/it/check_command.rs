//! `check`: a changed expectation is shown and exits with 4, an update makes it green again, CI can load its JUnit.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::support::{Folder, arg, fixture, root, why429};

/// Three cases in a folder of their own.
fn cases() -> Folder {
    let folder = Folder::new();
    for name in ["cap1-slow", "cut-inside-block", "cap3-kimi-code"] {
        folder.copy(&fixture(name), name);
    }
    folder
}

fn expectation(cases: &Folder, name: &str) -> PathBuf {
    cases.path().join(name).join("expected.json")
}

/// Rewrites an expectation.
fn change(cases: &Folder, name: &str, how: impl Fn(&mut Value)) {
    let path = expectation(cases, name);
    let mut value: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    how(&mut value);
    fs::write(&path, serde_json::to_string_pretty(&value).unwrap()).unwrap();
}

fn read(cases: &Folder, name: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(expectation(cases, name)).unwrap()).unwrap()
}

#[test]
fn a_quiet_check_says_only_what_is_not_as_expected() {
    let cases = cases();
    let quiet = why429(&["check", "-q", arg(&cases.path())]).has_code(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("", ""));
    change(&cases, "cap1-slow", |v| v["episodes"][0]["confidence"] = "confirmed".into());
    let quiet = why429(&["check", "--quiet", arg(&cases.path())]).has_code(4);
    assert!(quiet.stdout.starts_with("differs  cap1-slow\n") && !quiet.stdout.contains("ok "), "{}", quiet.stdout);
}

#[test]
fn all_fixtures_are_as_expected() {
    let run = why429(&["check", arg(&root().join("fixtures"))]).has_code(0);
    assert!(run.stdout.lines().all(|l| l.starts_with("ok ") || l.ends_with("as expected")), "{}", run.stdout);
}

#[test]
fn a_changed_expectation_is_exit_4_and_shows_what_differs() {
    let cases = cases();
    why429(&["check", arg(&cases.path())]).has_code(0);
    change(&cases, "cap1-slow", |e| e["episodes"][0]["cause"] = "token_window".into());
    change(&cases, "cut-inside-block", |e| e["episodes"][0]["first_refusal"] = "2026-06-24T14:00:00.000Z".into());
    let run = why429(&["check", arg(&cases.path())]).has_code(4);
    let line = |words: &[&str]| run.stdout.lines().any(|l| words.iter().all(|w| l.contains(w)));
    assert!(line(&["expected", "got"]), "{}", run.stdout);
    assert!(line(&["E1", "cause", "token_window", "concurrency_cap"]), "{}", run.stdout);
    assert!(line(&["E1", "first_refusal", "2026-06-24T14:00:00.000Z", "2026-06-24T14:25"]), "{}", run.stdout);
    assert!(line(&["ok", "cap3-kimi-code"]) && line(&["differs", "cap1-slow"]) && line(&["1 of 3"]), "{}", run.stdout);
    assert_eq!(read(&cases, "cap1-slow")["episodes"][0]["cause"], "token_window", "nothing is rewritten unasked");
    // One case alone may be given too.
    why429(&["check", arg(&cases.path().join("cap3-kimi-code"))]).has_code(0);
    why429(&["check", arg(&cases.path().join("cap1-slow"))]).has_code(4);
}

#[test]
fn an_episode_too_many_or_too_few_differs() {
    let cases = cases();
    change(&cases, "cap1-slow", |e| {
        let again = e["episodes"][0].clone();
        e["episodes"].as_array_mut().unwrap().push(again);
    });
    why429(&["check", arg(&cases.path())]).has_code(4);
    change(&cases, "cap1-slow", |e| e["episodes"] = Value::Array(Vec::new()));
    why429(&["check", arg(&cases.path())]).has_code(4);
}

#[test]
fn an_update_passes_afterwards_and_keeps_what_was_chosen() {
    let cases = cases();
    change(&cases, "cut-inside-block", |e| e["episodes"][0]["confidence"] = "confirmed".into());
    change(&cases, "cap1-slow", |e| {
        e["episodes"][0]["cause"] = "overload".into();
        e["episodes"][0]["probability_min"] = 0.7.into();
        e["episodes"][0]["concurrency_cap"] = serde_json::json!({ "low": 1, "high": 2 });
    });
    let (options, bounds) = (read(&cases, "cut-inside-block")["options"].clone(), read(&cases, "cut-inside-block"));
    // Counts are added to a case that has none: what stays untouched has them.
    why429(&["check", arg(&cases.path().join("cap3-kimi-code")), "--update"]).has_code(0);
    let untouched = fs::read(expectation(&cases, "cap3-kimi-code")).unwrap();

    let update = why429(&["check", arg(&cases.path()), "--update"]).has_code(0);
    assert_eq!(update.stdout.lines().filter(|l| l.starts_with("updated")).count(), 2, "{}", update.stdout);
    why429(&["check", arg(&cases.path())]).has_code(0);

    let cap = read(&cases, "cap1-slow");
    assert_eq!(cap["episodes"][0]["cause"], "concurrency_cap");
    assert_eq!(cap["episodes"][0]["probability_min"], 0.7);
    assert_eq!(cap["episodes"][0]["concurrency_cap"], serde_json::json!({ "low": 1, "high": 2 }));
    let block = read(&cases, "cut-inside-block");
    assert!(options["now"].is_string());
    assert_eq!(block["options"], options);
    assert_eq!(block["episodes"][0]["confidence"], "supported");
    assert_eq!(block["episodes"][0]["first_refusal"], bounds["episodes"][0]["first_refusal"]);
    assert_eq!(fs::read(expectation(&cases, "cap3-kimi-code")).unwrap(), untouched, "what holds is not touched");
}

#[test]
fn options_of_an_expectation_are_obeyed() {
    let cases = cases();
    change(&cases, "cap3-kimi-code", |e| e["options"] = serde_json::json!({ "account": "team-x" }));
    let run = why429(&["check", arg(&cases.path())]).has_code(4);
    assert!(run.stdout.contains("kimi-code/team-x/*"), "{}", run.stdout);
    change(&cases, "cap3-kimi-code", |e| e["options"] = serde_json::json!({ "tz": "Nowhere/Town" }));
    let run = why429(&["check", arg(&cases.path())]).has_code(1);
    assert!(run.stdout.contains("Nowhere/Town"), "{}", run.stdout);
}

#[test]
fn what_cannot_be_meant_is_an_error_with_its_place() {
    let cases = cases();
    let rejects = |how: &dyn Fn(&mut Value), words: &[&str]| {
        let whole = fs::read(expectation(&cases, "cap1-slow")).unwrap();
        change(&cases, "cap1-slow", how);
        for update in [&[][..], &["--update"]] {
            let run = why429(&[&["check", arg(&cases.path())], update].concat()).has_code(1);
            let line = run.stdout.lines().find(|l| l.starts_with("error    cap1-slow: ")).expect("an error");
            assert!(words.iter().all(|w| line.contains(w)), "{words:?} in {line}");
        }
        fs::write(expectation(&cases, "cap1-slow"), whole).unwrap();
    };
    rejects(
        &|e| e["episodes"][0]["cause"] = "concurency_cap".into(),
        &["E1 cause", "'concurency_cap'", "concurrency_cap,"],
    );
    rejects(&|e| e["episodes"][0]["first_refusal"] = "16:20".into(), &["E1 first_refusal", "'16:20'", "2026-"]);
    rejects(&|e| e["episodes"][0]["concurrency_cap"] = (-1).into(), &["low and high", "line "]);
    rejects(&|e| e["episodes"][0]["cuase"] = "billing".into(), &["unknown field `cuase`", "line "]);
    rejects(&|e| *e = Value::Null, &["an object with options, verdict_cause, counts and episodes"]);
    why429(&["check", arg(&cases.path())]).has_code(0);
}

#[test]
fn a_case_that_vanished_is_missed() {
    let cases = cases();
    let old = expectation(&cases, "cap1-slow");
    let text = fs::read(&old).unwrap();
    fs::rename(&old, old.with_file_name("Expected.jsn")).unwrap();
    let run = why429(&["check", arg(&cases.path())]).has_code(0);
    assert!(run.stderr.contains("without an expected.json: cap1-slow."), "{}", run.stderr);
    // One that is no file is an error of its case, and no wait for a pipe.
    fs::create_dir(&old).unwrap();
    let run = why429(&["check", arg(&cases.path())]).has_code(1);
    assert!(run.stdout.contains("error    cap1-slow") && run.stdout.contains("not a regular file"), "{}", run.stdout);
    // Its logs are gone, as with a .gitignore of *.log: nothing must pass for "as expected", nor be written.
    fs::remove_dir(&old).unwrap();
    fs::remove_file(old.with_file_name("requests.jsonl")).unwrap();
    for expected in [&text[..], b"{}"] {
        fs::write(&old, expected).unwrap();
        let run = why429(&["check", arg(&cases.path()), "--update"]).has_code(1);
        assert!(run.stdout.contains("nothing in this folder is a log or a usage snapshot"), "{}", run.stdout);
        assert_eq!(fs::read(&old).unwrap(), expected);
    }
}

#[test]
fn an_expectation_as_windows_writes_it_is_read_or_named() {
    let cases = cases();
    let path = expectation(&cases, "cap1-slow");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("\u{feff}{}", text.replace('\n', "\r\n"))).unwrap();
    why429(&["check", arg(&cases.path())]).has_code(0);
    fs::write(&path, b"\xff\xfe{\0}\0").unwrap();
    let run = why429(&["check", arg(&cases.path())]).has_code(1);
    assert!(run.stdout.contains("expected.json: not UTF-8"), "{}", run.stdout);
}

#[test]
fn junit_is_well_formed_and_counts() {
    let cases = cases();
    change(&cases, "cap1-slow", |e| e["episodes"][0]["pool"] = "<a & \"b\">/-/*".into());
    fs::write(expectation(&cases, "cap3-kimi-code"), "{ \"episodes\": <none> }").unwrap();
    let junit = cases.path().join("junit.xml");
    let run = why429(&["check", arg(&cases.path()), "--junit", arg(&junit)]).has_code(4);
    assert!(
        run.stdout.contains("differs  cap1-slow") && run.stdout.contains("error    cap3-kimi-code"),
        "{}",
        run.stdout
    );
    let xml = fs::read_to_string(junit).unwrap();
    let elements = elements(&xml);
    let count = |name: &str| elements.iter().filter(|e| *e == name).count();
    assert_eq!((count("testcase"), count("failure"), count("error")), (3, 1, 1), "{xml}");
    for counted in ["tests=\"3\"", "failures=\"1\"", "errors=\"1\""] {
        assert!(xml.contains(counted), "{counted}: {xml}");
    }
    assert!(xml.contains("&lt;a &amp; &quot;b&quot;&gt;/-/*"), "{xml}");
}

/// The elements of an XML document, by name; panics where it is not well formed. As much of XML as JUnit has: a
/// declaration, elements, attributes in double quotes, text, the five named entities.
fn elements(xml: &str) -> Vec<String> {
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>").expect("a declaration").trim_start();
    let (mut open, mut seen): (Vec<&str>, Vec<String>) = (Vec::new(), Vec::new());
    while let Some(from) = rest.find('<') {
        is_text(&rest[..from]);
        assert!(!open.is_empty() || seen.is_empty(), "something follows the root");
        let to = from + rest[from..].find('>').expect("a tag ends");
        let tag = &rest[from + 1..to];
        rest = &rest[to + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{xml}");
            continue;
        }
        let (tag, empty) = tag.strip_suffix('/').map_or((tag, false), |t| (t, true));
        let (name, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'), "{name}");
        let parts: Vec<&str> = attributes.split('"').collect();
        assert_eq!(parts.len() % 2, 1, "an attribute's quotes: {attributes}");
        for pair in parts.chunks_exact(2) {
            assert!(
                pair[0].trim().strip_suffix('=').is_some_and(|n| n.bytes().all(|b| b.is_ascii_lowercase())),
                "{attributes}"
            );
            is_text(pair[1]);
        }
        seen.push(name.to_owned());
        if !empty {
            open.push(name);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} is not closed");
    seen
}

/// No bare mark-up, no control characters.
fn is_text(text: &str) {
    assert!(!text.contains('<'), "{text}");
    assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
    for after in text.split('&').skip(1) {
        let entity = after.split_once(';').map(|(entity, _)| entity);
        assert!(entity.is_some_and(|e| ["amp", "lt", "gt", "quot", "apos"].contains(&e)), "&{after}");
    }
}

#[test]
fn differences_are_annotated_where_a_runner_reads_them() {
    let folder = Folder::new();
    folder.copy(&fixture("cap1-slow"), "cap1-slow");
    let expected = folder.path().join("cap1-slow/expected.json");
    let text = std::fs::read_to_string(&expected).unwrap().replace(": \"concurrency_cap\"", ": \"billing\"");
    let line = 1 + text.lines().position(|l| l.contains("\"cause\": \"billing\"")).unwrap();
    std::fs::write(&expected, text).unwrap();
    let check = |choice: &str, is_action: &str| {
        let mut command = assert_cmd::Command::cargo_bin("why429").unwrap();
        command.env_clear().env("GITHUB_ACTIONS", is_action).args(["check", arg(&folder.path())]);
        let output = command.args(["--annotations", choice]).assert().code(4).get_output().clone();
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (stdout, stderr) = check("github", "");
    let mark =
        format!("/cap1-slow/expected.json,line={line},title=why429 check%3A cap1-slow::E1 cause: expected billing");
    assert!(stderr.lines().any(|l| l.starts_with("::error file=") && l.contains(&mark)), "{mark} in {stderr}");
    assert!(!stdout.contains("::error"), "{stdout}");
    assert_eq!(check("auto", "true").1, stderr);
    assert_eq!(check("auto", "").1, "");
    assert_eq!(check("none", "true").1, "");
}

#[test]
fn each_case_has_a_page_and_its_own_options_hold_in_it() {
    let cases = cases();
    change(&cases, "cap1-slow", |e| e["options"] = serde_json::json!({ "tz": "Asia/Tokyo" }));
    let folder = Folder::new();
    let out = folder.path().join("new/pages");
    why429(&["check", arg(&cases.path()), "--html", arg(&out)]).has_code(0);
    let pages: Vec<PathBuf> = crate::support::files_below(&out);
    let names: Vec<&str> = pages.iter().map(|p| p.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["cap1-slow.html", "cap3-kimi-code.html", "cut-inside-block.html"]);
    let page = fs::read_to_string(&pages[0]).unwrap();
    assert!(page.contains("<svg") && page.contains("Asia/Tokyo"), "drawn, and in the zone of the case");
    // A page that cannot be written is told, and the cases are judged all the same.
    let file = cases.path().join("cap1-slow/README.md");
    let run = why429(&["check", arg(&cases.path()), "--html", arg(&file)]).has_code(1);
    assert!(run.stderr.contains("README.md"), "{}", run.stderr);
}
