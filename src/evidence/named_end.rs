//! The end that refusals name: a date, a time of day, an epoch, a wait, in their text or in the header that asks to wait.
//!
//! Whatever the end belongs to was in force until then, so what cannot last so long did not refuse: a window shorter than
//! the distance, a slot, a minute. The distance counts from the refusal that is farthest from the end, less a tolerance.

use std::collections::HashMap;

use super::{EpisodeContext, Kind, Observation, duration, moment};
use crate::episodes::Episode;
use crate::model::{Attempt, Cause, Hypothesis, SourceRef, TextId, Time};
use crate::signals::{self, Ending, ZoneOf};
use crate::timeline::{PoolTimeline, Timeline};

/// See the module.
#[derive(Debug)]
pub(super) struct NamesAnEnd;

/// Where an end is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

impl Kind for NamesAnEnd {
    fn id(&self) -> &'static str {
        "named_end"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["by_text", "by_header", "kept"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let Some(end) = &case.named_end else { return Vec::new() };
        let Some(distance_s) = end.distance_s.filter(|_| end.outlasts(SHORT_LIVED[0].1)) else { return Vec::new() };
        let after_s = case.episode.first_admission_after.map(|after| after.since(end.at));
        let kept = after_s.filter(|s| end.basis == Basis::Text && (-EARLY_S..=AT_IT_S).contains(s));
        let bin = match (kept, end.basis) {
            (Some(_), _) => "kept",
            (None, Basis::Text) => "by_text",
            (None, Basis::Header) => "by_header",
        };
        let what = if end.basis == Basis::Text { "error text names" } else { "Retry-After header names" };
        let tail = kept.map_or(String::new(), |s| {
            let way = if s < 0.0 { "before" } else { "after" };
            format!(" The first request was admitted {} {way} that.", duration(s))
        });
        let statement = format!(
            "The {what} {} as the end, {} after the refusal{}; a limit that cannot last that long is excluded.{tail}",
            end.at.rfc3339(),
            duration(distance_s),
            assumed(end.zone),
        );
        let too_short = |w: &&u32| end.outlasts(longest_life_s(**w));
        let windows = case.windows.iter().filter(too_short).map(|w| Hypothesis::window(*w));
        let causes = SHORT_LIVED.iter().filter(|(_, life_s)| end.outlasts(*life_s)).map(|(c, _)| Hypothesis::of(*c));
        let excludes = windows.chain(causes).collect();
        let observation = Observation::new(self, bin, statement, end.sources.clone());
        observation.map(|o| o.targeting(case.window_hypotheses()).excluding(excludes)).into_iter().collect()
    }
}

/// What is to be said of the zone.
pub(crate) fn assumed(zone: ZoneOf) -> &'static str {
    match zone {
        ZoneOf::Assumed => " or up to 14 h less (the text names no zone; UTC is assumed)",
        _ => "",
    }
}

#[cfg(test)]
#[path = "named_end_tests.rs"]
mod tests;
