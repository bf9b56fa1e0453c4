//! The report as data: schema `why429.report/v1`. Every output is made from this and from nothing else.
//!
//! Fields that docs/schema.md fixes come first in each type; what stands below the marker `beside` is ours and may
//! grow. Times are RFC 3339 UTC strings with milliseconds; seconds are rounded to a thousandth, probabilities to four
//! digits, so that equal input gives equal bytes.

pub mod chart;
pub mod next;
mod weights;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use crate::document::chart::Strip;
use crate::document::chart::{Chart, Whole};
pub use crate::document::next::ResumeAt;
pub use crate::document::weights::Weights;
use crate::model::Cause;

/// Name and version of the schema.
pub const SCHEMA: &str = "why429.report/v1";

/// One report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The program that wrote it.
    pub tool: Tool,
    /// Inputs in path order.
    pub inputs: Vec<Input>,
    /// What the inputs cover.
    pub coverage: Coverage,
    /// Pools by id.
    pub pools: Vec<Pool>,
    /// Episodes by time.
    pub episodes: Vec<Episode>,
    /// Refusals too few to be an episode.
    pub isolated_refusals: Vec<IsolatedRefusal>,
    /// The episode that cost most.
    pub verdict: Summary,
    // beside
    /// Incidents, the costliest first.
    pub incidents: Vec<Incident>,
    /// How the data was read, one sentence each: zones assumed, rows merged, accounts not named.
    pub notes: Vec<String>,
    /// What the clients seen here do not write down, one sentence per format.
    pub not_logged: Vec<String>,
    /// The weights used.
    pub weights: WeightsUsed,
    /// "Now", if it was given: an outage that still runs is told relative to it.
    pub now: Option<String>,
    /// Zone that people read, as an IANA name or offset; times in this document stay UTC.
    pub zone: String,
    /// How often a secret of each kind was masked in the texts of this document.
    #[serde(default)]
    pub redacted: BTreeMap<String, u64>,
    /// Whether nothing was masked, as `--no-redact` asks; then nothing is replaced later either. Not in JSON.
    #[serde(skip)]
    pub unmasked: bool,
    /// Pools of other providers, whose names a report of one provider may still mention; never in JSON.
    #[serde(skip)]
    pub elsewhere: Vec<Pool>,
    /// The whole log in few bins, when an output draws it; never in JSON.
    #[serde(skip)]
    pub whole: Option<Whole>,
}

/// The program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// `why429`.
    pub name: String,
    /// Version.
    pub version: String,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Path relative to the argument, with `/`.
    pub path: String,
    /// SHA-256 with `--hash` or `--ticket`, else null.
    pub sha256: Option<String>,
    /// Size in bytes as stored.
    pub bytes: u64,
    /// `log`, `snapshot` or `unknown`.
    pub kind: String,
    /// Format id, or null.
    pub format: Option<String>,
    /// Lines or bodies that were records of the format.
    pub records: u64,
    /// Attempts found in it, before merging.
    pub attempts: u64,
    /// What could not be read.
    pub problems: Vec<InputProblem>,
}

/// One kind of problem in one input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InputProblem {
    /// First line, from 1; 0 for the whole file.
    pub line: u64,
    /// What is wrong.
    pub reason: String,
    /// How often.
    pub count: u64,
}

/// What the inputs cover.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// First stamp; null when there is none.
    pub from: Option<String>,
    /// Last stamp.
    pub to: Option<String>,
    /// Attempts after merging.
    pub attempts: u64,
    /// Admitted.
    pub admitted: u64,
    /// Refused rows.
    pub refused: u64,
    /// Answers about the request itself.
    pub other: u64,
    /// Refused, with what collapsed rows may hide.
    pub refused_at_most: u64,
    /// Snapshots.
    pub snapshots: u64,
    /// Snapshots that fit no pool.
    pub snapshots_unassigned: u64,
    /// Rows that told an attempt a second time.
    pub duplicates: u64,
    /// Attempts and snapshots that lie after a given "now" and were not used.
    #[serde(default)]
    pub after_now: u64,
    /// Attempts by fidelity.
    pub fidelity: FidelityCounts,
    // beside
    /// Requests without an answer in the log.
    pub unanswered: u64,
    /// Agents (agents or sessions) seen.
    pub agents: u64,
    /// Files that were not opened, as they were last written too long before the time asked for.
    #[serde(default)]
    pub unread_files: u64,
}

/// Attempts by fidelity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FidelityCounts {
    /// One row, one request.
    pub observed: u64,
    /// One row, one to n requests.
    pub collapsed: u64,
    /// Start or end computed.
    pub inferred: u64,
}

/// One quota.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// `provider/account/model`.
    pub id: String,
    /// Provider.
    pub provider: String,
    /// Account, `-` when no log names one.
    pub account: String,
    /// Models seen.
    pub models: Vec<String>,
    /// Attempts.
    pub attempts: u64,
    // beside
    /// Agents seen in this pool.
    pub agents: u64,
}

/// One stretch in which a pool was refused, or silent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Episode {
    /// `E1`, `E2` ... by time.
    pub id: String,
    /// `I1` ...: episodes that belong together share it.
    pub incident: String,
    /// `refused` or `silent`.
    pub kind: String,
    /// Begin: first refusal, or begin of the silence.
    pub from: String,
    /// End: last refusal, or end of the silence.
    pub to: String,
    /// Pool id.
    pub pool: String,
    /// First refusal.
    pub first_refusal: Option<String>,
    /// Last refusal.
    pub last_refusal: Option<String>,
    /// Last admission that started before the first refusal.
    pub last_admission_before: Option<String>,
    /// First admission that started after the last refusal.
    pub first_admission_after: Option<String>,
    /// Last refusal minus first refusal, seconds.
    pub proven_span_s: f64,
    /// Attempts started in the span.
    pub attempts: u64,
    /// Refused rows.
    pub refused: u64,
    /// Admitted inside the span.
    pub admitted: u64,
    /// Refusals counted at most once per 20 s.
    pub probes: u64,
    /// No admission is known before it.
    pub starts_in_block: bool,
    /// No admission is known after it.
    pub ends_in_block: bool,
    /// What it was.
    pub verdict: Verdict,
    /// All causes, sorted, summing to 1.
    pub causes: Vec<CauseShare>,
    /// The evidence, in the order of its weight.
    pub evidence: Vec<Evidence>,
    /// What would have decided it.
    pub missing: Vec<String>,
    /// Estimates with bounds.
    pub estimates: Estimates,
    /// What to do.
    pub advice: Advice,
    // beside
    /// One sentence that a person can paste.
    pub sentence: String,
    /// The same without how sure it is, for outputs that say so beside it.
    #[serde(default)]
    pub headline: String,
    /// Refused requests, with those that its rows may hide.
    #[serde(default)]
    pub refused_at_most: u64,
    /// Pool blocked, in agent seconds: blocked time times agents waiting. Orders incidents.
    pub blocked_agent_s: f64,
    /// Admissions and refusals over time, from half an hour before to half an hour after at most.
    pub strip: Strip,
    /// Who waited, the longest first (at most 12; `agents_total` counts all).
    pub agents: Vec<Agent>,
    /// Agents that were refused in the episode.
    pub agents_total: u64,
    /// Facts that every reader asks for, as label and value, not weighed (slot-release counts, in-flight at refusals ...).
    pub facts: Vec<Fact>,
    /// What it means for a request now, or at the end of the logs: for the last episode of a pool, else null.
    #[serde(default)]
    pub outlook: Option<Outlook>,
    /// The same by the clock of who reads; never in JSON.
    #[serde(skip)]
    pub outlook_by_clock: Option<Outlook>,
    /// Figures of its picture, when an output draws it; never in JSON.
    #[serde(skip)]
    pub chart: Option<Chart>,
}

impl Document {
    /// The episodes that blocked something: the verdict's first, the others from the costliest on.
    pub fn blocked_by_cost(&self) -> Vec<&Episode> {
        let mut blocked: Vec<&Episode> = self.episodes.iter().filter(|e| e.verdict.cause != Cause::Idle.id()).collect();
        blocked.sort_by(|a, b| {
            let later = |e: &Episode| self.verdict.episode.as_deref() != Some(e.id.as_str());
            later(a).cmp(&later(b)).then(b.blocked_agent_s.total_cmp(&a.blocked_agent_s))
        });
        blocked
    }
}

/// The episode that a report is headed by: one that still runs, else the costliest; of equal ones the first.
pub fn leading(episodes: &[Episode]) -> Option<&Episode> {
    let running = costliest(episodes.iter().filter(|e| e.is_running()));
    running.or_else(|| costliest(episodes.iter()))
}

/// The episode that cost most, silences without work aside; of equal ones the first.
pub fn costliest<'e>(among: impl Iterator<Item = &'e Episode>) -> Option<&'e Episode> {
    let blocked = among.filter(|e| e.verdict.cause != Cause::Idle.id());
    blocked.max_by(|a, b| a.blocked_agent_s.total_cmp(&b.blocked_agent_s).then(b.from.cmp(&a.from)))
}

impl Episode {
    /// The provider of its pool.
    pub fn provider(&self) -> &str {
        self.pool.split('/').next().unwrap_or_default()
    }

    /// Whether the outage runs at "now", or at the end of the logs.
    pub fn is_running(&self) -> bool {
        self.outlook.as_ref().is_some_and(|o| o.running)
    }

    /// Whether it may still refuse requests: then what to do now is not nothing.
    pub fn may_go_on(&self) -> bool {
        let is_over = |o: &Outlook| match o.state.as_str() {
            "open" => o.start_with.is_none(),
            "unknown" => self.first_admission_after.is_some(),
            _ => false,
        };
        self.kind == "refused" && self.outlook_now().map_or(self.first_admission_after.is_none(), |o| !is_over(o))
    }

    /// Whether there is a sentence on when it ends.
    pub fn tells_its_end(&self) -> bool {
        self.is_running() || self.outlook_now().is_some_and(|o| o.sentence.is_some())
    }

    /// What it means for a request now, by the clock where it is known.
    pub fn outlook_now(&self) -> Option<&Outlook> {
        self.outlook_by_clock.as_ref().or(self.outlook.as_ref())
    }
}

/// What to do about an episode.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Advice {
    /// At once.
    pub now: Vec<String>,
    /// So that it does not happen again.
    pub later: Vec<String>,
}

/// What an episode means for a request at an instant; the same as in `why429.next/v1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outlook {
    /// The instant: `--now`, else the end of the logs.
    pub at: String,
    /// `open`, `blocked`, `uncertain` or `unknown`.
    pub state: String,
    /// The outage runs: nothing was admitted after a recent last refusal, or it rather goes on than not.
    pub running: bool,
    /// Probability that it goes on.
    pub probability: f64,
    /// When requests will be admitted again; null where they are, or where nothing can be told.
    pub resume_at: Option<ResumeAt>,
    /// What that rests on: `named_reset`, `snapshot`, `window_length`, `past_pauses`, `cap` or `none`.
    pub basis: String,
    /// So many agents can be started now.
    pub start_with: Option<u32>,
    /// When it ends, in one sentence, as far as that can be told.
    pub sentence: Option<String>,
    /// What to do now.
    pub advice: Vec<String>,
}

/// The verdict on one episode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// First cause, or `undetermined`.
    pub cause: String,
    /// Length of the window for `token_window`.
    pub window_minutes: Option<u32>,
    /// `confirmed`, `supported`, `compatible` or `undetermined`.
    pub confidence: String,
    /// Probability of the first cause, also when undetermined.
    pub probability: f64,
    /// Probability of the window of this length, for `token_window`; `probability` is that of a window of any length.
    #[serde(default)]
    pub window_probability: Option<f64>,
    /// The two best causes when undetermined, else null.
    pub between: Option<Vec<Between>>,
    /// Group of the first cause, or of both when undetermined inside one group; `none` otherwise.
    pub group: String,
    /// Whose the limit is.
    #[serde(default)]
    pub scope: Scope,
    /// For `local_limit`, which limit of the user's own side refused, as far as the log says it; else null.
    #[serde(default)]
    pub local_limit: Option<String>,
    // beside
    /// Undetermined, and the refusals are too few to tell the causes apart: the probabilities are the prior's.
    #[serde(default)]
    pub too_few: bool,
}

/// Whose a limit is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scope {
    /// `account`, `model`, `agent` or `credential`.
    pub kind: String,
    /// Its name, where the logs give one.
    pub value: Option<String>,
}

impl Default for Scope {
    fn default() -> Self {
        Self { kind: "account".to_owned(), value: None }
    }
}

/// One of the two causes between which the evidence does not decide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Between {
    /// Cause.
    pub cause: String,
    /// Window, for `token_window`.
    pub window_minutes: Option<u32>,
    /// Probability of the cause.
    pub probability: f64,
    /// Probability of the window of this length, for `token_window`.
    #[serde(default)]
    pub window_probability: Option<f64>,
    /// Share of the episode's time, when two causes overlap in time; else null.
    pub share_of_time: Option<f64>,
}

/// One cause with its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CauseShare {
    /// Cause.
    pub cause: String,
    /// Probability.
    pub probability: f64,
    /// For `token_window`: each length.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub windows: Vec<WindowShare>,
}

/// One window length with its probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowShare {
    /// Minutes; null for a window of unknown length.
    pub window_minutes: Option<u32>,
    /// Probability.
    pub probability: f64,
}

/// One observation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// `E1.3`.
    pub id: String,
    /// Kind, as in docs/METHOD.md: `snapshot_in_gap`.
    pub kind: String,
    /// One sentence.
    pub statement: String,
    /// The numbers behind the sentence; each key carries its unit.
    #[serde(default)]
    pub measured: Measured,
    /// Weight of evidence per hypothesis, log10 points.
    pub weights: Weights,
    /// Causes it speaks for.
    pub supports: Vec<String>,
    /// Causes it speaks against.
    pub against: Vec<String>,
    /// Where it was read; never empty.
    pub sources: Vec<Source>,
    // beside
    /// How strongly it tells the first cause from the second, in words (ENFSI scale), or `context` when it weighs nothing.
    pub strength: String,
    /// The bin of the weights table: `hit`, `zero`, `low` ...
    pub bin: String,
    /// How far it is listed for the first cause against all others (negative: against it), or, when the verdict is open,
    /// against the second, with all that is seen of the same thing; log10 points. 0 where its sentence is no reason.
    pub leverage: f64,
    /// The evidence about the same thing that reports list in its place.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub part_of: Option<String>,
}

/// Measured values by key: numbers, words out of a list, times.
pub type Measured = serde_json::Map<String, serde_json::Value>;

/// A line of an input.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// Path as in `inputs`.
    pub path: String,
    /// Line, from 1; 0 for the whole file.
    pub line: u64,
}

/// Estimates with bounds; null where nothing can be said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimates {
    /// The cap, in slots.
    pub concurrency_cap: Option<Bounds>,
    /// The limit per minute; null where it is not in question, or nothing can be said of it.
    #[serde(default)]
    pub rate_per_minute: Option<Rate>,
    /// The quota of the window.
    pub window_quota: Option<Quota>,
    /// The same in the other unit, where nothing tells which of the two is counted.
    #[serde(default)]
    pub window_quota_or: Option<Quota>,
    /// `fixed`, `rolling`, `first_use` or `unknown`; null when no window is in question.
    pub window_kind: Option<String>,
    /// When the limit ends: the window's reset, or the end that an error or a header names, whatever the cause.
    pub resets_at: Option<String>,
    /// What names `resets_at`: `snapshot`, `text` or `header`.
    #[serde(default)]
    pub reset_source: Option<String>,
    /// How the zone of a time in a text is known: `text`, `provider`, `log`, or `assumed` (UTC, since nothing names one).
    #[serde(default)]
    pub reset_zone: Option<String>,
    /// Seconds from the reset to the first admission.
    pub recovery_delay_s: Option<Delay>,
}

impl Bounds {
    /// Bounds, and the best value between them where both lie so near that it says something.
    pub fn of(low: u64, best: u64, high: Option<u64>) -> Self {
        let near = |bound: u64| bound.abs_diff(best) as f64 <= WITHIN * best as f64;
        let is_near = high.is_some_and(near) && near(low);
        Self { low, best: is_near.then_some(best), high }
    }
}

/// Bounds so near to a value, as a share of it, make it an estimate.
const WITHIN: f64 = 0.1;

/// A whole number with bounds; `high` null means "at least".
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Bounds {
    /// Least.
    pub low: u64,
    /// Best; null unless both bounds lie within a tenth of it.
    pub best: Option<u64>,
    /// Most; null when open.
    pub high: Option<u64>,
}

/// A limit per minute.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// `tokens` or `requests`.
    pub unit: String,
    /// Least.
    pub low: u64,
    /// Best; null unless both bounds lie within a tenth of it.
    pub best: Option<u64>,
    /// Most; null when open.
    pub high: Option<u64>,
}

/// A quota with bounds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quota {
    /// `tokens` or `requests`.
    pub unit: String,
    /// Least.
    pub low: u64,
    /// Best; null unless both bounds lie within a tenth of it.
    pub best: Option<u64>,
    /// Most; null when open.
    pub high: Option<u64>,
    // beside
    /// Where the logs begin inside the window: seconds from their begin to the block. What was used before is not known.
    #[serde(default)]
    pub logs_begin_s: Option<f64>,
}

/// A delay with bounds, seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Delay {
    /// Least.
    pub low: f64,
    /// Most.
    pub high: f64,
}

/// Refusals too few to be an episode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct IsolatedRefusal {
    /// Pool id.
    pub pool: String,
    /// When.
    pub at: String,
    /// Status, if known.
    pub status: Option<u16>,
    /// Cause that a text names, if any.
    pub cause: Option<String>,
    /// Where.
    pub sources: Vec<Source>,
}

/// The report's verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Cause of the costliest episode; null when nothing was refused.
    pub cause: Option<String>,
    /// Its id.
    pub episode: Option<String>,
    /// One sentence that a person can paste.
    pub sentence: String,
    // beside
    /// What became of every attempt: the counts, then failures that no episode explains, one sentence each.
    #[serde(default)]
    pub counts: Vec<String>,
}

/// Episodes that belong together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// `I1` ... by time.
    pub id: String,
    /// Its episodes.
    pub episodes: Vec<String>,
    /// Begin.
    pub from: String,
    /// End.
    pub to: String,
    /// Pools hit.
    pub pools: Vec<String>,
    /// Cost in agent seconds.
    pub blocked_agent_s: f64,
}

/// One agent in an episode.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Agent {
    /// Session and agent, shortened; stable within the report.
    pub name: String,
    /// Admitted in the span.
    pub admitted: u64,
    /// Refused rows in the span.
    pub refused: u64,
    /// First refusal.
    pub first_refusal: String,
    /// Last refusal.
    pub last_refusal: String,
    /// From its first refusal to its next admission, or to its last refusal when none came, seconds.
    pub waited_s: f64,
    /// Whether an admission came.
    pub recovered: bool,
}

/// One label and value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// Label.
    pub label: String,
    /// Value.
    pub value: String,
}

/// The weights behind the probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WeightsUsed {
    /// Name of the table.
    pub name: String,
    /// Version of the table.
    pub version: String,
    /// `reasoned` or `fitted`.
    pub made: String,
    /// Prior by cause.
    pub prior: BTreeMap<String, f64>,
    /// One sentence for the footer.
    pub note: String,
}
