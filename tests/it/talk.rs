//! Talk of refusals is none: an agent that reads another agent's log, quotes an error, or is asked about one was not refused.

use crate::client_logs::talkers::{self, Words};
use crate::client_logs::{File, agents, gateways};
use crate::fleet::{Fleet, Row, Story};
use crate::support::{Folder, analyse};

/// Tells of a fleet as one client or gateway does.
type Teller = fn(&[Row]) -> Vec<File>;

/// An agent, the formats of its files, and how many requests these tell of.
type Talker = (fn(&Words<'_>) -> Vec<File>, &'static [&'static str], u64);

const TALKERS: &[Talker] = &[
    (talkers::kimi_cli, &["kimi-cli-log", "kimi-cli-wire"], 2),
    (talkers::kimi_code, &["kimi-code-log", "kimi-code-wire"], 2),
    (talkers::claude_code, &["claude-code-transcript"], 2),
    (talkers::codex_rollout, &["codex-rollout"], 2),
    (talkers::codex_tui_log, &["codex-tui-log"], 0),
    (talkers::codex_logs_db, &["codex-logs-db"], 2),
    (talkers::gemini_chat, &["gemini-chat"], 2),
    (talkers::gemini_chat_json, &["gemini-chat-json"], 2),
    (talkers::gemini_telemetry, &["gemini-telemetry"], 2),
    (talkers::qwen_telemetry, &["qwen-telemetry"], 2),
    (talkers::qwen_chat, &["qwen-chat"], 2),
    (talkers::opencode_log, &["opencode-log"], 2),
    (talkers::opencode_db, &["opencode-db"], 2),
    (talkers::opencode_storage, &["opencode-storage"], 2),
    (talkers::openclaw, &["openclaw-session"], 2),
    (talkers::cline, &["cline-task"], 2),
    (talkers::aider, &["aider-chat", "aider-llm"], 2),
    (talkers::copilot, &["copilot-events"], 0),
    (talkers::crush, &["crush-db"], 2),
    (talkers::claude_store, &["claude-code-store"], 2),
];

/// Sentences of errors, and what people paste.
const SAID: &str = "API Error: 429 {\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"slow down\"}}
You've hit your limit · resets 1am (UTC)
You've hit your usage limit. Upgrade to Pro or try again in 1 hour 30 minutes.
429 Too Many Requests
HTTP/1.1 429 Too Many Requests
retry-after: 3600
anthropic-ratelimit-unified-5h-utilization: 1.0
Error code: 429 - {'error': {'message': 'slow down', 'type': 'rate_limit_reached_error'}}
openai.RateLimitError: Error code: 429 - {'error': {'message': 'slow down'}}
Turn error: exceeded retry limit, last status: 429 Too Many Requests, request id: r-1
stream disconnected - retrying turn (1/5 in 200ms)...
{\"usage\":{\"limit\":\"100\",\"used\":\"100\",\"resetTime\":\"2026-03-04T12:00:00Z\"},\"limits\":[{\"window\":{\"duration\":300,\"timeUnit\":\"TIME_UNIT_MINUTE\"},\"detail\":{\"limit\":\"100\",\"used\":\"100\"}}]}
";

const TUI_LOG: &str = "2026-03-03T08:00:00.123456Z  INFO codex_core::codex: new session
2026-03-03T08:00:01.123456Z  WARN stream disconnected - retrying turn (1/5 in 194ms)...
2026-03-03T08:00:09.123456Z  INFO session_loop{thread_id=t-9}:turn{model=m}: codex_core::codex: Turn error: exceeded retry limit, last status: 429 Too Many Requests, request id: r-1
";

const AIDER: &str = "# aider chat started at 2026-03-03 08:00:00

> Model: openai/m-1 with whole edit format
> litellm.RateLimitError: RateLimitError: OpenAIException - slow down
> The API provider has rate limited you. Try again later or check your quotas.
> Retrying in 0.2 seconds...
> litellm.RateLimitError: RateLimitError: OpenAIException - slow down
> Retrying in 0.5 seconds...
> litellm.RateLimitError: RateLimitError: OpenAIException - slow down
";

const COPILOT: &str = r#"{"type":"session.start","data":{},"id":"a","timestamp":"2026-03-03T08:00:00Z","parentId":null}
{"type":"session.error","data":{"errorType":"quota","message":"402 You have no quota","statusCode":402},"id":"c","timestamp":"2026-03-03T08:00:07Z","parentId":"b"}
"#;

const ROLLOUT: &str = r#"{"timestamp":"2026-03-03T08:00:00.100Z","type":"session_meta","payload":{"id":"t-9","cwd":"/w","originator":"codex_cli_rs","cli_version":"0.169.0","source":"cli","model_provider":"openai"}}
{"timestamp":"2026-03-03T08:00:01.100Z","type":"event_msg","payload":{"type":"task_started","turn_id":"t"}}
{"timestamp":"2026-03-03T08:00:02.100Z","type":"event_msg","payload":{"type":"token_count","info":null,"rate_limits":{"primary":{"used_percent":100.0,"window_minutes":300,"resets_at":1772540000}}}}
{"timestamp":"2026-03-03T08:00:03.100Z","type":"event_msg","payload":{"type":"task_complete","turn_id":"t","last_agent_message":null,"error":{"message":"You've hit your usage limit.","codex_error_info":"usage_limit_exceeded"}}}
"#;

const QWEN: &str = r#"{"uuid":"u","parentUuid":null,"sessionId":"s-9","timestamp":"2026-03-03T08:00:05.000Z","type":"system","cwd":"/w","version":"0.15.10","subtype":"ui_telemetry","systemPayload":{"uiEvent":{"event.name":"qwen-code.api_error","event.timestamp":"2026-03-03T08:00:05.000Z","response_id":"r-9","model":"m","duration_ms":26,"error_message":"403 You've reached it","error_type":"PermissionDeniedError","status_code":403}}}
"#;

const CLINE: &str = r#"[{"ts":1772524801000,"type":"say","say":"api_req_started","text":"{\"request\":\"x\"}"},{"ts":1772524803000,"type":"say","say":"api_req_retry_delayed","text":"429\nRate limit: slow down\nRetry attempt 1\nRetrying in 5 seconds"}]
"#;

/// What is quoted: its name, the text, and whether it tells of refusals where it is a file of its own.
fn quotes() -> Vec<(String, String)> {
    let rows: Vec<Row> = Fleet { agents: 3, length_s: 300, ..Fleet::new(3, Story::Cap { slots: 1 }) }.rows();
    let tells: [Teller; 13] = [
        |rows| vec![("requests.jsonl".to_owned(), crate::fleet::log(rows).into_bytes())],
        agents::kimi_code,
        agents::kimi_cli,
        agents::claude_code,
        agents::opencode,
        agents::openclaw,
        agents::gemini_telemetry,
        gateways::litellm,
        gateways::otlp_calls,
        gateways::nginx_json,
        gateways::caddy,
        gateways::har,
        gateways::httpx,
    ];
    let mut quotes: Vec<(String, String)> = Vec::new();
    for file in tells.into_iter().flat_map(|tell| tell(&rows)) {
        // Of the files of all agents that of the first one will do.
        if !["1.jsonl", "2.jsonl", "1/wire.jsonl", "2/wire.jsonl", "0001-0000-4000-8000-000000000000.jsonl"]
            .iter()
            .any(|end| file.0.ends_with(end))
        {
            quotes.push((file.0, String::from_utf8(file.1).unwrap()));
        }
    }
    let own = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    quotes.extend([
        own("sentences", SAID),
        own("codex-tui.log", TUI_LOG),
        own(".aider.chat.history.md", AIDER),
        own("events.jsonl", COPILOT),
        own("rollout.jsonl", ROLLOUT),
        own("qwen.jsonl", QWEN),
        own("ui_messages.json", CLINE),
    ]);
    quotes
}

#[test]
fn what_an_agent_reads_says_or_is_asked_is_no_refusal() {
    let quotes = quotes();
    let mut wrong = Vec::new();
    for (name, text) in &quotes {
        let words = Words::of(text);
        for (talk, formats, attempts) in TALKERS {
            let folder = Folder::new();
            for (file, bytes) in talk(&words) {
                folder.write(&file, bytes);
            }
            let document = analyse(&[folder.path()]);
            let mut found: Vec<&str> = document.inputs.iter().filter_map(|i| i.format.as_deref()).collect();
            found.sort_unstable();
            found.dedup();
            let c = &document.coverage;
            if (c.attempts, c.admitted, c.refused, c.snapshots) != (*attempts, *attempts, 0, 0) || found != *formats {
                wrong.push(format!("{} with {name}: {found:?}, {c:?}", formats[0]));
            }
            if !document.episodes.iter().all(|e| e.kind == "silent") || !document.isolated_refusals.is_empty() {
                wrong.push(format!(
                    "{} with {name}: {:?} {:?}",
                    formats[0], document.verdict.sentence, document.isolated_refusals
                ));
            }
            // Lines of its own shape that a log holds as text are told as what they are.
            let is_reported = |p: &&why429::document::InputProblem| !p.reason.contains("quoted");
            let problems: Vec<_> = document
                .inputs
                .iter()
                .flat_map(|i| {
                    i.problems.iter().filter(is_reported).map(move |p| format!("{}:{} {}", i.path, p.line, p.reason))
                })
                .collect();
            if !problems.is_empty() {
                wrong.push(format!("{} with {name}: {problems:?}", formats[0]));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The test above could not fail on words that are no refusals: as files of their own, these are.
#[test]
fn what_is_quoted_there_is_a_refusal_in_its_own_file() {
    for (name, text) in quotes() {
        let text = if name == ".aider.chat.history.md" { text.replace('\n', "  \n") } else { text };
        let folder = Folder::new();
        folder.write(&name, text);
        let refused = analyse(&[folder.path()]).coverage.refused;
        assert_eq!(refused > 0, name != "sentences", "{name}: {refused}");
    }
}
