//! What scoring and fitting look at: an incident's true episodes, the episodes that were found in its files, and which
//! belongs to which.

use why429::evidence::Observation;
use why429::model::{Hypothesis, Time};
use why429::verdict::Shares;

/// One true episode.
#[derive(Debug, Clone)]
pub struct TrueEpisode {
    /// What it was, for the most part.
    pub hypothesis: Hypothesis,
    /// What else refused at the same time. A verdict that names one of them is not wrong.
    pub also: Vec<Hypothesis>,
    /// The account that was blocked.
    pub account: String,
    /// Begin of the block, or its first refusal if that is earlier.
    pub from: Time,
    /// End of the block, or its last refusal if that is later.
    pub to: Time,
    /// Slots, of a concurrency cap.
    pub cap: Option<u64>,
    /// Quota of a window: unit and amount.
    pub quota: Option<(String, u64)>,
    /// `fixed`, `rolling` or `first_use`.
    pub window_kind: Option<String>,
    /// When the window ended.
    pub resets_at: Option<Time>,
    /// Whether clients of the account are in no log.
    pub hidden_clients: bool,
}

/// Bounds of an estimate; no `high` means "at least".
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Least.
    pub low: u64,
    /// Best.
    pub best: u64,
    /// Most.
    pub high: Option<u64>,
}

impl Bounds {
    /// Whether the truth lies in them.
    pub fn hold(&self, truth: u64) -> bool {
        self.low <= truth && self.high.is_none_or(|high| truth <= high)
    }
}

/// One episode that the library found.
#[derive(Debug, Clone)]
pub struct FoundEpisode {
    /// Account of its pool, `-` when no log names one.
    pub account: String,
    /// Whether anything was refused in it (else it is a silence, judged by rule).
    pub refused: bool,
    /// First refusal.
    pub from: Time,
    /// Last refusal.
    pub to: Time,
    /// First admission after it.
    pub recovered: Option<Time>,
    /// Admissions that started inside.
    pub admitted: u64,
    /// The hypotheses in question.
    pub hypotheses: Vec<Hypothesis>,
    /// What was observed, without sentences and sources.
    pub observations: Vec<Observation>,
    /// Probabilities that the library gave with the table in use.
    pub shares: Shares,
    /// Two causes are told by turns, so the verdict is open whatever the score.
    pub overlap: bool,
    /// Estimates of the report.
    pub cap: Option<Bounds>,
    /// Quota and its unit.
    pub quota: Option<(String, Bounds)>,
    /// The same in the other unit, where the report does not decide.
    pub quota_or: Option<(String, Bounds)>,
    /// Seconds from the reset to the recovery: at least, at most.
    pub delay_s: Option<(f64, f64)>,
    /// Kind of the window.
    pub window_kind: Option<String>,
    /// Published reset.
    pub resets_at: Option<Time>,
}

/// One incident as it was read.
#[derive(Debug, Clone)]
pub struct Incident {
    /// Its seed.
    pub seed: u64,
    /// `training` or `stress`.
    pub setting: String,
    /// Client form of its files.
    pub form: String,
    /// What happened to its logs.
    pub damages: Vec<String>,
    /// No text, no Retry-After, no snapshot.
    pub bare: bool,
    /// Nothing was blocked.
    pub quiet: bool,
    /// The truth, in order.
    pub truths: Vec<TrueEpisode>,
    /// What was found, in the order of the report.
    pub found: Vec<FoundEpisode>,
    /// For each true episode the found one that tells it, if any.
    pub told_by: Vec<Option<usize>>,
    /// Found refused episodes that overlap no true one.
    pub extra: usize,
}
