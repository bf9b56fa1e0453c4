//! `why429.next/v1` as data: what `next --format json` writes.

use serde::{Deserialize, Serialize};

use super::{Resume, Standing, State};
use crate::model::Time;

/// Name and version of the schema.
pub const SCHEMA: &str = "why429.next/v1";

/// How all pools stand.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// "Now".
    pub now: String,
    /// Pools by id.
    pub pools: Vec<Pool>,
}

/// How one pool stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// `provider/account/model`.
    pub pool: String,
    /// `open`, `blocked`, `uncertain` or `unknown`.
    pub state: String,
    /// First cause, where there is one.
    pub cause: Option<String>,
    /// Length of the window.
    pub window_minutes: Option<u32>,
    /// Confidence in the cause.
    pub confidence: Option<String>,
    /// Probability of the cause.
    pub probability: Option<f64>,
    /// Onset interval.
    pub episode_began: Option<Interval>,
    /// When requests will be admitted again.
    pub resume_at: ResumeAt,
    /// What that rests on.
    pub basis: String,
    /// So many agents can be started now.
    pub start_with: Option<u32>,
    /// What to do.
    pub advice: String,
    // beside
    /// Probability that a request would be refused now.
    pub refused_probability: f64,
    /// The last refusal.
    pub last_refusal: Option<String>,
    /// Windows as the newest snapshots show them.
    pub windows: Vec<Window>,
}

/// Two instants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Not before.
    pub earliest: String,
    /// Not after.
    pub latest: String,
}

/// When requests will be admitted again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResumeAt {
    /// Not before.
    pub earliest: String,
    /// The likeliest instant, where one stands out.
    pub best: Option<String>,
    /// Not after, where that can be told.
    pub latest: Option<String>,
}

/// A window as a snapshot shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Window {
    /// Its length.
    pub window_minutes: u32,
    /// Share left, from 0 to 1.
    pub remaining_share: f64,
    /// When it resets.
    pub resets_at: Option<String>,
    /// When the snapshot was taken.
    pub captured_at: String,
}

impl Document {
    /// From the standings of all pools.
    pub fn of(standings: &[Standing], now: Time) -> Self {
        let pools = standings.iter().map(|s| Pool::of(s, now)).collect();
        Self { schema: SCHEMA.to_owned(), now: now.rfc3339(), pools }
    }
}

impl Pool {
    fn of(s: &Standing, now: Time) -> Self {
        let four = |p: f64| (p * 1e4).round() / 1e4;
        Self {
            pool: s.pool.clone(),
            state: s.state.id().to_owned(),
            cause: s.cause.map(|c| c.id().to_owned()),
            window_minutes: s.window_minutes,
            confidence: s.confidence.map(|c| c.id().to_owned()),
            probability: s.probability.map(four),
            episode_began: s.began.map(|(a, b)| Interval { earliest: a.rfc3339(), latest: b.rfc3339() }),
            resume_at: resume_at(s, now),
            basis: s.basis.id().to_owned(),
            start_with: s.start_with,
            advice: s.advice.clone(),
            refused_probability: four(s.refused),
            last_refusal: s.last_refusal.map(Time::rfc3339),
            windows: s.used.iter().map(window).collect(),
        }
    }
}

/// An open pool admits requests now; of an unknown one nothing is known.
fn resume_at(s: &Standing, now: Time) -> ResumeAt {
    let of_open = Resume { earliest: now, best: Some(now), latest: Some(now) };
    let nothing = Resume { earliest: now, best: None, latest: None };
    s.resume.unwrap_or(if s.state == State::Open { of_open } else { nothing }).into()
}

impl From<Resume> for ResumeAt {
    fn from(resume: Resume) -> Self {
        Self {
            earliest: resume.earliest.rfc3339(),
            best: resume.best.map(Time::rfc3339),
            latest: resume.latest.map(Time::rfc3339),
        }
    }
}

fn window(used: &super::standing::Used) -> Window {
    Window {
        window_minutes: used.window_minutes,
        remaining_share: (used.left * 1e4).round() / 1e4,
        resets_at: used.resets_at.map(Time::rfc3339),
        captured_at: used.at.rfc3339(),
    }
}
