//! HAProxy: lines of `option httplog`, and JSON that a `log-format` writes.
//!
//! In: access lines, behind whatever the syslog daemon put before them. Out: one row a request. The stamp is the start, in a local time.
//! The termination state says which side spoke: `PR` and `LR` are refusals by HAProxy's own rules, `sQ` a queue of its own that was
//! full too long, `SC` and its like failures on the way, `C.` a client that left.
//! Source: HAProxy's documentation (section 8 of the configuration manual); lines of HAProxy 2.6 run on one machine.

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use super::{
    LineKind, Lines, OwnLimit, Served, headers, instant, is_call_in, is_line_of, names_call, number, recognises,
    target, text,
};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::{LocalLimit, Time};

static INFO: FormatInfo = FormatInfo {
    id: "haproxy-access",
    client: "haproxy",
    client_traits: crate::formats::ClientTraits::gateway(19),
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "HAProxy (option httplog; JSON with a termination state, a status and a path)",
    lives: &[
        "where syslog puts local0, often /var/log/haproxy.log (Linux)",
        "standard output of the container (macOS, Windows)",
    ],
    shows: "every request to a model API with start, end and status, and by the termination state which side spoke",
    not_logged: "error texts, tokens, models, agents, retry-after; the time zone of text lines; which rule of its own refused",
    established: "run (HAProxy 2.6.12)",
};

/// HAProxy.
#[derive(Debug)]
pub struct Haproxy;

impl LogFormat for Haproxy {
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

/// Text lines have no zone.
struct Parser(Lines);

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        if !line.contains(&b'{') {
            sink.mark_local_time();
        }
        self.0.line(line, number, sink);
    }

    fn finish(self: Box<Self>, _: bool, _: &mut Sink) {}
}

/// What the state of a JSON line is called.
const STATES: &[&str] =
    &["termination_state", "term_state", "termination", "tsc", "haproxy.ts", "haproxy.tsc", "sess_term_state"];

/// Names that no other program's log has.
const NAMED: &[&str] = &[
    "termination_state",
    "term_state",
    "tsc",
    "backend_name",
    "backend",
    "frontend",
    "frontend_name",
    "server_name",
    "session_duration",
    "retries",
    "srv_queue",
    "backend_queue",
];

/// Names that others use too.
const SHARED: &[&str] = &[
    "method",
    "http_method",
    "path",
    "uri",
    "http_request",
    "status",
    "http_status",
    "status_code",
    "timestamp",
    "time",
    "ts",
    "server",
    "bytes_read",
    "bytes",
];

fn read(text: &str, number: u64, then: &mut dyn FnMut(LineKind<'_>)) {
    let Some(json) = text.find('{').map(|at| &text[at..]).filter(|json| json.starts_with("{\"")) else {
        match plain(text, number) {
            Some(served) => then(LineKind::Request(&served)),
            None if is_frame(text) && names_call(text) => then(LineKind::Unread),
            None => {}
        }
        return;
    };
    let Ok(Value::Object(fields)) = serde_json::from_str(json) else { return };
    if is_line_of(&fields, NAMED, SHARED)
        && let Some(served) = self::json(&fields, number)
    {
        then(LineKind::Request(&served));
    }
}

/// Whether the line has HAProxy's frame, though perhaps not the fields that are known.
fn is_frame(text: &str) -> bool {
    text.contains("haproxy[") && text.contains(" [")
}

/// `ADDRESS:PORT [01/Dec/2026:01:32:15.092] FRONTEND BACKEND/SERVER 0/0/0/57/57 200 123 - - ---- 1/1/0/0/0 0/0 "POST /v1/... HTTP/1.1"`.
fn plain(text: &str, line: u64) -> Option<Served<'_>> {
    let (before, rest) = text.split_once(" [").filter(|(before, _)| before.len() <= 300)?;
    let is_address = before.rsplit(' ').next()?.rsplit_once(':')?.1.parse::<u16>().is_ok();
    let (stamped, rest) = rest.split_once("] ").filter(|_| is_address)?;
    let start = Time::from_local(NaiveDateTime::parse_from_str(stamped, "%d/%b/%Y:%H:%M:%S%.3f").ok()?);
    let (plain, request) = rest.split_once('"')?;
    let target = target(request.trim_end().trim_end_matches('"'))?;
    let mut words = plain.split_whitespace();
    let server = words.nth(1)?.rsplit_once('/')?.1;
    // Request, queue, connect, response, whole; a leading + says that the answer was still under way.
    let times: Vec<f64> = words.next()?.split('/').filter_map(|t| t.trim_start_matches('+').parse().ok()).collect();
    let took_ms = *times.last().filter(|_| times.len() == 5)?;
    let status: i32 = words.next()?.parse().ok()?;
    let state = words.nth(3).filter(|s| s.len() >= 2)?;
    read_served(Row { start, took_ms, status, state, server, target, line })
}

struct Row<'a> {
    start: Time,
    took_ms: f64,
    status: i32,
    state: &'a str,
    server: &'a str,
    target: &'a str,
    line: u64,
}

fn read_served(row: Row<'_>) -> Option<Served<'_>> {
    let Row { start, took_ms, status, state, server, target, line } = row;
    if !(0.0..=86_400_000.0).contains(&took_ms) {
        return None;
    }
    let state = state.as_bytes();
    let (who, when) = (*state.first()?, *state.get(1)?);
    let no_server = matches!(server, "" | "-" | "<NOSRV>");
    let own = match (who, when) {
        // A queue of HAProxy's own, or its connections, were full.
        (b's' | b'P', b'Q') | (b'R', _) => OwnLimit::By(LocalLimit::Parallel),
        (b'P' | b'L', b'R' | b'T' | b'H') if no_server && status >= 400 => OwnLimit::Unnamed,
        _ => OwnLimit::None,
    };
    let on_the_way = matches!((who, when), (b'S' | b's', b'C' | b'H'));
    let code = u16::try_from(status).ok().filter(|s| (100..600).contains(s));
    Some(Served {
        start: Some(start),
        end: Some(start.plus(took_ms / 1000.0)),
        // -1: no answer was begun, since the client left or the server broke off.
        status: code.unwrap_or(499),
        own,
        not_reached: own == OwnLimit::None && on_the_way && code.is_none_or(|s| s >= 500),
        target,
        line,
        ..Served::default()
    })
}

fn json(fields: &Map<String, Value>, line: u64) -> Option<Served<'_>> {
    let whole = text(fields, &["http_request", "request", "http.request"]).and_then(target);
    let parts = || {
        let path = text(fields, &["path", "uri", "http_path", "url", "request_path", "req.path", "http.uri"])?;
        is_call_in(text(fields, &["method", "http_method", "req.method", "http.method"])?, path, fields).then_some(path)
    };
    let target = whole.or_else(parts)?;
    let stamp = |key: &&str| {
        let value = super::at(fields, key)?;
        value.as_f64().and_then(Time::from_epoch).or_else(|| instant(value.as_str()?)).filter(|t| t.is_plausible())
    };
    let stamped = ["ts", "timestamp", "time", "@timestamp", "date", "start", "time_local"].iter().find_map(stamp)?;
    let took = number(fields, &["Ta", "Tt", "total_time", "session_duration", "time_total", "duration_ms", "duration"]);
    let took_ms = took.unwrap_or(0.0).max(0.0);
    let row = read_served(Row {
        // HAProxy's own %Ts, %t and %T are the time of the request's acceptance.
        start: stamped,
        took_ms,
        status: number(fields, &["status", "http_status", "status_code", "res.status", "http.status_code"])? as i32,
        state: text(fields, STATES).or_else(|| fields.get("tsc")?.as_str())?,
        server: text(fields, &["server", "server_name", "srv", "upstream_addr", "srv.name"]).unwrap_or("-"),
        target,
        line,
    })?;
    Some(Served {
        headers: Some(headers(fields)),
        request_id: text(fields, &["request_id", "unique_id", "uniqueid"]),
        ..row
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse};
    use crate::model::Class;

    const PLAIN: &str = "Dec  1 01:32:14 host haproxy[5093]: 127.0.0.1:52556 [01/Dec/2026:01:32:14.443] fe llm/s1 0/0/0/57/57 200 123 - - ---- 1/1/0/0/0 0/0 \"POST /v1/chat/completions HTTP/1.1\"
Dec  1 01:32:15 host haproxy[5093]: 127.0.0.1:52636 [01/Dec/2026:01:32:15.092] fe fe/<NOSRV> 0/-1/-1/-1/0 429 225 - - PR-- 1/1/0/0/0 0/0 \"POST /v1/chat/completions HTTP/1.1\"
Dec  1 01:32:15 host haproxy[5093]: 127.0.0.1:52658 [01/Dec/2026:01:32:15.200] fe q/<NOSRV> 0/503/-1/-1/503 503 217 - - sQ-- 3/3/2/0/0 0/1 \"POST /v1/chat/completions HTTP/1.1\"
127.0.0.1:57774 [01/Dec/2026:01:32:19.186] fe llm/s1 0/0/0/62/62 429 197 - - ---- 1/1/0/0/0 0/0 \"POST /v1/chat/completions HTTP/1.1\"
127.0.0.1:57778 [01/Dec/2026:01:32:19.271] fe down/s2 0/0/-1/-1/3003 503 217 - - SC-- 1/1/0/0/3 0/0 \"POST /v1/chat/completions HTTP/1.1\"
127.0.0.1:57790 [01/Dec/2026:01:32:19.300] fe llm/s1 0/0/0/-1/80 -1 0 - - CH-- 1/1/0/0/0 0/0 \"POST /v1/chat/completions HTTP/1.1\"
127.0.0.1:57790 [01/Dec/2026:01:32:19.300] fe llm/s1 0/0/0/3/80 200 10 - - ---- 1/1/0/0/0 0/0 \"GET /v1/models HTTP/1.1\"
";

    #[test]
    fn the_termination_state_says_which_side_spoke() {
        assert_eq!(format_id(PLAIN), Some("haproxy-access"));
        let parsed = parse(&Haproxy, "haproxy.log", PLAIN.as_bytes());
        let classes: Vec<Class> = parsed.attempts.iter().map(|a| a.class).collect();
        assert_eq!(
            classes,
            [Class::Ok, Class::Local, Class::Local, Class::RateLimited, Class::Network, Class::Network]
        );
        let first = parsed.attempts[0];
        assert_eq!(
            (first.start.rfc3339().as_str(), first.end.unwrap().since(first.start)),
            ("2026-12-01T01:32:14.443Z", 0.057)
        );
        assert!(parsed.local_time);
    }

    #[test]
    fn json_of_a_log_format_has_a_zone() {
        let line = |status: u16, server: &str, state: &str| {
            format!(
                r#"<134>Dec  1 01:32:22 haproxy[5093]: {{"time":"2026-12-01T01:32:22+0000","ts":"1796088742.968","method":"POST","path":"/v1/chat/completions","status":{status},"frontend":"fj","backend":"fj","server":"{server}","Tr":"-1","Ta":"12","termination_state":"{state}","bytes":"225"}}"#
            )
        };
        let lines = [line(200, "s1", "----"), line(429, "<NOSRV>", "PR--"), line(429, "s1", "----")];
        assert_eq!(format_id(&lines[0]), Some("haproxy-access"));
        let parsed = parse(&Haproxy, "haproxy.log", lines.join("\n").as_bytes());
        let classes: Vec<Class> = parsed.attempts.iter().map(|a| a.class).collect();
        assert_eq!(classes, [Class::Ok, Class::Local, Class::RateLimited]);
        assert!(!parsed.local_time);
    }

    #[test]
    fn odd_lines_do_no_harm() {
        for odd in [
            "POST [",
            " [] POST",
            "a:1 [01/Dec/2026:01:32:14.443] f b/s 1/2 \"POST /v1/messages",
            "{\"POST\":",
            "é:1 [é] é",
        ] {
            assert!(parse(&Haproxy, "h", odd.as_bytes()).attempts.is_empty(), "{odd}");
        }
    }
}
