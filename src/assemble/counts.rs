//! What became of every attempt, for the first lines: counts that add up, and failures that are no episode of their own,
//! quoted and dated.

use std::collections::BTreeMap;

use super::Parts;
use crate::document::Coverage;
use crate::model::{Attempt, Class, Outcome, TextId, Time};
use crate::signals::class::is_cancel;
use crate::timeline::Timeline;
use crate::wording::numbers::{counted, duration, thousands};

/// How many admitted attempts broke off before their answer was complete.
pub(super) fn broken(parts: &Parts<'_>) -> usize {
    let rows = parts.timeline.pools.iter().flat_map(|p| &p.attempts);
    rows.filter(|a| a.is_admitted() && a.class == Class::Network).count()
}

/// Groups of failures that are quoted; of more only how many there are.
const QUOTED: usize = 3;
/// Enough of a text to recognise it.
const QUOTE_CHARS: usize = 110;

/// The sentences: the counts, then failures without a known cause and answers about the request itself.
pub(super) fn counts(parts: &Parts<'_>, coverage: &Coverage) -> Vec<String> {
    if coverage.attempts == 0 {
        return Vec::new();
    }
    let [admitted, refused, other] = [coverage.admitted, coverage.refused, coverage.other].map(thousands);
    let all = counted(usize::try_from(coverage.attempts).unwrap_or(usize::MAX), "attempt");
    // What got no answer was refused by nobody.
    let rows = parts.timeline.pools.iter().flat_map(|p| &p.attempts).filter(|a| a.has_row());
    let failed = rows.filter(|a| a.is_refused() && a.class == Class::Network).count() as u64;
    let refused = match failed {
        0 => format!("{refused} refused"),
        n => format!("{} refused, {} failed without an answer", thousands(coverage.refused - n), thousands(n)),
    };
    let mut lines = vec![format!("{all}: {admitted} admitted, {refused}, {other} other.")];
    let groups = groups(parts);
    lines.extend(groups.iter().take(QUOTED).map(|g| g.sentence(parts)));
    let rest: usize = groups.iter().skip(QUOTED).map(|g| g.count).sum();
    if rest > 0 {
        lines.push(format!("{} failed in other ways that are no limit.", counted(rest, "more request")));
    }
    lines
}

/// A stretch without a request from which retries that are not logged could have been refused, in seconds.
const SILENCE_S: f64 = 120.0;
/// A longer one is a night, not a retry.
const NIGHT_S: f64 = 3.0 * 3_600.0;
/// Silences that are named.
const SILENCES: usize = 3;

/// The longest stretches without a request, in order of time: each could hide refusals that a client does not log.
pub(super) fn silences(timeline: &Timeline) -> Option<String> {
    let mut attempts: Vec<(Time, Time)> = Vec::new();
    for a in timeline.pools.iter().flat_map(|p| &p.attempts) {
        attempts.push((a.start, a.end.unwrap_or(a.start)));
    }
    attempts.sort_unstable();
    let mut until = attempts.first()?.1;
    let mut found: Vec<(Time, Time)> = Vec::new();
    for (start, end) in attempts {
        if (SILENCE_S..NIGHT_S).contains(&start.since(until)) {
            found.push((until, start));
        }
        until = until.max(end);
    }
    found.sort_by(|a, b| b.1.since(b.0).total_cmp(&a.1.since(a.0)));
    found.truncate(SILENCES);
    found.sort_unstable();
    let silences = |(from, to): &(Time, Time)| {
        format!("{} to {} ({} without a request)", from.rfc3339(), to.rfc3339(), duration(to.since(*from)))
    };
    let silences: Vec<String> = found.iter().map(silences).collect();
    (!silences.is_empty()).then(|| format!("Silences that could hide one: {}.", silences.join(", ")))
}

/// How failures are told apart: those without a known cause first, then by status and text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Unknown,
    Cut,
    Answered,
    Cancelled,
}

/// Failures with one status and one wording.
struct Group {
    kind: Kind,
    status: Option<u16>,
    text: Option<TextId>,
    count: usize,
    from: Time,
    to: Time,
}

fn groups(parts: &Parts<'_>) -> Vec<Group> {
    let mut found: BTreeMap<(Kind, Option<u16>), Group> = BTreeMap::new();
    let rows = parts.timeline.pools.iter().flat_map(|p| &p.attempts).filter(|a| a.has_row());
    for a in rows {
        let Some(kind) = kind_of(a, parts) else { continue };
        let group = found.entry((kind, a.status)).or_insert_with(|| Group {
            kind,
            status: a.status,
            text: None,
            count: 0,
            from: a.start,
            to: a.start,
        });
        group.count += 1;
        group.text = group.text.or(a.error_message);
        group.from = group.from.min(a.start);
        group.to = group.to.max(a.start);
    }
    let mut groups: Vec<Group> = found.into_values().collect();
    groups.sort_by_key(|g| (g.kind, std::cmp::Reverse(g.count), g.from));
    groups
}

fn kind_of(a: &Attempt, parts: &Parts<'_>) -> Option<Kind> {
    let text = |id: Option<TextId>| id.map(|id| parts.timeline.texts.get(id));
    match (a.outcome, a.class) {
        (Outcome::Refused, Class::Unknown) => Some(Kind::Unknown),
        (Outcome::Admitted, Class::Network) => Some(Kind::Cut),
        (Outcome::Other, _) if a.status.is_none() && is_cancel(text(a.error_kind), text(a.error_message)) => {
            Some(Kind::Cancelled)
        }
        (Outcome::Other, _) => Some(Kind::Answered),
        _ => None,
    }
}

impl Group {
    fn sentence(&self, parts: &Parts<'_>) -> String {
        let requests = counted(self.count, "request");
        let quote = self.text.map(|t| quote(parts.timeline.texts.get(t))).unwrap_or_default();
        let when = match self.count {
            1 => format!("at {}", self.from.rfc3339()),
            _ => format!("from {} to {}", self.from.rfc3339(), self.to.rfc3339()),
        };
        match (self.kind, self.status) {
            (Kind::Unknown, _) => format!("{requests} ended in an error that names no limit{quote}, {when}."),
            (Kind::Cut, _) => format!("{requests} broke off after admission{quote}, {when}: the connection, no limit."),
            (Kind::Cancelled, _) => format!("{requests} ended when the user cancelled, {when}."),
            (Kind::Answered, Some(status)) => {
                format!("{requests} failed with {status}{quote}, {when}: about the request itself, no limit.")
            }
            (Kind::Answered, None) => {
                format!("{requests} failed because of the request itself{quote}, {when}: no limit.")
            }
        }
    }
}

fn quote(text: &str) -> String {
    let mut short: String = text.chars().take(QUOTE_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!(" (\"{short}\")")
}
