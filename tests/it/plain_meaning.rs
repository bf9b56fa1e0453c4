//! No report lists an observation for or against a cause against what its sentence plainly means, nor asks for what the log holds.
//!
//! Over all fixtures, recordings and cases: each judged episode beside what is written of it.

use std::fs;
use std::path::{Path, PathBuf};

use why429::document::{Episode, Evidence};
use why429::evidence::{Meaning, has_snapshot_inside};
use why429::model::{Cause, Hypothesis};
use why429::pipeline::{self, Quiet};
use why429::verdict::TELLS;

use crate::support::{Folder, fixture, fixtures, inputs_of, options, root};
use crate::truth::inputs;

/// One observation as it was made: what it means for each hypothesis of the episode.
struct Seen {
    kind: &'static str,
    bin: &'static str,
    means: Vec<(Hypothesis, Meaning)>,
}

impl Seen {
    /// What it means for a cause: of a window, for the likeliest length.
    fn of(&self, cause: &str, window: Option<Hypothesis>) -> Meaning {
        let wanted = match Cause::from_id(cause).unwrap() {
            Cause::TokenWindow => window.unwrap(),
            cause => Hypothesis::of(cause),
        };
        self.means.iter().find(|(h, _)| *h == wanted).map_or(Meaning::Nothing, |(_, m)| *m)
    }

    fn speaks_against_others(&self, cause: Cause) -> bool {
        self.means.iter().any(|(h, m)| h.cause != cause && *m == Meaning::Against)
    }

    fn speaks_for_others(&self, cause: Cause) -> bool {
        self.means.iter().any(|(h, m)| h.cause != cause && *m == Meaning::For)
    }
}

/// One episode with its observations, and whether its log holds a snapshot inside the block, and all starts and ends.
struct Judged {
    name: String,
    window: Option<Hypothesis>,
    seen: Vec<Seen>,
    has_snapshot: bool,
    has_every_end: bool,
    written: Episode,
}

/// Every input there is, by name.
fn all_inputs(folder: &Folder) -> Vec<(String, Vec<PathBuf>)> {
    let mut all: Vec<(String, Vec<PathBuf>)> =
        fixtures().into_iter().map(|name| (name.clone(), inputs_of(&fixture(&name)))).collect();
    let folders = |path: PathBuf| {
        let mut found: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect();
        found.retain(|p| p.is_dir());
        found.sort();
        found
    };
    let name = |p: &Path| p.file_name().unwrap().to_string_lossy().into_owned();
    let recordings = folders(root().join("recordings")).into_iter().filter(|p| p.join("logs.tar.gz").is_file());
    all.extend(recordings.map(|p| (name(&p), inputs(&p))));
    let packed = fs::File::open(root().join("tests/cases/public.tar.gz")).unwrap();
    tar::Archive::new(flate2::read::GzDecoder::new(packed)).unpack(folder.path()).unwrap();
    all.extend(folders(folder.path()).into_iter().map(|p| (name(&p), vec![p])));
    all.extend(folders(root().join("tests/cases/more")).into_iter().map(|p| (name(&p), vec![p.join("input")])));
    all
}

fn judged() -> Vec<Judged> {
    let folder = Folder::new();
    let mut all = Vec::new();
    for (name, paths) in all_inputs(&folder) {
        let mut seen = Vec::new();
        let analysis = pipeline::run_seen(&paths, &options(), &Quiet, &mut |case, judged| {
            let means = |o: &why429::evidence::Observation| {
                judged.shares.by_hypothesis.keys().map(|h| (*h, o.meaning(h))).collect()
            };
            let observations = judged.scored.iter().map(|s| &s.observation);
            let observations =
                observations.map(|o| Seen { kind: o.kind, bin: o.bin, means: means(o) }).collect::<Vec<_>>();
            let flight = &case.pool.flight;
            let has_every_end =
                flight.usable && flight.missing == 0.0 && flight.collapsed == 0.0 && case.not_logged() == 0;
            seen.push((judged.shares.window(), observations, has_snapshot_inside(case), has_every_end));
        });
        for (written, (window, seen, has_snapshot, has_every_end)) in analysis.document.episodes.into_iter().zip(seen) {
            if written.kind == "refused" {
                all.push(Judged { name: name.clone(), window, seen, has_snapshot, has_every_end, written });
            }
        }
    }
    assert!(all.len() > 200, "{} episodes", all.len());
    all
}

/// What is wrong with one piece of evidence.
fn wrong(j: &Judged, seen: &Seen, e: &Evidence) -> Option<String> {
    let of = |cause: &String| seen.of(cause, j.window);
    if let Some(cause) = e.supports.iter().find(|c| of(c) != Meaning::For) {
        return Some(format!("supports {cause}"));
    }
    if let Some(cause) = e.against.iter().find(|c| of(c) != Meaning::Against) {
        return Some(format!("is against {cause}"));
    }
    let first = &j.written.causes[0].cause;
    let cause = Cause::from_id(first).unwrap();
    let is_open = j.written.verdict.between.is_some();
    if e.part_of.is_some() || e.leverage.abs() < TELLS {
        return None;
    }
    let fits = match (seen.of(first, j.window), e.leverage > 0.0) {
        (Meaning::For, is_for) => is_for || is_open,
        (Meaning::Against, is_for) => !is_for,
        (Meaning::Nothing, true) => seen.speaks_against_others(cause),
        (Meaning::Nothing, false) => seen.speaks_for_others(cause) || is_open,
    };
    (!fits).then(|| format!("is listed with {:.2} beside {first}", e.leverage))
}

#[test]
fn every_item_is_listed_by_its_plain_meaning_and_no_side_is_empty_where_much_was_refused() {
    let mut found = Vec::new();
    for j in judged() {
        assert_eq!(j.seen.len(), j.written.evidence.len(), "{}", j.name);
        for (seen, e) in j.seen.iter().zip(&j.written.evidence) {
            assert_eq!((seen.kind, seen.bin), (e.kind.as_str(), e.bin.as_str()), "{}", j.name);
            found.extend(
                wrong(&j, seen, e)
                    .map(|why| format!("{} {} {}.{} {why}: {}", j.name, e.id, e.kind, e.bin, e.statement)),
            );
            // Every limit answers 429, so that is no reason for any of them.
            let is_reason = (e.kind.as_str(), e.bin.as_str()) == ("class", "rate_limited") && e.leverage != 0.0;
            assert!(!is_reason, "{} {}: {}", j.name, e.id, e.statement);
            // Nothing refused again is what a window that began anew leaves, and not what a cap does.
            if (e.kind.as_str(), e.bin.as_str()) == ("bounce", "none") {
                assert!(!e.against.iter().any(|c| c == "token_window"), "{} {}: {}", j.name, e.id, e.statement);
                assert!(!e.supports.iter().any(|c| c == "concurrency_cap"), "{} {}: {}", j.name, e.id, e.statement);
            }
        }
        let v = &j.written.verdict;
        let by_turns = v.between.iter().flatten().any(|b| b.share_of_time.is_some());
        let listed = j.written.evidence.iter().any(|e| e.leverage.abs() >= TELLS && e.part_of.is_none());
        if v.between.is_some() && !by_turns && j.written.probes >= 10 && !listed {
            found.push(format!("{} {} is open and lists nothing for either", j.name, j.written.id));
        }
    }
    assert!(found.is_empty(), "{}:\n{}", found.len(), found.join("\n"));
}

#[test]
fn one_thing_is_one_reason() {
    for j in judged() {
        let listed = j.written.evidence.iter().filter(|e| e.leverage.abs() >= TELLS && e.part_of.is_none());
        let flight: Vec<&str> = listed
            .map(|e| e.kind.as_str())
            .filter(|k| ["slot_release", "inflight_low", "inflight_auc", "inflight_same", "replay_cap"].contains(k))
            .collect();
        assert!(flight.len() <= 1, "{} {}: {flight:?}", j.name, j.written.id);
        for e in j.written.evidence.iter().filter(|e| e.part_of.is_some()) {
            let whole = j.written.evidence.iter().find(|x| Some(&x.id) == e.part_of.as_ref()).unwrap();
            assert!(whole.part_of.is_none() && whole.leverage != 0.0, "{} {}", j.name, e.id);
        }
    }
}

#[test]
fn what_the_log_holds_is_not_asked_for() {
    for j in judged() {
        for asked in &j.written.missing {
            let asks = |words: &str| asked.contains(words);
            let a_snapshot = asks("usage snapshot taken between");
            assert!(!(a_snapshot && j.has_snapshot), "{} {}: {asked}", j.name, j.written.id);
            let the_ends = asks("start and end of every request");
            assert!(!(the_ends && j.has_every_end), "{} {}: {asked}", j.name, j.written.id);
            assert!(
                !(asks("in the minute before each refusal") && j.has_every_end),
                "{} {}: {asked}",
                j.name,
                j.written.id
            );
        }
    }
}
