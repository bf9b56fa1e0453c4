//! Amazon Bedrock: its model invocation logs, and CloudTrail's events of it.
//!
//! In: records of either. Out: one row a call of a model. Both name the request by one id, so that a call that both tell counts once.
//! CloudTrail's stamps are whole seconds, and neither says when an answer ended.
//! Source: AWS's documentation of both, public records.

use serde_json::{Map, Value};

use super::{CloudLog, Kept, count, number, text, time};
use crate::formats::{FormatInfo, Sink};
use crate::model::{ErrorFields, Record, RowOutcome};

static TRAIL_INFO: FormatInfo = FormatInfo {
    id: "cloudtrail",
    client: "bedrock",
    client_traits: crate::formats::ClientTraits::gateway(11),
    rank: 0,
    merge_tolerance_s: 1.5,
    program: "AWS CloudTrail (events of bedrock.amazonaws.com)",
    lives: &["s3://BUCKET/AWSLogs/ACCOUNT/CloudTrail/, or aws cloudtrail lookup-events (Linux, macOS, Windows)"],
    shows: "every InvokeModel and Converse call with its time in whole seconds, model, error code, message, request id",
    not_logged: "ends, tokens, agents, retry-after",
    established: "read (documentation, public records); not run",
};

static INVOCATION_INFO: FormatInfo = FormatInfo {
    id: "bedrock-invocations",
    client: "bedrock",
    client_traits: crate::formats::ClientTraits::gateway(11),
    rank: 1,
    merge_tolerance_s: 1.5,
    program: "Amazon Bedrock model invocation logging",
    lives: &["the bucket or CloudWatch group of the account's settings (Linux, macOS, Windows)"],
    shows: "every logged call with its time, model, tokens, error code, request id; of Converse its latency",
    not_logged: "error texts, agents, retry-after; ends of InvokeModel calls",
    established: "read (documentation, public records); not run",
};

/// CloudTrail.
pub static CLOUD_TRAIL: CloudLog = CloudLog {
    info: &TRAIL_INFO,
    marks: (&["\"eventSource\":\"bedrock", "\"EventSource\":\"bedrock", "\"CloudTrailEvent\":\"{\\\"eventVersion"], 1),
    needs: &["eventTime", "eventName", "requestParameters"],
    paths: &[&["eventTime"], &["eventName"], &["requestParameters"]],
    prepare: event,
    read: trail,
};

/// Model invocation logs.
pub static INVOCATIONS: CloudLog = CloudLog {
    info: &INVOCATION_INFO,
    marks: (
        &[
            "\"schemaType\":\"ModelInvocationLog\"",
            "\"modelId\":",
            "\"operation\":",
            "\"requestId\":",
            "\"schemaVersion\":",
        ],
        3,
    ),
    needs: &["timestamp", "operation", "modelId"],
    paths: &[&["timestamp"], &["operation"], &["modelId"]],
    prepare: std::convert::identity,
    read: invocation,
};

/// Operations that call a model.
const CALLS: &[&str] = &[
    "InvokeModel",
    "InvokeModelWithResponseStream",
    "Converse",
    "ConverseStream",
    "InvokeModelWithBidirectionalStream",
];

/// Error codes and their statuses.
const CODES: &[(&str, u16)] = &[
    ("Throttling", 429),
    ("TooManyRequests", 429),
    ("ModelNotReady", 429),
    ("ServiceQuotaExceeded", 400),
    ("ServiceUnavailable", 503),
    ("InternalServer", 500),
    ("InternalFailure", 500),
    ("ModelTimeout", 408),
    ("ModelStreamError", 424),
    ("ModelError", 424),
    ("AccessDenied", 403),
    ("UnrecognizedClient", 403),
    ("ExpiredToken", 403),
    ("ResourceNotFound", 404),
    ("Validation", 400),
];

fn status_of(code: &str) -> Option<u16> {
    CODES.iter().find(|(name, _)| code.starts_with(name)).map(|(_, status)| *status)
}

/// The model's own name: an ARN's last part.
fn model(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}

/// What lookup-events prints has the event as a text.
fn event(record: Map<String, Value>) -> Map<String, Value> {
    match text(&record, "CloudTrailEvent").and_then(|inner| serde_json::from_str(inner).ok()) {
        Some(Value::Object(inner)) => inner,
        _ => record,
    }
}

fn trail(event: &Map<String, Value>, line: u64, sink: &mut Sink) -> Kept {
    if !text(event, "eventSource").is_some_and(|s| s.starts_with("bedrock")) {
        return Kept::Other;
    }
    let Some(name) = text(event, "eventName") else { return Kept::Lacks };
    if !CALLS.contains(&name) {
        return Kept::Other;
    }
    let Some(at) = time(event, "eventTime") else { return Kept::Lacks };
    let code = text(event, "errorCode");
    sink.attempt(Record {
        start: Some(at),
        start_low: Some(at),
        end: code.map(|_| at),
        row_outcome: if code.is_some() { RowOutcome::Error } else { RowOutcome::Ok },
        status: code.map_or(Some(200), status_of),
        error: ErrorFields { kind: code, message: text(event, "errorMessage") },
        request_id: text(event, "requestID"),
        provider: Some("bedrock"),
        model: text(event, "requestParameters.modelId").map(model),
        at_most: 1,
        line,
        ..Record::default()
    });
    Kept::Attempt
}

fn invocation(log: &Map<String, Value>, line: u64, sink: &mut Sink) -> Kept {
    let Some(operation) = text(log, "operation") else { return Kept::Lacks };
    if !CALLS.contains(&operation) {
        return Kept::Other;
    }
    let Some(at) = time(log, "timestamp") else { return Kept::Lacks };
    let code = text(log, "errorCode");
    let took_s = number(log, "output.outputBodyJson.metrics.latencyMs").map(|ms| ms / 1000.0);
    let took_s = took_s.filter(|s| (0.0..=86_400.0).contains(s));
    sink.attempt(Record {
        start: Some(at),
        start_low: Some(at),
        end: code.map(|_| at).or_else(|| took_s.map(|s| at.plus(s))),
        row_outcome: if code.is_some() { RowOutcome::Error } else { RowOutcome::Ok },
        status: code.map_or(Some(200), status_of),
        error: ErrorFields { kind: code, message: text(log, "errorMessage") },
        request_id: text(log, "requestId"),
        provider: Some("bedrock"),
        model: text(log, "modelId").map(model),
        input_tokens: count(log, "input.inputTokenCount"),
        output_tokens: count(log, "output.outputTokenCount"),
        cache_read_tokens: count(log, "input.cacheReadInputTokenCount"),
        cache_write_tokens: count(log, "input.cacheWriteInputTokenCount"),
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
    use crate::model::{Class, Outcome};

    #[test]
    fn cloud_trail_tells_calls_and_leaves_the_rest() {
        let event = |name: &str, more: &str| {
            format!(
                r#"{{"eventVersion":"1.09","userIdentity":{{"type":"AssumedRole"}},"eventTime":"2026-05-12T09:00:36Z","eventSource":"bedrock.amazonaws.com","eventName":"{name}","requestParameters":{{"modelId":"arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4"}},"requestID":"r-1"{more}}}"#
            )
        };
        let lines = [
            event("Converse", ""),
            event(
                "InvokeModel",
                r#","errorCode":"ThrottlingException","errorMessage":"Too many tokens, please wait before trying again.""#,
            ),
            event("Converse", r#","errorCode":"AccessDenied","errorMessage":"no""#),
            event("ListFoundationModels", ""),
        ];
        assert_eq!(format_id(&lines[0]), Some("cloudtrail"));
        let looked_up =
            serde_json::json!({ "EventId": "e", "EventSource": "bedrock.amazonaws.com", "CloudTrailEvent": lines[1] });
        let parsed = parse(&CLOUD_TRAIL, "trail.json", format!("{}\n{looked_up}", lines.join("\n")).as_bytes());
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.status, a.class)).collect();
        assert_eq!(
            actual,
            [
                (Some(200), Class::Ok),
                (Some(429), Class::RateLimited),
                (Some(403), Class::Access),
                (Some(429), Class::RateLimited),
            ]
        );
        assert_eq!(text(&parsed, parsed.attempts[1].model), "anthropic.claude-sonnet-4");
    }

    #[test]
    fn invocation_logs_have_tokens() {
        let log = |more: &str| {
            format!(
                r#"{{"schemaType":"ModelInvocationLog","schemaVersion":"1.0","timestamp":"2026-05-12T09:00:36Z","accountId":"1","region":"us-east-1","requestId":"r-1","operation":"Converse","modelId":"anthropic.claude-sonnet-4"{more}}}"#
            )
        };
        let lines = [
            log(
                r#","input":{"inputTokenCount":12,"inputBodyJson":{"messages":[]}},"output":{"outputTokenCount":3,"outputBodyJson":{"metrics":{"latencyMs":2500}}}"#,
            ),
            log(r#","errorCode":"ThrottlingException""#),
        ];
        assert_eq!(format_id(&lines[0]), Some("bedrock-invocations"));
        let parsed = parse(&INVOCATIONS, "log.json", lines.join("\n").as_bytes());
        let [ok, refused] = &parsed.attempts[..] else { panic!("{parsed:?}") };
        assert_eq!((ok.tokens.input.get(), ok.end.unwrap().since(ok.start)), (Some(12), 2.5));
        assert_eq!((refused.status, refused.outcome), (Some(429), Outcome::Refused));
    }
}
