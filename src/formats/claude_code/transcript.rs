//! `<session>.jsonl` and `subagents/agent-*.jsonl`: the messages of one Claude Code session or subagent.
//!
//! In: one JSON object a line, stamped in UTC. Out: one row for each `api-request` (from 2.1.300 on, see `requests.rs`);
//! before that one for each of the model's messages (which is written on a line for every block), one for each
//! `system/api_error` (a refusal that was retried) and one for each answer that the client made up of an error. Everything
//! else is passed over, whatever it quotes. Forks and resumed sessions copy lines: a message
//! id and an error record's id each count once, in all files.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::errors::{Failure, at_once};
use super::lines::{Answer, Line, PassedOver, RequestLine, Turn, Usage, first_text, turn_of};
use super::requests::{Message, Request, Requests};
use crate::formats::http::headers::Meters;
use crate::formats::pending_error::PendingError;
use crate::formats::{Bulk, FormatInfo, Head, Hollow, LineParser, LogFormat, Place, Sink, backoff, own, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "claude-code-transcript",
    client: "claude-code",
    client_traits: crate::formats::claude_code::TRAITS,
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "Claude Code 0.2.114 to 2.1.332 (transcripts; from 2.1.300 on a line for each request)",
    lives: &[
        "~/.claude/projects/<folder>/<session>.jsonl, <session>/subagents/agent-*.jsonl (Linux, macOS)",
        "~/.config/claude/projects (in some versions of 2025)",
        r"%USERPROFILE%\.claude\projects\... (Windows)",
        "CLAUDE_CONFIG_DIR moves ~/.claude",
    ],
    shows: "each answer with tokens, session and subagent; the failure that ended a turn; some of the retries (api_error); from 2.1.300 on every request with its start and model",
    not_logged: "from 2.1.300 on why a request failed that a subagent or the terminal program retried; before that, when a request left (the line before it is taken, and after a logged retry the end of its wait) and most retries before a failure or an answer, up to ten; the status before about 2.1.111",
    established: "run (2.1.332, 2.1.300, 2.1.265), read (199 public transcripts, 0.2.114 to 2.1.111)",
};

/// Requests that a row may collapse: the client's default of ten retries, and the first request.
const AT_MOST: u8 = 11;

/// Seconds between them, doubled each time.
const WAITS: [f64; 10] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 32.0, 32.0, 32.0];

/// Lines whose stamps are kept for their children.
const PARENTS: usize = 20_000;

/// The agent of a session's own file.
const MAIN: &str = "main";

/// The problem of a line that is none.
const NO_RECORD: &str = "not a JSON record of a transcript";

/// Values of `type` that are known.
const KINDS: [&str; 24] = [
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
    "api-request",
    "api-request-shape",
    "api-request-blob",
    "atis-latch",
    "tools-used",
    "cost-state",
];

/// How the line of a request begins.
const REQUEST: &[u8] = b"{\"type\":\"api-request\",";

/// How the long lines begin that hold a request's parts, of which nothing is of interest.
const PARTS: [&[u8]; 2] = [b"{\"type\":\"api-request-shape\",", b"{\"type\":\"api-request-blob\","];

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
        &[
            "type",
            "timestamp",
            "uuid",
            "sessionId",
            "message",
            "id",
            "usage",
            "input_tokens",
            "output_tokens",
            "api-request",
            "params",
            "model",
            "querySource",
            "requestRef",
        ]
    }

    fn bulk(&self) -> Bulk {
        const UNLESS: [&str; 2] = ["\"isApiErrorMessage\":true", "\"subtype\":\"api_error\""];
        // Of the user's lines only results of tools: what the user asked, or stopped, ends a wait.
        const USER: Hollow = Hollow {
            mark: "\"type\":\"user\"",
            begins: &[
                "{\"role\":\"user\",\"content\":[{\"tool_use_id\":",
                "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\"",
            ],
            needs: &["\"uuid\":\"", "\"timestamp\":\"", "\"sessionId\":\""],
        };
        Bulk { keys: &["content", "toolUseResult"], unless: &UNLESS, hollow: Some(USER) }
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { agent: agent_of(place), ..Parser::default() })
    }
}

/// The subagent of `agent-<id>.jsonl`.
fn agent_of(place: &Place) -> Option<String> {
    let name = place.upwards().next()?;
    let id = name.strip_prefix("agent-")?.split(".jsonl").next()?;
    (!id.is_empty()).then(|| id.to_owned())
}

/// A message whose blocks are still being written.
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
    /// Retries since the last row, by agent: the last number and how many were logged.
    retries: BTreeMap<String, (u32, u32)>,
    /// When the request after a logged retry is sent at the earliest, by agent.
    resumes: BTreeMap<String, Time>,
    stamps: HashMap<u64, Time>,
    /// Requests that have a line of their own.
    requests: Requests,
    /// The first line that refers to a request.
    first_reference: Option<u64>,
    meters: Meters,
    pending: PendingError,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        self.pending.report(sink);
        // Most bytes are results of tools. Their stamp and id are enough.
        if let Some(passed) = PassedOver::of(line) {
            sink.count_record();
            sink.note_kind(number, true);
            for field in ["type", "timestamp", "uuid", "sessionId"] {
                sink.need(number, field, true);
            }
            sink.note_version(passed.version);
            sink.note_time(passed.at);
            self.remember(Some(passed.uuid), passed.at);
            if passed.is_prompt && self.requests.any {
                self.requests.take_question(self.agent.as_deref().unwrap_or(MAIN), sink);
            }
            return;
        }
        if PARTS.iter().any(|begin| line.starts_with(begin)) {
            sink.count_record();
            sink.note_kind(number, true);
            return;
        }
        if line.starts_with(REQUEST) {
            return self.request(line, number, sink);
        }
        let Ok(read) = serde_json::from_slice::<Line<'_>>(line) else {
            self.pending.raise(number, NO_RECORD);
            return;
        };
        if read.kind.as_deref() == Some("api-request") {
            return self.request(line, number, sink);
        }
        sink.count_record();
        let kind = read.kind.as_deref();
        sink.need(number, "type", kind.is_some());
        sink.note_kind(number, kind.is_none_or(|k| KINDS.contains(&k)));
        let at = read.timestamp.as_deref().and_then(stamp::rfc3339);
        if matches!(kind, Some("assistant" | "user" | "system")) {
            sink.need(number, "timestamp", at.is_some());
            sink.need(number, "uuid", read.uuid.is_some());
            sink.need(number, "sessionId", read.session_id.is_some());
        }
        if let Some(version) = &read.version {
            sink.note_version(version);
        }
        let Some(at) = at else { return };
        sink.note_time(at);
        match kind {
            Some("assistant") => self.assistant(&read, at, number, sink),
            Some("system") if read.subtype.as_deref() == Some("api_error") => self.take_retry(&read, at, number, sink),
            Some("user") if self.requests.any => match turn_of(&read) {
                Turn::Interrupt => self.requests.take_interrupt(&self.agent(&read), at, sink),
                Turn::Prompt => self.requests.take_question(&self.agent(&read), sink),
                Turn::Neither => {}
            },
            _ => {}
        }
        self.remember(read.uuid.as_deref(), at);
    }

    fn finish(mut self: Box<Self>, cut: bool, sink: &mut Sink) {
        self.pending.report_at_end(cut, sink);
        for (agent, open) in std::mem::take(&mut self.open) {
            emit(&agent, &open, sink);
        }
        if let Some(line) = self.first_reference {
            sink.need(line, "api-request", self.requests.any);
        }
        self.requests.finish(sink);
    }
}

impl Parser {
    /// A request left.
    fn request(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let Ok(read) = serde_json::from_slice::<RequestLine>(line) else {
            self.pending.raise(number, NO_RECORD);
            return;
        };
        sink.count_record();
        sink.need(number, "type", true);
        sink.note_kind(number, true);
        let at = read.timestamp.as_deref().and_then(stamp::rfc3339);
        sink.need(number, "timestamp", at.is_some());
        sink.need(number, "sessionId", read.session_id.is_some());
        sink.need(number, "id", read.id.is_some());
        sink.need(number, "params", read.params.is_some());
        sink.need(number, "model", read.params.as_ref().is_none_or(|p| p.model.is_some()));
        sink.need(number, "querySource", read.query_source.is_some());
        if let Some(version) = &read.version {
            sink.note_version(version);
        }
        let Some(at) = at else { return };
        sink.note_time(at);
        let agent = read.agent_id.as_ref().or(self.agent.as_ref()).cloned();
        self.requests.take_request(read, agent.as_deref().unwrap_or(MAIN), (at, number), sink);
    }

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
        own.cloned().unwrap_or_else(|| if line.is_sidechain == Some(true) { "sidechain" } else { MAIN }.to_owned())
    }

    fn assistant(&mut self, line: &Line<'_>, at: Time, number: u64, sink: &mut Sink) {
        sink.need(number, "message", line.message.is_some());
        let Some(answer) = line.message.and_then(|m| serde_json::from_str::<Answer<'_>>(m.get()).ok()) else { return };
        if line.is_api_error_message == Some(true) {
            return self.take_give_up(line, &answer, at, number, sink);
        }
        if answer.model.as_deref() == Some("<synthetic>") {
            return;
        }
        sink.need(number, "id", answer.id.is_some());
        sink.need(number, "usage", answer.usage.is_some());
        if let Some(usage) = &answer.usage {
            sink.need(number, "input_tokens", usage.input_tokens.is_some());
            sink.need(number, "output_tokens", usage.output_tokens.is_some());
        }
        if self.requests.any {
            sink.need(number, "requestRef", line.request_ref.is_some());
        }
        if line.request_ref.is_some() {
            self.first_reference.get_or_insert(number);
        }
        let (Some(id), Some(usage)) = (answer.id, answer.usage) else { return };
        let agent = self.agent(line);
        if self.requests.any {
            let (model, session) = (answer.model.clone(), line.session_id.clone());
            let message = Message { id: id.clone(), model, session, end: at, usage, line: number };
            if self.requests.take_answer(line.request_ref.as_deref(), &agent, message, sink) {
                return;
            }
        }
        if let Some(open) = self.open.get_mut(&agent)
            && open.id == id
        {
            open.end = open.end.max(at);
            open.usage = open.usage.most(usage);
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
            emit(&agent, &before, sink);
        }
    }

    /// The client made an answer of the error that it gave up on.
    fn take_give_up(&mut self, line: &Line<'_>, answer: &Answer<'_>, at: Time, number: u64, sink: &mut Sink) {
        let text = first_text(answer.content);
        let failure = Failure::of_answer(&text, line, at);
        self.meters.take(&failure.headers, (at, number), None, sink);
        let agent = self.agent(line);
        let request = self.requests.take_failed(&agent);
        if request.is_none() {
            let is_counted = failure.broke_off && self.requests.take_break(&agent, at, sink);
            if is_counted || self.requests.has_failed(&agent) {
                return;
            }
        }
        let all_logged = self.retries.remove(&agent).map_or(0, whole) > 0;
        let once = all_logged || self.requests.any || at_once(&failure, &text);
        let start = self.resumes.remove(&agent).filter(|s| *s <= at);
        emit_refusal(&failure, line, &agent, Refusal { request, start, at, number, once, ended: true }, sink);
    }

    /// A refusal after which the client tries again.
    fn take_retry(&mut self, line: &Line<'_>, at: Time, number: u64, sink: &mut Sink) {
        sink.need(number, "error", line.error.is_some());
        let Some(failure) = line.error.and_then(|e| Failure::of_api_error(e.get(), at)) else { return };
        self.meters.take(&failure.headers, (at, number), None, sink);
        let agent = self.agent(line);
        let seen = self.retries.entry(agent.clone()).or_default();
        *seen = (line.retry_attempt.unwrap_or(0), seen.1 + 1);
        let wait_s = line.retry_in_ms.filter(|ms| ms.is_finite() && *ms >= 0.0).map(|ms| ms / 1000.0);
        let next = wait_s.map(|s| at.plus(s));
        let start = self.resumes.remove(&agent).filter(|s| *s <= at);
        self.resumes.extend(next.map(|next| (agent.clone(), next)));
        let request = self.requests.take_failed(&agent);
        emit_refusal(&failure, line, &agent, Refusal { request, start, at, number, once: true, ended: false }, sink);
    }
}

/// How many retries were logged, if none is missing.
fn whole((last, seen): (u32, u32)) -> u32 {
    if last == seen { seen } else { 0 }
}

/// When a refusal came, its line, and what it did to the turn.
struct Refusal {
    /// The request, if it has a line of its own.
    request: Option<Request>,
    /// Known after a logged retry only.
    start: Option<Time>,
    at: Time,
    number: u64,
    once: bool,
    ended: bool,
}

fn emit_refusal(failure: &Failure, line: &Line<'_>, agent: &str, refusal: Refusal, sink: &mut Sink) {
    let Refusal { request, start, at, number, once, ended } = refusal;
    let start = request.as_ref().map(|r| r.at).or(start);
    sink.attempt(Record {
        start,
        start_low: start,
        end: Some(at),
        row_outcome: RowOutcome::Error,
        status: failure.status,
        error: ErrorFields { kind: failure.kind.as_deref(), message: failure.message.as_deref() },
        retry_after_s: failure.retry_after_s,
        broke_off: failure.broke_off,
        unanswered: failure.unanswered,
        model: request.as_ref().and_then(|r| r.model.as_deref()),
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

fn emit(agent: &str, open: &Open, sink: &mut Sink) {
    let all_logged = open.retries > 0;
    sink.attempt(Record {
        start: open.start,
        end: Some(open.end),
        row_outcome: RowOutcome::Ok,
        input_tokens: open.usage.input_tokens,
        output_tokens: open.usage.output_tokens,
        cache_read_tokens: open.usage.cache_read_input_tokens,
        cache_write_tokens: open.usage.cache_creation_input_tokens,
        model: open.model.as_deref(),
        session: open.session.as_deref(),
        agent: Some(agent),
        same_as: Some(&open.id),
        at_most: if all_logged { 1 } else { backoff::at_most(open.start, open.end, &WAITS, AT_MOST) },
        fidelity: if all_logged { Fidelity::Inferred } else { Fidelity::Collapsed },
        line: open.line,
        ..Record::default()
    });
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
#[path = "transcript_tests.rs"]
mod tests;
