//! Agents: the agent, subagent or session that sent the attempts. An agent is sequential.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{PoolTimeline, ScopeKind};
use crate::formats::{SessionAgents, UNNAMED_SESSION, traits_of};
use crate::model::{Attempt, TextId, Texts};

/// Agent of each attempt, and the names of the agents in order of first attempt.
pub fn agents_of(attempts: &[Attempt], texts: &Texts) -> (Vec<Option<u32>>, Vec<String>) {
    let mut known: HashMap<(TextId, Option<TextId>, Option<TextId>), u32> = HashMap::new();
    let mut many: HashMap<TextId, bool> = HashMap::new();
    let mut holds_many = |client: TextId| {
        *many.entry(client).or_insert_with(|| traits_of(texts.get(client)).session_agents == SessionAgents::Many)
    };
    let mut names = Vec::new();
    let agents = attempts
        .iter()
        .map(|a| {
            let named = match (a.session, a.agent) {
                (_, Some(_)) => true,
                (Some(_), None) => !holds_many(a.client),
                (None, None) => false,
            };
            named.then(|| {
                *known.entry((a.client, a.session, a.agent)).or_insert_with(|| {
                    names.push(name_of(a, texts));
                    u32::try_from(names.len() - 1).unwrap_or(u32::MAX)
                })
            })
        })
        .collect();
    (agents, names)
}

/// Stands between session and agent until the sessions of all pools are known and can be shortened.
const BETWEEN: char = '\u{1f}';

/// Session and agent, whole.
fn name_of(attempt: &Attempt, texts: &Texts) -> String {
    // A session that is only a folder has that folder's name, and none at the top of what was given.
    let bare = |s: &str| {
        let s = s.strip_prefix(UNNAMED_SESSION).unwrap_or(s);
        s.strip_prefix("session_").unwrap_or(s).replace(BETWEEN, "/")
    };
    let session = attempt.session.map(|s| bare(texts.get(s))).filter(|s| s != ".");
    match (session, attempt.agent.map(|a| texts.get(a))) {
        (Some(s), Some(a)) => format!("{s}{BETWEEN}{a}"),
        (Some(s), None) => format!("{s}{BETWEEN}"),
        (None, Some(a)) => a.to_owned(),
        (None, None) => "unnamed".to_owned(),
    }
}

/// Shortens the sessions in the names of all agents, the same way in all pools: to the beginning or the end that no other
/// session has. Two ids that begin alike, as those that begin with their time do, are told by their ends.
pub fn shorten(pools: &mut [PoolTimeline]) {
    let sessions: BTreeSet<String> = pools
        .iter()
        .flat_map(|p| &p.agent_names)
        .filter_map(|name| name.split_once(BETWEEN))
        .filter(|(session, _)| session.len() >= LONG)
        .map(|(session, _)| session.to_owned())
        .collect();
    let short = short_forms(&sessions);
    let shorten = |name: &str| match name.split_once(BETWEEN) {
        None => name.to_owned(),
        Some((session, agent)) => {
            let session = short.get(session).map_or(session, String::as_str);
            if agent.is_empty() { session.to_owned() } else { format!("{session}/{agent}") }
        }
    };
    for pool in pools {
        pool.agent_names.iter_mut().for_each(|name| *name = shorten(name));
        if let Some(value) = pool.scope.value.as_mut().filter(|_| pool.scope.kind == ScopeKind::Agent) {
            *value = shorten(value);
        }
    }
}

/// Ids of this length and more are shortened.
const LONG: usize = 32;
/// Characters of a short form at least.
const SHORT: usize = 8;
/// Two beginnings or ends that share so many characters look alike.
const ALIKE: usize = 6;

/// The short form of each id: its first characters, where no other id begins alike; else its last ones, where none ends
/// alike; else all of it.
fn short_forms(ids: &BTreeSet<String>) -> BTreeMap<String, String> {
    let head = |id: &str, n: usize| id[..id.floor_char_boundary(n)].to_owned();
    let tail = |id: &str, n: usize| id[id.ceil_char_boundary(id.len().saturating_sub(n))..].to_owned();
    let mut heads: BTreeMap<String, usize> = BTreeMap::new();
    let mut tails: BTreeMap<String, usize> = BTreeMap::new();
    for id in ids {
        *heads.entry(head(id, ALIKE)).or_insert(0) += 1;
        *tails.entry(tail(id, SHORT).chars().skip(SHORT - ALIKE).collect()).or_insert(0) += 1;
    }
    let form = |id: &String| {
        let end: String = tail(id, SHORT).chars().skip(SHORT - ALIKE).collect();
        let short = if heads.get(&head(id, ALIKE)) == Some(&1) {
            head(id, SHORT)
        } else if tails.get(&end) == Some(&1) {
            tail(id, SHORT)
        } else {
            id.clone()
        };
        (id.clone(), short)
    };
    ids.iter().map(form).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forms(ids: &[&str]) -> Vec<String> {
        let ids: BTreeSet<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        short_forms(&ids).into_values().collect()
    }

    #[test]
    fn ids_that_begin_with_their_time_are_shown_by_their_ends() {
        let random = ["4c74a842-ffa0-47a2-911e-9af9f6b22176", "525e91b9-ffa0-47a2-911e-9af9f6b22176"];
        assert_eq!(forms(&random), ["4c74a842", "525e91b9"]);
        let timed = ["019cd6e7-2b00-7000-8000-0a1b2c3d4e5f", "019cd6e9-2b00-7000-8000-77aa2c3d9001"];
        assert_eq!(forms(&timed), ["2c3d4e5f", "2c3d9001"]);
        let alike = ["019cd6e7-2b00-7000-8000-00000000000a", "019cd6e7-2b00-7000-8000-00000000000b"];
        assert_eq!(forms(&alike), ["0000000a", "0000000b"]);
        let same = ["019cd6e7-2b00-7000-8000-00000000000a", "019cd6e7-2b01-7000-8000-00000000000a"];
        assert_eq!(forms(&same), same, "neither the beginnings nor the ends differ");
    }

    #[test]
    fn no_two_sessions_have_one_short_form() {
        let ids: Vec<String> = (0..500).map(|n| format!("{n:08x}-0000-4000-8000-{:012x}", n * 7_919)).collect();
        let short = forms(&ids.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(short.iter().collect::<BTreeSet<_>>().len(), 500);
    }
}
