//! Tests of calls as callbacks and the database keep them.

use super::*;
use crate::formats::Parsed;
use crate::formats::testing::{format_id, parse, text as text_of};
use crate::model::{Class, Outcome};

const FAILED: &str = r#"{"id":"c1","litellm_call_id":"c1","trace_id":"t","session_id":"","call_type":"acompletion","cache_hit":false,"status":"failure","custom_llm_provider":"openai","startTime":1772554740.25,"endTime":1772554740.75,"model":"openai/kimi-k2.5","metadata":{"requester_metadata":{"session_id":"s1"}},"prompt_tokens":0,"api_base":"https://api.moonshot.cn/v1","messages":[{"role":"user","content":"litellm.RateLimitError: No deployments available \"status\":\"failure\""}],"hidden_params":{"additional_headers":{"retry-after":"1","request-id":"req-1"}},"error_str":"litellm.RateLimitError: RateLimitError: OpenAIException - reached organization max concurrency: 3","error_information":{"error_code":"429","error_class":"RateLimitError","error_provider_request_id":"req-1"}}"#;
const OK: &str = r#"{"id":"c2","litellm_call_id":"c2","call_type":"acompletion","status":"success","custom_llm_provider":"openai","startTime":1772554741.0,"endTime":1772554742.0,"model":"openai/kimi-k2.5","metadata":{"usage_object":{"prompt_tokens":14415,"completion_tokens":288,"prompt_tokens_details":{"cached_tokens":12000}}},"api_base":"https://api.moonshot.cn/v1","response":{"choices":[{"message":{"content":"429 rate limit"}}]},"error_str":null}"#;

fn read(lines: &[&str]) -> Parsed {
    parse(&LiteLlmCalls, "calls.jsonl", format!("{}\n", lines.join("\n")).as_bytes())
}

#[test]
fn a_wrapped_refusal_is_the_provider_s_with_its_text() {
    let parsed = read(&[FAILED, OK]);
    let [refused, ok] = &parsed.attempts[..] else { panic!("{parsed:?}") };
    assert_eq!((refused.status, refused.outcome, refused.class), (Some(429), Outcome::Refused, Class::RateLimited));
    assert_eq!((refused.at_most, refused.fidelity, refused.retry_after_s()), (3, Fidelity::Collapsed, Some(1.0)));
    let texts = [refused.provider, refused.model, refused.session, refused.request_id, refused.error_message];
    assert_eq!(
        texts.map(|id| text_of(&parsed, id)),
        [
            "moonshot",
            "kimi-k2.5",
            "s1",
            "req-1",
            "litellm.RateLimitError: RateLimitError: OpenAIException - reached organization max concurrency: 3"
        ]
    );
    assert_eq!(
        (ok.outcome, ok.tokens.input.get(), ok.tokens.cache_read.get()),
        (Outcome::Admitted, Some(2415), Some(12000))
    );
    assert!(parsed.problems.is_empty());
    assert!(!format!("{:?}", parsed.texts).contains("No deployments"), "a prompt is not read");
}

#[test]
fn the_router_s_own_refusal_is_local() {
    let own = r#"{"litellm_call_id":"c","call_type":"acompletion","model_group":"kimi","status":"failure","startTime":1772554740.0,"endTime":1772554740.0,"model":"kimi","error_str":"litellm.types.router.RouterRateLimitError: No deployments available for selected model, Try again in 5 seconds.","error_information":{"error_code":"429","error_class":"RouterRateLimitError"}}"#;
    let row = read(&[own]).attempts[0];
    assert_eq!((row.class, row.outcome, row.at_most, row.status), (Class::Local, Outcome::Refused, 1, Some(429)));
    let grouped = OK.replace("\"call_type\"", "\"model_group\":\"kimi\",\"call_type\"");
    let behind = |lines: &[&str]| {
        let parsed = read(lines);
        text_of(&parsed, parsed.attempts.last().unwrap().provider).to_owned()
    };
    assert_eq!(behind(&[own]), "-");
    assert_eq!(behind(&[&grouped, own]), "moonshot", "its group has one provider");
    let other = grouped.replace("https://api.moonshot.cn/v1", "https://api.z.ai/v1");
    assert_eq!(behind(&[&grouped, &other, own]), "-", "its group has two");
}

#[test]
fn a_connection_that_failed_has_no_status_and_a_cache_hit_is_no_attempt() {
    let cut = FAILED.replace("\"429\"", "\"500\"").replace("\"RateLimitError\"", "\"APIConnectionError\"");
    let parsed = read(&[&cut, &OK.replace("\"status\"", "\"cache_hit\":true,\"status\"")]);
    let [row] = &parsed.attempts[..] else { panic!("{parsed:?}") };
    assert_eq!((row.class, row.status), (Class::Network, None));
    assert_eq!(parsed.records, 2);
}

#[test]
fn spend_log_rows_are_read_in_lines_and_arrays() {
    let row = r#"{"request_id":"r1","call_type":"acompletion","spend":0.1,"startTime":"2026-03-03T16:19:00.250000","endTime":"2026-03-03T16:19:01.000000Z","model":"kimi-k2.5","prompt_tokens":10,"completion_tokens":2,"metadata":"{\"error_information\":{\"error_code\":\"429\",\"error_class\":\"RateLimitError\",\"error_message\":\"litellm.RateLimitError: OpenAIException - full\"}}","status":"failure","session_id":"x"}"#;
    for form in [row.to_owned(), format!("[{row}]"), format!("[\n{row},\n{row}\n]")] {
        let parsed = read(&[&form]);
        let a = &parsed.attempts[0];
        assert_eq!(a.start.rfc3339(), "2026-03-03T16:19:00.250Z", "without a zone it is UTC");
        assert_eq!((a.status, a.rank, a.session), (Some(429), 1, None));
        assert_eq!(text_of(&parsed, a.error_message), "litellm.RateLimitError: OpenAIException - full");
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
        assert_eq!(format_id(&form), Some("litellm-calls"));
    }
}

#[test]
fn recognised_by_its_keys_though_the_first_call_does_not_end() {
    assert_eq!(
        format_id(&format!(
            "{{\"id\":\"x\",\"litellm_call_id\":\"y\",\"call_type\":\"a\",\"messages\":\"{}",
            "p".repeat(70_000)
        )),
        Some("litellm-calls")
    );
    // 1.83 wrote no call id.
    let older = r#"{"id":"x","trace_id":"t","call_type":"acompletion","custom_llm_provider":"openai","startTime":3.0}"#;
    assert_eq!(format_id(older), Some("litellm-calls"));
    let quoted = r#"{"type":"tool","text":"{\"litellm_call_id\":1,\"call_type\":2,\"startTime\":3}"}"#;
    assert_ne!(format_id(quoted), Some("litellm-calls"));
}

#[test]
fn broken_and_foreign_lines_are_problems_but_a_cut_end_is_none() {
    let cut = &OK[..300];
    let parsed = parse(&LiteLlmCalls, "x", format!("{{\"a\":1}}\n{cut}\n{OK}\n{cut}").as_bytes());
    let problems: Vec<_> = parsed.problems.iter().map(|p| (p.line, p.reason.as_str())).collect();
    assert_eq!(problems, [(1, "no call of LiteLLM; line ignored"), (2, "not a JSON object")]);
    assert_eq!(parsed.attempts.len(), 1);
}
