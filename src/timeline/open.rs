//! Requests that are still open at the end of the logs: neither admitted nor refused, and in flight.
//!
//! In: open rows of all files, with ids of one text table. Out: each request once, though a session's log and its agents'
//! own records may both hold it.

use std::collections::BTreeMap;

use crate::model::{Attempt, Fidelity, FileId, TextId, Time};

/// Two sources stamp the begin of one request so near to each other, in seconds.
const SAME_S: f64 = 2.0;
/// An open request is taken to run for at least this long, in seconds, and as long as the longest one of its pool.
const RUNS_S: f64 = 600.0;

/// Each open request once: the row that names its agent stays.
pub(super) fn once_each(mut rows: Vec<Attempt>) -> Vec<Attempt> {
    rows.sort_by_key(|a| (a.client, a.start, a.source, a.rank));
    let mut kept: Vec<(Attempt, Vec<Source>)> = Vec::with_capacity(rows.len());
    for row in rows {
        let source = (row.source.file, row.rank);
        let near = |k: &Attempt| k.client == row.client && row.start.since(k.start) <= SAME_S;
        let first = kept.iter().rposition(|(k, _)| !near(k)).map_or(0, |i| i + 1);
        match kept[first..].iter_mut().find(|(k, told)| !told.contains(&source) && may_be_one(k, &row)) {
            Some((k, told)) => {
                told.push(source);
                *k = if k.agent.is_none() { Attempt { start: k.start, ..row } } else { *k };
            }
            None => kept.push((row, vec![source])),
        }
    }
    kept.into_iter().map(|(row, _)| row).collect()
}

/// A file and the rank of its rows.
type Source = (FileId, u8);

/// Whether neither names what the other denies.
fn may_be_one(a: &Attempt, b: &Attempt) -> bool {
    let fits = |a: Option<TextId>, b: Option<TextId>| a.is_none() || b.is_none() || a == b;
    fits(a.session, b.session) && fits(a.agent, b.agent)
}

/// When each open request was in flight. An agent is sequential, so its next attempt ends the wait; a row that hides
/// retries may have been refused all along, and counts for nothing.
pub(super) fn in_flight(open: &[Attempt], attempts: &[Attempt], longest_s: f64) -> Vec<(Time, Time)> {
    let agent = |a: &Attempt| (a.client, a.session, a.agent);
    let mut last: BTreeMap<(TextId, Option<TextId>, Option<TextId>), Time> = BTreeMap::new();
    for a in attempts {
        last.insert(agent(a), a.start);
    }
    let runs = |a: &&Attempt| {
        let followed = a.agent.is_some() && last.get(&agent(a)).is_some_and(|t| *t > a.start);
        a.fidelity != Fidelity::Collapsed && !followed
    };
    let until = |a: &Attempt| a.start.plus(longest_s.max(RUNS_S));
    open.iter().filter(runs).map(|a| (a.start, until(a))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SourceRef, Texts};
    use crate::timeline::testing::admitted;

    fn open(texts: &mut Texts, start: f64, agent: Option<&str>, file: u32) -> Attempt {
        let a = admitted(texts, start, start, agent.unwrap_or("x"));
        let source = SourceRef { file: FileId(file), line: 1 };
        Attempt { end: None, agent: a.agent.filter(|_| agent.is_some()), source, ..a }
    }

    #[test]
    fn a_request_in_wire_and_log_is_one() {
        let mut texts = Texts::default();
        // Two agents' wires hold a request each; the session's log, which names no agents, holds both.
        let rows = vec![
            open(&mut texts, 10.0, Some("a"), 0),
            open(&mut texts, 10.5, Some("b"), 1),
            open(&mut texts, 10.1, None, 2),
            open(&mut texts, 10.4, None, 2),
        ];
        assert_eq!(once_each(rows.clone()).len(), 2);
        // A third one in the log has no wire.
        let third = open(&mut texts, 11.0, None, 2);
        assert_eq!(once_each(rows.into_iter().chain([third]).collect()).len(), 3);
    }

    #[test]
    fn what_an_agent_left_behind_is_not_in_flight() {
        let mut texts = Texts::default();
        let left = open(&mut texts, 10.0, Some("a"), 0);
        let next = admitted(&mut texts, 50.0, 60.0, "a");
        assert_eq!(in_flight(&[left], &[next], 20.0), []);
        let other = admitted(&mut texts, 50.0, 60.0, "b");
        assert_eq!(in_flight(&[left], &[other], 20.0).len(), 1);
    }
}
