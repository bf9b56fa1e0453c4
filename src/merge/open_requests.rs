//! Requests that are still open at the end of the logs: each once, though a session's log and its agents' own records may
//! both hold it.

use super::{Context, Merged, Rows};
use crate::model::{Attempt, FileId, TextId};

/// Two sources stamp the beginning of one request so near to each other, in seconds.
const SAME_S: f64 = 2.0;

/// Merges the rows of one open request.
pub(super) fn merge(rows: &mut Rows, _: &Context<'_>) -> Merged {
    let before = rows.open.len();
    rows.open = once_each(std::mem::take(&mut rows.open));
    Merged { open_duplicates: (before - rows.open.len()) as u64, ..Merged::default() }
}

/// Each open request once: the row that names its agent stays.
fn once_each(mut rows: Vec<Attempt>) -> Vec<Attempt> {
    rows.sort_by_key(|a| (a.client, a.start, a.source, a.rank));
    let mut kept: Vec<(Attempt, Vec<Source>)> = Vec::with_capacity(rows.len());
    for row in rows {
        let source = (row.source.file, row.rank);
        let near = |k: &Attempt| k.client == row.client && row.start.since(k.start) <= SAME_S;
        let first = kept.iter().rposition(|(k, _)| !near(k)).map_or(0, |i| i + 1);
        match kept[first..].iter_mut().find(|(k, sources)| !sources.contains(&source) && may_be_one(k, &row)) {
            Some((k, sources)) => {
                sources.push(source);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::testing::admitted;
    use crate::model::{SourceRef, Texts};

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
}
