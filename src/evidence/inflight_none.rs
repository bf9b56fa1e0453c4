//! No request overlapped another one: a client that sends one request at a time cannot run into a cap of its own making.
//!
//! Said only where rows know what was in flight, and where no error text names a cap. Then a cap is excluded altogether
//! (docs/METHOD.md, What is excluded), since its slots would have to be taken by clients that no log shows. A client that does
//! run several requests at once, or several agents in turn, may share its slots with such clients, so there refusals with nothing in
//! flight only weigh against a cap (here and in [`super::inflight_low`]).

use std::collections::BTreeSet;

use super::{EpisodeContext, Kind, Observation, counted, moment, text};
use crate::model::{Attempt, Cause, Hypothesis, Time};

/// See the module.
#[derive(Debug)]
pub(super) struct InflightNone;

/// Surroundings of the episode in which no two requests may overlap, in seconds either side.
const AROUND_S: f64 = 3_600.0;
/// Stamps of the end of one request and of the start of the next may be told in the wrong order by so much, in seconds.
const STAMPS_S: f64 = 0.05;

impl Kind for InflightNone {
    fn id(&self) -> &'static str {
        "inflight_none"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["never", "apart"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let is_known = !case.inflight.is_empty() && case.inflight_scale() >= 1.0 && case.untold() == 0;
        if !is_known || case.inflight.iter().any(|n| *n > 0) || overlaps(case) || text::names_a_cap(case) {
            return Vec::new();
        }
        let refusals = counted(case.inflight.len(), "refusal");
        let agents = agents_in_turn(case);
        if agents > 1 {
            let statement = format!(
                "No other request was in flight at any of {refusals}, though {agents} agents sent requests in turn."
            );
            return Observation::new(self, "apart", statement, case.refusal_sources()).into_iter().collect();
        }
        let statement =
            format!("No other request was in flight at any of {refusals}, so this client never had two at once.");
        let observation = Observation::new(self, "never", statement, case.refusal_sources());
        observation.map(|o| o.excluding(vec![Hypothesis::of(Cause::ConcurrencyCap)])).into_iter().collect()
    }
}

/// The attempts of all agents near the episode, in order.
fn near<'a>(case: &EpisodeContext<'a>) -> std::ops::Range<usize> {
    let (from, to) = (case.episode.from.plus(-AROUND_S), case.episode.to.plus(AROUND_S));
    let all: &'a [Attempt] = &case.pool.attempts;
    all.partition_point(|a| a.start < from)..all.partition_point(|a| a.start <= to)
}

/// Whether any two requests overlap near the episode, whatever became of them.
fn overlaps(case: &EpisodeContext<'_>) -> bool {
    let mut ended: Option<Time> = None;
    for a in &case.pool.attempts[near(case)] {
        let begin = begin(case, a);
        if ended.is_some_and(|end| end.since(begin) > STAMPS_S) {
            return true;
        }
        ended = ended.max(a.end);
    }
    false
}

/// How many agents take turns: those that send again after another one did. One that ends before the next begins is part of one
/// client that does one thing after another.
fn agents_in_turn(case: &EpisodeContext<'_>) -> usize {
    let mut seen: BTreeSet<Option<u32>> = BTreeSet::new();
    let (mut returned, mut last) = (false, None);
    for agent in &case.pool.agents[near(case)] {
        if last != Some(*agent) {
            returned |= !seen.insert(*agent);
            last = Some(*agent);
        }
    }
    if returned { seen.len() } else { 1 }
}

fn begin(case: &EpisodeContext<'_>, a: &Attempt) -> Time {
    if a.is_refused() { moment(a) } else { case.pool.flight.begin(a) }
}
