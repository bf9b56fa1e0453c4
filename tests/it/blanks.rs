//! JSON that went through another program: blanks between its tokens, a list over many lines. It says the same.

use std::fs;

use serde_json::Value;
use why429::document::Document;

use crate::support::{Folder, analyse, files_below, fixture, fixtures, inputs_of};

/// What is said of a folder, beside paths and line numbers.
fn said(document: &Document) -> Vec<String> {
    let c = &document.coverage;
    let mut said = vec![format!("{} {} {} {} {}", c.attempts, c.admitted, c.refused, c.refused_at_most, c.snapshots)];
    said.extend(document.episodes.iter().map(|e| format!("{} {} {:?} {:?}", e.from, e.to, e.verdict, e.estimates)));
    said
}

/// The text as Python's `json.dumps` writes it: a blank behind each colon and comma that is no part of a string.
fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 2);
    let (mut inside, mut escaped) = (false, false);
    for c in text.chars() {
        out.push(c);
        if inside {
            inside = escaped || c != '"';
            escaped = c == '\\' && !escaped;
        } else if c == '"' {
            inside = true;
        } else if c == ':' || c == ',' {
            out.push(' ');
        }
    }
    out
}

#[test]
fn blanks_between_tokens_change_nothing() {
    let mut changed = 0;
    for name in fixtures() {
        let (compact, blank) = (Folder::new(), Folder::new());
        for input in inputs_of(&fixture(&name)) {
            let to = input.file_name().unwrap().to_str().unwrap();
            compact.copy(&input, to);
            blank.copy(&input, to);
        }
        for path in files_below(&blank.path()) {
            let Ok(text) = fs::read_to_string(&path) else { continue };
            let is_json = |l: &str| l.starts_with(['{', '[']) && serde_json::from_str::<Value>(l).is_ok();
            let lines: Vec<String> =
                text.split('\n').map(|l| if is_json(l) { spaced(l) } else { l.to_owned() }).collect();
            changed += usize::from(lines.join("\n") != text);
            fs::write(&path, lines.join("\n")).unwrap();
        }
        assert_eq!(said(&analyse(&[blank.path()])), said(&analyse(&[compact.path()])), "{name}");
    }
    assert!(changed > 200, "{changed} files");
}

/// A log of records in lines, as a list over many lines.
fn listed(lines: &str) -> String {
    let records: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    serde_json::to_string_pretty(&records).unwrap()
}

#[test]
fn a_list_over_many_lines_is_read_record_by_record() {
    let requests = fs::read_to_string(fixture("cap1-slow/requests.jsonl")).unwrap();
    let task = files_below(&fixture("cline-five-hours")).into_iter().find(|p| p.ends_with("ui_messages.json")).unwrap();
    let task = fs::read_to_string(task).unwrap();
    let messages: Vec<Value> = serde_json::from_str(&task).unwrap();
    let messages: Vec<String> = messages.iter().map(Value::to_string).collect();
    let spend: Vec<String> = (0..3)
        .map(|n| format!(r#"{{"request_id":"r{n}","call_type":"acompletion","startTime":"2026-05-04T03:2{n}:58Z","endTime":"2026-05-04T03:2{n}:59Z","model":"m","model_group":"g","status":"success","prompt_tokens":1,"completion_tokens":2,"spend":0.1}}"#))
        .collect();
    let forms = [
        ("requests.json", "canonical", requests.clone(), listed(&requests)),
        ("tasks/7/ui_messages.json", "cline-task", task, listed(&messages.join("\n"))),
        ("spend.json", "litellm-calls", spend.join("\n"), listed(&spend.join("\n"))),
    ];
    for (name, format, plain, list) in forms {
        let (plain_in, list_in) = (Folder::new(), Folder::new());
        plain_in.write(name, plain);
        list_in.write(name, &list);
        let (plain, read) = (analyse(&[plain_in.path()]), analyse(&[list_in.path()]));
        assert!(plain.coverage.attempts >= 3, "{name}");
        assert_eq!(said(&read), said(&plain), "{name}");
        assert_eq!((read.inputs[0].format.as_deref(), read.inputs[0].problems.len()), (Some(format), 0), "{name}");
        list_in.write(name, &list[..list.len() - 20]);
        let cut = analyse(&[list_in.path()]);
        assert!(cut.inputs[0].problems.iter().any(|p| p.reason.contains("ends early")), "{name}");
    }
}
