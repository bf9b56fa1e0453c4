//! One line of a Python log, whatever frame the program gave it.
//!
//! In: a line. Out: its stamp and what it says. Always: the frame is at the beginning and short, so that a line
//! that quotes another one, in a prompt or in a tool's result, says nothing.

use memchr::memmem;

use crate::formats::dates::{self, Dates, StampTime};
use crate::formats::http::headers::Headers;
use crate::formats::stamp;
use crate::model::Time;

/// Longest frame between the beginning of a line and its message: stamp, level, logger, thread, file.
const LONGEST_FRAME: usize = 160;

/// Words that every line of interest has one of.
const MARKS: [&[u8]; 6] = [
    b"HTTP Request: ",
    b"HTTP Response: ",
    b"Retrying request",
    b"Error code: ",
    b"Sending HTTP Request",
    b"receive_response_headers.complete",
];

/// Loggers whose lines are read.
const LOGGERS: [&str; 4] = ["httpx", "openai", "anthropic", "LiteLLM"];

/// Whether a line may be of interest: a cheap test before all others.
pub(super) fn is_marked(line: &[u8]) -> bool {
    MARKS.iter().any(|m| memmem::find(line, m).is_some())
}

/// A line.
#[derive(Debug, PartialEq)]
pub(super) struct Line<'a> {
    /// Its stamp.
    pub(super) at: Stamped,
    /// What it says.
    pub(super) message: Message<'a>,
}

/// The stamp of a line.
#[derive(Debug, PartialEq, Clone, Copy)]
pub(super) enum Stamped {
    /// It has none.
    Not,
    /// An instant.
    At(Time),
    /// A date and time without a zone.
    Local(Time),
    /// A stamp that lacks its date.
    NoDate,
    /// A stamp that lacks its year.
    NoYear,
}

/// What a line says.
#[derive(Debug, PartialEq, Clone, Copy)]
pub(super) enum Message<'a> {
    /// A request is sent to an address.
    Sending(&'a str),
    /// An answer came.
    Answer {
        /// From where.
        url: &'a str,
        /// Its status.
        status: u16,
    },
    /// Headers of the answer that the next line of httpx logs, as httpcore prints them.
    Received {
        /// The answer's status.
        status: u16,
        /// The printed list of pairs.
        headers: &'a str,
    },
    /// Headers of an answer, as Python prints them.
    Headers {
        /// The answer's status.
        status: u16,
        /// The printed dict.
        headers: &'a str,
    },
    /// The SDK tries again; of which path, if it says.
    Retrying(Option<&'a str>),
    /// An answer's line that has another shape than those that are known.
    Unread,
    /// An error that reached the program.
    Error {
        /// Its status.
        status: u16,
        /// From `Error code:` on.
        text: &'a str,
    },
}

impl<'a> Line<'a> {
    /// Reads a line; `None` for one of no interest.
    pub(super) fn read(line: &'a str, dates: &mut Dates) -> Option<Self> {
        let (at, rest) = read_stamp(line);
        if at != Stamped::Not {
            return Some(Self { at, message: message(rest, true)? });
        }
        // The frame is a home-made one: its date and its time are somewhere before the message.
        let mark = MARKS.iter().filter_map(|m| memmem::find(line.as_bytes(), m)).min()?;
        let frame = &line[..mark.min(LONGEST_FRAME)];
        let Some(stamp) = dates::find(frame) else {
            return Some(Self { at: Stamped::Not, message: message(line, false)? });
        };
        let message = message(line, true)?;
        Some(Self { at: stamped_from(dates.resolve(&stamp)), message })
    }

    /// Whether it is about a call of a model and has its time, or with a part of it: enough to know the log by.
    pub(super) fn is_of_a_call(&self) -> bool {
        let url = match self.message {
            Message::Sending(url) | Message::Answer { url, .. } => url,
            Message::Unread => return self.at != Stamped::Not,
            _ => return false,
        };
        self.at != Stamped::Not && crate::formats::http::api::is_call(url)
    }
}

/// What a stamp lacks, or its time.
pub(super) fn stamped_from(time: StampTime) -> Stamped {
    match time {
        StampTime::At(at) => Stamped::At(at),
        StampTime::Local(at) => Stamped::Local(at),
        StampTime::NoDate => Stamped::NoDate,
        StampTime::NoYear => Stamped::NoYear,
    }
}

/// The stamp at the beginning of a line, and what follows it. A bracket may precede it.
fn read_stamp(line: &str) -> (Stamped, &str) {
    let bare = line.strip_prefix('[').unwrap_or(line);
    let end = bare.char_indices().take(40).find(|(_, c)| !is_of_stamp(*c)).map_or(bare.len(), |(at, _)| at);
    // A blank between date and time belongs to the stamp, one behind it does not.
    let token = bare[..end].trim_end_matches([' ', '-', ':']);
    let (text, rest) = bare.split_at(token.len());
    let dotted = text.replace(',', ".");
    if let Some(at) = stamp::rfc3339(&dotted) {
        return (Stamped::At(at), rest);
    }
    if stamp::lacks_zone(&dotted)
        && let Some(at) = stamp::rfc3339(&format!("{dotted}Z"))
    {
        return (Stamped::Local(at), rest);
    }
    (Stamped::Not, line)
}

fn is_of_stamp(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '-' | ':' | ' ' | 'T' | 'Z' | '.' | ',' | '+')
}

/// Whether the text before a message is a frame, not somebody's words: it quotes nothing, apart from values of
/// `key="value"`, and closes each bracket. Braces may hold a place in the source, as Airflow's do: `{_client.py:1025}`.
fn is_frame(frame: &str) -> bool {
    let frame = ["msg=\"", "message=\"", "event=\"", "event='", "msg='"]
        .iter()
        .find_map(|m| frame.strip_suffix(m))
        .unwrap_or(frame);
    let (mut quoted, mut open, mut before) = (false, 0_i32, ' ');
    for (at, c) in frame.char_indices() {
        let rest = &frame[at + c.len_utf8()..];
        match c {
            '"' if quoted => quoted = false,
            '"' if before == '=' => quoted = true,
            '{' if is_place(rest) => open += 1,
            '"' | '\'' | '{' => return false,
            '}' => open -= 1,
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        before = c;
    }
    !quoted && open == 0
}

/// `_client.py:1025} INFO`: a place in the source up to the closing brace.
fn is_place(rest: &str) -> bool {
    rest.split_once('}').is_some_and(|(place, _)| {
        !place.is_empty() && place.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-/:".contains(&b))
    })
}

fn message(rest: &str, has_stamp: bool) -> Option<Message<'_>> {
    if !has_stamp && let Some(message) = traceback(rest) {
        return Some(message);
    }
    let framed = |mark: &str| {
        let at = rest.find(mark).filter(|at| *at <= LONGEST_FRAME)?;
        // Text in quotes or braces is no frame but somebody's words.
        is_frame(&rest[..at]).then_some((&rest[..at], &rest[at + mark.len()..]))
    };
    let by_logger = |frame: &str| LOGGERS.iter().any(|l| frame.contains(l));
    if let Some((frame, message)) = framed("Sending HTTP Request: ")
        && by_logger(frame)
    {
        return message.split(' ').nth(1).map(Message::Sending);
    }
    if let Some((frame, message)) = framed("HTTP Request: ") {
        // Many frames name no logger; the shape of an answer is enough then.
        let named = || by_logger(frame) && names_call(message);
        return answer(message).or_else(|| named().then_some(Message::Unread));
    }
    if let Some((frame, message)) = framed("receive_response_headers.complete return_value=(")
        && frame.contains("httpcore")
    {
        // `b'HTTP/1.1', 429, b'Too Many Requests', [(b'retry-after', b'1')])`; of HTTP/2 `429, [(b'retry-after', b'1')])`.
        let (answer, headers) = message.split_once('[')?;
        let status = answer.split(", ").find_map(status)?;
        return Some(Message::Received { status, headers });
    }
    if let Some((frame, message)) = framed("HTTP Response: ")
        && by_logger(frame)
    {
        let (request, headers) = message.split_once("\" Headers(")?;
        let status = status(request.rsplit_once(" \"")?.1)?;
        return Some(Message::Headers { status, headers });
    }
    if let Some((frame, message)) = framed("Retrying request") {
        let path = message.strip_prefix(" to ").and_then(|s| s.split(' ').next());
        return (by_logger(frame) || path.is_some()).then_some(Message::Retrying(path));
    }
    let (frame, message) = framed("Error code: ").filter(|(frame, _)| has_stamp && is_error_frame(frame))?;
    error(message, &rest[frame.len()..])
}

/// `POST URL "HTTP/1.1 429 Too Many Requests"`.
fn answer(message: &str) -> Option<Message<'_>> {
    // In a value of `msg="..."` the quotes are escaped.
    let (request, rest) = message.split_once(" \"HTTP/").or_else(|| message.split_once(" \\\"HTTP/"))?;
    let (method, url) = request.split_once(' ')?;
    let (_, code) = rest.split_once(' ')?;
    (method == "POST" && !url.contains(' ')).then_some(Message::Answer { url, status: status(code)? })
}

/// Whether a line of httpx is about a call of a model.
fn names_call(message: &str) -> bool {
    message.starts_with("POST ") && message.split([' ', '"', '\'']).any(crate::formats::http::api::is_call)
}

/// The last line of a traceback: `openai.RateLimitError: Error code: 429 - {...}`.
fn traceback(line: &str) -> Option<Message<'_>> {
    let (class, rest) = line.split_once(": Error code: ")?;
    let package = class.starts_with("openai.") || class.starts_with("anthropic.");
    let plain = class.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_'));
    if !package || !plain {
        return None;
    }
    error(rest, &line[class.len() + 2..])
}

/// An error line's frame has its level.
fn is_error_frame(frame: &str) -> bool {
    let frame = frame.to_ascii_lowercase();
    ["error", "warn", "critical"].iter().any(|l| frame.contains(l))
}

fn error<'a>(message: &'a str, text: &'a str) -> Option<Message<'a>> {
    let status = status(message).filter(|_| message.get(3..).is_some_and(|rest| rest.starts_with(" - ")))?;
    Some(Message::Error { status, text })
}

fn status(text: &str) -> Option<u16> {
    text.get(..3)?.parse().ok().filter(|s| (100..600).contains(s))
}

/// Reads `(b'server', b'x'), (b'retry-after', b'1')])`.
pub(super) fn pairs(printed: &str, into: &mut Headers) {
    for pair in printed.trim_start_matches('(').split("), (") {
        if let Some((name, value)) = pair.strip_prefix("b'").and_then(|p| p.split_once("', b'")) {
            into.take(name, value.trim_end_matches([')', ']', '\'']));
        }
    }
}

/// Reads `{'server': 'x', 'retry-after': '1'})`. A value with a quote in it is cut there, which costs only itself.
pub(super) fn headers(printed: &str, into: &mut Headers) {
    for pair in printed.trim_start_matches('{').split("', '") {
        if let Some((name, value)) = pair.split_once("': '") {
            into.take(name.trim_start_matches('\''), value.trim_end_matches(['}', ')', '\'']));
        }
    }
}
