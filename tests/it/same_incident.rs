//! The same incident, told as many programs tell it, gets the same cause.
//!
//! Three stories of one fleet, each with the ambiguous text only: the five-hour window used up with a snapshot inside the block,
//! the same without a snapshot, and three slots. What a format hides (`Sees`) may cost a bound or make the report say
//! that it does not decide; it may never change the cause that comes first.

use why429::document::{Document, Episode};
use why429::pipeline::{self, Options, Quiet};

use crate::client_logs::{File, agents, gateways};
use crate::fleet::{self, Fleet, QuotaState, Row, Story};
use crate::support::{Folder, options};

/// What a format shows of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sees {
    /// Its start and its end.
    All,
    /// Both, but a row may hide retries of an SDK, each of which may have been under way too.
    Retries,
    /// One of the two: how many were under way at once cannot be counted.
    OneEnd,
    /// Ends in whole seconds and no starts, so that what an answer's end means inside a block cannot be told either: an
    /// answer that was long under way looks like an admission.
    Ends,
}

type Tell = fn(&[Row]) -> Vec<File>;

/// Formats that tell both of admissions and of refusals.
const FORMATS: &[(&str, Sees, Tell)] = &[
    ("canonical", Sees::All, canonical),
    ("Kimi Code, wires and log", Sees::All, agents::kimi_code),
    ("Kimi CLI, wires and log", Sees::Retries, agents::kimi_cli),
    ("Claude Code", Sees::All, agents::claude_code),
    ("opencode, log", Sees::OneEnd, agents::opencode),
    ("opencode, log and database", Sees::All, agents::opencode_with_database),
    ("OpenClaw", Sees::Retries, agents::openclaw),
    ("Gemini CLI, telemetry", Sees::All, agents::gemini_telemetry),
    ("LiteLLM", Sees::Retries, gateways::litellm),
    ("OTLP, calls", Sees::Retries, gateways::otlp_calls),
    ("OTLP, calls and requests", Sees::All, gateways::otlp_requests),
    ("nginx, JSON", Sees::All, gateways::nginx_json),
    ("nginx, combined", Sees::Ends, gateways::nginx_combined),
    ("Caddy", Sees::All, gateways::caddy),
    ("Envoy", Sees::All, gateways::envoy),
    ("HAR", Sees::All, gateways::har),
    ("httpx at INFO", Sees::OneEnd, gateways::httpx),
];

fn canonical(rows: &[Row]) -> Vec<File> {
    vec![("requests.jsonl".to_owned(), fleet::log(rows).into_bytes())]
}

/// Seconds from the begin of the log to the block and to the reset.
const BLOCK_S: (i64, i64) = (7_000, 10_600);

/// Four hours, one of them blocked.
fn window() -> Vec<Row> {
    let story = Story::Window { from_s: BLOCK_S.0, until_s: BLOCK_S.1 };
    Fleet { length_s: 4 * 3_600, retry_s: (20, 120), ..Fleet::new(5, story) }.rows()
}

/// Nothing left, read in the middle of the block.
fn reading() -> String {
    QuotaState { at_s: 9_000, remaining: 0, resets_s: BLOCK_S.1 }.line(0) + "\n"
}

fn cap() -> Vec<Row> {
    Fleet::new(5, Story::Cap { slots: 3 }).rows()
}

/// The report. Many of these formats name neither provider nor account: both are given, as a user would.
fn report(tell: Tell, rows: &[Row], reading: Option<String>) -> Document {
    let folder = Folder::new();
    for (name, bytes) in tell(rows) {
        folder.write(&name, bytes);
    }
    if let Some(line) = reading {
        folder.write("quota-snapshots.jsonl", line);
    }
    let labels = Options { provider: Some("kimi-code".into()), account: Some("team-1".into()), ..options() };
    pipeline::run(&[folder.path()], &labels, &Quiet).document
}

/// Every request is found once, with what became of it.
#[track_caller]
fn is_whole(document: &Document, rows: &[Row], name: &str) {
    let refused = rows.iter().filter(|r| !r.is_admitted()).count();
    let found = &document.coverage;
    assert_eq!((found.attempts as usize, found.refused as usize), (rows.len(), refused), "{name}");
    assert_eq!((found.admitted + found.refused, document.pools.len()), (found.attempts, 1), "{name}");
    let problems: Vec<_> = document.inputs.iter().flat_map(|i| &i.problems).collect();
    assert!(problems.is_empty(), "{name}: {problems:?}");
}

fn costliest(document: &Document) -> &Episode {
    let id = document.verdict.episode.as_ref().unwrap();
    document.episodes.iter().find(|e| e.id == *id).unwrap()
}

/// The cause that comes first, also where the report does not decide.
fn leading(episode: &Episode) -> (&str, Option<u32>) {
    match episode.verdict.between.as_deref() {
        Some([first, ..]) => (&first.cause, first.window_minutes),
        _ => (&episode.verdict.cause, episode.verdict.window_minutes),
    }
}

fn misses(episode: &Episode, what: &str) -> bool {
    episode.missing.iter().any(|m| m.contains(what))
}

const BOTH_ENDS: &str = "A log with start and end of every request";
const A_READING: &str = "A usage snapshot taken between";

#[test]
fn a_window_with_a_reading_is_the_window_in_every_format() {
    let rows = window();
    let reset = Some(fleet::at(BLOCK_S.1 as f64 + 0.417));
    for (name, sees, tell) in FORMATS {
        let document = report(*tell, &rows, Some(reading()));
        is_whole(&document, &rows, name);
        let episodes: Vec<_> = document.episodes.iter().filter(|e| e.kind == "refused").collect();
        for episode in &episodes {
            let verdict = &episode.verdict;
            assert_eq!((verdict.cause.as_str(), verdict.window_minutes), ("token_window", Some(300)), "{name}");
            assert_eq!(episode.estimates.resets_at, reset, "{name}");
        }
        assert_eq!(costliest(&document).verdict.confidence, "confirmed", "{name}");
        // Answers that were under way when the block began end inside it, and part it where their starts are not told.
        let parts = if *sees == Sees::Ends { 2 } else { 1 };
        assert_eq!(episodes.len(), parts, "{name}: {}", document.verdict.sentence);
    }
}

#[test]
fn a_window_without_a_reading_comes_first_in_every_format_and_is_never_more_than_compatible() {
    let rows = window();
    for (name, sees, tell) in FORMATS {
        let document = report(*tell, &rows, None);
        is_whole(&document, &rows, name);
        let episode = costliest(&document);
        assert_eq!(leading(episode), ("token_window", Some(300)), "{name}: {}", episode.sentence);
        assert!(misses(episode, A_READING), "{name}: {:?}", episode.missing);
        let word = episode.verdict.confidence.as_str();
        if matches!(sees, Sees::OneEnd | Sees::Ends) {
            // Slots cannot be counted, so a cap is not ruled out where it is left open; the report then says what would have.
            assert!(["undetermined", "compatible"].contains(&word), "{name}: {word}");
            let is_open = word == "undetermined";
            assert!(!is_open || misses(episode, BOTH_ENDS), "{name}: {:?}", episode.missing);
        } else {
            assert_eq!(word, "compatible", "{name}");
            assert!(episode.sentence.starts_with("An account-level block"), "{name}: {}", episode.sentence);
        }
    }
}

#[test]
fn three_slots_are_a_cap_in_every_format_and_three_where_they_can_be_counted() {
    let rows = cap();
    for (name, sees, tell) in FORMATS {
        let document = report(*tell, &rows, None);
        is_whole(&document, &rows, name);
        let episode = costliest(&document);
        assert_eq!(episode.verdict.cause, "concurrency_cap", "{name}: {}", episode.sentence);
        let bounds = episode.estimates.concurrency_cap.as_ref().map(|c| (c.low, c.best, c.high));
        match sees {
            Sees::All => assert_eq!(bounds, Some((3, Some(3), Some(3))), "{name}"),
            Sees::Retries => {
                let (low, best, high) = bounds.unwrap_or_else(|| panic!("{name} has no bounds"));
                assert!(low <= 3 && best.is_none_or(|n| n == 3) && high.is_none_or(|h| h >= 3), "{name}: {bounds:?}");
            }
            Sees::OneEnd | Sees::Ends => {
                assert_eq!(bounds, None, "{name}");
                assert!(misses(episode, BOTH_ENDS), "{name}: {:?}", episode.missing);
            }
        }
    }
}

/// Codex `exec` before 0.169 writes no refusal down. The window is then known by its reading alone, and a cap not at
/// all: the report says that these logs cannot show it, and does not call it health.
#[test]
fn a_client_that_writes_no_refusal_is_not_taken_for_healthy() {
    let document = report(agents::codex_exec, &window(), Some(reading()));
    let [episode] = &document.episodes[..] else { panic!("{:?}", document.episodes) };
    let verdict = &episode.verdict;
    assert_eq!((episode.kind.as_str(), verdict.cause.as_str()), ("silent", "token_window"));
    assert_eq!((verdict.window_minutes, document.coverage.refused), (Some(300), 0));

    let document = report(agents::codex_exec, &cap(), None);
    assert_eq!((document.verdict.cause, document.coverage.refused), (None, 0));
    let said = "These logs do not record every retry and could hide up to";
    assert!(document.verdict.sentence.contains(said), "{}", document.verdict.sentence);
    assert!(document.verdict.sentence.contains("codex-rollout"), "{}", document.verdict.sentence);
}
