//! Tests of OTLP in JSON.

use super::*;
use crate::formats::Parsed;
use crate::formats::testing::{format_id, parse, text};
use crate::model::{Class, Fidelity, Outcome};

fn attribute(key: &str, value: &str) -> String {
    format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)
}

fn span(ids: [&str; 2], seconds: [f64; 2], attributes: &[String], status: &str) -> String {
    let ns = seconds.map(|s| format!("{:.0}", (1_772_554_740.0 + s) * 1e9));
    format!(
        r#"{{"traceId":"t","spanId":"{}","parentSpanId":"{}","kind":3,"startTimeUnixNano":"{}","endTimeUnixNano":"{}","attributes":[{}],"status":{status}}}"#,
        ids[0],
        ids[1],
        ns[0],
        ns[1],
        attributes.join(",")
    )
}

fn batch(spans: &[String]) -> String {
    format!(
        "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{}]}},\"scopeSpans\":[{{\"spans\":[{}]}}]}}]}}\n",
        attribute("session.id", "s1"),
        spans.join(",")
    )
}

fn chat(more: &[String]) -> Vec<String> {
    let mut all = vec![attribute("gen_ai.operation.name", "chat"), attribute("gen_ai.system", "openai")];
    all.extend([attribute("gen_ai.request.model", "kimi-k2.5"), attribute("server.address", "127.0.0.1")]);
    all.extend(more.iter().cloned());
    all
}

fn post(status: &str) -> Vec<String> {
    vec![
        attribute("http.request.method", "POST"),
        attribute("url.full", "https://api.moonshot.cn/v1/chat/completions"),
        attribute("http.response.status_code", status),
    ]
}

const REFUSED: &str = r#"{"code":2,"message":"Error code: 429 - {'error': {'message': 'max concurrency: 3'}}"}"#;

fn read(text: &str) -> Parsed {
    parse(&Otlp, "traces.jsonl", text.as_bytes())
}

#[test]
fn a_call_alone_hides_the_retries_of_its_sdk() {
    let prompt = attribute("gen_ai.input.messages", "429 rate_limit \\\"resourceSpans\\\":[");
    let ok = chat(&[
        prompt,
        r#"{"key":"gen_ai.usage.input_tokens","value":{"intValue":"14415"}}"#.to_owned(),
        attribute("gen_ai.agent.id", "w1"),
    ]);
    let failed = chat(&[attribute("error.type", "RateLimitError")]);
    let agent = vec![attribute("gen_ai.operation.name", "invoke_agent")];
    let parsed = read(&batch(&[
        span(["a", "z"], [0.0, 1.5], &ok, "{}"),
        span(["b", "z"], [2.0, 2.5], &failed, REFUSED),
        span(["z", ""], [0.0, 3.0], &agent, "{}"),
    ]));
    let [ok, refused] = &parsed.attempts[..] else { panic!("{parsed:?}") };
    assert_eq!((ok.outcome, ok.tokens.input.get(), ok.at_most), (Outcome::Admitted, Some(14_415), 3));
    assert_eq!((refused.status, refused.class, refused.fidelity), (Some(429), Class::RateLimited, Fidelity::Collapsed));
    assert!(refused.start_read && refused.end.unwrap().since(refused.start) == 0.5);
    let actual = [ok.session, ok.agent, ok.model, ok.provider, refused.error_kind].map(|id| text(&parsed, id));
    assert_eq!(actual, ["s1", "w1", "kimi-k2.5", "-", "RateLimitError"]);
    assert!(!format!("{:?}", parsed.texts).contains("429 rate_limit"));
}

#[test]
fn requests_below_a_call_are_the_rows_and_carry_its_names() {
    let failed = chat(&[attribute("gen_ai.agent.id", "w1")]);
    let text_of = read(
        &[
            batch(&[span(["r1", "a"], [0.1, 0.2], &post("429"), "{}")]),
            batch(&[span(["a", "z"], [0.0, 2.0], &failed, REFUSED), span(["r2", "a"], [1.2, 1.3], &post("429"), "{}")]),
        ]
        .concat(),
    );
    let actual: Vec<_> = text_of
        .attempts
        .iter()
        .map(|a| (a.status, a.at_most, text(&text_of, a.agent), text(&text_of, a.error_message) != "-", a.source.line))
        .collect();
    assert_eq!(actual, [(Some(429), 1, "w1", false, 1), (Some(429), 1, "w1", true, 2)]);
    assert_eq!(text(&text_of, text_of.attempts[0].provider), "moonshot");
}

#[test]
fn headers_that_the_http_instrumentation_keeps_are_waits_and_readings() {
    let header = |name: &str, value: &str| {
        format!(
            r#"{{"key":"http.response.header.{name}","value":{{"arrayValue":{{"values":[{{"stringValue":"{value}"}}]}}}}}}"#
        )
    };
    let mut attributes = post("429");
    attributes.extend([
        header("retry-after", "12"),
        header("x_ratelimit_limit_requests", "60"),
        header("x-ratelimit-remaining-requests", "0"),
        header("authorization", "Bearer sk-x"),
    ]);
    let parsed = read(&batch(&[span(["r1", "a"], [0.1, 0.2], &attributes, "{}")]));
    let refused = parsed.attempts[0];
    assert_eq!(
        (refused.outcome, refused.class),
        (Outcome::Refused, Class::RateLimited),
        "though its span has no status"
    );
    assert_eq!(refused.retry_after_s(), Some(12.0));
    let [state] = &parsed.snapshots[..] else { panic!("{:?}", parsed.snapshots) };
    assert_eq!(state.provider.as_deref(), Some("moonshot"));
    assert_eq!(state.state.windows[0].remaining_share, Some(0.0));
    assert!(!format!("{parsed:?}").contains("sk-x"));
}

#[test]
fn claude_code_s_events_are_calls() {
    let event = |name: &str, more: &[String]| {
        let attributes: Vec<String> = [attribute("event.name", name), attribute("session.id", "s")]
            .into_iter()
            .chain(more.iter().cloned())
            .collect();
        format!(
            "{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{{\"timeUnixNano\":\"1772554740000000000\",\"attributes\":[{}]}}]}}]}}]}}\n",
            attributes.join(",")
        )
    };
    let parsed = read(
        &[
            event(
                "api_error",
                &[attribute("status_code", "429"), attribute("attempt", "11"), attribute("duration_ms", "182345")],
            ),
            event("api_error", &[attribute("error", "Connection error.")]),
            event("user_prompt", &[attribute("prompt", "429")]),
            event("api_request", &[attribute("duration_ms", "1000")]),
        ]
        .concat(),
    );
    let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.status, a.class, a.at_most)).collect();
    assert_eq!(actual, [(Some(429), Class::RateLimited, 11), (None, Class::Network, 1), (None, Class::Ok, 1)]);
    assert_eq!(text(&parsed, parsed.attempts[0].provider), "claude-code");
}

/// The events of 2.1.332: the last of eleven tries has its own, another one counts all of them.
#[test]
fn retries_that_were_exhausted_are_an_outage_of_their_length() {
    let record = |name: &str, more: &[(&str, i64)]| {
        let number = |(key, n): &(&str, i64)| format!("{{\"key\":\"{key}\",\"value\":{{\"intValue\":{n}}}}}");
        let more: Vec<String> = more.iter().map(number).collect();
        format!(
            "{{\"timeUnixNano\":\"1796081772050000000\",\"attributes\":[{{\"key\":\"event.name\",\"value\":{{\"stringValue\":\"{name}\"}}}},{{\"key\":\"session.id\",\"value\":{{\"stringValue\":\"s\"}}}},{}]}}",
            more.join(",")
        )
    };
    let last = record("api_error", &[("status_code", 529), ("attempt", 11), ("duration_ms", 758)]);
    let all = [("status_code", 529), ("total_attempts", 11), ("total_retry_duration_ms", 174_621)];
    let all = record("api_retries_exhausted", &all);
    let batch = format!("{{\"resourceLogs\":[{{\"scopeLogs\":[{{\"logRecords\":[{last},{all}]}}]}}]}}\n");
    let parsed = read(&batch);
    assert_eq!(parsed.problems, []);
    let [own, before] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
    assert_eq!((own.at_most, own.status, own.ended_work), (1, Some(529), true));
    assert_eq!((before.at_most, before.status), (10, Some(529)));
    let lasted_s = own.end.unwrap().since(before.start);
    assert!((lasted_s - 174.621).abs() < 0.01, "{lasted_s}");
    let renamed = batch.replace("total_retry_duration_ms", "total_retry_ms");
    assert!(read(&renamed).problems.iter().any(|p| p.reason.contains("does not know")));
}

#[test]
fn documents_over_many_lines_and_odd_ones() {
    let one = batch(&[span(["a", "z"], [0.0, 1.5], &chat(&[]), "{}")]);
    let pretty = serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&one).unwrap()).unwrap();
    assert_eq!(format_id(&pretty), Some("otlp-json"));
    assert_eq!(read(&pretty).attempts.len(), 1);
    let odd = read(&format!("{{\"resourceSpans\":[{{\"scopeSpans\":7}},{{}}]}}\n{one}{}", &one[..200]));
    assert_eq!(odd.attempts.len(), 1);
    let reasons: Vec<_> = odd.problems.iter().map(|p| p.reason.as_str()).collect();
    assert_eq!(reasons, ["a batch that is not OTLP; skipped", "the document ends early"]);
    assert_eq!(format_id("{\"a\":\"{\\\"resourceSpans\\\":[\"}"), None);
}
