//! One attempt in two sources of a family: a log and a wire, a parent's wire and its subagent's own.
//!
//! In: attempts in content order. Out: the same, where a row of a lower rank that was matched has gone into its
//! higher one. Matching is one to one and done in rounds, from the surest to the least sure, so that a lost line
//! on one side does not shift all pairs after it. Each round is linear in the rows that are left.

use std::collections::{BTreeSet, HashMap};

use super::pairs::pairs;
use super::row::{fill, known_at};
use super::{Context, Merged, Rows};
use crate::formats::{self, UNNAMED_SESSION, traits_of};
use crate::model::{Attempt, TextId, Texts, Time};

/// How far apart the two may be stamped in the rounds before the last, which takes the family's own tolerance.
const CLOSE_S: [f64; 2] = [0.25, 2.0];

/// Two sources that name one request may know only its start and only its end: a stream's length lies between.
const SAME_REQUEST_S: f64 = 3600.0;

/// Merges across ranks, family by family.
pub(super) fn merge(rows: &mut Rows, _: &Context<'_>) -> Merged {
    let mut gone = vec![false; rows.attempts.len()];
    let clients = rows.clients_with(|_| true);
    for client in clients {
        let name = rows.texts.get(client);
        let tolerance_s = tolerance_s(name);
        if tolerance_s > 0.0 {
            let knows_starts = traits_of(name).lesser_sources_know_starts;
            merge_family(&mut rows.attempts, &rows.texts, Family { client, tolerance_s, knows_starts }, &mut gone);
        }
    }
    Merged::duplicates(rows.retain_unmarked(&gone))
}

/// One client, with what its formats say of merging.
#[derive(Clone, Copy)]
struct Family {
    client: TextId,
    tolerance_s: f64,
    knows_starts: bool,
}

fn merge_family(attempts: &mut [Attempt], texts: &Texts, family: Family, gone: &mut [bool]) {
    let mut rows: Vec<usize> = (0..attempts.len()).filter(|i| attempts[*i].client == family.client).collect();
    rows.sort_by_key(|i| known_at(&attempts[*i]));
    let ranks: BTreeSet<u8> = rows.iter().map(|i| attempts[*i].rank).collect();
    if ranks.len() > 1 && family.knows_starts {
        for (lower, higher) in started_together(attempts, &rows) {
            attempts[higher].also = attempts[higher].also.or(Some(attempts[lower].source));
            gone[lower] = true;
        }
        rows.retain(|i| !gone[*i]);
    }
    for rank in ranks.into_iter().rev().skip(1) {
        for (lower, higher) in pair(attempts, texts, &rows, (rank, family.tolerance_s)) {
            let other = attempts[lower];
            fill(&mut attempts[higher], &other);
            attempts[higher].also = attempts[higher].also.or(Some(other.source));
            gone[lower] = true;
        }
        rows.retain(|i| !gone[*i]);
    }
}

/// A lesser source may have an answered request's start alone: the request of the best source that left then is the same.
fn started_together(attempts: &[Attempt], rows: &[usize]) -> Vec<(usize, usize)> {
    let Some(highest) = rows.iter().map(|i| attempts[*i].rank).max() else { return Vec::new() };
    let mut starts: Vec<(Time, usize)> =
        rows.iter().filter(|i| attempts[**i].rank == highest).map(|i| (attempts[*i].start, *i)).collect();
    starts.sort_unstable_by_key(|s| *s);
    let has_start_alone = |i: &&usize| attempts[**i].rank < highest && attempts[**i].has_assumed_success();
    let nearest = |i: &usize| {
        let start = attempts[*i].start;
        let from = starts.partition_point(|(at, _)| *at < start.plus(-CLOSE_S[0]));
        starts.get(from).filter(|(at, _)| *at <= start.plus(CLOSE_S[0])).map(|(_, higher)| (*i, *higher))
    };
    rows.iter().filter(has_start_alone).filter_map(nearest).collect()
}

fn tolerance_s(client: &str) -> f64 {
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
    /// failure that nothing else has.
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

/// Pairs of a row of `rank` and a higher one. `rows` are in the order in which they became known.
fn pair(attempts: &[Attempt], texts: &Texts, rows: &[usize], (rank, tolerance_s): (u8, f64)) -> Vec<(usize, usize)> {
    let mut lower: Vec<usize> = rows.iter().copied().filter(|i| attempts[*i].rank == rank).collect();
    let mut higher: Vec<usize> = rows.iter().copied().filter(|i| attempts[*i].rank > rank).collect();
    let mut all = Vec::new();
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
            let times = |rows: &[usize]| -> Vec<Time> { rows.iter().map(|i| known_at(&attempts[*i])).collect() };
            let (low_times, high_times) = (times(lows), times(highs));
            found.extend(pairs(&low_times, &high_times, round.within_s).map(|(low, high)| (lows[low], highs[high])));
        }
        found.sort_unstable();
        let taken: [BTreeSet<usize>; 2] = [found.iter().map(|p| p.0).collect(), found.iter().map(|p| p.1).collect()];
        lower.retain(|i| !taken[0].contains(i));
        higher.retain(|i| !taken[1].contains(i));
        all.extend(found);
        if lower.is_empty() || higher.is_empty() {
            break;
        }
    }
    all
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
