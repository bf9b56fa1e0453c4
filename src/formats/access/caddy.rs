//! Caddy: JSON access lines.
//!
//! In: `handled request` lines. Out: one row a request, and snapshots of its answer's headers. Which side spoke stands
//! nowhere, but a refusal by a handler of Caddy's own (the rate_limit module) has none of the headers that an upstream's
//! answer brings: no body, no type, no second `Server`, no `Via`.

use memchr::memmem;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{OwnLimit, Served, instant, is_call};
use crate::formats::http::api;
use crate::formats::http::headers::{Headers, Meters};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::{LocalLimit, Time};

static INFO: FormatInfo = FormatInfo {
    id: "caddy-access",
    client: "caddy",
    client_traits: crate::formats::ClientTraits::gateway(16),
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "Caddy 2 access log (JSON)",
    lives: &["where the site's `log` directive says (Linux, macOS, Windows); /var/log/caddy/ on Linux"],
    shows: "every request to a model API with start, end, status, request id, retry-after, and limits in headers",
    not_logged: "error texts, tokens, models, agents",
    established: "run (Caddy 2)",
};

/// Statuses that Caddy gives by itself when an upstream does not answer.
const GATEWAY: [u16; 2] = [502, 504];

/// Caddy.
#[derive(Debug)]
pub struct Caddy;

impl LogFormat for Caddy {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(2000).any(|l| read(l).is_some_and(|read| read.is_call() || read.lacks_call(l)))
    }

    fn needs(&self) -> &'static [&'static str] {
        &["request", "method", "uri", "ts", "status", "duration"]
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Line {
    msg: Value,
    ts: Value,
    duration: Value,
    status: Value,
    size: Value,
    request: Option<Request>,
    resp_headers: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Request {
    method: String,
    uri: String,
    host: String,
    headers: Map<String, Value>,
}

impl Request {
    fn is_call(&self) -> bool {
        let agent = self.headers.get("User-Agent").and_then(|values| values.get(0)?.as_str());
        let by_whom = || api::is_call_of(&self.uri, agent, Some(self.host.as_str()));
        is_call(&self.method, &self.uri) || (self.method == "POST" && by_whom())
    }
}

impl Line {
    fn is_call(&self) -> bool {
        self.msg.as_str() == Some("handled request") && self.request.as_ref().is_some_and(Request::is_call)
    }

    /// Where the request or a part of it is not at its place, and the line posts to a model all the same.
    fn lacks_call(&self, line: &[u8]) -> bool {
        let whole = self.request.as_ref().is_some_and(|r| !r.method.is_empty() && !r.uri.is_empty());
        let names_call = |text: &str| text.split('"').any(api::is_call);
        self.msg.as_str() == Some("handled request")
            && !whole
            && memmem::find(line, b"\"POST\"").is_some()
            && std::str::from_utf8(line).is_ok_and(names_call)
    }

    fn needs(&self, line: u64, sink: &mut Sink) {
        sink.need(line, "request", self.request.is_some());
        if let Some(request) = &self.request {
            sink.need(line, "method", !request.method.is_empty());
            sink.need(line, "uri", !request.uri.is_empty());
        }
        sink.need(line, "ts", !self.ts.is_null());
        sink.need(line, "status", !self.status.is_null());
        sink.need(line, "duration", !self.duration.is_null());
    }
}

fn read(line: &[u8]) -> Option<Line> {
    if !line.starts_with(b"{") || memmem::find(line, b"\"handled request\"").is_none() {
        return None;
    }
    serde_json::from_slice(line).ok()
}

#[derive(Default)]
struct Parser {
    meters: Meters,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let bytes = line;
        let Some(line) = read(bytes).filter(|read| read.is_call() || read.lacks_call(bytes)) else { return };
        sink.count_record();
        line.needs(number, sink);
        let Some(request) = line.request.as_ref().filter(|_| line.is_call()) else { return };
        let end = match &line.ts {
            Value::Number(n) => n.as_f64().and_then(Time::from_epoch),
            Value::String(text) => instant(text),
            _ => None,
        };
        let status = line.status.as_u64().and_then(|s| u16::try_from(s).ok()).filter(|s| (100..600).contains(s));
        let Some(end) = end else {
            sink.problem(number, "a request without a time that can be read; line ignored");
            return;
        };
        // Status 0: the client went away before an answer.
        let status = status.unwrap_or(499);
        let took = line.duration.as_f64().filter(|s| (0.0..=86_400.0).contains(s));
        let mut headers = Headers::default();
        headers.take_json(&line.resp_headers);
        self.meters.take(&headers, (end, number), api::provider_of(&request.host), sink);
        let wait = headers.retry_after_s(Some(end)).map(|s| s.to_string());
        Served {
            start: took.map(|s| end.plus(-s)),
            end: Some(end),
            status,
            own: if line.is_own() { OwnLimit::By(LocalLimit::Requests) } else { OwnLimit::None },
            not_reached: GATEWAY.contains(&status) && !line.has_upstream_server(),
            retry_after: wait.as_deref(),
            request_id: headers.request_id(),
            host: Some(&request.host),
            target: &request.uri,
            line: number,
            ..Served::default()
        }
        .emit(sink);
    }

    fn finish(self: Box<Self>, _: bool, _: &mut Sink) {}
}

/// Headers of a refusal by a handler of Caddy's own.
const OWN_HEADERS: &[&str] = &["Server", "Alt-Svc", "Retry-After", "Date"];

impl Line {
    /// Whether Caddy's rate limiter refused: an empty answer with no header that an upstream would have sent.
    fn is_own(&self) -> bool {
        let is_caddy = self.resp_headers.get("Server").and_then(Value::as_array).is_some_and(|s| s == &["Caddy"]);
        self.status.as_u64() == Some(429)
            && self.size.as_u64() == Some(0)
            && is_caddy
            && self.resp_headers.keys().all(|name| OWN_HEADERS.contains(&name.as_str()))
    }

    /// Caddy puts its own name beside that of the upstream's server, if an upstream answered.
    fn has_upstream_server(&self) -> bool {
        let servers = self.resp_headers.get("Server").and_then(Value::as_array);
        servers.is_some_and(|s| s.iter().any(|name| name.as_str() != Some("Caddy")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::Class;

    fn line(uri: &str, status: u16, headers: &str) -> String {
        format!(
            r#"{{"level":"error","ts":1772554740.5,"logger":"http.log.access.log0","msg":"handled request","request":{{"method":"POST","host":"llm.example:8402","uri":"{uri}","headers":{{"User-Agent":["429"],"Authorization":[]}}}},"duration":0.25,"size":174,"status":{status},"resp_headers":{{{headers}}}}}"#
        )
    }

    fn read_all(lines: &[String]) -> Parsed {
        parse(&Caddy, "access.log", format!("{}\n", lines.join("\n")).as_bytes())
    }

    #[test]
    fn a_request_with_its_headers() {
        let headers = r#""Server":["Caddy","x"],"Retry-After":["1"],"X-Request-Id":["req-1"],"X-Codex-Primary-Used-Percent":["97"],"X-Codex-Primary-Window-Minutes":["300"]"#;
        let parsed = read_all(&[line("/v1/messages", 429, headers), line("/v1/messages", 429, headers)]);
        let row = parsed.attempts[0];
        assert_eq!((row.status, row.class, row.retry_after_s()), (Some(429), Class::RateLimited, Some(1.0)));
        assert_eq!(row.end.unwrap().since(row.start), 0.25);
        assert_eq!((text(&parsed, row.request_id), parsed.snapshots.len()), ("req-1", 1));
    }

    #[test]
    fn its_own_502_is_a_failure_on_the_way() {
        let parsed = read_all(&[
            line("/v1/messages", 502, r#""Server":["Caddy"]"#),
            line("/v1/messages", 502, r#""Server":["Caddy","upstream"]"#),
            line("/v1/messages", 0, ""),
        ]);
        assert_eq!(
            parsed.attempts.iter().map(|a| a.class).collect::<Vec<_>>(),
            [Class::Network, Class::Overload, Class::Network]
        );
    }

    #[test]
    fn its_own_limiter_leaves_no_header_of_an_upstream() {
        let own = |headers: &str| line("/v1/messages", 429, headers).replace("\"size\":174", "\"size\":0");
        let parsed = read_all(&[
            own(r#""Server":["Caddy"],"Retry-After":["12"]"#),
            own(r#""Server":["Caddy"],"Content-Length":["0"],"Date":["x"]"#),
            own(r#""Server":["Caddy"],"Via":["1.1 Caddy"]"#),
        ]);
        let classes: Vec<Class> = parsed.attempts.iter().map(|a| a.class).collect();
        assert_eq!(classes, [Class::Local, Class::RateLimited, Class::RateLimited]);
        assert_eq!(parsed.attempts[0].retry_after_s(), Some(12.0));
    }

    #[test]
    fn other_sites_and_other_lines_are_none_of_ours() {
        let other = line("/shop", 429, "");
        assert_eq!(format_id(&other), None);
        assert_eq!(format_id(&format!("{other}\n{}\n", line("/v1/messages", 200, ""))), Some("caddy-access"));
        let odd = "{\"msg\":\"handled request\",\"request\":7}".to_owned();
        assert!(read_all(&[other, odd, "{\"msg\":\"server running\"}".to_owned()]).attempts.is_empty());
    }
}
