//! No request overlapped another one: a client that sends one request at a time cannot run into a cap of its own making.
//!
//! Said only where rows know what was in flight, and where no error text names a cap. Then a cap is excluded altogether
//! (docs/METHOD.md, What is excluded), since its slots would have to be taken by clients that no log shows. A client that does
//! run several requests at once, or several agents in turn, may share its slots with such clients, so there refusals with nothing in
//! flight only weigh against a cap (here and in [`super::inflight_low`]).

use std::collections::BTreeSet;

use super::declaration::{Declaration, Edge, Flags, Order, Unit, bin, measured};
use super::hypotheses::CAP;
use super::{EpisodeContext, Observation, Values, moment, named_text};
use crate::model::{Attempt, Cause, Hypothesis, Time};

measured! {
    /// Refusals at none of which another request was in flight.
    InflightNone {
        /// Refusals that were looked at.
        refusals: usize as Count,
        /// Agents that sent requests in turn; 1 for one agent, or agents one after the other.
        agents_in_turn: usize as Count,
    }
}

/// Surroundings of the episode in which no two requests may overlap, in seconds either side.
const AROUND_S: f64 = 3_600.0;
/// Stamps of the end of one request and of the start of the next may be told in the wrong order by so much, in seconds.
const STAMPS_S: f64 = 0.05;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "inflight_none",
    topic: "requests in flight",
    number: ("agents that took turns", Unit::Count),
    bins: &[
        bin("never", Edge::UpTo(1.0))
            .means_against(&[CAP])
            .because("a client that sends one request at a time cannot fill a cap; the cap is excluded"),
        bin("apart", Edge::Any)
            .means_against(&[CAP])
            .because("such a client may share its slots with clients that no log shows, so the cap is not excluded"),
    ],
    flags: Flags { valid_for_short_episodes: true, ..Flags::NONE },
    orders: &[Order { key: CAP, bins: &["never", "apart"] }],
    measures: QUANTITIES,
};

impl Values for InflightNone {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.agents_in_turn as f64
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let is_known = !case.inflight.is_empty() && case.inflight_scale() >= 1.0 && case.not_logged() == 0;
    if !is_known || case.inflight.iter().any(|n| *n > 0) || overlaps(case) || named_text::names_a_cap(case) {
        return None;
    }
    let agents_in_turn = agents_in_turn(case);
    let excludes = if agents_in_turn > 1 { Vec::new() } else { vec![Hypothesis::of(Cause::ConcurrencyCap)] };
    let values = InflightNone { refusals: case.inflight.len(), agents_in_turn };
    Some(Observation::new(values, case.refusal_sources())?.excluding(excludes))
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
