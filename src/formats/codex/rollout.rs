//! `rollout-*.jsonl`: the record of one Codex thread.
//!
//! In: one JSON object a line, stamped in UTC milliseconds when it was written. Out: a row for each finished response and
//! for each failure that ended a turn, and the quota snapshots. Prompts, answers and tool results (`response_item`,
//! messages) are never parsed. A forked thread begins with its parent's records stamped anew; they are left out and
//! counted, as their times are not true.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::quota::{self, Gauge};
use super::{AGENT, Failure, HIDDEN_AT_MOST, TOLERANCE_S, WAITS};
use crate::formats::pending_error::PendingError;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, backoff, own, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "codex-rollout",
    client: "codex",
    client_traits: super::TRAITS,
    rank: 3,
    merge_tolerance_s: TOLERANCE_S,
    program: "Codex CLI 0.42 to 0.171 (rollouts, also as .jsonl.zst)",
    lives: &[
        "~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl, ~/.codex/archived_sessions (Linux, macOS)",
        r"%USERPROFILE%\.codex\sessions\... (Windows)",
        "CODEX_HOME moves ~/.codex",
    ],
    shows: "each finished response with tokens, the quota snapshot that came with it, and from 0.117 (exec: from 0.169) the failure that ended a turn",
    not_logged: "every retry; every failure before 0.117 and those of exec before 0.169: no failure here is no sign of health; requests made in the background (titles)",
    established: "run (0.42, 0.58, 0.77, 0.98, 0.117, 0.142, 0.169, 0.171 against a local server), read (166 public rollouts, 0.77 to 0.121)",
};

/// Records in a fork that were written this soon after its first one are its parent's, where nothing better is known, in seconds.
const REPLAY_S: f64 = 1.0;

/// A turn that begins so soon after a question, in seconds, is the question's own.
const ANSWERED_S: f64 = 5.0;

/// Values of `type` that the rollouts of these versions have.
const KINDS: [&str; 8] = [
    "session_meta",
    "turn_context",
    "response_item",
    "event_msg",
    "compacted",
    "world_state",
    "token_usage_record",
    "inter_agent_communication",
];

/// Rollouts of Codex.
#[derive(Debug)]
pub struct CodexRollout;

impl LogFormat for CodexRollout {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        const OF_PAYLOAD: [&str; 2] = ["\"cli_version\":\"", "\"originator\":\""];
        const OWN: [&str; 6] = [
            "\"timestamp\":\"",
            "\"payload\":{",
            "\"type\":\"session_meta\"",
            "\"type\":\"turn_context\"",
            "\"type\":\"event_msg\"",
            "\"type\":\"response_item\"",
        ];
        head.lines(3).any(|l| {
            let l = &l[..l.len().min(2048)];
            let inside = OF_PAYLOAD.iter().filter(|m| memchr::memmem::find(l, m.as_bytes()).is_some()).count();
            let outside = own::count(l, &OWN);
            l.starts_with(b"{\"") && outside >= 2 && outside + inside >= 3
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["timestamp", "type", "payload", "last_token_usage", "total_token_usage", "used_percent"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { session: session_of(place), ..Parser::default() })
    }
}

/// The thread's id from `rollout-<local time>-<uuid>.jsonl`.
fn session_of(place: &Place) -> String {
    let name = place.upwards().next().unwrap_or_default();
    let stem = name.split(".jsonl").next().unwrap_or(name);
    let id = stem
        .len()
        .checked_sub(36)
        .and_then(|at| stem.get(at..))
        .filter(|id| id.bytes().filter(|b| *b == b'-').count() == 4);
    let folder = place.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    id.map_or_else(|| Place::session_of_folder(folder), str::to_owned)
}

#[derive(Deserialize)]
struct Line<'a> {
    timestamp: Option<&'a str>,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Meta {
    id: Option<String>,
    cli_version: Option<String>,
    model_provider: Option<String>,
    forked_from_id: Option<String>,
    source: Option<Value>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: Option<String>,
    turn_id: Option<String>,
    info: Option<Info>,
    rate_limits: Option<Value>,
    message: Option<Value>,
    codex_error_info: Option<Value>,
    /// Of a turn's end; other events may have another one.
    error: Option<Value>,
    last_agent_message: Option<serde::de::IgnoredAny>,
    item: Option<Item>,
}

/// What an `item_completed` is about.
#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    kind: Option<String>,
}

impl Item {
    /// Whether the model wrote it, so that its request is still under way.
    fn is_of_the_model(&self) -> bool {
        let own = ["AgentMessage", "Reasoning", "Plan", "WebSearch", "ImageGeneration"];
        self.kind.as_deref().is_some_and(|kind| own.contains(&kind))
    }
}

#[derive(Deserialize)]
struct TurnError {
    message: Option<String>,
    codex_error_info: Option<Value>,
}

#[derive(Deserialize)]
struct Info {
    total_token_usage: Option<Usage>,
    last_token_usage: Option<Usage>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
struct Usage {
    input_tokens: Option<u64>,
    cached_input_tokens: Option<u64>,
    cache_write_input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    total_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct UsageRecord {
    response_id: Option<String>,
    usage: Option<Usage>,
    thread_token_usage: Option<Usage>,
}

#[derive(Deserialize)]
struct TurnContext {
    model: Option<String>,
    turn_id: Option<String>,
}

#[derive(Default)]
struct Parser {
    session: String,
    named: bool,
    forked: bool,
    /// When the thread was made, by its id.
    made: Option<u64>,
    first: Option<Time>,
    /// The records at hand are the parent's.
    replay: bool,
    left_out: u64,
    provider: Option<String>,
    plan: bool,
    model: Option<String>,
    /// When the client last had something to send.
    asked: Option<Time>,
    /// The model has begun to answer: what ends now (a command beside it) does not begin a request.
    answering: bool,
    counted: Option<Usage>,
    /// A question that nothing of the model's has followed yet: its stamp and line.
    question: Option<(Time, u64)>,
    /// The last stamp.
    last: Option<Time>,
    failed_turn: bool,
    /// The turn's failures are not written down by this version.
    silent: bool,
    gauge: Gauge,
    pending: PendingError,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        self.pending.report(sink);
        // Most bytes are prompts, answers and tool results. Their stamp is enough.
        if let Some(at) = passed_over(line) {
            sink.count_record();
            sink.note_kind(number, true);
            sink.note_time(at);
            self.begun(at);
            self.last = Some(at);
            if is_of_the_model(line) {
                self.question = None;
            } else {
                self.asked = Some(at);
            }
            return;
        }
        let Ok(read) = serde_json::from_slice::<Line<'_>>(line) else {
            self.pending.raise(number, "not a JSON record of a rollout");
            return;
        };
        sink.count_record();
        sink.need(number, "timestamp", read.timestamp.is_some());
        sink.need(number, "type", read.kind.is_some());
        sink.need(number, "payload", read.payload.is_some());
        let (Some(at), Some(kind), Some(payload)) = (read.timestamp.and_then(stamp::rfc3339), read.kind, read.payload)
        else {
            return;
        };
        sink.note_kind(number, KINDS.contains(&kind));
        sink.note_time(at);
        self.begun(at);
        if self.record(kind, payload.get(), (at, number), sink).is_err() {
            sink.problem(number, "a record whose fields cannot be read");
        }
        self.last = Some(at);
    }

    fn finish(mut self: Box<Self>, cut: bool, sink: &mut Sink) {
        self.pending.report_at_end(cut, sink);
        if self.left_out > 0 {
            sink.problem(1, "responses copied from the thread that this one was forked from; they carry the time of the fork and are left out");
        }
        let provider = self.provider_id();
        sink.provider(&provider);
    }
}

impl Parser {
    fn begun(&mut self, at: Time) {
        self.first.get_or_insert(at);
    }

    fn provider_id(&self) -> String {
        match self.provider.as_deref() {
            None | Some("openai") if self.plan || self.gauge.seen => "codex".to_owned(),
            None | Some("openai") => "openai".to_owned(),
            Some(other) => other.to_owned(),
        }
    }

    fn record(
        &mut self,
        kind: &str,
        payload: &str,
        (at, number): (Time, u64),
        sink: &mut Sink,
    ) -> serde_json::Result<()> {
        match kind {
            "session_meta" => {
                let meta: Meta = serde_json::from_str(payload)?;
                if !std::mem::replace(&mut self.named, true) {
                    self.meta(meta, sink);
                }
                self.asked = Some(at);
            }
            "turn_context" => {
                let turn: TurnContext = serde_json::from_str(payload)?;
                self.unanswered(at, sink);
                self.turn(turn.turn_id.as_deref(), at);
                self.model = turn.model.or(self.model.take());
                self.asked = Some(at);
            }
            "token_usage_record" => {
                let record: UsageRecord = serde_json::from_str(payload)?;
                sink.need(number, "usage", record.usage.is_some());
                if let Some(usage) = record.usage {
                    self.response(usage, record.thread_token_usage, record.response_id.as_deref(), (at, number), sink);
                }
            }
            "event_msg" => self.event(serde_json::from_str(payload)?, (at, number), sink),
            _ => {}
        }
        Ok(())
    }

    fn meta(&mut self, meta: Meta, sink: &mut Sink) {
        if let Some(id) = meta.id {
            self.made = made_at(&id);
            self.session = id;
        }
        if let Some(version) = &meta.cli_version {
            sink.note_version(version);
            self.silent = older(version, 169);
        }
        let subagent = meta.source.as_ref().is_some_and(|s| s.get("subagent").is_some());
        self.forked = meta.forked_from_id.is_some() || subagent;
        self.replay = self.forked;
        self.provider = meta.model_provider;
    }

    /// A turn begins: is it this thread's own?
    fn turn(&mut self, id: Option<&str>, at: Time) {
        if !self.forked {
            return;
        }
        let soon = self.first.is_some_and(|first| at.since(first) < REPLAY_S);
        self.replay = match (id.and_then(made_at), self.made) {
            (Some(turn), Some(thread)) => turn < thread,
            _ => soon && self.replay,
        };
    }

    fn event(&mut self, event: Event, (at, number): (Time, u64), sink: &mut Sink) {
        let kind = event.kind.as_deref().unwrap_or_default();
        match kind {
            "task_started" | "user_message" => {
                self.unanswered(at, sink);
                if kind == "user_message" {
                    self.question = Some((at, number));
                }
                self.turn(event.turn_id.as_deref(), at);
                self.failed_turn = false;
                self.answering = false;
                self.asked = Some(at);
            }
            "token_count" => {
                if let Some(info) = event.info {
                    sink.need(number, "last_token_usage", info.last_token_usage.is_some());
                    sink.need(number, "total_token_usage", info.total_token_usage.is_some());
                    if let Some(usage) = info.last_token_usage {
                        self.response(usage, info.total_token_usage, None, (at, number), sink);
                    }
                }
                self.limits(event.rate_limits.as_ref(), (at, number), sink);
            }
            "error" => {
                let message = event.message.as_ref().and_then(Value::as_str).unwrap_or_default();
                self.emit_failure(&Failure::of(event.codex_error_info.as_ref(), message), message, (at, number), sink);
            }
            "task_complete" => match event.error.map(serde_json::from_value::<TurnError>) {
                Some(Err(_)) => sink.problem(number, "a turn's error whose fields cannot be read"),
                Some(Ok(error)) => {
                    let message = error.message.unwrap_or_default();
                    self.emit_failure(
                        &Failure::of(error.codex_error_info.as_ref(), &message),
                        &message,
                        (at, number),
                        sink,
                    );
                }
                None if event.last_agent_message.is_none() && self.silent => {
                    self.ended_without_a_word((at, number), sink)
                }
                None => {}
            },
            "agent_message" | "turn_aborted" => self.question = None,
            "exec_command_end" | "mcp_tool_call_end" | "patch_apply_end" => self.asked = Some(at),
            "item_completed" => match &event.item {
                Some(item) if item.is_of_the_model() => self.answering = true,
                _ if self.answering => {}
                _ => self.asked = Some(at),
            },
            _ => {}
        }
    }

    fn limits(&mut self, limits: Option<&Value>, (at, number): (Time, u64), sink: &mut Sink) {
        let Some(limits) = limits.filter(|l| l.is_object() && !self.replay) else { return };
        for slot in ["primary", "secondary"] {
            if let Some(window) = limits.get(slot).filter(|w| w.is_object()) {
                sink.need(number, "used_percent", window.get("used_percent").is_some());
            }
        }
        let provider = match self.provider.as_deref() {
            None | Some("openai") => "codex".to_owned(),
            Some(other) => other.to_owned(),
        };
        self.gauge.read(quota::windows(limits, at), at, number, Some(&provider), sink);
    }

    /// A response is complete. A usage record (0.169) and a count of tokens, which is repeated, both show it.
    fn response(
        &mut self,
        usage: Usage,
        total: Option<Usage>,
        id: Option<&str>,
        (at, number): (Time, u64),
        sink: &mut Sink,
    ) {
        if total.is_some() && self.counted.and_then(|c| c.total_tokens) == total.and_then(|t| t.total_tokens) {
            return;
        }
        self.counted = total;
        self.answering = false;
        self.question = None;
        if self.replay {
            self.left_out += 1;
            return;
        }
        let written = usage.cache_write_input_tokens.unwrap_or(0);
        let cached = usage.cached_input_tokens.unwrap_or(0).saturating_add(written);
        sink.attempt(Record {
            row_outcome: RowOutcome::Ok,
            input_tokens: usage.input_tokens.map(|n| n.saturating_sub(cached)),
            output_tokens: usage.output_tokens,
            cache_read_tokens: usage.cached_input_tokens,
            cache_write_tokens: usage.cache_write_input_tokens,
            request_id: id,
            at_most: backoff::at_most(self.asked, at, &WAITS, HIDDEN_AT_MOST),
            fidelity: Fidelity::Collapsed,
            ..self.row(at, number)
        });
        self.asked = None;
    }

    fn emit_failure(&mut self, failure: &Failure, message: &str, (at, number): (Time, u64), sink: &mut Sink) {
        self.question = None;
        // A turn fails once, though both an error and the turn's end may say so.
        if std::mem::replace(&mut self.failed_turn, true) {
            return;
        }
        if self.replay {
            self.left_out += 1;
            return;
        }
        self.plan |= message.contains("hit your usage limit");
        let most = backoff::at_most(self.asked, at, &WAITS, HIDDEN_AT_MOST);
        let (at_most, fidelity) = if failure.at_once { (1, Fidelity::Observed) } else { (most, Fidelity::Collapsed) };
        sink.attempt(Record {
            row_outcome: RowOutcome::Error,
            status: failure.status,
            broke_off: failure.broke_off,
            error: ErrorFields { kind: failure.kind.as_deref(), message: Some(message).filter(|m| !m.is_empty()) },
            request_id: failure.request_id.as_deref(),
            ended_work: true,
            at_most,
            fidelity,
            ..self.row(at, number)
        });
    }

    /// A new turn begins: a question that nothing answered was a failed request, whatever did not answer it.
    fn unanswered(&mut self, at: Time, sink: &mut Sink) {
        let is_past = |asked: Time| at.since(asked) >= ANSWERED_S;
        let Some((asked, number)) = self.question.take_if(|(asked, _)| is_past(*asked)) else { return };
        if self.failed_turn || self.replay {
            return;
        }
        sink.attempt(Record {
            start: Some(asked),
            row_outcome: RowOutcome::Error,
            ended_work: true,
            at_most: HIDDEN_AT_MOST,
            fidelity: Fidelity::Collapsed,
            ..self.row(self.last.unwrap_or(asked).max(asked), number)
        });
    }

    /// A turn that ended without an answer: a failure that this version does not write down, or the user's cancel.
    fn ended_without_a_word(&mut self, (at, number): (Time, u64), sink: &mut Sink) {
        self.question = None;
        if self.failed_turn || self.replay {
            return;
        }
        sink.attempt(Record {
            row_outcome: RowOutcome::Error,
            unconfirmed: true,
            ended_work: true,
            at_most: HIDDEN_AT_MOST,
            fidelity: Fidelity::Collapsed,
            error: ErrorFields { kind: Some("ConnectionError"), message: None },
            ..self.row(at, number)
        });
    }

    fn row(&self, end: Time, line: u64) -> Record<'_> {
        Record {
            start: self.asked,
            end: Some(end),
            model: self.model.as_deref(),
            session: Some(&self.session),
            agent: Some(AGENT),
            line,
            ..Record::default()
        }
    }
}

/// The stamp of a record whose payload is not looked at, if the line is one in the shape in which Codex writes it.
fn passed_over(line: &[u8]) -> Option<Time> {
    let rest = line.strip_prefix(b"{\"timestamp\":\"")?;
    let end = memchr::memchr(b'"', rest.get(..40)?)?;
    let after = &rest[end..];
    let kind = memchr::memmem::find(after.get(..64)?, b"\"type\":\"")? + 8;
    let kind = &after[kind..];
    let known = [&b"response_item\""[..], b"world_state\"", b"compacted\"", RAN].iter().any(|k| kind.starts_with(k));
    if !known {
        return None;
    }
    stamp::rfc3339(std::str::from_utf8(&rest[..end]).ok()?)
}

/// An event that carries the whole output of a command.
const RAN: &[u8] = b"event_msg\",\"payload\":{\"type\":\"exec_command_end\"";

/// Whether a `response_item` is the model's, so that nothing was sent when it was written.
fn is_of_the_model(line: &[u8]) -> bool {
    let head = &line[..line.len().min(400)];
    let has = |mark: &str| memchr::memmem::find(head, mark.as_bytes()).is_some();
    !(has("_output\"")
        || has("\"role\":\"user\"")
        || has("\"role\":\"developer\"")
        || has("\"world_state\"")
        || has("\"exec_command_end\""))
}

/// Milliseconds since 1970 in a version 7 uuid (RFC 9562, 5.7).
fn made_at(id: &str) -> Option<u64> {
    let b = id.as_bytes();
    let is_seven = b.len() == 36 && b[14] == b'7';
    let hex: String = id.chars().filter(|c| *c != '-').take(12).collect();
    is_seven.then(|| u64::from_str_radix(&hex, 16).ok()).flatten()
}

/// Whether `0.N...` is before minor version `minor`.
fn older(version: &str, minor: u32) -> bool {
    let n = version.strip_prefix("0.").and_then(|v| v.split('.').next()).and_then(|n| n.parse::<u32>().ok());
    n.is_some_and(|n| n < minor)
}

#[cfg(test)]
#[path = "rollout_tests.rs"]
mod tests;
