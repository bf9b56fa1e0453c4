//! A marker in every value, unknown key, line and file name of every fixture is in no file of the pack.
//!
//! Where the secrets tests plant keys in samples of each format, this takes whole incidents, and a marker of no shape at
//! all: what leaves must be known to be harmless, not known to be harmful.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::support::{Folder, arg, files_below, fixture, fixtures, inputs_of, why429};

/// A word of no language and no program.
const MARKER: &str = "Zorquibvax";

/// Keys whose texts are the format itself: without them nothing would be recognised. Every seventh line has the marker
/// in one of them too.
const FORM: &[&str] = &[
    "type",
    "role",
    "time",
    "timestamp",
    "protocol_version",
    "version",
    "kind",
    "event",
    "status",
    "subtype",
    "method",
    "resetTime",
    "reset_time",
    "timeUnit",
    "captured_at",
    "start",
    "end",
    "name",
    "level",
    "ts",
    "at",
    "date",
    "started",
    "startedDateTime",
    "url",
    "model",
    "provider",
    "client",
    "source",
    "created_at",
    "createdAt",
    "datetime",
    "limit",
    "used",
    "remaining",
    "scope",
    "resets_at",
    "reset_at",
    "start_time",
    "end_time",
    "StartUTC",
    "RequestMethod",
];

/// Puts the marker behind every text, and beside every object's keys.
fn taint(value: &mut Value, key: &str, form: Option<&str>) {
    match value {
        Value::String(text) if !FORM.contains(&key) || form == Some(key) => *text = format!("{text} {MARKER}"),
        Value::Array(items) => items.iter_mut().for_each(|i| taint(i, key, form)),
        Value::Object(fields) => {
            fields.iter_mut().for_each(|(k, v)| taint(v, k, form));
            fields.insert(format!("{MARKER}Key"), json!(MARKER));
        }
        _ => {}
    }
}

fn tainted(line: &str, n: usize) -> String {
    let form = (n % 7 == 6).then(|| FORM[n / 7 % FORM.len()]);
    match serde_json::from_str::<Map<String, Value>>(line) {
        Ok(fields) => {
            let mut value = Value::Object(fields);
            taint(&mut value, "", form);
            value.to_string()
        }
        Err(_) if line.trim().is_empty() => line.to_owned(),
        // Words of a plain log: behind all of them, and within every seventh line.
        Err(_) if form.is_some() && line.contains(' ') => line.replacen(' ', &format!(" {MARKER} "), 1),
        Err(_) => format!("{line} {MARKER}"),
    }
}

fn taint_file(path: &Path) {
    let Ok(text) = fs::read_to_string(path) else { return };
    let whole = serde_json::from_str::<Value>(&text).ok().filter(|v| text.trim().contains('\n') && !v.is_null());
    let text = match whole {
        Some(mut document) => {
            taint(&mut document, "", None);
            serde_json::to_string_pretty(&document).unwrap()
        }
        None => text.lines().enumerate().map(|(n, line)| tainted(line, n) + "\n").collect(),
    };
    fs::write(path, text).unwrap();
}

#[test]
fn a_marker_in_every_field_and_name_of_every_fixture_is_in_no_pack() {
    let (mut packs, mut planted) = (0, 0);
    for name in fixtures() {
        let folder = Folder::new();
        for input in inputs_of(&fixture(&name)) {
            let file = input.file_name().unwrap().to_str().unwrap();
            folder.copy(&input, &format!("in/{MARKER}/{file}"));
        }
        for file in files_below(&folder.path()) {
            taint_file(&file);
            // Half of the files are renamed too; the others keep the names that their clients give them.
            if planted % 2 == 0 && file.extension().is_some_and(|e| e == "log" || e == "jsonl" || e == "json") {
                let renamed = format!("{MARKER}-{}", file.file_name().unwrap().to_str().unwrap());
                fs::rename(&file, file.with_file_name(renamed)).unwrap();
            }
            planted += 1;
        }
        let (input, pack) = (folder.path().join("in"), folder.path().join("pack"));
        let ended = why429(&[arg(&input), "--ticket", arg(&pack), "-v", "--now", "2027-01-01T00:00:00Z"]);
        if ended.code == 3 {
            continue;
        }
        assert!(ended.code == 0 || ended.code == 1, "{name}: {}", ended.stderr);
        packs += 1;
        for file in files_below(&pack) {
            let text = fs::read_to_string(&file).unwrap().to_lowercase();
            let at = text.find(&MARKER.to_lowercase());
            let around = at.map(|at| {
                let (from, to) = (
                    text.floor_char_boundary(at.saturating_sub(200)),
                    text.floor_char_boundary((at + 80).min(text.len())),
                );
                &text[from..to]
            });
            assert_eq!(around, None, "{name}: {}", file.display());
        }
    }
    assert!(packs >= 20 && planted > 100, "{packs} packs, {planted} files");
}
