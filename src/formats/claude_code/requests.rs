//! The requests of a session one by one: from 2.1.300 on Claude Code writes an `api-request` line for each.
//!
//! In: those lines, and what the lines after them say. Out: a row for each request. It was admitted when a line refers to
//! it (`requestRef`). It failed when an error of its agent follows, or when its agent sends the next one without a word: the
//! terminal program and subagents retry without writing the error down. It is neither when its agent's log ends with it, and
//! when something new is asked after it, since a client that is still running writes the error down before that. A request
//! that the user interrupted was cancelled, unless it is in a run of silent retries.

use std::collections::{BTreeMap, VecDeque};

use super::lines::{RequestLine, Usage};
use crate::formats::Sink;
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

/// Requests without an answer that are remembered, in case an answer comes after the next one left.
const REMEMBERED: usize = 64;

/// A request beside the conversation (a title, say) whose answer no line refers to was retried if the next of its kind
/// follows within this time, in seconds: the longest pause between retries, with its jitter and the time of an answer.
const RETRY_WITHIN_S: f64 = 60.0;

/// The shortest pause before a retry, in seconds.
const FIRST_PAUSE_S: f64 = 0.5;

/// So many silent retries in a row before an interrupt make the interrupted request one of them.
const RUN: u32 = 2;

/// The error kind of a request that the user stopped.
const CANCELLED: &str = "cancelled by the user";

/// A request that left.
#[derive(Debug)]
pub(super) struct Request {
    id: String,
    pub(super) at: Time,
    pub(super) model: Option<String>,
    session: Option<String>,
    agent: String,
    line: u64,
}

/// The message that answered a request.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) model: Option<String>,
    pub(super) session: Option<String>,
    pub(super) end: Time,
    pub(super) usage: Usage,
    pub(super) line: u64,
}

#[derive(Debug, Default)]
enum Current {
    /// Nothing is under way.
    #[default]
    Idle,
    /// The last request failed, and the error was written down.
    Failed,
    Waiting(Request),
    Answered(Request, Message),
}

/// The requests of one agent for one purpose: they follow each other.
#[derive(Debug, Default)]
struct Queue {
    current: Current,
    /// Requests in a row that were followed by the next one without a word.
    silent: u32,
    /// How long after the first of them the next one left, in seconds.
    first_s: f64,
}

/// Agent and purpose; the purpose is empty for the conversation.
type Key = (String, String);

/// All requests of a file.
#[derive(Debug, Default)]
pub(super) struct Requests {
    /// Whether the file has any.
    pub(super) any: bool,
    queues: BTreeMap<Key, Queue>,
    /// Followed by the next one without a word.
    silent: VecDeque<Request>,
}

/// Purposes of requests that are the conversation itself.
fn is_conversation(source: &str) -> bool {
    ["sdk", "repl_main_thread", "agent:"].iter().any(|s| source.starts_with(s))
}

impl Requests {
    /// A request left.
    pub(super) fn take_request(&mut self, line: RequestLine, agent: &str, (at, number): (Time, u64), sink: &mut Sink) {
        self.any = true;
        let source = line.query_source.filter(|s| !is_conversation(s)).unwrap_or_default();
        let name = if source.is_empty() { agent.to_owned() } else { format!("{agent}/{source}") };
        let request = Request {
            id: line.id.unwrap_or_default(),
            at,
            model: line.params.and_then(|p| p.model),
            session: line.session_id,
            agent: name,
            line: number,
        };
        let is_beside = !source.is_empty();
        let queue = self.queues.entry((agent.to_owned(), source)).or_default();
        match std::mem::replace(&mut queue.current, Current::Waiting(request)) {
            Current::Waiting(before) => {
                let apart_s = at.since(before.at);
                if is_beside && !(0.0..=RETRY_WITHIN_S).contains(&apart_s) {
                    sink.count_unanswered();
                    return;
                }
                if queue.silent == 0 {
                    queue.first_s = apart_s;
                }
                queue.silent += 1;
                self.silent.push_back(before);
                if self.silent.len() > REMEMBERED
                    && let Some(oldest) = self.silent.pop_front()
                {
                    emit_silent_refusal(&oldest, sink);
                }
            }
            Current::Answered(request, message) => {
                queue.silent = 0;
                emit_answer(&request, &message, false, sink);
            }
            Current::Idle | Current::Failed => queue.silent = 0,
        }
    }

    /// A line with a part of an answer. Says whether the request that it answers is known; a line that names none answers the
    /// one that its agent waits for.
    pub(super) fn take_answer(
        &mut self,
        reference: Option<&str>,
        agent: &str,
        message: Message,
        sink: &mut Sink,
    ) -> bool {
        let Some(reference) = reference else {
            let Some(queue) = self.queues.get_mut(&(agent.to_owned(), String::new())) else { return false };
            return queue.take(|r| r.is_some(), message, sink);
        };
        let own = |(key, _): &(&Key, &mut Queue)| key.0 == agent;
        let mut queues = self.queues.iter_mut().filter(own).map(|(_, queue)| queue);
        if let Some(queue) = queues.find(|q| q.request().is_some_and(|r| r.id == reference)) {
            return queue.take(|r| r.is_some_and(|r| r.id == reference), message, sink);
        }
        // The answer came after its agent had sent the next request.
        if let Some(at) = self.silent.iter().position(|r| r.id == reference) {
            if let Some(request) = self.silent.remove(at) {
                emit_answer(&request, &message, false, sink);
            }
            return true;
        }
        // A request whose id cannot be read is answered by what comes next.
        let queue = self.queues.get_mut(&(agent.to_owned(), String::new()));
        queue.is_some_and(|q| q.take(|r| r.is_some_and(|r| r.id.is_empty()), message, sink))
    }

    /// The request that an error of its agent is about.
    pub(super) fn take_failed(&mut self, agent: &str) -> Option<Request> {
        let waiting = |(key, queue): &(&Key, &mut Queue)| key.0 == agent && queue.is_waiting();
        // The conversation comes first: its purpose is the empty one.
        let (_, queue) = self.queues.iter_mut().find(waiting)?;
        queue.silent = 0;
        match std::mem::replace(&mut queue.current, Current::Failed) {
            Current::Waiting(request) => Some(request),
            _ => None,
        }
    }

    /// Whether the agent's last request failed and no other left since: a further error is the same one.
    pub(super) fn has_failed(&self, agent: &str) -> bool {
        let queue = self.queues.get(&(agent.to_owned(), String::new()));
        queue.is_some_and(|q| matches!(q.current, Current::Failed))
    }

    /// The stream of the agent's last answer broke off. Says whether there is one.
    pub(super) fn take_break(&mut self, agent: &str, at: Time, sink: &mut Sink) -> bool {
        let Some(queue) = self.queues.get_mut(&(agent.to_owned(), String::new())) else { return false };
        match std::mem::replace(&mut queue.current, Current::Failed) {
            Current::Answered(request, message) => {
                emit_answer(&request, &Message { end: message.end.max(at), ..message }, true, sink);
                true
            }
            other => {
                queue.current = other;
                false
            }
        }
    }

    /// The user stopped the agent.
    pub(super) fn take_interrupt(&mut self, agent: &str, at: Time, sink: &mut Sink) {
        let Some(queue) = self.queues.get_mut(&(agent.to_owned(), String::new())) else { return };
        if !queue.is_waiting() {
            return;
        }
        if let Current::Waiting(request) = std::mem::take(&mut queue.current) {
            // The one before it took so long to be refused.
            let refused_after_s = queue.first_s - FIRST_PAUSE_S;
            if queue.silent >= RUN && at.since(request.at) > refused_after_s {
                emit_silent_refusal(&request, sink);
            } else {
                let kind = Some(CANCELLED);
                let error = ErrorFields { kind, message: None };
                sink.attempt(Record { end: Some(at), row_outcome: RowOutcome::Error, error, ..of(&request) });
            }
        }
    }

    /// Something new was asked: the agent had stopped waiting, and wrote no error down.
    pub(super) fn take_question(&mut self, agent: &str, sink: &mut Sink) {
        let Some(queue) = self.queues.get_mut(&(agent.to_owned(), String::new())) else { return };
        if queue.is_waiting() {
            queue.current = Current::Idle;
            sink.count_unanswered();
        }
    }

    /// The file has ended.
    pub(super) fn finish(self, sink: &mut Sink) {
        self.silent.iter().for_each(|request| emit_silent_refusal(request, sink));
        for queue in self.queues.into_values() {
            match queue.current {
                Current::Waiting(request) => sink.open(of(&request)),
                Current::Answered(request, message) => emit_answer(&request, &message, false, sink),
                Current::Idle | Current::Failed => {}
            }
        }
    }
}

impl Queue {
    fn is_waiting(&self) -> bool {
        matches!(self.current, Current::Waiting(_))
    }

    fn request(&self) -> Option<&Request> {
        match &self.current {
            Current::Waiting(request) | Current::Answered(request, _) => Some(request),
            Current::Idle | Current::Failed => None,
        }
    }

    /// Takes a part of the answer to the current request, if it is the one. An answer that names no request and has another
    /// message's id than the one before is not an answer to the same.
    fn take(&mut self, is_it: impl Fn(Option<&Request>) -> bool, part: Message, sink: &mut Sink) -> bool {
        if !is_it(self.request()) {
            return false;
        }
        let (current, is_new) = match std::mem::take(&mut self.current) {
            Current::Waiting(request) => (Current::Answered(request, part), false),
            Current::Answered(request, mut message) if message.id == part.id => {
                message.end = message.end.max(part.end);
                message.usage = message.usage.most(part.usage);
                (Current::Answered(request, message), false)
            }
            Current::Answered(request, message) => {
                emit_answer(&request, &message, false, sink);
                (Current::Idle, true)
            }
            other => (other, true),
        };
        self.current = current;
        self.silent = 0;
        !is_new
    }
}

/// What is known of a request by its own line.
fn of(request: &Request) -> Record<'_> {
    Record {
        start: Some(request.at),
        model: request.model.as_deref(),
        session: request.session.as_deref(),
        agent: Some(&request.agent),
        same_as: Some(&request.id),
        at_most: 1,
        fidelity: Fidelity::Observed,
        line: request.line,
        ..Record::default()
    }
}

/// Nothing says how it failed, nor when.
fn emit_silent_refusal(request: &Request, sink: &mut Sink) {
    sink.attempt(Record { row_outcome: RowOutcome::Error, ..of(request) });
}

fn emit_answer(request: &Request, message: &Message, broke_off: bool, sink: &mut Sink) {
    sink.attempt(Record {
        end: Some(message.end),
        row_outcome: if broke_off { RowOutcome::Error } else { RowOutcome::Ok },
        broke_off,
        input_tokens: message.usage.input_tokens,
        output_tokens: message.usage.output_tokens,
        cache_read_tokens: message.usage.cache_read_input_tokens,
        cache_write_tokens: message.usage.cache_creation_input_tokens,
        model: message.model.as_deref().or(request.model.as_deref()),
        session: message.session.as_deref().or(request.session.as_deref()),
        same_as: Some(&message.id),
        line: message.line,
        ..of(request)
    });
}

#[cfg(test)]
#[path = "requests_tests.rs"]
mod tests;
