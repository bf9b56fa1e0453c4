//! The same row twice: repeated lines, copied and split files.
//!
//! Two rows of one named agent that agree in start, end and outcome are one: an agent is sequential. This needs stamps
//! finer than a second. Rows without a named agent are never merged inside a file, since equal lines are then different
//! agents; of a copied or split file each row counts as often as in the file that has it most often.

use super::drops::Drops;
use super::{Context, Merged, Rows};
use crate::formats::SessionAgents;
use crate::model::{Attempt, SourceRef, TextId};

/// Drops rows that repeat another one.
pub(super) fn merge(rows: &mut Rows, _: &Context<'_>) -> Merged {
    let in_order = rows.clients_with(|t| t.session_agents == SessionAgents::OneInOrder);
    let names_agent = |a: &Attempt| a.agent.is_some() || (a.session.is_some() && in_order.contains(&a.client));
    let attempts = &mut rows.attempts;
    let mut drops = Drops::default();
    let mut from = 0;
    for run in attempts.chunk_by(same_agent_and_time) {
        if run.len() > 1 && names_agent(&run[0]) && has_fraction(&run[0]) {
            once_per_outcome(run, from, &mut drops);
        } else if run.len() > 1 {
            let mut at = from;
            for equal in run.chunk_by(same_content) {
                as_often_as_one_file(equal, at, &mut drops);
                at += equal.len();
            }
        }
        from += run.len();
    }
    Merged::duplicates(drops.apply(attempts))
}

fn same_agent_and_time(a: &Attempt, b: &Attempt) -> bool {
    (a.start, a.end, a.client, a.session, a.agent) == (b.start, b.end, b.client, b.session, b.agent)
}

fn same_content(a: &Attempt, b: &Attempt) -> bool {
    let place = SourceRef::default();
    Attempt { source: place, ..*a } == Attempt { source: place, ..*b }
}

/// Stamps of whole seconds cannot tell a quick retry from a repeat.
pub(super) fn has_fraction(a: &Attempt) -> bool {
    [Some(a.start), a.end].into_iter().flatten().any(|t| t.micros() % 1_000_000 != 0)
}

/// One row stays for each outcome; `from` is the place of the run.
fn once_per_outcome(run: &[Attempt], from: usize, drops: &mut Drops) {
    for (i, a) in run.iter().enumerate() {
        let same = |k: &Attempt| k.outcome == a.outcome && k.unconfirmed == a.unconfirmed && could_share_pool(k, a);
        if let Some(first) = run[..i].iter().position(same) {
            drops.rows.push((from + i, Some(from + first)));
        }
    }
}

/// Whether nothing that both name of their pools differs: two accounts' rows are two requests, however alike.
fn could_share_pool(a: &Attempt, b: &Attempt) -> bool {
    let agree = |x: Option<TextId>, y: Option<TextId>| x.is_none() || y.is_none() || x == y;
    agree(a.account, b.account) && agree(a.provider, b.provider) && agree(a.model, b.model)
}

/// Equal rows, sorted by place: those of the file that has most of them stay.
fn as_often_as_one_file(equal: &[Attempt], from: usize, drops: &mut Drops) {
    let files = equal.chunk_by(|a, b| a.source.file == b.source.file);
    let most = files.map(<[Attempt]>::len).max().unwrap_or(0);
    drops.rows.extend((from + most..from + equal.len()).map(|i| (i, None)));
}
