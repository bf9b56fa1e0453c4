//! Leaves out what the logs hold after "now", so that any moment of an outage can be looked at as it was then.
//!
//! In: parsed files, all times in UTC. Out: the same files as they stood at that instant: a request that began before it
//! and ended after it is open. Nothing later reaches any other stage.

use crate::input::InputFile;
use crate::model::{Attempt, Class, Outcome, Snapshot, Time};

/// Cuts the files at an instant. Answers how many attempts and snapshots lie after it.
pub(super) fn cut(files: &mut [InputFile], now: Time) -> u64 {
    files.iter_mut().map(|file| cut_one(file, now)).sum()
}

fn cut_one(file: &mut InputFile, now: Time) -> u64 {
    let parsed = &mut file.parsed;
    let before = parsed.attempts.len() + parsed.snapshots.len() + file.snapshots.len();
    let mut opened: Vec<Attempt> = Vec::new();
    parsed.attempts.retain(|a| {
        if is_open(a, now) {
            opened.push(Attempt { end: None, outcome: Outcome::Other, class: Class::Other, ..*a });
        }
        a.start <= now && a.end.is_none_or(|end| end <= now)
    });
    let is_known = |s: &Snapshot| s.captured.is_none_or(|c| c.at <= now);
    parsed.snapshots.retain(is_known);
    file.snapshots.retain(is_known);
    let left = parsed.attempts.len() + parsed.snapshots.len() + file.snapshots.len();
    let after = before - left - opened.len();
    let was_open = parsed.open.len();
    parsed.open.retain(|a| a.start <= now);
    parsed.unanswered = parsed.unanswered.saturating_sub((was_open - parsed.open.len()) as u64) + opened.len() as u64;
    parsed.open.extend(opened);
    parsed.naming.retain(|n| n.from <= now);
    parsed.span = parsed.span.filter(|(from, _)| *from <= now).map(|(from, to)| (from, to.min(now)));
    after as u64
}

/// Whether an attempt ran at that instant. A start that was computed from the end says nothing before it.
fn is_open(a: &Attempt, now: Time) -> bool {
    a.start_read && a.start <= now && a.end.is_some_and(|end| end > now)
}
