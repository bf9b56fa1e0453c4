//! Helicone: requests, as its export tool and its API give them.
//!
//! In: rows with `request_created_at` and `response_status`. Out: one row a request. Statuses below zero are requests that
//! are pending or were cancelled, and no answer. Source: Helicone's documentation and export types.

use super::{Export, Keys, Reader, Row};
use crate::formats::http::api;
use crate::formats::{FormatInfo, Sink};
use crate::model::{ErrorFields, Record};

static INFO: FormatInfo = FormatInfo {
    id: "helicone",
    client: "helicone",
    client_traits: crate::formats::ClientTraits::gateway(2).with_many_agents(),
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "Helicone: npx @helicone/export, POST /v1/request/query-clickhouse",
    lives: &["wherever the export was saved (Linux, macOS, Windows): .json, .jsonl or .csv"],
    shows: "every request with start, end, status, provider, model, tokens and session; with bodies (--include-body) the error's text",
    not_logged: "without bodies all error texts; headers; requests that are pending or were cancelled have no status",
    established: "read (documentation and types of its export)",
};

/// Requests of Helicone.
pub static HELICONE: Export = Export {
    info: &INFO,
    wrappers: &[&[], &["data"]],
    marks: &["request_created_at"],
    fits: |keys: &Keys| keys.all(&["request_created_at", "response_status"]),
    open: || Box::new(Requests),
};

struct Requests;

const ERROR_TEXT: &[&str] = &["response_body.error.message", "response_body.message", "response_body.error"];
const ERROR_KIND: &[&str] = &["response_body.error.type", "response_body.error.code", "response_body.type"];

impl Reader for Requests {
    fn row(&mut self, row: &Row, sink: &mut Sink) {
        sink.count_record();
        let Some(status) = row.number(&["response_status"]).filter(|s| (100.0..600.0).contains(s)) else { return };
        let (start, ended) = (row.time(&["request_created_at"]), row.time(&["response_created_at"]));
        if start.is_none() && ended.is_none() {
            sink.problem(row.line, "a request without a time; row ignored");
            return;
        }
        let end = ended.or_else(|| start.zip(row.number(&["delay_ms"])).map(|(s, ms)| s.plus(ms / 1000.0)));
        let failed = status >= 400.0;
        let text = |paths: &[&str]| row.text(paths).filter(|_| failed);
        let (kind, message) = (text(ERROR_KIND), text(ERROR_TEXT));
        let provider = row.text(&["provider"]).map(lower_name).filter(|p| p != "custom");
        let by_address = row.text(&["target_url", "request_path"]).and_then(|url| api::provider_of(&url));
        let model = row.text(&["request_model", "model", "response_model", "model_override"]);
        let session =
            row.text(&["request_properties.Helicone-Session-Id", "properties.Helicone-Session-Id", "session_id"]);
        let request_id = row.text(&["request_id"]);
        // Helicone writes it where a policy of its own refused, and sent nothing on.
        let limiter =
            row.text(&["request_properties.Helicone-Rate-Limit-Status", "properties.Helicone-Rate-Limit-Status"]);
        sink.attempt(Record {
            start,
            start_low: start,
            end,
            status: Some(status as u16),
            error: ErrorFields { kind: kind.as_deref(), message: message.as_deref() },
            local: limiter.is_some_and(|l| l.contains("rate_limited")),
            input_tokens: row.count(&["prompt_tokens"]),
            output_tokens: row.count(&["completion_tokens"]),
            cache_read_tokens: row.count(&["prompt_cache_read_tokens"]),
            cache_write_tokens: row.count(&["prompt_cache_write_tokens"]),
            provider: by_address.or(provider.as_deref()),
            model: model.as_deref(),
            session: session.as_deref(),
            request_id: request_id.as_deref(),
            at_most: 1,
            line: row.line,
            ..Record::default()
        });
    }
}

/// Longest name of a provider that is given in small letters, bytes.
const LONGEST_NAME: usize = 16;

/// `OPENAI` in small letters. A key in its place keeps its letters: in others no one would know it for a key.
fn lower_name(name: String) -> String {
    let is_name = name.len() <= LONGEST_NAME && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    if is_name { name.to_ascii_lowercase() } else { name }
}

#[cfg(test)]
mod tests {
    use super::lower_name;

    #[test]
    fn only_what_can_be_a_provider_loses_its_capitals() {
        for (name, expected) in [
            ("OPENAI", "openai"),
            ("2YFV", "2yfv"),
            ("AIzaGz7LmqVknGhxMkRajxFQmJeeDehP32Batsth", "AIzaGz7LmqVknGhxMkRajxFQmJeeDehP32Batsth"),
            ("AKIAZQ3DTP5XW2VJH7KB", "AKIAZQ3DTP5XW2VJH7KB"),
            ("OPENAI AKIAZQ3D", "OPENAI AKIAZQ3D"),
        ] {
            assert_eq!(lower_name(name.to_owned()), expected);
        }
    }
}
