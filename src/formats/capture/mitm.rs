//! mitmproxy's flow dumps (`mitmdump -w FILE`): a chain of tnetstrings, one a flow.
//!
//! In: bytes of `LENGTH:PAYLOAD}`. Out: one row a flow that calls a model. Only the keys that are needed are read. A chain
//! that breaks cannot be taken up again, since only lengths separate its flows: the rest is a problem.

use std::borrow::Cow;

use super::{Entry, TOLERANCE_S};
use crate::formats::http::api;
use crate::formats::http::headers::{Headers, Meters};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::Time;

static INFO: FormatInfo = FormatInfo {
    id: "mitm-flows",
    client: "capture",
    client_traits: crate::formats::ClientTraits::gateway(7),
    rank: 2,
    merge_tolerance_s: TOLERANCE_S,
    program: "mitmproxy 12.2.3 (flow dump of mitmdump -w)",
    lives: &["wherever it is saved (Linux, macOS, Windows)"],
    shows: "every recorded request with start, end, status, model, tokens, error text, request id, retry-after, and limits in headers",
    not_logged: "requests that did not pass the proxy; the agent; bodies in other encodings than gzip",
    established: "run (mitmproxy 12.2.3)",
};

/// Largest flow that is kept; larger ones are skipped and counted as problems.
const LARGEST: usize = 64 << 20;

/// Longest length in digits. More is no tnetstring.
const DIGITS: usize = 10;

/// So many of the keys that a flow has make a dump, whichever of them a version has renamed.
const OWN_KEYS: usize = 2;

/// mitmproxy.
#[derive(Debug)]
pub struct Mitm;

impl LogFormat for Mitm {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let Some((_, rest)) = length(head.bytes) else { return false };
        // Its first key, whatever that is, and one that every flow has among its first.
        let begins = matches!(split(rest), Some((b',' | b';', key, _)) if key.len() < 40);
        let part = |key: &[u8]| memchr::memmem::find(head.bytes, key).is_some();
        let parts: [&[u8]; 5] =
            [b"7:request;", b"8:response;", b"15:timestamp_start;", b"13:timestamp_end;", b"11:status_code;"];
        begins && parts.iter().filter(|p| part(p)).count() >= OWN_KEYS
    }

    fn needs(&self) -> &'static [&'static str] {
        &["request", "method", "path", "timestamp_start", "status_code", "timestamp_end", "headers"]
    }

    fn streams(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }
}

#[derive(Default)]
struct Parser {
    buffer: Vec<u8>,
    /// Bytes of a flow that is too large, still to be skipped.
    skip: usize,
    line: u64,
    broken: bool,
    meters: Meters,
}

impl LineParser for Parser {
    fn line(&mut self, _: &[u8], _: u64, _: &mut Sink) {}

    fn bytes(&mut self, block: &[u8], sink: &mut Sink) {
        if self.broken {
            return;
        }
        let skipped = self.skip.min(block.len());
        self.skip -= skipped;
        self.line += newlines(&block[..skipped]);
        self.buffer.extend_from_slice(&block[skipped..]);
        let mut used = 0;
        while !self.broken {
            let Some(taken) = self.next(used, sink) else { break };
            used += taken;
        }
        self.buffer.drain(..used);
    }

    fn finish(self: Box<Self>, cut: bool, sink: &mut Sink) {
        if !cut && !self.broken && (self.skip > 0 || !self.buffer.is_empty()) {
            sink.problem(self.line + 1, "the last flow is cut");
        }
    }
}

impl Parser {
    /// Reads the flow that begins at `from`; answers its bytes, or none until more have come.
    fn next(&mut self, from: usize, sink: &mut Sink) -> Option<usize> {
        let rest = &self.buffer[from..];
        let Some((size, payload)) = length(rest) else {
            if rest.len() > DIGITS || rest.iter().any(|b| !b.is_ascii_digit()) {
                self.broken = true;
                sink.problem(self.line + 1, "no flow begins here; the rest is not read");
            }
            return None;
        };
        let whole = rest.len() - payload.len() + size + 1;
        if whole > LARGEST {
            sink.problem(self.line + 1, "a flow of more than 64 MiB; skipped");
            let have = rest.len().min(whole);
            self.skip = whole - have;
            self.line += newlines(&rest[..have]);
            return Some(have);
        }
        if rest.len() < whole {
            return None;
        }
        let line = self.line + 1;
        if payload[size] == b'}' {
            sink.count_record();
            flow(&payload[..size], line, &mut self.meters, sink);
        } else {
            sink.problem(line, "not a flow; skipped");
        }
        self.line += newlines(&rest[..whole]);
        Some(whole)
    }
}

fn newlines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// `123:` and what follows.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let digits = bytes.iter().take(DIGITS + 1).take_while(|b| b.is_ascii_digit()).count();
    if digits == 0 || digits > DIGITS || bytes.get(digits) != Some(&b':') {
        return None;
    }
    let size = std::str::from_utf8(&bytes[..digits]).ok()?.parse().ok()?;
    Some((size, &bytes[digits + 1..]))
}

/// The first tnetstring: its type, its payload, and what follows.
fn split(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (size, rest) = length(bytes)?;
    let kind = *rest.get(size)?;
    Some((kind, &rest[..size], &rest[size + 1..]))
}

/// A value of a dict.
#[derive(Clone, Copy)]
struct Value<'a> {
    kind: u8,
    bytes: &'a [u8],
}

impl<'a> Value<'a> {
    fn text(self) -> Option<&'a str> {
        matches!(self.kind, b',' | b';').then(|| std::str::from_utf8(self.bytes).ok()).flatten()
    }

    fn number(self) -> Option<f64> {
        let number = matches!(self.kind, b'#' | b'^').then(|| std::str::from_utf8(self.bytes).ok()).flatten();
        number?.parse().ok().filter(|n: &f64| n.is_finite())
    }

    /// The value under a key, if this is a dict.
    fn get(self, key: &str) -> Option<Self> {
        if self.kind != b'}' {
            return None;
        }
        let mut rest = self.bytes;
        while let Some((_, name, after)) = split(rest) {
            let (kind, bytes, next) = split(after)?;
            if name == key.as_bytes() {
                return Some(Self { kind, bytes });
            }
            rest = next;
        }
        None
    }

    /// The items, if this is a list.
    fn items(self) -> impl Iterator<Item = Self> {
        let mut rest = if self.kind == b']' { self.bytes } else { &[] };
        std::iter::from_fn(move || {
            let (kind, bytes, next) = split(rest)?;
            rest = next;
            Some(Self { kind, bytes })
        })
    }
}

fn flow(payload: &[u8], line: u64, meters: &mut Meters, sink: &mut Sink) {
    let flow = Value { kind: b'}', bytes: payload };
    // Flows of TCP, UDP and DNS have no HTTP request.
    let is_http = flow.get("type").and_then(Value::text).is_none_or(|t| t == "http");
    let Some(request) = flow.get("request") else {
        if is_http {
            sink.need(line, "request", false);
        }
        return;
    };
    let need = |of: Value<'_>, key: &'static str, sink: &mut Sink| sink.need(line, key, of.get(key).is_some());
    sink.need(line, "request", true);
    need(request, "method", sink);
    need(request, "path", sink);
    let text = |key: &str| request.get(key).and_then(Value::text).unwrap_or("");
    let (path, host) = (text("path"), text("host"));
    if text("method") != "POST" || !api::is_call(path) {
        return;
    }
    let response = flow.get("response").filter(|r| r.kind == b'}');
    let error = flow.get("error").filter(|e| e.kind == b'}');
    need(request, "timestamp_start", sink);
    if let Some(response) = response {
        ["status_code", "headers"].iter().for_each(|key| need(response, key, sink));
        // An answer that broke off has no end.
        if error.is_none() {
            need(response, "timestamp_end", sink);
        }
    }
    let time = |of: Option<Value<'_>>, key: &str| of?.get(key)?.number().and_then(Time::from_epoch);
    let mut headers = Headers::default();
    for pair in response.and_then(|r| r.get("headers")).into_iter().flat_map(Value::items) {
        let mut parts = pair.items();
        if let (Some(name), Some(value)) = (parts.next().and_then(Value::text), parts.next().and_then(Value::text)) {
            headers.take(name, value);
        }
    }
    let content = |of: Option<Value<'_>>| of.and_then(|o| o.get("content")).map_or(Vec::new(), |c| c.bytes.to_vec());
    let status = response.and_then(|r| r.get("status_code")?.number());
    let url = format!("{}://{host}{path}", text("scheme"));
    Entry {
        url: &url,
        start: time(Some(request), "timestamp_start"),
        end: time(response, "timestamp_end").or_else(|| time(error, "timestamp")),
        status: status.filter(|s| (100.0..600.0).contains(s)).map(|s| s as u16),
        headers,
        request_body: Cow::Owned(content(Some(request))),
        answer_body: Cow::Owned(content(response)),
        broken: error.and_then(|e| e.get("msg")).and_then(Value::text),
        line,
    }
    .emit(meters, sink);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::{Class, Outcome};

    fn string(kind: char, text: &str) -> String {
        format!("{}:{text}{kind}", text.len())
    }

    fn dict(pairs: &[(&str, String)]) -> String {
        string('}', &pairs.iter().map(|(k, v)| string(';', k) + v).collect::<String>())
    }

    fn list(items: &[String]) -> String {
        string(']', &items.concat())
    }

    fn flow_of(path: &str, response: Option<(u16, &str)>) -> String {
        let header = list(&[string(',', "Retry-After"), string(',', "1")]);
        let response = response.map_or("0:~".to_owned(), |(status, body)| {
            dict(&[
                ("status_code", string('#', &status.to_string())),
                ("timestamp_end", string('^', "1772554740.75")),
                ("content", string(',', body)),
                ("headers", list(&[header])),
            ])
        });
        dict(&[
            ("websocket", "0:~".to_owned()),
            ("response", response),
            (
                "error",
                dict(&[("msg", string(';', "peer closed connection")), ("timestamp", string('^', "1772554741.0"))]),
            ),
            (
                "request",
                dict(&[
                    ("path", string(',', path)),
                    ("scheme", string(',', "https")),
                    ("method", string(',', "POST")),
                    ("host", string(';', "api.moonshot.cn")),
                    ("timestamp_start", string('^', "1772554740.25")),
                    (
                        "content",
                        string(',', "{\r\n\n\"model\":\"kimi-k2.5\",\"messages\":[{\"content\":\"429 7:request;\"}]}"),
                    ),
                ]),
            ),
        ])
    }

    fn read(flows: &[String]) -> Parsed {
        parse(&Mitm, "flows", flows.concat().as_bytes())
    }

    const PATH: &str = "/v1/chat/completions";

    #[test]
    fn flows_of_calls_are_rows() {
        let parsed = read(&[
            flow_of(PATH, Some((429, "{\"error\":{\"message\":\"max concurrency: 3\",\"type\":\"t\"}}"))),
            flow_of("/shop", Some((429, "x"))),
            flow_of(PATH, None),
            flow_of(PATH, Some((200, "data: cut"))),
        ]);
        let [refused, lost, broken] = &parsed.attempts[..] else { panic!("{parsed:?}") };
        assert_eq!((refused.status, refused.retry_after_s()), (Some(429), Some(1.0)));
        assert_eq!(refused.end.unwrap().since(refused.start), 0.5);
        let actual = [refused.error_message, refused.model, refused.provider].map(|id| text(&parsed, id));
        assert_eq!(actual, ["max concurrency: 3", "kimi-k2.5", "moonshot"]);
        assert_eq!(
            (lost.class, lost.outcome, lost.end.unwrap().since(lost.start)),
            (Class::Network, Outcome::Refused, 0.75)
        );
        assert_eq!((broken.class, broken.outcome), (Class::Network, Outcome::Admitted));
        assert_eq!(refused.source.line, 1);
        assert!(lost.source.line > 1, "bodies have line ends in them");
    }

    #[test]
    fn recognised_by_its_shape() {
        assert_eq!(format_id(&flow_of(PATH, None)), Some("mitm-flows"));
        assert_eq!(format_id("12:hello world!,"), None);
    }

    #[test]
    fn a_broken_or_cut_chain_is_reported() {
        let good = flow_of(PATH, Some((200, "")));
        let reasons = |text: String| {
            let parsed = parse(&Mitm, "x", text.as_bytes());
            (parsed.attempts.len(), parsed.problems.iter().map(|p| p.reason.clone()).collect::<Vec<_>>().join("; "))
        };
        assert_eq!(
            reasons(good.clone() + "garbage" + &good),
            (1, "no flow begins here; the rest is not read".to_owned())
        );
        assert_eq!(reasons(good.clone() + &good[..50]), (1, "the last flow is cut".to_owned()));
        assert_eq!(reasons(good.clone() + "3:abc," + &good), (2, "not a flow; skipped".to_owned()));
        assert_eq!(
            reasons(good.clone() + "9999999999:x"),
            (1, "a flow of more than 64 MiB; skipped; the last flow is cut".to_owned())
        );
        assert_eq!(reasons("5:9:xxx}".to_owned()).0, 0);
    }
}
