//! `kimi.log` of Kimi CLI, current and rotated.
//!
//! In: loguru lines in local time. Out: one row a step that completed, one a logged retry, one a failed step. The
//! log does not name the agent: all subagents write under their parent's session, so equal lines are different
//! agents. A completed step is stamped at its end, and its time includes retries and back-off.

use std::collections::{HashMap, VecDeque};

use super::failure::Failure;
use super::frame::Frame;
use super::{WITH_SILENT_RETRIES, at_most, fidelity, is_uuid, provider_of};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::{ErrorFields, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "kimi-cli-log",
    client: "kimi-cli",
    client_traits: super::TRAITS,
    rank: 1,
    // Log and wire stamp the same end up to 0.1 s apart; recordings on a clock 80 times faster reached 7 s.
    merge_tolerance_s: 10.0,
    program: "Kimi CLI 1.44.0 and 1.51.0 (kimi.log)",
    lives: &[
        "~/.kimi/logs/kimi.log and kimi.<date>.log (Linux, macOS)",
        r"%USERPROFILE%\.kimi\logs\kimi.log (Windows)",
        "KIMI_SHARE_DIR moves ~/.kimi",
    ],
    shows: "completed steps with input and output tokens, logged retries and failed steps with the whole error, model and provider",
    not_logged: "two silent retries of the SDK behind each row, the agent (subagents log under their parent's session), the start of failures, the time zone",
    established: "run (1.44.0, 1.51.0 against a local server), read (source of 1.44.0)",
};

/// `kimi.log`.
#[derive(Debug)]
pub struct KimiLog;

impl LogFormat for KimiLog {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        // A rotated file may begin inside a traceback, so every line of the head is asked.
        head.lines(usize::MAX).any(|l| std::str::from_utf8(l).is_ok_and(|l| Frame::read(l).is_some()))
    }

    fn needs(&self) -> &'static [&'static str] {
        &["input", "output"]
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }
}

/// What the configuration lines said when a session began.
#[derive(Clone, Debug, Default, PartialEq)]
struct Setup {
    provider: Option<&'static str>,
    model: Option<String>,
}

/// The file so far. Configuration lines carry no session; several programs write one file, so each belongs to the
/// session that was announced first and has none yet.
#[derive(Default)]
struct Parser {
    announced: VecDeque<String>,
    address: Option<&'static str>,
    setups: HashMap<String, Setup>,
    last: Option<Setup>,
    providers: Vec<Option<&'static str>>,
    /// When the prompt came that may go on in the lines that follow. It may hold a log that somebody pasted.
    prompted: Option<Time>,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let line = String::from_utf8_lossy(line);
        let Some(frame) = Frame::read(&line) else { return };
        if self.prompted.is_some_and(|prompt| frame.at < prompt) {
            return sink.problem(number, "a line older than the prompt that it stands in: quoted there, and left out");
        }
        sink.count_record();
        sink.mark_local_time();
        sink.note_time(frame.at);
        let message = frame.message;
        self.prompted = is_prompt(message).then_some(frame.at);
        if let Some(rest) = message.strip_prefix("LLM step completed in ") {
            self.emit_completed(&frame, rest, number, sink);
        } else if let Some(text) = retry_text(message) {
            self.emit_failure(&frame, text, false, number, sink);
        } else if let Some(text) = message.strip_prefix("Agent step ").and_then(after_step_number) {
            self.emit_failure(&frame, text, true, number, sink);
        } else {
            self.configuration(message);
        }
    }

    fn finish(self: Box<Self>, _: bool, sink: &mut Sink) {
        if let [Some(only)] = self.providers[..] {
            sink.provider(only);
        }
    }
}

impl Parser {
    fn emit_completed(&self, frame: &Frame<'_>, rest: &str, line: u64, sink: &mut Sink) {
        sink.need(line, "input", rest.contains("(input="));
        sink.need(line, "output", rest.contains("output="));
        let Some(step) = Completed::read(rest) else {
            sink.problem(line, "a completed step whose numbers cannot be read");
            return;
        };
        let broke_off = step.input.is_none() && step.output.is_none();
        let start = frame.at.plus(-step.elapsed_s);
        sink.attempt(Record {
            start: Some(start),
            start_low: Some(start),
            end: Some(frame.at),
            row_outcome: if broke_off { RowOutcome::Error } else { RowOutcome::Ok },
            broke_off,
            input_tokens: step.input,
            output_tokens: step.output,
            at_most: WITH_SILENT_RETRIES,
            fidelity: fidelity(WITH_SILENT_RETRIES),
            line,
            ..self.record(frame)
        });
    }

    fn emit_failure(&self, frame: &Frame<'_>, text: &str, ended_work: bool, line: u64, sink: &mut Sink) {
        let failure = Failure::read(text);
        let most = at_most(failure.status);
        sink.attempt(Record {
            end: Some(frame.at),
            row_outcome: RowOutcome::Error,
            status: failure.status,
            error: ErrorFields { kind: failure.kind.as_deref(), message: failure.message.as_deref() },
            request_id: failure.request_id.as_deref(),
            at_most: most,
            fidelity: fidelity(most),
            ended_work,
            line,
            ..self.record(frame)
        });
    }

    fn record<'a>(&'a self, frame: &Frame<'a>) -> Record<'a> {
        let setup = frame.session.and_then(|s| self.setups.get(s)).or(self.last.as_ref());
        Record {
            session: frame.session,
            provider: setup.and_then(|s| s.provider),
            model: setup.and_then(|s| s.model.as_deref()),
            ..Record::default()
        }
    }

    fn configuration(&mut self, message: &str) {
        if let Some(session) = message.strip_prefix("Created new session: ").or_else(|| continued_step(message)) {
            self.announced.push_back(session.trim().to_owned());
        } else if let Some(rest) = message.strip_prefix("Using LLM provider: ") {
            self.address = quoted_value(rest, "base_url=").and_then(provider_of);
        } else if let Some(rest) = message.strip_prefix("Using LLM model: ") {
            let provider = quoted_value(rest, "provider=").and_then(provider_of).or(self.address.take());
            let setup = Setup { provider, model: quoted_value(rest, "model=").map(str::to_owned) };
            if let Some(session) = self.announced.pop_front() {
                self.setups.insert(session, setup.clone());
            }
            if !self.providers.contains(&provider) {
                self.providers.push(provider);
            }
            self.last = Some(setup);
        }
    }
}

/// Whether the message ends with what the user typed, line ends and all.
fn is_prompt(message: &str) -> bool {
    message.starts_with("Running agent ") || message.starts_with("Running soul ") || message.contains("user input: ")
}

/// `Continuing session: ID`, `Continuing previous session: ID`.
fn continued_step(message: &str) -> Option<&str> {
    message.strip_prefix("Continuing ")?.rsplit(' ').next().filter(|id| is_uuid(id))
}

/// The value behind `key` in single or double quotes.
fn quoted_value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let at = text.match_indices(key).map(|(at, _)| at).find(|at| *at == 0 || text[..*at].ends_with(' '))?;
    let value = &text[at + key.len()..];
    let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    value[1..].split_once(quote).map(|(v, _)| v)
}

/// The error in `Retrying step for the 1 time (last error: ERROR). Waiting 0.6 seconds.`
fn retry_text(message: &str) -> Option<&str> {
    let (what, rest) = message.strip_prefix("Retrying ")?.split_once(" for the ")?;
    let (times, rest) = rest.split_once(" time (last error: ")?;
    let plain = !what.contains(' ') && times.bytes().all(|b| b.is_ascii_digit());
    rest.rsplit_once("). Waiting ").map(|(error, _)| error).filter(|_| plain)
}

/// The error in `19 failed: ERROR`.
fn after_step_number(rest: &str) -> Option<&str> {
    let (number, error) = rest.split_once(" failed: ")?;
    number.bytes().all(|b| b.is_ascii_digit()).then_some(error)
}

/// `9.1s (input=14415, output=288)`.
struct Completed {
    elapsed_s: f64,
    input: Option<u64>,
    output: Option<u64>,
}

impl Completed {
    fn read(rest: &str) -> Option<Self> {
        let (elapsed, rest) = rest.split_once("s (input=")?;
        let (input, output) = rest.strip_suffix(')')?.split_once(", output=")?;
        let elapsed_s = elapsed.parse().ok().filter(|s: &f64| s.is_finite() && *s >= 0.0)?;
        Some(Self { elapsed_s, input: count(input)?, output: count(output)? })
    }
}

/// A number, or `?` for one that the client does not know.
fn count(text: &str) -> Option<Option<u64>> {
    if text == "?" { Some(None) } else { text.parse().ok().map(Some) }
}

#[cfg(test)]
#[path = "log_tests.rs"]
mod tests;
