//! uvicorn behind a stamp: vLLM, SGLang, LiteLLM's proxy and servers of one's own, in a log that dates its lines.
//!
//! In: `STAMP ... ADDRESS:PORT - "POST /v1/chat/completions HTTP/1.1" 429 Too Many Requests`, where a logging format, a container's
//! runtime or a log daemon wrote the stamp. Out: one row a request. uvicorn writes the line with the answer's first bytes, so that
//! neither the start nor the end of a stream is known. Lines without a stamp are none of these.

use chrono::NaiveDateTime;

use super::{LineKind, Lines, Served, names_call, recognises, target};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, stamp};
use crate::model::Time;

static INFO: FormatInfo = FormatInfo {
    id: "uvicorn-access",
    client: "uvicorn",
    client_traits: crate::formats::ClientTraits::gateway(22),
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "uvicorn access lines with a stamp (vLLM, SGLang, LiteLLM's proxy, servers of one's own)",
    lives: &[
        "standard output of the server, behind a container's runtime or a log daemon, or with %(asctime)s in its logging format (Linux, macOS, Windows)",
    ],
    shows: "every request to a model API with the time of its answer's first bytes and its status",
    not_logged: "starts, ends of streams, error texts, tokens, models, agents, retry-after, which side spoke",
    established: "run (the line: uvicorn of litellm 1.106.2); the frames: read",
};

/// uvicorn.
#[derive(Debug)]
pub struct Uvicorn;

impl LogFormat for Uvicorn {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        recognises(head, read)
    }

    fn stateless(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser(Lines::new(read)))
    }
}

struct Parser(Lines);

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let text = String::from_utf8_lossy(&line[..line.len().min(80)]);
        if read_stamp(&text).is_some_and(|(_, is_local)| is_local) {
            sink.mark_local_time();
        }
        self.0.line(line, number, sink);
    }

    fn finish(self: Box<Self>, _: bool, _: &mut Sink) {}
}

fn read(text: &str, number: u64, then: &mut dyn FnMut(LineKind<'_>)) {
    match line(text, number) {
        Some(served) => then(LineKind::Request(&served)),
        None if text.contains("uvicorn") && read_stamp(text).is_some() && names_call(text) => then(LineKind::Unread),
        None => {}
    }
}

fn line(text: &str, line: u64) -> Option<Served<'_>> {
    let asked = read_asked(text)?;
    let (at, _) = read_stamp(asked.before)?;
    Some(Served { end: Some(at), status: asked.status, target: asked.target, line, ..Served::default() })
}

/// A request to a model in an access line.
pub(super) struct Asked<'a> {
    /// The text before it, to the end of the client's address.
    before: &'a str,
    target: &'a str,
    pub(super) status: u16,
}

/// The request of `... ADDRESS:PORT - "POST PATH HTTP/1.1" STATUS`. KServe puts the number of its process behind the address.
pub(super) fn read_asked(text: &str) -> Option<Asked<'_>> {
    let (before, rest) = text.split_once(" - \"POST ")?;
    let is_address = |word: &str| word.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let process = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    let mut words = before.rsplit(' ');
    let last = words.next()?;
    let is_asked_by = is_address(last) || (process(last) && words.next().is_some_and(is_address));
    if !is_asked_by {
        return None;
    }
    let end = before.len() + " - \"".len();
    let (_, after) = rest.split_once('"')?;
    let request = &text[end..text.len() - after.len() - 1];
    let status = after.trim_start().split([' ', '"']).next()?.parse().ok().filter(|s| (100..600).contains(s))?;
    Some(Asked { before, target: target(request)?, status })
}

/// The stamp at the begin of a line, and whether it lacks a zone: RFC 3339, or the local time of Python's logging, perhaps in brackets.
fn read_stamp(text: &str) -> Option<(Time, bool)> {
    let text = text.trim_start_matches(['[', '(', '"']);
    let first = text.split([' ', ']']).next()?;
    if let Some(at) = stamp::rfc3339(first) {
        return Some((at, false));
    }
    let (local, rest) = text.split_at_checked(19)?;
    let at = NaiveDateTime::parse_from_str(&local.replacen('T', " ", 1), "%Y-%m-%d %H:%M:%S").ok()?;
    let millis: f64 = rest
        .strip_prefix([',', '.'])
        .and_then(|f| f.get(..3))
        .and_then(|f| f.parse::<u16>().ok())
        .map_or(0.0, |ms| f64::from(ms) / 1000.0);
    Some((Time::from_local(at).plus(millis), true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse};
    use crate::model::Class;

    #[test]
    fn a_stamp_makes_its_lines_a_log() {
        let bare = "INFO:     10.0.0.5:50000 - \"POST /v1/chat/completions HTTP/1.1\" 429 Too Many Requests";
        assert_eq!(format_id(bare), None);
        let framed = format!("2026-05-12T09:00:00.5Z {bare}");
        assert_eq!(format_id(&framed), Some("uvicorn-access"));
        let lines = [
            framed,
            "2026-05-12T09:00:01Z INFO:     10.0.0.5:50000 - \"GET /health HTTP/1.1\" 200 OK".to_owned(),
            format!("2026-05-12T09:00:02Z {}", bare.replace("429 Too Many Requests", "200 OK")),
        ];
        let parsed = parse(&Uvicorn, "vllm.log", lines.join("\n").as_bytes());
        let actual: Vec<_> =
            parsed.attempts.iter().map(|a| (a.class, a.end.unwrap().rfc3339(), a.start_read)).collect();
        assert_eq!(
            actual,
            [
                (Class::RateLimited, "2026-05-12T09:00:00.500Z".to_owned(), false),
                (Class::Ok, "2026-05-12T09:00:02.000Z".to_owned(), false),
            ]
        );
        assert_eq!((parsed.other_requests, parsed.local_time), (1, false));
        let kserve = "2026-05-12 09:00:00.901 uvicorn.access INFO:     127.0.0.1:42226 1647689 - \"POST /openai/v1/chat/completions HTTP/1.1\" 503 Service Unavailable";
        assert_eq!(parse(&Uvicorn, "x", kserve.as_bytes()).attempts.len(), 1);
        let local = "2026-05-12 09:00:00,250 INFO uvicorn.access 10.0.0.5:1 - \"POST /v1/completions HTTP/1.1\" 503";
        let parsed = parse(&Uvicorn, "x", local.as_bytes());
        assert_eq!((parsed.attempts[0].class, parsed.local_time), (Class::Overload, true));
    }
}
