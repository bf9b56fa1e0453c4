//! What stands on the way: LiteLLM, OpenTelemetry, nginx, Caddy, Envoy, a HAR document, httpx.

use serde_json::{Value, json};
use why429::model::Time;

use super::{File, by_end, end, iso, seconds, took};
use crate::fleet::{Row, epoch_ms};

const BASE: &str = "https://api.kimi.com/coding/v1";
const PATH: &str = "/coding/v1/chat/completions";

/// LiteLLM's callback: a record a call, with the provider's words in LiteLLM's wrapping. It names no agent.
pub fn litellm(rows: &[Row]) -> Vec<File> {
    let line = |i: usize, row: &Row| {
        let id = format!("c-{i:06}");
        let mut call = json!({ "id": id, "litellm_call_id": id, "trace_id": "run-1", "call_type": "acompletion",
            "cache_hit": null, "stream": true, "status": "success", "custom_llm_provider": "openai",
            "startTime": seconds(row.start_ms), "endTime": seconds(end(row)), "model": "openai/kimi-for-coding",
            "model_group": "kimi", "metadata": { "requester_metadata": { "session_id": "run-1" } },
            "prompt_tokens": row.tokens, "completion_tokens": 0, "api_base": BASE, "messages": [],
            "hidden_params": { "additional_headers": {} }, "error_str": null, "error_information": null });
        if let Some(text) = row.text {
            let text = format!("litellm.RateLimitError: RateLimitError: OpenAIException - {text}");
            call["status"] = json!("failure");
            call["error_str"] = json!(text);
            call["error_information"] =
                json!({ "error_code": row.status.to_string(), "error_class": "RateLimitError", "error_message": text });
        }
        call.to_string()
    };
    vec![("litellm/calls.jsonl".to_owned(), by_end(rows, line))]
}

/// OpenTelemetry, a span a call: it may hide retries of the SDK below.
pub fn otlp_calls(rows: &[Row]) -> Vec<File> {
    vec![("traces.jsonl".to_owned(), by_end(rows, |i, row| document(vec![call(i, row)])))]
}

/// OpenTelemetry with the spans of the HTTP client too: a span a request.
pub fn otlp_requests(rows: &[Row]) -> Vec<File> {
    let line = |i: usize, row: &Row| {
        let attributes = [
            text("http.request.method", "POST"),
            text("url.full", &format!("{BASE}/chat/completions")),
            json!({ "key": "http.response.status_code", "value": { "intValue": row.status.to_string() } }),
        ];
        let above = format!("{:016x}", 2 * i + 1);
        document(vec![call(i, row), span((i, 2 * i + 2), &above, row, &attributes)])
    };
    vec![("traces.jsonl".to_owned(), by_end(rows, line))]
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn call(i: usize, row: &Row) -> Value {
    let mut attributes = vec![
        text("gen_ai.operation.name", "chat"),
        text("gen_ai.system", "openai"),
        text("gen_ai.request.model", "kimi-for-coding"),
        text("server.address", "api.kimi.com"),
        text("gen_ai.conversation.id", "run-1"),
        text("gen_ai.agent.id", &format!("sub-{}", row.agent)),
    ];
    if row.is_admitted() {
        let tokens = json!({ "intValue": row.tokens.to_string() });
        attributes.push(json!({ "key": "gen_ai.usage.input_tokens", "value": tokens }));
    } else {
        attributes.push(text("error.type", "RateLimitError"));
    }
    span((i, 2 * i + 1), "", row, &attributes)
}

fn span((trace, id): (usize, usize), parent: &str, row: &Row, attributes: &[Value]) -> Value {
    let nano = |ms: i64| (epoch_ms(ms) * 1_000_000).to_string();
    let status = row.text.map_or_else(
        || json!({}),
        |text| {
            let body = format!("{{'error': {{'message': \"{text}\", 'type': 'rate_limit_reached_error'}}}}");
            json!({ "code": 2, "message": format!("Error code: {} - {body}", row.status) })
        },
    );
    json!({ "traceId": format!("{trace:032x}"), "spanId": format!("{id:016x}"), "parentSpanId": parent,
        "name": "chat kimi-for-coding", "kind": 3, "startTimeUnixNano": nano(row.start_ms),
        "endTimeUnixNano": nano(end(row)), "attributes": attributes, "status": status })
}

fn document(spans: Vec<Value>) -> String {
    let scope = json!({ "scope": { "name": "opentelemetry.instrumentation.openai_v2" }, "spans": spans });
    let resource = json!({ "attributes": [text("service.name", "agents")] });
    json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": [scope] }] }).to_string()
}

/// nginx with a JSON log that has times and the upstream's status: no texts, tokens or agents.
pub fn nginx_json(rows: &[Row]) -> Vec<File> {
    let line = |i: usize, row: &Row| {
        json!({ "time": iso(end(row)), "msec": format!("{:.3}", seconds(end(row))), "request_id": format!("r-{i:06}"),
            "method": "POST", "uri": PATH, "status": row.status, "request_time": took(row),
            "upstream_status": row.status.to_string(), "upstream_response_time": format!("{:.3}", took(row)) })
        .to_string()
    };
    vec![("nginx/access.json.log".to_owned(), by_end(rows, line))]
}

/// nginx as it comes: ends in whole seconds.
pub fn nginx_combined(rows: &[Row]) -> Vec<File> {
    let line = |_: usize, row: &Row| {
        let at = iso(end(row));
        let (day, clock) = (&at[8..10], &at[11..19]);
        let status = row.status;
        format!("10.0.0.7 - - [{day}/Mar/2026:{clock} +0000] \"POST {PATH} HTTP/1.1\" {status} 174 \"-\" \"agent/1.0\"")
    };
    vec![("nginx/access.log".to_owned(), by_end(rows, line))]
}

/// Caddy's access log.
pub fn caddy(rows: &[Row]) -> Vec<File> {
    let line = |_: usize, row: &Row| {
        json!({ "level": "info", "ts": seconds(end(row)), "logger": "http.log.access.log0", "msg": "handled request",
            "request": { "remote_ip": "10.0.0.7", "proto": "HTTP/2.0", "method": "POST", "host": "llm.example",
                "uri": PATH, "headers": { "Authorization": [] } },
            "duration": took(row), "size": 174, "status": row.status,
            "resp_headers": { "Server": ["Caddy", "upstream"] } })
        .to_string()
    };
    vec![("caddy/access.log".to_owned(), by_end(rows, line))]
}

/// Envoy's default text.
pub fn envoy(rows: &[Row]) -> Vec<File> {
    let line = |i: usize, row: &Row| {
        let (at, status, ms) = (iso(row.start_ms), row.status, end(row) - row.start_ms);
        format!(
            "[{at}] \"POST {PATH} HTTP/1.1\" {status} - 119 174 {ms} - \"10.0.0.7\" \"agent/1.0\" \"r-{i:06}\" \
             \"api.kimi.com\" \"10.0.0.2:443\""
        )
    };
    vec![("envoy/access.log".to_owned(), by_end(rows, line))]
}

/// A HAR document.
pub fn har(rows: &[Row]) -> Vec<File> {
    let entry = |row: &Row| {
        let body = row.text.map_or_else(
            || json!({ "usage": { "prompt_tokens": row.tokens, "completion_tokens": 9 } }),
            |text| json!({ "error": { "message": text, "type": "rate_limit_reached_error" } }),
        );
        let asked = json!({ "model": "kimi-for-coding", "messages": [] }).to_string();
        json!({ "startedDateTime": iso(row.start_ms), "time": took(row) * 1_000.0,
            "request": { "method": "POST", "url": format!("{BASE}/chat/completions"), "headers": [],
                "postData": { "mimeType": "application/json", "text": asked } },
            "response": { "status": row.status, "statusText": "", "headers": [],
                "content": { "mimeType": "application/json", "text": body.to_string() } },
            "timings": { "send": 0, "wait": 0, "receive": 0 } })
    };
    let entries: Vec<Value> = rows.iter().map(entry).collect();
    // Its keys stand in the order in which programs write them.
    let head = r#"{"log":{"version":"1.2","creator":{"name":"mitmproxy","version":"12.2.3"},"entries":"#;
    vec![("flows.har".to_owned(), format!("{head}{}}}}}\n", json!(entries)).into_bytes())]
}

/// httpx at INFO: when headers came, in whole seconds of a clock without a zone.
pub fn httpx(rows: &[Row]) -> Vec<File> {
    let line = |_: usize, row: &Row| {
        // The line is written when headers come; of an answer that is read whole, near its start.
        let at = Time::from_micros(epoch_ms(if row.is_admitted() { row.start_ms + 900 } else { end(row) }) * 1_000);
        let at = at.rfc3339()[..19].replace('T', " ");
        let status = if row.is_admitted() { "200 OK" } else { "429 Too Many Requests" };
        format!("[{at} - httpx:1025 - INFO] HTTP Request: POST {BASE}/chat/completions \"HTTP/1.1 {status}\"")
    };
    vec![("runner.log".to_owned(), by_end(rows, line))]
}
