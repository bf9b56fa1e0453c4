//! What Kimi CLI 1.44.0 leaves on disk (docs/FORMATS.md): kimi.log in local time, without agents, and a wire per agent,
//! of which the main one repeats what its subagents write.
//!
//! The SDK below it repeats a refused request twice; those requests are on no line. Tool calls and contexts are left out.

use std::fmt::Write;

use super::{Lines, Source, Written, clock, folder, json};
use crate::random::{Random, seconds};
use crate::texts::{ANSWERS, PROMPTS};
use crate::truth::Damage;
use crate::world::{Attempt, Refusal, Session};

const STEP: &str = "kimi_cli.soul.kimisoul:";

/// Writes all machines.
pub fn write(source: &Source<'_>, written: &mut Written, r: &mut Random) {
    let wires = !source.has(Damage::OnlyEnds);
    for machine in 0..source.plan.machines {
        let root = format!("{}kimi-cli", folder(source, machine));
        let skew = source.recording.skew[machine];
        let keeps = |at: i64| source.recording.keeps(machine, at - skew);
        let mut log = Log { lines: Lines::default(), skew, offset: source.plan.offset_quarters };
        let mut any = false;
        for (number, session) in source.sessions(machine) {
            any = true;
            log.begins(session, source, number, r);
            let base = format!("{root}/sessions/{}/{}", &r.hex(32), session.id);
            let mut main = Lines::default();
            for (index, l) in source.agents(number).filter(|(index, _)| !source.requests_of[*index].is_empty()) {
                let name = (l.number > 0).then(|| format!("a{}", r.hex(8)));
                let call = format!("call_{}_{}", r.hex(12), l.number);
                let mut agent =
                    Agent { name: name.as_deref(), call: &call, own: Lines::default(), main: &mut main, skew };
                written.rows += agent.write(source, index, session, &mut log, r);
                let own = std::mem::take(&mut agent.own);
                if let Some(name) = name.filter(|_| wires) {
                    let mut text = b"{\"type\": \"metadata\", \"protocol_version\": \"1.1\"}\n".to_vec();
                    text.extend(own.text(keeps));
                    written.files.push((format!("{base}/subagents/{name}/wire.jsonl"), text));
                }
            }
            if wires {
                let mut text = b"{\"type\": \"metadata\", \"protocol_version\": \"1.10\"}\n".to_vec();
                text.extend(main.text(keeps));
                written.files.push((format!("{base}/wire.jsonl"), text));
            }
        }
        if !any {
            continue;
        }
        let config = "default_model = \"kimi\"\ntelemetry = false\n[models.kimi]\nprovider = \"managed:kimi-code\"\nmodel = \"kimi-for-coding\"\nmax_context_size = 262144\n[providers.\"managed:kimi-code\"]\ntype = \"kimi\"\nbase_url = \"https://api.kimi.com/coding/v1\"\n";
        written.files.push((format!("{root}/config.toml"), config.as_bytes().to_vec()));
        let text = log.lines.text(keeps);
        if source.has(Damage::DuplicatedLines) && !text.is_empty() {
            written.files.push((format!("{root}/logs/kimi (copy).log"), text.clone()));
        }
        if !text.is_empty() {
            written.files.push((format!("{root}/logs/kimi.log"), text));
        }
    }
}

/// kimi.log.
struct Log {
    lines: Lines,
    skew: i64,
    offset: i32,
}

impl Log {
    fn say(&mut self, at: i64, level: &str, place: &str, message: &str, session: &str) {
        let at = at + self.skew;
        self.lines
            .say(at, format!("{} | {level:<8} | {place} | {session} - {message}", clock::loguru(at, self.offset)));
    }

    /// The program starts.
    fn begins(&mut self, session: &Session, source: &Source<'_>, number: usize, r: &mut Random) {
        let first = source.agents(number).flat_map(|(index, _)| source.requests(index).next()).map(|a| a.start).min();
        let Some(first) = first else { return };
        let at = first - crate::random::micros(r.within((1.0, 3.0)));
        self.say(at, "INFO", "kimi_cli.cli:_run:583", &format!("Created new session: {}", session.id), "");
        self.say(
            at + 310_000,
            "INFO",
            "kimi_cli.app:create:250",
            "Using LLM provider: type='kimi' base_url='https://api.kimi.com/coding/v1' api_key=SecretStr('') env=None custom_headers=None",
            "",
        );
        self.say(
            at + 311_000,
            "INFO",
            "kimi_cli.app:create:251",
            "Using LLM model: provider='managed:kimi-code' model='kimi-for-coding' max_context_size=262144 capabilities=None display_name=None",
            "",
        );
    }
}

/// One agent while its requests are told.
struct Agent<'a> {
    name: Option<&'a str>,
    call: &'a str,
    own: Lines,
    main: &'a mut Lines,
    skew: i64,
}

impl Agent<'_> {
    fn emit(&mut self, at: i64, kind: &str, payload: &str) {
        let at = at + self.skew;
        let (s, us) = (at.div_euclid(1_000_000), at.rem_euclid(1_000_000));
        let event = format!("{{\"type\": \"{kind}\", \"payload\": {payload}}}");
        let line = |message: &str| format!("{{\"timestamp\": {s}.{us:06}, \"message\": {message}}}");
        match self.name {
            None => self.main.say(at, line(&event)),
            Some(name) => {
                let outer = format!(
                    "{{\"type\": \"SubagentEvent\", \"payload\": {{\"parent_tool_call_id\": \"{}\", \"agent_id\": \"{name}\", \"subagent_type\": \"coder\", \"event\": {event}}}}}",
                    self.call
                );
                self.main.say(at, line(&outer));
                self.own.say(at, line(&event));
            }
        }
    }

    /// Writes all requests of an agent; returns how many of the rows are requests.
    fn write(&mut self, source: &Source<'_>, index: usize, session: &Session, log: &mut Log, r: &mut Random) -> u64 {
        let requests: Vec<&Attempt> = source.requests(index).collect();
        let mut rows = 0;
        let mut began = 0;
        for (i, a) in requests.iter().enumerate() {
            let before = i.checked_sub(1).map(|i| requests[i]);
            if before.is_none_or(|b| b.turn != a.turn) {
                let prompt = json(r.pick::<&str>(PROMPTS));
                self.emit(a.start - 9_000, "TurnBegin", &format!("{{\"user_input\": {prompt}}}"));
            }
            if before.is_none_or(|b| (b.turn, b.step) != (a.turn, a.step)) {
                began = a.start - 6_000;
                self.emit(began, "StepBegin", &format!("{{\"n\": {}}}", a.step));
            }
            if a.silent || !a.settled {
                continue;
            }
            rows += 1;
            match &a.refusal {
                None => self.answered(a, began, session, log, r),
                Some(refusal) => {
                    let next = requests.get(i + 1).filter(|n| (n.turn, n.step) == (a.turn, a.step)).copied();
                    self.refused(a, refusal, next, session, log, r);
                }
            }
            if requests.get(i + 1).is_none_or(|n| n.turn != a.turn) {
                self.emit(a.end + 9_000, "TurnEnd", "{}");
            }
        }
        rows
    }

    fn answered(&mut self, a: &Attempt, began: i64, session: &Session, log: &mut Log, r: &mut Random) {
        let t = a.end;
        let known =
            if a.broken { "input=?, output=?".to_owned() } else { format!("input={}, output={}", a.input, a.output) };
        let elapsed = seconds(t - began);
        log.say(
            t,
            "INFO",
            &format!("{STEP}_step:1136"),
            &format!("LLM step completed in {elapsed:.1}s ({known})"),
            &session.id,
        );
        let text = json(r.pick::<&str>(ANSWERS));
        self.emit(t + 2_000, "ContentPart", &format!("{{\"type\": \"text\", \"text\": {text}}}"));
        let id = r.hex(16);
        let status = if a.broken {
            format!(
                "{{\"context_usage\": null, \"context_tokens\": null, \"max_context_tokens\": null, \"token_usage\": null, \"message_id\": \"chatcmpl-{id}\", \"plan_mode\": false, \"mcp_status\": null}}"
            )
        } else {
            format!(
                "{{\"context_usage\": {:.4}, \"context_tokens\": {}, \"max_context_tokens\": 262144, \"token_usage\": {{\"input_other\": {}, \"output\": {}, \"input_cache_read\": {}, \"input_cache_creation\": 0}}, \"message_id\": \"chatcmpl-{id}\", \"plan_mode\": false, \"mcp_status\": null}}",
                f64::from(a.input) / 262_144.0,
                a.input,
                a.input - a.cached,
                a.output,
                a.cached
            )
        };
        self.emit(t + 6_000, "StatusUpdate", &status);
    }

    fn refused(
        &mut self,
        a: &Attempt,
        refusal: &Refusal,
        next: Option<&Attempt>,
        session: &Session,
        log: &mut Log,
        r: &mut Random,
    ) {
        let (t, n) = (a.end, a.step);
        let text = status_and_text(refusal);
        let class = if refusal.status.is_some() { "APIStatusError" } else { "APIConnectionError" };
        if a.gave_up {
            let id = refusal.status.map_or_else(String::new, |_| format!(" (request_id=req-{})", r.hex(16)));
            log.say(
                t,
                "ERROR",
                &format!("{STEP}_agent_loop:926"),
                &format!("Agent step {n} failed: {class}: {text}{id}"),
                &session.id,
            );
            self.emit(t + 1_000, "StepInterrupted", "{}");
            return;
        }
        let wait = next.map_or(0.5, |next| seconds(next.start - t));
        log.say(
            t,
            "WARNING",
            &format!("{STEP}_retry_log:1495"),
            &format!("Retrying step for the {} time (last error: {class}: {text}). Waiting {wait} seconds.", a.outer),
            &session.id,
        );
        let status = refusal.status.map_or_else(|| "null".to_owned(), |s| s.to_string());
        self.emit(
            t + 1_000,
            "StepRetry",
            &format!(
                "{{\"n\": {n}, \"next_attempt\": {}, \"max_attempts\": 3, \"wait_s\": {wait}, \"error_type\": \"{class}\", \"status_code\": {status}}}",
                a.outer + 1
            ),
        );
    }
}

/// Status and body as the SDK's exception prints them.
fn status_and_text(refusal: &Refusal) -> String {
    let Some(status) = refusal.status else { return refusal.message.clone() };
    let mut text = format!("Error code: {status}");
    if refusal.message.is_empty() && refusal.kind.is_empty() {
        return text;
    }
    let _ = write!(text, " - {{'error': {{'message': {}, 'type': {}}}}}", repr(&refusal.message), repr(refusal.kind));
    text
}

/// A text as Python prints it.
fn repr(text: &str) -> String {
    if text.contains('\'') && !text.contains('"') {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
    }
}
