//! One JSON object a call: StandardLoggingPayload, and rows of `LiteLLM_SpendLogs`.
//!
//! In: objects as a callback, a bucket or an export wrote them; a line may hold an array of them. Out: one row a call.
//! Always: `messages` and `response` are skipped unread; answers from LiteLLM's cache are no attempts.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{TOLERANCE_S, Wrapped, has_own, provider_of, requests_and_fidelity};
use crate::formats::http::body::{self, Usage};
use crate::formats::http::headers::{Headers, Meters};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink, own, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "litellm-calls",
    client: "litellm",
    client_traits: super::TRAITS,
    rank: 2,
    merge_tolerance_s: TOLERANCE_S,
    program: "LiteLLM 1.83 to 1.106 (StandardLoggingPayload, rows of LiteLLM_SpendLogs as JSON)",
    lives: &[
        "wherever a callback writes (Linux, macOS, Windows): a JSON-lines file, an S3 or GCS bucket",
        "rows of LiteLLM_SpendLogs: GET /spend/logs saved as JSON",
    ],
    shows: "every call with start, end, model, tokens, the wrapped error with status and the provider's request id, headers with limits",
    not_logged: "retries of a call that failed at last: one row is one to three requests; which key of several was used; the agent. Spend logs of old versions have no failures",
    established: "run (1.83.0, 1.106.2), spend-log rows: read (schema)",
};

/// Rank of a spend-log row: the callback logs the same call with more fields.
const SPEND_RANK: u8 = 1;

/// Calls as callbacks and the database keep them.
#[derive(Debug)]
pub struct LiteLlmCalls;

impl LogFormat for LiteLlmCalls {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(20).any(|l| {
            let l = l.trim_ascii_start();
            // A call with a long prompt does not end in the head: its first keys must do.
            let begins = l.starts_with(b"{") || l.starts_with(b"[{");
            // Older payloads (seen: 1.83) have no call id.
            let older = own::count(l, &["\"trace_id\"", "\"custom_llm_provider\""]) == 2;
            let payload =
                own::count(l, &["\"call_type\""]) == 1 && (own::count(l, &["\"litellm_call_id\""]) == 1 || older);
            // Callbacks of one's own may keep a part of the payload.
            let part = own::count(l, &["\"litellm_call_id\""]) == 1 && own::count(l, &PART) >= 2;
            begins && (payload || part || own::count(l, &KEYS) >= OWN_KEYS)
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["startTime", "endTime", "status", "model", "error_information"]
    }

    fn lists(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }
}

/// Two of these beside a call's id make a part of a payload.
const PART: [&str; 4] = ["\"status\"", "\"startTime\"", "\"endTime\"", "\"error_information\""];

/// Keys that a call has under no other program's name for them.
const KEYS: [&str; 8] = [
    "\"call_type\"",
    "\"litellm_call_id\"",
    "\"custom_llm_provider\"",
    "\"startTime\"",
    "\"endTime\"",
    "\"completionStartTime\"",
    "\"model_group\"",
    "\"spend\"",
];

/// So many of these keys make a call, whichever of them a version has renamed.
const OWN_KEYS: usize = 4;

/// So many are enough in a file that is known.
const MARKS: usize = 2;

fn is_marked(line: &[u8]) -> bool {
    KEYS.iter().filter(|k| has_own(line, k.as_bytes())).take(MARKS).count() == MARKS
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Call {
    litellm_call_id: Value,
    trace_id: Value,
    request_id: Value,
    call_type: Value,
    status: Value,
    cache_hit: Value,
    custom_llm_provider: Value,
    #[serde(rename = "startTime")]
    start_time: Value,
    #[serde(rename = "endTime")]
    end_time: Value,
    model: Value,
    model_group: Value,
    api_base: Value,
    session_id: Value,
    prompt_tokens: Value,
    completion_tokens: Value,
    spend: Value,
    metadata: Value,
    hidden_params: Value,
    error_str: Value,
    error_information: Value,
}

/// A line that is no call is a problem, unless it is the cut last one.
#[derive(Default)]
struct Parser {
    pending: Option<u64>,
    meters: Meters,
    /// The provider behind each model group, none where there are several: the router's own refusals name only the group.
    groups: BTreeMap<String, Option<String>>,
}

/// Model groups that are remembered. A router's configuration has some dozens.
const GROUPS: usize = 1000;

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        if let Some(broken) = self.pending.take() {
            sink.problem(broken, "not a JSON object");
        }
        let line = line.trim_ascii().strip_suffix(b",").unwrap_or(line.trim_ascii());
        if !is_marked(line) {
            if !matches!(line, b"[" | b"]") {
                sink.problem(number, "no call of LiteLLM; line ignored");
            }
            return;
        }
        let calls = if line.starts_with(b"[") {
            serde_json::from_slice::<Vec<Call>>(line)
        } else {
            serde_json::from_slice::<Call>(line).map(|c| vec![c])
        };
        match calls {
            Ok(calls) => calls.iter().for_each(|c| self.take(c, number, sink)),
            Err(_) => self.pending = Some(number),
        }
    }

    fn finish(self: Box<Self>, cut: bool, sink: &mut Sink) {
        if let Some(broken) = self.pending
            && !cut
        {
            sink.problem(broken, "not a JSON object");
        }
    }
}

impl Parser {
    /// The provider that a call names, else the one behind its model group.
    fn provider(&mut self, call: &Call) -> Option<String> {
        let (name, group) = (text(&call.custom_llm_provider), text(&call.model_group));
        let own = provider_of(name, text(&call.api_base));
        self.learn(group, own);
        let of_group = || if name.is_none() { self.groups.get(group?)?.clone() } else { None };
        own.map(str::to_owned).or_else(of_group)
    }

    fn learn(&mut self, group: Option<&str>, provider: Option<&str>) {
        let (Some(group), Some(provider)) = (group, provider) else { return };
        if let Some(known) = self.groups.get_mut(group) {
            if known.as_deref() != Some(provider) {
                *known = None;
            }
        } else if self.groups.len() < GROUPS {
            self.groups.insert(group.to_owned(), Some(provider.to_owned()));
        }
    }

    fn take(&mut self, call: &Call, line: u64, sink: &mut Sink) {
        sink.count_record();
        if is_true(&call.cache_hit) {
            return;
        }
        let (start, end) = (time(&call.start_time), time(&call.end_time));
        let is_payload = !(call.litellm_call_id.is_null() && call.trace_id.is_null());
        sink.need(line, "startTime", start.is_some());
        sink.need(line, "endTime", end.is_some());
        sink.need(line, "model", !call.model.is_null());
        if is_payload {
            sink.need(line, "status", !call.status.is_null());
        }
        let Some(at) = end.or(start) else {
            sink.problem(line, "a call without a time; line ignored");
            return;
        };
        let mut headers = Headers::default();
        if let Some(additional) = call.hidden_params.get("additional_headers").and_then(Value::as_object) {
            headers.take_json(additional);
        }
        let provider = self.provider(call);
        let provider = provider.as_deref();
        self.meters.take(&headers, (at, line), provider, sink);
        let metadata = object_or_text(&call.metadata);
        let usage = usage(call, &metadata);
        let requester = metadata.get("requester_metadata").and_then(|r| r.get("session_id"));
        let base = Record {
            start,
            start_low: start,
            end,
            row_outcome: RowOutcome::Ok,
            provider,
            model: text(&call.model).map(|m| bare_model(m, text(&call.custom_llm_provider))),
            session: requester.and_then(text).or_else(|| text(&call.session_id)).filter(|_| is_payload),
            request_id: headers.request_id(),
            at_most: 1,
            rank: (!is_payload).then_some(SPEND_RANK),
            line,
            ..Record::default()
        };
        if text(&call.status) != Some("failure") {
            sink.attempt(Record {
                input_tokens: usage.input,
                output_tokens: usage.output,
                cache_read_tokens: usage.cache_read,
                ..base
            });
            return;
        }
        let informed = call.error_information.is_object() || metadata.get("error_information").is_some();
        sink.need(line, "error_information", informed);
        let failure = Failure::read(call, &metadata);
        let (at_most, fidelity) = requests_and_fidelity(failure.is_own, None);
        sink.attempt(Record {
            row_outcome: RowOutcome::Error,
            local: failure.is_own,
            status: failure.status,
            error: ErrorFields { kind: failure.kind.as_deref(), message: failure.message.as_deref() },
            retry_after_s: headers.retry_after_s(end),
            request_id: failure.request_id.as_deref().or(base.request_id),
            at_most,
            fidelity: if start.is_none() { Fidelity::Inferred } else { fidelity },
            ..base
        });
    }
}

/// What the log has about a failure.
struct Failure {
    status: Option<u16>,
    kind: Option<String>,
    message: Option<String>,
    request_id: Option<String>,
    is_own: bool,
}

impl Failure {
    fn read(call: &Call, metadata: &Value) -> Self {
        let inside = metadata.get("error_information").unwrap_or(&Value::Null);
        let information = if call.error_information.is_object() { &call.error_information } else { inside };
        let field = |key: &str| information.get(key).and_then(text);
        let whole = text(&call.error_str).or_else(|| field("error_message")).unwrap_or("");
        let wrapped = Wrapped::read(whole);
        let class = field("error_class").or(wrapped.class);
        let code = field("error_code").and_then(|c| c.parse().ok());
        // LiteLLM gives its own status to a connection that failed; the provider gave none.
        let status = if class == Some("APIConnectionError") { None } else { code.or_else(|| super::status_of(class?)) };
        let budget = field("error_budget_entity_type").is_some()
            || field("error_rate_limit_category").is_some_and(|c| c == "litellm_rate_limit");
        Self {
            status: status.filter(|s| (100..600).contains(s)),
            kind: class.map(str::to_owned),
            message: Some(wrapped.message).filter(|m| !m.is_empty()).map(str::to_owned),
            request_id: field("error_provider_request_id").map(str::to_owned),
            is_own: wrapped.is_own || budget || class.is_some_and(|c| super::OWN_CLASSES.contains(&c)),
        }
    }
}

fn usage(call: &Call, metadata: &Value) -> Usage {
    let nested_usage = body::Usage::of(metadata.get("usage_object").unwrap_or(&Value::Null));
    let plain = |v: &Value| v.as_u64().filter(|n| *n > 0);
    Usage {
        input: nested_usage.input.or_else(|| plain(&call.prompt_tokens)),
        output: nested_usage.output.or_else(|| plain(&call.completion_tokens)),
        cache_read: nested_usage.cache_read,
    }
}

fn text(value: &Value) -> Option<&str> {
    value.as_str().filter(|t| !t.is_empty())
}

fn is_true(value: &Value) -> bool {
    matches!(value, Value::Bool(true)) || value.as_str().is_some_and(|t| t.eq_ignore_ascii_case("true"))
}

/// A database keeps objects as text.
fn object_or_text(value: &Value) -> Value {
    match value {
        Value::String(text) => serde_json::from_str(text).unwrap_or(Value::Null),
        other => other.clone(),
    }
}

/// Epoch seconds, or a stamp; the database's stamps without a zone are UTC.
fn time(value: &Value) -> Option<Time> {
    match value {
        Value::Number(n) => Time::from_epoch(n.as_f64()?),
        Value::String(t) if stamp::lacks_zone(t) => stamp::rfc3339(&format!("{}Z", t.trim())),
        Value::String(t) => stamp::rfc3339(t),
        _ => None,
    }
}

/// `openai/kimi-k2.5` without the prefix that names the protocol.
fn bare_model<'a>(model: &'a str, provider: Option<&str>) -> &'a str {
    let prefix = model.split_once('/').filter(|(p, rest)| Some(*p) == provider && !rest.is_empty());
    prefix.map_or(model, |(_, rest)| rest)
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
