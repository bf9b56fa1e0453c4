//! For every log format a few records in its client's structure, with places for the time.
//!
//! `PRIVATE` stands where prompts, answers, folders, addresses and headers do: fields that are never read. It must
//! stand in no output at all.

/// Records of one format.
pub struct Sample {
    pub id: &'static str,
    pub path: &'static str,
    /// What stands before the records, between them and after them.
    pub around: [&'static str; 3],
    pub block: &'static str,
}

const LINES: [&str; 3] = ["", "\n", "\n"];

pub const fn lines(id: &'static str, path: &'static str, block: &'static str) -> Sample {
    Sample { id, path, around: LINES, block }
}

pub const SAMPLES: &[Sample] = &[
    lines(
        "why429-timeline",
        "attempts.jsonl",
        r#"{"start_utc":"@T@","end_utc":"@U@","pool":"moonshot/-/kimi-k2.5","agent":"main","model":"kimi-k2.5","outcome":"refused","class":"429","status":429,"error_kind":"rate_limit_reached_error","error_message":"max concurrency: 3","request_id":"r-@N@","fidelity":"observed","requests_at_most":1,"start_read":true,"ended_work":false,"path":"PRIVATE","line":1}"#,
    ),
    lines(
        "crush-log",
        ".crush/logs/crush.log",
        r#"{"time":"@T@","level":"WARN","source":{"function":"github.com/charmbracelet/crush/internal/llm/provider.(*openaiClient).shouldRetry","file":"PRIVATE","line":518},"msg":"OpenAI API error","status_code":429,"message":"max concurrency: 3","type":"rate_limit_reached_error","prompt":"PRIVATE"}"#,
    ),
    lines(
        "langfuse",
        "observations.jsonl",
        r#"{"id":"o-@N@","traceId":"t-@N@","type":"GENERATION","name":"PRIVATE","startTime":"@T@","endTime":"@U@","model":"kimi-k2.5","level":"ERROR","statusMessage":"Error code: 429 - {'error': {'message': 'max concurrency: 3'}}","input":"PRIVATE","output":"PRIVATE","userId":"PRIVATE","metadata":{"a":"PRIVATE"},"usageDetails":{"input":1}}"#,
    ),
    lines(
        "langsmith",
        "runs.jsonl",
        r#"{"id":"r-@N@","name":"ChatOpenAI","run_type":"llm","start_time":"@T@","end_time":"@U@","error":"RateLimitError(\"Error code: 429 - max concurrency: 3\")","status":"error","trace_id":"t-@N@","inputs":{"messages":["PRIVATE"]},"outputs":{"a":"PRIVATE"},"extra":{"metadata":{"ls_provider":"moonshot","ls_model_name":"kimi-k2.5","user":"PRIVATE"}}}"#,
    ),
    lines(
        "phoenix",
        "spans.jsonl",
        r#"{"name":"ChatCompletion","span_kind":"LLM","parent_id":null,"start_time":"@T@","end_time":"@U@","status_code":"ERROR","status_message":"Error code: 429 - max concurrency: 3","events":[{"name":"exception","attributes":{"exception.type":"RateLimitError","exception.message":"x","exception.stacktrace":"PRIVATE"}}],"context.span_id":"s-@N@","context.trace_id":"t","attributes.llm.model_name":"kimi-k2.5","attributes.input.value":"PRIVATE","attributes.session.id":"s-1"}"#,
    ),
    Sample {
        id: "jaeger",
        path: "traces.json",
        around: ["{\"data\":[", ",", "]}\n"],
        block: r#"{"traceID":"t-@N@","spans":[{"traceID":"t-@N@","spanID":"s-@N@","operationName":"openai.chat","references":[],"startTime":@E@000000,"duration":300000,"tags":[{"key":"gen_ai.request.model","value":"kimi-k2.5"},{"key":"session.id","value":"s-1"},{"key":"gen_ai.prompt.0.content","value":"PRIVATE"},{"key":"otel.status_code","value":"ERROR"},{"key":"otel.status_description","value":"Error code: 429 - max concurrency: 3"}],"logs":[]}],"processes":{"p1":{"serviceName":"PRIVATE"}}}"#,
    },
    lines(
        "helicone",
        "helicone.jsonl",
        r#"{"request_id":"h-@N@","request_created_at":"@T@","response_created_at":"@U@","response_status":429,"request_model":"kimi-k2.5","provider":"MOONSHOT","request_user_id":"PRIVATE","request_properties":{"Helicone-Session-Id":"s-1"},"request_body":{"messages":["PRIVATE"]},"response_body":{"error":{"message":"max concurrency: 3","type":"rate_limit_reached_error"}}}"#,
    ),
    lines(
        "portkey",
        "portkey.jsonl",
        r#"{"id":"p-@N@","trace_id":"t-1","created_at":"@T@","response_status_code":429,"response_time":927,"ai_model":"kimi-k2.5","ai_org":"moonshot","request":{"body":"PRIVATE"},"cache_status":"MISS"}"#,
    ),
    lines(
        "bifrost",
        "bifrost.jsonl",
        r#"{"id":"b-@N@","parent_request_id":"s-1","timestamp":"@T@","provider":"moonshot","model":"kimi-k2.5","number_of_retries":0,"selected_key_id":"k-1","latency":300,"status":"error","input_history":"PRIVATE","token_usage":null,"error_details":{"status_code":429,"error":{"message":"max concurrency: 3","type":"rate_limit_reached_error"}}}"#,
    ),
    Sample {
        id: "claude-monitor",
        path: "usage.json",
        around: ["{\"schema_version\":\"1.0\",\"records\":[],\"limit_events\":[", ",", "]}\n"],
        block: r#"{"record_version":1,"type":"system_limit","timestamp":"@T@","reset_time":null,"project":"PRIVATE","content":"You've hit your session limit · resets 11am","source":{"kind":"claude_code_jsonl","account":null},"key":"k-@N@"}"#,
    },
    lines(
        "kimi-cli-log",
        ".kimi/logs/kimi.log",
        concat!(
            "@L@.000 | INFO     | kimi_cli.app:create:250 |  - Using LLM provider: type='kimi' base_url='https://api.kimi.com/coding/v1' api_key=SecretStr('')\n",
            "@L@.310 | WARNING  | kimi_cli.soul.kimisoul:_retry_log:1495 | 6a4eed6e-91d9-4e8a-93e0-cf1b2cb12c81 - Retrying step for the 1 time (last error: APIStatusError: Error code: 429 - {'error': {'message': \"We're receiving too many requests at the moment.\", 'type': 'rate_limit_reached_error'}}). Waiting 0.5 seconds.",
        ),
    ),
    lines(
        "kimi-code-log",
        ".kimi-code/sessions/wd_a_418ea2a6e9e4/session_4c74a842-ffa0-47a2-911e-9af9f6b22176/logs/kimi-code.log",
        concat!(
            "@T@ INFO  llm config  turnStep=@N@.1 provider=openai model=kimi-for-coding modelAlias=kimi thinkingEffort=off systemPromptChars=57 toolCount=4\n",
            "@T@ INFO  llm request  turnStep=@N@.1\n",
            "@U@ WARN  llm request failed  turnStep=@N@.1 model=kimi errorName=APIProviderRateLimitError errorMessage=\"429 We're receiving too many requests at the moment.\" statusCode=429",
        ),
    ),
    lines(
        "kimi-code-wire",
        ".kimi-code/sessions/wd_a_418ea2a6e9e4/session_4c74a842-ffa0-47a2-911e-9af9f6b22176/agents/agent-3/wire.jsonl",
        r#"{"type":"metadata","protocol_version":"1.5","created_at":@E@000}
{"type":"profile.bind","agentId":"agent-3","modelAlias":"kimi","systemPrompt":"PRIVATE","environmentDisclosure":{"cwd":"PRIVATE"},"time":@E@000}
{"type":"turn.prompt","agentId":"agent-3","input":[{"type":"text","text":"PRIVATE"}],"turnId":@N@,"time":@E@001}
{"type":"llm.request","agentId":"agent-3","kind":"loop","provider":"openai","model":"kimi-for-coding","modelAlias":"kimi","thinkingEffort":"off","turnStep":"@N@.1","time":@E@002}
{"type":"turn.step.retrying","agentId":"agent-3","turnId":@N@,"step":1,"stepId":"s-@N@","failedAttempt":1,"nextAttempt":2,"maxAttempts":10,"delayMs":523.8,"errorName":"APIProviderRateLimitError","errorMessage":"429 We're receiving too many requests at the moment.","statusCode":429,"time":@E@518}"#,
    ),
    lines(
        "kimi-cli-wire",
        ".kimi/sessions/2c419b364a4fa901bc3629f33275adcb/79274103-2498-46aa-bb36-ebec4c53f5e8/wire.jsonl",
        r#"{"type": "metadata", "protocol_version": "1.10"}
{"timestamp": @E@.1, "message": {"type": "TurnBegin", "payload": {"user_input": "PRIVATE"}}}
{"timestamp": @E@.2, "message": {"type": "StepBegin", "payload": {"n": 1}}}
{"timestamp": @E@.9, "message": {"type": "StepRetry", "payload": {"n": 1, "next_attempt": 2, "max_attempts": 3, "wait_s": 0.5, "error_type": "APIStatusError", "status_code": 429}}}"#,
    ),
    lines(
        "codex-rollout",
        ".codex/sessions/2026/03/03/rollout-2026-03-03T16-00-00-019cd6a7-14c0-7000-8000-00000000000a.jsonl",
        r#"{"timestamp":"@T@","type":"session_meta","payload":{"id":"019cd6a7-14c0-7000-8000-00000000000a","timestamp":"@T@","cwd":"PRIVATE","originator":"codex-tui","cli_version":"0.169.0","source":"cli","model_provider":"openai","git":{"branch":"PRIVATE","repository_url":"PRIVATE"}}}
{"timestamp":"@T@","type":"turn_context","payload":{"turn_id":"t-@N@","cwd":"PRIVATE","model":"gpt-5","summary":"auto"}}
{"timestamp":"@T@","type":"event_msg","payload":{"type":"task_started","turn_id":"t-@N@","model_context_window":258400}}
{"timestamp":"@T@","type":"response_item","payload":{"type":"message","role":"user","content":[{"type":"input_text","text":"PRIVATE"}]}}
{"timestamp":"@U@","type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":{"input_tokens":18397,"output_tokens":300,"total_tokens":18697},"last_token_usage":{"input_tokens":18397,"cached_input_tokens":14717,"output_tokens":300,"total_tokens":18697}},"rate_limits":{"limit_id":"codex","limit_name":null,"primary":{"used_percent":100,"window_minutes":300,"resets_at":1772560000},"secondary":{"used_percent":31.0,"window_minutes":10080,"resets_at":1772960000},"credits":null,"plan_type":"plus"}}}
{"timestamp":"@U@","type":"event_msg","payload":{"type":"error","message":"exceeded retry limit, last status: 429 Too Many Requests, request id: r-@N@","codex_error_info":{"response_too_many_failed_attempts":{"http_status_code":429}}}}
{"timestamp":"@U@","type":"event_msg","payload":{"type":"task_complete","turn_id":"t-@N@","last_agent_message":"PRIVATE"}}"#,
    ),
    lines(
        "codex-tui-log",
        ".codex/log/codex-tui.log",
        concat!(
            "@LT@.123456Z  INFO session_loop{thread_id=019cd6a7-14c0-7000-8000-00000000000a}:turn{model=gpt-5 cwd=PRIVATE}: codex_core::codex: Turn error: exceeded retry limit, last status: 429 Too Many Requests, request id: r-@N@\n",
            "@LT@.623456Z  WARN codex_core::codex: stream disconnected - retrying turn (1/5 in 194ms)...",
        ),
    ),
    lines(
        "copilot-chat-log",
        ".config/Code/logs/20260301T100000/window@N@/exthost/GitHub.copilot-chat/GitHub Copilot Chat.log",
        concat!(
            "@L@.000 [info] Logged in as PRIVATE\n",
            "@L@.100 [error] Error from tool read_file with args {\"filePath\":\"PRIVATE\"}\n",
            "@L@.200 [info] ccreq:4d22b1@N@.copilotmd | rateLimited | claude-opus-4.6 -> claude-opus-4-6 | 90ms | [panel/editAgent]",
        ),
    ),
    lines(
        "opencode-log",
        ".local/share/opencode/log/opencode.log",
        concat!(
            "timestamp=@T@ level=INFO run=0a1b2c3d message=created id=ses_01 slug=calm-river version=1.18.33 projectID=global directory=PRIVATE title=\"PRIVATE\"\n",
            "timestamp=@T@ level=INFO run=0a1b2c3d message=stream providerID=moonshot modelID=kimi-k2.5 session.id=ses_01 small=false agent=build mode=primary\n",
            "timestamp=@U@ level=ERROR run=0a1b2c3d message=\"stream error\" providerID=moonshot modelID=kimi-k2.5 session.id=ses_01 small=false agent=build mode=primary error.error=\"AI_APICallError: Your account request reached organization max concurrency: 3, please try again after 1 seconds\"",
        ),
    ),
    lines(
        "claude-code-transcript",
        ".claude/projects/-w/5f0c9f0e-1111-4222-8333-444455556666.jsonl",
        r#"{"parentUuid":null,"isSidechain":false,"userType":"external","cwd":"PRIVATE","sessionId":"5f0c9f0e-1111-4222-8333-444455556666","version":"2.1.111","gitBranch":"PRIVATE","type":"user","message":{"role":"user","content":"PRIVATE"},"uuid":"u-@N@","timestamp":"@T@"}
{"parentUuid":"u-@N@","isSidechain":false,"userType":"external","cwd":"PRIVATE","sessionId":"5f0c9f0e-1111-4222-8333-444455556666","version":"2.1.111","gitBranch":"PRIVATE","type":"system","subtype":"api_error","level":"error","error":{"status":529,"headers":{"retry-after":"2"},"requestID":null,"error":{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_@E@"}},"retryInMs":550.0,"retryAttempt":1,"maxRetries":10,"uuid":"v-@N@","timestamp":"@T@"}
{"parentUuid":"v-@N@","isSidechain":false,"userType":"external","cwd":"PRIVATE","sessionId":"5f0c9f0e-1111-4222-8333-444455556666","version":"2.1.111","gitBranch":"PRIVATE","type":"assistant","message":{"id":"m-@N@","model":"<synthetic>","role":"assistant","stop_reason":"stop_sequence","type":"message","usage":{"input_tokens":0,"output_tokens":0},"content":[{"type":"text","text":"You've hit your session limit · resets 5pm (UTC)"}]},"error":"rate_limit","isApiErrorMessage":true,"apiErrorStatus":429,"uuid":"w-@N@","timestamp":"@U@"}"#,
    ),
    lines(
        "openclaw-session",
        ".openclaw/agents/main/sessions/58d6.jsonl",
        r#"{"type":"session","version":3,"id":"58d6","timestamp":"@T@","cwd":"PRIVATE"}
{"type":"message","id":"d0-@N@","parentId":"13","timestamp":"@T@","message":{"role":"user","content":[{"type":"text","text":"PRIVATE"}]}}
{"type":"message","id":"d1-@N@","parentId":"d0-@N@","timestamp":"@U@","message":{"role":"assistant","content":[],"stopReason":"error","provider":"moonshot","model":"kimi-k2.5","usage":{"input":0,"output":0},"timestamp":@E@000,"errorMessage":"429 {\"error\":{\"message\":\"max concurrency: 3\",\"type\":\"rate_limit_reached_error\"}}"}}"#,
    ),
    lines(
        "copilot-events",
        ".copilot/session-state/0f3b2a1c-1111-4222-8333-444455556666/events.jsonl",
        r#"{"type":"session.start","data":{"cwd":"PRIVATE"},"id":"a-@N@","timestamp":"@T@","parentId":null}
{"type":"user.message","data":{"content":"PRIVATE"},"id":"b-@N@","timestamp":"@T@","parentId":"a-@N@"}
{"type":"session.error","data":{"errorType":"quota","message":"402 You have no quota","statusCode":402,"providerCallId":"r-@N@"},"id":"c-@N@","timestamp":"@U@","parentId":"b-@N@"}"#,
    ),
    lines(
        "claude-code-debug",
        ".claude/debug/5f0c9f0e-1111-4222-8333-444455556666.txt",
        concat!(
            "@T@ [DEBUG] Watching for changes in setting files PRIVATE\n",
            "@T@ [DEBUG] [API REQUEST] /v1/messages x-client-request-id=a-@N@ source=sdk\n",
            "@U@ [ERROR] API error (attempt 1/11): 529 529 {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"},\"request_id\":\"req_@E@\"}",
        ),
    ),
    lines(
        "copilot-process-log",
        ".copilot/logs/process-1772553600000-42.log",
        concat!(
            "@T@ [INFO] Starting in PRIVATE\n",
            "@T@ [DEBUG] [rust:copilot_runtime::session::run_attempt] Upstream model error response shape {\"status\":429}\n",
            "@U@ [WARNING] [rust:model_events::producer] Model provider request failed {\"stage\":\"inference\",\"api_endpoint\":\"/chat/completions\",\"http_status\":429,\"failure_kind\":\"http_error\"}",
        ),
    ),
    Sample {
        id: "cline-task",
        path: "saoudrizwan.claude-dev/tasks/17/ui_messages.json",
        around: ["[", ",", "]"],
        block: r#"{"ts":@E@000,"type":"say","say":"api_req_started","text":"{\"request\":\"PRIVATE\",\"tokensIn\":5,\"tokensOut\":7,\"cacheReads\":2,\"cacheWrites\":0}"}
{"ts":@E@500,"type":"say","say":"api_req_retry_delayed","text":"429\nRate limit: slow down\nRetry attempt 1\nRetrying in 5 seconds"}
{"ts":@E1@000,"type":"ask","ask":"api_req_failed","text":"429 no more"}
{"ts":@E1@000,"type":"say","say":"text","text":"PRIVATE"}"#,
    },
    lines(
        "aider-chat",
        "src/.aider.chat.history.md",
        concat!(
            "\n# aider chat started at @L@\n\n> Aider v0.86.2  \n> Model: openai/kimi-k2.5 with whole edit format  \n> Git repo: PRIVATE with 1 files  \n\n#### PRIVATE  \n\n",
            "> litellm.RateLimitError: RateLimitError: OpenAIException - slow down  \n> The API provider has rate limited you. Try again later or check your quotas.  \n> Retrying in 0.2 seconds...  \n\nPRIVATE\n\n> Tokens: 14k sent, 288 received.  ",
        ),
    ),
    lines(
        "aider-llm",
        "src/.aider.llm.history",
        "TO LLM @LT@\n-------\nSYSTEM PRIVATE\nUSER PRIVATE\nLLM RESPONSE @LT@\nASSISTANT PRIVATE\n",
    ),
    lines(
        "qwen-chat",
        ".qwen/projects/-w/chats/3881754b-f811-41eb-b47a-95d7670a3f67.jsonl",
        r#"{"uuid":"u-@N@","parentUuid":null,"sessionId":"3881754b-f811-41eb-b47a-95d7670a3f67","timestamp":"@T@","type":"user","cwd":"PRIVATE","version":"0.15.10","message":{"role":"user","parts":[{"text":"PRIVATE"}]}}
{"uuid":"v-@N@","parentUuid":"u-@N@","sessionId":"3881754b-f811-41eb-b47a-95d7670a3f67","timestamp":"@U@","type":"system","cwd":"PRIVATE","version":"0.15.10","subtype":"ui_telemetry","systemPayload":{"uiEvent":{"event.name":"qwen-code.api_error","event.timestamp":"@U@","response_id":"req-@E@","model":"kimi-k2.5","duration_ms":26,"prompt_id":"PRIVATE","error_message":"403 You've reached your usage limit for this billing cycle.","error_type":"PermissionDeniedError","status_code":403}}}"#,
    ),
    lines(
        "gemini-chat",
        ".gemini/tmp/shop/chats/session-2026-03-03T16-00-7c7904bf.jsonl",
        r#"{"sessionId":"7c7904bf-2222-4333-8444-555566667777","projectHash":"PRIVATE","startTime":"@T@","lastUpdated":"@T@","kind":"main"}
{"id":"u-@N@","timestamp":"@T@","type":"user","content":"PRIVATE"}
{"id":"m-@N@","timestamp":"@U@","type":"gemini","content":"PRIVATE","thoughts":[],"tokens":{"input":9000,"output":120,"cached":7000,"thoughts":40,"tool":0,"total":9160},"model":"gemini-2.5-flash"}
{"id":"e-@N@","timestamp":"@U@","type":"error","content":"[API Error: You exceeded your current quota (Status: RESOURCE_EXHAUSTED)]"}"#,
    ),
    lines(
        "gemini-telemetry",
        ".gemini/telemetry.log",
        r#"{
  "hrTime": [
    @E@,
    0
  ],
  "instrumentationScope": {
    "name": "gemini-cli"
  },
  "attributes": {
    "session.id": "7c7904bf-2222-4333-8444-555566667777",
    "user.email": "PRIVATE",
    "auth_type": "gemini-api-key",
    "event.name": "gemini_cli.api_error",
    "event.timestamp": "@T@",
    "model": "gemini-2.5-flash",
    "prompt_id": "PRIVATE",
    "error.message": "{\"error\":{\"code\":429,\"message\":\"You exceeded your current quota, please check your plan\",\"status\":\"RESOURCE_EXHAUSTED\"}}",
    "duration_ms": 20,
    "status_code": 429,
    "error.type": "ApiError"
  },
  "_body": "PRIVATE"
}"#,
    ),
    lines(
        "qwen-telemetry",
        ".qwen/telemetry.log",
        r#"{
  "hrTime": [
    @E@,
    0
  ],
  "instrumentationScope": {
    "name": "qwen-code"
  },
  "attributes": {
    "session.id": "3881754b-f811-41eb-b47a-95d7670a3f67",
    "event.name": "qwen-code.api_error",
    "event.timestamp": "@T@",
    "response_id": "req-@E@",
    "model": "kimi-k2.5",
    "duration_ms": 26,
    "error_message": "403 You've reached your usage limit for this billing cycle.",
    "error_type": "PermissionDeniedError",
    "status_code": 403
  },
  "_body": "PRIVATE"
}"#,
    ),
    lines(
        "litellm-calls",
        "litellm/calls.jsonl",
        r#"{"id":"c-@N@","litellm_call_id":"c-@N@","trace_id":"run-1","session_id":"","call_type":"acompletion","cache_hit":null,"stream":true,"status":"failure","custom_llm_provider":"openai","startTime":@E@.2,"endTime":@E1@.1,"model":"openai/kimi-k2.5","model_group":"kimi","model_id":"dep-kimi-1","metadata":{"user_api_key_hash":"PRIVATE","user_api_key_alias":"PRIVATE","user_api_key_user_email":"PRIVATE","requester_ip_address":"PRIVATE","requester_metadata":{"session_id":"run-3"}},"prompt_tokens":0,"completion_tokens":0,"request_tags":["worker:w3"],"end_user":"","api_base":"https://api.moonshot.ai/v1","messages":[{"role":"user","content":"PRIVATE"}],"response":"PRIVATE","hidden_params":{"additional_headers":{"retry-after":"1","x-request-id":"req-@E@"}},"error_str":"litellm.RateLimitError: RateLimitError: OpenAIException - Your account request reached organization TPM rate limit","error_information":{"error_code":"429","error_class":"RateLimitError","error_message":"litellm.RateLimitError: OpenAIException - Your account request reached organization TPM rate limit","traceback":"PRIVATE"}}"#,
    ),
    lines(
        "litellm-proxy",
        "litellm/proxy.log",
        r#"{"message": "litellm.proxy.proxy_server._handle_llm_api_exception(): Exception occured - litellm_call_id=c-@N@ - litellm.RateLimitError: OpenAIException - full", "level": "ERROR", "timestamp": "@LT@.000", "component": "LiteLLM Proxy", "logger": "x.py:1", "stacktrace": "PRIVATE"}
{"message": "127.0.0.1:1 - \"POST /v1/chat/completions HTTP/1.1\" 429", "level": "INFO", "timestamp": "@LT@.100", "component": "uvicorn.access", "logger": "h11_impl.py:477"}"#,
    ),
    lines(
        "python-sdk",
        "runner.log",
        concat!(
            "[@L@ - openai._base_client:1117 - DEBUG] HTTP Response: POST https://api.moonshot.ai/v1/chat/completions \"429 Too Many Requests\" Headers({'server': 'PRIVATE', 'set-cookie': 'PRIVATE', 'x-request-id': 'req-@E@', 'retry-after': '1'})\n",
            "[@L@ - httpx:1025 - INFO] HTTP Request: POST https://api.moonshot.ai/v1/chat/completions \"HTTP/1.1 429 Too Many Requests\"\n",
            "answer: PRIVATE",
        ),
    ),
    lines(
        "otlp-json",
        "traces.jsonl",
        r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"agent-runner"}},{"key":"host.name","value":{"stringValue":"PRIVATE"}}]},"scopeSpans":[{"scope":{"name":"opentelemetry.instrumentation.openai_v2"},"spans":[{"traceId":"392a359ec111ff2a409b774b6f82@E@","spanId":"65b58218@N@","parentSpanId":"","name":"chat kimi-k2.5","kind":3,"startTimeUnixNano":"@E@000000000","endTimeUnixNano":"@E1@000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.system","value":{"stringValue":"openai"}},{"key":"gen_ai.request.model","value":{"stringValue":"kimi-k2.5"}},{"key":"server.address","value":{"stringValue":"api.moonshot.ai"}},{"key":"gen_ai.agent.id","value":{"stringValue":"w0"}},{"key":"gen_ai.conversation.id","value":{"stringValue":"run-7"}},{"key":"error.type","value":{"stringValue":"RateLimitError"}},{"key":"http.response.status_code","value":{"intValue":"429"}},{"key":"gen_ai.input.messages","value":{"stringValue":"PRIVATE"}}],"events":[{"name":"exception","attributes":[{"key":"exception.message","value":{"stringValue":"Error code: 429 - slow down"}},{"key":"exception.stacktrace","value":{"stringValue":"PRIVATE"}}]}],"status":{"code":2,"message":"Error code: 429 - slow down"}}]}]}]}"#,
    ),
    lines(
        "caddy-access",
        "caddy/access.log",
        r#"{"level":"error","ts":@E@.5,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"PRIVATE","client_ip":"PRIVATE","method":"POST","host":"llm.example:8402","uri":"/v1/messages","headers":{"User-Agent":["PRIVATE"],"Authorization":["PRIVATE"]}},"user_id":"PRIVATE","duration":0.25,"size":174,"status":429,"resp_headers":{"Server":["Caddy","x"],"Set-Cookie":["PRIVATE"],"Retry-After":["1"],"X-Request-Id":["req-@E@"],"X-Codex-Primary-Used-Percent":["97"],"X-Codex-Primary-Window-Minutes":["300"]}}"#,
    ),
    lines(
        "envoy-access",
        "envoy/access.log",
        "[@T@] \"POST /v1/chat/completions HTTP/1.1\" 429 - 119 174 2500 - \"PRIVATE\" \"PRIVATE\" \"req-@E@\" \"api.moonshot.cn\" \"10.0.0.2:443\"\n{\"start_time\":\"@U@\",\"method\":\"POST\",\"path\":\"/v1/messages\",\"response_code\":429,\"response_flags\":\"RL\",\"duration\":3,\"authority\":\"api.anthropic.com\",\"request_id\":\"r-@N@\",\"user_agent\":\"PRIVATE\",\"downstream_remote_address\":\"PRIVATE\"}",
    ),
    lines(
        "nginx-access",
        "nginx/access.log",
        "10.0.0.7 - PRIVATE [@X@] \"POST /v1/chat/completions HTTP/1.1\" 429 174 \"PRIVATE\" \"PRIVATE\" rt=0.300 us=429 rid=req-@E@ ra=1",
    ),
    lines(
        "nginx-access",
        "nginx/access.json.log",
        r#"{"time":"@T@","msec":"@E@.301","request_id":"r-@N@","method":"POST","uri":"/v1/chat/completions","status":429,"request_time":0.301,"upstream_status":"429","upstream_response_time":"0.301","retry_after":"1","user_agent":"PRIVATE","remote_addr":"PRIVATE","remote_user":"PRIVATE","bytes":174}"#,
    ),
    Sample {
        id: "har",
        path: "flows.har",
        around: [
            "{\"log\":{\"version\":\"1.2\",\"creator\":{\"name\":\"PRIVATE\"},\"pages\":[],\n\"entries\":[\n",
            ",\n",
            "\n]}}",
        ],
        block: r#"{"startedDateTime":"@T@","time":500.5,"serverIPAddress":"PRIVATE","request":{"method":"POST","url":"https://api.moonshot.cn/v1/chat/completions","headers":[{"name":"authorization","value":"PRIVATE"},{"name":"cookie","value":"PRIVATE"}],"postData":{"text":"{\"messages\":[{\"content\":\"PRIVATE\"}],\"model\":\"kimi-k2.5\"}"}},"response":{"status":429,"headers":[{"name":"Retry-After","value":"1"},{"name":"x-request-id","value":"req-@E@"},{"name":"set-cookie","value":"PRIVATE"}],"content":{"text":"{\"error\":{\"message\":\"max concurrency: 3\",\"type\":\"rate_limit_reached_error\"}}"}}}"#,
    },
    lines(
        "why429-ledger",
        "state/why429/ledger.jsonl",
        r#"{"schema":"why429.ledger/v1","kind":"stop","at":"@T@","client":"claude-code","provider":"anthropic","account":"team-1","session":"s-@N@","model":"claude-opus-4-5","status":429,"error":"rate_limit","message":"You've hit your session limit \u00b7 resets 5pm (UTC)","cwd":"PRIVATE","note":"PRIVATE"}"#,
    ),
    lines(
        "usage-ledger",
        "usage-ledger.jsonl",
        r#"{"captured_at":"@T@","provider":"kimi-code","account":"team-1","windows":[{"window_minutes":300,"limit":100,"used":100,"remaining":0,"resets_at":"2026-03-03T17:40:00Z"},{"window_minutes":10080,"limit":100,"used":41,"remaining":59,"resets_at":"2026-03-08T04:11:20Z"}],"note":"PRIVATE"}"#,
    ),
];

/// Documents over many lines, a file each; `@N@` stands in the path.
pub const DOCUMENTS: &[Sample] = &[
    lines(
        "gemini-chat-json",
        ".gemini/tmp/3c9ac1/chats/session-2026-03-03T16-00-@N@.json",
        r#"{
  "sessionId": "7c7904bf-2222-4333-8444-5555666@N@",
  "projectHash": "PRIVATE",
  "startTime": "@T@",
  "lastUpdated": "@U@",
  "messages": [
    {
      "id": "u-@N@",
      "timestamp": "@T@",
      "type": "user",
      "content": "PRIVATE"
    },
    {
      "id": "m-@N@",
      "timestamp": "@U@",
      "type": "gemini",
      "content": "PRIVATE",
      "thoughts": [ { "subject": "PRIVATE", "description": "PRIVATE", "timestamp": "@U@" } ],
      "tokens": { "input": 9000, "output": 120, "cached": 7000, "thoughts": 40, "tool": 0, "total": 9160 },
      "model": "gemini-2.5-flash"
    }
  ]
}"#,
    ),
    lines(
        "cline-session",
        ".cline/data/sessions/17_a@N@/17_a@N@.messages.json",
        r#"{
  "version": 1,
  "updated_at": "@U@",
  "agent": "lead",
  "sessionId": "17_a@N@",
  "origin": { "source": "cli", "version": "3.0.65" },
  "systemPrompt": "PRIVATE",
  "messages": [
    { "id": "m1", "role": "user", "content": [ { "type": "text", "text": "PRIVATE" } ], "ts": @E@000 },
    { "id": "m2", "role": "assistant", "content": [ { "type": "text", "text": "PRIVATE" } ], "ts": @E@400,
      "modelInfo": { "id": "kimi-k2.5", "provider": "moonshot" },
      "metrics": { "inputTokens": 9, "outputTokens": 2, "cacheReadTokens": 4, "cacheWriteTokens": 0 } },
    { "id": "m3", "role": "assistant", "content": [ { "type": "text", "text": "slow down" } ], "ts": @E1@000,
      "metadata": { "displayOnly": true, "displayRole": "error" }, "modelInfo": { "id": "kimi-k2.5", "provider": "moonshot" } }
  ]
}"#,
    ),
    lines(
        "opencode-storage",
        ".local/share/opencode/storage/message/ses_1/msg_@N@.json",
        r#"{
  "id": "msg_@N@",
  "sessionID": "ses_1",
  "role": "assistant",
  "time": { "created": @E@000, "completed": @E1@000 },
  "error": {
    "name": "APIError",
    "data": {
      "message": "max concurrency: 3",
      "statusCode": 429,
      "isRetryable": true,
      "responseHeaders": { "retry-after": "1", "set-cookie": "PRIVATE" },
      "responseBody": "PRIVATE"
    }
  },
  "system": [ "PRIVATE" ],
  "mode": "build",
  "path": { "cwd": "PRIVATE", "root": "PRIVATE" },
  "cost": 0,
  "tokens": { "input": 0, "output": 0, "reasoning": 0, "cache": { "read": 0, "write": 0 } },
  "modelID": "kimi-k2.5",
  "providerID": "moonshot"
}"#,
    ),
];

/// A flow of mitmproxy, as JSON: the test writes it in its binary form.
pub const FLOW: &str = r#"{"websocket":null,"response":{"status_code":429,"timestamp_end":@E@.75,"reason":"PRIVATE","content":"{\"error\":{\"message\":\"max concurrency: 3\",\"type\":\"rate_limit_reached_error\"}}","headers":[["Retry-After","1"],["x-request-id","req-@E@"],["set-cookie","PRIVATE"]]},"error":null,"client_conn":{"peername":["PRIVATE",1],"sni":"PRIVATE"},"request":{"path":"/v1/chat/completions","scheme":"https","method":"POST","host":"api.moonshot.cn","headers":[["authorization","PRIVATE"]],"timestamp_start":@E@.25,"content":"{\"model\":\"kimi-k2.5\",\"messages\":[{\"content\":\"PRIVATE\"}]}"}}"#;

/// Tables of a database: rows as JSON, a column a field.
pub struct Base {
    pub id: &'static str,
    pub path: &'static str,
    pub schema: &'static str,
    pub rows: &'static [(&'static str, &'static str)],
}

pub const BASES: &[Base] = &[
    Base {
        id: "onwatch-db",
        path: "onwatch.db",
        schema: "CREATE TABLE anthropic_snapshots (id INTEGER PRIMARY KEY AUTOINCREMENT, captured_at TEXT NOT NULL, raw_json TEXT, quota_count INTEGER); CREATE TABLE anthropic_quota_values (id INTEGER PRIMARY KEY, snapshot_id INTEGER, quota_name TEXT)",
        rows: &[(
            "anthropic_snapshots",
            r#"{"captured_at":"@T@","raw_json":"{\"five_hour\":{\"utilization\":100,\"resets_at\":null},\"note\":\"PRIVATE\"}","quota_count":1}"#,
        )],
    },
    Base {
        id: "codex-logs-db",
        path: ".codex/logs_2.sqlite",
        schema: "CREATE TABLE _sqlx_migrations (version BIGINT); CREATE TABLE logs (id INTEGER PRIMARY KEY AUTOINCREMENT, ts INTEGER NOT NULL, ts_nanos INTEGER NOT NULL, level TEXT NOT NULL, target TEXT NOT NULL, feedback_log_body TEXT, module_path TEXT, file TEXT, line INTEGER, thread_id TEXT, process_uuid TEXT)",
        rows: &[(
            "logs",
            r#"{"ts":@E@,"ts_nanos":5,"level":"INFO","target":"codex_core::codex","feedback_log_body":"session_loop{thread_id=t-1}:turn{model=gpt-5 cwd=PRIVATE}: Turn error: exceeded retry limit, last status: 429 Too Many Requests, request id: r-@N@","module_path":"codex_core::codex","file":"core/src/codex.rs","thread_id":"t-1","process_uuid":"PRIVATE"}"#,
        )],
    },
    Base {
        id: "codex-turns-db",
        path: ".codex/thread_history_1.sqlite",
        schema: "CREATE TABLE thread_items (thread_id TEXT, item_json TEXT); CREATE TABLE thread_turns (thread_id TEXT NOT NULL, turn_id TEXT NOT NULL, status TEXT NOT NULL, error_json TEXT, started_at INTEGER, completed_at INTEGER)",
        rows: &[
            (
                "thread_turns",
                r#"{"thread_id":"t-1","turn_id":"u-@N@","status":"failed","error_json":"{\"message\":\"exceeded retry limit, last status: 429 Too Many Requests, request id: r-@N@\",\"codexErrorInfo\":{\"responseTooManyFailedAttempts\":{\"httpStatusCode\":429}},\"additionalDetails\":\"PRIVATE\"}","started_at":@E@,"completed_at":@E1@}"#,
            ),
            ("thread_items", r#"{"thread_id":"t-1","item_json":"{\"content\":\"PRIVATE\"}"}"#),
        ],
    },
    Base {
        id: "opencode-db",
        path: ".local/share/opencode/opencode.db",
        schema: "CREATE TABLE session (id TEXT, version TEXT, directory TEXT, title TEXT); CREATE TABLE part (id TEXT, data TEXT); CREATE TABLE message (id TEXT, session_id TEXT NOT NULL, time_created INTEGER, time_updated INTEGER, data TEXT NOT NULL)",
        rows: &[
            ("session", r#"{"id":"ses_1","version":"1.18.33","directory":"PRIVATE","title":"PRIVATE"}"#),
            ("part", r#"{"id":"p","data":"{\"text\":\"PRIVATE\"}"}"#),
            (
                "message",
                r#"{"id":"msg_@N@","session_id":"ses_1","time_created":@E@000,"time_updated":@E1@000,"data":"{\"role\":\"assistant\",\"time\":{\"created\":@E@000,\"completed\":@E1@000},\"error\":{\"name\":\"APIError\",\"data\":{\"message\":\"max concurrency: 3\",\"statusCode\":429,\"isRetryable\":true,\"responseHeaders\":{\"retry-after\":\"1\",\"set-cookie\":\"PRIVATE\"},\"responseBody\":\"{\\\"error\\\":{\\\"message\\\":\\\"max concurrency: 3\\\"}}\"}},\"mode\":\"build\",\"agent\":\"build\",\"path\":{\"cwd\":\"PRIVATE\",\"root\":\"PRIVATE\"},\"modelID\":\"kimi-k2.5\",\"providerID\":\"moonshot\",\"tokens\":{\"input\":0,\"output\":0}}"}"#,
            ),
        ],
    },
    Base {
        id: "claude-code-store",
        path: ".claude/__store.db",
        schema: "CREATE TABLE base_messages (uuid TEXT, parent_uuid TEXT, session_id TEXT, timestamp INTEGER, message_type TEXT, cwd TEXT, user_type TEXT, version TEXT, isSidechain INTEGER); CREATE TABLE user_messages (uuid TEXT, message TEXT, tool_use_result TEXT, timestamp INTEGER); CREATE TABLE assistant_messages (uuid TEXT, cost_usd REAL, duration_ms INTEGER, message TEXT, is_api_error_message INTEGER, timestamp INTEGER, model TEXT)",
        rows: &[
            (
                "base_messages",
                r#"{"uuid":"u-@N@","parent_uuid":null,"session_id":"s-1","timestamp":@E@000,"message_type":"assistant","cwd":"PRIVATE","user_type":"external","version":"0.2.40","isSidechain":0}"#,
            ),
            (
                "user_messages",
                r#"{"uuid":"v-@N@","message":"{\"content\":\"PRIVATE\"}","tool_use_result":"PRIVATE","timestamp":@E@000}"#,
            ),
            (
                "assistant_messages",
                r#"{"uuid":"u-@N@","cost_usd":0,"duration_ms":900,"message":"{\"id\":\"m-@N@\",\"content\":[{\"type\":\"text\",\"text\":\"API Error: 429 This request would exceed your account's rate limit. Please try again later.\"}],\"role\":\"assistant\"}","is_api_error_message":1,"timestamp":@E1@000,"model":"claude-3-7-sonnet"}"#,
            ),
            (
                "assistant_messages",
                r#"{"uuid":"w-@N@","cost_usd":0.01,"duration_ms":400,"message":"{\"id\":\"n-@N@\",\"content\":[{\"type\":\"text\",\"text\":\"PRIVATE\"}],\"usage\":{\"input_tokens\":5,\"output_tokens\":7}}","is_api_error_message":0,"timestamp":@E@000,"model":"claude-3-7-sonnet"}"#,
            ),
        ],
    },
    Base {
        id: "crush-db",
        path: "shop/.crush/crush.db",
        schema: "CREATE TABLE sessions (id TEXT, title TEXT); CREATE TABLE files (id TEXT, session_id TEXT, path TEXT, content TEXT); CREATE TABLE messages (id TEXT, session_id TEXT, role TEXT, parts TEXT, model TEXT, provider TEXT, created_at INTEGER, updated_at INTEGER, finished_at INTEGER)",
        rows: &[
            ("sessions", r#"{"id":"s-1","title":"PRIVATE"}"#),
            ("files", r#"{"id":"f-@N@","session_id":"s-1","path":"PRIVATE","content":"PRIVATE"}"#),
            (
                "messages",
                r#"{"id":"m-@N@","session_id":"s-1","role":"assistant","parts":"[{\"type\":\"text\",\"data\":{\"text\":\"PRIVATE\"}},{\"type\":\"finish\",\"data\":{\"reason\":\"error\",\"time\":@E1@,\"message\":\"Too many requests\",\"details\":\"Rate limit reached for requests\"}}]","model":"gpt-5","provider":"openai","created_at":@E@,"updated_at":@E1@,"finished_at":@E1@}"#,
            ),
        ],
    },
];
