//! What must hold for any log: the same requests told in another way are the same report.
//!
//! The logs are drawn by [`super::fleet`] from a seed. Where the set of inputs is the same the bytes must be; else all
//! of the report is compared but for what tells of the files themselves.

use std::collections::BTreeMap;
use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::{Value, json};
use why429::document::{Document, Episode};
use why429::model::Time;
use why429::pipeline::{self, Options, Quiet};

use crate::fleet::{Draw, Fleet, QuotaState, Row, Story, log, text};
use crate::support::{Folder, analyse, fixture, options, rendered};

/// Evidence that is read from the requests in flight: how many there are, when they end, how long they live.
pub const IN_FLIGHT: [&str; 7] =
    ["slot_release", "inflight_low", "inflight_auc", "inflight_same", "hard_run", "replay_cap", "replay_between"];

const NONE: Vec<String> = Vec::new();

/// A story with numbers from a seed.
fn story() -> impl Strategy<Value = Fleet> {
    let window = (2_000..4_000i64, 1_200..3_000i64).prop_map(|(from, length)| (from, from + length));
    let kind = prop_oneof![
        (1..6usize).prop_map(|slots| Story::Cap { slots }),
        window.clone().prop_map(|(from_s, until_s)| Story::Window { from_s, until_s }),
        window.clone().prop_map(|(from_s, until_s)| Story::Overload { from_s, until_s }),
        (2_000..3_000i64, 2_700..6_000i64)
            .prop_map(|(from, length)| Story::Idle { from_s: from, until_s: from + length }),
    ];
    (any::<u64>(), kind).prop_map(|(seed, story)| Fleet { length_s: 9_000, agents: 6, ..Fleet::new(seed, story) })
}

/// Snapshots around a window: one before, one inside, one after; none for other stories.
fn readings(story: Story) -> Vec<QuotaState> {
    let Story::Window { from_s, until_s } = story else { return Vec::new() };
    let reading = |at_s, remaining, resets_s| QuotaState { at_s, remaining, resets_s };
    vec![
        reading(from_s - 900, 12, until_s),
        reading((from_s + until_s) / 2, 0, until_s),
        reading(until_s + 600, 97, until_s + 18_000),
    ]
}

/// A folder with the log, and the snapshots as a ledger.
fn written(fleet: &Fleet, shift_us: i64) -> Folder {
    let folder = Folder::new();
    folder.write("requests.jsonl", text(fleet.rows().iter().map(|r| r.line(shift_us))));
    let ledger = readings(fleet.story);
    if !ledger.is_empty() {
        folder.write("usage-ledger.jsonl", text(ledger.iter().map(|r| r.line(shift_us))));
    }
    folder
}

fn log_of(content: &str) -> Document {
    let folder = Folder::new();
    folder.write("requests.jsonl", content);
    analyse(&[folder.path()])
}

/// The report without what tells of the files: the inputs, and the count of rows that told an attempt again.
/// `place` says which line of the first telling a source is.
fn retold(document: &Document, place: impl Fn(&str, u64) -> u64) -> Value {
    let mut document = document.clone();
    document.inputs.clear();
    document.coverage.duplicates = 0;
    let sources = document.episodes.iter_mut().flat_map(|e| e.evidence.iter_mut().flat_map(|e| e.sources.iter_mut()));
    for source in sources.chain(document.isolated_refusals.iter_mut().flat_map(|b| b.sources.iter_mut())) {
        source.line = place(&source.path, source.line);
        source.path = "requests.jsonl".to_owned();
    }
    serde_json::to_value(document).unwrap()
}

/// Moves every time back, and takes the digits out of sentences, in which times of day stand.
fn unshifted(value: &mut Value, seconds: f64) {
    match value {
        Value::String(text) => {
            *text = match Time::parse_rfc3339(text) {
                Some(time) => time.plus(-seconds).rfc3339(),
                None => text.chars().filter(|c| !c.is_ascii_digit()).collect(),
            }
        }
        Value::Array(values) => values.iter_mut().for_each(|v| unshifted(v, seconds)),
        Value::Object(fields) => fields.values_mut().for_each(|v| unshifted(v, seconds)),
        _ => {}
    }
}

/// Where two reports differ, and how; at most ten places.
fn differences(a: &Value, b: &Value) -> Vec<String> {
    fn below(at: &str, a: &Value, b: &Value, out: &mut Vec<String>) {
        match (a, b) {
            (Value::Object(x), Value::Object(y)) if x.keys().eq(y.keys()) => {
                x.iter().for_each(|(key, value)| below(&format!("{at}/{key}"), value, &y[key], out));
            }
            (Value::Array(x), Value::Array(y)) if x.len() == y.len() => {
                (0..x.len()).for_each(|i| below(&format!("{at}/{i}"), &x[i], &y[i], out));
            }
            _ if a != b && out.len() < 10 => out.push(format!("{at}: {a} | {b}")),
            _ => {}
        }
    }
    let mut out = Vec::new();
    below("", a, b, &mut out);
    out
}

/// What may move with a probability, beside the verdict's own.
const MOVES: [&str; 6] = ["causes", "evidence", "missing", "sentence", "advice", "facts"];

/// The same for a shift that is no whole hour. Two things stand on the clock: the bins of the picture, and the buckets
/// of limits per minute. Where the latter come out otherwise, probabilities may move, but no verdict may.
fn differences_off_the_clock(a: &Value, b: &Value) -> Vec<String> {
    let mut out = Vec::new();
    for (path, a, b) in [
        ("episodes", &a["episodes"], &b["episodes"]),
        ("isolated_refusals", &a["isolated_refusals"], &b["isolated_refusals"]),
    ] {
        let (a, b) = (a.as_array().unwrap(), b.as_array().unwrap());
        assert_eq!(a.len(), b.len(), "{path}");
        for (a, b) in a.iter().zip(b) {
            let [mut a, mut b] = [a.clone(), b.clone()];
            let same_buckets = bucket(&a) == bucket(&b);
            for episode in [&mut a, &mut b] {
                let Some(fields) = episode.as_object_mut() else { continue };
                fields.remove("strip");
                if !same_buckets {
                    fields.retain(|key, _| !MOVES.contains(&key.as_str()));
                    fields.insert("verdict".to_owned(), fields["verdict"]["cause"].clone());
                } else if let Some(evidence) = fields.get_mut("evidence").and_then(Value::as_array_mut) {
                    evidence.iter_mut().filter(|e| is_on_the_clock(e)).for_each(|e| {
                        e["statement"] = Value::Null;
                        e["measured"] = Value::Null;
                    });
                }
            }
            out.extend(differences(&a, &b));
        }
    }
    out
}

/// Evidence that is read from minutes of the clock, among others.
fn is_on_the_clock(evidence: &Value) -> bool {
    let kinds = why429::evidence::REGISTRY.iter().map(|k| k.declaration);
    kinds.filter(|d| d.flags.depends_on_clock_minutes).any(|d| evidence["kind"] == d.id)
}

/// The bins of the evidence on limits per minute, by kind.
fn bucket(episode: &Value) -> BTreeMap<String, Value> {
    let evidence = episode["evidence"].as_array().into_iter().flatten();
    evidence.filter(|e| is_on_the_clock(e)).map(|e| (e["kind"].to_string(), e["bin"].clone())).collect()
}

/// Brackets, counts, and all evidence but what is read from the requests in flight; its order is that of its weight.
fn but_in_flight(e: &Episode) -> Value {
    let others = e.evidence.iter().filter(|e| !IN_FLIGHT.contains(&e.kind.as_str()));
    let mut others: Vec<Value> = others.map(|e| json!([e.kind, e.bin, e.statement, e.weights, e.sources])).collect();
    others.sort_by_key(Value::to_string);
    let brackets = [&e.last_admission_before, &e.first_refusal, &e.last_refusal, &e.first_admission_after];
    json!([brackets, e.attempts, e.refused, e.admitted, others])
}

fn token_window(episode: &Episode) -> f64 {
    episode.causes.iter().find(|c| c.cause == "token_window").map_or(0.0, |c| c.probability)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn another_day_or_hour_is_the_same_verdict(fleet in story(), hours in -2_000..2_000i64, seconds in 0..3_600i64) {
        let [first, whole, odd] = [0, hours * 3_600, hours * 3_600 + seconds].map(|moved| {
            let folder = written(&fleet, moved * 1_000_000);
            let mut value = serde_json::to_value(analyse(&[folder.path()])).unwrap();
            unshifted(&mut value, moved as f64);
            value
        });
        prop_assert_eq!(differences(&first, &whole), NONE);
        prop_assert_eq!(differences_off_the_clock(&first, &odd), NONE);
    }

    #[test]
    fn the_order_of_lines_does_not_matter(fleet in story(), shuffle in any::<u64>()) {
        let rows = fleet.rows();
        let mut order: Vec<usize> = (0..rows.len()).collect();
        Draw(shuffle).shuffle(&mut order);
        let permuted: Vec<Row> = order.iter().map(|i| rows[*i].clone()).collect();
        let (a, b) = (log_of(&log(&rows)), log_of(&log(&permuted)));
        let b = retold(&b, |_, line| order[line as usize - 1] as u64 + 1);
        prop_assert_eq!(differences(&retold(&a, |_, line| line), &b), NONE);
    }

    #[test]
    fn a_file_cut_in_two_is_one_log(fleet in story(), share in 0.05..0.95f64) {
        let rows = fleet.rows();
        let at = (rows.len() as f64 * share) as usize;
        let folder = Folder::new();
        // The later part under the earlier name, as rotation leaves it.
        folder.write("a.jsonl", log(&rows[at..]));
        folder.write("b.jsonl", log(&rows[..at]));
        let b = analyse(&[folder.path()]);
        let place = |path: &str, line: u64| if path == "a.jsonl" { line + at as u64 } else { line };
        prop_assert_eq!(differences(&retold(&log_of(&log(&rows)), |_, line| line), &retold(&b, place)), NONE);
        prop_assert_eq!(b.coverage.duplicates, 0);
    }

    #[test]
    fn a_line_reported_again_is_no_other_request(
        fleet in story(),
        again in prop::collection::vec(any::<prop::sample::Index>(), 1..200),
    ) {
        let rows = fleet.rows();
        let mut lines: Vec<usize> = (0..rows.len()).collect();
        for index in &again {
            let row = index.index(rows.len());
            let first = lines.iter().position(|r| *r == row).unwrap();
            lines.insert(first + 1 + (row * 7) % (lines.len() - first), row);
        }
        let actual: Vec<Row> = lines.iter().map(|r| rows[*r].clone()).collect();
        let b = log_of(&log(&actual));
        let again_told = retold(&b, |_, line| lines[line as usize - 1] as u64 + 1);
        prop_assert_eq!(differences(&retold(&log_of(&log(&rows)), |_, line| line), &again_told), NONE);
        prop_assert_eq!(b.coverage.duplicates as usize, again.len());
    }

    #[test]
    fn threads_and_the_order_of_arguments_leave_no_trace(fleet in story()) {
        let folder = written(&fleet, 0);
        let rows = fleet.rows();
        for (i, part) in rows.chunks(rows.len() / 5 + 1).enumerate() {
            folder.write(&format!("parts/part-{i}.jsonl"), log(part));
        }
        std::fs::remove_file(folder.path().join("requests.jsonl")).unwrap();
        let mut paths: Vec<PathBuf> = crate::support::files_below(&folder.path());
        let run = |paths: &[PathBuf], jobs| {
            rendered(&pipeline::run(paths, &Options { jobs, ..options() }, &Quiet).document)
        };
        let first = run(&paths, 1);
        paths.reverse();
        prop_assert_eq!(&first, &run(&paths, 4));
        paths.rotate_left(2);
        prop_assert_eq!(&first, &run(&paths, 3));
    }

    #[test]
    fn names_of_files_say_nothing(fleet in story()) {
        let rows = fleet.rows();
        let folder = Folder::new();
        folder.write("sub/kimi.log", log(&rows));
        let renamed = retold(&analyse(&[folder.path()]), |_, line| line);
        prop_assert_eq!(differences(&retold(&log_of(&log(&rows)), |_, line| line), &renamed), NONE);
    }

    #[test]
    fn without_texts_and_readings_no_window_is_nearly_sure(fleet in story()) {
        let mut rows = fleet.rows();
        rows.iter_mut().for_each(|r| r.text = None);
        for episode in &log_of(&log(&rows)).episodes {
            prop_assert!(token_window(episode) <= 0.9, "{}: {:?}", episode.sentence, episode.causes);
        }
    }

    #[test]
    fn a_stream_that_ends_inside_the_gap_is_no_admission_in_it(seed in any::<u64>(), inside in 0.05..0.95f64) {
        let story = Story::Window { from_s: 3_000, until_s: 6_000 };
        let fleet = Fleet { length_s: 9_000, agents: 6, ..Fleet::new(seed, story) };
        let mut rows = fleet.rows();
        let mut stream = rows[0].clone();
        (stream.agent, stream.start_ms) = (99, 2_500_123);
        let with_end = |end_ms: i64| Row { end_ms: Some(end_ms), ..stream.clone() };
        let at = rows.partition_point(|r| r.start_ms < stream.start_ms);
        rows.insert(at, with_end(2_900_417));
        let before = log_of(&log(&rows));
        rows[at] = with_end(3_100_417 + (2_800_000.0 * inside) as i64);
        let ends_inside = log_of(&log(&rows));
        let judged = |d: &Document| -> Vec<Value> { d.episodes.iter().map(but_in_flight).collect() };
        prop_assert_eq!(judged(&before), judged(&ends_inside), "{}", stream.line(0));
    }

    #[test]
    fn a_gap_without_attempts_is_idle(seed in any::<u64>(), from_s in 1_500..3_000i64, length_s in 2_400..20_000i64) {
        let story = Story::Idle { from_s, until_s: from_s + length_s };
        let fleet = Fleet { length_s: from_s + length_s + 2_000, ..Fleet::new(seed, story) };
        let document = log_of(&log(&fleet.rows()));
        let causes: Vec<_> = document.episodes.iter().map(|e| (e.kind.as_str(), e.verdict.cause.as_str())).collect();
        prop_assert_eq!(causes, vec![("silent", "idle")]);
    }

    #[test]
    fn attempts_without_ends_say_nothing_of_what_is_in_flight(fleet in story()) {
        let mut rows = fleet.rows();
        rows.iter_mut().for_each(|r| r.end_ms = None);
        for episode in &log_of(&log(&rows)).episodes {
            let seen: Vec<_> = episode.evidence.iter().filter(|e| IN_FLIGHT.contains(&e.kind.as_str())).collect();
            prop_assert!(seen.is_empty(), "{:?}", seen);
            prop_assert_eq!(&episode.estimates.concurrency_cap, &None);
        }
    }
}

/// The same of the fixtures that tell their refusals in the canonical form, without the waits that were asked for too:
/// one instant that all of them point to would be evidence of a reset.
#[test]
fn fixtures_without_texts_and_readings_are_no_sure_windows() {
    for name in ["cap-then-window", "rolling-trickle", "two-accounts", "per-minute", "overload-named"] {
        let lines = std::fs::read_to_string(fixture(name).join("requests.jsonl")).unwrap();
        let bare = lines.lines().map(|line| {
            let mut row: Value = serde_json::from_str(line).unwrap();
            let error_keys = ["error_message", "error_type", "retry_after_s"];
            row.as_object_mut().unwrap().retain(|key, _| !error_keys.contains(&key.as_str()));
            row.to_string()
        });
        for episode in &log_of(&text(bare)).episodes {
            assert!(token_window(episode) <= 0.9, "{name}: {} {:?}", episode.sentence, episode.causes);
        }
    }
}
