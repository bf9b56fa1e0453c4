//! The end that refusals name: a date, a time of day, an epoch, a wait, in their text or in the header that asks to wait.
//!
//! Whatever the end belongs to was in force until then, so what cannot last so long did not refuse: a window shorter than
//! the distance, a slot, a minute. The distance counts from the refusal that is farthest from the end, less a tolerance.

use std::collections::HashMap;

use super::declaration::{Condition, Declaration, Edge, Flags, Unit, bin, condition, measured};
use super::hypotheses::{ACCESS, BILLING, BLOCK, LOCAL, NETWORK, OVERLOAD, WINDOW};
use super::{EpisodeContext, Observation, Values, moment};
use crate::episodes::Episode;
use crate::model::{Attempt, Cause, Hypothesis, SourceRef, TextId, Time};
use crate::signals::{self, Ending, ZoneOf};
use crate::timeline::{PoolTimeline, Timeline};

measured! {
    /// The end that the refusals name.
    NamesAnEnd {
        /// The end that the refusals name.
        ends_at: Time as Time,
        /// Where the end is named.
        named_in: Basis as Word,
        /// Time from the farthest refusal that names an end to that end, at least.
        distance_s: f64 as Seconds,
        /// Whether the zone of the named end is assumed to be UTC.
        zone_assumed: bool as Flag,
        /// Time from the named end to the first admission after the episode; negative where it came earlier.
        admitted_after_end_s: Option<f64> as Seconds,
    }
}

/// Where an end is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// In the error's text or body.
    Text,
    /// In a header that asks to wait.
    Header,
}

/// The end that the refusals of an episode name.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedEnd {
    /// The end.
    pub at: Time,
    /// Where it is named.
    pub basis: Basis,
    /// How the zone of its words is known.
    pub zone: ZoneOf,
    /// Seconds from the farthest refusal that names it, at least; `None` where the zone leaves it open, or where too few
    /// refusals name it.
    pub distance_s: Option<f64>,
    /// How many refusals name it.
    pub refusals: usize,
    /// Lines that name it.
    pub sources: Vec<SourceRef>,
}

/// Ends come a little late or early, and clocks differ, in seconds.
const TOLERANCE_S: f64 = 900.0;
/// A wait of up to this many seconds is that of a minute or of a client, and no end.
const SHORT_S: f64 = 120.0;
/// Refusals name one end within this, in seconds, or within this share of the distance: "58 hours" is said for an hour.
const SAME_S: f64 = 900.0;
const SAME_SHARE: f64 = 0.05;
/// Share of the refusals with a row that must name the end before it excludes anything.
const CARRIED: f64 = 0.5;
/// A calendar month, in seconds: windows of a month are counted as 30 days.
const MONTH_S: f64 = 31.0 * 86_400.0;
/// Different texts of one episode that are looked at; more of them say nothing new.
const MOST_TEXTS: usize = 64;
/// So soon after the named end, in seconds, the first admission came at it.
const AT_IT_S: f64 = 900.0;
/// And no more than this before it.
const EARLY_S: f64 = 75.0;
/// Most lines named as sources.
const SOURCES: usize = 4;

/// What cannot last longer than this, in seconds: a minute's limit ends with its minute, a slot frees with a request, and an
/// outage of a provider or a connection has no end that is named days ahead.
const SHORT_LIVED: [(Cause, f64); 4] = [
    (Cause::RatePerMinute, 120.0),
    (Cause::ConcurrencyCap, 3_600.0),
    (Cause::Overload, 86_400.0),
    (Cause::Network, 86_400.0),
];

impl NamedEnd {
    /// Whether the end lies further ahead than this many seconds, by more than the tolerance.
    pub fn outlasts(&self, life_s: f64) -> bool {
        self.distance_s.is_some_and(|d| d > life_s + TOLERANCE_S)
    }
}

/// Longest life of a window of this length, in seconds.
pub fn longest_life_s(minutes: u32) -> f64 {
    match minutes {
        40_320..=44_640 => MONTH_S,
        m => f64::from(m) * 60.0,
    }
}

/// An end as one refusal names it.
struct Named {
    refused: Time,
    ending: Ending,
    basis: Basis,
    source: SourceRef,
}

/// The end that the refusals of an episode name, if those that name one agree.
pub(super) fn of(timeline: &Timeline, pool: &PoolTimeline, episode: &Episode) -> Option<NamedEnd> {
    let mut named = named(timeline, pool, episode);
    if named.iter().any(|n| n.basis == Basis::Text) {
        named.retain(|n| n.basis == Basis::Text);
    }
    let mut ends: Vec<Time> = named.iter().map(|n| n.ending.at).collect();
    ends.sort_unstable();
    let middle = *ends.get(ends.len() / 2)?;
    let is_same = |n: &&Named| {
        let slack = SAME_S.max(SAME_SHARE * n.ending.at.since(n.refused));
        n.ending.at.since(middle).abs() <= slack
    };
    let agreeing: Vec<&Named> = named.iter().filter(is_same).collect();
    let last = agreeing.last()?;
    if 2 * agreeing.len() < named.len() {
        return None;
    }
    // A header that was not kept to names nothing.
    let kept_s = last.ending.at.plus(-TOLERANCE_S);
    if last.basis == Basis::Header && kept_s > last.refused && !pool.admitted_between(last.refused, kept_s).is_empty() {
        return None;
    }
    let rows = episode.refusals.iter().filter(|r| pool.at(**r).has_row()).count();
    let carried = agreeing.len() as f64 >= CARRIED * rows as f64;
    let distances = agreeing.iter().filter_map(|n| Some(n.ending.earliest?.since(n.refused)));
    Some(NamedEnd {
        at: last.ending.at,
        basis: last.basis,
        zone: last.ending.zone,
        distance_s: distances.max_by(f64::total_cmp).filter(|d| carried && *d > 0.0),
        refusals: agreeing.len(),
        sources: agreeing.iter().map(|n| n.source).take(SOURCES).collect(),
    })
}

type Key = (Option<TextId>, Option<u16>, Option<TextId>, Option<TextId>);

fn named(timeline: &Timeline, pool: &PoolTimeline, episode: &Episode) -> Vec<Named> {
    let mut matched: HashMap<Key, Option<signals::Match<'static>>> = HashMap::new();
    let mut all = Vec::new();
    for a in episode.refusals.iter().map(|r| pool.at(*r)).filter(|a| a.has_row()) {
        let at = a.end.unwrap_or(a.start);
        let key = (a.provider, a.status, a.error_kind, a.error_message);
        let has_text = a.error_kind.is_some() || a.error_message.is_some();
        if !matched.contains_key(&key) && (!has_text || matched.len() >= MOST_TEXTS) {
            all.extend(by_header(a).filter(|_| !has_text));
            continue;
        }
        let said = || signals::error_info(a, &timeline.texts);
        let found = matched.entry(key).or_insert_with(|| signals::catalogue().matching(&said()));
        if found.as_ref().is_some_and(|m| !m.signal.names_an_end() || m.signal.ignore_wait) {
            continue;
        }
        let ending = match found {
            Some(m) => m.ending(at, timeline.zone),
            None => signals::ending_of(&said(), at, timeline.zone),
        };
        let is_ahead = |e: &Ending| e.at.since(at) > SHORT_S;
        match ending.filter(is_ahead) {
            Some(ending) => all.push(Named { refused: at, ending, basis: Basis::Text, source: a.source }),
            None => all.extend(by_header(a)),
        }
    }
    all
}

fn by_header(a: &Attempt) -> Option<Named> {
    let wait_s = f64::from(a.retry_after_s()?);
    let refused = moment(a);
    let at = refused.plus(wait_s);
    let ending = Ending { at, earliest: Some(at), zone: ZoneOf::Text };
    (wait_s > SHORT_S).then_some(Named { refused, ending, basis: Basis::Header, source: a.source })
}

const KEPT: Condition =
    condition("kept", "a text names it, and the first request was admitted from 75 s before to 15 min after it");
const BY_TEXT: Condition = condition("by_text", "an error text names it");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "named_end",
    topic: "named_end",
    number: ("", Unit::Count),
    bins: &[
        bin("kept", Edge::Any)
            .when(KEPT)
            .means_for(&[WINDOW])
            .means_against(&[ACCESS, BILLING, BLOCK, OVERLOAD, NETWORK, LOCAL])
            .because("what has an end resets, and nobody pays at that very minute"),
        bin("by_text", Edge::Any)
            .when(BY_TEXT)
            .means_for(&[WINDOW])
            .means_against(&[ACCESS, BILLING, BLOCK])
            .because("what has an end resets, so it is a window or waits for one"),
        bin("by_header", Edge::Any).because("`retry_after` weighs the header"),
    ],
    flags: Flags { positive: true, valid_for_short_episodes: true, stated: true, ..Flags::NONE },
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl NamesAnEnd {
    /// Whether the first request was admitted at the end that a text names.
    pub fn is_kept(&self) -> bool {
        self.named_in == Basis::Text && self.admitted_after_end_s.is_some_and(|s| (-EARLY_S..=AT_IT_S).contains(&s))
    }
}

impl Values for NamesAnEnd {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn holds(&self, condition: &str) -> bool {
        if condition == KEPT.id { self.is_kept() } else { self.named_in == Basis::Text }
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let end = case.named_end.as_ref()?;
    let distance_s = end.distance_s.filter(|_| end.outlasts(SHORT_LIVED[0].1))?;
    let values = NamesAnEnd {
        ends_at: end.at,
        named_in: end.basis,
        distance_s,
        zone_assumed: end.zone == ZoneOf::Assumed,
        admitted_after_end_s: case.episode.first_admission_after.map(|after| after.since(end.at)),
    };
    let too_short = |w: &&u32| end.outlasts(longest_life_s(**w));
    let windows = case.windows.iter().filter(too_short).map(|w| Hypothesis::window(*w));
    let causes = SHORT_LIVED.iter().filter(|(_, life_s)| end.outlasts(*life_s)).map(|(c, _)| Hypothesis::of(*c));
    let excludes = windows.chain(causes).collect();
    let seen = Observation::new(values, end.sources.clone())?;
    Some(seen.targeting(case.window_hypotheses()).excluding(excludes))
}

#[cfg(test)]
#[path = "named_end_tests.rs"]
mod tests;
