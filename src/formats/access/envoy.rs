//! Envoy: its default text format, and JSON with the operator names (Istio's and Envoy's own).
//!
//! In: access lines. Out: one row a request. The stamp is the start; the response flags say which side spoke: `RL` and
//! `UO` are limits of Envoy itself, `UF`, `UC`, `UT` and their like failures on the way to the upstream.
//! Source: the default format and the flags of Envoy's documentation.

use serde_json::{Map, Value};

use super::{Found, Lines, Served, headers, instant, is_call, is_line_of, names_call, recognises, target};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place};
use crate::model::{LocalLimit, Time};

static INFO: FormatInfo = FormatInfo {
    id: "envoy-access",
    client: "envoy",
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "Envoy access log (default text format; JSON with start_time, response_code, response_flags)",
    lives: &["where the listener's access_log says, often standard output (Linux, macOS, Windows)"],
    shows: "every request to a model API with start, end, status, request id, and by its flags which side spoke; in JSON limits and the wait in an answer's headers, where they are among its fields",
    hides: "error texts, tokens, models, lanes; in text also retry-after. Istio's text format is not read, its JSON is",
    established: "read (the program's documentation; no file of a failure was at hand)",
};

/// Envoy refused by itself: rate limits (local and of a service), circuit breaker, fault filter.
const OWN: &[&str] = &["RL", "RLSE", "UO", "FI", "DI"];

/// No answer came from the upstream: connection, reset, timeout, none healthy, no route, retries used up, no cluster.
const ON_THE_WAY: &[&str] = &["UF", "UC", "UT", "UR", "LR", "LH", "UH", "NR", "NC", "UMSDR", "SI", "OM"];

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

/// Names of operators that stand in no other program's log.
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
    "duration",
    "authority",
    "request_id",
    "protocol",
    "user_agent",
    "bytes_sent",
    "bytes_received",
];

fn read(text: &str, number: u64, then: &mut dyn FnMut(Found<'_>)) {
    if !text.starts_with('{') {
        match plain(text, number) {
            Some(served) => then(Found::Request(&served)),
            None if text.starts_with('[') && names_call(text) => then(Found::Unread),
            None => {}
        }
        return;
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return };
    if !is_line_of(&fields, NAMED, SHARED) {
        return;
    }
    let has = |name: &'static str, other: &str| (name, fields.contains_key(name) || fields.contains_key(other));
    then(Found::Fields(&[
        has("start_time", ""),
        has("method", ":method"),
        has("path", ":path"),
        has("response_code", ""),
        has("response_flags", ""),
        has("duration", ""),
    ]));
    if let Some(served) = json(&fields, number) {
        then(Found::Request(&served));
    }
}

/// `[START] "POST /v1/messages HTTP/1.1" 429 RL 119 174 3 - "10.0.0.1" "ua" "req-uuid" "host" "10.0.0.2:443"`.
fn plain(text: &str, line: u64) -> Option<Served<'_>> {
    let (stamped, rest) = text.strip_prefix('[')?.split_once("] \"")?;
    let start = instant(stamped)?;
    let (request, rest) = rest.split_once("\" ")?;
    let target = target(request)?;
    let (plain, quoted) = rest.split_once('"').unwrap_or((rest, ""));
    let words: Vec<&str> = plain.split_whitespace().collect();
    let (status, flags) = (words.first()?.parse().ok()?, *words.get(1)?);
    // Bytes in, bytes out, duration: the first three whole numbers in a row behind the flags.
    let numbers = words.iter().skip(2).skip_while(|w| w.parse::<u64>().is_err());
    let took_ms: f64 = numbers.take(3).nth(2)?.parse().ok()?;
    // Quoted: forwarded for, agent, request id, authority, upstream.
    let quoted: Vec<&str> = quoted.split('"').collect();
    let field = |back: usize| {
        let values: Vec<&str> = quoted.iter().step_by(2).copied().filter(|v| !v.is_empty()).collect();
        values.len().checked_sub(back).and_then(|i| values.get(i)).copied().filter(|v| *v != "-")
    };
    served(Told { start, took_ms, status, flags, request_id: field(3), host: field(2), target, line })
}

struct Told<'a> {
    start: Time,
    took_ms: f64,
    status: u16,
    flags: &'a str,
    request_id: Option<&'a str>,
    host: Option<&'a str>,
    target: &'a str,
    line: u64,
}

fn served(told: Told<'_>) -> Option<Served<'_>> {
    let Told { start, took_ms, status, flags, request_id, host, target, line } = told;
    // Status 0: no answer was begun.
    let valid = status == 0 || (100..600).contains(&status);
    if !valid || !(0.0..=86_400_000.0).contains(&took_ms) {
        return None;
    }
    let has = |of: &[&str]| flags.split(',').any(|f| of.contains(&f));
    let not_reached = has(ON_THE_WAY) && status != 429;
    Some(Served {
        start: Some(start),
        end: Some(start.plus(took_ms / 1000.0)),
        status: if status == 0 || (has(CLIENT_LEFT) && status >= 400) { 499 } else { status },
        is_own: has(OWN),
        own_limit: own_limit(flags),
        not_reached,
        request_id,
        host,
        target,
        line,
        ..Served::default()
    })
}

/// Which of Envoy's own limits a flag stands for: `RL` is a rate of requests, `UO` a circuit breaker's count of requests or
/// connections at once. The rate limit service's failure and injected faults are none of these.
fn own_limit(flags: &str) -> Option<LocalLimit> {
    flags.split(',').find_map(|flag| match flag {
        "RL" => Some(LocalLimit::Requests),
        "UO" => Some(LocalLimit::Parallel),
        _ => None,
    })
}

fn json(fields: &Map<String, Value>, line: u64) -> Option<Served<'_>> {
    let text = |keys: &[&str]| keys.iter().find_map(|k| fields.get(*k)?.as_str()).filter(|t| *t != "-");
    let number = |key: &str| {
        let value = fields.get(key)?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    };
    let target = text(&["path", ":path"])?;
    if !is_call(text(&["method", ":method"])?, target) {
        return None;
    }
    let served = served(Told {
        start: instant(text(&["start_time"])?)?,
        took_ms: number("duration")?,
        status: number("response_code").filter(|s| (0.0..600.0).contains(s))? as u16,
        flags: fields.get("response_flags").and_then(Value::as_str).unwrap_or("-"),
        request_id: text(&["request_id", "x_request_id"]),
        host: text(&["authority", ":authority"]),
        target,
        line,
    })?;
    Some(Served { headers: Some(headers(fields)), ..served })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::formats::testing::{feed, recognised, text};
    use crate::model::{Class, Outcome};

    fn read(lines: &[&str]) -> Parsed {
        feed(&Envoy, "access.log", format!("{}\n", lines.join("\n")).as_bytes())
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
    fn json_is_read_and_istio_s_text_is_not_guessed_at() {
        let istio = "[2026-05-04T03:31:15.193Z] \"POST /v1/messages HTTP/1.1\" 429 - via_upstream - \"-\" 119 174 3 2 \"10.0.0.1\" \"ua\" \"req-uuid\" \"api.anthropic.com\" \"10.0.0.2:443\"";
        let json = r#"{"start_time":"2026-05-04T03:31:15.193Z","method":"POST","path":"/v1/messages","response_code":429,"response_flags":"RL","duration":3,"authority":"api.anthropic.com","request_id":"r"}"#;
        let own = read(&[json]).attempts[0];
        assert_eq!((own.class, own.status), (Class::Local, Some(429)));
        assert_eq!(recognised(json), Some("envoy-access"));
        assert_eq!(recognised(&line("200", "-")), Some("envoy-access"));
        assert!(read(&[istio]).attempts.is_empty(), "its words in quotes stand before the numbers");
    }

    #[test]
    fn headers_among_the_fields_are_waits_and_readings() {
        let json = r#"{"start_time":"2026-05-04T03:31:15.193Z","method":"POST","path":"/v1/messages","response_code":429,"response_flags":"-","duration":3,"resp_retry_after":"9","x_ratelimit_limit_tokens":"1000","x_ratelimit_remaining_tokens":"10","x_ratelimit_reset_tokens":"6s"}"#;
        let parsed = read(&[json]);
        assert_eq!(parsed.attempts[0].retry_after_s(), Some(9.0));
        let [reading] = &parsed.snapshots[..] else { panic!("{:?}", parsed.snapshots) };
        assert_eq!(reading.reading.windows[0].remaining_share, Some(0.01));
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
