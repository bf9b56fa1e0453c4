//! `why429.next/v1` as data: what `next --format json` writes.

use serde::{Deserialize, Serialize};

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
