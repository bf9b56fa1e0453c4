//! `log/opencode.log` (one pair list a line, UTC milliseconds) and the older `log/<time>.log` (whole seconds).
//!
//! In: lines. Out: a row for each `message=stream` that an error line closed, with the error's text; a row for each other
//! one that the session went on after, or that the file's end left open with the run still writing lines: success has no
//! line of its own. Only these two messages and `message=process` (which names the message) are looked at; the log does
//! not hold prompts or answers, and titles and commands are quoted values.

use std::collections::BTreeMap;

use super::logfmt::Pairs;
use super::{TOLERANCE_S, class_and_text, provider as provider_of};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "opencode-log",
    client: "opencode",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 3,
    merge_tolerance_s: TOLERANCE_S,
    program: "opencode 1.18.33 (opencode.log); older ones as reported",
    lives: &[
        "~/.local/share/opencode/log/*.log (Linux, macOS)",
        r"%USERPROFILE%\.local\share\opencode\log (Windows)",
        "XDG_DATA_HOME moves ~/.local/share",
    ],
    shows: "every attempt's start with session and agent, and the text of every failure",
    not_logged: "status, tokens, headers; the end of a success, which has no line; the last lines of a run, which are lost when it exits; up to two retries of the request for a title; before about 1.17 everything but failures",
    established: "run (1.18.33 against a local server); the older form as reported in issues",
};

/// `opencode.log`.
#[derive(Debug)]
pub struct OpencodeLog;

impl LogFormat for OpencodeLog {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(60).any(|l| {
            let Ok(l) = std::str::from_utf8(l) else { return false };
            // The line's own pairs, and not those that a line of another log quotes.
            let begins = l.split_once('=').is_some_and(|(key, _)| !key.is_empty() && key.bytes().all(is_of_key));
            let words = [" level=", " run=", " message=", "timestamp="].iter().filter(|w| l.contains(**w)).count();
            begins && words >= 3 || old(l).is_some_and(|(_, rest)| rest.contains("service="))
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["timestamp", "message", "session.id", "providerID", "error.error"]
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }
}

fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')
}

/// Session and agent.
type Agent = (String, String);

#[derive(Debug)]
struct Open {
    at: Time,
    line: u64,
    provider: Option<String>,
    model: Option<String>,
    message: Option<String>,
}

#[derive(Debug, Default)]
struct Parser {
    open: BTreeMap<Agent, Open>,
    /// The message that a session works on.
    message: BTreeMap<String, String>,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let text = String::from_utf8_lossy(line);
        if let Some((at, rest)) = old(&text) {
            sink.count_record();
            sink.note_time(at);
            return old_failure(rest, at, number, sink);
        }
        if !text.contains(" level=") {
            return;
        }
        let keys = [
            "timestamp",
            "message",
            "session.id",
            "agent",
            "providerID",
            "modelID",
            "messageID",
            "error.error",
            "version",
        ];
        let [stamp, message, session, agent, provider, model, id, error, version] = Pairs::of(&text).take(keys);
        sink.count_record();
        sink.need(number, "timestamp", stamp.is_some());
        sink.need(number, "message", message.is_some());
        let (Some(at), Some(message)) = (stamp.as_deref().and_then(stamp::rfc3339), message) else { return };
        sink.note_time(at);
        match &*message {
            "created" => {
                if let Some(version) = version {
                    sink.note_version(&version);
                }
            }
            "process" => {
                if let (Some(session), Some(id)) = (session, id) {
                    self.message.insert(session.into_owned(), id.into_owned());
                }
            }
            "stream" | "stream error" => {
                sink.need(number, "session.id", session.is_some());
                sink.need(number, "providerID", provider.is_some());
                let Some(session) = session.map(|s| s.into_owned()) else { return };
                let agent = agent.map_or_else(|| "-".to_owned(), |a| a.into_owned());
                if &*message == "stream error" {
                    sink.need(number, "error.error", error.is_some());
                    self.emit_failure(
                        (session, agent),
                        error.as_deref(),
                        [provider.as_deref(), model.as_deref()],
                        (at, number),
                        sink,
                    );
                    return;
                }
                let id = self.message.get(&session).filter(|_| agent != TITLE).cloned();
                let open = Open {
                    at,
                    line: number,
                    provider: provider.map(|p| p.into_owned()),
                    model: model.map(|m| m.into_owned()),
                    message: id,
                };
                let agent = (session, agent);
                if let Some(before) = self.open.insert(agent.clone(), open) {
                    went_well(&agent, &before, sink);
                }
            }
            _ => {}
        }
    }

    fn finish(self: Box<Self>, _: bool, sink: &mut Sink) {
        // What became of these only the database knows. Most went well: a failure has a line, an answer has none.
        for (agent, open) in &self.open {
            went_well(agent, open, sink);
        }
    }
}

impl Parser {
    fn emit_failure(
        &mut self,
        agent: Agent,
        error: Option<&str>,
        [provider, model]: [Option<&str>; 2],
        (at, line): (Time, u64),
        sink: &mut Sink,
    ) {
        let open = self.open.remove(&agent);
        let (kind, text) = error.map_or((None, ""), class_and_text);
        // The user's cancel is an error of the stream too.
        if kind.is_some_and(|k| k.contains("Abort")) {
            sink.count_unanswered();
            return;
        }
        sink.attempt(Record {
            start: open.as_ref().map(|o| o.at),
            end: Some(at),
            row_outcome: RowOutcome::Error,
            error: ErrorFields { kind, message: Some(text).filter(|t| !t.is_empty()) },
            provider: provider.map(provider_of),
            model,
            session: Some(&agent.0),
            agent: Some(&agent.1),
            fidelity: match (agent.1 == TITLE, open.is_some()) {
                (true, _) => Fidelity::Collapsed,
                (false, true) => Fidelity::Observed,
                (false, false) => Fidelity::Inferred,
            },
            at_most: at_most(&agent),
            line,
            ..Record::default()
        });
    }
}

/// The agent that names a session.
const TITLE: &str = "title";

/// The request for a title is sent through the SDK with its two retries, which are not logged; the others are not.
fn at_most(agent: &Agent) -> u8 {
    if agent.1 == TITLE { 3 } else { 1 }
}

fn went_well(agent: &Agent, open: &Open, sink: &mut Sink) {
    sink.attempt(Record {
        start: Some(open.at),
        row_outcome: RowOutcome::Ok,
        provider: open.provider.as_deref().map(provider_of),
        model: open.model.as_deref(),
        session: Some(&agent.0),
        agent: Some(&agent.1),
        same_as: open.message.as_deref(),
        fidelity: Fidelity::Inferred,
        at_most: at_most(agent),
        line: open.line,
        ..Record::default()
    });
}

/// `LEVEL 2026-02-07T14:03:34 +6ms rest`: UTC without a zone.
fn old(line: &str) -> Option<(Time, &str)> {
    let rest = ["INFO ", "WARN ", "ERROR ", "DEBUG "].iter().find_map(|l| line.strip_prefix(l))?.trim_start();
    let (stamp, rest) = rest.split_once(' ')?;
    let (step, rest) = rest.split_once(' ')?;
    let time = stamp::rfc3339(&format!("{stamp}Z")).filter(|_| stamp.len() == 19)?;
    (step.starts_with('+') && step.ends_with("ms")).then_some((time, rest))
}

fn old_failure(rest: &str, at: Time, line: u64, sink: &mut Sink) {
    if !rest.contains("service=session.processor") || !rest.contains(" stack=") {
        return;
    }
    let [service, provider, model, session, stack] =
        Pairs::of(rest).take(["service", "providerID", "modelID", "sessionID", "stack"]);
    let Some(stack) = stack.filter(|_| service.as_deref() == Some("session.processor")) else { return };
    let first = stack.lines().next().unwrap_or_default();
    let (kind, text) = class_and_text(first.split("\\n").next().unwrap_or(first));
    sink.attempt(Record {
        end: Some(at),
        row_outcome: RowOutcome::Error,
        error: ErrorFields { kind, message: Some(text) },
        provider: provider.as_deref().map(provider_of),
        model: model.as_deref(),
        session: session.as_deref(),
        fidelity: Fidelity::Inferred,
        at_most: 1,
        line,
        ..Record::default()
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::formats::testing::{format_id, parse, text};

    fn line(at: &str, rest: &str) -> String {
        format!("timestamp=2026-01-02T03:04:{at}Z level=INFO run=a1 {rest}\n")
    }

    fn stream(at: &str, agent: &str) -> String {
        line(
            at,
            &format!(
                "message=stream providerID=anthropic modelID=m session.id=ses_1 small=false agent={agent} mode=primary"
            ),
        )
    }

    fn error(at: &str, text: &str) -> String {
        line(
            at,
            &format!(
                "message=\"stream error\" providerID=anthropic modelID=m session.id=ses_1 small=false agent=build mode=primary error.error=\"{text}\""
            ),
        )
    }

    fn read(lines: &[String]) -> Parsed {
        parse(&OpencodeLog, "opencode.log", lines.concat().as_bytes())
    }

    #[test]
    fn an_error_closes_its_stream_and_the_next_one_is_another_attempt() {
        let parsed = read(&[
            line("01.000", "message=created id=ses_1 version=1.18.33 title=\"message=stream x\""),
            stream("01.500", "title"),
            line("01.900", "message=process session.id=ses_1 messageID=msg_1"),
            stream("02.000", "build"),
            error("02.250", "AI_APICallError: slow down: 3, please"),
            stream("03.000", "build"),
        ]);
        let actual: Vec<_> = parsed
            .attempts
            .iter()
            .map(|a| (text(&parsed, a.agent), text(&parsed, a.error_message), a.request_hash != 0))
            .collect();
        assert_eq!(actual, [("build", "slow down: 3, please", false), ("build", "-", true), ("title", "-", false)]);
        let refused = &parsed.attempts[0];
        assert_eq!(
            (refused.end.unwrap().since(refused.start), text(&parsed, refused.error_kind)),
            (0.25, "AI_APICallError")
        );
        assert_eq!(parsed.attempts[1].end, None);
        assert!(parsed.problems.is_empty());
    }

    #[test]
    fn quoted_errors_and_other_messages_are_none() {
        let parsed = read(&[
            line(
                "01.000",
                "message=created title=\"x message=\\\"stream error\\\" error.error=\\\"429\\\" session.id=ses_1\"",
            ),
            line("02.000", "message=\"Failed to fetch models.dev\" cause=\"Cause(429)\""),
            "message=\"stream error\" error.error=\"AI_APICallError: 429\"\n".to_owned(),
            error("03.000", "AbortError: The user said stop"),
        ]);
        assert!(parsed.attempts.is_empty(), "{:?}", parsed.attempts);
    }

    #[test]
    fn the_older_form_tells_failures() {
        let old = "ERROR 2026-02-07T14:03:34 +6ms service=session.processor providerID=openai error=Too Many Requests stack=\"AI_APICallError: Too Many Requests\\n at x\" process\n";
        assert_eq!(format_id(old), Some("opencode-log"));
        let parsed = parse(&OpencodeLog, "x", old.as_bytes());
        assert_eq!(text(&parsed, parsed.attempts[0].error_message), "Too Many Requests");
        assert_eq!(parsed.attempts[0].end.unwrap().rfc3339(), "2026-02-07T14:03:34.000Z");
    }

    #[test]
    fn a_renamed_field_is_an_alarm() {
        let good = [stream("02.000", "build"), error("02.250", "AI_APICallError: x")].concat();
        assert!(parse(&OpencodeLog, "x", good.as_bytes()).problems.is_empty());
        for field in OpencodeLog.needs() {
            let renamed = good.replace(&format!("{field}="), &format!("{field}New="));
            assert_eq!(format_id(&renamed), Some("opencode-log"), "{field}");
            let problems = parse(&OpencodeLog, "x", renamed.as_bytes()).problems;
            assert!(problems.iter().any(|p| p.reason.contains("this why429 does not know")), "{field}: {problems:?}");
        }
    }
}
