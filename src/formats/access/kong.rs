//! Kong: JSON of its file-log, http-log, tcp-log and syslog plugins.
//!
//! In: one object a request. Out: one row a request, or one for each try at an upstream that failed before it. A refusal by a plugin
//! of Kong's own (rate-limiting, request-termination, ai-rate-limiting) has no try at an upstream.
//! Its access log is nginx's, and read as such.
//! Source: the documentation of the plugins and of the log serializer.

use serde_json::{Map, Value};

use super::{LineKind, Lines, OwnLimit, Served, at, is_call_in, number, recognises, status, text, time};
use crate::formats::http::api;
use crate::formats::http::headers::Headers;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place};
use crate::model::LocalLimit;

static INFO: FormatInfo = FormatInfo {
    id: "kong-log",
    client: "kong",
    client_traits: crate::formats::ClientTraits::gateway(14),
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "Kong Gateway 3 (log serializer: file-log, http-log, tcp-log, syslog)",
    lives: &["the path of the file-log plugin, or where its receiver saves (Linux, macOS, Windows)"],
    shows: "every request to a model API with start, end, status, request id, retry-after and limits in headers, and which side spoke; with ai-proxy the model and tokens",
    not_logged: "error texts, agents",
    established: "read (its documentation, public log lines); not run",
};

/// Kong.
#[derive(Debug)]
pub struct Kong;

impl LogFormat for Kong {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        recognises(head, read)
    }

    fn needs(&self) -> &'static [&'static str] {
        &["started_at", "method", "uri", "status"]
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

/// Keys that its serializer writes, of which so many make a record.
const KEYS: &[&str] =
    &["latencies", "started_at", "tries", "service", "route", "upstream_uri", "client_ip", "request", "response"];
const ENOUGH: usize = 5;

fn text_at<'a>(fields: &'a Map<String, Value>, key: &str) -> &'a str {
    super::text(fields, &[key]).unwrap_or_default()
}

fn read(text: &str, number: u64, then: &mut dyn FnMut(LineKind<'_>)) {
    if !text.starts_with('{') || !text.contains("\"latencies\"") {
        return;
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return };
    if KEYS.iter().filter(|k| fields.contains_key(**k)).count() < ENOUGH {
        return;
    }
    let known = || is_call_in(text_at(&fields, "request.method"), text_at(&fields, "request.uri"), &fields);
    if !text.split('"').any(api::is_call) && !known() {
        then(LineKind::Other);
        return;
    }
    let has = |path: &str| at(&fields, path).is_some();
    then(LineKind::Fields(&[
        ("started_at", has("started_at")),
        ("method", has("request.method")),
        ("uri", has("request.uri")),
        ("status", has("response.status")),
    ]));
    if let Some(served) = line(&fields, number) {
        then(LineKind::Request(&served));
    }
}

fn line(fields: &Map<String, Value>, line: u64) -> Option<Served<'_>> {
    let target = text(fields, &["request.uri"])?;
    if !is_call_in(text(fields, &["request.method"])?, target, fields) {
        return None;
    }
    let start = time(fields, &["started_at"])?;
    let took_s = number(fields, &["latencies.request"]).map(|ms| ms / 1000.0).filter(|s| (0.0..=86_400.0).contains(s));
    let status = status(fields, &["response.status"])?;
    let mut headers = Headers::default();
    if let Some(Value::Object(all)) = at(fields, "response.headers") {
        headers.take_json(all);
    }
    let tries = fields.get("tries").and_then(Value::as_array).map(Vec::len);
    // Without a try no upstream was asked; older versions leave the list out, and say so by a latency of -1.
    let asked = tries.map_or_else(|| number(fields, &["latencies.proxy"]).is_none_or(|ms| ms >= 0.0), |n| n > 0);
    let asked = asked || number(fields, &["upstream_status"]).is_some();
    let is_own = !asked && matches!(status, 429 | 503);
    let upstream = text(fields, &["upstream_status"]).map(|s| super::tries(s, None)).unwrap_or_default();
    let tokens = |keys: &[&str]| number(fields, keys).filter(|n| *n >= 0.0).map(|n| n as u64);
    Some(Served {
        start: Some(start),
        end: took_s.map(|s| start.plus(s)),
        status,
        own: if is_own { own_limit(fields) } else { OwnLimit::None },
        not_reached: !asked && matches!(status, 502 | 504),
        upstream,
        headers: Some(headers),
        request_id: text(fields, &["request.id", "response.headers.x-request-id"]),
        model: text(
            fields,
            &["ai.proxy.meta.request_model", "ai.ai-proxy.meta.request_model", "ai.meta.request_model"],
        ),
        tokens: (
            tokens(&["ai.proxy.usage.prompt_tokens", "ai.ai-proxy.usage.prompt_tokens"]),
            tokens(&["ai.proxy.usage.completion_tokens", "ai.ai-proxy.usage.completion_tokens"]),
        ),
        host: text(fields, &["service.host", "upstream_host"]),
        target,
        line,
        ..Served::default()
    })
}

/// The plugin that refused names itself by its headers.
fn own_limit(fields: &Map<String, Value>) -> OwnLimit {
    let Some(Value::Object(headers)) = at(fields, "response.headers") else { return OwnLimit::Unnamed };
    let has = |prefix: &str| headers.keys().any(|k| k.to_ascii_lowercase().starts_with(prefix));
    if has("x-ai-ratelimit") {
        OwnLimit::By(LocalLimit::Tokens)
    } else if has("x-ratelimit-") || has("ratelimit-") {
        OwnLimit::By(LocalLimit::Requests)
    } else {
        OwnLimit::Unnamed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::Class;

    fn row(status: u16, tries: &str, more: &str) -> String {
        format!(
            r#"{{"latencies":{{"request":1250,"kong":3,"proxy":1247}},"client_ip":"10.0.0.9","request":{{"method":"POST","uri":"/v1/chat/completions","url":"http://kong:8000/v1/chat/completions","size":300,"headers":{{"authorization":"REDACTED"}},"id":"k-1"}},"response":{{"status":{status},"size":92,"headers":{{"retry-after":"54","x-ratelimit-limit-minute":"5"}}}},"tries":{tries},"service":{{"host":"api.openai.com"}},"started_at":1772554740123{more}}}"#
        )
    }

    #[test]
    fn without_a_try_the_refusal_is_its_own() {
        let tried = r#"[{"ip":"10.0.0.1","port":443,"balancer_start":1772554740125}]"#;
        let lines = [row(200, tried, ""), row(429, "[]", ""), row(429, tried, r#","upstream_status":"429""#)];
        assert_eq!(format_id(&lines[0]), Some("kong-log"));
        let parsed = parse(&Kong, "kong.log", lines.join("\n").as_bytes());
        let classes: Vec<Class> = parsed.attempts.iter().map(|a| a.class).collect();
        assert_eq!(classes, [Class::Ok, Class::Local, Class::RateLimited]);
        let own = parsed.attempts[1];
        assert_eq!((own.retry_after_s(), own.end.unwrap().since(own.start)), (Some(54.0), 1.25));
        assert_eq!([own.provider, own.request_id].map(|id| text(&parsed, id)), ["openai", "k-1"]);
    }
}
