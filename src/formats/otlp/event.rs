//! Claude Code's events: `api_request` for an answer, `api_error` for a failure, `api_retries_exhausted` for all tries of one.
//!
//! In: one `resourceLogs` element. Out: rows. An event's stamp is the end of a request; its start is the end minus `duration_ms`,
//! which is the last try's. `api_request` comes for the answer alone: the retries before it have no event, and as many may
//! hide as fit between the session's event before and its start. `api_retries_exhausted` tells how many tries there were and
//! how long they took: the first one left so long before. Source: run (2.1.332), and the program's monitoring documentation.

use std::collections::HashMap;

use super::attributes::Attributes;
use super::calls::SESSION;
use super::span::{LogRecord, Resource, time};
use crate::formats::{Sink, backoff};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

/// Requests behind an answer: the first and ten retries.
const AT_MOST: u8 = 11;

/// Seconds between them.
const WAITS: [f64; 10] = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 32.0, 32.0, 32.0];

/// The failure of a last try and the event that counts all of them come this close, in seconds.
const TOGETHER_S: f64 = 2.0;

/// The agent of a session, where no attribute names one.
const MAIN: &str = "main";

/// The last event of each session.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    last: HashMap<String, Time>,
}

/// One of the events that tell of requests, with what is common to them.
struct Event<'a> {
    own: Attributes<'a>,
    resource_session: Option<&'a str>,
    end: Time,
    line: u64,
}

pub(super) fn take(resource: &Resource, line: u64, sessions: &mut Sessions, sink: &mut Sink) {
    let all: Vec<&LogRecord> = resource.scope_logs.iter().flat_map(|s| &s.log_records).collect();
    let around = Attributes::of_pairs(&resource.resource.attributes).text(SESSION);
    // The event that counts all tries comes after the last one's own.
    let exhausted: Vec<Event<'_>> = all
        .iter()
        .filter(|r| name(r) == Some("api_retries_exhausted"))
        .filter_map(|r| Event::of(r, around, line))
        .collect();
    for record in all {
        sink.count_record();
        let Some(event) = Event::of(record, around, line) else {
            if name(record).is_some_and(|n| matches!(n, "api_request" | "api_error" | "api_retries_exhausted")) {
                sink.problem(line, "an event without a time; ignored");
            }
            continue;
        };
        let session = event.session().unwrap_or_default().to_owned();
        let before = sessions.last.get(&session).copied();
        match name(record) {
            Some("api_request") => event.emit_answer(before, sink),
            Some("api_error") => {
                let same =
                    |e: &&Event<'_>| e.session() == event.session() && e.end.since(event.end).abs() <= TOGETHER_S;
                event.emit_failure(exhausted.iter().find(same).is_some(), sink);
            }
            Some("api_retries_exhausted") => event.emit_exhausted(sink),
            _ => {}
        }
        let last = sessions.last.entry(session).or_insert(event.end);
        *last = (*last).max(event.end);
    }
}

/// The event's name without the program's.
fn name(record: &LogRecord) -> Option<&str> {
    let name = Attributes::of_pairs(&record.attributes).text(&["event.name"])?;
    Some(name.strip_prefix("claude_code.").unwrap_or(name))
}

impl<'a> Event<'a> {
    fn of(record: &'a LogRecord, resource_session: Option<&'a str>, line: u64) -> Option<Self> {
        Some(Self {
            own: Attributes::of_pairs(&record.attributes),
            resource_session,
            end: time(&record.time_unix_nano)?,
            line,
        })
    }

    fn session(&self) -> Option<&'a str> {
        self.own.text(SESSION).or(self.resource_session)
    }

    fn milliseconds(&self, key: &str) -> Option<f64> {
        self.own.number(&[key]).filter(|ms| (0.0..=86_400_000.0).contains(ms))
    }

    fn start(&self) -> Option<Time> {
        self.milliseconds("duration_ms").map(|ms| self.end.plus(-ms / 1000.0))
    }

    /// A session is one agent, but for its subagents, which run beside each other.
    fn agent(&self) -> Option<&'a str> {
        let is_subagent = self.own.text(&["query_source"]).is_some_and(|s| s.starts_with("agent:"));
        self.own.text(&["agent.name"]).or((!is_subagent).then_some(MAIN))
    }

    fn emit_answer(&self, before: Option<Time>, sink: &mut Sink) {
        let start = self.start();
        let tries = match (self.own.count(&["attempt"]), start) {
            (Some(tries), _) => tries.clamp(1, u64::from(u8::MAX)) as u8,
            (None, Some(start)) => backoff::at_most(before, start, &WAITS, AT_MOST),
            (None, None) => AT_MOST,
        };
        sink.attempt(Record {
            start,
            start_low: start,
            row_outcome: RowOutcome::Ok,
            input_tokens: self.own.count(&["input_tokens"]),
            output_tokens: self.own.count(&["output_tokens"]),
            cache_read_tokens: self.own.count(&["cache_read_tokens"]),
            cache_write_tokens: self.own.count(&["cache_creation_tokens"]),
            fidelity: if tries > 1 { Fidelity::Collapsed } else { Fidelity::Inferred },
            at_most: tries,
            try_number: self.own.count(&["attempt"]).map_or(0, |_| tries),
            ..self.row()
        });
    }

    /// The last try of a request that failed. `counted`: another event counts the tries before it.
    fn emit_failure(&self, counted: bool, sink: &mut Sink) {
        let start = self.start();
        let tries = self.own.count(&["attempt"]).unwrap_or(1).clamp(1, u64::from(u8::MAX)) as u8;
        let tries = if counted { 1 } else { tries };
        sink.attempt(Record {
            start,
            start_low: start,
            fidelity: if tries > 1 { Fidelity::Collapsed } else { Fidelity::Inferred },
            at_most: tries,
            try_number: if counted { 0 } else { tries },
            ended_work: true,
            ..self.refusal_record()
        });
    }

    /// All tries of a request but the last, which another event shows: one row that begins when the first one was sent.
    fn emit_exhausted(&self, sink: &mut Sink) {
        let tries = self.own.count(&["total_attempts"]).unwrap_or(1).clamp(1, u64::from(u8::MAX)) as u8;
        sink.need(self.line, "total_retry_duration_ms", self.milliseconds("total_retry_duration_ms").is_some());
        let Some(ms) = self.milliseconds("total_retry_duration_ms").filter(|_| tries > 1) else { return };
        let start = Some(self.end.plus(-ms / 1000.0));
        sink.attempt(Record {
            start,
            start_low: start,
            end: None,
            fidelity: Fidelity::Collapsed,
            at_most: tries - 1,
            request_id: None,
            ..self.refusal_record()
        });
    }

    fn refusal_record(&self) -> Record<'a> {
        // An error without a status is one without an answer.
        let kind = self.own.status().is_none().then_some("APIConnectionError");
        let message = self.own.text(&["error"]);
        Record {
            row_outcome: RowOutcome::Error,
            status: self.own.status(),
            error: ErrorFields { kind, message },
            ..self.row()
        }
    }

    fn row(&self) -> Record<'a> {
        Record {
            end: Some(self.end),
            provider: Some("claude-code"),
            model: self.own.text(&["model"]),
            session: self.session(),
            agent: self.agent(),
            request_id: self.own.text(&["request_id"]),
            line: self.line,
            ..Record::default()
        }
    }
}
