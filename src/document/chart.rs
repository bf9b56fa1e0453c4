//! What a picture of one episode needs beside its strip: agents, broken streams, use of the window, snapshots.
//!
//! Not part of the schema: the JSON report leaves it out, and it is filled only when an output draws it
//! ([`crate::pipeline::Options::charts`]). Its bins are those of the episode's strip. What always holds: its size is
//! bounded by the attempts in the picture and by [`Chart::AGENTS`], never by the length of the log.

use serde::{Deserialize, Serialize};

/// Counts over time in bins of equal width.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Strip {
    /// Begin of the first bin.
    pub from: String,
    /// Width of a bin in seconds.
    pub bin_s: f64,
    /// Admissions that started in each bin.
    pub admitted: Vec<u32>,
    /// Refusals in each bin.
    pub refused: Vec<u32>,
    /// Most requests in flight at once in each bin.
    pub in_flight: Vec<u32>,
    /// Snapshots captured in each bin: lowest remaining share seen, or null.
    pub remaining_share: Vec<Option<f64>>,
}

/// The picture of one episode.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// Streams that broke after they were admitted, by the time of the break; as long as the strip, or empty.
    pub broken: Vec<u32>,
    /// Agents in the order of their first attempt in the log, at most [`Chart::AGENTS`].
    pub agents: Vec<AgentRow>,
    /// All other agents together, and how many they are.
    pub others: Option<(u64, AgentRow)>,
    /// Use of the window in question, if there is one.
    pub used: Option<Used>,
    /// Snapshots of the quota captured in the picture, by time.
    pub flags: Vec<Flag>,
    /// Refused requests that the provider can look up, the first and the last of the episode among them.
    pub request_ids: Vec<RefusedId>,
    /// How many refusals have such an id.
    pub with_id: u64,
    /// What the refusals say, the most frequent first, at most [`Chart::MESSAGES`].
    pub messages: Vec<Message>,
}

impl Chart {
    /// Most agents drawn in rows of their own.
    pub const AGENTS: usize = 14;
    /// Most messages kept.
    pub const MESSAGES: usize = 2;
    /// Most request ids kept.
    pub const IDS: usize = 8;
}

/// One agent's attempts.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AgentRow {
    /// Its name, as in the agents of the episode.
    pub name: String,
    /// Bins that hold something, in order.
    pub marks: Vec<Mark>,
}

/// What one agent did in one bin.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The bin.
    pub bin: u32,
    /// Admissions that started in it.
    pub admitted: u32,
    /// Refusals.
    pub refused: u32,
    /// Streams that broke in it.
    pub broken: u32,
}

/// Use of a window over time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Used {
    /// Length of the window.
    pub window_minutes: u32,
    /// `tokens` or `requests`.
    pub unit: String,
    /// Whether it counts from published resets; else over the last window length.
    pub since_reset: bool,
    /// Used at the end of each bin.
    pub at: Vec<u64>,
}

/// One reading.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    /// When it was captured.
    pub at: String,
    /// How far that may be off, in seconds.
    pub error_s: f64,
    /// Its windows, shortest first.
    pub windows: Vec<FlagWindow>,
}

/// One window of a snapshot.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FlagWindow {
    /// Its length.
    pub window_minutes: u32,
    /// Share left; null when the snapshot does not tell.
    pub remaining_share: Option<f64>,
    /// When it resets.
    pub resets_at: Option<String>,
}

/// A refused request with the id that the provider gave it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct RefusedId {
    /// When it started.
    pub at: String,
    /// The id.
    pub id: String,
    /// Status, if known.
    pub status: Option<u16>,
}

/// What refusals say, word for word.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The text; empty where the log has none.
    pub text: String,
    /// Type or code of the error.
    pub kind: Option<String>,
    /// Status, if known.
    pub status: Option<u16>,
    /// Refusals that say so.
    pub count: u64,
}

/// The whole log in few bins, all pools together: where an episode lies in it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Whole {
    /// Counts; in-flight and snapshots are empty.
    pub strip: Strip,
}
