//! What the JSON report promises (docs/REPORT.md), for every fixture.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value;
use why429::document::{Document, Episode};
use why429::model::Time;
use why429::report::markdown;

use crate::fleet::{AMBIGUOUS, Fleet, Story, log};
use crate::support::{Folder, analyse, fixture, fixtures, inputs_of, rendered, why429};

/// Every fixture's name and report.
static REPORTS: LazyLock<Vec<(String, Document)>> =
    LazyLock::new(|| fixtures().into_iter().map(|name| (name.clone(), analyse(&inputs_of(&fixture(&name))))).collect());

fn reports() -> impl Iterator<Item = (&'static str, &'static Document)> {
    REPORTS.iter().map(|(name, document)| (name.as_str(), document))
}

#[test]
fn every_report_validates_against_the_schema() {
    let schema = serde_json::from_str(include_str!("../../docs/schema/report-v1.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, document) in reports() {
        let value: Value = serde_json::from_str(&rendered(document)).unwrap();
        let wrong: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{e} at {}", e.instance_path())).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{name}");
    }
    // The schema is no rubber stamp: it refuses a report that lost a field, or has a word of its own.
    let mut value = serde_json::to_value(&REPORTS[0].1).unwrap();
    value["episodes"][0]["verdict"]["confidence"] = "certain".into();
    assert!(!validator.is_valid(&value));
    value["episodes"][0]["verdict"].as_object_mut().unwrap().remove("confidence");
    assert!(!validator.is_valid(&value));
}

#[test]
fn causes_are_sorted_and_sum_to_one() {
    for (name, document) in reports() {
        for episode in &document.episodes {
            let shares: Vec<f64> = episode.causes.iter().map(|c| c.probability).collect();
            let sum: f64 = shares.iter().sum();
            assert!((sum - 1.0).abs() <= 1e-9, "{name} {}: {sum}", episode.id);
            assert!(shares.is_sorted_by(|a, b| a >= b), "{name} {}: {shares:?}", episode.id);
            let first = &episode.causes[0];
            assert_eq!(episode.verdict.probability, first.probability, "{name}");
            assert!(episode.causes.iter().all(|c| c.cause != "undetermined"), "{name}");
            assert!(["undetermined", first.cause.as_str()].contains(&episode.verdict.cause.as_str()), "{name}");
            assert_eq!(episode.verdict.between.is_some(), episode.verdict.cause == "undetermined", "{name}");
            for cause in &episode.causes {
                let windows: f64 = cause.windows.iter().map(|w| w.probability).sum();
                let is_window = cause.cause == "token_window";
                assert!(!is_window || (windows - cause.probability).abs() <= 5e-4, "{name}: {cause:?}");
            }
        }
    }
}

#[test]
fn every_episode_and_cause_has_evidence_with_a_source_in_the_inputs() {
    for (name, document) in reports() {
        let paths: HashSet<&str> = document.inputs.iter().map(|i| i.path.as_str()).collect();
        for episode in &document.episodes {
            assert!(!episode.evidence.is_empty(), "{name} {}", episode.id);
            for evidence in &episode.evidence {
                assert!(!evidence.sources.is_empty(), "{name} {}", evidence.id);
                assert!(
                    evidence.sources.iter().all(|s| paths.contains(s.path.as_str())),
                    "{name}: {:?}",
                    evidence.sources
                );
            }
            let bare: Vec<&str> =
                episode.causes.iter().map(|c| c.cause.as_str()).filter(|c| !is_weighed(episode, c)).collect();
            assert_eq!(bare, Vec::<&str>::new(), "{name} {}: no evidence speaks of them", episode.id);
        }
    }
}

/// Whether some evidence weighs something for or against a cause.
fn is_weighed(episode: &Episode, cause: &str) -> bool {
    episode.evidence.iter().any(|e| e.weights.iter().any(|(h, _)| h.cause.id() == cause))
}

#[test]
fn ids_are_unique() {
    for (name, document) in reports() {
        let evidence = document.episodes.iter().flat_map(|e| e.evidence.iter().map(|e| &e.id));
        let episodes = document.episodes.iter().map(|e| &e.id);
        let ids: Vec<&String> = evidence.chain(episodes).chain(document.incidents.iter().map(|i| &i.id)).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len(), "{name}: {ids:?}");
        let pools: HashSet<&str> = document.pools.iter().map(|p| p.id.as_str()).collect();
        assert_eq!(pools.len(), document.pools.len(), "{name}");
        assert!(document.episodes.iter().all(|e| pools.contains(e.pool.as_str())), "{name}");
        let inputs: HashSet<&str> = document.inputs.iter().map(|i| i.path.as_str()).collect();
        assert_eq!(inputs.len(), document.inputs.len(), "{name}");
    }
}

/// Calls `each` with every text in a report, and the key it stands under.
fn texts(value: &Value, key: &str, each: &mut dyn FnMut(&str, &str)) {
    match value {
        Value::String(text) => each(key, text),
        Value::Array(values) => values.iter().for_each(|v| texts(v, key, each)),
        Value::Object(fields) => fields.iter().for_each(|(key, v)| texts(v, key, each)),
        _ => {}
    }
}

#[test]
fn every_time_is_utc_with_a_z() {
    let times = ["from", "to", "at", "now", "resets_at", "first_refusal", "last_refusal"];
    for (name, document) in reports() {
        let value = serde_json::to_value(document).unwrap();
        let mut seen = 0;
        texts(&value, "", &mut |key, text| {
            // `now` is an instant, and in `advice` a list of sentences.
            if key == "now" && text.contains(' ') {
                return;
            }
            if times.contains(&key) || key.starts_with("last_admission") || key.starts_with("first_admission") {
                assert!(text.ends_with('Z') && Time::parse_rfc3339(text).is_some(), "{name} {key}: {text}");
                seen += 1;
            }
        });
        assert!(seen > 1, "{name}");
    }
}

#[test]
fn counts_add_up() {
    for (name, document) in reports() {
        let c = &document.coverage;
        assert_eq!(c.admitted + c.refused + c.other, c.attempts, "{name}");
        assert_eq!(c.fidelity.observed + c.fidelity.collapsed + c.fidelity.inferred, c.attempts, "{name}");
        assert_eq!(document.pools.iter().map(|p| p.attempts).sum::<u64>(), c.attempts, "{name}");
        assert_eq!(document.inputs.iter().map(|i| i.attempts).sum::<u64>(), c.attempts + c.duplicates, "{name}");
        assert!(c.refused_at_most >= c.refused, "{name}");
        for e in document.episodes.iter().filter(|e| e.kind == "refused") {
            assert!(e.probes <= e.refused && e.refused + e.admitted <= e.attempts, "{name}: {e:?}");
            assert!(e.refused > 0 && e.first_refusal.is_some() && e.first_refusal <= e.last_refusal, "{name}");
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for name in fixtures() {
        let path = fixture(&name);
        let run = || why429(&[path.to_str().unwrap(), "--format", "json"]).has_code(0).stdout;
        assert_eq!(run(), run(), "{name}");
    }
}

/// A report names no home folder, address, key or place on this machine.
#[track_caller]
fn leaves_nothing_behind(what: &str, text: &str) {
    let lab = env!("CARGO_MANIFEST_DIR");
    for secret in ["sk-", "Bearer ey", "@", "/home/", "/Users/", "hunter2", lab] {
        let at = text.find(secret);
        assert_eq!(at.map(|at| text[at..].chars().take(60).collect::<String>()), None, "{what}");
    }
}

#[test]
fn no_report_of_a_fixture_names_a_home_a_key_or_an_address() {
    for (name, document) in reports() {
        leaves_nothing_behind(name, &rendered(document));
        leaves_nothing_behind(name, &markdown::render(document));
        let terminal = why429(&[fixture(name).to_str().unwrap(), "-v"]).has_code(0);
        leaves_nothing_behind(name, &terminal.stdout);
    }
}

#[test]
fn secrets_in_a_log_reach_no_output() {
    let secrets = "denied for bob@example.com, key sk-abcdefgh12345678 Bearer eyJhbGciOi.eyJzdWIiOi.c2ln, \
                   password=hunter2, \
                   see /home/bob/.kimi/logs and C:\\\\Users\\\\bob\\\\x";
    let rows = Fleet { length_s: 1_500, ..Fleet::new(5, Story::Window { from_s: 600, until_s: 1_200 }) }.rows();
    let lines = log(&rows).replace(AMBIGUOUS, secrets).replace("sub-1", "/home/bob/agent bob@example.com");
    let lines = lines.replace("kimi-for-coding", "sk-abcdefgh12345678").replace("\"s1\"", "\"bob@example.com\"");
    let folder = Folder::new();
    folder.write("requests.jsonl", &lines);
    assert!(lines.contains("hunter2"));
    let path = folder.path();
    for format in ["json", "markdown", "terminal"] {
        let report = why429(&[path.to_str().unwrap(), "--format", format, "-v"]).has_code(0).stdout;
        leaves_nothing_behind(format, &report);
        assert!(!report.contains("bob"), "{format}");
    }
    let to = Folder::new();
    for table in ["attempts.csv", "attempts.jsonl"] {
        let to = to.path().join(table);
        why429(&["timeline", path.to_str().unwrap(), "-o", to.to_str().unwrap()]).has_code(0);
        leaves_nothing_behind(table, &std::fs::read_to_string(to).unwrap());
    }
}
