//! `kimi-code.log` of Kimi Code: the global one, those of sessions, and rotated ones.
//!
//! In: one framed line an event, in UTC. Out: one row a request that got an answer. The log does not name the agent:
//! all subagents print `turnStep=0.1`, so answers are paired with requests by time (`pairs`), when the whole
//! file is known. A failure that found no request has no start.

use std::collections::BTreeMap;

use super::fields::Frame;
use super::pairs::{Open, Sent};
use super::{bare_message, leading_status, provider_of, session_of};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "kimi-code-log",
    client: "kimi-code",
    client_traits: super::TRAITS,
    rank: 1,
    // Log and wire stamp the same end up to 0.03 s apart; recordings on a clock 80 times faster reached 5 s.
    merge_tolerance_s: 10.0,
    program: "Kimi Code 2.1.0 (kimi-code.log)",
    lives: &[
        "~/.kimi-code/logs/kimi-code.log, kimi-code.log.1 ... (Linux, macOS)",
        "~/.kimi-code/sessions/wd_*/session_*/logs/kimi-code.log",
        r"%USERPROFILE%\.kimi-code\... (Windows)",
        "KIMI_CODE_HOME moves ~/.kimi-code",
    ],
    shows: "every request, its answer with output tokens or its failure with status and message",
    not_logged: "the agent, input tokens, request ids, sometimes a failure for lack of quota; with -p sometimes the last line",
    established: "run (2.1.0 against a local server), read (source of August 2026)",
};

/// Rank of a log that names no session: the same lines may be in a session's own log.
const GLOBAL_RANK: u8 = 0;

/// `kimi-code.log`.
#[derive(Debug)]
pub struct KimiCodeLog;

impl LogFormat for KimiCodeLog {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(200).filter_map(|l| std::str::from_utf8(l).ok()).filter_map(Frame::read).any(|frame| {
            let known = ["llm config", "llm request", "llm response", "llm request failed"].contains(&frame.message);
            known || frame.message.starts_with("minidb query-store ") || frame.message.starts_with("session index ")
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["turnStep", "outputTokens", "errorMessage"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { session: session_of(&place.path).map(str::to_owned), ..Parser::default() })
    }
}

/// A response or a failure, until its request is found.
#[derive(Debug)]
struct Answer {
    step: String,
    at: Time,
    line: u64,
    model: Option<String>,
    provider: Option<&'static str>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Response { took_s: f64, output: Option<u64> },
    Failure { name: Option<String>, message: Option<String>, status: Option<u16> },
}

#[derive(Debug, Default)]
struct Parser {
    session: Option<String>,
    model: Option<String>,
    provider: Option<&'static str>,
    open: BTreeMap<String, Open>,
    answers: Vec<Answer>,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let line = String::from_utf8_lossy(line);
        let Some(frame) = Frame::read(&line) else {
            if line.contains("... dropped ") && line.contains(" entries ...") {
                sink.problem(number, "the client left out entries here");
            }
            return;
        };
        sink.count_record();
        sink.note_time(frame.at);
        let step = || frame.get("turnStep").map(|s| s.into_owned());
        match (frame.message, step()) {
            ("llm config", _) => {
                self.model = frame.get("model").map(|m| m.into_owned());
                self.provider = provider_of(frame.get("modelAlias").as_deref());
            }
            ("llm request", Some(step)) => {
                sink.need(number, "turnStep", true);
                self.open.entry(step).or_default().send(Sent { at: frame.at, line: number });
            }
            ("llm response", Some(step)) => {
                sink.need(number, "outputTokens", frame.get("outputTokens").is_some());
                self.answer(&frame, step, number, response(&frame));
            }
            ("llm request failed", Some(step)) => {
                sink.need(number, "errorMessage", frame.get("errorMessage").is_some());
                self.answer(&frame, step, number, failure(&frame));
            }
            ("llm request" | "llm response" | "llm request failed", None) => {
                sink.need(number, "turnStep", false);
                sink.problem(number, "an llm line without turnStep");
            }
            (message, _) if message.starts_with("... dropped ") => {
                sink.problem(number, "the client left out entries here");
            }
            _ => {}
        }
    }

    fn finish(mut self: Box<Self>, _: bool, sink: &mut Sink) {
        self.answers.sort_by_key(|a| (matches!(a.kind, Kind::Failure { .. }), a.at, a.line));
        let mut answers = std::mem::take(&mut self.answers)
            .into_iter()
            .map(|answer| (self.take_request(&answer), answer))
            .collect::<Vec<_>>();
        answers.sort_by_key(|(_, a)| a.line);
        for (sent, answer) in &answers {
            sink.attempt(self.record(*sent, answer));
        }
        for sent in self.open.values().flat_map(Open::unanswered) {
            sink.open(Record {
                start: Some(sent.at),
                session: self.session.as_deref(),
                model: self.model.as_deref(),
                provider: self.provider,
                rank: self.session.is_none().then_some(GLOBAL_RANK),
                line: sent.line,
                ..Record::default()
            });
        }
    }
}

impl Parser {
    fn answer(&mut self, frame: &Frame<'_>, step: String, line: u64, kind: Kind) {
        let (model, provider) = (self.model.clone(), self.provider);
        self.answers.push(Answer { step, at: frame.at, line, model, provider, kind });
    }

    fn take_request(&mut self, answer: &Answer) -> Option<Time> {
        let open = self.open.get_mut(&answer.step)?;
        let sent = match answer.kind {
            Kind::Response { took_s, .. } => open.take_nearest(answer.at.plus(-took_s), answer.at),
            Kind::Failure { .. } => open.take_first(answer.at),
        };
        sent.map(|s| s.at)
    }

    fn record<'a>(&'a self, sent: Option<Time>, answer: &'a Answer) -> Record<'a> {
        let base = Record {
            start: sent,
            end: Some(answer.at),
            session: self.session.as_deref(),
            model: answer.model.as_deref(),
            provider: answer.provider,
            rank: self.session.is_none().then_some(GLOBAL_RANK),
            fidelity: if sent.is_some() { Fidelity::Observed } else { Fidelity::Inferred },
            at_most: 1,
            line: answer.line,
            ..Record::default()
        };
        match &answer.kind {
            Kind::Response { took_s, output } => {
                let broke_off = *output == Some(0);
                Record {
                    start: sent.or(Some(answer.at.plus(-took_s))),
                    row_outcome: if broke_off { RowOutcome::Error } else { RowOutcome::Ok },
                    broke_off,
                    output_tokens: output.filter(|n| *n > 0),
                    ..base
                }
            }
            Kind::Failure { name, message, status } => Record {
                row_outcome: RowOutcome::Error,
                status: *status,
                error: ErrorFields { kind: name.as_deref(), message: message.as_deref() },
                ..base
            },
        }
    }
}

fn response(frame: &Frame<'_>) -> Kind {
    let took_ms = frame.number("ttftMs").unwrap_or(0.0) + frame.number("streamDurationMs").unwrap_or(0.0);
    Kind::Response { took_s: took_ms / 1000.0, output: frame.number("outputTokens").map(|n| n as u64) }
}

fn failure(frame: &Frame<'_>) -> Kind {
    let message = frame.get("errorMessage");
    let status = frame.number("statusCode").map(|n| n as u16).filter(|s| (100..=599).contains(s));
    Kind::Failure {
        name: frame.get("errorName").map(|n| n.into_owned()),
        status: status.or_else(|| leading_status(message.as_deref()?)),
        message: message.map(|m| bare_message(&m).to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::{Class, Outcome};

    fn read(path: &str, lines: &[&str]) -> Parsed {
        let lines: Vec<String> = lines.iter().map(|l| format!("2026-01-02T03:04:{l}\n")).collect();
        parse(&KimiCodeLog, path, lines.concat().as_bytes())
    }

    #[test]
    fn subagents_share_step_names_and_are_paired_by_time() {
        let parsed = read(
            "sessions/wd_a/session_1/logs/kimi-code.log",
            &[
                "01.000Z INFO  llm config  turnStep=0.1 provider=openai model=m modelAlias=kimi-code/m toolCount=2",
                "01.000Z INFO  llm request  turnStep=0.1",
                "03.000Z INFO  llm request  turnStep=0.1",
                "03.500Z WARN  llm request failed  turnStep=0.1 model=k errorName=E errorMessage=\"429 Too many\" statusCode=429",
                "31.000Z INFO  llm response  turnStep=0.1 ttftMs=29000 streamDurationMs=990 outputTokens=5",
                "32.000Z INFO  llm request  turnStep=0.2",
            ],
        );
        let [refused, admitted] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!(refused.end.unwrap().since(refused.start), 0.5, "the failure is the second request's");
        assert_eq!(admitted.end.unwrap().since(admitted.start), 30.0);
        assert_eq!((refused.outcome, refused.status), (Outcome::Refused, Some(429)));
        assert_eq!(text(&parsed, refused.error_message), "Too many");
        let actual = [admitted.session, admitted.agent, admitted.model, admitted.provider].map(|id| text(&parsed, id));
        assert_eq!(actual, ["session_1", "-", "m", "kimi-code"]);
        assert_eq!(parsed.unanswered, 1);
    }

    #[test]
    fn no_output_is_a_stream_that_broke() {
        let parsed =
            read("x", &["01.000Z INFO  llm response  turnStep=0.1 ttftMs=175 streamDurationMs=3 outputTokens=0"]);
        let row = &parsed.attempts[0];
        assert_eq!((row.outcome, row.class, row.fidelity), (Outcome::Admitted, Class::Network, Fidelity::Inferred));
        assert_eq!((row.rank, row.tokens.output.get()), (0, None));
    }

    #[test]
    fn a_failure_without_its_request_has_no_start() {
        let line = "01.000Z WARN  llm request failed  turnStep=0.1 errorName=APIConnectionError errorMessage=\"Connection error.\"";
        let row = read("x", &[line]).attempts[0];
        assert_eq!((row.class, row.outcome, row.start_read), (Class::Network, Outcome::Refused, false));
    }

    #[test]
    fn left_out_entries_are_a_problem() {
        let parsed = read("x", &["01.000Z WARN  ... dropped 12 entries ..."]);
        assert_eq!(parsed.problems[0].reason, "the client left out entries here");
    }

    #[test]
    fn recognised_by_its_own_messages() {
        let global = "2026-01-02T03:04:05.678Z INFO  minidb query-store opening  dir=/x shardCount=16\n";
        assert_eq!(format_id(global), Some("kimi-code-log"));
        assert_eq!(format_id("2026-01-02T03:04:05.678Z INFO  server started  port=1\n"), None);
    }
}
