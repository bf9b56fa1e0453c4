//! APISIX: its access log, and JSON of its logger plugins (file-logger, http-logger and their like).
//!
//! In: access lines or objects. Out: one row a request, or one for each upstream that was tried. A 429 or 503 without an upstream is a
//! limit of APISIX itself (limit-req, limit-count, limit-conn, ai-rate-limiting).
//! Source: its default configuration and the documentation of its plugins.

use serde_json::{Map, Value};

use super::common_log::{self, TOLERANCE_S, next_list};
use super::{
    LineKind, Lines, OwnLimit, Served, at, is_call_in, number, recognises, seconds, status, text, time, tries,
};
use crate::formats::http::api;
use crate::formats::http::headers::Headers;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place};

static INFO: FormatInfo = FormatInfo {
    id: "apisix-access",
    client: "apisix",
    client_traits: crate::formats::ClientTraits::gateway(15),
    rank: 0,
    merge_tolerance_s: TOLERANCE_S,
    program: "Apache APISIX 3 (default access log; JSON of its logger plugins)",
    lives: &[
        "/usr/local/apisix/logs/access.log, the path of the file-logger plugin (Linux)",
        "standard output of the container (macOS, Windows)",
    ],
    shows: "every request to a model API with start, end and status, each try at an upstream and which side spoke; in JSON limits and the wait in headers",
    not_logged: "error texts, tokens, agents; models unless a log format adds them; which of its plugins refused",
    established: "read (its default configuration and documentation); not run",
};

/// APISIX.
#[derive(Debug)]
pub struct Apisix;

impl LogFormat for Apisix {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        recognises(head, read)
    }

    fn needs(&self) -> &'static [&'static str] {
        &["start_time", "method", "uri", "status"]
    }

    fn stateless(&self) -> bool {
        true
    }

    fn lists(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Lines::new(read))
    }
}

fn text_at<'a>(fields: &'a Map<String, Value>, key: &str) -> &'a str {
    super::text(fields, &[key]).unwrap_or_default()
}

fn read(text: &str, number: u64, then: &mut dyn FnMut(LineKind<'_>)) {
    if !text.starts_with('{') {
        if let Some(served) = plain(text, number) {
            then(LineKind::Request(&served));
        }
        return;
    }
    if !text.contains("\"apisix_latency\"") {
        return;
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return };
    let known = || is_call_in(text_at(&fields, "request.method"), text_at(&fields, "request.uri"), &fields);
    if !text.split('"').any(api::is_call) && !known() {
        then(LineKind::Other);
        return;
    }
    let has = |path: &str| at(&fields, path).is_some();
    then(LineKind::Fields(&[
        ("start_time", has("start_time")),
        ("method", has("request.method")),
        ("uri", has("request.uri")),
        ("status", has("response.status")),
    ]));
    if let Some(served) = json(&fields, number) {
        then(LineKind::Request(&served));
    }
}

/// The common log with the host before the request, then `SECONDS "REFERRER" "AGENT" UPSTREAMS STATUSES SECONDS "URL"`.
fn plain(text: &str, line: u64) -> Option<Served<'_>> {
    let read = common_log::read(text)?;
    let took = read.rest.split_whitespace().next().and_then(seconds)?;
    let (addresses, rest) = next_list(common_log::after_agent(read.rest))?;
    let (statuses, rest) = next_list(rest)?;
    let (times, rest) = next_list(rest)?;
    let url = rest.trim_start().strip_prefix('"')?.split('"').next()?;
    let asked = addresses != "-" && statuses != "-";
    Some(Served {
        start: Some(read.at.plus(-took)),
        end: Some(read.at),
        status: read.status,
        own: own_limit(asked, read.status),
        not_reached: !asked && matches!(read.status, 502 | 504),
        upstream: if asked { tries(statuses, Some(times)) } else { Vec::new() },
        host: Some(url).filter(|u| u.contains("://") && asked),
        target: read.target,
        line,
        ..Served::default()
    })
}

fn own_limit(asked: bool, status: u16) -> OwnLimit {
    if !asked && matches!(status, 429 | 503) { OwnLimit::Unnamed } else { OwnLimit::None }
}

fn json(fields: &Map<String, Value>, line: u64) -> Option<Served<'_>> {
    let target = text(fields, &["request.uri"])?;
    if !is_call_in(text(fields, &["request.method"])?, target, fields) {
        return None;
    }
    let start = time(fields, &["start_time"])?;
    let took_ms = number(fields, &["latency"]).filter(|ms| (0.0..=86_400_000.0).contains(ms));
    let status = status(fields, &["response.status"])?;
    let asked = text(fields, &["upstream"]).is_some() || number(fields, &["upstream_latency"]).is_some();
    let mut headers = Headers::default();
    if let Some(Value::Object(all)) = at(fields, "response.headers") {
        headers.take_json(all);
    }
    Some(Served {
        start: Some(start),
        end: took_ms.map(|ms| start.plus(ms / 1000.0)),
        status,
        own: own_limit(asked, status),
        not_reached: !asked && matches!(status, 502 | 504),
        headers: Some(headers),
        model: text(fields, &["llm_model", "request_llm_model", "llm_summary.model"]),
        tokens: (
            number(fields, &["llm_prompt_tokens", "llm_summary.prompt_tokens"]).map(|n| n as u64),
            number(fields, &["llm_completion_tokens", "llm_summary.completion_tokens"]).map(|n| n as u64),
        ),
        target,
        line,
        ..Served::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::Class;

    #[test]
    fn the_default_log_names_the_upstream() {
        let row = |status: u16, took: &str, tail: &str| {
            format!(
                "10.0.0.9 - - [12/May/2026:09:00:12 +0000] ai.example:9080 \"POST /v1/chat/completions HTTP/1.1\" {status} 118 {took} \"-\" \"agent\" {tail} \"https://api.openai.com/v1/chat/completions\""
            )
        };
        let lines = [
            row(200, "1.500", "162.159.140.245:443 200 1.480"),
            row(429, "0.000", "- - -"),
            row(429, "0.090", "162.159.140.245:443 429 0.088"),
        ];
        assert_eq!(format_id(&lines[0]), Some("apisix-access"));
        let parsed = parse(&Apisix, "access.log", lines.join("\n").as_bytes());
        let classes: Vec<Class> = parsed.attempts.iter().map(|a| a.class).collect();
        assert_eq!(classes, [Class::Ok, Class::Local, Class::RateLimited]);
        assert_eq!(text(&parsed, parsed.attempts[2].provider), "openai");
    }

    #[test]
    fn json_of_a_logger_plugin() {
        let row = |status: u16, upstream: &str| {
            format!(
                r#"{{"service_id":"","server":{{"version":"3.9.0","hostname":"h"}},"apisix_latency":1.5,"latency":1201.5,"request":{{"url":"http://ai:9080/v1/chat/completions","uri":"/v1/chat/completions","method":"POST","size":90,"headers":{{}}}},"response":{{"status":{status},"size":617,"headers":{{"x-ratelimit-limit":"60"}}}},"route_id":"1","client_ip":"10.0.0.9","start_time":1772554740123{upstream}}}"#
            )
        };
        let lines = [row(200, r#","upstream":"10.0.0.1:443","upstream_latency":1200"#), row(429, "")];
        assert_eq!(format_id(&lines[1]), Some("apisix-access"));
        let parsed = parse(&Apisix, "a.log", lines.join("\n").as_bytes());
        let classes: Vec<Class> = parsed.attempts.iter().map(|a| a.class).collect();
        assert_eq!(classes, [Class::Ok, Class::Local]);
        assert_eq!(parsed.attempts[0].end.unwrap().since(parsed.attempts[0].start), 1.2015);
    }
}
