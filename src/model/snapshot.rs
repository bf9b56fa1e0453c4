//! One saved snapshot of a pool's quota.

use super::source::SourceRef;
use super::time::Time;

/// How the capture time of a snapshot is known, strongest first (docs/FORMATS.md, Usage snapshots).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CaptureBasis {
    /// A time field of the ledger line or envelope (`captured_at`, `fetchedAt`, `ts` ...).
    Embedded,
    /// The `Date` header of a `curl -i` reply.
    DateHeader,
    /// Computed from the body.
    Body,
    /// A time in the file name.
    FileName,
    /// The file's modification time. Copying breaks it, so it never confirms.
    FileTime,
}

impl CaptureBasis {
    /// The id used in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Embedded => "embedded",
            Self::DateHeader => "date_header",
            Self::Body => "body",
            Self::FileName => "file_name",
            Self::FileTime => "file_time",
        }
    }
}

/// When a snapshot was captured: an instant with an error, or at least an interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Captured {
    /// The instant.
    pub at: Time,
    /// How far it may be off, in seconds, either way.
    pub error_s: f64,
    /// How it is known.
    pub basis: CaptureBasis,
}

/// Remaining and used share of one window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowState {
    /// Length of the window in minutes (300, 10080, 43200).
    pub window_minutes: u32,
    /// Limit in the provider's own unit (percent, requests, ratio 1.0); `None` when unknown.
    pub limit: Option<f64>,
    /// Used, same unit.
    pub used: Option<f64>,
    /// Remaining, same unit.
    pub remaining: Option<f64>,
    /// Remaining divided by limit, 0 to 1; `None` when it cannot be known. Limit 0 is not measured: no snapshot at all.
    pub remaining_share: Option<f64>,
    /// When the window ends.
    pub resets_at: Option<Time>,
}

/// A window is exhausted when at most this share of it is left. Providers give whole percent: half a percent step rounds to
/// zero, and 0.006 is the least share above it (docs/METHOD.md, Evidence).
pub const EXHAUSTED_SHARE: f64 = 0.006;

/// What a snapshot says.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct QuotaState {
    /// Windows, shortest first; at most one per length (the most exhausted view where a body holds two).
    pub windows: Vec<WindowState>,
    /// A concurrency limit, if the body names one (`parallel.limit`).
    pub concurrency_limit: Option<u32>,
    /// Money left, in the provider's own unit, for a balance.
    pub balance: Option<f64>,
    /// Views of the body that contradict each other, as sentences for the report.
    pub conflicts: Vec<String>,
}

/// One snapshot.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// Provider id (`kimi-code`).
    pub provider: Option<String>,
    /// Account label.
    pub account: Option<String>,
    /// Hash of the account or user id in the body; two different ones are two accounts. Never printed.
    pub owner: Option<u64>,
    /// When it was captured; `None` when unknown.
    pub captured: Option<Captured>,
    /// What it says.
    pub state: QuotaState,
    /// Where it was read.
    pub source: SourceRef,
}
