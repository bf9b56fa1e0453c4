//! One attempt told by two sources of a family (step 2): a log and a wire, a parent's wire and its subagent's own.
//!
//! In: attempts in content order. Out: the same, where a row of a lower rank that was matched has gone into its
//! higher one. Matching is one to one and done in rounds, from the surest to the least sure, so that a lost line
//! on one side does not shift all pairs after it. Each round is linear in the rows that are left.

use std::collections::{BTreeSet, HashMap};

use super::{fill, told_at};
use crate::formats::{self, UNNAMED_SESSION};
use crate::model::{Attempt, TextId, Texts, Time};

/// How far apart the two may be told in the rounds before the last, which takes the family's own tolerance.
const CLOSE_S: [f64; 2] = [0.25, 2.0];

/// Two sources that name one request may know only its start and only its end: a stream's length lies between.
const SAME_REQUEST_S: f64 = 3600.0;

/// Merges across ranks, family by family.
pub(super) fn merge_sources(attempts: &mut Vec<Attempt>, texts: &Texts) {
    let mut gone = vec![false; attempts.len()];
    let clients: BTreeSet<TextId> = attempts.iter().map(|a| a.client).collect();
    for client in clients {
        let tolerance_s = tolerance(texts.get(client));
        if tolerance_s == 0.0 {
            continue;
        }
        let mut rows: Vec<usize> = (0..attempts.len()).filter(|i| attempts[*i].client == client).collect();
        rows.sort_by_key(|i| told_at(&attempts[*i]));
        let ranks: BTreeSet<u8> = rows.iter().map(|i| attempts[*i].rank).collect();
        if ranks.len() > 1 && texts.get(client) == "claude-code" {
            for (lower, higher) in started_together(attempts, &rows) {
                attempts[higher].also = attempts[higher].also.or(Some(attempts[lower].source));
                gone[lower] = true;
            }
            rows.retain(|i| !gone[*i]);
        }
        for rank in ranks.into_iter().rev().skip(1) {
            let pairs = pair(attempts, texts, &rows, (rank, tolerance_s));
            for (lower, higher) in pairs {
                let other = attempts[lower];
                fill(&mut attempts[higher], &other);
                attempts[higher].also = attempts[higher].also.or(Some(other.source));
                gone[lower] = true;
            }
            rows.retain(|i| !gone[*i]);
        }
    }
    if gone.contains(&true) {
        let mut at = 0..;
        attempts.retain(|_| at.next().is_none_or(|i: usize| !gone[i]));
    }
}

/// Claude Code's debug log has an answered request's start alone: the transcript's request that left then is the same.
fn started_together(attempts: &[Attempt], rows: &[usize]) -> Vec<(usize, usize)> {
    let Some(highest) = rows.iter().map(|i| attempts[*i].rank).max() else { return Vec::new() };
    let mut starts: Vec<(Time, usize)> =
        rows.iter().filter(|i| attempts[**i].rank == highest).map(|i| (attempts[*i].start, *i)).collect();
    starts.sort_unstable_by_key(|s| *s);
    let of_the_debug_log = |i: &&usize| attempts[**i].rank < highest && attempts[**i].has_assumed_success();
    let nearest = |i: &usize| {
        let start = attempts[*i].start;
        let from = starts.partition_point(|(at, _)| *at < start.plus(-CLOSE_S[0]));
        starts.get(from).filter(|(at, _)| *at <= start.plus(CLOSE_S[0])).map(|(_, higher)| (*i, *higher))
    };
    rows.iter().filter(of_the_debug_log).filter_map(nearest).collect()
}

fn tolerance(client: &str) -> f64 {
    let own = formats::infos().filter(|i| i.client == client);
    own.map(|i| i.merge_tolerance_s).fold(0.0, f64::max)
}

/// How much of the identity two rows must share in a round.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Scope {
    /// The request's id, whatever the times: one of the two may know only when it began.
    Request,
    /// Session and agent; for rows that name both.
    Agent,
    /// Session; for rows that name no agent.
    Session,
    /// Nothing: the lower row does not know its session.
    LowerUnnamed,
    /// Nothing: the higher row does not know its session.
    HigherUnnamed,
    /// The request's id, where the higher row saw no end and took a success for granted, and the lower one knows of a
    /// failure that nothing else told.
    OpenEnd,
}

#[derive(Clone, Copy, Debug)]
struct Round {
    scope: Scope,
    /// Status and end of work must agree too.
    fine: bool,
    within_s: f64,
}

fn rounds(tolerance_s: f64) -> impl Iterator<Item = Round> {
    let widths = move || CLOSE_S.into_iter().filter(move |w| *w < tolerance_s).chain([tolerance_s]);
    let by_id = Round { scope: Scope::Request, fine: false, within_s: SAME_REQUEST_S };
    let by_time =
        [Scope::Agent, Scope::Session, Scope::LowerUnnamed, Scope::HigherUnnamed].into_iter().flat_map(move |scope| {
            [true, false]
                .into_iter()
                .flat_map(move |fine| widths().map(move |within_s| Round { scope, fine, within_s }))
        });
    let by_open_end = Round { scope: Scope::OpenEnd, ..by_id };
    std::iter::once(by_id).chain(by_time).chain(std::iter::once(by_open_end))
}

/// Pairs of a row of `rank` and a higher one. `rows` are in the order in which they were told.
fn pair(attempts: &[Attempt], texts: &Texts, rows: &[usize], (rank, tolerance_s): (u8, f64)) -> Vec<(usize, usize)> {
    let mut lower: Vec<usize> = rows.iter().copied().filter(|i| attempts[*i].rank == rank).collect();
    let mut higher: Vec<usize> = rows.iter().copied().filter(|i| attempts[*i].rank > rank).collect();
    let mut pairs = Vec::new();
    for round in rounds(tolerance_s) {
        let mut groups: HashMap<Key, (Vec<usize>, Vec<usize>)> = HashMap::new();
        for i in &lower {
            if let Some(key) = key(&attempts[*i], texts, round, true) {
                groups.entry(key).or_default().0.push(*i);
            }
        }
        for i in &higher {
            if let Some(key) = key(&attempts[*i], texts, round, false) {
                groups.entry(key).or_default().1.push(*i);
            }
        }
        let mut found: Vec<(usize, usize)> = Vec::new();
        for (lows, highs) in groups.values() {
            meet(attempts, lows, highs, round.within_s, &mut found);
        }
        found.sort_unstable();
        let taken: [BTreeSet<usize>; 2] = [found.iter().map(|p| p.0).collect(), found.iter().map(|p| p.1).collect()];
        lower.retain(|i| !taken[0].contains(i));
        higher.retain(|i| !taken[1].contains(i));
        pairs.extend(found);
        if lower.is_empty() || higher.is_empty() {
            break;
        }
    }
    pairs
}

/// What must be equal in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key {
    session: Option<TextId>,
    agent: Option<TextId>,
    request: u64,
    admitted: bool,
    fine: Option<(Option<u16>, bool)>,
}

/// The key of a row in a round, or none if the round is not for it.
fn key(a: &Attempt, texts: &Texts, round: Round, is_lower: bool) -> Option<Key> {
    let named = a.session.is_some_and(|s| !texts.get(s).starts_with(UNNAMED_SESSION));
    let without_agent = a.agent.is_none() || !is_lower;
    let fine = round.fine.then_some((a.status, a.ended_work));
    let any = Key { session: None, agent: None, request: 0, admitted: a.is_admitted(), fine };
    let (key, takes_part) = match round.scope {
        Scope::Request => (Key { request: a.request_hash, ..any }, a.request_hash != 0),
        Scope::Agent => (Key { session: a.session, agent: a.agent, ..any }, a.session.is_some() && a.agent.is_some()),
        Scope::Session => (Key { session: a.session, ..any }, a.session.is_some() && without_agent),
        Scope::LowerUnnamed => (any, without_agent && !(is_lower && named)),
        Scope::HigherUnnamed => (any, without_agent && (is_lower || !named)),
        Scope::OpenEnd => {
            let open = if is_lower { a.is_refused() } else { a.has_assumed_success() };
            (Key { request: a.request_hash, admitted: false, ..any }, a.request_hash != 0 && open)
        }
    };
    takes_part.then_some(key)
}

/// Pairs of two lists in told order: each lower row takes the first free higher one within reach.
fn meet(attempts: &[Attempt], lows: &[usize], highs: &[usize], within_s: f64, found: &mut Vec<(usize, usize)>) {
    let told = |i: usize| -> Time { told_at(&attempts[i]) };
    let mut next = 0;
    for low in lows {
        while next < highs.len() && told(highs[next]) < told(*low).plus(-within_s) {
            next += 1;
        }
        if next < highs.len() && told(highs[next]) <= told(*low).plus(within_s) {
            found.push((*low, highs[next]));
            next += 1;
        }
    }
}
