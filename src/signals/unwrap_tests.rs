use super::*;

fn texts(message: &str) -> Vec<String> {
    unwrap(message).texts.into_iter().map(|(t, _)| t).collect()
}

fn kinds(message: &str) -> Vec<String> {
    unwrap(message).kinds.into_iter().map(|(k, _)| k).collect()
}

#[test]
fn a_json_body_is_unwrapped() {
    let u = unwrap(r#"429 {"type":"error","error":{"type":"rate_limit_error","message":"Too\nmany"}}"#);
    assert_eq!(u.innermost(), Some("Too many"));
    assert_eq!(u.kinds.iter().map(|(k, _)| k.as_str()).collect::<Vec<_>>(), ["rate_limit_error", "error"]);
    assert_eq!((u.status(), u.is_wrapped()), (Some(429), true));
}

#[test]
fn a_python_body_is_unwrapped() {
    let text = "Error code: 403 - {'error': {'message': \"You've reached \\\"it\\\"\", 'type': 'access_terminated_error', 'param': None}}";
    assert_eq!(texts(text), ["You've reached \"it\"", "Error code: 403 -"]);
    assert_eq!(kinds(text), ["access_terminated_error"]);
    assert_eq!(unwrap(text).status(), Some(403));
}

#[test]
fn a_nested_body_is_unwrapped() {
    let text = r#"{"error":{"message":"502 {\"error\":{\"code\":\"1308\",\"message\":\"Usage limit\"}}"}}"#;
    assert_eq!((texts(text), kinds(text)), (vec!["Usage limit".to_owned()], vec!["1308".to_owned()]));
}

#[test]
fn an_echoed_request_is_not_read() {
    let text = r#"{"error":{"message":"bad"},"messages":[{"content":"too many requests"}],"input":"429"}"#;
    assert_eq!(texts(text), ["bad"]);
    assert_eq!(unwrap(text).status(), None);
}

#[test]
fn a_cut_body_is_the_text_it_is() {
    let u = unwrap("Error code: 429 - {'error': {'message': 'Your account reached max RPM: 3");
    assert_eq!(u.texts.len(), 1);
    assert_eq!(u.status(), Some(429));
}

#[test]
fn deep_nesting_ends() {
    assert_eq!(unwrap(&"{\"error\":".repeat(5000)).texts.len(), 1);
    assert!(unwrap(&"API Error: ".repeat(900)).texts.len() <= MOST);
}

/// Wrapped text, innermost sentence, status.
#[test]
fn wrappers_of_clients_and_gateways_come_off() {
    let cases: &[(&str, &str, Option<u16>)] = &[
        ("stream disconnected before completion: Rate limit is exceeded.", "Rate limit is exceeded.", None),
        ("API Error: Request rejected (429) \u{b7} Insufficient balance", "Insufficient balance", Some(429)),
        ("Please run /login \u{b7} API Error: 403 Request not allowed", "403 Request not allowed", Some(403)),
        (r#"Too Many Requests: {"error":{"message":"no"}}"#, "no", Some(429)),
        ("Error from provider (Z.ai): Usage limit reached", "Usage limit reached", None),
        ("[1313][Fair Usage Policy][20260606]", "Fair Usage Policy", None),
        (r#"429: {"detail":"slow down"}"#, "slow down", Some(429)),
        (r#"429 {"error":"slow down"}"#, "slow down", Some(429)),
        (r#""{\"error\":{\"message\":\"no\"}}""#, "no", None),
        (
            r#"{"message":"402 no credit","status":402,"modelId":"m","providerId":"openrouter"}"#,
            "402 no credit",
            Some(402),
        ),
        (
            r#"POST "https://x/v1/chat/completions": 429 Too Many Requests {"message":"Provider returned error","code":429,"metadata":{"raw":"m is temporarily rate-limited upstream","provider_name":"Chutes"}}"#,
            "m is temporarily rate-limited upstream",
            Some(429),
        ),
        ("litellm.RateLimitError: AnthropicException - {\"error\":{\"message\":\"in\"}}", "in", None),
        (
            "litellm.RateLimitError: RateLimitError: OpenAIException - Error code: 429 - {'error': {'message': 'in'}}",
            "in",
            Some(429),
        ),
        ("AI_RetryError: Failed after 3 attempts. Last error: Too Many Requests", "Too Many Requests", Some(429)),
        (
            "[GoogleGenerativeAI Error]: Error fetching from https://g/v1beta/models/m: [429 Too Many Requests] You exceeded it.",
            "You exceeded it.",
            Some(429),
        ),
        (
            "org.springframework.web.client.HttpClientErrorException$TooManyRequests: 429 Too Many Requests: \"{\"error\":{\"message\":\"in\"}}\"",
            "in",
            Some(429),
        ),
        ("429 Too Many Requests from POST https://api.x/v1/chat/completions: slow", "slow", Some(429)),
        ("rpc error: code = ResourceExhausted desc = Quota exceeded for x", "Quota exceeded for x", None),
        (
            "error, status code: 429, status: 429 Too Many Requests, message: You exceeded your current quota",
            "You exceeded your current quota",
            Some(429),
        ),
        (
            "429 error: code=429 reason=\"DAILY_LIMIT_EXCEEDED\" message=\"daily usage limit exceeded\" metadata=map[]",
            "daily usage limit exceeded",
            Some(429),
        ),
        (
            "An error occurred (ThrottlingException) when calling the InvokeModel operation (reached max retries: 4): Too many tokens",
            "Too many tokens",
            None,
        ),
        (r#"unexpected status 429 Too Many Requests: {"error":{"message":"in"}}, url: https://x"#, "in", Some(429)),
        (r#"Error executing request: HTTP 429 - {"error":{"message":"in"}}"#, "in", Some(429)),
        ("Request failed with status code 429", "Request failed with status code 429", Some(429)),
        (
            r#"API error occurred: Status 429. Body: {"message":"Service tier capacity exceeded"}"#,
            "Service tier capacity exceeded",
            Some(429),
        ),
        (
            "CAPIError: 429 429 Sorry, you've exceeded your rate limits.",
            "429 429 Sorry, you've exceeded your rate limits.",
            Some(429),
        ),
        ("500 requests per minute exceeded", "500 requests per minute exceeded", None),
    ];
    for (message, inner, status) in cases {
        let u = unwrap(message);
        assert_eq!((u.innermost(), u.status()), (Some(*inner), *status), "{message}");
        assert_eq!(status_of(message), *status, "{message}");
    }
}

#[test]
fn codes_provider_and_model_are_named() {
    let u = unwrap("[1313][Fair Usage Policy][20260606]");
    assert_eq!(u.code(), Some("1313"));
    let u = unwrap("Error from provider (Z.ai): Usage limit reached");
    assert_eq!(u.provider(), Some("Z.ai"));
    let u = unwrap(r#"{"message":"402 no credit","status":402,"modelId":"m","providerId":"openrouter"}"#);
    assert_eq!((u.provider(), u.model()), (Some("openrouter"), Some("m")));
    let u = unwrap(r#"litellm.RateLimitError: AnthropicException - {"error":{"message":"in"}}"#);
    assert_eq!((u.provider(), u.code()), (Some("Anthropic"), Some("RateLimitError")));
    let aws = unwrap("An error occurred (ThrottlingException) when calling the InvokeModel operation: Too many tokens");
    assert_eq!(aws.code(), Some("ThrottlingException"));
    assert_eq!(unwrap("code=429 reason=\"DAILY_LIMIT_EXCEEDED\" message=\"x y\"").code(), Some("DAILY_LIMIT_EXCEEDED"));
}

#[test]
fn a_plain_sentence_is_not_wrapped() {
    for text in ["Too many requests, slow down", "You've hit your limit \u{b7} resets 1am", "429 Rate limit exceeded"] {
        let u = unwrap(text);
        assert_eq!((u.texts.len(), u.is_wrapped()), (1, false), "{text}");
    }
}
