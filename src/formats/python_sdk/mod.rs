//! What the openai and anthropic SDKs and httpx write for Python: `OPENAI_LOG`, `ANTHROPIC_LOG`, or the program's own
//! logging. The LiteLLM SDK sends through httpx too and leaves the same lines.
//!
//! In: text lines in local time whose frame the program chose. Out: one row an HTTP answer, and one a request that got
//! none. The httpx line is written when the headers of the answer are there. Only DEBUG has when a request was sent, its
//! id and its headers; only an error line or a traceback has the text. DEBUG lines have bodies of requests, which
//! are not looked at.

mod line;
mod rich;

use line::{Line, Message, Stamped};
use rich::Rich;

use super::dates::{Dates, find};
use super::http::api;
use super::http::headers::{Headers, Meters};
use super::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::{ErrorFields, Fidelity, Record, Time};

static INFO: FormatInfo = FormatInfo {
    id: "python-sdk",
    client: "python-sdk",
    client_traits: crate::formats::ClientTraits::gateway(6),
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "openai 2.54 and anthropic 2.12 for Python, httpx: lines of INFO and DEBUG in any frame that has a date and a time",
    lives: &[
        "standard error of the program, wherever it is sent (Linux, macOS, Windows)",
        "OPENAI_LOG=debug and ANTHROPIC_LOG=debug switch it on",
    ],
    shows: "every HTTP answer with its status; with DEBUG also its start, request id, retry-after and limits in headers",
    not_logged: "with INFO all starts; ends of streams, tokens, models, the agent, the time zone; error texts unless the program logs them; with many requests at once also with DEBUG which start belongs to which answer",
    established: "run (openai 2.54, anthropic 2.12, httpx)",
};

/// Dates such as 05/12/2026 that nothing in the file or the options decides.
const ORDER_ASSUMED: &str = "dates such as 05/12/2026 are read month first; --log-date YYYY-MM-DD decides otherwise";

/// How long after an answer its error may be logged, in seconds.
const TEXT_AFTER_S: f64 = 2.0;

/// Requests that are waited for; more mean that their answers are not logged.
const OPEN: usize = 10_000;

/// Logs of the Python SDKs.
#[derive(Debug)]
pub struct PythonSdk;

impl LogFormat for PythonSdk {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let (mut rich, mut dates) = (Rich::default(), Dates::default());
        head.lines(400).any(|l| {
            if !line::is_marked(l) && !rich.is_open() {
                return false;
            }
            let text = String::from_utf8_lossy(l);
            let Some((text, _)) = rich.whole(&text, 0) else { return false };
            Line::read(&text, &mut dates).is_some_and(|l| l.is_of_a_call())
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["HTTP/"]
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }

    fn open_on(&self, place: &Place, head: &Head<'_>) -> Box<dyn LineParser> {
        Box::new(Parser { dates: Dates::of(head.lines(usize::MAX), place.named), ..Parser::default() })
    }
}

/// An answer, until it is known that no more lines tell of it.
#[derive(Debug)]
struct Answer {
    at: Time,
    start: Option<Time>,
    line: u64,
    status: u16,
    provider: Option<&'static str>,
    model: Option<String>,
    headers: Headers,
    text: Option<String>,
}

#[derive(Default)]
struct Parser {
    /// Requests that left, oldest first.
    sent: Vec<Time>,
    last: Option<Answer>,
    /// Failed answers that no retry has followed.
    unretried: u32,
    meters: Meters,
    /// Headers that httpcore logged, until httpx logs the answer that they belong to.
    received: Option<(u16, Headers)>,
    provider: Option<&'static str>,
    /// Completes stamps that lack something.
    dates: Dates,
    /// Joins what rich wrapped.
    rich: Rich,
}

impl LineParser for Parser {
    fn line(&mut self, bytes: &[u8], number: u64, sink: &mut Sink) {
        if !line::is_marked(bytes) && !self.rich.is_open() {
            self.find_date(bytes);
            return;
        }
        let text = String::from_utf8_lossy(bytes);
        let Some((text, number)) = self.rich.whole(&text, number) else { return };
        let Some(line) = Line::read(&text, &mut self.dates) else { return };
        let at = match line.at {
            Stamped::At(at) => at,
            Stamped::Local(at) => {
                sink.mark_local_time();
                at
            }
            _ => match self.dates.last().filter(|_| rich::omits_stamp(&text)) {
                Some(at) => at,
                None => return self.note_untimed(&line, number, sink),
            },
        };
        if self.dates.is_order_assumed {
            sink.problem(number, ORDER_ASSUMED);
            self.dates.is_order_assumed = false;
        }
        sink.count_record();
        sink.note_time(at);
        if let Message::Answer { .. } | Message::Unread = line.message {
            sink.need(number, "HTTP/", line.message != Message::Unread);
        }
        match line.message {
            Message::Sending(url) if api::is_call(url) && self.sent.len() < OPEN => self.sent.push(at),
            Message::Answer { url, status } if api::is_call(url) => self.take_answer(at, url, status, number, sink),
            Message::Received { status, headers } => {
                let mut received = Headers::default();
                line::pairs(headers, &mut received);
                self.received = Some((status, received));
            }
            Message::Headers { status, headers } => self.headers(status, headers),
            Message::Retrying(path) if path.is_none_or(is_sdk_path) => self.retrying(at, number, sink),
            Message::Error { status, text } => self.error(Some(at), status, text),
            _ => {}
        }
    }

    fn finish(mut self: Box<Self>, _: bool, sink: &mut Sink) {
        self.flush(sink);
        for sent in &self.sent {
            sink.open(Record { start: Some(*sent), ..Record::default() });
        }
    }
}

/// The SDK names the path below its base address: `/chat/completions`, `/responses`, `/v1/messages`.
fn is_sdk_path(path: &str) -> bool {
    api::is_call(path) || api::is_call(&format!("/v1{path}"))
}

impl Parser {
    /// A line of no interest, whose stamp may be of use to those that repeat it or have no date.
    fn find_date(&mut self, bytes: &[u8]) {
        if !self.dates.wants_every_line && !bytes.starts_with(b"[") {
            return;
        }
        let text = String::from_utf8_lossy(&bytes[..bytes.len().min(super::dates::LOOKED_AT)]);
        if let Some(stamp) = find(&text) {
            self.dates.resolve(&stamp);
        }
    }

    /// A traceback's last line has no stamp and belongs to the answer before it; an answer without one has no time.
    fn note_untimed(&mut self, line: &Line<'_>, number: u64, sink: &mut Sink) {
        match line.message {
            Message::Error { status, text } => self.error(None, status, text),
            Message::Answer { url, .. } if api::is_call(url) => sink.problem(
                number,
                match line.at {
                    Stamped::NoDate => "a request with a time of day but no date; --log-date YYYY-MM-DD names the day",
                    Stamped::NoYear => "a request whose date has no year; --log-date YYYY-MM-DD names it",
                    _ => "a request without a date and time; give the log a format with %(asctime)s",
                },
            ),
            _ => {}
        }
    }

    fn take_answer(&mut self, at: Time, url: &str, status: u16, line: u64, sink: &mut Sink) {
        self.flush(sink);
        // One request under way: its answer. Of several, nothing says which.
        let start = if self.sent.len() == 1 { self.sent.pop() } else { None };
        if start.is_none() && !self.sent.is_empty() {
            self.sent.remove(0);
        }
        self.provider = api::provider_of(url);
        self.unretried += u32::from(status >= 400);
        self.last = Some(Answer {
            at,
            start,
            line,
            status,
            provider: self.provider,
            model: api::model_in(url).map(str::to_owned),
            headers: self.received.take().filter(|(of, _)| *of == status).map(|(_, h)| h).unwrap_or_default(),
            text: None,
        });
    }

    fn headers(&mut self, status: u16, headers: &str) {
        if let Some(last) = self.last.as_mut().filter(|l| l.status == status) {
            line::headers(headers, &mut last.headers);
        }
    }

    /// The SDK retries a failed answer, or a request that got none, which only this line shows.
    fn retrying(&mut self, at: Time, line: u64, sink: &mut Sink) {
        if self.unretried > 0 {
            self.unretried -= 1;
            return;
        }
        self.flush(sink);
        let start = if self.sent.len() == 1 { self.sent.pop() } else { None };
        sink.attempt(Record {
            start,
            start_low: start,
            end: Some(at),
            error: ErrorFields { kind: Some("APIConnectionError"), message: None },
            provider: self.provider,
            fidelity: Fidelity::Inferred,
            at_most: 1,
            line,
            ..Record::default()
        });
    }

    fn error(&mut self, at: Option<Time>, status: u16, text: &str) {
        let is_its = |l: &&mut Answer| {
            l.status == status && l.text.is_none() && at.is_none_or(|t| t.since(l.at).abs() <= TEXT_AFTER_S)
        };
        if let Some(last) = self.last.as_mut().filter(is_its) {
            last.text = Some(text.to_owned());
        }
    }

    fn flush(&mut self, sink: &mut Sink) {
        let Some(answer) = self.last.take() else { return };
        self.meters.take(&answer.headers, (answer.at, answer.line), answer.provider, sink);
        sink.attempt(Record {
            start: answer.start,
            start_low: answer.start,
            end: Some(answer.at),
            status: Some(answer.status),
            error: ErrorFields { kind: None, message: answer.text.as_deref() },
            retry_after_s: answer.headers.retry_after_s(Some(answer.at)),
            request_id: answer.headers.request_id(),
            provider: answer.provider,
            model: answer.model.as_deref(),
            fidelity: if answer.start.is_some() { Fidelity::Observed } else { Fidelity::Inferred },
            at_most: 1,
            line: answer.line,
            ..Record::default()
        });
    }
}

#[cfg(test)]
mod tests;
