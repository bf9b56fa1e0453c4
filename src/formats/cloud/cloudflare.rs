//! Cloudflare AI Gateway: its logs, as the API and the dashboard's export give them.
//!
//! In: objects of a `result`, or one a line. Out: one row a request. `created_at` is UTC, and taken as the start. Always: what came
//! from the gateway's cache is no attempt.
//! Source: Cloudflare's reference of the API.

use serde_json::{Map, Value};

use super::{CloudLog, Kept, at, count, number, status, text};
use crate::formats::http::api;
use crate::formats::http::body;
use crate::formats::{FormatInfo, Sink, stamp};
use crate::model::{ErrorFields, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "cloudflare-ai-gateway",
    client: "cloudflare-ai-gateway",
    client_traits: crate::formats::ClientTraits::gateway(10),
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "Cloudflare AI Gateway (logs of its API)",
    lives: &["GET /accounts/ID/ai-gateway/gateways/NAME/logs saved as JSON (Linux, macOS, Windows)"],
    shows: "every request with its time, duration, provider, model, tokens, status",
    not_logged: "error texts unless the response is kept, agents, retry-after; refusals by the gateway's own rate limit look like the provider's",
    established: "read (reference of the API); not run",
};

/// AI Gateway.
pub static AI_GATEWAY: CloudLog = CloudLog {
    info: &INFO,
    marks: (
        &[
            "\"created_at\":",
            "\"cached\":",
            "\"tokens_in\":",
            "\"tokens_out\":",
            "\"status_code\":",
            "\"request_content_type\":",
            "\"provider\":",
            "\"model\":",
        ],
        6,
    ),
    needs: &["created_at", "status_code", "provider"],
    paths: &[&["created_at"], &["status_code"], &["provider"]],
    prepare: std::convert::identity,
    read,
};

/// Cloudflare's names of providers that this program knows by another.
const PROVIDERS: &[(&str, &str)] = &[
    ("google-ai-studio", "gemini"),
    ("google-vertex-ai", "vertex"),
    ("aws-bedrock", "bedrock"),
    ("azure-openai", "azure"),
];

fn read(log: &Map<String, Value>, line: u64, sink: &mut Sink) -> Kept {
    let path = text(log, "path").map(|p| format!("/{}", p.trim_start_matches('/')));
    // Some providers have paths of their own; a list of models is none of them.
    let is_other = path.as_deref().is_some_and(|p| !api::is_call(p) && (p.ends_with("/models") || p == "/"));
    if at(log, "cached").and_then(Value::as_bool) == Some(true) || is_other {
        return Kept::Other;
    }
    let Some(start) = text(log, "created_at").and_then(parse_created) else { return Kept::Lacks };
    let code = status(log, "status_code");
    let is_failed = code.map_or_else(|| at(log, "success").and_then(Value::as_bool) == Some(false), |s| s >= 400);
    let took_s = number(log, "duration").map(|ms| ms / 1000.0).filter(|s| (0.0..=86_400.0).contains(s));
    let error = text(log, "response").filter(|_| is_failed).map(body::error).unwrap_or_default();
    let provider = text(log, "provider");
    sink.attempt(Record {
        start: Some(start),
        start_low: Some(start),
        end: took_s.map(|s| start.plus(s)),
        row_outcome: if is_failed { RowOutcome::Error } else { RowOutcome::Ok },
        status: code,
        error: ErrorFields { kind: error.kind.as_deref(), message: error.message.as_deref() },
        request_id: text(log, "id"),
        provider: provider.map(|p| PROVIDERS.iter().find(|(theirs, _)| *theirs == p).map_or(p, |(_, ours)| ours)),
        model: text(log, "model"),
        input_tokens: count(log, "tokens_in"),
        output_tokens: count(log, "tokens_out"),
        at_most: 1,
        line,
        ..Record::default()
    });
    Kept::Attempt
}

/// `2026-05-12 09:00:00`, in UTC, or RFC 3339.
fn parse_created(text: &str) -> Option<Time> {
    stamp::rfc3339(text).or_else(|| stamp::rfc3339(&format!("{}Z", text.trim()))).filter(|t| t.is_plausible())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::Class;

    #[test]
    fn requests_are_rows_and_the_cache_is_none() {
        let log = |status: u16, cached: bool| {
            format!(
                r#"{{"id":"01J0","created_at":"2026-05-12 09:00:00","provider":"google-ai-studio","model":"m","model_type":"","path":"v1/messages","duration":4000,"request_type":"","request_content_type":"application/json","status_code":{status},"success":true,"cached":{cached},"tokens_in":12,"tokens_out":3,"cost":0.01}}"#
            )
        };
        let lines = [log(200, false), log(529, false), log(200, true)];
        assert_eq!(format_id(&lines[0]), Some("cloudflare-ai-gateway"));
        let parsed = parse(&AI_GATEWAY, "logs.json", lines.join("\n").as_bytes());
        let classes: Vec<Class> = parsed.attempts.iter().map(|a| a.class).collect();
        assert_eq!(classes, [Class::Ok, Class::Overload]);
        assert_eq!(
            (
                text(&parsed, parsed.attempts[0].provider),
                parsed.attempts[0].end.unwrap().since(parsed.attempts[0].start)
            ),
            ("gemini", 4.0)
        );
    }
}
