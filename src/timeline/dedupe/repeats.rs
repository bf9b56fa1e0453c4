//! The same row twice: repeated lines, copied and split files, forked sessions, equal request ids.
//!
//! In: attempts in content order. Out: the same without repeats, in that order.

use std::collections::HashMap;

use super::{Agents, fill, told_at};
use crate::model::{Attempt, Outcome, SourceRef, TextId, Time, Tokens};

/// Two tellings of one request id may differ by this much in their stamps.
const SAME_ID_S: f64 = 2.0;

/// How many earlier requests of one id are compared; an id that stands for thousands is none.
const LOOK_BACK: usize = 16;

/// Rows that go, each into the row that stays for it, if there is something to take over.
#[derive(Debug, Default)]
struct Drops {
    rows: Vec<(usize, Option<usize>)>,
}

impl Drops {
    /// Fills what stays from what goes, and lets it go. Done in place: a copy of a million rows costs 136 MB.
    fn apply(mut self, attempts: &mut Vec<Attempt>) {
        if self.rows.is_empty() {
            return;
        }
        self.rows.sort_unstable();
        for (gone, stays) in &self.rows {
            if let Some(stays) = *stays {
                let other = attempts[*gone];
                fill(&mut attempts[stays], &other);
            }
        }
        let mut at = 0;
        let mut gone = self.rows.iter().map(|(gone, _)| *gone).peekable();
        attempts.retain(|_| {
            let goes = gone.next_if_eq(&at).is_some();
            at += 1;
            !goes
        });
    }
}

/// Drops rows that repeat another one (step 1).
pub(super) fn drop_repeats(attempts: &mut Vec<Attempt>, agents: &Agents) {
    let mut drops = Drops::default();
    let mut from = 0;
    for run in attempts.chunk_by(same_agent_and_time) {
        if run.len() > 1 && agents.names(&run[0]) && has_fraction(&run[0]) {
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
    drops.apply(attempts);
}

fn same_agent_and_time(a: &Attempt, b: &Attempt) -> bool {
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

/// Merges the history that forked sessions copied (step 3). `forking` is the client that copies.
pub(super) fn merge_forks(attempts: &mut Vec<Attempt>, forking: Option<TextId>) {
    let Some(client) = forking else { return };
    let is_agent = |a: &Attempt| a.client == client && a.agent.is_some() && a.session.is_some() && has_fraction(a);
    let mut seen: HashMap<Agent, ()> = HashMap::new();
    let mut families: HashMap<(Option<TextId>, Telling), usize> = HashMap::new();
    let mut family_of: HashMap<Agent, usize> = HashMap::new();
    for a in attempts.iter().filter(|a| is_agent(a)) {
        if seen.insert((a.session, a.agent), ()).is_none() {
            let next = families.len();
            let family = *families.entry((a.agent, telling(a))).or_insert(next);
            family_of.insert((a.session, a.agent), family);
        }
    }
    let mut first: HashMap<(usize, Telling), usize> = HashMap::new();
    let mut drops = Drops::default();
    for (i, a) in attempts.iter().enumerate().filter(|(_, a)| is_agent(a)) {
        let Some(family) = family_of.get(&(a.session, a.agent)) else { continue };
        let at = *first.entry((*family, telling(a))).or_insert(i);
        // Inside one session equal rows were looked at in step 1.
        if attempts[at].session != a.session {
            drops.rows.push((i, Some(at)));
        }
    }
    drops.apply(attempts);
}

type Agent = (Option<TextId>, Option<TextId>);

/// What two copies of an attempt agree in.
type Telling = (Time, Option<Time>, Outcome, Option<u16>, Tokens);

fn telling(a: &Attempt) -> Telling {
    (a.start, a.end, a.outcome, a.status, a.tokens)
}

/// Merges rows with the same request id (step 4).
///
/// `copying` is the client whose ids are the messages' own and whose copies are stamped anew: time does not part them.
pub(super) fn merge_request_ids(attempts: &mut Vec<Attempt>, copying: Option<TextId>) {
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
                    && (Some(a.client) == copying || told_at(a).since(told_at(k)).abs() <= SAME_ID_S)
            };
            match stay.iter().rev().take(LOOK_BACK).find(same) {
                Some(k) => drops.rows.push((*i, Some(*k))),
                None => stay.push(*i),
            }
        }
    }
    drops.apply(attempts);
}
