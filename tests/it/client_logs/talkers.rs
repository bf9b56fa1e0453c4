//! Agents that talk about refusals: two requests that went well, in each agent's own files, with somebody's words wherever such
//! a file holds words: in prompts, answers, thoughts, calls of tools and their results, as text and as JSON.
//!
//! In: the words. Out: files. Always: no file tells of a refusal.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::{File, Lines, iso, seconds};
use crate::fleet::epoch_ms;

/// The day after the fleet's, in milliseconds of a row.
const DAY: i64 = 90_000_000;

/// What is quoted: a text, and what of it is JSON.
pub struct Words<'a> {
    pub text: &'a str,
    pub json: Value,
}

impl<'a> Words<'a> {
    pub fn of(text: &'a str) -> Self {
        let values: Vec<Value> = text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
        let json = match (serde_json::from_str(text), values.len()) {
            (Ok(value), _) => value,
            (_, 1) => values[0].clone(),
            _ => Value::Array(values),
        };
        Self { text, json }
    }

    /// One record of it, whose keys may stand among those of a tool's result.
    fn record(&self) -> Value {
        match &self.json {
            Value::Array(all) => all.iter().find(|v| v.is_object()).cloned().unwrap_or(json!({})),
            other => other.clone(),
        }
    }
}

fn merged(mut into: Value, more: Value) -> String {
    into.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    into.to_string()
}

/// Both ends of the two requests.
const REQUESTS: [(i64, i64); 2] = [(DAY, DAY + 7_250), (DAY + 61_000, DAY + 70_250)];

pub fn kimi_cli(words: &Words<'_>) -> Vec<File> {
    const SESSION: &str = "ed85cca8-309e-4734-9a0b-23a9bb65d7b8";
    let quote = words.text;
    let (mut log, mut wire) = (Lines::default(), Lines::default());
    let stamp = |ms: i64| iso(ms)[..23].replace('T', " ");
    let mut event = |at: i64, kind: &str, payload: Value| {
        wire.say(at, json!({ "timestamp": seconds(at), "message": { "type": kind, "payload": payload } }).to_string());
    };
    log.say(
        DAY - 9,
        format!("{} | INFO     | kimi_cli.cli:_run:583 |  - Created new session: {SESSION}", stamp(DAY - 9)),
    );
    for (from, to) in REQUESTS {
        log.say(
            from - 5,
            format!(
                "{} | INFO     | kimi_cli.ui.print:run:89 |  - Running agent with command: {quote}",
                stamp(from - 5)
            ),
        );
        let elapsed = (to - from) as f64 / 1_000.0;
        log.say(to, format!("{} | INFO     | kimi_cli.soul.kimisoul:_step:1136 | {SESSION} - LLM step completed in {elapsed:.1}s (input=15, output=2)", stamp(to)));
        event(from - 5, "TurnBegin", json!({ "user_input": quote }));
        event(from, "StepBegin", json!({ "n": 1 }));
        event(to - 2, "ContentPart", json!({ "type": "think", "think": quote }));
        event(to - 2, "ContentPart", json!({ "type": "text", "text": quote }));
        event(
            to - 1,
            "ToolCall",
            json!({ "type": "function", "id": "c1", "function": { "name": "Shell", "arguments": quote } }),
        );
        let usage = json!({ "input_other": 15, "output": 2, "input_cache_read": 0, "input_cache_creation": 0 });
        event(to, "StatusUpdate", json!({ "token_usage": usage, "message_id": format!("chatcmpl-{to}") }));
        let result = json!({ "is_error": true, "output": quote, "message": quote, "display": words.json, "extras": words.record() });
        event(to + 1, "ToolResult", json!({ "tool_call_id": "c1", "return_value": result }));
    }
    let context = json!({ "role": "tool", "tool_call_id": "c1", "content": [{ "type": "text", "text": quote }] });
    let folder = format!("kimi-cli/sessions/0123456789abcdef/{SESSION}");
    vec![
        ("kimi-cli/logs/kimi.log".to_owned(), log.bytes()),
        (format!("{folder}/wire.jsonl"), wire.bytes()),
        (format!("{folder}/context.jsonl"), format!("{context}\n").into_bytes()),
    ]
}

pub fn kimi_code(words: &Words<'_>) -> Vec<File> {
    let quote = words.text;
    let (mut log, mut wire) = (Lines::default(), Lines::default());
    let mut put = |at: i64, kind: &str, fields: Value| {
        wire.say(at, merged(json!({ "type": kind, "agentId": "main", "time": epoch_ms(at) }), fields));
    };
    put(DAY - 20, "metadata", json!({ "protocol_version": "1.5", "created_at": epoch_ms(DAY - 20) }));
    for (turn, (from, to)) in REQUESTS.into_iter().enumerate() {
        let text = json!([{ "type": "text", "text": quote }]);
        put(from - 9, "turn.prompt", json!({ "input": text, "origin": { "kind": "user" }, "turnId": turn }));
        put(
            from - 8,
            "context.append_message",
            json!({ "message": { "role": "user", "content": text, "toolCalls": [] } }),
        );
        put(from - 7, "agent.message.appended", json!({ "kind": "event", "message": { "message": words.json } }));
        put(
            from,
            "llm.request",
            json!({ "provider": "openai", "model": "kimi-for-coding", "modelAlias": "kimi-code/kimi", "turnStep": "0.1" }),
        );
        let usage = json!({ "inputOther": 15, "output": 2, "inputCacheRead": 0, "inputCacheCreation": 0 });
        put(to, "usage.record", json!({ "model": "kimi", "usage": usage, "usageScope": "turn" }));
        let mut event = |event: Value| put(to + 1, "context.append_loop_event", json!({ "event": event }));
        event(json!({ "type": "content.part", "part": { "type": "think", "text": quote } }));
        event(json!({ "type": "tool.call", "name": "Bash", "args": { "command": quote, "step.end": words.record() } }));
        event(json!({ "type": "tool.result", "result": { "output": quote, "step.end": words.json, "isError": true } }));
        put(to + 9, "turn.ended", json!({ "turnId": turn, "reason": "completed" }));
        let ms = to - from;
        log.say(from, format!("{} INFO  llm request  turnStep={turn}.1", iso(from)));
        log.say(from + 1, format!("{} INFO  session title  title={}", iso(from + 1), json!(quote)));
        log.say(
            to,
            format!("{} INFO  llm response  turnStep={turn}.1 ttftMs={ms} streamDurationMs=0 outputTokens=2", iso(to)),
        );
        log.say(to + 1, format!("{} WARN  tool failed  name=Bash output={}", iso(to + 1), json!(quote)));
    }
    let home = "kimi-code/sessions/wd_shop_0123456789ab/session_5f0c9f0e-1111-4222-8333-444455556666";
    vec![(format!("{home}/agents/main/wire.jsonl"), wire.bytes()), (format!("{home}/logs/kimi-code.log"), log.bytes())]
}

pub fn claude_code(words: &Words<'_>) -> Vec<File> {
    let quote = words.text;
    let mut lines = Lines::default();
    let mut number = 0;
    let mut put = |at: i64, record: Value| {
        number += 1;
        let frame = json!({ "parentUuid": null, "isSidechain": false, "userType": "external", "cwd": "/home/user/shop",
            "sessionId": "5f0c9f0e", "version": "2.1.111", "uuid": format!("u-{number}"), "timestamp": iso(at) });
        lines.say(at, merged(record, frame));
    };
    for (from, to) in REQUESTS {
        put(from, json!({ "type": "user", "message": { "role": "user", "content": quote } }));
        for (n, block) in [
            json!({ "type": "thinking", "thinking": quote }),
            json!({ "type": "text", "text": quote }),
            json!({ "type": "tool_use", "id": "t", "name": "Bash", "input": { "command": quote, "error": words.record() } }),
        ]
        .into_iter()
        .enumerate()
        {
            let usage = json!({ "input_tokens": 15, "output_tokens": n });
            put(to + n as i64, json!({ "type": "assistant", "message": { "id": format!("msg_{to}"), "model": "claude-opus-4-7",
                "role": "assistant", "content": [block], "usage": usage } }));
        }
        let result = json!([{ "type": "tool_result", "tool_use_id": "t", "content": quote, "is_error": true }]);
        put(
            to + 9,
            json!({ "type": "user", "message": { "role": "user", "content": result }, "toolUseResult": { "stdout": quote } }),
        );
        put(
            to + 10,
            json!({ "type": "user", "message": { "role": "user", "content": [] }, "toolUseResult": words.record(), "isMeta": true }),
        );
        put(to + 11, json!({ "type": "system", "subtype": "local_command", "content": quote, "data": words.json }));
        put(to + 12, json!({ "type": "progress", "data": { "message": words.record(), "isApiErrorMessage": true } }));
        put(to + 13, json!({ "type": "attachment", "attachment": words.json }));
        put(to + 14, json!({ "type": "queue-operation", "operation": "enqueue", "content": quote }));
        put(to + 15, json!({ "type": "summary", "summary": quote, "leafUuid": "u-1" }));
    }
    vec![("claude/projects/-home-user-shop/5f0c9f0e.jsonl".to_owned(), lines.bytes())]
}

pub fn codex_rollout(words: &Words<'_>) -> Vec<File> {
    let quote = words.text;
    let id = "019cd6a7-14c0-7000-8000-00000000000a";
    let mut lines = Vec::new();
    // Its keys stand in the order in which Codex writes them.
    let mut put = |at: i64, kind: &str, payload: Value| {
        lines.push(format!("{{\"timestamp\":\"{}\",\"type\":\"{kind}\",\"payload\":{payload}}}\n", iso(at)));
    };
    put(
        DAY - 9,
        "session_meta",
        json!({ "id": id, "timestamp": iso(DAY), "cwd": "/w", "originator": "codex_cli_rs", "cli_version": "0.169.0",
        "source": "cli", "model_provider": "openai", "base_instructions": quote }),
    );
    let mut total = 0;
    for (from, to) in REQUESTS {
        put(from - 2, "event_msg", json!({ "type": "task_started", "turn_id": "t" }));
        put(from - 1, "turn_context", json!({ "turn_id": "t", "model": "gpt-5", "user_instructions": quote }));
        put(
            from,
            "response_item",
            json!({ "type": "message", "role": "user", "content": [{ "type": "input_text", "text": quote }] }),
        );
        put(
            from,
            "event_msg",
            json!({ "type": "user_message", "message": quote, "codex_error_info": "usage_limit_exceeded" }),
        );
        put(
            to - 1,
            "response_item",
            json!({ "type": "function_call", "name": "shell", "arguments": quote, "call_id": "c" }),
        );
        put(to - 1, "response_item", json!({ "type": "function_call_output", "call_id": "c", "output": words.json }));
        put(to - 1, "event_msg", json!({ "type": "agent_message", "message": quote, "error": words.record() }));
        put(
            to - 1,
            "event_msg",
            json!({ "type": "exec_command_end", "stdout": quote, "aggregated_output": quote, "exit_code": 1 }),
        );
        put(
            to - 1,
            "event_msg",
            json!({ "type": "mcp_tool_call_end", "result": { "Ok": { "structured_content": words.record() } } }),
        );
        put(to - 1, "event_msg", json!({ "type": "item_completed", "item": words.record() }));
        put(to - 1, "compacted", json!({ "message": quote, "replacement_history": words.json }));
        total += 17;
        let usage =
            |n: u64| json!({ "input_tokens": n - 2, "cached_input_tokens": 0, "output_tokens": 2, "total_tokens": n });
        put(
            to,
            "event_msg",
            json!({ "type": "token_count", "rate_limits": null,
            "info": { "total_token_usage": usage(total), "last_token_usage": usage(17) } }),
        );
        put(to + 1, "event_msg", json!({ "type": "task_complete", "turn_id": "t", "last_agent_message": quote }));
    }
    vec![(format!("codex/sessions/2026/03/04/rollout-2026-03-04T09-00-00-{id}.jsonl"), lines.concat().into_bytes())]
}

pub fn codex_tui_log(words: &Words<'_>) -> Vec<File> {
    let mut lines = Lines::default();
    let span = "session_loop{thread_id=t-1}:turn{model=gpt-5}: ";
    for (at, said) in [
        (DAY, "codex_core::codex: new session".to_owned()),
        (
            DAY + 1,
            format!("{span}codex_core::stream_events_utils: ToolCall: shell {}", json!({ "command": words.text })),
        ),
        (DAY + 2, format!("{span}codex_core::stream_events_utils: ToolCall: shell {}", words.json)),
        // A patch stands on lines of its own, each with its sign.
        (
            DAY + 3,
            format!("ToolCall: apply_patch *** Begin Patch\n+{}\n*** End Patch", words.text.replace('\n', "\n+")),
        ),
        (DAY + 4, format!("codex_core::x: FunctionCall: {:?}", words.text)),
    ] {
        lines.say(at, format!("{}000Z  INFO {said}", iso(at).trim_end_matches('Z')));
    }
    vec![("codex/log/codex-tui.log".to_owned(), lines.bytes())]
}

pub fn codex_logs_db(words: &Words<'_>) -> Vec<File> {
    let tables = "CREATE TABLE _sqlx_migrations (version INTEGER); CREATE TABLE logs (id INTEGER PRIMARY KEY, ts INTEGER, ts_nanos INTEGER, \
        level TEXT, target TEXT, feedback_log_body TEXT, thread_id TEXT);";
    let span = "session_loop{thread_id=t-1}:turn{model=gpt-5}: ";
    let fill = |db: &Connection| {
        let put = |at: i64, target: &str, body: String| {
            let values = (epoch_ms(at) / 1_000, epoch_ms(at) % 1_000 * 1_000_000, "INFO", target, body, "t-1");
            let sql = "INSERT INTO logs (ts, ts_nanos, level, target, feedback_log_body, thread_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            db.execute(sql, values).unwrap();
        };
        for (_, to) in REQUESTS {
            put(
                to,
                "codex_http_client::client",
                format!(
                    "{span}Request completed method=POST url=https://chatgpt.com/backend-api/codex/responses status=200 OK headers={{}} version=HTTP/1.1"
                ),
            );
            put(
                to + 1,
                "codex_core::stream_events_utils",
                format!("{span}ToolCall: shell {}", json!({ "command": words.text })),
            );
            put(to + 2, "codex_core::stream_events_utils", format!("{span}ToolCall: apply_patch {}", words.text));
            put(to + 3, "codex_core::tools", format!("{span}output: {}\n{}", words.text, words.json));
        }
    };
    vec![("codex/logs_2.sqlite".to_owned(), super::database(tables, fill))]
}

pub fn gemini_chat(words: &Words<'_>) -> Vec<File> {
    let quote = words.text;
    let head = format!(
        "{{\"sessionId\":\"s-1\",\"projectHash\":\"h\",\"startTime\":\"{0}\",\"lastUpdated\":\"{0}\",\"kind\":\"main\"}}\n",
        iso(DAY - 9)
    );
    let mut lines = Lines::default();
    for (n, message) in gemini_messages(words).into_iter().enumerate() {
        lines.say(n as i64, message.to_string());
    }
    let patch = json!({ "$set": { "messages": [{ "id": "x", "timestamp": iso(DAY), "type": "user", "content": [{ "text": quote }] }], "summary": words.json } });
    let text = [head.into_bytes(), format!("{patch}\n").into_bytes(), lines.bytes()].concat();
    vec![("gemini/tmp/h/chats/session-2026-03-04T09-00-s1.jsonl".to_owned(), text)]
}

fn gemini_messages(words: &Words<'_>) -> Vec<Value> {
    let quote = words.text;
    let messages = |(i, (from, to)): (usize, (i64, i64))| {
        let call = json!({ "name": "shell", "args": { "command": quote }, "result": [{ "functionResponse": { "response": { "output": quote, "error": words.record() } } }],
            "status": "error", "resultDisplay": words.json });
        [
            json!({ "id": format!("u{i}"), "timestamp": iso(from), "type": "user", "content": [{ "text": quote }] }),
            json!({ "id": format!("a{i}"), "timestamp": iso(to), "type": "gemini", "content": quote, "thoughts": [{ "subject": quote, "description": quote }],
                "toolCalls": [call], "tokens": { "input": 15, "output": 2, "cached": 0, "thoughts": 0 }, "model": "gemini-2.5-flash" }),
            json!({ "id": format!("i{i}"), "timestamp": iso(to + 1), "type": "info", "content": quote }),
        ]
    };
    REQUESTS.into_iter().enumerate().flat_map(messages).collect()
}

pub fn gemini_chat_json(words: &Words<'_>) -> Vec<File> {
    let messages = Value::Array(gemini_messages(words));
    let text = format!(
        "{{\"sessionId\":\"s-1\",\"projectHash\":\"h\",\"startTime\":\"{0}\",\"lastUpdated\":\"{0}\",\"messages\":{messages}}}\n",
        iso(DAY)
    );
    vec![("gemini/tmp/h/chats/session-2026-03-04T09-00-s1.json".to_owned(), text.into_bytes())]
}

fn telemetry(words: &Words<'_>, program: &str) -> Vec<u8> {
    let quote = words.text;
    let mut text = String::new();
    let mut put = |name: &str, at: i64, more: Value| {
        let attributes = json!({ "session.id": "s-1", "event.name": format!("{program}.{name}"), "event.timestamp": iso(at), "model": "m" });
        let attributes: Value = serde_json::from_str(&merged(attributes, more)).unwrap();
        let scope = program.replace('_', "-");
        let object = json!({ "hrTime": [epoch_ms(at) / 1_000, 0], "instrumentationScope": { "name": scope }, "attributes": attributes, "_body": quote });
        text.push_str(&serde_json::to_string_pretty(&object).unwrap());
        text.push('\n');
    };
    for (from, to) in REQUESTS {
        put("user_prompt", from, json!({ "prompt": quote, "prompt_length": 9 }));
        put("api_request", from, json!({ "request_text": quote }));
        put(
            "api_response",
            to,
            json!({ "duration_ms": to - from, "input_token_count": 15, "output_token_count": 2, "status_code": 200, "response_text": quote }),
        );
        put(
            "tool_call",
            to,
            json!({ "function_name": "shell", "function_args": quote, "error": quote, "error_message": quote, "metadata": words.json, "success": false }),
        );
    }
    text.into_bytes()
}

pub fn gemini_telemetry(words: &Words<'_>) -> Vec<File> {
    vec![("gemini/telemetry.log".to_owned(), telemetry(words, "gemini_cli"))]
}

pub fn qwen_telemetry(words: &Words<'_>) -> Vec<File> {
    vec![("qwen/telemetry.log".to_owned(), telemetry(words, "qwen-code"))]
}

pub fn qwen_chat(words: &Words<'_>) -> Vec<File> {
    let quote = words.text;
    let mut lines = Lines::default();
    let mut put = |at: i64, record: Value| {
        let frame = json!({ "uuid": format!("u{at}"), "parentUuid": null, "sessionId": "s-1", "timestamp": iso(at), "cwd": "/w", "version": "0.15.10" });
        lines.say(at, merged(record, frame));
    };
    for (from, to) in REQUESTS {
        put(from, json!({ "type": "user", "message": { "role": "user", "parts": [{ "text": quote }] } }));
        let mut event = |at: i64, event: Value| {
            put(at, json!({ "type": "system", "subtype": "ui_telemetry", "systemPayload": { "uiEvent": event } }))
        };
        event(
            to,
            json!({ "event.name": "qwen-code.api_response", "event.timestamp": iso(to), "response_id": format!("r{to}"), "model": "m",
            "duration_ms": to - from, "status_code": 200, "input_token_count": 15, "output_token_count": 2 }),
        );
        event(
            to + 1,
            json!({ "event.name": "qwen-code.tool_call", "event.timestamp": iso(to + 1), "function_args": { "command": quote }, "error_message": quote, "metadata": words.json }),
        );
        put(
            to + 2,
            json!({ "type": "assistant", "message": { "role": "model", "parts": [{ "text": quote, "thought": true }, { "functionCall": { "args": words.record() } }] } }),
        );
        put(
            to + 3,
            json!({ "type": "tool_result", "message": { "role": "user", "parts": [{ "functionResponse": { "response": { "output": quote } } }] },
            "toolCallResult": { "status": "error", "resultDisplay": words.json, "systemPayload": { "uiEvent": words.record() } } }),
        );
    }
    vec![("qwen/projects/-w/chats/s-1.jsonl".to_owned(), lines.bytes())]
}

pub fn opencode_log(words: &Words<'_>) -> Vec<File> {
    let mut lines = Lines::default();
    for (from, to) in REQUESTS {
        let say = |at: i64, said: String| format!("timestamp={} level=INFO run=0a1b2c3d message={said}", iso(at));
        lines.say(from - 9, say(from - 9, format!("created id=ses_1 version=1.18.33 title={}", json!(words.text))));
        lines.say(
            from,
            say(
                from,
                "stream providerID=moonshot modelID=m session.id=ses_1 small=false agent=build mode=primary".to_owned(),
            ),
        );
        lines.say(
            to,
            say(
                to,
                format!(
                    "\"tool failed\" session.id=ses_1 tool=bash command={} error={}",
                    json!(words.text),
                    json!(words.json.to_string())
                ),
            ),
        );
    }
    vec![("opencode/log/opencode.log".to_owned(), lines.bytes())]
}

fn opencode_message(words: &Words<'_>, (i, (from, to)): (usize, (i64, i64))) -> String {
    let own = json!({ "role": "assistant", "agent": "build", "modelID": "m", "providerID": "moonshot",
        "tokens": { "input": 15, "output": 2, "cache": { "read": 0, "write": 0 } }, "time": { "created": epoch_ms(from), "completed": epoch_ms(to) } });
    let words = json!({ "path": { "cwd": words.text }, "summary": { "title": words.text, "body": words.text, "diffs": words.json, "error": words.record() } });
    let own = own.to_string();
    format!("{{\"id\":\"msg_{i}\",\"sessionID\":\"ses_1\",{},{}", &own[1..own.len() - 1], &words.to_string()[1..])
}

pub fn opencode_db(words: &Words<'_>) -> Vec<File> {
    let tables = "CREATE TABLE session (id TEXT, version TEXT, title TEXT); CREATE TABLE part (id TEXT, message_id TEXT, data TEXT); \
        CREATE TABLE message (id TEXT, session_id TEXT, time_created INTEGER, data TEXT);";
    let fill = |db: &Connection| {
        db.execute("INSERT INTO session VALUES ('ses_1', '1.18.33', ?1)", [words.text]).unwrap();
        for (i, request) in REQUESTS.into_iter().enumerate() {
            let asked = json!({ "role": "user", "time": { "created": epoch_ms(request.0) }, "error": words.record(), "system": words.text });
            let answer = opencode_message(words, (i, request));
            for (n, data) in [asked.to_string(), answer].into_iter().enumerate() {
                let id = format!("msg_{i}{n}");
                db.execute("INSERT INTO message VALUES (?1, 'ses_1', ?2, ?3)", (id, epoch_ms(request.0), data))
                    .unwrap();
            }
            let part = json!({ "type": "tool", "tool": "bash", "state": { "status": "error", "input": { "command": words.text }, "output": words.text, "error": words.text, "metadata": words.json } });
            db.execute("INSERT INTO part VALUES (?1, 'm', ?2)", (format!("prt_{i}"), part.to_string())).unwrap();
        }
    };
    vec![("opencode/opencode.db".to_owned(), super::database(tables, fill))]
}

pub fn opencode_storage(words: &Words<'_>) -> Vec<File> {
    let message = |(i, request)| {
        let text = opencode_message(words, (i, request));
        (format!("opencode/storage/message/ses_1/msg_{i}.json"), text.into_bytes())
    };
    REQUESTS.into_iter().enumerate().map(message).collect()
}

pub fn openclaw(words: &Words<'_>) -> Vec<File> {
    let quote = words.text;
    let mut lines = Lines::default();
    lines.say(
        0,
        json!({ "type": "session", "version": 3, "id": "58d6", "timestamp": iso(DAY), "cwd": "/w" }).to_string(),
    );
    for (from, to) in REQUESTS {
        let text = json!([{ "type": "text", "text": quote }]);
        let mut put = |at: i64, message: Value| {
            lines.say(at, json!({ "type": "message", "id": format!("d{at}"), "parentId": "d", "timestamp": iso(at), "message": message }).to_string())
        };
        put(from, json!({ "role": "user", "content": text, "timestamp": epoch_ms(from) }));
        put(
            to,
            json!({ "role": "assistant", "stopReason": "toolUse", "provider": "moonshot", "model": "m", "timestamp": epoch_ms(from),
            "content": [{ "type": "thinking", "thinking": quote }, { "type": "text", "text": quote }, { "type": "toolCall", "arguments": { "command": quote, "x": words.record() } }],
            "usage": { "input": 15, "output": 2, "cacheRead": 0, "cacheWrite": 0 } }),
        );
        put(
            to + 1,
            json!({ "role": "toolResult", "toolName": "bash", "isError": true, "stopReason": "error", "errorMessage": quote, "content": text, "details": words.json }),
        );
        let custom =
            json!({ "type": "custom", "customType": "note", "data": words.json, "id": "x", "timestamp": iso(to + 2) });
        lines.say(to + 2, custom.to_string());
    }
    vec![("openclaw/agents/main/sessions/58d6.jsonl".to_owned(), lines.bytes())]
}

pub fn cline(words: &Words<'_>) -> Vec<File> {
    let quote = words.text;
    let mut messages = Vec::new();
    for (from, to) in REQUESTS {
        let mut say = |at: i64, kind: &str, what: &str, text: String| {
            messages.push(json!({ "ts": epoch_ms(at), "type": kind, kind: what, "text": text }))
        };
        say(from - 1, "say", "text", quote.to_owned());
        let request = json!({ "request": quote, "tokensIn": 15, "tokensOut": 2, "cacheReads": 0, "cacheWrites": 0 });
        say(from, "say", "api_req_started", request.to_string());
        say(to, "say", "reasoning", quote.to_owned());
        say(to + 1, "ask", "command", quote.to_owned());
        say(to + 2, "say", "command_output", quote.to_owned());
        say(to + 3, "say", "tool", json!({ "tool": "readFile", "content": quote }).to_string());
        say(to + 4, "say", "mcp_server_response", words.json.to_string());
    }
    // Its keys stand in the order in which Cline writes them.
    let text = messages
        .iter()
        .map(|m| format!("{{\"ts\":{},\"type\":{},{}", m["ts"], m["type"], rest_of(m)))
        .collect::<Vec<_>>()
        .join(",");
    vec![("tasks/1772610000000/ui_messages.json".to_owned(), format!("[{text}]").into_bytes())]
}

fn rest_of(message: &Value) -> String {
    let mut rest = message.clone();
    rest.as_object_mut().unwrap().retain(|key, _| key != "ts" && key != "type");
    rest.to_string()[1..].to_owned()
}

pub fn aider(words: &Words<'_>) -> Vec<File> {
    let quote = words.text;
    let mut chat = format!(
        "\n# aider chat started at {}\n\n> Aider v0.86.2  \n> Model: openai/kimi-k2.5 with whole edit format  \n",
        iso(DAY)[..19].replace('T', " ")
    );
    let mut history = String::new();
    for (from, to) in REQUESTS {
        let asked = quote.replace('\n', "  \n#### ");
        // The answer stands there as it came, and may well quote: as code, or as a quotation of Markdown.
        let quoted = quote.lines().map(|l| format!("> {l}")).collect::<Vec<_>>().join("\n");
        chat.push_str(&format!(
            "\n#### {asked}  \n\n{quote}\n\n```\n{quote}\n```\n\n{quoted}\n\n> Tokens: 14k sent, 288 received.  \n"
        ));
        let prefixed = |role: &str| quote.lines().map(|l| format!("{role} {l}\n")).collect::<String>();
        let stamp = |ms: i64| iso(ms)[..19].to_owned();
        history.push_str(&format!(
            "TO LLM {}\n-------\n{}LLM RESPONSE {}\n{}",
            stamp(from),
            prefixed("USER"),
            stamp(to),
            prefixed("ASSISTANT")
        ));
    }
    vec![
        ("shop/.aider.chat.history.md".to_owned(), chat.into_bytes()),
        ("shop/.aider.llm.history".to_owned(), history.into_bytes()),
    ]
}

pub fn copilot(words: &Words<'_>) -> Vec<File> {
    let quote = words.text;
    let line = |(n, (kind, data)): (usize, (&str, Value))| {
        format!(
            "{{\"type\":\"{kind}\",\"data\":{data},\"id\":\"e{n}\",\"timestamp\":\"{}\",\"parentId\":\"p\"}}\n",
            iso(DAY + n as i64)
        )
    };
    let events = [
        ("session.start", json!({ "sessionId": "s" })),
        ("user.message", json!({ "content": quote })),
        ("assistant.message", json!({ "content": quote, "toolRequests": [{ "arguments": words.json }] })),
        (
            "tool.execution_complete",
            json!({ "success": false, "result": { "content": quote }, "error": { "message": quote, "statusCode": 429 }, "errorType": "quota", "telemetry": words.record() }),
        ),
        ("session.info", json!({ "message": quote, "statusCode": 429 })),
    ];
    let text: String = events.into_iter().enumerate().map(line).collect();
    vec![("copilot/session-state/s/events.jsonl".to_owned(), text.into_bytes())]
}

pub fn crush(words: &Words<'_>) -> Vec<File> {
    let tables = "CREATE TABLE sessions (id TEXT, title TEXT); CREATE TABLE files (id TEXT, content TEXT); CREATE TABLE messages (id TEXT, session_id TEXT, \
        role TEXT, parts TEXT, model TEXT, provider TEXT, created_at INTEGER, updated_at INTEGER, finished_at INTEGER);";
    let fill = |db: &Connection| {
        db.execute("INSERT INTO sessions VALUES ('s1', ?1)", [words.text]).unwrap();
        db.execute("INSERT INTO files VALUES ('f1', ?1)", [words.text]).unwrap();
        for (from, to) in REQUESTS {
            let text = |kind: &str, data: Value| json!({ "type": kind, "data": data });
            let finish = |reason: &str| {
                text("finish", json!({ "reason": reason, "time": epoch_ms(to) / 1_000, "message": "", "details": "" }))
            };
            let result = text(
                "tool_result",
                json!({ "content": words.text, "is_error": true, "metadata": words.json.to_string(), "finish": words.record() }),
            );
            let said = [
                text("text", json!({ "text": words.text })),
                text("reasoning", json!({ "thinking": words.text })),
                text("tool_call", json!({ "input": words.text })),
                finish("tool_use"),
            ];
            for (role, parts) in [
                ("user", json!([text("text", json!({ "text": words.text })), finish("error")])),
                ("assistant", json!(said)),
                ("tool", json!([result, finish("error")])),
            ] {
                let at = epoch_ms(from) / 1_000;
                db.execute(
                    "INSERT INTO messages VALUES (?1, 's1', ?2, ?3, 'gpt-5', 'openai', ?4, ?4, ?4)",
                    (format!("{role}{from}"), role, parts.to_string(), at),
                )
                .unwrap();
            }
        }
    };
    vec![("shop/.crush/crush.db".to_owned(), super::database(tables, fill))]
}

pub fn claude_store(words: &Words<'_>) -> Vec<File> {
    let tables = "CREATE TABLE base_messages (uuid TEXT, session_id TEXT, isSidechain INTEGER, version TEXT); \
        CREATE TABLE user_messages (uuid TEXT, message TEXT, tool_use_result TEXT, timestamp INTEGER); \
        CREATE TABLE assistant_messages (uuid TEXT, timestamp INTEGER, message TEXT, duration_ms INTEGER, is_api_error_message INTEGER, model TEXT);";
    let fill = |db: &Connection| {
        for (from, to) in REQUESTS {
            for uuid in [format!("u{from}"), format!("a{from}")] {
                db.execute("INSERT INTO base_messages VALUES (?1, 's1', 0, '0.2.40')", [uuid]).unwrap();
            }
            let values = (format!("u{from}"), words.text, words.json.to_string(), epoch_ms(from));
            db.execute("INSERT INTO user_messages VALUES (?1, ?2, ?3, ?4)", values).unwrap();
            let message = json!({ "id": format!("msg_{to}"), "content": [{ "type": "text", "text": words.text }, { "type": "tool_use", "input": words.record() }],
                "usage": { "input_tokens": 15, "output_tokens": 2 }, "error": words.record() });
            let values = (format!("a{from}"), epoch_ms(to), message.to_string(), to - from);
            db.execute("INSERT INTO assistant_messages VALUES (?1, ?2, ?3, ?4, 0, 'claude-3-7')", values).unwrap();
        }
    };
    vec![("claude/__store.db".to_owned(), super::database(tables, fill))]
}
