//! Recorded logs of the newest clients with one field renamed at a time, as a later version might: either nothing is lost, or
//! an alarm says so. A field that is new, or a higher version, is no alarm.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use why429::pipeline::Analysis;

use crate::support::{analysis, files_below, root};
use crate::truth::inputs;

/// What an alarm about a changed log says.
const ALARM: &str = "this why429 does not know";

/// So many of the longest files are enough to meet every field.
const FILES: usize = 6;

/// Which records of which recording are changed.
struct Records {
    recording: &'static str,
    /// How their files' names end.
    files: &'static str,
    /// What each of their lines has; a file that is one record has nothing to choose.
    line: &'static str,
    /// Their version as it is written.
    version: &'static str,
    /// Fields without which requests, times or errors would be lost.
    needed: &'static [&'static str],
    /// Fields whose loss changes what is read without an alarm, since records without them are right too.
    optional: &'static [&'static str],
}

const ALL: [Records; 4] = [
    Records {
        recording: "claude-code-cap2",
        files: ".jsonl",
        line: "\"type\":\"api-request\"",
        version: "2.1.332",
        needed: &["type", "id", "timestamp", "querySource", "params", "model"],
        optional: &[],
    },
    Records {
        recording: "claude-code-cap2",
        files: ".jsonl",
        line: "\"requestRef\":",
        version: "2.1.332",
        needed: &["requestRef", "type", "timestamp", "message", "usage", "input_tokens", "output_tokens"],
        // Other providers' answers have no cache.
        optional: &["cache_creation_input_tokens", "cache_read_input_tokens"],
    },
    Records {
        recording: "copilot-cap2",
        files: "events.jsonl",
        line: "\"session.usage_record\"",
        version: "1.0.102",
        needed: &["type", "timestamp", "usage", "duration", "model", "inputTokens", "outputTokens"],
        // Without a provider of the user's own the last two are not written.
        optional: &["cacheReadTokens", "cacheWriteTokens", "isByok", "providerType"],
    },
    Records {
        recording: "cline-cap2",
        files: ".messages.json",
        line: "",
        version: "3.0.65",
        needed: &[
            "messages",
            "role",
            "ts",
            "content",
            "text",
            "modelInfo",
            "provider",
            "metrics",
            "inputTokens",
            "outputTokens",
        ],
        optional: &["cacheReadTokens", "cacheWriteTokens"],
    },
];

impl Records {
    /// A copy of the recording's logs with the records changed.
    fn changed(&self, change: &dyn Fn(&str) -> String) -> tempfile::TempDir {
        let [logs] = &inputs(&root().join("recordings").join(self.recording))[..] else { panic!("logs only") };
        let copy = tempfile::tempdir().unwrap();
        let (mut own, others): (Vec<_>, Vec<_>) =
            files_below(logs).into_iter().partition(|f| f.to_str().unwrap().ends_with(self.files));
        own.sort_by_key(|file| (std::cmp::Reverse(file.metadata().unwrap().len()), file.clone()));
        own.truncate(FILES);
        for file in own.into_iter().chain(others) {
            let to = copy.path().join(file.strip_prefix(logs).unwrap());
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            if !file.to_str().unwrap().ends_with(self.files) {
                fs::copy(&file, &to).unwrap();
                continue;
            }
            let text = fs::read_to_string(&file).unwrap();
            let new = if self.line.is_empty() { change(&text) } else { self.lines(&text, change) };
            fs::write(&to, new).unwrap();
        }
        copy
    }

    fn lines(&self, text: &str, change: &dyn Fn(&str) -> String) -> String {
        let one = |l: &str| if l.contains(self.line) { change(l) } else { l.to_owned() };
        text.split_inclusive('\n').map(one).collect()
    }

    /// Names of all fields of these records, at any depth.
    fn fields(&self) -> BTreeSet<String> {
        let seen = std::cell::RefCell::new(BTreeSet::new());
        self.changed(&|record| {
            gather(&serde_json::from_str(record).unwrap(), &mut seen.borrow_mut());
            record.to_owned()
        });
        seen.into_inner()
    }
}

fn gather(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, inner) in fields {
                names.insert(name.clone());
                gather(inner, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, names)),
        _ => {}
    }
}

fn is_alarmed(analysis: &Analysis) -> bool {
    analysis.document.inputs.iter().flat_map(|i| &i.problems).any(|p| p.reason.contains(ALARM))
}

/// What was read of each attempt: its instants, outcome, model, agent and tokens.
fn attempts(path: &Path) -> (Analysis, Vec<String>) {
    let analysis = analysis(&[PathBuf::from(path)]);
    let timeline = &analysis.timeline;
    let text = |id: Option<why429::model::TextId>| id.map_or("", |id| timeline.texts.get(id));
    let all = timeline.pools.iter().flat_map(|pool| pool.attempts.iter().map(move |a| (pool, a)));
    let mut rows: Vec<String> = all
        .map(|(pool, a)| {
            let end = a.end.map(|t| t.rfc3339());
            let who = [a.model, a.agent, a.session, a.error_message].map(text);
            format!("{} {} {end:?} {:?} {:?} {who:?} {:?}", pool.id, a.start.rfc3339(), a.outcome, a.status, a.tokens)
        })
        .collect();
    rows.sort_unstable();
    (analysis, rows)
}

#[test]
fn a_renamed_field_loses_nothing_or_is_an_alarm() {
    for records in ALL {
        let whole = records.changed(&str::to_owned);
        let (read, as_written) = attempts(whole.path());
        assert!(!is_alarmed(&read) && !as_written.is_empty(), "{}", records.recording);
        let mut alarmed = BTreeSet::new();
        for field in records.fields() {
            let rename = |record: &str| record.replace(&format!("\"{field}\":"), &format!("\"{field}Next\":"));
            let copy = records.changed(&rename);
            let (read, rows) = attempts(copy.path());
            let what = format!("{}, {} with {field} renamed", records.recording, records.line);
            if is_alarmed(&read) {
                alarmed.insert(field);
            } else if !records.optional.contains(&field.as_str()) {
                let lost: Vec<_> = as_written.iter().filter(|row| !rows.contains(row)).take(2).collect();
                assert!(rows == as_written, "{what}: no alarm, but lost {lost:#?}");
            }
        }
        for field in records.needed {
            assert!(alarmed.contains(*field), "{}: {} {field}, of {alarmed:?}", records.recording, records.line);
        }
    }
}

#[test]
fn a_kind_of_record_under_another_name_is_an_alarm() {
    for records in ALL.iter().filter(|r| r.line.starts_with("\"type\"") || r.line.starts_with("\"session")) {
        let name = records.line.rsplit('"').nth(1).unwrap();
        let copy = records.changed(&|record| record.replace(&format!("\"{name}\""), &format!("\"{name}_next\"")));
        assert!(is_alarmed(&attempts(copy.path()).0), "{}: {name}", records.recording);
    }
}

#[test]
fn a_newer_version_with_a_new_field_is_none() {
    for records in ALL {
        let (_, as_written) = attempts(records.changed(&str::to_owned).path());
        let newer = |record: &str| {
            let next = records.version.rsplit_once('.').unwrap().0.to_owned() + ".9999";
            record.replace(records.version, &next).replacen('{', "{\"fieldOfTheNextVersion\":{\"id\":7},", 1)
        };
        let copy = records.changed(&newer);
        let (read, rows) = attempts(copy.path());
        assert!(!is_alarmed(&read) && rows == as_written, "{}: {}", records.recording, records.line);
    }
}
