//! The same row twice: repeated lines, copied and split files, forked sessions, equal request ids.
//!
//! In: attempts in content order. Out: the same without repeats, in that order.

use std::collections::HashMap;

use super::{Lanes, fill, told_at};
use crate::model::{Attempt, Outcome, SourceRef, TextId, Time, Tokens};

/// Two tellings of one request id may differ by this much in their stamps.
const SAME_ID_S: f64 = 2.0;

/// Drops rows that repeat another one (step 1).
pub(super) fn drop_repeats(attempts: &mut Vec<Attempt>, lanes: &Lanes) {
    let mut kept: Vec<Attempt> = Vec::with_capacity(attempts.len());
    for run in attempts.chunk_by(same_lane_and_time) {
        if run.len() == 1 {
            kept.extend_from_slice(run);
        } else if lanes.names(&run[0]) && has_fraction(&run[0]) {
            once_per_outcome(run, &mut kept);
        } else {
            for equal in run.chunk_by(same_content) {
                as_often_as_one_file(equal, &mut kept);
            }
        }
    }
    *attempts = kept;
}

fn same_lane_and_time(a: &Attempt, b: &Attempt) -> bool {
    (a.start, a.end, a.client, a.session, a.agent) == (b.start, b.end, b.client, b.session, b.agent)
}

fn same_content(a: &Attempt, b: &Attempt) -> bool {
    let place = SourceRef::default();
    Attempt { source: place, ..*a } == Attempt { source: place, ..*b }
}

/// Stamps of whole seconds cannot tell a quick retry from a repeat.
fn has_fraction(a: &Attempt) -> bool {
    [Some(a.start), a.end].into_iter().flatten().any(|t| t.micros() % 1_000_000 != 0)
}

fn once_per_outcome(run: &[Attempt], kept: &mut Vec<Attempt>) {
    let first = kept.len();
    for a in run {
        match kept[first..].iter_mut().find(|k| k.outcome == a.outcome && k.unconfirmed == a.unconfirmed) {
            Some(k) => fill(k, a),
            None => kept.push(*a),
        }
    }
}

/// Equal rows, sorted by place: those of the file that has most of them stay.
fn as_often_as_one_file(equal: &[Attempt], kept: &mut Vec<Attempt>) {
    let files = equal.chunk_by(|a, b| a.source.file == b.source.file);
    let most = files.reduce(|most, file| if file.len() > most.len() { file } else { most });
    kept.extend_from_slice(most.unwrap_or(&[]));
}

/// Merges the history that forked sessions copied (step 3). `forking` is the client that copies.
pub(super) fn merge_forks(attempts: &mut Vec<Attempt>, forking: Option<TextId>) {
    let Some(client) = forking else { return };
    let is_lane = |a: &Attempt| a.client == client && a.agent.is_some() && a.session.is_some() && has_fraction(a);
    let mut seen: HashMap<Lane, ()> = HashMap::new();
    let mut families: HashMap<(Option<TextId>, Telling), usize> = HashMap::new();
    let mut family_of: HashMap<Lane, usize> = HashMap::new();
    for a in attempts.iter().filter(|a| is_lane(a)) {
        if seen.insert((a.session, a.agent), ()).is_none() {
            let next = families.len();
            let family = *families.entry((a.agent, telling(a))).or_insert(next);
            family_of.insert((a.session, a.agent), family);
        }
    }
    let mut first: HashMap<(usize, Telling), usize> = HashMap::new();
    let mut kept: Vec<Attempt> = Vec::with_capacity(attempts.len());
    for a in attempts.iter() {
        let family = family_of.get(&(a.session, a.agent)).filter(|_| is_lane(a));
        let before = family.and_then(|f| first.get(&(*f, telling(a))).copied());
        match before {
            // Inside one session equal rows were looked at in step 1.
            Some(at) if kept[at].session != a.session => fill(&mut kept[at], a),
            _ => {
                if let Some(f) = family {
                    first.entry((*f, telling(a))).or_insert(kept.len());
                }
                kept.push(*a);
            }
        }
    }
    *attempts = kept;
}

type Lane = (Option<TextId>, Option<TextId>);

/// What two copies of an attempt agree in.
type Telling = (Time, Option<Time>, Outcome, Option<u16>, Tokens);

fn telling(a: &Attempt) -> Telling {
    (a.start, a.end, a.outcome, a.status, a.tokens)
}

/// Merges rows with the same request id (step 4).
pub(super) fn merge_request_ids(attempts: &mut Vec<Attempt>) {
    let mut last: HashMap<(TextId, Option<TextId>, u64, Outcome), usize> = HashMap::new();
    let mut kept: Vec<Attempt> = Vec::with_capacity(attempts.len());
    for a in attempts.iter() {
        if a.request_hash == 0 {
            kept.push(*a);
            continue;
        }
        let key = (a.client, a.account, a.request_hash, a.outcome);
        match last.get(&key) {
            Some(at) if told_at(a).since(told_at(&kept[*at])).abs() <= SAME_ID_S => fill(&mut kept[*at], a),
            _ => {
                last.insert(key, kept.len());
                kept.push(*a);
            }
        }
    }
    *attempts = kept;
}
