//! Saved snapshots of quotas: one file or folder per provider.
//!
//! In: bodies that people saved, bare, as `curl -i` printed them, or in a ledger. Out: [`Snapshot`]s with the time of
//! their capture and how it is known. Always: a missing number is unknown, an error that was saved is no snapshot, and
//! contradictions inside a body are kept as sentences.
//!
//! To add a provider write one file with a [`SnapshotFormat`] and add one line to [`REGISTRY`].

pub mod anthropic;
pub mod bodies;
pub mod capture_time;
pub mod cell;
pub mod claude_hud;
pub mod codex;
pub mod copilot;
pub mod cursor;
pub mod deepseek;
pub mod entry;
pub mod file_name;
pub mod gemini;
pub mod generic;
pub mod grok;
pub mod headers;
pub mod http_head;
pub mod kimi;
pub mod meters;
pub mod minimax;
pub mod moonshot;
pub mod opencode_go;
pub mod openrouter;
pub mod parsed_body;
pub mod percent;
pub mod warning;
pub mod warp;
pub mod zai;

pub use crate::lenient;
use serde_json::Value;

pub use parsed_body::{ParsedBody, Reset, View};

use crate::model::{FileId, Problem, Snapshot, SourceRef, Time, Zone};
use bodies::{Bodies, Body, NotJson};
use capture_time::Clues;
use entry::Entry;

/// Description of a snapshot format, shown by `why429 formats` and in the docs.
#[derive(Debug)]
pub struct SnapshotInfo {
    /// Id used in `inputs[].format`: `kimi-usages`.
    pub id: &'static str,
    /// Provider id of its snapshots; empty where the body names it.
    pub provider: &'static str,
    /// Where the body comes from: the request that returns it.
    pub from: &'static str,
    /// What a snapshot shows.
    pub shows: &'static str,
    /// What it does not show.
    pub not_logged: &'static str,
    /// How this was established: `run`, `read` (source), `reported`.
    pub established: &'static str,
}

/// One kind of body.
pub trait SnapshotFormat: Sync {
    /// What `why429 formats` and the docs show of it.
    fn info(&self) -> &'static SnapshotInfo;
    /// What a body says, if it is of this format. By structure alone; never by one key that other programs use too.
    fn reads(&self, body: &Value) -> Option<ParsedBody>;
}

/// Every format, the most particular first.
pub static REGISTRY: &[&dyn SnapshotFormat] = &[
    &kimi::KimiUsages,
    &moonshot::MoonshotBalance,
    &anthropic::ClaudeUsage,
    &claude_hud::ClaudeHud,
    &codex::CodexUsage,
    &zai::ZaiQuota,
    &minimax::MinimaxRemains,
    &copilot::CopilotUser,
    &gemini::GeminiQuota,
    &openrouter::OpenrouterBalance,
    &deepseek::DeepseekBalance,
    &cursor::CursorUsage,
    &opencode_go::OpencodeGo,
    &warp::WarpLimit,
    &grok::GrokBilling,
    &headers::HeaderLimits,
    &meters::CodexBar,
    &meters::OpenUsage,
    &meters::OhMyPi,
    &generic::Contract,
];

/// The first format that reads the body, and what it says.
pub fn recognise(body: &Value) -> Option<(&'static SnapshotInfo, ParsedBody)> {
    REGISTRY.iter().find_map(|f| f.reads(body).map(|parsed| (f.info(), parsed)))
}

/// The problem of a body that is an error.
pub const ERROR_REPLY: &str = "a saved error reply, not a usage snapshot";

/// What is known of a file beside its content.
#[derive(Debug, Clone, Copy)]
pub struct FileContext<'a> {
    /// The input.
    pub file: FileId,
    /// Its name, without folders.
    pub name: &'a str,
    /// Zone of zoneless times in names.
    pub zone: Option<Zone>,
    /// When it was last written, if that may be used.
    pub modified: Option<Time>,
}

/// What a file of bodies held.
#[derive(Debug, Default)]
pub struct FileBodies {
    /// Id of the format of the first snapshot; `None` when there is none.
    pub format: Option<&'static str>,
    /// The snapshots in the order of the file.
    pub snapshots: Vec<Snapshot>,
    /// What is wrong with the file.
    pub problems: Vec<Problem>,
}

/// Reads a whole file. A file whose first body is neither a snapshot nor an error is nothing of ours, and no problem.
pub fn read_file(text: &[u8], context: &FileContext<'_>) -> FileBodies {
    let text = String::from_utf8_lossy(text);
    let mut file = FileBodies::default();
    for (n, body) in Bodies::of(&text).enumerate() {
        let ours = file.take(&body, context);
        if n == 0 && !ours {
            break;
        }
    }
    file
}

/// Reads a text copied from a terminal: a client's own warnings of its windows.
pub fn read_text(text: &[u8], context: &FileContext<'_>) -> FileBodies {
    let mut file = FileBodies::default();
    let name = file_name::time_in(context.name, context.zone);
    let clues = Clues { name, modified: context.modified, ..Clues::default() };
    let at = clues.best().map(|c| c.at);
    if let Some((line, parsed)) = warning::in_text(&String::from_utf8_lossy(text), at, context.zone) {
        let entry = Entry { time: None, provider: None, account: None, format: warning::INFO.id, parsed };
        let source = SourceRef { file: context.file, line: u32::try_from(line).unwrap_or(u32::MAX) };
        file.format = Some(warning::INFO.id);
        file.snapshots.push(snapshot(entry, &clues, source));
    }
    file
}

impl FileBodies {
    /// Takes one body; `false` when it is nothing of ours.
    fn take(&mut self, body: &Body, context: &FileContext<'_>) -> bool {
        let refused = body.status.is_some_and(|s| s >= 400);
        let by_head = self.head(body, context);
        let value = match &body.json {
            _ if by_head && (refused || body.json.is_err()) => return true,
            _ if refused => return self.problem(body.line, ERROR_REPLY),
            Ok(value) => value,
            Err(why) => return self.not_json(*why, body, context.name),
        };
        let entries = entry::entries(value);
        if entries.is_empty() {
            return match by_head {
                false if is_error(value) => self.problem(body.line, ERROR_REPLY),
                _ => by_head || body.status.is_some(),
            };
        }
        for entry in entries {
            self.push(entry, body, context);
        }
        true
    }

    fn push(&mut self, entry: Entry, body: &Body, context: &FileContext<'_>) {
        let clues = Clues {
            embedded: entry.time.and_then(Result::ok),
            header: body.date,
            body: entry.parsed.captured,
            name: file_name::time_in(context.name, context.zone),
            modified: context.modified,
        };
        let source = SourceRef { file: context.file, line: u32::try_from(body.line).unwrap_or(u32::MAX) };
        self.format.get_or_insert(entry.format);
        self.snapshots.push(snapshot(entry, &clues, source));
    }

    /// Takes the limits in a reply's head, also of one that is an error: its headers are a snapshot all the same.
    fn head(&mut self, body: &Body, context: &FileContext<'_>) -> bool {
        let limits = body.limits.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let Some((info, parsed)) = headers::from_headers(limits) else { return false };
        let entry = Entry { time: None, provider: None, account: None, format: info.id, parsed };
        self.push(entry, body, context);
        true
    }

    fn not_json(&mut self, why: NotJson, body: &Body, name: &str) -> bool {
        let in_reply = body.status.is_some();
        match why {
            NotJson::Html if in_reply || names_a_reading(name) => self.problem(body.line, ERROR_REPLY),
            NotJson::TooDeep => self.problem(body.line, "JSON is nested too deeply; not read"),
            NotJson::EndsEarly { state } if state || in_reply => {
                self.problem(body.line, "a saved reply that ends early; not read")
            }
            NotJson::Nothing | NotJson::Other if in_reply => self.problem(body.line, "a saved reply that is not JSON"),
            _ => false,
        }
    }

    fn problem(&mut self, line: u64, reason: &str) -> bool {
        match self.problems.iter_mut().find(|p| p.reason == reason) {
            Some(known) => known.count += 1,
            None => self.problems.push(Problem { line, reason: reason.to_owned(), count: 1 }),
        }
        true
    }
}

/// A web page is a saved error only where a snapshot was expected: not every page in a folder is ours.
fn names_a_reading(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["usage", "quota", "snapshot", "snap-", ".json"].iter().any(|word| name.contains(word))
}

/// Makes the snapshot of an entry.
pub(crate) fn snapshot(entry: Entry, clues: &Clues, source: SourceRef) -> Snapshot {
    let captured = clues.best();
    let mut state = entry.parsed.state(captured.map(|c| c.at));
    state.conflicts.extend(clues.disagreement());
    if let Some(captured) = captured
        && entry.parsed.anchored
    {
        state.conflicts.extend(capture_time::outside_window(captured, &state.windows));
    }
    let provider = entry.parsed.provider.clone().or(entry.provider);
    Snapshot { provider, account: entry.account, owner: entry.parsed.owner, captured, state, source }
}

/// Keys beside `error` in a reply that is an error.
const ERROR_KEYS: &[&str] = &[
    "error",
    "code",
    "msg",
    "message",
    "type",
    "status",
    "detail",
    "details",
    "request_id",
    "requestId",
    "reason",
    "success",
    "scode",
    "base_resp",
    "data",
];

/// Whether a body is an error reply. Only the shape of the reply itself is looked at.
pub fn is_error(body: &Value) -> bool {
    let Some(object) = body.as_object() else { return false };
    if !object.keys().all(|k| ERROR_KEYS.contains(&k.as_str())) {
        return false;
    }
    let named = match object.get("error") {
        Some(Value::Object(error)) => ["message", "type", "code"].iter().any(|k| error.contains_key(*k)),
        Some(Value::String(text)) => !text.is_empty(),
        _ => false,
    };
    let has_message = object.contains_key("msg") || object.contains_key("message");
    let coded = match object.get("code") {
        Some(Value::Number(n)) => n.as_f64() != Some(0.0),
        Some(Value::String(code)) => !matches!(code.as_str(), "" | "0" | "ok" | "OK"),
        _ => false,
    };
    let inner = object.get("base_resp").and_then(|r| r.get("status_code")).and_then(Value::as_f64);
    named || (has_message && coded) || inner.is_some_and(|code| code != 0.0)
}

#[cfg(test)]
#[path = "mod_tests.rs"]
mod tests;
