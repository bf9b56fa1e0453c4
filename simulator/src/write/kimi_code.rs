//! What Kimi Code 2.1.0 leaves on disk (docs/FORMATS.md): a wire per agent, a log per session without agents.
//!
//! The records are those that tell of requests, with their neighbours; copies of messages, tools and summaries are left out.
//! Agents of a session are used again, where the real client names a new one for each task: that keeps files few.

use std::fmt::Write;

use super::{Lines, Source, Written, clock, folder, json};
use crate::random::Random;
use crate::texts::{ANSWERS, PROMPTS};
use crate::truth::Damage;
use crate::world::{Attempt, Refusal, Session};

const HOME: &str = "/home/user/.kimi-code";
const QUOTA: &str = "exceeded_current_quota_error";

/// Writes all machines.
pub fn write(source: &Source<'_>, written: &mut Written, r: &mut Random) {
    for machine in 0..source.plan.machines {
        let root = format!("{}kimi-code", folder(source, machine));
        let mut global = Lines::default();
        let mut index = String::new();
        let skew = source.recording.skew[machine];
        let keeps = |at: i64| source.recording.keeps(machine, at - skew);
        for (number, session) in source.sessions(machine) {
            let id = format!("session_{}", session.id);
            let workspace = format!("wd_shop_{}", &session.id[24..]);
            let _ = writeln!(
                index,
                "{{\"sessionId\":\"{id}\",\"sessionDir\":\"{HOME}/sessions/{workspace}/{id}\",\"workDir\":\"/home/user/src/shop\"}}"
            );
            let base = format!("{root}/sessions/{workspace}/{id}");
            let mut log = Lines::default();
            for (index, l) in source.agents(number).filter(|(index, _)| !source.requests_of[*index].is_empty()) {
                let name = if l.number == 0 { "main".to_owned() } else { format!("agent-{}", l.number - 1) };
                let mut agent = Agent { name: &name, wire: Lines::default(), log: &mut log, skew, messages: 0 };
                written.rows += agent.write(source, index, session, r);
                let wire = std::mem::take(&mut agent.wire).text(keeps);
                if !source.has(Damage::OnlyEnds) && !wire.is_empty() {
                    written.files.push((format!("{base}/agents/{name}/wire.jsonl"), wire));
                }
            }
            if let Some((first, _)) = session.hours.first() {
                let at = first + skew;
                global.say(
                    at,
                    format!(
                        "{} INFO  minidb query-store opening  dir={HOME}/cache/query-store shardCount=16",
                        clock::rfc3339(at, 3)
                    ),
                );
            }
            let log = log.text(keeps);
            if source.has(Damage::DuplicatedLines) && !log.is_empty() && r.chance(0.6) {
                written.files.push((format!("{base}/logs/kimi-code (copy).log"), log.clone()));
            }
            if !log.is_empty() {
                written.files.push((format!("{base}/logs/kimi-code.log"), log));
            }
        }
        if index.is_empty() {
            continue;
        }
        written.files.push((format!("{root}/session_index.jsonl"), index.into_bytes()));
        written.files.push((format!("{root}/logs/kimi-code.log"), global.text(|_| true)));
        let config = "default_model = \"kimi\"\ntelemetry = false\n[models.kimi]\nprovider = \"kimi-code\"\nmodel = \"kimi-for-coding\"\nmax_context_size = 262144\n[providers.kimi-code]\ntype = \"kimi\"\nbase_url = \"https://api.kimi.com/coding/v1\"\n";
        written.files.push((format!("{root}/config.toml"), config.as_bytes().to_vec()));
    }
}

/// One agent while its requests are told.
struct Agent<'a> {
    name: &'a str,
    wire: Lines,
    log: &'a mut Lines,
    skew: i64,
    messages: u32,
}

impl Agent<'_> {
    /// A record of the wire: kind, fields, time.
    fn put(&mut self, at: i64, kind: &str, fields: &str) {
        let at = at + self.skew;
        self.wire
            .say(at, format!("{{\"type\":\"{kind}\",\"agentId\":\"{}\",{fields}\"time\":{}}}", self.name, at / 1_000));
    }

    fn say(&mut self, at: i64, level: &str, message: &str) {
        let at = at + self.skew;
        self.log.say(at, format!("{} {level:<5} {message}", clock::rfc3339(at, 3)));
    }

    /// Writes all requests of an agent; returns how many of the rows are requests.
    fn write(&mut self, source: &Source<'_>, index: usize, session: &Session, r: &mut Random) -> u64 {
        let mut rows = 0;
        let (mut turn, mut step) = (u32::MAX, 0);
        let requests: Vec<&Attempt> = source.requests(index).collect();
        if let Some(first) = requests.first() {
            let at = first.start - 60_000 + self.skew;
            let created = at / 1_000;
            self.wire
                .say(at, format!("{{\"type\":\"metadata\",\"protocol_version\":\"1.5\",\"created_at\":{created}}}"));
            let workspace = &session.id[24..];
            self.put(
                first.start - 59_000,
                "runtime.set_binding",
                &format!("\"workspaceId\":\"wd_shop_{workspace}\",\"runtimeId\":\"local\","),
            );
        }
        for (i, a) in requests.iter().enumerate() {
            if a.turn != turn {
                (turn, step) = (a.turn, 0);
                self.prompt(a, r);
            }
            step += 1;
            self.sent(a, step, r);
            if !a.settled {
                continue;
            }
            rows += 1;
            let last = requests.get(i + 1).is_none_or(|next| next.turn != turn);
            match &a.refusal {
                Some(refusal) => self.refused(a, refusal, step, requests.get(i + 1).copied(), r),
                None => self.answered(a, step, last, r),
            }
        }
        rows
    }

    fn prompt(&mut self, a: &Attempt, r: &mut Random) {
        let turn = a.turn;
        let origin = if self.name == "main" { "user" } else { "system_trigger" };
        let prompt = json(r.pick::<&str>(PROMPTS));
        self.put(
            a.start - 30_000,
            "turn.prompt",
            &format!(
                "\"input\":[{{\"type\":\"text\",\"text\":{prompt}}}],\"origin\":{{\"kind\":\"{origin}\"}},\"turnId\":{turn},"
            ),
        );
        self.messages += 1;
    }

    fn sent(&mut self, a: &Attempt, step: u32, r: &mut Random) {
        let turn = a.turn;
        let uuid = r.hex(12);
        self.put(
            a.start - 3_000,
            "context.append_loop_event",
            &format!(
                "\"event\":{{\"type\":\"step.begin\",\"uuid\":\"{uuid}\",\"turnId\":\"{turn}\",\"step\":{step}}},"
            ),
        );
        if step == 1 {
            self.say(
                a.start - 2_000,
                "INFO",
                &format!(
                    "llm config  turnStep={turn}.{step} provider=openai model=kimi-for-coding modelAlias=kimi-code/kimi thinkingEffort=off systemPromptChars=57 toolCount=4"
                ),
            );
        }
        self.say(a.start, "INFO", &format!("llm request  turnStep={turn}.{step}"));
        let messages = self.messages;
        self.put(
            a.start,
            "llm.request",
            &format!(
                "\"kind\":\"loop\",\"provider\":\"openai\",\"model\":\"kimi-for-coding\",\"modelAlias\":\"kimi-code/kimi\",\"maxTokens\":262144,\"messageCount\":{messages},\"turnStep\":\"{turn}.{step}\","
            ),
        );
    }

    fn answered(&mut self, a: &Attempt, step: u32, last: bool, r: &mut Random) {
        let (turn, t) = (a.turn, a.end);
        let (input, cached, output) = if a.broken { (0, 0, 0) } else { (a.input, a.cached, a.output) };
        let whole = (a.end - a.start) / 1_000;
        let first = ((whole as f64) * r.within((0.25, 0.7))) as i64;
        let stream = (whole - first).max(1);
        self.say(
            t,
            "INFO",
            &format!(
                "llm response  turnStep={turn}.{step} ttftMs={first} streamDurationMs={stream} outputTokens={output} requestBuildMs=3 serverFirstTokenMs={first} serverDecodeMs={stream} clientConsumeMs=0 clientBlockedMs=3"
            ),
        );
        let usage = format!(
            "{{\"inputOther\":{},\"output\":{output},\"inputCacheRead\":{cached},\"inputCacheCreation\":0}}",
            input - cached
        );
        self.put(t, "usage.record", &format!("\"model\":\"kimi\",\"usage\":{usage},\"usageScope\":\"turn\","));
        let text = json(r.pick::<&str>(ANSWERS));
        self.put(
            t + 1_000,
            "context.append_loop_event",
            &format!(
                "\"event\":{{\"type\":\"content.part\",\"turnId\":\"{turn}\",\"step\":{step},\"part\":{{\"type\":\"text\",\"text\":{text}}}}},"
            ),
        );
        let finish = if last { "end_turn" } else { "tool_use" };
        self.put(
            t + 2_000,
            "context.append_loop_event",
            &format!(
                "\"event\":{{\"type\":\"step.end\",\"turnId\":\"{turn}\",\"step\":{step},\"finishReason\":\"{finish}\",\"usage\":{usage},\"llmFirstTokenLatencyMs\":{first},\"llmStreamDurationMs\":{stream},\"messageId\":\"chatcmpl-{}\"}},",
                r.hex(16)
            ),
        );
        self.messages += 1;
        if last {
            self.put(
                t + 4_000,
                "turn.ended",
                &format!(
                    "\"turnId\":{turn},\"reason\":\"completed\",\"durationMs\":{whole},\"traceId\":\"{}\",",
                    r.hex(12)
                ),
            );
        }
    }

    fn refused(&mut self, a: &Attempt, refusal: &Refusal, step: u32, next: Option<&Attempt>, r: &mut Random) {
        let (turn, t) = (a.turn, a.end);
        let text = match refusal.status {
            None => refusal.message.clone(),
            Some(status) if refusal.message.is_empty() => format!("{status} status code (no body)"),
            Some(status) => format!("{status} {}", refusal.message),
        };
        let quota = refusal.kind == QUOTA;
        let name = match refusal.status {
            None => "APIConnectionError",
            Some(429) if quota => "APIProviderQuotaExhaustedError",
            Some(429) => "APIProviderRateLimitError",
            Some(_) => "APIStatusError",
        };
        let status = refusal.status.map_or_else(String::new, |s| format!(" statusCode={s}"));
        if !quota {
            self.say(
                t,
                "WARN",
                &format!("llm request failed  turnStep={turn}.{step} model=kimi errorName={name} errorMessage=\"{text}\"{status}"),
            );
        }
        self.put(
            t,
            "context.append_loop_event",
            &format!(
                "\"event\":{{\"type\":\"step.end\",\"turnId\":\"{turn}\",\"step\":{step},\"finishReason\":\"error\"}},"
            ),
        );
        let message = json(&text);
        if !a.gave_up {
            let delay = next.map_or(1_000, |n| (n.start - a.end) / 1_000);
            let status = refusal.status.map_or_else(String::new, |s| format!("\"statusCode\":{s},"));
            self.put(
                t + 1_000,
                "turn.step.retrying",
                &format!(
                    "\"turnId\":{turn},\"step\":{step},\"failedAttempt\":{},\"nextAttempt\":{},\"maxAttempts\":10,\"delayMs\":{delay},\"errorName\":\"{name}\",\"errorMessage\":{message},{status}",
                    a.outer,
                    a.outer + 1
                ),
            );
            return;
        }
        self.turn_failed(a, refusal, (step, name, &text), r);
    }

    fn turn_failed(&mut self, a: &Attempt, refusal: &Refusal, (step, name, text): (u32, &str, &str), r: &mut Random) {
        let (turn, t) = (a.turn, a.end);
        let message = json(text);
        let quota = refusal.kind == QUOTA;
        let code = match refusal.status {
            None => "provider.connection_error",
            Some(401..=403) => "provider.auth_error",
            Some(429) if refusal.kind == "engine_overloaded_error" => "provider.overloaded",
            Some(429) if !quota => "provider.rate_limit",
            Some(_) => "provider.api_error",
        };
        let details = refusal.status.map_or_else(
            || "{}".to_owned(),
            |s| format!("{{\"statusCode\":{s},\"requestId\":\"req-{}\",\"traceId\":\"{}\"}}", r.hex(16), r.hex(12)),
        );
        let interrupted = json(&format!("[{code}] {text}"));
        self.put(
            t + 2_000,
            "turn.step.interrupted",
            &format!("\"turnId\":{turn},\"step\":{step},\"reason\":\"error\",\"message\":{interrupted},"),
        );
        self.put(
            t + 3_000,
            "turn.ended",
            &format!(
                "\"turnId\":{turn},\"reason\":\"failed\",\"error\":{{\"code\":\"{code}\",\"message\":{message},\"name\":\"{name}\",\"details\":{details},\"retryable\":false}},\"durationMs\":{},",
                (a.end - a.start) / 1_000
            ),
        );
    }
}
