//! What is computed once per pool and asked by every episode, so that thousands of episodes cost little more than one.
//!
//! In: a pool and the window lengths in question. Out: columns over its admissions and refusals, and for each window
//! length its use and its readings.

use std::collections::BTreeMap;

use super::PoolTimeline;
use super::frame::{Minute, per_minute};
use super::readings::Readings;
use super::usage::Unit;
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
    /// The next admission of the same lane after each refusal (attempts without a lane are one); as long as the pool's
    /// `refused`.
    pub next_admission: Vec<Option<u32>>,
    /// The last concurrency limit that a snapshot names, and where.
    pub cap_named: Option<(u32, SourceRef)>,
    /// By window length in minutes.
    pub windows: BTreeMap<u32, WindowUse>,
}

/// Requests and tokens admitted in the minute before each admission.
#[derive(Debug, Default)]
pub struct MinuteUse {
    /// In the 60 s before.
    pub sliding: Used,
    /// Since the minute of the clock began.
    pub on_clock: Used,
}

/// Use before each admission.
#[derive(Debug, Default)]
pub struct Used {
    /// Admitted requests.
    pub requests: Vec<u32>,
    /// Their tokens.
    pub tokens: Vec<u64>,
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
    pub readings: Readings,
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
            (*length, WindowUse { records, at_admissions, readings: Readings::of(&pool.snapshots, *length) })
        };
        let mut named = pool.snapshots.iter().filter_map(|s| Some((s.reading.concurrency_limit?, s.source)));
        Self {
            feasible: in_flight.iter().max().map_or(0, |n| n + 1),
            in_flight,
            minute: MinuteUse {
                sliding: Used::of(pool, |t| t - MINUTE_US),
                on_clock: Used::of(pool, |t| Time::from_micros(t).floored(MINUTE_US).micros()),
            },
            broken,
            next_admission: next_admissions(pool),
            cap_named: named.next_back(),
            windows: windows.iter().zip(minutes).map(of_window).collect(),
        }
    }

    /// Readings of a window length in question.
    pub fn readings(&self, minutes: u32) -> Option<&Readings> {
        self.windows.get(&minutes).map(|w| &w.readings)
    }
}

impl Used {
    fn of(pool: &PoolTimeline, since: impl Fn(i64) -> i64 + Copy) -> Self {
        let requests = pool.usage.before_each(Unit::Requests, since);
        Self {
            requests: requests.into_iter().map(|n| u32::try_from(n).unwrap_or(u32::MAX)).collect(),
            tokens: pool.usage.before_each(Unit::Tokens, since),
        }
    }
}

fn records(mut minutes: Vec<Minute>, first: Option<Time>, length_us: i64) -> Vec<Minute> {
    let covered_from = first.map_or(i64::MAX, |t| (t.micros() + length_us) / MINUTE_US);
    minutes.retain(|m| m.admitted > 0 && m.minute >= covered_from);
    minutes.sort_unstable_by_key(|m| std::cmp::Reverse((m.tokens_in_window, m.minute)));
    minutes
}

fn next_admissions(pool: &PoolTimeline) -> Vec<Option<u32>> {
    let place = |lane: Option<u32>| lane.map_or(0, |l| l as usize + 1);
    let mut upcoming: Vec<Option<u32>> = vec![None; pool.lane_names.len() + 1];
    let mut next = vec![None; pool.refused.len()];
    let mut admitted = pool.admitted.iter().rev().peekable();
    for (slot, refusal) in next.iter_mut().zip(&pool.refused).rev() {
        while let Some(later) = admitted.next_if(|p| *p > refusal) {
            upcoming[place(pool.lanes[*later as usize])] = Some(*later);
        }
        *slot = upcoming[place(pool.lanes[*refusal as usize])];
    }
    next
}
