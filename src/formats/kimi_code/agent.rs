//! The open request of one agent, and how it ends.
//!
//! In: the events of a wire, in order. Out: one row a request that got an answer. An agent has at most one request
//! open. A request that was cancelled, or whose program died, got no answer and is only counted.

use serde::Deserialize;

use super::{bare_message, leading_status, provider_of};
use crate::formats::Sink;
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

/// Tokens as the client counts them.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Usage {
    input_other: Option<u64>,
    output: Option<u64>,
    input_cache_read: Option<u64>,
    input_cache_creation: Option<u64>,
}

impl Usage {
    /// A stream that broke is written down with zeros everywhere: no answer has zero input.
    fn is_zero(self) -> bool {
        [self.input_other, self.output, self.input_cache_read, self.input_cache_creation].iter().all(|n| *n == Some(0))
    }
}

/// What a failure says.
#[derive(Clone, Debug, Default)]
pub(super) struct Ended {
    /// Class of the error.
    pub(super) kind: Option<String>,
    /// Message, with the client's prefixes.
    pub(super) message: Option<String>,
    /// HTTP status.
    pub(super) status: Option<u16>,
    /// The provider's request id.
    pub(super) request_id: Option<String>,
}

/// What a line says about the agent's request.
#[derive(Debug)]
pub(super) enum Step {
    /// A step began; its request follows.
    Begin,
    /// A request left.
    Request { model: Option<String>, alias: Option<String> },
    /// An answer was complete.
    Usage(Usage),
    /// The step ended with an error; another line says which.
    EndError,
    /// The request failed and another one follows.
    Retrying(Ended),
    /// The request failed and ends the turn; `Failed` should follow with the details.
    Failing(Option<String>),
    /// The turn failed.
    Failed(Ended),
    /// The user or the client gave the turn up.
    Cancelled,
    /// The turn is complete.
    TurnDone,
}

#[derive(Debug)]
struct Open {
    at: Time,
    /// The request itself was logged, not only the begin of its step.
    sent: bool,
    failed_at: Option<Time>,
    failing: Option<(Option<String>, u64, Time)>,
}

/// One agent.
#[derive(Debug)]
pub(super) struct Agent {
    session: String,
    /// The agent's name.
    pub(super) agent: String,
    model: Option<String>,
    provider: Option<&'static str>,
    open: Option<Open>,
}

impl Agent {
    /// An agent that has not sent anything yet.
    pub(super) fn new(session: String, agent: String) -> Self {
        Self { session, agent, model: None, provider: None, open: None }
    }

    /// Takes one line's word.
    pub(super) fn step(&mut self, step: Step, at: Time, line: u64, sink: &mut Sink) {
        match step {
            Step::Begin => self.begin(at, false, sink),
            Step::Request { model, alias } => {
                self.begin(at, true, sink);
                self.provider = provider_of(alias.as_deref());
                self.model = model;
            }
            Step::Usage(usage) => self.emit_answer(usage, at, line, sink),
            Step::EndError => {
                if let Some(open) = &mut self.open {
                    open.failed_at = Some(at);
                }
            }
            Step::Retrying(failure) => self.emit_failure(&failure, false, (at, line), sink),
            Step::Failing(message) => {
                if let Some(open) = &mut self.open {
                    open.failing = Some((message, line, at));
                }
            }
            Step::Failed(failure) => {
                if self.open.is_some() {
                    self.emit_failure(&failure, true, (at, line), sink);
                }
            }
            Step::Cancelled | Step::TurnDone => self.close(sink),
        }
    }

    /// The file or the turn ended: a failure that is known only by its first line is emitted now.
    pub(super) fn close(&mut self, sink: &mut Sink) {
        let Some(open) = &mut self.open else { return };
        if let Some((message, line, at)) = open.failing.take() {
            let status = message.as_deref().and_then(leading_status);
            let kind = message.as_deref().and_then(|m| Some(m.strip_prefix('[')?.split_once(']')?.0.to_owned()));
            self.emit_failure(&Ended { kind, message, status, request_id: None }, true, (at, line), sink);
        } else if self.open.take().is_some_and(|o| o.sent) {
            sink.count_unanswered();
        }
    }

    /// The file ended: a request without an answer is in flight.
    pub(super) fn finish(&mut self, sink: &mut Sink) {
        match self.open.take_if(|o| o.sent && o.failing.is_none()) {
            Some(open) => sink.open(Record { end: None, ..self.record(Some(&open), open.at, 0) }),
            None => self.close(sink),
        }
    }

    fn begin(&mut self, at: Time, sent: bool, sink: &mut Sink) {
        let only_step = self.open.as_ref().is_some_and(|o| !o.sent && o.failing.is_none());
        if !only_step {
            self.close(sink);
        }
        self.open = Some(Open { at, sent, failed_at: None, failing: None });
    }

    fn emit_answer(&mut self, usage: Usage, at: Time, line: u64, sink: &mut Sink) {
        // A step's usage is logged twice, by usage.record and by step.end; the first one closes the request.
        let Some(open) = self.open.take() else { return };
        let broke_off = usage.is_zero();
        let complete_usage = if broke_off { None } else { Some(usage) };
        sink.attempt(Record {
            row_outcome: if broke_off { RowOutcome::Error } else { RowOutcome::Ok },
            broke_off,
            input_tokens: complete_usage.and_then(|u| u.input_other),
            output_tokens: complete_usage.and_then(|u| u.output),
            cache_read_tokens: complete_usage.and_then(|u| u.input_cache_read),
            cache_write_tokens: complete_usage.and_then(|u| u.input_cache_creation),
            ..self.record(Some(&open), at, line)
        });
    }

    fn emit_failure(&mut self, failure: &Ended, ended_work: bool, (at, line): (Time, u64), sink: &mut Sink) {
        let open = self.open.take();
        let end = open.as_ref().and_then(|o| o.failed_at).unwrap_or(at);
        let status = failure.status.or_else(|| leading_status(failure.message.as_deref()?));
        sink.attempt(Record {
            row_outcome: RowOutcome::Error,
            status,
            error: ErrorFields { kind: failure.kind.as_deref(), message: failure.message.as_deref().map(bare_message) },
            request_id: failure.request_id.as_deref(),
            ended_work,
            ..self.record(open.as_ref(), end, line)
        });
    }

    fn record(&self, open: Option<&Open>, end: Time, line: u64) -> Record<'_> {
        Record {
            start: open.map(|o| o.at),
            end: Some(end),
            session: Some(&self.session),
            agent: Some(&self.agent),
            model: self.model.as_deref(),
            provider: self.provider,
            fidelity: if open.is_some_and(|o| o.sent) { Fidelity::Observed } else { Fidelity::Inferred },
            at_most: 1,
            line,
            ..Record::default()
        }
    }
}
