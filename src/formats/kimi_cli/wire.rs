//! `wire.jsonl` of Kimi CLI sessions and subagents.
//!
//! In: one JSON object a line with a UTC stamp. Out: one row a logged retry and one a finished step, with the agent.
//! A parent's wire repeats its subagents' events as `SubagentEvent`: those rows get a lower rank and are merged with
//! the subagent's own. `StepInterrupted` is a failure or a cancel by the user; only the log knows, so its row is
//! `unconfirmed`.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{WITH_SILENT_RETRIES, at_most, fidelity, is_uuid};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::{ErrorFields, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "kimi-cli-wire",
    client: "kimi-cli",
    client_traits: super::TRAITS,
    rank: 3,
    merge_tolerance_s: 10.0,
    program: "Kimi CLI 1.44.0 and 1.51.0 (wire.jsonl, protocol 1.1 to 1.10)",
    lives: &[
        "~/.kimi/sessions/<md5>/<session>/wire.jsonl (Linux, macOS)",
        "~/.kimi/sessions/<md5>/<session>/subagents/<agent>/wire.jsonl",
        r"%USERPROFILE%\.kimi\sessions\... (Windows)",
        "KIMI_SHARE_DIR moves ~/.kimi",
    ],
    shows: "steps with session, agent, tokens and UTC times, and logged retries with their status",
    not_logged: "two silent retries of the SDK behind each row, error texts, the model, whether an interrupted step failed or was cancelled; before StepRetry existed also the logged retries",
    established: "run (1.44.0, 1.51.0 against a local server), read (source of 1.44.0)",
};

/// Rank of events that a parent's wire repeats: below the subagent's own wire, above the log.
const REPEATED_RANK: u8 = 2;

/// Error kind of a `StepInterrupted` row until the log confirms it.
const INTERRUPTED: &str = "StepInterrupted";

/// Name of the agent whose requests are in a session's own wire.
const MAIN: &str = "main";

/// `wire.jsonl` of Kimi CLI.
#[derive(Debug)]
pub struct KimiWire;

impl LogFormat for KimiWire {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(20).any(|l| match serde_json::from_slice::<Line<'_>>(l) {
            Ok(line) => line.is_event() || line.is_kimi_cli_metadata(),
            Err(_) => false,
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["timestamp", "message", "type"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        let (session, agent) = identity(place);
        Box::new(Parser { session, agent, agents: BTreeMap::new(), pending: None })
    }
}

#[derive(Deserialize)]
struct Line<'a> {
    timestamp: Option<f64>,
    #[serde(borrow)]
    message: Option<Event<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    protocol_version: Option<serde::de::IgnoredAny>,
    created_at: Option<serde::de::IgnoredAny>,
}

impl Line<'_> {
    fn is_event(&self) -> bool {
        self.timestamp.is_some() && self.message.is_some()
    }

    /// The first line; Kimi Code's carries a `created_at` too.
    fn is_kimi_cli_metadata(&self) -> bool {
        self.kind.as_deref().is_none_or(|k| k == "metadata")
            && self.protocol_version.is_some()
            && self.created_at.is_none()
    }
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    payload: &'a RawValue,
}

#[derive(Deserialize)]
struct SubagentEvent<'a> {
    agent_id: Option<String>,
    parent_tool_call_id: Option<String>,
    task_tool_call_id: Option<String>,
    #[serde(borrow)]
    event: Event<'a>,
}

#[derive(Deserialize)]
struct StepRetry {
    wait_s: Option<f64>,
    error_type: Option<String>,
    status_code: Option<u16>,
}

#[derive(Deserialize)]
struct StatusUpdate {
    token_usage: Option<TokenUsage>,
    message_id: Option<String>,
}

#[derive(Deserialize)]
struct TokenUsage {
    input_other: Option<u64>,
    output: Option<u64>,
    input_cache_read: Option<u64>,
    input_cache_creation: Option<u64>,
}

/// Events deeper than a subagent of a subagent of … are not followed.
const NESTING: usize = 8;

struct Parser {
    session: String,
    agent: String,
    /// When the open request of each agent can have left at the earliest; `None`: no step is open.
    agents: BTreeMap<String, Option<Time>>,
    /// A line that is no event, held back in case it is the last one of a file that is still written.
    pending: Option<u64>,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        self.report_pending(sink);
        let Ok(parsed) = serde_json::from_slice::<Line<'_>>(line) else {
            // An event without its type is JSON, and yet no event.
            if serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok() {
                sink.need(number, "type", false);
            }
            self.pending = Some(number);
            return;
        };
        let has_message = parsed.message.is_some();
        let (Some(at), Some(event)) = (parsed.timestamp.and_then(Time::from_secs), parsed.message) else {
            if parsed.kind.as_deref() != Some("metadata") && parsed.protocol_version.is_none() {
                sink.need(number, "timestamp", parsed.timestamp.is_some());
                sink.need(number, "message", has_message);
                sink.problem(number, "not an event of a wire");
            }
            return;
        };
        sink.count_record();
        for field in ["timestamp", "message", "type"] {
            sink.need(number, field, true);
        }
        sink.note_time(at);
        self.event(&event, at, number, sink);
    }

    fn finish(mut self: Box<Self>, cut: bool, sink: &mut Sink) {
        if !cut {
            self.report_pending(sink);
        }
        for (agent, start) in self.agents.iter().filter(|(_, start)| start.is_some()) {
            sink.open(Record { start: *start, session: Some(&self.session), agent: Some(agent), ..Record::default() });
        }
    }
}

impl Parser {
    fn report_pending(&mut self, sink: &mut Sink) {
        if let Some(number) = self.pending.take() {
            sink.problem(number, "not a JSON event of a wire");
        }
    }

    fn event(&mut self, event: &Event<'_>, at: Time, number: u64, sink: &mut Sink) {
        let mut event = Event { kind: event.kind.clone(), payload: event.payload };
        let mut agent = self.agent.clone();
        let mut rank = None;
        for _ in 0..NESTING {
            if event.kind != "SubagentEvent" {
                break;
            }
            let Ok(inner) = serde_json::from_str::<SubagentEvent<'_>>(event.payload.get()) else {
                sink.problem(number, "a SubagentEvent whose fields cannot be read");
                return;
            };
            let id = inner.agent_id.or(inner.parent_tool_call_id).or(inner.task_tool_call_id);
            agent = id.unwrap_or_else(|| "subagent".to_owned());
            rank = Some(REPEATED_RANK);
            event = inner.event;
        }
        let origin = Origin { at, line: number, agent, rank };
        match event.kind.as_ref() {
            "StepBegin" => {
                let before = self.agents.insert(origin.agent, Some(at)).flatten();
                before.iter().for_each(|_| sink.count_unanswered());
            }
            "StepRetry" => self.retry(&event, &origin, sink),
            "StatusUpdate" => self.status(&event, &origin, sink),
            "StepInterrupted" => self.emit_interrupted(&origin, sink),
            _ => {}
        }
    }

    /// A logged retry: this attempt was refused, and the next one is sent after the wait.
    fn retry(&mut self, event: &Event<'_>, origin: &Origin, sink: &mut Sink) {
        let Ok(retry) = serde_json::from_str::<StepRetry>(event.payload.get()) else {
            sink.problem(origin.line, "a StepRetry whose fields cannot be read");
            return;
        };
        let start = self.agents.get(&origin.agent).copied().flatten();
        let most = at_most(retry.status_code);
        sink.attempt(Record {
            status: retry.status_code,
            error: ErrorFields { kind: retry.error_type.as_deref(), message: None },
            row_outcome: RowOutcome::Error,
            at_most: most,
            fidelity: fidelity(most),
            ..self.record(start, origin)
        });
        let wait = retry.wait_s.filter(|s| s.is_finite() && *s >= 0.0).unwrap_or(0.0);
        self.agents.insert(origin.agent.clone(), Some(origin.at.plus(wait)));
    }

    /// Token usage ends a step. A message id without usage is a stream that broke; neither is a change of mode.
    fn status(&mut self, event: &Event<'_>, origin: &Origin, sink: &mut Sink) {
        let Ok(status) = serde_json::from_str::<StatusUpdate>(event.payload.get()) else {
            sink.problem(origin.line, "a StatusUpdate whose fields cannot be read");
            return;
        };
        if status.token_usage.is_none() && status.message_id.is_none() {
            return;
        }
        let Some(start) = self.agents.insert(origin.agent.clone(), None).flatten() else {
            sink.problem(origin.line, "token usage outside a step");
            return;
        };
        let usage = status.token_usage;
        sink.attempt(Record {
            row_outcome: if usage.is_some() { RowOutcome::Ok } else { RowOutcome::Error },
            broke_off: usage.is_none(),
            input_tokens: usage.as_ref().and_then(|u| u.input_other),
            output_tokens: usage.as_ref().and_then(|u| u.output),
            cache_read_tokens: usage.as_ref().and_then(|u| u.input_cache_read),
            cache_write_tokens: usage.as_ref().and_then(|u| u.input_cache_creation),
            request_id: status.message_id.as_deref(),
            at_most: WITH_SILENT_RETRIES,
            fidelity: fidelity(WITH_SILENT_RETRIES),
            ..self.record(Some(start), origin)
        });
    }

    fn emit_interrupted(&mut self, origin: &Origin, sink: &mut Sink) {
        let start = self.agents.insert(origin.agent.clone(), None).flatten();
        sink.attempt(Record {
            row_outcome: RowOutcome::Error,
            error: ErrorFields { kind: Some(INTERRUPTED), message: None },
            ended_work: true,
            unconfirmed: true,
            at_most: WITH_SILENT_RETRIES,
            fidelity: fidelity(WITH_SILENT_RETRIES),
            ..self.record(start, origin)
        });
    }

    fn record<'a>(&'a self, start: Option<Time>, origin: &'a Origin) -> Record<'a> {
        Record {
            start,
            start_low: start,
            end: Some(origin.at),
            session: Some(&self.session),
            agent: Some(&origin.agent),
            rank: origin.rank,
            line: origin.line,
            ..Record::default()
        }
    }
}

/// Time, line and agent of an event.
struct Origin {
    at: Time,
    line: u64,
    agent: String,
    rank: Option<u8>,
}

/// Session and agent, from `<session>/wire.jsonl` or `<session>/subagents/<agent>/wire.jsonl`.
fn identity(place: &Place) -> (String, String) {
    let mut folders: Vec<&str> = place.path.split('/').collect();
    folders.pop();
    let mut agent = MAIN.to_owned();
    if let [.., "subagents", id] = folders[..] {
        agent = id.to_owned();
        folders.truncate(folders.len() - 2);
    }
    let session = match folders[..] {
        [.., "sessions", _, id] => Some(id),
        [.., id] if is_uuid(id) => Some(id),
        _ => None,
    };
    (session.map_or_else(|| Place::session_of_folder(&folders.join("/")), str::to_owned), agent)
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
