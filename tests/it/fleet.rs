//! A small fleet of agents against one limiter, drawn from a seed, as canonical lines.
//!
//! Out: rows in order of their starts. Always: the same seed gives the same rows; stamps have milliseconds that are not
//! zero, so that a repeated line can be told from a quick retry; each agent is sequential.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt::Write as _;

use serde_json::{Value, json};
use why429::model::Time;

/// 2026-03-03T08:00:00Z, in milliseconds.
const BEGIN_MS: i64 = 1_772_524_800_000;

/// What the provider, or the user, does.
#[derive(Clone, Copy, Debug)]
pub enum Story {
    /// So many slots.
    Cap { slots: usize },
    /// A quota is used up between two instants, seconds from the begin.
    Window { from_s: i64, until_s: i64 },
    /// The provider fails two of three requests between two instants.
    Overload { from_s: i64, until_s: i64 },
    /// Nobody asks between two instants.
    Idle { from_s: i64, until_s: i64 },
}

/// Who asks, and what comes of it.
#[derive(Clone, Copy, Debug)]
pub struct Fleet {
    pub seed: u64,
    pub agents: usize,
    pub story: Story,
    /// How long an admitted request takes, seconds.
    pub request_s: (i64, i64),
    /// How long an agent waits after a refusal, seconds.
    pub retry_s: (i64, i64),
    /// How long the log is, seconds.
    pub length_s: i64,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Row {
    pub start_ms: i64,
    pub end_ms: Option<i64>,
    pub status: u16,
    pub text: Option<&'static str>,
    pub tokens: u64,
    pub agent: usize,
    pub account: Option<&'static str>,
}

/// A sentence of the provider that names no limit.
pub const AMBIGUOUS: &str = "We're receiving too many requests at the moment. Please wait and try again.";
/// It names the limit.
pub const OVERLOADED: &str = "The engine is currently overloaded, please try again later";

impl Fleet {
    /// A fleet of eight with requests of a minute.
    pub fn new(seed: u64, story: Story) -> Self {
        Self { seed, agents: 8, story, request_s: (20, 100), retry_s: (5, 40), length_s: 6_000 }
    }

    pub fn rows(&self) -> Vec<Row> {
        let mut draw = Draw(self.seed ^ 0x9E37_79B9_7F4A_7C15);
        let mut next: BinaryHeap<Reverse<(i64, usize)>> =
            (0..self.agents).map(|a| Reverse((draw.ms((1, 90)), a))).collect();
        let mut in_flight: Vec<i64> = Vec::new();
        let mut rows = Vec::new();
        while let Some(Reverse((asked, agent))) = next.pop() {
            let start = self.story.postponed(asked, &mut draw);
            if start != asked {
                next.push(Reverse((start, agent)));
                continue;
            }
            if start > self.length_s * 1_000 {
                continue;
            }
            in_flight.retain(|end| *end > start);
            let refusal = self.story.refusal(start, in_flight.len(), &mut draw);
            let end = match refusal {
                Some(_) => odd(start + draw.between(200, 900)),
                None => odd(start + draw.ms(self.request_s)),
            };
            rows.push(Row {
                start_ms: start,
                end_ms: Some(end),
                status: refusal.map_or(200, |r| r.0),
                text: refusal.map(|r| r.1),
                tokens: if refusal.is_some() { 0 } else { draw.between(4_000, 60_000) as u64 },
                agent,
                account: Some("team-1"),
            });
            if refusal.is_none() {
                in_flight.push(end);
            }
            let pause = if refusal.is_some() { self.retry_s } else { (1, 12) };
            next.push(Reverse((odd(end + draw.ms(pause)), agent)));
        }
        rows
    }
}

impl Story {
    fn refusal(self, at_ms: i64, in_flight: usize, draw: &mut Draw) -> Option<(u16, &'static str)> {
        let during = |from_s: i64, until_s: i64| (from_s * 1_000..until_s * 1_000).contains(&at_ms);
        match self {
            Self::Cap { slots } => (in_flight >= slots).then_some((429, AMBIGUOUS)),
            Self::Window { from_s, until_s } => during(from_s, until_s).then_some((429, AMBIGUOUS)),
            Self::Overload { from_s, until_s } => {
                let fails = during(from_s, until_s) && draw.between(0, 3) < 2;
                fails.then(|| (if draw.between(0, 2) == 0 { 429 } else { 503 }, OVERLOADED))
            }
            Self::Idle { .. } => None,
        }
    }

    /// When a request that is due at an instant is really made.
    fn postponed(self, at_ms: i64, draw: &mut Draw) -> i64 {
        match self {
            Self::Idle { from_s, until_s } if (from_s * 1_000..until_s * 1_000).contains(&at_ms) => {
                odd(until_s * 1_000 + draw.ms((0, 60)))
            }
            _ => at_ms,
        }
    }
}

impl Row {
    pub fn is_admitted(&self) -> bool {
        self.status == 200
    }

    /// The canonical line, with all times shifted by some microseconds.
    pub fn line(&self, shift_us: i64) -> String {
        let mut row = json!({ "start": stamp(self.start_ms, shift_us), "status": self.status, "provider": "kimi-code",
            "model": "kimi-for-coding", "session": "s1", "agent": format!("sub-{}", self.agent) });
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                row[key] = value;
            }
        };
        put("end", self.end_ms.map(|e| stamp(e, shift_us).into()));
        put("account", self.account.map(Into::into));
        put("error_message", self.text.map(Into::into));
        put("input_tokens", self.is_admitted().then(|| self.tokens.into()));
        row.to_string()
    }
}

/// A saved reading of the five-hour window, as a ledger line.
#[derive(Clone, Copy, Debug)]
pub struct QuotaState {
    pub at_s: i64,
    pub remaining: u64,
    pub resets_s: i64,
}

impl QuotaState {
    pub fn line(&self, shift_us: i64) -> String {
        let window = json!({ "window_minutes": 300, "limit": 100, "used": 100 - self.remaining,
            "remaining": self.remaining, "resets_at": stamp(self.resets_s * 1_000 + 417, shift_us) });
        json!({ "captured_at": stamp(self.at_s * 1_000, shift_us), "provider": "kimi-code", "account": "team-1",
            "windows": [window] })
        .to_string()
    }
}

/// Lines with line ends.
pub fn text<S: AsRef<str>>(lines: impl IntoIterator<Item = S>) -> String {
    lines.into_iter().fold(String::new(), |mut text, line| {
        let _ = writeln!(text, "{}", line.as_ref());
        text
    })
}

/// The log of some rows.
pub fn log(rows: &[Row]) -> String {
    text(rows.iter().map(|r| r.line(0)))
}

/// An instant, seconds after the begin, as the report writes it.
pub fn at(seconds: f64) -> String {
    Time::from_micros(BEGIN_MS * 1_000 + (seconds * 1e6) as i64).rfc3339()
}

/// An instant of a row, in milliseconds since the epoch.
pub fn epoch_ms(ms: i64) -> i64 {
    BEGIN_MS + ms
}

fn stamp(ms: i64, shift_us: i64) -> String {
    Time::from_micros(epoch_ms(ms) * 1_000 + shift_us).rfc3339()
}

/// Never a whole second.
fn odd(ms: i64) -> i64 {
    if ms % 1_000 == 0 { ms + 1 } else { ms }
}

/// SplitMix64 (Steele, Lea, Flood 2014): a few lines, and the same numbers everywhere.
pub struct Draw(pub u64);

impl Draw {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From `low` to below `high`.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low).max(1) as u64) as i64
    }

    /// Milliseconds from a range of seconds.
    fn ms(&mut self, (low_s, high_s): (i64, i64)) -> i64 {
        odd(self.between(low_s * 1_000, high_s * 1_000))
    }

    /// A shuffle (Fisher and Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.between(0, i as i64 + 1) as usize);
        }
    }
}
