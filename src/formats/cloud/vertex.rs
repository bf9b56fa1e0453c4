//! Google Cloud: data access audit logs of Vertex AI and of the Gemini API.
//!
//! In: log entries with a `protoPayload`. Out: one row a call of a model. The stamp is the begin; an entry says nothing of the end. The
//! status is gRPC's, and is mapped to an HTTP status.
//! Source: Google's documentation of audit logs, public entries.

use serde_json::{Map, Value};

use super::{CloudLog, Kept, number, text, time};
use crate::formats::http::api;
use crate::formats::{FormatInfo, Sink};
use crate::model::{ErrorFields, Record, RowOutcome};

static INFO: FormatInfo = FormatInfo {
    id: "google-audit-log",
    client: "vertex-audit",
    client_traits: crate::formats::ClientTraits::gateway(12),
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "Google Cloud audit log, data access (aiplatform.googleapis.com, generativelanguage.googleapis.com)",
    lives: &["the Logs Explorer's download, gcloud logging read --format=json (Linux, macOS, Windows)"],
    shows: "every call of a model with its start, model, status and error text",
    not_logged: "ends, tokens, agents, retry-after. Without data access logs switched on there are none",
    established: "read (documentation, public entries); not run",
};

/// Audit logs.
pub static AUDIT: CloudLog = CloudLog {
    info: &INFO,
    marks: (&["\"protoPayload\":{", "\"logName\":"], 2),
    needs: &["timestamp", "methodName", "resourceName"],
    paths: &[&["timestamp"], &["protoPayload.methodName"], &["protoPayload.resourceName"]],
    prepare: std::convert::identity,
    read,
};

/// Ends of method names that call a model.
const CALLS: &[&str] = &[
    ".GenerateContent",
    ".StreamGenerateContent",
    ".RawPredict",
    ".StreamRawPredict",
    ".Predict",
    ".StreamingPredict",
    ".ServerStreamingPredict",
    ".ChatCompletions",
    ".EmbedContent",
    ".BatchEmbedContents",
];

/// gRPC's codes as HTTP statuses.
fn status_of(code: u16) -> Option<u16> {
    Some(match code {
        0 => 200,
        1 => 499,
        3 | 9 | 11 => 400,
        4 => 504,
        5 => 404,
        7 => 403,
        8 => 429,
        10 => 409,
        13 | 2 => 500,
        14 => 503,
        16 => 401,
        _ => return None,
    })
}

fn read(entry: &Map<String, Value>, line: u64, sink: &mut Sink) -> Kept {
    let Some(Value::Object(payload)) = entry.get("protoPayload") else { return Kept::Other };
    let provider = match text(payload, "serviceName") {
        Some("aiplatform.googleapis.com") => "vertex",
        Some("generativelanguage.googleapis.com") => "gemini",
        _ => return Kept::Other,
    };
    let Some(method) = text(payload, "methodName") else { return Kept::Lacks };
    if !CALLS.iter().any(|end| method.ends_with(end)) {
        return Kept::Other;
    }
    let Some(at) = time(entry, "timestamp") else { return Kept::Lacks };
    let code = number(payload, "status.code").map_or(0, |n| n as u16);
    let is_failed = code != 0;
    let resource = text(payload, "resourceName");
    let model = resource.and_then(|r| api::model_in(r).or_else(|| r.rsplit('/').next()));
    sink.attempt(Record {
        start: Some(at),
        start_low: Some(at),
        end: is_failed.then_some(at),
        row_outcome: if is_failed { RowOutcome::Error } else { RowOutcome::Ok },
        status: status_of(code),
        error: ErrorFields { kind: None, message: text(payload, "status.message").filter(|_| is_failed) },
        request_id: text(entry, "insertId"),
        provider: Some(provider),
        model,
        at_most: 1,
        line,
        ..Record::default()
    });
    Kept::Attempt
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::Class;

    #[test]
    fn calls_of_a_model_are_rows() {
        let entry = |method: &str, status: &str| {
            format!(
                r#"{{"insertId":"i","logName":"projects/p/logs/cloudaudit.googleapis.com%2Fdata_access","protoPayload":{{"methodName":"google.cloud.aiplatform.v1.PredictionService.{method}","resourceName":"projects/p/locations/us-central1/publishers/google/models/gemini-2.5-pro","serviceName":"aiplatform.googleapis.com","status":{status}}},"receiveTimestamp":"2026-05-12T09:00:37Z","timestamp":"2026-05-12T09:00:36.5Z"}}"#
            )
        };
        let lines = [
            entry("GenerateContent", "{}"),
            entry("StreamGenerateContent", r#"{"code":8,"message":"Quota exceeded"}"#),
            entry("GenerateContent", r#"{"code":14}"#),
            entry("CountTokens", "{}"),
        ];
        assert_eq!(format_id(&lines[0]), Some("google-audit-log"));
        let parsed = parse(&AUDIT, "log.json", lines.join("\n").as_bytes());
        let classes: Vec<Class> = parsed.attempts.iter().map(|a| a.class).collect();
        assert_eq!(classes, [Class::Ok, Class::RateLimited, Class::Overload]);
        let refused = parsed.attempts[1];
        assert_eq!(
            [refused.model, refused.error_message, refused.provider].map(|t| text(&parsed, t)),
            ["gemini-2.5-pro", "Quota exceeded", "vertex"]
        );
    }
}
