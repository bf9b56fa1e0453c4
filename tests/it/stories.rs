//! Six stories with fixed seeds: what is true is known, and what must be said of it.

use why429::document::{Document, Episode};

use crate::fleet::{AMBIGUOUS, Fleet, QuotaState, Row, Story, at, log, text};
use crate::support::{Folder, analyse, fixture, inputs_of};

/// An hour without admissions: sixty minutes, thirty agents, a sentence that names nothing.
const THREAD: Fleet = Fleet {
    seed: 429,
    agents: 30,
    story: Story::Window { from_s: 4_000, until_s: 7_400 },
    request_s: (20, 100),
    retry_s: (60, 400),
    length_s: 9_500,
};

fn report(rows: &[Row], readings: &[QuotaState]) -> Document {
    let folder = Folder::new();
    folder.write("requests.jsonl", log(rows));
    if !readings.is_empty() {
        folder.write("usage-ledger.jsonl", text(readings.iter().map(|r| r.line(0))));
    }
    analyse(&[folder.path()])
}

/// The one episode of a report.
#[track_caller]
fn only(document: &Document) -> &Episode {
    assert_eq!(document.episodes.len(), 1, "{:?}", document.verdict);
    &document.episodes[0]
}

fn probability(episode: &Episode, cause: &str) -> f64 {
    episode.causes.iter().find(|c| c.cause == cause).map_or(0.0, |c| c.probability)
}

fn exhausted(at_s: i64) -> QuotaState {
    QuotaState { at_s, remaining: 0, resets_s: 7_400 }
}

#[test]
fn the_thread_with_a_reading_inside_is_a_window_that_was_used_up() {
    let document = report(&THREAD.rows(), &[exhausted(5_500)]);
    let episode = only(&document);
    assert_eq!((episode.verdict.cause.as_str(), episode.verdict.window_minutes), ("token_window", Some(300)));
    assert_eq!(episode.verdict.confidence, "confirmed");
    assert_eq!(episode.estimates.resets_at.as_deref(), Some(at(7_400.417).as_str()));
    assert!(episode.last_admission_before.as_ref().unwrap() < &at(4_000.0));
    assert!(episode.first_refusal.as_ref().unwrap() >= &at(4_000.0));
    assert!(episode.last_refusal.as_ref().unwrap() < &at(7_400.0));
    assert!(episode.first_admission_after.as_ref().unwrap() >= &at(7_400.0));
}

#[test]
fn the_thread_without_a_reading_is_an_account_level_block_and_no_more() {
    let document = report(&THREAD.rows(), &[]);
    let episode = only(&document);
    assert_eq!(episode.verdict.group, "account_level");
    assert!(["compatible", "undetermined"].contains(&episode.verdict.confidence.as_str()), "{:?}", episode.verdict);
    assert!(probability(episode, "concurrency_cap") < 0.05);
    let account_level = ["token_window", "account_block", "billing", "access"].map(|c| probability(episode, c));
    assert!(account_level.iter().sum::<f64>() >= 0.8, "{:?}", episode.causes);
    assert!(episode.sentence.starts_with("An account-level block"), "{}", episode.sentence);
    assert!(!episode.missing.is_empty());
}

/// The rule of thumb ("an hour without a success is a quota") is wrong here.
#[test]
fn one_slot_and_ten_minute_requests_are_a_cap() {
    let fleet = Fleet {
        agents: 4,
        request_s: (480, 720),
        retry_s: (20, 60),
        length_s: 14_400,
        ..Fleet::new(1, Story::Cap { slots: 1 })
    };
    let document = report(&fleet.rows(), &[]);
    let episode = only(&document);
    assert_eq!(episode.verdict.cause, "concurrency_cap");
    // No text names it and nothing is known of the account, so the word is left open; the share is not.
    assert!(episode.verdict.probability >= 0.85, "{:?}", episode.verdict);
    let cap = episode.estimates.concurrency_cap.as_ref().unwrap();
    assert_eq!((cap.low, cap.best, cap.high), (1, Some(1), Some(1)));
}

#[test]
fn long_streams_that_end_inside_the_gap_were_admitted_before_it() {
    let mut rows = THREAD.rows();
    for (i, minutes) in [7, 15, 24, 33, 41].into_iter().enumerate() {
        rows.push(Row {
            start_ms: 3_600_123 + 40_000 * i as i64,
            end_ms: Some(4_000_457 + minutes * 60_000),
            status: 200,
            text: None,
            tokens: 90_000,
            agent: 100 + i,
            account: Some("team-1"),
        });
    }
    let document = report(&rows, &[exhausted(5_500)]);
    let episode = only(&document);
    assert_eq!((episode.verdict.cause.as_str(), episode.verdict.window_minutes), ("token_window", Some(300)));
    assert_eq!((episode.admitted, episode.verdict.confidence.as_str()), (0, "confirmed"));
    // And without the snapshot nobody may call it a cap because something succeeded in the gap.
    let bare = report(&rows, &[]);
    assert!(probability(only(&bare), "concurrency_cap") < 0.05, "{:?}", only(&bare).causes);
}

#[test]
fn three_tries_then_silence_decide_nothing() {
    let fleet = Fleet { agents: 1, length_s: 2_400, ..Fleet::new(3, Story::Cap { slots: 9 }) };
    let mut rows = fleet.rows();
    let last_s = rows.last().unwrap().end_ms.unwrap() / 1_000;
    let row = |start_ms: i64, status, text| Row {
        start_ms,
        end_ms: Some(start_ms + 700),
        status,
        text,
        tokens: 9_000,
        agent: 0,
        account: Some("team-1"),
    };
    for tried in [2, 5, 11] {
        rows.push(row((last_s + tried) * 1_000 + 77, 429, Some(AMBIGUOUS)));
    }
    rows.push(row((last_s + 7_200) * 1_000 + 77, 200, None));
    let document = report(&rows, &[]);
    let episode = only(&document);
    assert_eq!((episode.kind.as_str(), episode.refused), ("refused", 3));
    assert!(["compatible", "undetermined"].contains(&episode.verdict.confidence.as_str()), "{:?}", episode.verdict);
    // Two hours of silence are no proof of two hours of block.
    assert!((episode.proven_span_s - 9.0).abs() < 1e-6);
    assert_eq!(episode.first_admission_after.as_deref(), Some(at((last_s + 7_200) as f64 + 0.077).as_str()));
}

#[test]
fn two_accounts_are_two_pools_and_merged_ones_are_no_sure_cap() {
    let blocked = Fleet { agents: 10, ..THREAD }.rows();
    let free = Fleet { agents: 10, ..Fleet::new(17, Story::Cap { slots: 99 }) }.rows();
    let mut rows = blocked;
    rows.extend(free.into_iter().map(|r| Row { account: Some("team-2"), agent: r.agent + 50, ..r }));
    rows.sort_by_key(|r| (r.start_ms, r.agent));
    let actual = report(&rows, &[exhausted(5_500)]);
    let episode = only(&actual);
    assert_eq!((episode.pool.as_str(), episode.verdict.cause.as_str()), ("kimi-code/team-1/*", "token_window"));
    assert_eq!(episode.admitted, 0, "the other account's successes are its own");

    rows.iter_mut().for_each(|r| r.account = None);
    let merged = report(&rows, &[]);
    assert!(merged.notes.iter().any(|n| n.contains("--account")), "{:?}", merged.notes);
    assert_eq!(merged.pools.iter().map(|p| p.id.as_str()).collect::<Vec<_>>(), ["kimi-code/-/*"]);
    for episode in &merged.episodes {
        let sure_cap = episode.verdict.cause == "concurrency_cap" && episode.verdict.confidence != "compatible";
        assert!(!sure_cap, "{:?}", episode.verdict);
    }
}

#[test]
fn a_log_cut_inside_the_block_has_no_recovery() {
    let mut rows = THREAD.rows();
    rows.retain(|r| r.start_ms < 6_200_000);
    let document = report(&rows, &[exhausted(5_500)]);
    let episode = only(&document);
    assert_eq!((episode.starts_in_block, episode.ends_in_block), (false, true));
    assert_eq!(episode.first_admission_after, None);
    assert_eq!((episode.verdict.cause.as_str(), episode.verdict.group.as_str()), ("token_window", "account_level"));
    assert_ne!(episode.verdict.confidence, "confirmed", "no recovery at the reset was seen");
    assert_eq!(episode.estimates.resets_at.as_deref(), Some(at(7_400.417).as_str()));
}

/// Where a snapshot of nothing left is there, another one is not asked for.
#[test]
fn what_a_reading_shows_already_is_not_asked_for() {
    let missing = |name: &str| {
        let document = analyse(&inputs_of(&fixture(name)));
        document.episodes.into_iter().flat_map(|e| e.missing).collect::<Vec<_>>().join("\n")
    };
    let still = missing("cut-inside-block");
    assert!(still.contains("Requests admitted at the reset, 2026-06-24T16:48:31"), "{still}");
    let rolling = missing("rolling-trickle");
    assert!(rolling.contains("no request was admitted at its reset"), "{rolling}");
    for sentence in [still, rolling] {
        assert!(!sentence.contains("A usage snapshot taken between"), "{sentence}");
    }
    assert!(missing("thread-hour-no-snapshot").contains("A usage snapshot taken between"));
}
