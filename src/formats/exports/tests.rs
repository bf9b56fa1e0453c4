//! Tests of exports.

use super::*;
use crate::formats::Parsed;
use crate::formats::testing::{format_id, parse, text};
use crate::model::{Class, Outcome};

/// Status, class, kind and message of each attempt.
fn rows(parsed: &Parsed) -> Vec<(Option<u16>, Class, String, String)> {
    let of = |a: &crate::model::Attempt| {
        (a.status, a.class, text(parsed, a.error_kind).to_owned(), text(parsed, a.error_message).to_owned())
    };
    parsed.attempts.iter().map(of).collect()
}

const REFUSED: &str = "Error code: 429 - {'error': {'message': 'Rate limit reached'}}";

fn refused(kind: &str) -> (Option<u16>, Class, String, String) {
    (Some(429), Class::RateLimited, kind.to_owned(), REFUSED.to_owned())
}

#[test]
fn observations_of_langfuse_in_both_spellings_and_as_csv() {
    let api = format!(
        r#"{{"meta":{{"page":1}},"data":[
        {{"id":"s","traceId":"t","type":"SPAN","name":"agent","startTime":"2026-05-12T09:00:00.000Z","endTime":"2026-05-12T09:00:09.000Z","level":"ERROR","statusMessage":"x","parentObservationId":null}},
        {{"id":"a","traceId":"t","type":"GENERATION","startTime":"2026-05-12T09:00:00.000Z","endTime":"2026-05-12T09:00:02.000Z","model":"gpt-4o","level":"DEFAULT","usageDetails":{{"input":250,"output":20}},"parentObservationId":"s"}},
        {{"id":"b","traceId":"t","type":"GENERATION","startTime":"2026-05-12T09:00:03.000Z","endTime":"2026-05-12T09:00:03.300Z","model":"gpt-4o","level":"ERROR","statusMessage":"openai.RateLimitError: {REFUSED}","parentObservationId":"s"}}]}}"#
    );
    assert_eq!(format_id(&api), Some("langfuse"));
    let parsed = parse(&LANGFUSE, "obs.json", api.as_bytes());
    assert_eq!(rows(&parsed)[1], refused("RateLimitError"));
    let ok = parsed.attempts[0];
    assert_eq!((ok.outcome, ok.tokens.input.get(), text(&parsed, ok.session)), (Outcome::Admitted, Some(250), "t"));
    assert_eq!(parsed.skipped, 1);

    let bucket = format!(
        "id,trace_id,type,start_time,end_time,level,status_message,provided_model_name,usage_details,session_id\n\
         a,t,GENERATION,2026-05-12 09:00:00.000000,2026-05-12 09:00:02.000000,DEFAULT,,gpt-4o,\"{{\"\"input\"\":250}}\",s1\n\
         b,t,GENERATION,2026-05-12 09:00:03.000000,2026-05-12 09:00:03.300000,ERROR,\"{REFUSED}\",gpt-4o,,s1\n"
    );
    assert_eq!(format_id(&bucket), Some("langfuse"));
    let parsed = parse(&LANGFUSE, "obs.csv", bucket.as_bytes());
    assert_eq!(rows(&parsed)[1], refused("-"));
    assert_eq!(parsed.attempts[0].tokens.input.get(), Some(250));
    assert_eq!(text(&parsed, parsed.attempts[1].session), "s1");
}

#[test]
fn a_generation_inside_another_counts_once() {
    let line = |id: &str, parent: &str, model: &str| {
        format!(
            "{{\"id\":\"{id}\",\"traceId\":\"t\",\"type\":\"GENERATION\",\"startTime\":\"2026-05-12T09:00:00Z\",\"endTime\":\"2026-05-12T09:00:02Z\",\"model\":\"{model}\",\"level\":\"DEFAULT\",\"parentObservationId\":{parent}}}\n"
        )
    };
    let lines = [line("outer", "null", "m"), line("inner", "\"outer\"", "m-2026")].concat();
    let parsed = parse(&LANGFUSE, "obs.jsonl", lines.as_bytes());
    let models: Vec<_> = parsed.attempts.iter().map(|a| text(&parsed, a.model)).collect();
    assert_eq!(models, ["m-2026"]);
}

#[test]
fn runs_of_langsmith() {
    let runs = format!(
        r#"[{{"id":"r0","name":"agent","run_type":"chain","start_time":"2026-05-12T09:00:00.000000","end_time":"2026-05-12T09:00:09.000000","error":"RateLimitError(\"{REFUSED}\")Traceback (most recent call last):\n","status":"error","parent_run_id":null,"dotted_order":"x"}},
        {{"id":"r1","name":"ChatOpenAI","run_type":"llm","start_time":"2026-05-12T09:00:01.000000","end_time":"2026-05-12T09:00:01.300000","error":"RateLimitError(\"{REFUSED}\")Traceback (most recent call last):\n","status":"error","parent_run_id":"r0","trace_id":"r0","extra":{{"metadata":{{"ls_provider":"openai","ls_model_name":"gpt-4o"}}}}}},
        {{"id":"r2","run_type":"llm","start_time":"2026-05-12T09:00:02.000000","end_time":"2026-05-12T09:00:04.000000","error":null,"status":"success","parent_run_id":"r0","prompt_tokens":12,"completion_tokens":3}}]"#
    );
    assert_eq!(format_id(&runs), Some("langsmith"));
    let parsed = parse(&LANGSMITH, "runs.json", runs.as_bytes());
    assert_eq!(rows(&parsed)[0], refused("RateLimitError"));
    assert_eq!(parsed.attempts[1].tokens.input.get(), Some(12));
    let first = parsed.attempts[0];
    assert_eq!([first.provider, first.model].map(|id| text(&parsed, id)), ["openai", "gpt-4o"]);
    assert_eq!((parsed.attempts.len(), parsed.skipped), (2, 1));
}

#[test]
fn requests_of_helicone_without_those_that_never_ended() {
    let rows = r#"{"request_id":"q1","request_created_at":"2026-05-12T09:00:00.000Z","response_created_at":"2026-05-12T09:00:00.300Z","response_status":429,"provider":"OPENAI","request_model":"gpt-4o","request_properties":{"Helicone-Session-Id":"s1"},"response_body":{"error":{"type":"tokens","message":"Rate limit reached"}}}
{"request_id":"q2","request_created_at":"2026-05-12T09:00:01.000Z","response_created_at":null,"response_status":-2,"provider":"OPENAI"}
{"request_id":"q3","request_created_at":"2026-05-12T09:00:02.000Z","response_created_at":"2026-05-12T09:00:04.000Z","response_status":200,"provider":"OPENAI","prompt_tokens":9}
{"request_id":"q4","request_created_at":"2026-05-12T09:00:05.000Z","response_status":429,"delay_ms":3,"request_properties":{"Helicone-Rate-Limit-Status":"bucket_rate_limited"}}
"#;
    assert_eq!(format_id(rows), Some("helicone"));
    let parsed = parse(&HELICONE, "h.jsonl", rows.as_bytes());
    let classes: Vec<_> = parsed.attempts.iter().map(|a| a.class).collect();
    assert_eq!(classes, [Class::RateLimited, Class::Ok, Class::Local]);
    let first = parsed.attempts[0];
    let names = [first.provider, first.session, first.error_message].map(|id| text(&parsed, id));
    assert_eq!(names, ["openai", "s1", "Rate limit reached"]);
    assert_eq!(parsed.records, 4);
}

#[test]
fn spans_of_phoenix_flat_nested_and_printed_to_a_console() {
    let flat = format!(
        "{{\"name\":\"ChatCompletion\",\"span_kind\":\"LLM\",\"parent_id\":\"z\",\"start_time\":\"2026-05-12T09:00:36.000Z\",\"end_time\":\"2026-05-12T09:00:36.300Z\",\"status_code\":\"ERROR\",\"status_message\":\"{REFUSED}\",\"events\":[],\"context.span_id\":\"a\",\"context.trace_id\":\"t\",\"attributes.llm.model_name\":\"gpt-4o\"}}\n\
         {{\"name\":\"agent\",\"span_kind\":\"CHAIN\",\"start_time\":\"2026-05-12T09:00:35.000Z\",\"end_time\":\"2026-05-12T09:00:37.000Z\",\"status_code\":\"ERROR\",\"context.span_id\":\"z\",\"context.trace_id\":\"t\"}}\n"
    );
    assert_eq!(format_id(&flat), Some("phoenix"));
    let parsed = parse(&PHOENIX, "spans.jsonl", flat.as_bytes());
    assert_eq!((rows(&parsed), parsed.skipped), (vec![refused("-")], 1));
    let api = format!(
        r#"{{"data":[{{"id":"x","name":"ChatCompletion","context":{{"trace_id":"t","span_id":"a"}},"span_kind":"LLM","parent_id":null,"start_time":"2026-05-12T09:00:36+00:00","end_time":"2026-05-12T09:00:36.300000+00:00","status_code":"ERROR","status_message":"{REFUSED}","attributes":{{"llm.model_name":"gpt-4o","llm.provider":"openai"}},"events":[{{"name":"exception","attributes":{{"exception.type":"RateLimitError","exception.message":"x"}}}}]}}],"next_cursor":null}}"#
    );
    assert_eq!(format_id(&api), Some("phoenix"));
    assert_eq!(rows(&parse(&PHOENIX, "spans.json", api.as_bytes())), [refused("RateLimitError")]);
    let console = r#"{
    "name": "chat gpt-4o",
    "context": {"trace_id": "0x01", "span_id": "0x02", "trace_state": "[]"},
    "kind": "SpanKind.CLIENT",
    "parent_id": null,
    "start_time": "2026-05-12T09:00:36.000000Z",
    "end_time": "2026-05-12T09:00:36.300000Z",
    "status": {"status_code": "ERROR", "description": "Error code: 429 - {'error': {'message': 'Rate limit reached'}}"},
    "attributes": {"gen_ai.operation.name": "chat", "gen_ai.system": "openai", "gen_ai.request.model": "gpt-4o", "error.type": "RateLimitError"},
    "events": [], "links": [], "resource": {"attributes": {}, "schema_url": ""}
}
"#;
    assert_eq!(format_id(console), Some("phoenix"));
    let parsed = parse(&PHOENIX, "out.txt", console.repeat(2).as_bytes());
    assert_eq!((rows(&parsed)[0].clone(), parsed.attempts.len()), (refused("RateLimitError"), 2));
}

#[test]
fn rows_of_portkey_and_bifrost() {
    let portkey = r#"{"id":"p1","created_at":"2026-05-12T09:00:00Z","response_time":1500,"response_status_code":429,"ai_org":"openai","ai_model":"gpt-4o","cache_status":"MISS","trace_id":"t","req_units":5}
{"id":"p2","created_at":"2026-05-12T09:00:05Z","response_time":5,"response_status_code":200,"ai_org":"openai","cache_status":"HIT"}
"#;
    assert_eq!(format_id(portkey), Some("portkey"));
    let parsed = parse(&PORTKEY, "p.jsonl", portkey.as_bytes());
    assert_eq!((parsed.attempts.len(), parsed.attempts[0].status, parsed.records), (1, Some(429), 2));
    let bifrost = r#"[{"id":"b1","timestamp":"2026-05-12 09:00:00.5+00:00","status":"error","provider":"openai","model":"gpt-4o","latency":12.5,"selected_key_id":"k1","number_of_retries":2,"error_details":"{\"status_code\":429,\"error\":{\"type\":\"tokens\",\"message\":\"Rate limit reached\"}}","token_usage":null},
{"id":"b2","timestamp":"2026-05-12 09:00:01+00:00","status":"success","provider":"openai","latency":900,"error_details":"","token_usage":"{\"prompt_tokens\":7}"}]"#;
    assert_eq!(format_id(bifrost), Some("bifrost"));
    let parsed = parse(&BIFROST, "b.json", bifrost.as_bytes());
    let [refused, ok] = &parsed.attempts[..] else { panic!("{parsed:?}") };
    assert_eq!((refused.status, refused.at_most, text(&parsed, refused.account)), (Some(429), 3, "k1"));
    assert_eq!(ok.tokens.input.get(), Some(7));
}

#[test]
fn the_warehouse_of_claude_monitor_holds_answers_and_limits() {
    let warehouse = r#"{"schema_version":"1.0","records":[{"record_version":1,"timestamp":"2026-05-12T09:00:00+00:00","day":"2026-05-12","project":"p","model":"m-1","message_id":"msg_1","request_id":"req_1","source":{"kind":"claude_code_jsonl","account":null},"input_tokens":5,"output_tokens":6,"cache_creation_tokens":0,"cache_read_tokens":7,"total_tokens":18,"cost_usd":0.1,"key":"k"}],
"limit_events":[{"record_version":1,"type":"system_limit","timestamp":"2026-05-12T09:05:00+00:00","reset_time":null,"project":"p","content":"You've hit your session limit · resets 11am","source":{"kind":"claude_code_jsonl","account":null},"key":"k2"}]}"#;
    assert_eq!(format_id(warehouse), Some("claude-monitor"));
    let parsed = parse(&CLAUDE_MONITOR, "usage.json", warehouse.as_bytes());
    let [answer, limit] = &parsed.attempts[..] else { panic!("{parsed:?}") };
    assert_eq!((answer.outcome, answer.tokens.cache_read.get()), (Outcome::Admitted, Some(7)));
    assert_eq!((limit.outcome, limit.status, limit.ended_work), (Outcome::Refused, None, true));
    let empty = warehouse.split("\"limit_events\"").next().unwrap().to_owned() + "\"limit_events\":[]}";
    assert_eq!(format_id(&empty), Some("claude-monitor"));
}

#[test]
fn spans_without_a_call_are_a_problem_and_odd_rows_do_no_harm() {
    let chain = r#"{"name":"agent","span_kind":"CHAIN","start_time":"2026-05-12T09:00:35.000Z","end_time":"2026-05-12T09:00:37.000Z","status_code":"OK","context.span_id":"z","context.trace_id":"t"}"#;
    let parsed = parse(&PHOENIX, "spans.jsonl", chain.as_bytes());
    assert!(
        parsed.attempts.is_empty() && parsed.problems[0].reason.starts_with("spans, and none of them"),
        "{parsed:?}"
    );
    for odd in [
        "{\"id\":[],\"traceId\":{},\"startTime\":7,\"level\":null,\"type\":\"GENERATION\"}",
        "{\"data\":[7,[],{}]}",
        "[{]",
    ] {
        assert!(parse(&LANGFUSE, "x.json", odd.as_bytes()).attempts.is_empty(), "{odd}");
    }
}
