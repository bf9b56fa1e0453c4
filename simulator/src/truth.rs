//! What is true of a simulated incident: the part that an analyser never sees.
//!
//! All instants are microseconds since 1970-01-01 UTC on the server's clock, which no log has.

use serde::{Deserialize, Serialize};

/// The form in which the logs were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// One JSON object a request (docs/FORMATS.md).
    Canonical,
    /// `~/.kimi` of Kimi CLI.
    KimiCli,
    /// `~/.kimi-code` of Kimi Code.
    KimiCode,
}

/// What happened to the logs after the world was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Damage {
    /// Some attempts have no end.
    MissingEnds,
    /// No attempt has a start.
    OnlyEnds,
    /// Stamps are cut to the second.
    WholeSeconds,
    /// Each file's clock is off by its own amount.
    ClockSkew,
    /// Lines stand twice.
    DuplicatedLines,
    /// Other clients used the account, and no log shows them.
    HiddenClients,
    /// The logs do not name the account.
    MissingAccount,
    /// One row hides several requests.
    CollapsedRetries,
    /// A file ends or begins in the middle.
    CutFiles,
    /// Some refusals carry the text of another cause.
    MislabelledTexts,
    /// Few usage snapshots of the quota.
    FewSnapshots,
    /// Readings in whole percent.
    PercentSnapshots,
    /// Readings whose time is only their file's.
    FileTimeSnapshots,
}

/// A simulated incident's truth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// The seed that makes it again.
    pub seed: u64,
    /// Name of the setting.
    pub setting: String,
    /// Version of the simulator that made it.
    pub version: u32,
    /// Form of the logs.
    pub form: Form,
    /// What `--tz` should be, where stamps carry no zone.
    pub tz: Option<String>,
    /// What `--now` should be, if anything (RFC 3339).
    pub now: Option<String>,
    /// What happened to the logs.
    pub damages: Vec<Damage>,
    /// No text that names a limit, no Retry-After, no usage snapshot.
    pub bare: bool,
    /// Nothing was refused.
    pub quiet: bool,
    /// Requests that the logs were made from: rows, before damage.
    pub attempts: u64,
    /// The true episodes by `from_us`.
    pub episodes: Vec<TrueEpisode>,
}

/// One stretch in which a limiter refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrueEpisode {
    /// Id in JSON (docs/CAUSES.md).
    pub cause: String,
    /// Length of the window, for `token_window`.
    pub window_minutes: Option<u32>,
    /// The account, also where the logs do not name it.
    pub account: Option<String>,
    /// Begin of the block by the limiter itself.
    pub from_us: i64,
    /// End of the block by the limiter itself.
    pub to_us: i64,
    /// Start of the first refused request, as on the wire.
    pub first_refusal_us: i64,
    /// Start of the last refused request.
    pub last_refusal_us: i64,
    /// Requests refused in it.
    pub refused: u32,
    /// Requests admitted between its first and last refusal.
    pub admitted: u32,
    /// Slots, for `concurrency_cap`.
    pub concurrency_cap: Option<u32>,
    /// Quota of the window: unit (`tokens` or `requests`) and amount.
    pub window_quota: Option<(String, f64)>,
    /// `fixed`, `rolling` or `first_use`.
    pub window_kind: Option<String>,
    /// The published reset.
    pub resets_at_us: Option<i64>,
    /// Requests that no log shows were counted by the limiter.
    pub hidden_clients: bool,
    /// Causes and their shares of the time, where several limiters refused at once.
    pub shares: Option<Vec<(String, f64)>>,
}
