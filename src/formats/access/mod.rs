//! Access logs of servers between a client and a provider: nginx, ingress-nginx, Traefik, HAProxy, Envoy, Caddy, Kong, APISIX.
//!
//! Each line is one request of a client, stamped by the server in a known zone: the truth about the wire, without texts,
//! tokens or agents. Only requests to a path of a model API count, so the log of a web site gives nothing. Which side spoke
//! is known where the log has the upstream's status: a limit without one is the server's own, and local.

pub mod apisix;
pub mod caddy;
mod common_log;
pub mod envoy;
pub mod haproxy;
pub mod ingress;
pub mod kong;
pub mod nginx;
pub mod nginx_error;
pub mod traefik;
pub mod uvicorn;
pub mod vllm;

use memchr::memmem;
use serde_json::{Map, Value};

use super::http::api;
use super::http::headers::{Headers, Meters, retry_after};
use super::{Head, LineParser, Sink, stamp};
use crate::model::{ErrorFields, Fidelity, LocalLimit, Record, Time};

/// The kind of a limit that the server set by itself.
const OWN_LIMIT: &str = "set by this server, no upstream was asked";

/// The kind of a failure on the way to the upstream. Its words are those that the class of network failures knows.
const NOT_REACHED: &str = "no answer from the upstream: connection error";

/// Which limit of its own a server refused by, as far as its log says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OwnLimit {
    /// It did not refuse by itself.
    #[default]
    None,
    /// It refused; the log does not say by which limit.
    Unnamed,
    /// By this one.
    By(LocalLimit),
}

impl OwnLimit {
    fn kind(self) -> Option<LocalLimit> {
        match self {
            Self::By(kind) => Some(kind),
            Self::None | Self::Unnamed => None,
        }
    }
}

/// Whether the method and the target are those of a call.
fn is_call(method: &str, target: &str) -> bool {
    method == "POST" && api::is_call(target)
}

/// Keys of a JSON line for who sent the request, and where it went.
const AGENTS: &[&str] = &[
    "http_user_agent",
    "user_agent",
    "user-agent",
    "agent",
    "request_User-Agent",
    "request.headers.user-agent",
    "request.headers.User-Agent",
];
const TARGETS: &[&str] = &[
    "upstream_host",
    "proxy_host",
    "ServiceAddr",
    "ServiceURL",
    "service.host",
    "authority",
    ":authority",
    "host",
    "http_host",
    "RequestHost",
];

/// Whether a JSON line is about a call: by the path, or by who sent it or where it went.
fn is_call_in(method: &str, target: &str, fields: &Map<String, Value>) -> bool {
    let known = || api::is_call_of(target, text(fields, AGENTS), text(fields, TARGETS));
    is_call(method, target) || (method == "POST" && known())
}

/// `POST /v1/chat/completions HTTP/1.1`: the target, if it is a call.
fn target(request: &str) -> Option<&str> {
    target_by(request, |_| false)
}

/// The same, if the path is that of a call or the target is one by something else.
fn target_by(request: &str, is_one: impl FnOnce(&str) -> bool) -> Option<&str> {
    let mut words = request.split(' ');
    let (method, target) = (words.next()?, words.next()?);
    let whole = words.next().is_none_or(|v| v.starts_with("HTTP/"));
    (whole && (is_call(method, target) || (method == "POST" && is_one(target)))).then_some(target)
}

/// What a line turned out to be.
enum LineKind<'a> {
    /// A request to a model.
    Request(&'a Served<'a>),
    /// A request to a model by its address, with which of the needed fields it has. `Request` follows if it can be read.
    Fields(&'a [(&'static str, bool)]),
    /// It names a call of a model and has another shape than this log's.
    Unread,
    /// A request that asks no model to complete anything: a list of models, a health check, a file.
    Other,
}

/// Reads one line and hands on what it is, if that is of interest.
type Read = fn(&str, u64, &mut dyn FnMut(LineKind<'_>));

/// Whether a text line names a call of a model as the first thing posted.
fn names_call(text: &str) -> bool {
    let called = text.split_once("POST ").and_then(|(_, rest)| rest.split([' ', '"']).next());
    called.is_some_and(api::is_call)
}

/// Whether an object has enough of a log's keys to be its line, whichever of them a version has renamed, and names a call
/// of a model somewhere. `own` are keys that no other log has, `shared` those that others have too.
fn is_line_of(fields: &Map<String, Value>, own: &[&str], shared: &[&str]) -> bool {
    let has = |keys: &[&str]| keys.iter().filter(|k| fields.contains_key(**k)).count();
    let owned = has(own);
    let named = |v: &Value| v.as_str().is_some_and(|t| api::is_call(t) || names_call(t));
    owned >= OWN_KEYS && owned + has(shared) >= KEYS && fields.values().any(named)
}

/// So many own keys, and so many of all, make an object a line of a log.
const OWN_KEYS: usize = 2;
const KEYS: usize = 4;

/// Whether the head has a request that `read` knows.
fn recognises(head: &Head<'_>, read: Read) -> bool {
    let mut known = false;
    head.lines(2000).any(|l| {
        if is_marked(l) {
            let is_known = |kind: LineKind<'_>| !matches!(kind, LineKind::Unread | LineKind::Other);
            read(&String::from_utf8_lossy(l), 1, &mut |kind| known |= is_known(kind));
        }
        known
    })
}

/// Every line of interest has the method in it: a cheap test before all others.
fn is_marked(line: &[u8]) -> bool {
    memmem::find(line, b"POST").is_some()
}

/// What a request without it is none of.
const OTHER_METHODS: [&[u8]; 4] = [b"\"GET", b"\"HEAD", b"\"OPTIONS", b"\"DELETE"];

/// Parser of a log whose lines know nothing of each other.
struct Lines {
    read: Read,
    meters: Meters,
}

impl Lines {
    fn new(read: Read) -> Self {
        Self { read, meters: Meters::default() }
    }
}

impl LineParser for Lines {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        if !is_marked(line) {
            if OTHER_METHODS.iter().any(|m| memmem::find(line, m).is_some()) {
                sink.count_other_request();
            }
            return;
        }
        let Self { read, meters } = self;
        let mut is_known = false;
        read(&String::from_utf8_lossy(line), number, &mut |kind| {
            is_known = true;
            match kind {
                LineKind::Request(served) => {
                    sink.count_record();
                    sink.note_kind(number, true);
                    if let (Some(at), Some(headers)) = (served.end, &served.headers) {
                        meters.take(headers, (at, number), served.provider(), sink);
                    }
                    served.emit(sink);
                }
                LineKind::Fields(fields) => fields.iter().for_each(|(field, there)| sink.need(number, field, *there)),
                LineKind::Unread => sink.note_kind(number, false),
                LineKind::Other => sink.count_other_request(),
            }
        });
        if !is_known {
            sink.count_other_request();
        }
    }

    fn finish(self: Box<Self>, _: bool, _: &mut Sink) {}
}

/// One request as a server logs it.
#[derive(Debug, Default)]
struct Served<'a> {
    start: Option<Time>,
    end: Option<Time>,
    /// What the client got.
    status: u16,
    /// The log does not say what the client got.
    has_no_status: bool,
    /// What the upstream answered, try by try, each with its seconds; empty where the log does not say.
    upstream: Vec<(Option<u16>, Option<f64>)>,
    /// The limit of its own by which the server refused.
    own: OwnLimit,
    /// The connection to the upstream failed.
    not_reached: bool,
    retry_after: Option<&'a str>,
    /// Other headers of the answer, as far as the log has them.
    headers: Option<Headers>,
    request_id: Option<&'a str>,
    /// The model, if the log names it outside of the path.
    model: Option<&'a str>,
    /// Input and output tokens.
    tokens: (Option<u64>, Option<u64>),
    /// Where the upstream is, if the log says it.
    host: Option<&'a str>,
    target: &'a str,
    rank: Option<u8>,
    line: u64,
}

impl Served<'_> {
    fn provider(&self) -> Option<&'static str> {
        self.host.and_then(api::provider_of).or_else(|| api::provider_of(self.target))
    }

    /// The wait that the answer asked for.
    fn wait_s(&self) -> Option<f64> {
        let asked_s = self.retry_after.and_then(|t| retry_after(t, self.end));
        let headers = self.headers.as_ref().filter(|_| self.status >= 400);
        asked_s.or_else(|| headers.and_then(|h| h.retry_after_s(self.end)))
    }

    /// Gives a row for each try at the upstream.
    fn emit(&self, sink: &mut Sink) {
        let base = Record {
            start: self.start,
            start_low: self.start,
            end: self.end,
            status: Some(self.status).filter(|_| !self.has_no_status),
            retry_after_s: self.wait_s(),
            request_id: self.request_id,
            provider: self.provider(),
            model: self.model.or_else(|| api::model_in(self.target)),
            input_tokens: self.tokens.0,
            output_tokens: self.tokens.1,
            fidelity: if self.start.is_some() { Fidelity::Observed } else { Fidelity::Inferred },
            at_most: 1,
            rank: self.rank,
            line: self.line,
            ..Record::default()
        };
        if self.own != OwnLimit::None {
            let error = ErrorFields { kind: Some(OWN_LIMIT), message: None };
            return sink.attempt(Record { local: true, local_limit: self.own.kind(), error, ..base });
        }
        if self.not_reached {
            let error = ErrorFields { kind: Some(NOT_REACHED), message: None };
            return sink.attempt(Record { status: None, error, ..base });
        }
        let Some(((_, last_s), earlier)) = self.upstream.split_last() else { return sink.attempt(base) };
        let mut start = self.start;
        for (status, took_s) in earlier {
            let end = start.zip(*took_s).map(|(s, t)| s.plus(t)).or(self.end);
            let error = ErrorFields { kind: status.is_none().then_some(NOT_REACHED), message: None };
            // The id is the request's, not the try's: with it two tries would count as one.
            let (retry_after_s, request_id) = (None, None);
            let row =
                Record { start, start_low: start, end, status: *status, error, retry_after_s, request_id, ..base };
            sink.attempt(row);
            start = start.zip(*took_s).map(|(s, t)| s.plus(t));
        }
        let start =
            if earlier.is_empty() { base.start } else { self.end.zip(*last_s).map(|(e, s)| e.plus(-s)).or(start) };
        // The client may get another status than the upstream gave: the provider's is the upstream's.
        let status = self.upstream.last().and_then(|(s, _)| *s).filter(|s| *s >= 400 && self.status >= 400);
        sink.attempt(Record { start, start_low: start, status: status.or(base.status), ..base });
    }
}

/// Behind what people put an answer's headers: nginx's variables, the names that are given to them and to Envoy's `%RESP(...)%`, and
/// Traefik's.
const OF_ANSWER: &[&str] = &[
    "upstream_http_",
    "sent_http_",
    "response_header_",
    "resp_header_",
    "response_",
    "resp_",
    "downstream_",
    "origin_",
];

/// The headers of the answer among the fields of a JSON line: `upstream_http_x_ratelimit_limit_requests`, or without what is before
/// the header's own name.
fn headers(fields: &Map<String, Value>) -> Headers {
    let mut headers = Headers::default();
    for (key, value) in fields {
        let name = OF_ANSWER.iter().find_map(|p| key.strip_prefix(p)).unwrap_or(key).replace('_', "-");
        match value {
            Value::String(text) if !matches!(text.as_str(), "" | "-") => headers.take(&name, text),
            Value::Number(n) => headers.take(&name, &n.to_string()),
            _ => {}
        }
    }
    headers
}

/// `429, 200` or `429 : 200` as nginx lists tries, beside their times.
fn tries(statuses: &str, times: Option<&str>) -> Vec<(Option<u16>, Option<f64>)> {
    let split = |text: &str| text.split([',', ':']).map(str::trim).map(str::to_owned).collect::<Vec<_>>();
    let times = times.map(split).unwrap_or_default();
    let all = split(statuses).into_iter().filter(|s| !s.is_empty()).take(MOST_TRIES);
    all.enumerate().map(|(i, s)| (s.parse().ok(), times.get(i).and_then(|t| seconds(t)))).collect()
}

/// Most tries of one request that are believed.
const MOST_TRIES: usize = 20;

fn seconds(text: &str) -> Option<f64> {
    text.parse().ok().filter(|s: &f64| s.is_finite() && (0.0..=86_400.0).contains(s))
}

/// The first of these fields that is a text with something in it. A dot leads into an object.
fn text<'a>(fields: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a str> {
    keys.iter().find_map(|k| at(fields, k)?.as_str()).filter(|t| !matches!(*t, "" | "-"))
}

/// The first of these fields that is a number, or a text that is one.
fn number(fields: &Map<String, Value>, keys: &[&str]) -> Option<f64> {
    let of = |value: &Value| value.as_f64().or_else(|| value.as_str()?.trim().parse().ok());
    keys.iter().find_map(|k| of(at(fields, k)?)).filter(|n| n.is_finite())
}

fn at<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    fields.get(key).or_else(|| {
        let (outer, inner) = key.split_once('.')?;
        at(fields.get(outer)?.as_object()?, inner)
    })
}

/// The first of these fields that is an HTTP status.
fn status(fields: &Map<String, Value>, keys: &[&str]) -> Option<u16> {
    number(fields, keys).filter(|s| (100.0..600.0).contains(s)).map(|s| s as u16)
}

/// The first of these fields that is a time: RFC 3339, or seconds or milliseconds since 1970.
fn time(fields: &Map<String, Value>, keys: &[&str]) -> Option<Time> {
    keys.iter().find_map(|k| match at(fields, k)? {
        Value::Number(n) => n.as_f64().and_then(Time::from_epoch).filter(|t| t.is_plausible()),
        Value::String(text) => instant(text),
        _ => None,
    })
}

/// A stamp in epoch seconds or RFC 3339, in a text.
fn instant(text: &str) -> Option<Time> {
    stamp::rfc3339(text).or_else(|| Time::from_epoch(text.trim().parse().ok()?)).filter(|t| t.is_plausible())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_listed_with_their_times() {
        assert_eq!(tries("429, 200", Some("0.003, 1.2")), [(Some(429), Some(0.003)), (Some(200), Some(1.2))]);
        assert_eq!(tries("502 : 200", None), [(Some(502), None), (Some(200), None)]);
        assert_eq!(tries("-", Some("-")), [(None, None)]);
        assert_eq!(tries("", None), []);
    }

    #[test]
    fn a_request_line_is_read_whole() {
        assert_eq!(target("POST /v1/messages HTTP/1.1"), Some("/v1/messages"));
        assert_eq!(target("GET /v1/messages HTTP/1.1"), None);
        assert_eq!(target("POST /index.php?x=POST /v1/messages HTTP/1.1"), None);
    }
}
