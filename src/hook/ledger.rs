//! The ledger: JSON lines, schema `why429.ledger/v1`, one stop or one snapshot each (docs/FORMATS.md, `why429-ledger`).
//!
//! Its size and age are bounded: [`prune`] keeps what is younger than [`KEPT_DAYS`], the newest first.

use serde::{Deserialize, Serialize};

use super::Asked;
use crate::model::{Snapshot, Time};

/// How every line begins.
pub const BEGIN: &str = "{\"schema\":\"why429.ledger/v1\",";

/// The schema of a line.
const SCHEMA: &str = "why429.ledger/v1";

/// A ledger is cut when it is larger.
pub const LARGEST: u64 = 4 << 20;

/// What stays of one that is cut.
const KEPT_BYTES: usize = 2 << 20;

/// Lines that are older go.
pub const KEPT_DAYS: f64 = 90.0;

/// A ledger is cut for its age when its first line is older: not with every event.
const OLDEST_DAYS: f64 = 100.0;

const DAY_S: f64 = 86_400.0;

/// Longest text of a line, in bytes.
const LONGEST_TEXT: usize = 600;

/// The first bytes of a text, cut at a character.
pub(super) fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST_TEXT)].to_owned()
}

/// A window of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WindowLine {
    window_minutes: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    used: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resets_at: Option<String>,
}

/// A snapshot: the fields of `usage-contract` (docs/FORMATS.md), and where they came from.
#[derive(Debug, Clone, Deserialize)]
pub struct SnapshotLine {
    /// When the line was written; of a saved body that is later than its capture.
    at: String,
    /// When it was captured.
    pub(super) captured_at: String,
    /// The client that showed it.
    pub(super) client: Option<String>,
    /// Its session.
    pub(super) session: Option<String>,
    provider: Option<String>,
    account: Option<String>,
    /// What keeps two accounts apart that nothing names: a hash of the id in the body.
    pub(crate) owner: Option<String>,
    pub(super) windows: Vec<WindowLine>,
    concurrency_limit: Option<u32>,
    balance: Option<f64>,
    /// Milliseconds that the session waited for answers: grows with each.
    pub(super) answers_ms: Option<f64>,
}

impl SnapshotLine {
    /// The line of a snapshot that says something.
    pub(super) fn of(snapshot: &Snapshot, asked: &Asked<'_>) -> Option<Self> {
        let state = &snapshot.state;
        if state.windows.is_empty() && state.concurrency_limit.is_none() && state.balance.is_none() {
            return None;
        }
        let window = |w: &crate::model::WindowState| WindowLine {
            window_minutes: w.window_minutes,
            limit: w.limit,
            used: w.used,
            remaining: w.remaining,
            resets_at: w.resets_at.map(Time::rfc3339),
        };
        Some(Self {
            at: asked.now.rfc3339(),
            captured_at: snapshot.captured.map_or(asked.now, |c| c.at).rfc3339(),
            client: asked.client.map(cut),
            session: None,
            provider: snapshot.provider.as_deref().map(cut),
            account: snapshot.account.as_deref().map(cut),
            owner: snapshot.owner.map(|o| format!("{o:016x}")),
            windows: state.windows.iter().map(window).collect(),
            concurrency_limit: state.concurrency_limit,
            balance: state.balance,
            answers_ms: None,
        })
    }

    /// The line, without its end.
    pub(super) fn text(&self) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            schema: &'static str,
            kind: &'static str,
            at: &'a str,
            captured_at: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            client: &'a Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            session: &'a Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            provider: &'a Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            account: &'a Option<String>,
            #[serde(skip_serializing_if = "Option::is_none")]
            owner: &'a Option<String>,
            windows: &'a [WindowLine],
            #[serde(skip_serializing_if = "Option::is_none")]
            concurrency_limit: Option<u32>,
            #[serde(skip_serializing_if = "Option::is_none")]
            balance: Option<f64>,
            #[serde(skip_serializing_if = "Option::is_none")]
            answers_ms: Option<f64>,
        }
        json(&Line {
            schema: SCHEMA,
            kind: "snapshot",
            at: &self.at,
            captured_at: &self.captured_at,
            client: &self.client,
            session: &self.session,
            provider: &self.provider,
            account: &self.account,
            owner: &self.owner,
            windows: &self.windows,
            concurrency_limit: self.concurrency_limit,
            balance: self.balance,
            answers_ms: self.answers_ms,
        })
    }
}

/// A stop: a refusal that ended a client's work.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StopLine {
    /// When.
    pub at: String,
    /// The client.
    pub client: String,
    /// The provider, if named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// The account, if named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The session.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// The subagent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// The model, if named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// HTTP status, if named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Type or class of the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The error's text as the client showed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl StopLine {
    /// The line, without its end.
    pub(super) fn text(&self) -> String {
        #[derive(Serialize)]
        struct Line<'a> {
            schema: &'static str,
            kind: &'static str,
            #[serde(flatten)]
            stop: &'a StopLine,
        }
        json(&Line { schema: SCHEMA, kind: "stop", stop: self })
    }
}

fn json(line: &impl Serialize) -> String {
    serde_json::to_string(line).unwrap_or_default()
}

/// The last snapshot line for which `fits` holds.
pub(super) fn last_snapshot(ledger: &[u8], fits: impl Fn(&SnapshotLine) -> bool) -> Option<SnapshotLine> {
    const SNAPSHOT: &[u8] = b"{\"schema\":\"why429.ledger/v1\",\"kind\":\"snapshot\",";
    let lines = ledger.rsplit(|b| *b == b'\n').filter(|l| l.starts_with(SNAPSHOT));
    lines.filter_map(|l| serde_json::from_slice(l).ok()).find(fits)
}

/// When a line was written.
fn time_of(line: &[u8]) -> Option<Time> {
    #[derive(Deserialize)]
    struct Dated {
        at: String,
    }
    serde_json::from_slice::<Dated>(line).ok().and_then(|d| Time::parse_rfc3339(&d.at))
}

/// Whether a ledger of this size whose first bytes these are is to be cut.
pub fn is_due(size: u64, first: &[u8], now: Time) -> bool {
    let line = first.split(|b| *b == b'\n').next().unwrap_or_default();
    size > LARGEST || time_of(line).is_some_and(|at| now.since(at) > OLDEST_DAYS * DAY_S)
}

/// What stays of a ledger.
pub fn prune(ledger: &[u8], now: Time) -> Vec<u8> {
    let from = now.plus(-KEPT_DAYS * DAY_S);
    let whole = ledger.split(|b| *b == b'\n').filter(|l| time_of(l).is_some_and(|at| at >= from));
    let lines: Vec<&[u8]> = whole.collect();
    let mut size = 0;
    let fits = |l: &&&[u8]| {
        size += l.len() + 1;
        size <= KEPT_BYTES
    };
    let newest = lines.iter().rev().take_while(fits).count();
    lines[lines.len() - newest..].iter().flat_map(|l| l.iter().copied().chain([b'\n'])).collect()
}
