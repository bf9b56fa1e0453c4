//! `<session>.jsonl` and `subagents/agent-*.jsonl`: what one Claude Code session or subagent said and was told.
//!
//! In: one JSON object a line, stamped in UTC. Out: one row for each of the model's messages (which is written on a line
//! for every block), one for each `system/api_error` (a refusal that was retried) and one for each answer that the client
//! made up of an error. Everything else is passed over, whatever it quotes. Forks and resumed sessions copy lines: a message
//! id and an error record's id each count once, in all files.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Deserialize;
use serde_json::value::RawValue;

use super::errors::{Failure, at_once};
use crate::formats::doubt::Doubt;
use crate::formats::http::headers::Meters;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, backoff, own, stamp};
use crate::model::{ErrorSaid, Fidelity, Record, Time, Told};

static INFO: FormatInfo = FormatInfo {
    id: "claude-code-transcript",
    client: "claude-code",
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "Claude Code 0.2.114 to 2.1.111 and the shape of error records after it (transcripts)",
    lives: &[
        "~/.claude/projects/<folder>/<session>.jsonl, <session>/subagents/agent-*.jsonl (Linux, macOS)",
        "~/.config/claude/projects (in some versions of 2025)",
        r"%USERPROFILE%\.claude\projects\... (Windows)",
        "CLAUDE_CONFIG_DIR moves ~/.claude",
    ],
    shows: "each answer with tokens, session and subagent; the failure that ended a turn; some of the retries (api_error)",
    hides: "when a request left (the line before it is taken, and after a told retry the end of its wait); most retries before a failure or an answer, up to ten; the status before about 2.1.111",
    established: "read (199 public transcripts, 0.2.114 to 2.1.111); newer error records as reported; not run",
};

/// Retries that may hide behind a row, and the row: the client's default is ten.
const AT_MOST: u8 = 11;

/// Seconds between them, doubled each time.
const WAITS: [f64; 10] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 32.0, 32.0, 32.0];

/// Lines whose stamps are kept for their children.
const PARENTS: usize = 20_000;

/// Values of `type` that are known.
const KINDS: [&str; 18] = [
    "assistant",
    "user",
    "system",
    "progress",
    "queue-operation",
    "file-history-snapshot",
    "attachment",
    "last-prompt",
    "ai-title",
    "custom-title",
    "agent-name",
    "pr-link",
    "summary",
    "tag",
    "mode",
    "permission-mode",
    "content-replacement",
    "worktree-state",
];

/// Transcripts.
#[derive(Debug)]
pub struct ClaudeTranscript;

impl LogFormat for ClaudeTranscript {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        const OWN: [&str; 2] = ["\"isSidechain\":", "\"userType\":"];
        const MARKS: [&str; 6] =
            ["\"sessionId\":\"", "\"parentUuid\":", "\"version\":\"", "\"uuid\":\"", "\"timestamp\":\"", "\"cwd\":\""];
        head.lines(30).any(|l| l.starts_with(b"{\"") && own::count(l, &OWN) >= 1 && own::count(l, &MARKS) >= 3)
    }

    fn needs(&self) -> &'static [&'static str] {
        &["type", "timestamp", "uuid", "sessionId", "message", "id", "usage"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { agent: agent_of(place), ..Parser::default() })
    }
}

/// A long line of the user's, of which only this is of interest.
#[derive(Debug, PartialEq)]
struct PassedOver<'a> {
    uuid: &'a str,
    version: &'a str,
    at: Time,
}

impl<'a> PassedOver<'a> {
    /// Lines shorter than this are parsed whole: it costs as little.
    const LONG: usize = 2048;

    /// Reads a line in the very shape in which the client writes it, by its marks. A quote inside a text is escaped, so a mark is
    /// never one that somebody quoted; where an object inside has one too, the line is none of these.
    fn of(line: &'a [u8]) -> Option<Self> {
        const STAMP: &[u8] = b"\",\"timestamp\":\"";
        const KIND: &[u8] = b"\"type\":\"user\",\"message\":{\"role\":\"user\"";
        if line.len() < Self::LONG || !line.ends_with(b"}") {
            return None;
        }
        let frame = &line[..memchr::memmem::find(&line[..1024], KIND)?];
        let has_session = memchr::memmem::find(frame, b"\"sessionId\":\"").is_some();
        if !has_session || memchr::memchr_iter(b'{', frame).nth(1).is_some() {
            return None;
        }
        let mut stamps = memchr::memmem::find_iter(line, STAMP);
        let (stamp, None) = (stamps.next()?, stamps.next()) else { return None };
        let uuid = line.get(stamp.checked_sub(36)?..stamp)?;
        let text = |bytes: &'a [u8]| std::str::from_utf8(bytes).ok();
        let until_quote = |bytes: &'a [u8]| text(&bytes[..memchr::memchr(b'"', &bytes[..bytes.len().min(64)])?]);
        let version = memchr::memmem::find(frame, b"\"version\":\"").map(|at| &line[at + 11..])?;
        let is_id = line[..stamp - 36].ends_with(b",\"uuid\":\"");
        Some(Self {
            uuid: text(uuid).filter(|_| is_id)?,
            version: until_quote(version)?,
            at: stamp::rfc3339(until_quote(&line[stamp + STAMP.len()..])?)?,
        })
    }
}

/// The subagent of `agent-<id>.jsonl`.
fn agent_of(place: &Place) -> Option<String> {
    let name = place.upwards().next()?;
    let id = name.strip_prefix("agent-")?.split(".jsonl").next()?;
    (!id.is_empty()).then(|| id.to_owned())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    subtype: Option<String>,
    uuid: Option<String>,
    parent_uuid: Option<String>,
    timestamp: Option<String>,
    session_id: Option<String>,
    agent_id: Option<String>,
    is_sidechain: Option<bool>,
    version: Option<String>,
    request_id: Option<String>,
    is_api_error_message: Option<bool>,
    api_error_status: Option<u16>,
    retry_attempt: Option<u32>,
    retry_in_ms: Option<f64>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Answer<'a> {
    id: Option<String>,
    model: Option<String>,
    usage: Option<Usage>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Block {
    text: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
struct Usage {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
}

/// A message whose blocks are still being told.
#[derive(Debug)]
struct Open {
    id: String,
    model: Option<String>,
    session: Option<String>,
    start: Option<Time>,
    end: Time,
    usage: Usage,
    line: u64,
    retries: u32,
}

#[derive(Default)]
struct Parser {
    agent: Option<String>,
    /// By agent.
    open: BTreeMap<String, Open>,
    /// Retries since the last row, by agent: the last number and how many were told.
    retries: BTreeMap<String, (u32, u32)>,
    /// When the request after a told retry leaves at the earliest, by agent.
    resumes: BTreeMap<String, Time>,
    stamps: HashMap<u64, Time>,
    meters: Meters,
    doubt: Doubt,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        self.doubt.followed(sink);
        // Most bytes are results of tools. Their stamp and id are enough.
        if let Some(passed) = PassedOver::of(line) {
            sink.record();
            sink.kind(number, true);
            for field in ["type", "timestamp", "uuid", "sessionId"] {
                sink.need(number, field, true);
            }
            sink.version(passed.version);
            sink.seen(passed.at);
            self.remember(Some(passed.uuid), passed.at);
            return;
        }
        let Ok(read) = serde_json::from_slice::<Line<'_>>(line) else {
            self.doubt.raise(number, "not a JSON record of a transcript");
            return;
        };
        sink.record();
        let kind = read.kind.as_deref();
        sink.need(number, "type", kind.is_some());
        sink.kind(number, kind.is_none_or(|k| KINDS.contains(&k)));
        let at = read.timestamp.as_deref().and_then(stamp::rfc3339);
        if matches!(kind, Some("assistant" | "user" | "system")) {
            sink.need(number, "timestamp", at.is_some());
            sink.need(number, "uuid", read.uuid.is_some());
            sink.need(number, "sessionId", read.session_id.is_some());
        }
        if let Some(version) = &read.version {
            sink.version(version);
        }
        let Some(at) = at else { return };
        sink.seen(at);
        match kind {
            Some("assistant") => self.assistant(&read, at, number, sink),
            Some("system") if read.subtype.as_deref() == Some("api_error") => self.retried(&read, at, number, sink),
            _ => {}
        }
        self.remember(read.uuid.as_deref(), at);
    }

    fn finish(mut self: Box<Self>, cut: bool, sink: &mut Sink) {
        self.doubt.ended(cut, sink);
        for (agent, open) in std::mem::take(&mut self.open) {
            told(&agent, &open, sink);
        }
    }
}

impl Parser {
    fn remember(&mut self, uuid: Option<&str>, at: Time) {
        if self.stamps.len() >= PARENTS {
            self.stamps.clear();
        }
        if let Some(uuid) = uuid {
            self.stamps.insert(hash(uuid), at);
        }
    }

    fn agent(&self, line: &Line<'_>) -> String {
        let own = line.agent_id.as_ref().or(self.agent.as_ref());
        own.cloned().unwrap_or_else(|| if line.is_sidechain == Some(true) { "sidechain" } else { "main" }.to_owned())
    }

    fn assistant(&mut self, line: &Line<'_>, at: Time, number: u64, sink: &mut Sink) {
        sink.need(number, "message", line.message.is_some());
        let Some(answer) = line.message.and_then(|m| serde_json::from_str::<Answer<'_>>(m.get()).ok()) else { return };
        if line.is_api_error_message == Some(true) {
            return self.gave_up(line, &answer, at, number, sink);
        }
        if answer.model.as_deref() == Some("<synthetic>") {
            return;
        }
        sink.need(number, "id", answer.id.is_some());
        sink.need(number, "usage", answer.usage.is_some());
        let (Some(id), Some(usage)) = (answer.id, answer.usage) else { return };
        let agent = self.agent(line);
        if let Some(open) = self.open.get_mut(&agent)
            && open.id == id
        {
            open.end = open.end.max(at);
            open.usage = most(open.usage, usage);
            return;
        }
        let before = line.parent_uuid.as_deref().and_then(|p| self.stamps.get(&hash(p)).copied());
        // The line before an answer may be a retry, after which the client waited.
        let start = before.max(self.resumes.remove(&agent)).filter(|s| *s <= at).or(before.filter(|s| *s <= at));
        let retries = self.retries.remove(&agent).map_or(0, whole);
        let open = Open {
            id,
            model: answer.model,
            session: line.session_id.clone(),
            start,
            end: at,
            usage,
            line: number,
            retries,
        };
        if let Some(before) = self.open.insert(agent.clone(), open) {
            told(&agent, &before, sink);
        }
    }

    /// The client made an answer of the error that it gave up on.
    fn gave_up(&mut self, line: &Line<'_>, answer: &Answer<'_>, at: Time, number: u64, sink: &mut Sink) {
        let blocks = answer.content.and_then(|c| serde_json::from_str::<Vec<Block>>(c.get()).ok()).unwrap_or_default();
        let text = blocks.into_iter().find_map(|b| b.text).unwrap_or_default();
        let error = line.error.and_then(|e| serde_json::from_str::<String>(e.get()).ok());
        let failure = Failure::of_answer(&text, error.as_deref(), line.api_error_status);
        let agent = self.agent(line);
        let all_told = self.retries.remove(&agent).map_or(0, whole) > 0;
        let once = all_told || at_once(&failure, &text);
        let start = self.resumes.remove(&agent).filter(|s| *s <= at);
        refused(&failure, line, &agent, Refusal { start, at, number, once, ended: true }, sink);
    }

    /// A refusal after which the client tries again.
    fn retried(&mut self, line: &Line<'_>, at: Time, number: u64, sink: &mut Sink) {
        sink.need(number, "error", line.error.is_some());
        let Some(failure) = line.error.and_then(|e| Failure::of_api_error(e.get())) else { return };
        self.meters.take(&failure.headers, (at, number), None, sink);
        let agent = self.agent(line);
        let told = self.retries.entry(agent.clone()).or_default();
        *told = (line.retry_attempt.unwrap_or(0), told.1 + 1);
        let wait_s = line.retry_in_ms.filter(|ms| ms.is_finite() && *ms >= 0.0).map(|ms| ms / 1000.0);
        let next = wait_s.map(|s| at.plus(s));
        let start = self.resumes.remove(&agent).filter(|s| *s <= at);
        self.resumes.extend(next.map(|next| (agent.clone(), next)));
        refused(&failure, line, &agent, Refusal { start, at, number, once: true, ended: false }, sink);
    }
}

/// How many retries were told, if none is missing.
fn whole((last, told): (u32, u32)) -> u32 {
    if last == told { told } else { 0 }
}

/// When a refusal was, where it stands, and what it did to the turn.
struct Refusal {
    /// Known after a told retry only.
    start: Option<Time>,
    at: Time,
    number: u64,
    once: bool,
    ended: bool,
}

fn refused(failure: &Failure, line: &Line<'_>, agent: &str, told: Refusal, sink: &mut Sink) {
    let Refusal { start, at, number, once, ended } = told;
    sink.attempt(Record {
        start,
        start_low: start,
        end: Some(at),
        told: Told::Error,
        status: failure.status,
        error: ErrorSaid { kind: failure.kind.as_deref(), message: failure.message.as_deref() },
        retry_after_s: failure.retry_after_s,
        session: line.session_id.as_deref(),
        agent: Some(agent),
        request_id: failure.request_id.as_deref().or(line.request_id.as_deref()),
        same_as: line.uuid.as_deref(),
        ended_work: ended,
        at_most: if once { 1 } else { AT_MOST },
        fidelity: if once { Fidelity::Observed } else { Fidelity::Collapsed },
        line: number,
        ..Record::default()
    });
}

fn told(agent: &str, open: &Open, sink: &mut Sink) {
    let all_told = open.retries > 0;
    sink.attempt(Record {
        start: open.start,
        end: Some(open.end),
        told: Told::Ok,
        input_tokens: open.usage.input_tokens,
        output_tokens: open.usage.output_tokens,
        cache_read_tokens: open.usage.cache_read_input_tokens,
        cache_write_tokens: open.usage.cache_creation_input_tokens,
        model: open.model.as_deref(),
        session: open.session.as_deref(),
        agent: Some(agent),
        same_as: Some(&open.id),
        at_most: if all_told { 1 } else { backoff::at_most(open.start, open.end, &WAITS, AT_MOST) },
        fidelity: if all_told { Fidelity::Inferred } else { Fidelity::Collapsed },
        line: open.line,
        ..Record::default()
    });
}

/// Tokens grow while the blocks of a message are told.
fn most(a: Usage, b: Usage) -> Usage {
    Usage {
        input_tokens: a.input_tokens.max(b.input_tokens),
        output_tokens: a.output_tokens.max(b.output_tokens),
        cache_creation_input_tokens: a.cache_creation_input_tokens.max(b.cache_creation_input_tokens),
        cache_read_input_tokens: a.cache_read_input_tokens.max(b.cache_read_input_tokens),
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
#[path = "transcript_tests.rs"]
mod tests;
