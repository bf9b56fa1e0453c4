//! One request id is one request: equal id, client, account and outcome, at most two seconds apart. Where the ids are those
//! of messages, which forks and resumed sessions copy at any later time, the earliest row stays.

use super::drops::Drops;
use super::row::known_at;
use super::{Context, Merged, Rows};

/// Two rows of one request id may differ by this much in their stamps.
const SAME_ID_S: f64 = 2.0;

/// How many earlier requests of one id are compared; an id that stands for thousands is none.
const LOOK_BACK: usize = 16;

/// Merges rows with the same request id.
pub(super) fn merge(rows: &mut Rows, _: &Context<'_>) -> Merged {
    // Their copies are stamped anew: time does not tell them apart.
    let copying = rows.clients_with(|t| t.copies_keep_ids);
    let attempts = &mut rows.attempts;
    let with_id = attempts.iter().enumerate().filter(|(_, a)| a.request_hash != 0);
    let mut ids: Vec<(u64, usize)> = with_id.map(|(i, a)| (a.request_hash, i)).collect();
    ids.sort_unstable();
    let mut drops = Drops::default();
    for equal in ids.chunk_by(|a, b| a.0 == b.0).filter(|e| e.len() > 1) {
        let mut stay: Vec<usize> = Vec::new();
        for (_, i) in equal {
            let a = &attempts[*i];
            let same = |k: &&usize| {
                let k = &attempts[**k];
                // A client that keeps its id through its tries gets other answers for it.
                let status = k.status.is_none() || a.status.is_none() || k.status == a.status;
                status
                    && (k.client, k.account, k.outcome) == (a.client, a.account, a.outcome)
                    && (copying.contains(&a.client) || known_at(a).since(known_at(k)).abs() <= SAME_ID_S)
            };
            match stay.iter().rev().take(LOOK_BACK).find(same) {
                Some(k) => drops.rows.push((*i, Some(*k))),
                None => stay.push(*i),
            }
        }
    }
    Merged::duplicates(drops.apply(attempts))
}
