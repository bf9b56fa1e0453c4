//! Meters: tokens and requests that had been admitted up to an instant, by prefix sums over admission starts.
//!
//! Three kinds of window are read off the same sums (docs/METHOD.md, Definitions): rolling over the last W, fixed since a grid
//! point, and first use (anchors chained from admissions). An attempt without tokens counts 0 tokens and 1 request.

use crate::model::{Attempt, Time};

/// What a meter counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Tokens of admitted attempts.
    Tokens,
    /// Admitted attempts.
    Requests,
}

impl Unit {
    /// The id used in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Tokens => "tokens",
            Self::Requests => "requests",
        }
    }
}

/// Prefix sums over the admissions of a pool.
#[derive(Debug, Default)]
pub struct Usage {
    starts: Vec<i64>,
    tokens: Vec<u64>,
    /// Share of admissions whose tokens are known.
    pub tokens_known: f64,
}

impl Usage {
    /// Sums over admissions in order of start.
    pub fn of<'a>(admitted: impl Iterator<Item = &'a Attempt>) -> Self {
        let mut starts = Vec::new();
        let mut tokens = vec![0u64];
        let (mut sum, mut known) = (0u64, 0usize);
        for a in admitted {
            let total = a.tokens.total();
            known += usize::from(total.is_some());
            sum = sum.saturating_add(total.unwrap_or(0));
            starts.push(a.start.micros());
            tokens.push(sum);
        }
        let tokens_known = known as f64 / starts.len().max(1) as f64;
        Self { starts, tokens, tokens_known }
    }

    /// Used by admissions that started in [from, to).
    pub fn between(&self, from: Time, to: Time, unit: Unit) -> u64 {
        let low = self.starts.partition_point(|s| *s < from.micros());
        let high = self.starts.partition_point(|s| *s < to.micros()).max(low);
        match unit {
            Unit::Tokens => self.tokens[high] - self.tokens[low],
            Unit::Requests => (high - low) as u64,
        }
    }

    /// For each admission, what was used by admissions that started in [since, its start); `since` takes and gives
    /// microseconds and never falls. One walk.
    pub fn before_each(&self, unit: Unit, since: impl Fn(i64) -> i64) -> Vec<u64> {
        let (mut low, mut high) = (0, 0);
        let walk = self.starts.iter().map(|at| {
            let from = since(*at);
            while self.starts[low] < from {
                low += 1;
            }
            while self.starts[high] < *at {
                high += 1;
            }
            let low = low.min(high);
            match unit {
                Unit::Tokens => self.tokens[high] - self.tokens[low],
                Unit::Requests => (high - low) as u64,
            }
        });
        walk.collect()
    }

    /// The unit to reason in: tokens when most admissions tell theirs, else requests.
    pub fn unit(&self) -> Unit {
        if self.tokens_known >= 0.5 { Unit::Tokens } else { Unit::Requests }
    }

    /// First admission start, if any.
    pub fn first(&self) -> Option<Time> {
        self.starts.first().map(|s| Time::from_micros(*s))
    }

    /// Anchors of a first-use window: the first admission, then the first one at least `window_s` after the anchor.
    pub fn first_use_anchors(&self, window_s: f64) -> Vec<Time> {
        let mut anchors: Vec<Time> = Vec::new();
        let mut i = 0;
        while i < self.starts.len() {
            let anchor = Time::from_micros(self.starts[i]);
            anchors.push(anchor);
            let next = anchor.plus(window_s).micros();
            i = i.max(self.starts.partition_point(|s| *s < next)).max(i + 1);
        }
        anchors
    }
}
