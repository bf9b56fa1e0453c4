//! What can be counted from rows about one stretch of refusals.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::Row;

/// Refusals closer than this to the one counted before are no separate probes, in seconds.
const PROBE_S: f64 = 20.0;
/// A slot may stay taken so many seconds after its request ended.
const LAG_S: f64 = 1.5;
/// A run of one request gives up within this, in seconds.
const ONE_SHOT_S: f64 = 60.0;
/// Who is admitted again within this after the last refusal has waited until then, in seconds.
const COMES_BACK_S: f64 = 7_200.0;

#[derive(Debug)]
pub struct Facts {
    pub rows: Vec<Row>,
    /// The refusals of the episode, by start.
    pub refusals: Vec<Row>,
    /// All others.
    pub isolated: Vec<Row>,
    pub first: f64,
    pub last: f64,
    /// Start of the last admission before and of the first one after.
    pub before: Option<f64>,
    pub after: Option<f64>,
    /// Admitted between the first and the last refusal.
    pub inside: usize,
}

impl Facts {
    /// The episode is all refusals from `first` to `last`, or all there are.
    pub fn of(rows: Vec<Row>, [first, last]: [Option<f64>; 2]) -> Self {
        let is_in = |r: &&Row| first.is_none_or(|t| r.start >= t) && last.is_none_or(|t| r.start <= t);
        let all = || rows.iter().filter(|r| !r.is_admitted);
        let refusals: Vec<Row> = all().filter(is_in).cloned().collect();
        let isolated = all().filter(|r| !is_in(r)).cloned().collect();
        let (first, last) = (refusals[0].start, refusals[refusals.len() - 1].start);
        let admitted = || rows.iter().filter(|r| r.is_admitted).map(|r| r.start);
        let before = admitted().filter(|t| *t < first).fold(None, |_, t| Some(t));
        let after = admitted().find(|t| *t > last);
        let inside = admitted().filter(|t| (first..=last).contains(t)).count();
        Self { refusals, isolated, first, last, before, after, inside, rows }
    }

    pub fn probes(&self) -> u64 {
        let mut counted = 0;
        let mut last = f64::NEG_INFINITY;
        for r in &self.refusals {
            if r.start - last >= PROBE_S {
                (counted, last) = (counted + 1, r.start);
            }
        }
        counted
    }

    /// Requests that were admitted and had not ended, at an instant.
    pub fn in_flight(&self, at: f64) -> u64 {
        let is_open = |r: &&Row| r.is_admitted && r.begun() < at && r.end.is_none_or(|end| end > at);
        self.rows.iter().filter(is_open).count() as u64
    }

    /// Whether nothing was in flight at an instant, nor had just ended.
    pub fn is_idle(&self, at: f64) -> bool {
        let is_open = |r: &Row| r.is_admitted && r.begun() < at && r.end.is_none_or(|end| end > at - LAG_S);
        !self.rows.iter().any(is_open)
    }

    /// In flight at each refusal, ascending.
    pub fn at_refusals(&self) -> Vec<u64> {
        let mut all: Vec<u64> = self.refusals.iter().map(|r| self.in_flight(r.refused())).collect();
        all.sort_unstable();
        all
    }

    /// The most that were in flight together from one instant to another.
    pub fn most_in_flight(&self, from: f64, to: f64) -> u64 {
        let starts = self.rows.iter().filter(|r| r.is_admitted).map(Row::begun).filter(|t| (from..to).contains(t));
        let after_start = starts.map(|t| {
            let is_open = |r: &&Row| r.is_admitted && r.begun() <= t && r.end.is_none_or(|end| end > t);
            self.rows.iter().filter(is_open).count() as u64
        });
        after_start.chain([self.in_flight(from + 1e-6)]).max().unwrap_or(0)
    }

    /// Seconds that all agents lost. Runs of one request each, refused within a minute and never admitted, are one agent that
    /// waited over the span that they cover.
    pub fn lost_s(&self) -> f64 {
        let own = |name: &str| -> Vec<&Row> { self.rows.iter().filter(|r| r.agent.as_deref() == Some(name)).collect() };
        let of_one = |name: &str| {
            let rows = own(name);
            let refused: Vec<f64> = rows.iter().filter(|r| !r.is_admitted).map(|r| r.start).collect();
            let span = refused[0]..=refused[refused.len() - 1];
            let is_one_shot = rows.iter().all(|r| !r.is_admitted) && span.end() - span.start() <= ONE_SHOT_S;
            is_one_shot.then_some(span)
        };
        let waits = self.waits();
        let spans: Vec<_> = waits.iter().filter(|w| !w.0.is_empty()).filter_map(|w| of_one(&w.0)).collect();
        let begin = spans.iter().map(|s| *s.start()).fold(f64::INFINITY, f64::min);
        let end = spans.iter().map(|s| *s.end()).fold(f64::NEG_INFINITY, f64::max);
        let others = waits.iter().filter(|w| w.0.is_empty() || of_one(&w.0).is_none());
        others.map(|(_, waited, kept)| waited + kept).sum::<f64>() + (end - begin).max(0.0)
    }

    /// Agents that were refused, with the seconds that each waited and was kept from work after it gave up.
    pub fn waits(&self) -> Vec<(String, f64, f64)> {
        let mut agents: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
        for r in &self.rows {
            agents.entry(r.agent.clone().unwrap_or_default()).or_default().push(r);
        }
        let end = self.rows.iter().map(|r| r.end.unwrap_or(r.start)).fold(0.0, f64::max);
        let mut all = Vec::new();
        for (name, rows) in agents {
            let (mut since, mut last, mut waited, mut kept, mut was_refused) = (None, 0.0, 0.0, 0.0, false);
            for r in rows.iter().filter(|r| r.start >= self.first) {
                match (r.is_admitted, since) {
                    (true, Some(from)) if r.start <= self.last + COMES_BACK_S => {
                        waited += r.start - from;
                        since = None;
                    }
                    (true, Some(from)) => {
                        waited += last - from;
                        kept = if name.is_empty() { 0.0 } else { r.start - last };
                        since = None;
                    }
                    (false, _) if r.start <= self.last => {
                        since = since.or(Some(r.start));
                        (last, was_refused) = (r.start, true);
                    }
                    _ => {}
                }
            }
            if let Some(from) = since {
                waited += last - from;
                kept = if name.is_empty() { 0.0 } else { end - last };
            }
            if was_refused {
                all.push((name, waited, kept));
            }
        }
        all
    }

    pub fn agents(&self) -> usize {
        self.rows.iter().map(|r| &r.agent).collect::<BTreeSet<_>>().len()
    }

    /// Tokens and requests that had been charged when the last request before the first refusal was admitted: those that had
    /// ended, and not that last one.
    pub fn used_at_least(&self, from: f64) -> [u64; 2] {
        let last = self.before.unwrap();
        let admitted = || self.rows.iter().filter(|r| r.is_admitted && r.start >= from && r.start < self.first);
        let ended = || admitted().filter(|r| r.start < last && r.end.is_none_or(|end| end <= last));
        let of_last = admitted().next_back().map_or(0, |r| r.tokens);
        let all: u64 = admitted().map(|r| r.tokens).sum();
        let tokens = ended().map(|r| r.tokens).sum::<u64>().min(all - of_last);
        [tokens, (ended().count() as u64).min(admitted().count() as u64 - 1)]
    }
}
