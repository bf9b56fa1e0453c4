//! A forked session copies the history of its parent: agents of one agent name whose first attempts are the same instant
//! for instant share all attempts that agree.

use std::collections::HashMap;

use super::drops::Drops;
use super::repeats::has_fraction;
use super::{Context, Merged, Rows};
use crate::model::{Attempt, Outcome, TextId, Time, Tokens};

/// Merges the history that forked sessions copied.
pub(super) fn merge(rows: &mut Rows, _: &Context<'_>) -> Merged {
    let forking = rows.clients_with(|t| t.forks_copy_history);
    forking.into_iter().fold(Merged::default(), |mut all, client| {
        all.duplicates += merge_of(&mut rows.attempts, client) as u64;
        all
    })
}

fn merge_of(attempts: &mut Vec<Attempt>, client: TextId) -> usize {
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
        // Inside one session equal rows were looked at before (`repeats.rs`).
        if attempts[at].session != a.session {
            drops.rows.push((i, Some(at)));
        }
    }
    drops.apply(attempts)
}

type Agent = (Option<TextId>, Option<TextId>);

/// What two copies of an attempt agree in.
type Telling = (Time, Option<Time>, Outcome, Option<u16>, Tokens);

fn telling(a: &Attempt) -> Telling {
    (a.start, a.end, a.outcome, a.status, a.tokens)
}
