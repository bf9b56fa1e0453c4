//! A limit of requests or tokens per minute.
//!
//! By calendar minute, or over the last sixty seconds; some count refused requests too, and so block a client that keeps
//! trying (threads).

use std::collections::VecDeque;

use super::Unit;
use crate::random::MINUTE;

/// So many a minute.
#[derive(Clone, Debug)]
pub struct Minute {
    /// Requests or tokens.
    pub unit: Unit,
    /// How many.
    pub limit: f64,
    /// By calendar minute; else over the last sixty seconds.
    pub calendar: bool,
    /// Whether refused requests count.
    pub counts_refusals: bool,
    seen: VecDeque<(i64, f64)>,
    sum: f64,
}

impl Minute {
    /// Nothing counted yet.
    pub fn new(unit: Unit, limit: f64, calendar: bool, counts_refusals: bool) -> Self {
        Self { unit, limit, calendar, counts_refusals, seen: VecDeque::new(), sum: 0.0 }
    }

    /// What counts at this instant.
    pub fn used(&mut self, at: i64) -> f64 {
        let from = if self.calendar { at - at.rem_euclid(MINUTE) } else { at - MINUTE + 1 };
        while let Some((t, weight)) = self.seen.front().copied().filter(|(t, _)| *t < from) {
            debug_assert!(t <= at);
            self.sum -= weight;
            self.seen.pop_front();
        }
        if self.seen.is_empty() {
            self.sum = 0.0;
        }
        self.sum
    }

    /// Whether this request is one too many.
    pub fn refuses(&mut self, at: i64, tokens: u32) -> bool {
        self.used(at) + self.unit.weight(tokens) > self.limit
    }

    /// Counts an admitted request.
    pub fn count(&mut self, at: i64, tokens: u32) {
        let weight = self.unit.weight(tokens);
        self.seen.push_back((at, weight));
        self.sum += weight;
    }

    /// A refused request, which some count. At most twice the limit is kept, as a counter that saturates.
    pub fn refused(&mut self, at: i64, tokens: u32) {
        if self.counts_refusals && self.sum < 2.0 * self.limit {
            self.count(at, tokens);
        }
    }

    /// When it will let a request pass, as far as it knows now.
    pub fn free_at(&self, at: i64) -> i64 {
        if self.calendar {
            at - at.rem_euclid(MINUTE) + MINUTE
        } else {
            self.seen.front().map_or(at, |(t, _)| t + MINUTE)
        }
    }
}
