//! What agents leave on disk: Kimi Code, Kimi CLI, Claude Code, opencode, OpenClaw, Gemini CLI, Codex.

use serde_json::{Value, json};

use super::{File, Lines, agents, by_end, end, iso, of_agent, seconds};
use crate::fleet::{Row, epoch_ms};

const SESSION: &str = "5f0c9f0e-1111-4222-8333-444455556666";

/// Tries that Kimi Code makes before it gives a turn up.
const KIMI_CODE_TRIES: usize = 10;

/// Tries that Kimi CLI logs before it gives a step up.
const KIMI_CLI_TRIES: usize = 3;

/// Tries that Claude Code makes again before it makes an answer of the error.
const CLAUDE_RETRIES: usize = 10;

/// The rows of one agent, each with how many refusals stand directly before it, counted anew after `tries` of them.
fn numbered<'a>(rows: &[&'a Row], tries: usize) -> Vec<(&'a Row, usize)> {
    let mut before = 0;
    let numbered = |row: &&'a Row| {
        let this = before;
        before = if row.is_admitted() || before + 1 == tries { 0 } else { before + 1 };
        (*row, this)
    };
    rows.iter().map(numbered).collect()
}

/// Kimi Code: a wire an agent, a log a session.
pub fn kimi_code(rows: &[Row]) -> Vec<File> {
    let home = format!("kimi-code/sessions/wd_shop_0123456789ab/session_{SESSION}");
    let mut log = Lines::default();
    let mut files: Vec<File> = agents(rows)
        .map(|agent| {
            let name = format!("agent-{agent}");
            let mut wire = Lines::default();
            let created = epoch_ms(0);
            wire.say(0, json!({ "type": "metadata", "protocol_version": "1.5", "created_at": created }).to_string());
            let of = of_agent(rows, agent);
            for (turn, (row, before)) in numbered(&of, KIMI_CODE_TRIES).into_iter().enumerate() {
                kimi_code_request(&mut wire, &mut log, &name, (turn, before + 1), row);
            }
            (format!("{home}/agents/{name}/wire.jsonl"), wire.bytes())
        })
        .collect();
    files.push((format!("{home}/logs/kimi-code.log"), log.bytes()));
    files
}

fn kimi_code_request(wire: &mut Lines, log: &mut Lines, agent: &str, (turn, tried): (usize, usize), row: &Row) {
    let (from, to) = (row.start_ms, end(row));
    let step = format!("{turn}.{tried}");
    let mut put = |at: i64, kind: &str, fields: Value| {
        let mut record = json!({ "type": kind, "agentId": agent, "time": epoch_ms(at) });
        record.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        wire.say(at, record.to_string());
    };
    put(
        from,
        "llm.request",
        json!({ "kind": "loop", "provider": "openai", "model": "kimi-for-coding",
        "modelAlias": "kimi-code/kimi", "turnStep": step }),
    );
    let alias = "modelAlias=kimi-code/kimi";
    log.say(
        from,
        format!("{} INFO  llm config  turnStep={step} provider=openai model=kimi-for-coding {alias}", iso(from)),
    );
    log.say(from, format!("{} INFO  llm request  turnStep={step}", iso(from)));
    let Some(text) = row.text else {
        put(
            to,
            "usage.record",
            json!({ "model": "kimi", "usageScope": "turn", "usage": { "inputOther": row.tokens,
            "output": 288, "inputCacheRead": 0, "inputCacheCreation": 0 } }),
        );
        let ms = to - from;
        log.say(
            to,
            format!("{} INFO  llm response  turnStep={step} ttftMs={ms} streamDurationMs=0 outputTokens=288", iso(to)),
        );
        return;
    };
    let (name, message) = ("APIProviderRateLimitError", format!("{} {text}", row.status));
    log.say(to, format!(
        "{} WARN  llm request failed  turnStep={step} model=kimi errorName={name} errorMessage=\"{message}\" statusCode={}",
        iso(to), row.status
    ));
    if tried < KIMI_CODE_TRIES {
        put(
            to,
            "turn.step.retrying",
            json!({ "turnId": turn, "step": tried, "failedAttempt": tried,
            "nextAttempt": tried + 1, "maxAttempts": KIMI_CODE_TRIES, "delayMs": 1000, "errorName": name,
            "errorMessage": message, "statusCode": row.status }),
        );
    } else {
        let error = json!({ "code": "provider.rate_limit", "message": message, "name": name,
            "details": { "statusCode": row.status } });
        put(to, "turn.ended", json!({ "turnId": turn, "reason": "failed", "error": error }));
    }
}

/// Kimi CLI: a log without agents, and a wire an agent. A step's time has its retries in it.
pub fn kimi_cli(rows: &[Row]) -> Vec<File> {
    let mut log = Lines::default();
    let head = |place: &str, said: &str| format!("{} | INFO     | {place} |  - {said}", loguru(0));
    log.say(0, head("kimi_cli.cli:_run:583", &format!("Created new session: {SESSION}")));
    let model = "Using LLM model: provider='managed:kimi-code' model='kimi-for-coding' max_context_size=262144";
    log.say(0, head("kimi_cli.app:create:251", model));
    let mut files: Vec<File> = agents(rows)
        .map(|agent| {
            let mut wire = Lines::default();
            wire.say(-1, json!({ "type": "metadata", "protocol_version": "1.1" }).to_string());
            let of = of_agent(rows, agent);
            let mut began = 0;
            for (i, (row, before)) in numbered(&of, KIMI_CLI_TRIES).into_iter().enumerate() {
                let next = of.get(i + 1).map_or(end(row) + 500, |n| n.start_ms);
                kimi_cli_request(&mut wire, &mut log, (&mut began, before, next), row);
            }
            (format!("kimi-cli/sessions/0123456789abcdef/{SESSION}/subagents/a{agent}/wire.jsonl"), wire.bytes())
        })
        .collect();
    files.push(("kimi-cli/logs/kimi.log".to_owned(), log.bytes()));
    files
}

fn loguru(ms: i64) -> String {
    iso(ms)[..23].replace('T', " ")
}

fn kimi_cli_request(wire: &mut Lines, log: &mut Lines, (began, before, next): (&mut i64, usize, i64), row: &Row) {
    let to = end(row);
    let mut event = |at: i64, kind: &str, payload: Value| {
        let message = json!({ "type": kind, "payload": payload });
        wire.say(at, json!({ "timestamp": seconds(at), "message": message }).to_string());
    };
    let mut say = |level: &str, place: &str, said: String| {
        log.say(to, format!("{} | {level:<8} | kimi_cli.soul.kimisoul:{place} | {SESSION} - {said}", loguru(to)));
    };
    if before == 0 {
        *began = row.start_ms;
        event(row.start_ms, "StepBegin", json!({ "n": 1 }));
    }
    let Some(text) = row.text else {
        let elapsed = (to - *began) as f64 / 1_000.0;
        say("INFO", "_step:1136", format!("LLM step completed in {elapsed:.1}s (input={}, output=288)", row.tokens));
        let usage =
            json!({ "input_other": row.tokens, "output": 288, "input_cache_read": 0, "input_cache_creation": 0 });
        event(to, "StatusUpdate", json!({ "token_usage": usage, "message_id": format!("chatcmpl-{to}") }));
        return;
    };
    let status = row.status;
    let error = format!(
        "APIStatusError: Error code: {status} - {{'error': {{'message': \"{text}\", 'type': 'rate_limit_reached_error'}}}}"
    );
    if before + 1 == KIMI_CLI_TRIES {
        say("ERROR", "_agent_loop:926", format!("Agent step 1 failed: {error}"));
        event(to, "StepInterrupted", json!({}));
        return;
    }
    let wait = (next - to) as f64 / 1_000.0;
    let said = format!("Retrying step for the {} time (last error: {error}). Waiting {wait} seconds.", before + 1);
    say("WARNING", "_retry_log:1495", said);
    event(
        to,
        "StepRetry",
        json!({ "n": 1, "next_attempt": before + 2, "max_attempts": KIMI_CLI_TRIES, "wait_s": wait,
        "error_type": "APIStatusError", "status_code": status }),
    );
}

/// Claude Code at a provider that speaks its protocol: a transcript a subagent, with a record for each retry. When a
/// request left stands nowhere.
pub fn claude_code(rows: &[Row]) -> Vec<File> {
    let transcript = |agent: usize| {
        let mut lines = Lines::default();
        let (mut parent, mut line) = (Value::Null, 0);
        let of = of_agent(rows, agent);
        let mut put = |at: i64, mut record: Value| {
            line += 1;
            let uuid = format!("{agent:08x}-{line:04}-4000-8000-000000000000");
            let frame = json!({ "parentUuid": parent, "isSidechain": true, "userType": "external", "cwd": "/home/user/shop",
                "sessionId": SESSION, "agentId": format!("a{agent}"), "version": "2.1.111", "uuid": uuid, "timestamp": iso(at) });
            record.as_object_mut().unwrap().extend(frame.as_object().unwrap().clone());
            lines.say(at, record.to_string());
            parent = json!(uuid);
        };
        for (i, (row, before)) in numbered(&of, CLAUDE_RETRIES + 1).into_iter().enumerate() {
            let to = end(row);
            let wait = of.get(i + 1).map_or(1_000, |next| next.start_ms - to);
            if before == 0 {
                put(row.start_ms, json!({ "type": "user", "message": { "role": "user", "content": "Go on." } }));
            }
            let body =
                |text: &str| json!({ "type": "error", "error": { "type": "rate_limit_error", "message": text } });
            match row.text {
                None => put(
                    to,
                    json!({ "type": "assistant", "message": { "model": "kimi-for-coding",
                    "id": format!("msg_{agent}_{to}"), "role": "assistant", "content": [{ "type": "text", "text": "Done." }],
                    "usage": { "input_tokens": row.tokens, "output_tokens": 288 } } }),
                ),
                Some(text) if before < CLAUDE_RETRIES => put(
                    to,
                    json!({ "type": "system", "subtype": "api_error",
                    "level": "error", "retryInMs": wait, "retryAttempt": before + 1, "maxRetries": CLAUDE_RETRIES,
                    "error": { "status": row.status, "headers": {}, "error": body(text) } }),
                ),
                Some(text) => put(
                    to,
                    json!({ "type": "assistant", "isApiErrorMessage": true,
                    "message": { "model": "<synthetic>", "id": format!("msg_{agent}_{to}"), "role": "assistant",
                        "content": [{ "type": "text", "text": format!("API Error: {} {}", row.status, body(text)) }],
                        "usage": { "input_tokens": 0, "output_tokens": 0 } } }),
                ),
            }
        }
        let name = format!("claude/projects/-home-user-shop/{SESSION}/subagents/agent-a{agent}.jsonl");
        (name, lines.bytes())
    };
    agents(rows).map(transcript).collect()
}

/// opencode's log: starts and failures, the end of an answer nowhere.
pub fn opencode(rows: &[Row]) -> Vec<File> {
    let mut lines = Lines::default();
    for (i, row) in rows.iter().enumerate() {
        let say = |at: i64, said: &str| format!("timestamp={} level=INFO run=0a1b2c3d message={said}", iso(at));
        let session = format!("ses_{:026}", row.agent);
        let names = format!(
            "providerID=kimi-for-coding modelID=kimi-for-coding session.id={session} small=false agent=build mode=primary"
        );
        lines.say(
            row.start_ms - 1,
            say(row.start_ms - 1, &format!("process session.id={session} messageID=msg_{i:026}")),
        );
        lines.say(row.start_ms, say(row.start_ms, &format!("stream {names}")));
        if let Some(text) = row.text {
            let said = format!("\"stream error\" {names} error.error=\"AI_APICallError: {text}\"");
            lines.say(end(row), say(end(row), &said));
        }
    }
    vec![("opencode/log/opencode.log".to_owned(), lines.bytes())]
}

/// opencode's log beside its database, which has the end of every answer.
pub fn opencode_with_database(rows: &[Row]) -> Vec<File> {
    let tables = "CREATE TABLE session (id TEXT, version TEXT); CREATE TABLE part (id TEXT); \
        CREATE TABLE message (id TEXT, session_id TEXT, time_created INTEGER, data TEXT);";
    let fill = |db: &rusqlite::Connection| {
        for (i, row) in rows.iter().enumerate().filter(|(_, row)| row.is_admitted()) {
            let data = json!({ "role": "assistant", "agent": "build", "modelID": "kimi-for-coding", "providerID": "kimi-for-coding",
                "tokens": { "input": row.tokens, "output": 288, "cache": { "read": 0, "write": 0 } },
                "time": { "created": epoch_ms(row.start_ms - 1), "completed": epoch_ms(end(row)) }, "finish": "stop" });
            let (id, session) = (format!("msg_{i:026}"), format!("ses_{:026}", row.agent));
            let values = (id, session, epoch_ms(row.start_ms - 1), data.to_string());
            db.execute("INSERT INTO message VALUES (?1, ?2, ?3, ?4)", values).unwrap();
        }
    };
    let mut files = opencode(rows);
    files.push(("opencode/opencode.db".to_owned(), super::database(tables, fill)));
    files
}

/// OpenClaw: a transcript a session, each answer or error with its start and end.
pub fn openclaw(rows: &[Row]) -> Vec<File> {
    let transcript = |agent: usize| {
        let id = format!("58d6{agent:04}-0000-4000-8000-000000000000");
        let mut lines = Lines::default();
        let first = json!({ "type": "session", "version": 3, "id": id, "timestamp": iso(0), "cwd": "/home/user/shop" });
        lines.say(0, first.to_string());
        for row in of_agent(rows, agent) {
            let to = end(row);
            let mut message = json!({ "role": "assistant", "content": [], "stopReason": "stop", "provider": "kimi-code",
                "model": "kimi-for-coding", "timestamp": epoch_ms(row.start_ms),
                "usage": { "input": row.tokens, "output": 288, "cacheRead": 0, "cacheWrite": 0 } });
            if let Some(text) = row.text {
                let body = json!({ "error": { "message": text, "type": "rate_limit_reached_error" } });
                message["stopReason"] = json!("error");
                message["errorMessage"] = json!(format!("{} {body}", row.status));
            }
            let record = json!({ "type": "message", "id": format!("d{to}"), "parentId": "d0", "timestamp": iso(to), "message": message });
            lines.say(to, record.to_string());
        }
        (format!("openclaw/agents/main/sessions/{id}.jsonl"), lines.bytes())
    };
    agents(rows).map(transcript).collect()
}

/// Gemini CLI's telemetry at another address: an event a request.
pub fn gemini_telemetry(rows: &[Row]) -> Vec<File> {
    let object = |_: usize, row: &Row| {
        let name = if row.is_admitted() { "api_response" } else { "api_error" };
        let mut attributes = json!({ "session.id": SESSION, "event.name": format!("gemini_cli.{name}"), "event.timestamp": iso(end(row)),
            "model": "kimi-for-coding", "duration_ms": end(row) - row.start_ms, "status_code": row.status });
        match row.text {
            Some(text) => attributes["error.message"] = json!(text),
            None => {
                attributes["input_token_count"] = json!(row.tokens);
                attributes["output_token_count"] = json!(288);
            }
        }
        let object = json!({ "hrTime": [epoch_ms(end(row)) / 1_000, 0], "instrumentationScope": { "name": "gemini-cli" },
            "attributes": attributes, "_body": "API." });
        serde_json::to_string_pretty(&object).unwrap()
    };
    vec![("gemini/telemetry.log".to_owned(), by_end(rows, object))]
}

/// Codex `exec` before 0.169: a thread an agent, which has its answers and no refusal.
pub fn codex_exec(rows: &[Row]) -> Vec<File> {
    let thread = |agent: usize| {
        let id = format!("019cd6a7-14c0-7000-8000-{agent:012x}");
        let mut lines = Lines::default();
        let mut put = |at: i64, kind: &str, payload: Value| {
            lines.say(at, json!({ "timestamp": iso(at), "type": kind, "payload": payload }).to_string());
        };
        put(
            0,
            "session_meta",
            json!({ "id": id, "timestamp": iso(0), "cwd": "/home/user/shop", "originator": "codex_exec",
            "cli_version": "0.98.0", "source": "exec", "model_provider": "kimi-code" }),
        );
        let mut total = 0;
        for (turn, row) in of_agent(rows, agent).into_iter().filter(|r| r.is_admitted()).enumerate() {
            put(row.start_ms, "event_msg", json!({ "type": "task_started", "turn_id": format!("t{turn}") }));
            put(row.start_ms, "turn_context", json!({ "turn_id": format!("t{turn}"), "model": "kimi-for-coding" }));
            total += row.tokens + 288;
            let usage = |sum: u64| json!({ "input_tokens": sum - 288, "cached_input_tokens": 0, "output_tokens": 288, "total_tokens": sum });
            put(
                end(row),
                "event_msg",
                json!({ "type": "token_count", "info": { "total_token_usage": usage(total),
                "last_token_usage": usage(row.tokens + 288) }, "rate_limits": null }),
            );
            put(
                end(row) + 1,
                "event_msg",
                json!({ "type": "task_complete", "turn_id": format!("t{turn}"), "last_agent_message": "Done." }),
            );
        }
        (format!("codex/sessions/2026/03/03/rollout-2026-03-03T08-00-00-{id}.jsonl"), lines.bytes())
    };
    agents(rows).map(thread).collect()
}
