//! Cline and Roo Code: `ui_messages.json` of a task.
//!
//! In: one JSON array, which these programs write in one line; or its messages, one a line. Out: a row for each request that ended, and one for each
//! `api_req_retry_delayed` and `api_req_failed`. A request's message is filled in later (tokens, or why it was cancelled)
//! and stays one message through its retries. What is said in the task (`say: text`, tools, asks) is not looked at.

use serde::Deserialize;

use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, own};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "cline-task",
    client: "cline",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "Cline, Roo Code (ui_messages.json)",
    lives: &[
        "~/.config/Code/User/globalStorage/{saoudrizwan.claude-dev,rooveterinaryinc.roo-cline}/tasks/<id>/ui_messages.json (Linux)",
        "~/Library/Application Support/Code/User/globalStorage/... (macOS)",
        r"%APPDATA%\Code\User\globalStorage\... (Windows)",
        "the same in Code - Insiders, VSCodium, Cursor and Windsurf, and below ~/.vscode-server/data/User/globalStorage",
        "kilocode.kilo-code/tasks beside them (Kilo Code, until its own database)",
        "~/.cline/data/tasks (Cline's terminal program)",
        "CLINE_DATA_DIR moves ~/.cline/data",
        "CLINE_DIR moves ~/.cline",
    ],
    shows: "each request's start, tokens, retries and failures with their text",
    not_logged: "provider and model; the end of a request (the next message's time is taken)",
    established: "read (message types in Roo Code's source); not run, no failure file was at hand",
};

/// Tasks of Cline and Roo.
#[derive(Debug)]
pub struct ClineTask;

impl LogFormat for ClineTask {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let start = head.bytes.trim_ascii_start();
        let has = |m: &str| memchr::memmem::find(&start[..start.len().min(4096)], m.as_bytes()).is_some();
        let marks = ["\"ts\":", "\"type\":\"say\"", "\"say\":\""];
        // Of a list all may be looked at; of a line the message's own keys.
        let list = start.starts_with(b"[{\"") && marks.iter().filter(|m| has(m)).count() >= 2;
        list || head.lines(1).any(|l| own::count(l, &marks) >= 2)
    }

    fn lists(&self) -> bool {
        true
    }

    fn needs(&self) -> &'static [&'static str] {
        &["ts", "type", "text"]
    }

    fn open(&self, place: &Place) -> Box<dyn LineParser> {
        let task = place.upwards().nth(1).unwrap_or_default();
        let session = if task.is_empty() { Place::session_of_folder("") } else { task.to_owned() };
        Box::new(Parser { session, open: None })
    }
}

#[derive(Deserialize)]
struct Message {
    ts: Option<f64>,
    #[serde(rename = "type")]
    kind: Option<String>,
    say: Option<String>,
    ask: Option<String>,
    text: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Request {
    tokens_in: Option<u64>,
    tokens_out: Option<u64>,
    cache_reads: Option<u64>,
    cache_writes: Option<u64>,
    cancel_reason: Option<String>,
    streaming_failed_message: Option<String>,
}

struct Open {
    start: Option<Time>,
    request: Request,
}

struct Parser {
    session: String,
    open: Option<Open>,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let messages = if line.starts_with(b"[") {
            serde_json::from_slice::<Vec<Message>>(line)
        } else {
            serde_json::from_slice::<Message>(line).map(|m| vec![m])
        };
        let Ok(messages) = messages else {
            sink.problem(number, "neither a message nor a whole list of them; not read");
            return;
        };
        messages.into_iter().for_each(|message| self.message(message, number, sink));
    }

    fn finish(self: Box<Self>, _: bool, sink: &mut Sink) {
        if let Some(open) = &self.open {
            sink.open(Record { start: open.start, ..self.row(0) });
        }
    }
}

impl Parser {
    fn message(&mut self, message: Message, number: u64, sink: &mut Sink) {
        sink.count_record();
        let at = message.ts.and_then(|ms| Time::from_secs(ms / 1000.0));
        sink.need(number, "ts", at.is_some());
        sink.need(number, "type", message.kind.is_some());
        let Some(at) = at else { return };
        sink.note_time(at);
        let what = message.say.as_deref().or(message.ask.as_deref()).unwrap_or_default();
        let about_request = matches!(what, "api_req_started" | "api_req_retry_delayed" | "api_req_failed");
        if about_request {
            sink.need(number, "text", message.text.is_some());
        }
        let text = message.text.unwrap_or_default();
        match what {
            "api_req_retry_delayed" | "api_req_failed" => {
                let start = self.open.as_mut().and_then(|o| o.start.take());
                self.emit_failure(&text, start, at, what == "api_req_failed", number, sink);
            }
            "api_req_started" => {
                let open = self.open.take();
                self.close(open, at, number, sink);
                self.open = Some(Open { start: Some(at), request: serde_json::from_str(&text).unwrap_or_default() });
            }
            // Between retries and while a message streams nothing else is said about the request.
            "api_req_retried" | "api_req_deleted" | "api_req_finished" => {}
            _ => {
                let open = self.open.take();
                self.close(open, at, number, sink);
            }
        }
    }

    fn close(&self, open: Option<Open>, at: Time, line: u64, sink: &mut Sink) {
        let Some(Open { start, request }) = open else { return };
        let record = Record { start, end: Some(at), ..self.row(line) };
        match request.cancel_reason.as_deref() {
            Some("streaming_failed") => {
                let message = request.streaming_failed_message.as_deref();
                sink.attempt(Record {
                    row_outcome: RowOutcome::Error,
                    broke_off: true,
                    error: ErrorFields { kind: None, message },
                    ..record
                });
            }
            // Retries that were exhausted have been logged one by one.
            Some(_) => sink.count_unanswered(),
            // It has failed, and no retry brought anything: its tokens are those that were sent.
            None if start.is_none() && request.tokens_out.unwrap_or(0) == 0 => {}
            None if request.tokens_in.is_some() || request.tokens_out.is_some() => sink.attempt(Record {
                row_outcome: RowOutcome::Ok,
                input_tokens: request.tokens_in,
                output_tokens: request.tokens_out,
                cache_read_tokens: request.cache_reads,
                cache_write_tokens: request.cache_writes,
                ..record
            }),
            None => {}
        }
    }

    fn emit_failure(&self, text: &str, start: Option<Time>, at: Time, ended: bool, line: u64, sink: &mut Sink) {
        let (first, rest) = text.split_once(['\n', ' ']).unwrap_or((text, ""));
        let status = first.parse::<u16>().ok().filter(|s| (100..=599).contains(s));
        // What follows is the client's own: how often, and for how long it waits.
        let message = if status.is_some() { rest } else { text };
        let message = message.split("\nRetry attempt").next().unwrap_or(message);
        sink.attempt(Record {
            start,
            end: Some(at),
            row_outcome: RowOutcome::Error,
            status,
            error: ErrorFields { kind: None, message: Some(message.trim()).filter(|m| !m.is_empty()) },
            ended_work: ended,
            ..self.row(line)
        });
    }

    fn row(&self, line: u64) -> Record<'_> {
        Record {
            session: Some(&self.session),
            agent: Some("main"),
            at_most: 1,
            fidelity: Fidelity::Inferred,
            line,
            ..Record::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::Outcome;

    const TASK: &str = r#"[{"ts":1777891200000,"type":"say","say":"text","text":"429 api_req_failed"},{"ts":1777891201000,"type":"say","say":"api_req_started","text":"{\"request\":\"429\",\"tokensIn\":5,\"tokensOut\":7,\"cacheReads\":2,\"cacheWrites\":0}"},{"ts":1777891203000,"type":"say","say":"api_req_retry_delayed","text":"429\nRate limit: slow down\nRetry attempt 1\nRetrying in 5 seconds"},{"ts":1777891210000,"type":"say","say":"text","text":"done"},{"ts":1777891211000,"type":"say","say":"api_req_started","text":"{\"request\":\"x\"}"},{"ts":1777891212000,"type":"ask","ask":"api_req_failed","text":"429 no more"}]"#;

    #[test]
    fn retries_and_failures_are_rows_and_words_are_not() {
        assert_eq!(format_id(TASK), Some("cline-task"));
        let parsed = parse(&ClineTask, "tasks/17/ui_messages.json", TASK.as_bytes());
        let actual: Vec<_> = parsed
            .attempts
            .iter()
            .map(|a| (a.outcome, a.status, text(&parsed, a.error_message), a.ended_work))
            .collect();
        assert_eq!(
            actual,
            [
                (Outcome::Refused, Some(429), "Rate limit: slow down", false),
                (Outcome::Admitted, None, "-", false),
                (Outcome::Refused, Some(429), "no more", true)
            ]
        );
        assert_eq!(
            (parsed.attempts[0].end.unwrap().since(parsed.attempts[0].start), parsed.attempts[1].tokens.total()),
            (2.0, Some(14))
        );
        assert_eq!(text(&parsed, parsed.attempts[0].session), "17");
        for field in ClineTask.needs() {
            let renamed = TASK.replace(&format!("\"{field}\":"), &format!("\"{field}New\":"));
            assert_eq!(format_id(&renamed), Some("cline-task"), "{field}");
            assert!(
                parse(&ClineTask, "x", renamed.as_bytes()).problems.iter().any(|p| p.reason.contains("does not know")),
                "{field}"
            );
        }
    }

    #[test]
    fn a_failed_request_that_was_not_retried_is_no_admission() {
        let started = |ts: u64, out: u32| {
            format!(
                r#"{{"ts":{ts},"type":"say","say":"api_req_started","text":"{{\"request\":\"x\",\"tokensIn\":900,\"tokensOut\":{out}}}"}}"#
            )
        };
        let failed = |ts: u64| format!(r#"{{"ts":{ts},"type":"ask","ask":"api_req_failed","text":"403 no credits"}}"#);
        let say_line = r#"{"ts":1777891230000,"type":"say","say":"text","text":"done"}"#.to_owned();
        let list = [
            started(1_777_891_200_000, 0),
            failed(1_777_891_201_000),
            started(1_777_891_210_000, 0),
            failed(1_777_891_211_000),
            started(1_777_891_220_000, 7),
            say_line,
        ];
        let parsed = parse(&ClineTask, "tasks/17/ui_messages.json", format!("[{}]", list.join(",")).as_bytes());
        let actual: Vec<_> = parsed.attempts.iter().map(|a| a.outcome).collect();
        assert_eq!(actual, [Outcome::Refused, Outcome::Refused, Outcome::Admitted]);
    }
}
