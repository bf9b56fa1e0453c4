//! The attributes of an `api_response` or `api_error` event, as telemetry files and Qwen's chats have them.

use serde_json::Value;

use crate::formats::{Sink, stamp};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome};

/// The attributes that are read; prompts and answers are in others.
pub(super) const READ: [&str; 20] = [
    "event.name",
    "event.timestamp",
    "session.id",
    "model",
    "role",
    "subagent_name",
    "auth_type",
    "status_code",
    "http.status_code",
    "duration_ms",
    "input_token_count",
    "output_token_count",
    "cached_content_token_count",
    "thoughts_token_count",
    "response_id",
    "error.message",
    "error_message",
    "error.type",
    "error_type",
    "error",
];

/// One event.
#[derive(Debug, Default)]
pub(super) struct Event {
    values: Vec<(&'static str, Value)>,
}

impl Event {
    /// Takes an attribute, if it is one that is read.
    pub(super) fn set(&mut self, key: &str, value: impl FnOnce() -> Option<Value>) {
        if let Some(key) = READ.iter().find(|k| **k == key)
            && let Some(value) = value()
        {
            self.values.push((key, value));
        }
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.values.iter().find(|(k, _)| *k == key).map(|(_, v)| v)
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    fn number(&self, key: &str) -> Option<f64> {
        let value = self.get(key)?;
        value.as_f64().or_else(|| value.as_str()?.parse().ok())
    }

    fn count(&self, key: &str) -> Option<u64> {
        self.get(key)?.as_u64()
    }

    /// Puts a row into the sink, if this is the end of a request. Whether its kind is a request's.
    pub(super) fn emit(&self, line: u64, session: Option<&str>, sink: &mut Sink) -> bool {
        let Some(name) = self.text("event.name") else { return false };
        let (program, event) = name.split_once('.').unwrap_or(("", name));
        let (ok, is_qwen) = match event {
            "api_response" => (true, program == "qwen-code"),
            "api_error" => (false, program == "qwen-code"),
            _ => return false,
        };
        let end = self.text("event.timestamp").and_then(stamp::rfc3339);
        let duration = self.number("duration_ms");
        sink.need(line, "event.timestamp", end.is_some());
        sink.need(line, "model", self.text("model").is_some());
        if ok {
            sink.need(line, "duration_ms", duration.is_some());
            sink.need(line, "input_token_count", self.get("input_token_count").is_some());
        }
        let Some(end) = end else { return true };
        let status = ["status_code", "http.status_code"].iter().find_map(|k| self.number(k)).map(|s| s as u16);
        let raw = self.text("error.message").or(self.text("error_message")).or(self.text("error")).unwrap_or_default();
        if !ok {
            sink.need(line, "error.message", !raw.is_empty());
        }
        let error = Google::read(raw);
        let kind = error.kind.as_deref().or(self.text("error.type")).or(self.text("error_type"));
        let cached = self.count("cached_content_token_count");
        sink.attempt(Record {
            start: duration.filter(|d| (0.0..86_400_000.0).contains(d)).map(|d| end.plus(-d / 1000.0)),
            end: Some(end),
            row_outcome: if ok { RowOutcome::Ok } else { RowOutcome::Error },
            status: status.or(error.status),
            error: if ok {
                ErrorFields::default()
            } else {
                ErrorFields { kind, message: Some(&error.message).filter(|m| !m.is_empty()).map(String::as_str) }
            },
            retry_after_s: error.retry_after_s,
            input_tokens: self.count("input_token_count").map(|n| n.saturating_sub(cached.unwrap_or(0))),
            output_tokens: self
                .count("output_token_count")
                .map(|n| n.saturating_add(self.count("thoughts_token_count").filter(|_| !is_qwen).unwrap_or(0))),
            cache_read_tokens: cached,
            provider: provider(self.text("auth_type"), is_qwen),
            model: self.text("model"),
            session: self.text("session.id").or(session),
            agent: Some(self.text("subagent_name").or(self.text("role")).unwrap_or("main")),
            request_id: self.text("response_id"),
            // Qwen's SDK retries twice without a log line; Gemini logs each attempt.
            at_most: if is_qwen { 3 } else { 1 },
            fidelity: if is_qwen { Fidelity::Collapsed } else { Fidelity::Observed },
            line,
            ..Record::default()
        });
        true
    }
}

/// Provider id by the way of signing in.
fn provider(auth: Option<&str>, is_qwen: bool) -> Option<&'static str> {
    match auth? {
        "gemini-api-key" => Some("gemini"),
        "oauth-personal" | "cloud-shell" | "compute-default-credentials" => Some("gemini-code-assist"),
        "vertex-ai" => Some("vertex"),
        "qwen-oauth" if is_qwen => Some("dashscope"),
        _ => None,
    }
}

/// What an error says: Google's JSON body, or a text with its status before it.
#[derive(Debug, Default)]
struct Google {
    kind: Option<String>,
    status: Option<u16>,
    message: String,
    retry_after_s: Option<f64>,
}

impl Google {
    fn read(text: &str) -> Self {
        let body = serde_json::from_str::<Value>(text).ok().filter(Value::is_object);
        let Some(error) = body.as_ref().map(|b| b.get("error").unwrap_or(b)) else {
            let rest = text.split_once(' ').filter(|(s, _)| s.len() == 3 && s.bytes().all(|b| b.is_ascii_digit()));
            let status = rest.and_then(|(s, _)| s.parse().ok());
            return Self { status, message: rest.map_or(text, |(_, rest)| rest).to_owned(), ..Self::default() };
        };
        let details = error.get("details").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let violations = details.iter().filter_map(|d| d.get("violations")?.as_array()).flatten();
        let quotas: Vec<&str> = violations.filter_map(|v| v.get("quotaId")?.as_str()).collect();
        let mut message = String::new();
        // The name of the quota is what counts; a sentence may be long, and is cut from its end.
        for quota in quotas {
            message.push_str(&format!("quotaId: {quota}. "));
        }
        message.push_str(error.get("message").and_then(Value::as_str).unwrap_or_default());
        let delay = details.iter().find_map(|d| d.get("retryDelay")?.as_str()?.strip_suffix('s')?.parse::<f64>().ok());
        Self {
            kind: error.get("status").and_then(Value::as_str).map(str::to_owned),
            status: error.get("code").and_then(Value::as_u64).and_then(|c| u16::try_from(c).ok()),
            message,
            retry_after_s: delay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn google_s_body_gives_quota_and_delay_and_a_text_its_status() {
        let body = r#"{"error":{"code":429,"message":"You exceeded it.","status":"RESOURCE_EXHAUSTED","details":[{"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]},{"retryDelay":"2s"}]}}"#;
        let error = Google::read(body);
        assert_eq!(error.message, "quotaId: GenerateRequestsPerDayPerProjectPerModel-FreeTier. You exceeded it.");
        assert_eq!(
            (error.kind.as_deref(), error.status, error.retry_after_s),
            (Some("RESOURCE_EXHAUSTED"), Some(429), Some(2.0))
        );
        let error = Google::read("403 You've reached it");
        assert_eq!((error.status, error.message.as_str()), (Some(403), "You've reached it"));
    }
}
