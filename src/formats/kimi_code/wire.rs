//! `agents/<agent>/wire.jsonl` of Kimi Code.
//!
//! In: one flat JSON record a line, stamped in UTC milliseconds. Out: one row a request that got an answer, with
//! session, agent, model and tokens. Only the fields of the records named in `Step` are looked at: prompts,
//! answers, tool results and `"kind":"event"` copies are passed over, whatever they quote.

use serde::Deserialize;

use super::agent::{Agent, Ended, Step, Usage};
use super::session_of;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::Time;

static INFO: FormatInfo = FormatInfo {
    id: "kimi-code-wire",
    client: "kimi-code",
    client_traits: super::TRAITS,
    rank: 3,
    merge_tolerance_s: 10.0,
    program: "Kimi Code 2.1.0 (wire.jsonl, protocol 1.5)",
    lives: &[
        "~/.kimi-code/sessions/wd_*/session_*/agents/<agent>/wire.jsonl (Linux, macOS)",
        r"%USERPROFILE%\.kimi-code\... (Windows)",
        "KIMI_CODE_HOME moves ~/.kimi-code",
    ],
    shows: "every request and its end with session, agent, model, tokens, status and message; the request id of a failure that ended a turn",
    not_logged: "requests of a program that was killed; later versions may not keep the retries, the log does",
    established: "run (2.1.0 against a local server), read (source of August 2026)",
};

/// `wire.jsonl` of Kimi Code.
#[derive(Debug)]
pub struct KimiCodeWire;

impl LogFormat for KimiCodeWire {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(40).any(|l| match serde_json::from_slice::<Line>(l) {
            Ok(line) if line.kind.as_deref() == Some("metadata") => {
                line.protocol_version.is_some() && line.created_at.is_some()
            }
            Ok(line) => line.time.is_some() && line.agent_id.is_some(),
            Err(_) => false,
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["type", "time", "usage"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { agent: identity(place), pending: None })
    }
}

/// What a line may be; everything else is skipped unread.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    #[serde(rename = "type")]
    kind: Option<String>,
    agent_id: Option<String>,
    time: Option<f64>,
    #[serde(rename = "protocol_version")]
    protocol_version: Option<serde::de::IgnoredAny>,
    #[serde(rename = "created_at")]
    created_at: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Request {
    model: Option<String>,
    model_alias: Option<String>,
}

#[derive(Deserialize)]
struct UsageRecord {
    usage: Usage,
}

#[derive(Deserialize)]
struct LoopEvent {
    event: StepEvent,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StepEvent {
    #[serde(rename = "type")]
    kind: String,
    finish_reason: Option<String>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Retrying {
    error_name: Option<String>,
    error_message: Option<String>,
    status_code: Option<u16>,
}

#[derive(Deserialize)]
struct Interrupted {
    reason: Option<String>,
    message: Option<String>,
}

#[derive(Deserialize)]
struct TurnEnded {
    reason: Option<String>,
    error: Option<TurnError>,
}

#[derive(Deserialize)]
struct TurnError {
    code: Option<String>,
    message: Option<String>,
    name: Option<String>,
    details: Option<Details>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Details {
    status_code: Option<u16>,
    request_id: Option<String>,
}

struct Parser {
    agent: Agent,
    /// A line that is no record, held back in case it is the last one of a file that is still written.
    pending: Option<u64>,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        self.report_pending(sink);
        // Most bytes are answers and results of tools. Their stamp is enough.
        if let Some(at) = passed_over(line) {
            sink.need(number, "type", true);
            sink.need(number, "time", true);
            sink.count_record();
            sink.note_time(at);
            return;
        }
        let Ok(head) = serde_json::from_slice::<Line>(line) else {
            self.pending = Some(number);
            return;
        };
        let kind = head.kind.as_deref().unwrap_or_default();
        sink.need(number, "type", head.kind.is_some());
        if kind != "metadata" {
            sink.need(number, "time", head.time.is_some());
        }
        let Some(at) = head.time.and_then(|ms| Time::from_secs(ms / 1000.0)) else {
            if kind != "metadata" {
                sink.problem(number, "a record without a time");
            }
            return;
        };
        sink.count_record();
        sink.note_time(at);
        if let Some(agent) = head.agent_id {
            self.agent.agent = agent;
        }
        let step = step(kind, line);
        if kind == "usage.record" {
            sink.need(number, "usage", step.is_ok());
        }
        match step {
            Ok(Some(step)) => self.agent.step(step, at, number, sink),
            Ok(None) => {}
            Err(_) => sink.problem(number, "a record whose fields cannot be read"),
        }
    }

    fn finish(mut self: Box<Self>, cut: bool, sink: &mut Sink) {
        if !cut {
            self.report_pending(sink);
        }
        self.agent.finish(sink);
    }
}

impl Parser {
    fn report_pending(&mut self, sink: &mut Sink) {
        if let Some(number) = self.pending.take() {
            sink.problem(number, "not a JSON record of a wire");
        }
    }
}

/// Lines shorter than this are parsed whole: it costs as little.
const LONG: usize = 2048;

/// The stamp of a long record that says nothing about a request, if it has exactly the shape in which the client writes it: an
/// event that is a part of an answer or a tool's, a message, or a message's copy. A quote inside a text is escaped, so no mark
/// is one that somebody quoted.
fn passed_over(line: &[u8]) -> Option<Time> {
    const EVENTS: [&[u8]; 3] = [
        b"\"event\":{\"type\":\"tool.result\"",
        b"\"event\":{\"type\":\"tool.call\"",
        b"\"event\":{\"type\":\"content.part\"",
    ];
    if line.len() < LONG {
        return None;
    }
    let (head, tail) = (&line[..200], &line[line.len() - 100..]);
    let copy = tail.strip_suffix(b",\"kind\":\"event\"}");
    let tail = copy.or_else(|| tail.strip_suffix(b"}"))?;
    let at = memchr::memmem::rfind(tail, b",\"time\":")?;
    let known = if copy.is_some() {
        head.starts_with(b"{\"message\":{") && tail[..at].ends_with(b",\"type\":\"agent.message.appended\"")
    } else if head.starts_with(b"{\"type\":\"context.append_loop_event\",\"agentId\":\"") {
        EVENTS.iter().any(|mark| memchr::memmem::find(head, mark).is_some()) && tail[..at].ends_with(b"}")
    } else {
        head.starts_with(b"{\"type\":\"context.append_message\",\"agentId\":\"") && tail[..at].ends_with(b"}")
    };
    let ms: u64 = std::str::from_utf8(&tail[at + 8..]).ok().filter(|_| known)?.parse().ok()?;
    Time::from_secs(ms as f64 / 1000.0)
}

/// What a line says about the agent's request, if anything.
fn step(kind: &str, line: &[u8]) -> serde_json::Result<Option<Step>> {
    Ok(match kind {
        "llm.request" => {
            let request: Request = serde_json::from_slice(line)?;
            Some(Step::Request { model: request.model, alias: request.model_alias })
        }
        "usage.record" => Some(Step::Usage(serde_json::from_slice::<UsageRecord>(line)?.usage)),
        // Tool results and answers are loop events too and may be huge: only the two step events are read.
        "context.append_loop_event" if memchr::memmem::find(line, b"\"step.").is_some() => {
            let event = serde_json::from_slice::<LoopEvent>(line)?.event;
            match event.kind.as_str() {
                "step.begin" => Some(Step::Begin),
                "step.end" if event.finish_reason.as_deref() == Some("error") => Some(Step::EndError),
                "step.end" => event.usage.map(Step::Usage),
                _ => None,
            }
        }
        "turn.step.retrying" => {
            let retrying: Retrying = serde_json::from_slice(line)?;
            Some(Step::Retrying(Ended {
                kind: retrying.error_name,
                message: retrying.error_message,
                status: retrying.status_code,
                request_id: None,
            }))
        }
        "turn.step.interrupted" => {
            let interrupted: Interrupted = serde_json::from_slice(line)?;
            Some(if interrupted.reason.as_deref() == Some("error") {
                Step::Failing(interrupted.message)
            } else {
                Step::Cancelled
            })
        }
        "turn.ended" => Some(step_of_turn_end(serde_json::from_slice(line)?)),
        _ => None,
    })
}

fn step_of_turn_end(turn: TurnEnded) -> Step {
    match (turn.reason.as_deref(), turn.error) {
        (Some("failed"), Some(error)) => {
            let details = error.details.unwrap_or_default();
            let from_provider = details.status_code.is_some()
                || error.code.as_deref().is_some_and(|c| c.starts_with("provider.") || c.starts_with("context."));
            let ended = Ended {
                kind: error.name.or(error.code),
                message: error.message,
                status: details.status_code,
                request_id: details.request_id,
            };
            if from_provider { Step::Failed(ended) } else { Step::Cancelled }
        }
        (Some("completed"), _) => Step::TurnDone,
        _ => Step::Cancelled,
    }
}

/// Session and agent, from `session_<uuid>/agents/<agent>/wire.jsonl`; the lines name the agent again.
fn identity(place: &Place) -> Agent {
    let mut folders: Vec<&str> = place.path.split('/').collect();
    folders.pop();
    let mut agent = "main";
    if let [.., "agents", id] = folders[..] {
        agent = id;
        folders.truncate(folders.len() - 2);
    }
    let session = session_of(&place.path).map(str::to_owned);
    Agent::new(session.unwrap_or_else(|| Place::session_of_folder(&folders.join("/"))), agent.to_owned())
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
