//! When work can go on: whether a pool would refuse a request now, and until when.
//!
//! In: a judged episode or a pool's timeline, and "now". Out: [`Outlook`] for an episode, [`Standing`] for a pool, and the
//! document of `why429.next/v1`. Nothing later than "now" is looked at, and no stage here reads a clock.

mod chance;
mod outlook;
mod pauses;
mod standing;

pub use outlook::{outlook, runs};
pub use standing::{Latest, Reason, Standing, Used, standings};

use crate::model::Time;

/// What would become of a request now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing in the logs says that it would be refused.
    Open,
    /// It would be refused.
    Blocked,
    /// In between, or refusals stopped only because nobody asked.
    Uncertain,
    /// No log of the pool is recent enough.
    Unknown,
}

impl State {
    /// The id in JSON (docs/schema.md).
    pub const fn id(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Blocked => "blocked",
            Self::Uncertain => "uncertain",
            Self::Unknown => "unknown",
        }
    }
}

/// What an outlook rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// An end that a text or a header names.
    NamedReset,
    /// A reset that a usage snapshot shows.
    Snapshot,
    /// The length of the window.
    WindowLength,
    /// How long this outage paused and lasted so far.
    PastPauses,
    /// Slots.
    Cap,
    /// Nothing.
    None,
}

impl Basis {
    /// The id in JSON (docs/schema.md).
    pub const fn id(self) -> &'static str {
        match self {
            Self::NamedReset => "named_reset",
            Self::Snapshot => "snapshot",
            Self::WindowLength => "window_length",
            Self::PastPauses => "past_pauses",
            Self::Cap => "cap",
            Self::None => "none",
        }
    }
}

/// When requests will be admitted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// Not before this.
    pub earliest: Time,
    /// The likeliest instant, where one stands out.
    pub best: Option<Time>,
    /// At the latest, where that is known.
    pub latest: Option<Time>,
}

/// What an episode says of now.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// "Now".
    pub now: Time,
    /// What would become of a request.
    pub state: State,
    /// Probability that the outage goes on.
    pub lasts: f64,
    /// When requests will be admitted again; `None` when they are, or when nothing can be told.
    pub resume: Option<Resume>,
    /// What that rests on.
    pub basis: Basis,
    /// So many agents can be started now.
    pub start_with: Option<u32>,
    /// The likeliest window, and the latest end that its length allows, where nothing names its reset.
    pub window_ends: Option<(u32, Time)>,
    /// What was seen of the outage so far.
    pub seen: Seen,
}

/// What was seen of an outage so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// First refusal.
    pub from: Time,
    /// Last refusal.
    pub last: Time,
    /// First and last admission after the last refusal.
    pub admitted: Option<(Time, Time)>,
    /// Stretches between two refusals with admissions in them, in seconds, ascending.
    pub pauses: Vec<f64>,
    /// Share of the attempts between first and last refusal that were refused.
    pub refused_share: f64,
}

/// An outage runs when nothing was admitted after it and its last refusal is at most so old, in seconds; what is older says
/// nothing of now.
pub const RECENT_S: f64 = 6.0 * 3_600.0;
