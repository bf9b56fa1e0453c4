//! What is computed once per pool and asked by every episode, so that thousands of episodes cost little more than one.
//!
//! In: a pool and the window lengths in question. Out: columns over its admissions and refusals, and for each window
//! length its use and its snapshots.

use std::collections::BTreeMap;

use super::PoolTimeline;
use super::minutes::{Minute, per_minute};
use super::usage::Unit;
use super::window_snapshots::WindowSnapshots;
use crate::model::{Class, SourceRef, Time};

/// Meters of one pool.
#[derive(Debug, Default)]
pub struct Meters {
    /// The most that was ever in flight with an admission, that one included.
    pub feasible: u32,
    /// In flight when each admission began; as long as the pool's `admitted`.
    pub in_flight: Vec<u32>,
    /// Use of the last minute before each admission, as long as the pool's `admitted`.
    pub minute: MinuteUse,
    /// Admissions whose stream broke, by the time of the break.
    pub broken: Vec<(Time, u32)>,
    /// The next admission of the same agent after each refusal (attempts without a agent are one); as long as the pool's
    /// `refused`.
    pub next_admission: Vec<Option<u32>>,
    /// The last concurrency limit that a snapshot names, and where.
    pub cap_named: Option<(u32, SourceRef)>,
    /// By window length in minutes.
    pub windows: BTreeMap<u32, WindowUse>,
}

/// What a limit per minute takes for the last minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastMinute {
    /// The 60 s before.
    Sliding,
    /// Since the minute of the clock began.
    OnClock,
}

impl LastMinute {
    /// Both ways to count.
    pub const BOTH: [Self; 2] = [Self::Sliding, Self::OnClock];

    /// When it began, at an instant.
    pub fn since(self, t: Time) -> Time {
        match self {
            Self::Sliding => Time::from_micros(t.micros() - MINUTE_US),
            Self::OnClock => t.floored(MINUTE_US),
        }
    }

    /// What was admitted in it, at an instant.
    pub fn used(self, pool: &PoolTimeline, t: Time, unit: Unit) -> u64 {
        pool.usage.between(self.since(t), t, unit)
    }
}

/// Requests and tokens admitted in the minute before each admission.
#[derive(Debug, Default)]
pub struct MinuteUse {
    /// In the 60 s before.
    pub sliding: Used,
    /// Since the minute of the clock began.
    pub on_clock: Used,
}

impl MinuteUse {
    /// Counted this way.
    pub fn by(&self, minute: LastMinute) -> &Used {
        match minute {
            LastMinute::Sliding => &self.sliding,
            LastMinute::OnClock => &self.on_clock,
        }
    }
}

/// Use before each admission.
#[derive(Debug, Default)]
pub struct Used {
    /// Admitted requests.
    pub requests: Vec<u32>,
    /// Their tokens.
    pub tokens: Vec<u64>,
    /// The most requests before an admission.
    pub most_requests: u32,
    /// The most tokens before an admission.
    pub most_tokens: u64,
}

/// Use of one window length.
#[derive(Debug, Default)]
pub struct WindowUse {
    /// Minutes with an admission that the log covers a whole window before, by tokens in the window, the most first; of
    /// equals the later one first.
    pub records: Vec<Minute>,
    /// Use in the window before each admission, ascending, in the pool's unit.
    pub at_admissions: Vec<u64>,
    /// What snapshots say of the window.
    pub readings: WindowSnapshots,
}

/// The length of a minute.
const MINUTE_US: i64 = 60_000_000;

impl Meters {
    /// Meters of a pool for these window lengths.
    pub fn of(pool: &PoolTimeline, windows: &[u32]) -> Self {
        let in_flight = pool.flight.at_each(pool.admitted.iter().map(|p| pool.flight.begin(pool.at(*p))));
        let broken = |p: &&u32| pool.at(**p).class == Class::Network;
        let mut broken: Vec<(Time, u32)> =
            pool.admitted.iter().filter(broken).filter_map(|p| Some((pool.at(*p).end?, *p))).collect();
        broken.sort_unstable();
        let unit = pool.usage.unit();
        let minutes = per_minute(pool, windows);
        let of_window = |(length, minutes): (&u32, Vec<Minute>)| {
            let length_us = i64::from(*length) * MINUTE_US;
            let mut at_admissions = pool.usage.before_each(unit, |t| t - length_us);
            at_admissions.sort_unstable();
            let records = records(minutes, pool.usage.first(), length_us);
            (*length, WindowUse { records, at_admissions, readings: WindowSnapshots::of(&pool.snapshots, *length) })
        };
        let mut named = pool.snapshots.iter().filter_map(|s| Some((s.state.concurrency_limit?, s.source)));
        Self {
            feasible: in_flight.iter().max().map_or(0, |n| n + 1),
            in_flight,
            minute: MinuteUse {
                sliding: Used::of(pool, LastMinute::Sliding),
                on_clock: Used::of(pool, LastMinute::OnClock),
            },
            broken,
            next_admission: next_admissions(pool),
            cap_named: named.next_back(),
            windows: windows.iter().zip(minutes).map(of_window).collect(),
        }
    }

    /// Snapshots of a window length in question.
    pub fn readings(&self, minutes: u32) -> Option<&WindowSnapshots> {
        self.windows.get(&minutes).map(|w| &w.readings)
    }
}

impl Used {
    /// Use before the admission at this place.
    pub fn before(&self, place: usize, unit: Unit) -> u64 {
        match unit {
            Unit::Requests => self.requests[place].into(),
            Unit::Tokens => self.tokens[place],
        }
    }

    /// The most use before an admission.
    pub fn most(&self, unit: Unit) -> u64 {
        match unit {
            Unit::Requests => self.most_requests.into(),
            Unit::Tokens => self.most_tokens,
        }
    }

    fn of(pool: &PoolTimeline, minute: LastMinute) -> Self {
        let since = |t: i64| minute.since(Time::from_micros(t)).micros();
        let requests = pool.usage.before_each(Unit::Requests, since);
        let requests: Vec<u32> = requests.into_iter().map(|n| u32::try_from(n).unwrap_or(u32::MAX)).collect();
        let tokens = pool.usage.before_each(Unit::Tokens, since);
        let most_requests = requests.iter().copied().max().unwrap_or(0);
        let most_tokens = tokens.iter().copied().max().unwrap_or(0);
        Self { requests, tokens, most_requests, most_tokens }
    }
}

fn records(mut minutes: Vec<Minute>, first: Option<Time>, length_us: i64) -> Vec<Minute> {
    let covered_from = first.map_or(i64::MAX, |t| (t.micros() + length_us) / MINUTE_US);
    minutes.retain(|m| m.admitted > 0 && m.minute >= covered_from);
    minutes.sort_unstable_by_key(|m| std::cmp::Reverse((m.tokens_in_window, m.minute)));
    minutes
}

fn next_admissions(pool: &PoolTimeline) -> Vec<Option<u32>> {
    let place = |agent: Option<u32>| agent.map_or(0, |l| l as usize + 1);
    let mut upcoming: Vec<Option<u32>> = vec![None; pool.agent_names.len() + 1];
    let mut next = vec![None; pool.refused.len()];
    let mut admitted = pool.admitted.iter().rev().peekable();
    for (slot, refusal) in next.iter_mut().zip(&pool.refused).rev() {
        while let Some(later) = admitted.next_if(|p| *p > refusal) {
            upcoming[place(pool.agents[*later as usize])] = Some(*later);
        }
        *slot = upcoming[place(pool.agents[*refusal as usize])];
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Texts, Tokens};
    use crate::timeline::testing;

    /// Three hundred attempts of five agents with equal starts, broken streams and refusals among them.
    fn pool() -> PoolTimeline {
        let mut texts = Texts::default();
        let attempts = (0..300_u32).map(|n| {
            let (start, agent) = (f64::from(n / 2 * 37 % 1900), format!("agent {}", n % 5));
            if n % 7 == 3 {
                return testing::refused(&mut texts, start, &agent, 429);
            }
            let mut a = testing::admitted(&mut texts, start, start + f64::from(n % 50), &agent);
            a.tokens = Tokens { input: crate::model::Count::new(Some(u64::from(n))), ..Tokens::UNKNOWN };
            a.class = if n % 11 == 0 { Class::Network } else { Class::Ok };
            a
        });
        let attempts = attempts.collect();
        testing::pool(&texts, attempts)
    }

    #[test]
    fn every_column_is_what_asking_one_by_one_gives() {
        let pool = pool();
        let meters = Meters::of(&pool, &[5]);
        let starts: Vec<Time> = pool.admitted.iter().map(|p| pool.at(*p).start).collect();
        let mut at_admissions = Vec::new();
        for (i, t) in starts.iter().copied().enumerate() {
            assert_eq!(meters.in_flight[i], pool.flight.at(t));
            let sliding = |unit| pool.usage.between(t.plus(-60.0), t, unit);
            assert_eq!(u64::from(meters.minute.sliding.requests[i]), sliding(Unit::Requests));
            assert_eq!(meters.minute.sliding.tokens[i], sliding(Unit::Tokens));
            let clock = Time::from_secs((t.secs() / 60.0).floor() * 60.0).unwrap();
            assert_eq!(meters.minute.on_clock.tokens[i], pool.usage.between(clock, t, Unit::Tokens));
            at_admissions.push(pool.usage.between(t.plus(-300.0), t, Unit::Tokens));
        }
        at_admissions.sort_unstable();
        assert_eq!(meters.windows[&5].at_admissions, at_admissions);
        assert_eq!(Some(meters.feasible), meters.in_flight.iter().max().map(|n| n + 1));
        assert_eq!(meters.broken.len(), pool.admitted.iter().filter(|p| pool.at(**p).class == Class::Network).count());
        assert!(meters.broken.is_sorted());
    }

    #[test]
    fn the_next_admission_is_the_agent_s_own() {
        let pool = pool();
        let next = Meters::of(&pool, &[]).next_admission;
        for (refusal, found) in pool.refused.iter().zip(next) {
            let same_agent = |p: &&u32| *p > refusal && pool.agents[**p as usize] == pool.agents[*refusal as usize];
            assert_eq!(found, pool.admitted.iter().find(same_agent).copied());
        }
    }

    #[test]
    fn records_begin_where_the_log_covers_the_window() {
        let pool = pool();
        let records = &Meters::of(&pool, &[5]).windows[&5].records;
        assert!(!records.is_empty());
        let first = pool.at(pool.admitted[0]).start.plus(300.0).micros() / MINUTE_US;
        assert!(records.iter().all(|m| m.admitted > 0 && m.minute >= first));
        assert!(records.is_sorted_by_key(|m| std::cmp::Reverse((m.tokens_in_window, m.minute))));
    }
}
