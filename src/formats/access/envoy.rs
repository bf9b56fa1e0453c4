//! Envoy: its default text format, Istio's, and JSON with the operator names (Envoy Gateway's, Istio's and Envoy's own).
//!
//! In: access lines. Out: one row a request. The stamp is the start; the response flags say which side spoke: `RL` and
//! `UO` are limits of Envoy itself, `UF`, `UC`, `UT` and their like failures on the way to the upstream. A 429 or 503 for which no
//! upstream was chosen is Envoy's own too.
//! Source: the default formats and the flags of the documentation of Envoy, Envoy Gateway and Istio.

use serde_json::{Map, Value};

use super::{
    LineKind, Lines, OwnLimit, Served, headers, instant, is_call_in, is_line_of, names_call, number, recognises,
    target, text,
};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place};
use crate::model::{LocalLimit, Time};

static INFO: FormatInfo = FormatInfo {
    id: "envoy-access",
    client: "envoy",
    client_traits: crate::formats::ClientTraits::gateway(17),
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "Envoy access log (its default text format and Istio's; JSON of Envoy Gateway and Istio, or with start_time, response_code, response_flags)",
    lives: &["where the listener's access_log says, often standard output (Linux, macOS, Windows)"],
    shows: "every request to a model API with start, end, status, request id, and by its flags which side spoke; in JSON limits and the wait in an answer's headers, where they are among its fields",
    not_logged: "error texts, tokens and models unless gen_ai fields have them, agents; in text also retry-after",
    established: "read (documentation of Envoy, Envoy Gateway and Istio, public log lines); not run",
};

/// Envoy refused by itself, and by what: rate limits (local and of a service), circuit breaker, fault filter.
const OWN: &[(&str, OwnLimit)] = &[
    ("RL", OwnLimit::By(LocalLimit::Requests)),
    ("RLSE", OwnLimit::Unnamed),
    ("UO", OwnLimit::By(LocalLimit::Parallel)),
    ("FI", OwnLimit::Unnamed),
    ("DI", OwnLimit::Unnamed),
    ("OM", OwnLimit::Unnamed),
];

/// No answer came from the upstream: connection, reset, timeout, none healthy, no route, retries used up, no cluster.
const ON_THE_WAY: &[&str] = &["UF", "UC", "UT", "UR", "LR", "LH", "UH", "NR", "NC", "UMSDR", "SI"];

/// The client went away.
const CLIENT_LEFT: &[&str] = &["DC", "DT", "DPE"];

/// Envoy.
#[derive(Debug)]
pub struct Envoy;

impl LogFormat for Envoy {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        recognises(head, read)
    }

    fn needs(&self) -> &'static [&'static str] {
        &["start_time", "method", "path", "response_code", "response_flags", "duration"]
    }

    fn stateless(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Lines::new(read))
    }
}

/// Names of operators that no other program's log has.
const NAMED: &[&str] = &[
    "response_code",
    "response_flags",
    "response_code_details",
    "upstream_host",
    "upstream_cluster",
    "upstream_service_time",
    "upstream_transport_failure_reason",
    "start_time",
];

/// Names that others use too.
const SHARED: &[&str] = &[
    "method",
    "path",
    "x-envoy-origin-path",
    "x-envoy-upstream-service-time",
    ":authority",
    "x-request-id",
    "route_name",
    "duration",
    "authority",
    "request_id",
    "protocol",
    "user_agent",
    "bytes_sent",
    "bytes_received",
];

fn read(text: &str, number: u64, then: &mut dyn FnMut(LineKind<'_>)) {
    if !text.starts_with('{') {
        match plain(text, number) {
            Some(served) => then(LineKind::Request(&served)),
            None if text.starts_with('[') && names_call(text) => then(LineKind::Unread),
            None => {}
        }
        return;
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return };
    if !is_line_of(&fields, NAMED, SHARED) {
        return;
    }
    let has = |name: &'static str, others: &[&str]| {
        (name, fields.contains_key(name) || others.iter().any(|o| fields.contains_key(*o)))
    };
    then(LineKind::Fields(&[
        has("start_time", &[]),
        has("method", &[":method"]),
        has("path", PATHS),
        has("response_code", &[]),
        has("response_flags", &[]),
        has("duration", &[]),
    ]));
    if let Some(served) = json(&fields, number) {
        then(LineKind::Request(&served));
    }
}

/// What the path is called, in the order of trust: Envoy Gateway gives the one that the client asked for.
const PATHS: &[&str] = &["x-envoy-origin-path", "path", ":path", "x_envoy_origin_path"];

/// `[START] "POST /v1/messages HTTP/1.1" 429 RL 119 174 3 - "10.0.0.1" "ua" "req-uuid" "host" "10.0.0.2:443"`.
fn plain(text: &str, line: u64) -> Option<Served<'_>> {
    let (stamped, rest) = text.strip_prefix('[')?.split_once("] \"")?;
    let start = instant(stamped)?;
    let (request, rest) = rest.split_once("\" ")?;
    let target = target(request)?;
    let (plain, mut quoted) = rest.split_once('"').unwrap_or((rest, ""));
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    let (status, flags) = (words.first()?.parse().ok()?, *words.get(1)?);
    words.drain(..2);
    // Istio writes details, and the transport's failure in quotes, before the numbers.
    if !words.iter().any(|w| w.parse::<u64>().is_ok()) {
        let (numbers, rest) = quoted.split_once('"')?.1.split_once('"')?;
        words = numbers.split_whitespace().collect();
        quoted = rest;
    }
    // Bytes in, bytes out, duration: the first three whole numbers in a row.
    let numbers = words.iter().skip_while(|w| w.parse::<u64>().is_err());
    let took_ms: f64 = numbers.take(3).nth(2)?.parse().ok()?;
    // Quoted: forwarded for, agent, request id, authority, upstream. What Istio adds behind them is not quoted.
    let values: Vec<&str> = quoted.split('"').step_by(2).filter(|v| !v.trim().is_empty()).take(5).collect();
    let field = |back: usize| values.len().checked_sub(back).and_then(|i| values.get(i)).copied().filter(|v| *v != "-");
    let no_upstream = values.len() == 5 && values[4] == "-";
    read_served(Fields {
        start,
        took_ms,
        status,
        flags,
        no_upstream,
        request_id: field(3),
        host: field(2),
        target,
        line,
    })
}

struct Fields<'a> {
    start: Time,
    took_ms: f64,
    status: u16,
    flags: &'a str,
    /// The log has a place for the upstream, and none was chosen.
    no_upstream: bool,
    request_id: Option<&'a str>,
    host: Option<&'a str>,
    target: &'a str,
    line: u64,
}

fn read_served(fields: Fields<'_>) -> Option<Served<'_>> {
    let Fields { start, took_ms, status, flags, no_upstream, request_id, host, target, line } = fields;
    // Status 0: no answer was begun.
    let valid = status == 0 || (100..600).contains(&status);
    if !valid || !(0.0..=86_400_000.0).contains(&took_ms) {
        return None;
    }
    let has = |of: &[&str]| flags.split(',').any(|f| of.contains(&f));
    let not_reached = has(ON_THE_WAY) && status != 429;
    let flagged = OWN.iter().find(|(flag, _)| has(&[*flag])).map(|(_, limit)| *limit);
    let silent = no_upstream && !not_reached && matches!(status, 429 | 503);
    let own = flagged.unwrap_or(if silent { OwnLimit::Unnamed } else { OwnLimit::None });
    Some(Served {
        start: Some(start),
        end: Some(start.plus(took_ms / 1000.0)),
        status: if status == 0 || (has(CLIENT_LEFT) && status >= 400) { 499 } else { status },
        own,
        not_reached,
        request_id,
        host,
        target,
        line,
        ..Served::default()
    })
}

fn json(fields: &Map<String, Value>, line: u64) -> Option<Served<'_>> {
    let target = text(fields, PATHS)?;
    if !is_call_in(text(fields, &["method", ":method"])?, target, fields) {
        return None;
    }
    let upstream = fields.get("upstream_host");
    let served = read_served(Fields {
        start: instant(text(fields, &["start_time"])?)?,
        took_ms: number(fields, &["duration"])?,
        status: number(fields, &["response_code"]).filter(|s| (0.0..600.0).contains(s))? as u16,
        flags: fields.get("response_flags").and_then(Value::as_str).unwrap_or("-"),
        no_upstream: upstream.is_some_and(|u| u.is_null() || matches!(u.as_str(), Some("" | "-"))),
        request_id: text(fields, &["request_id", "x_request_id", "x-request-id"]),
        host: text(fields, &["authority", ":authority"]),
        target,
        line,
    })?;
    let tokens = |key: &str| number(fields, &[key]).filter(|n| *n >= 0.0).map(|n| n as u64);
    Some(Served {
        headers: Some(headers(fields)),
        model: text(fields, &["gen_ai.request.model", "gen_ai.response.model", "genai_model_name"]),
        tokens: (tokens("gen_ai.usage.input_tokens"), tokens("gen_ai.usage.output_tokens")),
        ..served
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::{Class, Outcome};

    fn read(lines: &[&str]) -> Parsed {
        parse(&Envoy, "access.log", format!("{}\n", lines.join("\n")).as_bytes())
    }

    fn line(status: &str, flags: &str) -> String {
        format!(
            "[2026-05-04T03:31:15.193Z] \"POST /v1/chat/completions HTTP/1.1\" {status} {flags} 119 174 2500 - \"10.0.0.1\" \"ua 429 RL\" \"req-uuid\" \"api.moonshot.cn\" \"10.0.0.2:443\""
        )
    }

    #[test]
    fn the_flags_say_which_side_spoke() {
        let lines = [
            ("200", "-"),
            ("429", "-"),
            ("429", "RL"),
            ("503", "UO"),
            ("503", "UF"),
            ("504", "UT"),
            ("503", "-"),
            ("0", "DC"),
        ];
        let lines: Vec<String> = lines.iter().map(|(s, f)| line(s, f)).collect();
        let parsed = read(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(
            parsed.attempts.iter().map(|a| a.class).collect::<Vec<_>>(),
            [
                Class::Ok,
                Class::RateLimited,
                Class::Local,
                Class::Local,
                Class::Network,
                Class::Network,
                Class::Overload,
                Class::Network
            ]
        );
        let own = parsed.attempts[2];
        assert_eq!(
            parsed.attempts.iter().map(|a| a.local_limit).collect::<Vec<_>>()[1..5],
            [None, Some(LocalLimit::Requests), Some(LocalLimit::Parallel), None]
        );
        assert_eq!((own.outcome, own.status, own.end.unwrap().since(own.start)), (Outcome::Refused, Some(429), 2.5));
        assert_eq!([own.request_id, own.provider].map(|id| text(&parsed, id)), ["req-uuid", "moonshot"]);
    }

    #[test]
    fn json_and_istio_s_text_are_read() {
        let istio = "[2026-05-04T03:31:15.193Z] \"POST /v1/messages HTTP/1.1\" 429 - via_upstream - \"-\" 119 174 3 2 \"10.0.0.1\" \"ua\" \"req-uuid\" \"api.anthropic.com\" \"10.0.0.2:443\"";
        let json = r#"{"start_time":"2026-05-04T03:31:15.193Z","method":"POST","path":"/v1/messages","response_code":429,"response_flags":"RL","duration":3,"authority":"api.anthropic.com","request_id":"r"}"#;
        let own = read(&[json]).attempts[0];
        assert_eq!((own.class, own.status), (Class::Local, Some(429)));
        assert_eq!(format_id(json), Some("envoy-access"));
        assert_eq!(format_id(&line("200", "-")), Some("envoy-access"));
        let own_text = istio.replace("429 - via_upstream", "429 RL request_rate_limited");
        let parsed = read(&[istio, &own_text]);
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.class, a.end.unwrap().since(a.start))).collect();
        assert_eq!(actual, [(Class::RateLimited, 0.003), (Class::Local, 0.003)]);
        assert_eq!(text(&parsed, parsed.attempts[0].provider), "anthropic");
    }

    #[test]
    fn envoy_gateway_s_json_names_the_path_that_was_asked_for() {
        let line = |code: u16, flags: &str, upstream: &str| {
            format!(
                r#"{{":authority":"ai.example","bytes_received":312,"bytes_sent":18,"duration":2,"method":"POST","protocol":"HTTP/1.1","response_code":{code},"response_code_details":"x","response_flags":"{flags}","route_name":"r","start_time":"2026-05-12T09:00:00.960Z","upstream_cluster":"c","upstream_host":{upstream},"x-envoy-origin-path":"/v1/chat/completions","x-request-id":"r-7"}}"#
            )
        };
        let lines = [
            line(200, "-", r#""10.0.0.1:80""#),
            line(429, "RL", "null"),
            line(429, "-", r#""10.0.0.1:80""#),
            line(429, "-", "null"),
            line(503, "UH", "null"),
        ];
        assert_eq!(format_id(&lines[0]), Some("envoy-access"));
        let parsed = read(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        let classes: Vec<Class> = parsed.attempts.iter().map(|a| a.class).collect();
        assert_eq!(classes, [Class::Ok, Class::Local, Class::RateLimited, Class::Local, Class::Network]);
        assert_eq!(text(&parsed, parsed.attempts[1].request_id), "r-7");
    }

    #[test]
    fn headers_among_the_fields_are_waits_and_readings() {
        let json = r#"{"start_time":"2026-05-04T03:31:15.193Z","method":"POST","path":"/v1/messages","response_code":429,"response_flags":"-","duration":3,"resp_retry_after":"9","x_ratelimit_limit_tokens":"1000","x_ratelimit_remaining_tokens":"10","x_ratelimit_reset_tokens":"6s"}"#;
        let parsed = read(&[json]);
        assert_eq!(parsed.attempts[0].retry_after_s(), Some(9.0));
        let [state] = &parsed.snapshots[..] else { panic!("{:?}", parsed.snapshots) };
        assert_eq!(state.state.windows[0].remaining_share, Some(0.01));
    }

    #[test]
    fn other_lines_are_none_of_ours() {
        for odd in [
            "[2026-05-04T03:31:15.193Z] \"POST /shop HTTP/1.1\" 429 RL 119 174 3 - \"a\"",
            "[2026-05-04T03:31:15.193Z] \"POST /v1/messages HTTP/1.1\" 429",
            "[x] \"POST /v1/messages HTTP/1.1\" 429 RL 1 2 3",
            "{\"response_flags\":\"RL\",\"method\":\"POST\"}",
        ] {
            assert!(read(&[odd]).attempts.is_empty(), "{odd}");
        }
    }
}
