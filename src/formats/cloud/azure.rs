//! Azure Monitor: `RequestResponse` of Azure OpenAI, and `GatewayLogs` of API Management.
//!
//! In: resource logs, as a storage account or an event hub keeps them, or rows that Log Analytics exports. Out: one row a call of a
//! model. API Management says whether its backend was asked, and which policy of its own refused.
//! Source: Microsoft's references of both schemas.

use chrono::NaiveDateTime;
use serde_json::{Map, Value};

use super::{CloudLog, Kept, number, status, text};
use crate::formats::http::api;
use crate::formats::{FormatInfo, Sink, stamp};
use crate::model::{ErrorFields, LocalLimit, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "azure-monitor",
    client: "azure-monitor",
    client_traits: crate::formats::ClientTraits::gateway(13),
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "Azure Monitor resource logs (RequestResponse of Azure OpenAI, GatewayLogs of API Management)",
    lives: &[
        "insights-logs-* containers, an event hub's capture, or az monitor log-analytics query (Linux, macOS, Windows)",
    ],
    shows: "every call of a model with start, end, status, deployment; of API Management also the policy that refused and its words",
    not_logged: "tokens, agents; of Azure OpenAI error texts and retry-after",
    established: "read (references of the schemas); not run",
};

/// Azure Monitor.
pub static MONITOR: CloudLog = CloudLog {
    info: &INFO,
    marks: (
        &[
            "\"category\":\"RequestResponse\"",
            "\"Category\":\"RequestResponse\"",
            "\"category\":\"GatewayLogs\"",
            "\"Category\":\"GatewayLogs\"",
            "\"BackendResponseCode\":",
        ],
        1,
    ),
    needs: &["time", "durationMs", "operationName"],
    paths: &[
        &["time", "timegenerated", "timegenerated [utc]"],
        &["durationms", "totaltime"],
        &["operationname", "url"],
    ],
    prepare: flat,
    read,
};

/// A record's fields and those of its properties, in small letters and without the endings that Log Analytics gives them.
fn flat(record: Map<String, Value>) -> Map<String, Value> {
    let name = |key: &str| {
        let small = key.to_ascii_lowercase();
        let bare = ["_s", "_d", "_g", "_b", "_t"].iter().find_map(|end| small.strip_suffix(end));
        bare.map_or_else(|| small.clone(), str::to_owned)
    };
    let mut fields: Map<String, Value> = record.into_iter().map(|(k, v)| (name(&k), v)).collect();
    let properties = match fields.remove("properties") {
        Some(Value::String(text)) => serde_json::from_str(&text).ok(),
        value => value,
    };
    if let Some(Value::Object(properties)) = properties {
        fields.extend(properties.iter().map(|(k, v)| (name(k), v.clone())));
    }
    fields
}

fn read(fields: &Map<String, Value>, line: u64, sink: &mut Sink) -> Kept {
    let is_gateway = text(fields, "category") == Some("GatewayLogs") || fields.contains_key("backendresponsecode");
    let is_call = match text(fields, if is_gateway { "url" } else { "operationname" }) {
        Some(url) if is_gateway => api::is_call(url),
        Some(operation) => is_model_operation(operation),
        None => return Kept::Lacks,
    };
    if !is_call {
        return Kept::Other;
    }
    let Some((start, end)) = times(fields) else { return Kept::Lacks };
    let code =
        ["responsecode", "resultsignature", "statuscode", "httpstatuscode"].iter().find_map(|k| status(fields, k));
    let own = if is_gateway { own_refusal(fields, code) } else { Own::No };
    let asked = own == Own::No;
    sink.attempt(Record {
        start: Some(start),
        start_low: Some(start),
        end,
        row_outcome: if code.is_some_and(|s| s < 400) { RowOutcome::Ok } else { RowOutcome::Error },
        status: code,
        error: ErrorFields { kind: text(fields, "lasterrorreason"), message: text(fields, "lasterrormessage") },
        request_id: text(fields, "correlationid"),
        provider: if is_gateway { text(fields, "backendurl").and_then(api::provider_of) } else { Some("azure") },
        model: text(fields, "modeldeploymentname")
            .or_else(|| text(fields, "modelname"))
            .or_else(|| api::model_in(text(fields, "url")?)),
        at_most: 1,
        local: !asked,
        local_limit: if let Own::By(limit) = own { Some(limit) } else { None },
        line,
        ..Record::default()
    });
    Kept::Attempt
}

/// `ChatCompletions_Create`, `Embeddings_Create`, `Responses_Create` and their kin.
fn is_model_operation(name: &str) -> bool {
    let small = name.to_ascii_lowercase();
    ["completion", "embedding", "responses", "messages"].iter().any(|part| small.contains(part))
}

/// Start and end: ticks of the request where it has them, else the record's time, which is that of its arrival.
fn times(fields: &Map<String, Value>) -> Option<(Time, Option<Time>)> {
    const TICKS_OF_1970: f64 = 621_355_968_000_000_000.0;
    let ticks = |key: &str| {
        let ticks = number(fields, key).filter(|n| *n > TICKS_OF_1970)?;
        Time::from_secs((ticks - TICKS_OF_1970) / 1e7).filter(|t| t.is_plausible())
    };
    let stamped = ["time", "timegenerated", "timegenerated [utc]", "timestamp"].iter().find_map(|k| text(fields, k));
    let start =
        ticks("requesttime").or_else(|| stamped.and_then(|t| stamp::rfc3339(t).or_else(|| parse_exported(t))))?;
    let took_s = ["durationms", "totaltime"].iter().find_map(|k| number(fields, k)).map(|ms| ms / 1000.0);
    let took_s = took_s.filter(|s| (0.0..=86_400.0).contains(s));
    Some((start, took_s.map(|s| start.plus(s)).or_else(|| ticks("responsetime").filter(|e| *e >= start))))
}

/// A time in UTC as the portal exports it: `5/12/2026, 9:00:00.000 AM` with the month first, or `12/05/2026, 09:00:00.000`.
fn parse_exported(text: &str) -> Option<Time> {
    let parse = |format| NaiveDateTime::parse_from_str(text.trim(), format).ok();
    let read =
        ["%m/%d/%Y, %I:%M:%S%.f %p", "%d/%m/%Y, %H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f"].into_iter().find_map(parse);
    read.map(|at| Time::from_micros(at.and_utc().timestamp_micros())).filter(|t| t.is_plausible())
}

#[derive(Clone, Copy, PartialEq)]
enum Own {
    No,
    Unnamed,
    By(LocalLimit),
}

/// Policies that refuse, by a part of their names.
const POLICIES: &[(&str, LocalLimit)] = &[
    ("token-limit", LocalLimit::Tokens),
    ("limit-concurrency", LocalLimit::Parallel),
    ("rate-limit", LocalLimit::Requests),
    ("quota", LocalLimit::Requests),
];

/// Whether API Management refused without asking its backend, and by which policy.
fn own_refusal(fields: &Map<String, Value>, code: Option<u16>) -> Own {
    let asked = number(fields, "backendresponsecode").is_some_and(|s| s > 0.0);
    if asked || !matches!(code, Some(403 | 429 | 503)) {
        return Own::No;
    }
    let lowercase = |key: &str| text(fields, key).map(str::to_ascii_lowercase).unwrap_or_default();
    let source = lowercase("lasterrorsource");
    match POLICIES.iter().find(|(policy, _)| source.contains(policy)) {
        Some((_, limit)) => Own::By(*limit),
        // A missing key or a forbidden address is no limit.
        None if code == Some(403) => Own::No,
        None => Own::Unnamed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::Class;

    #[test]
    fn the_portal_s_times_are_read() {
        let at = |text| parse_exported(text).map(|t| t.rfc3339());
        let nine = Some("2026-05-12T09:00:00.000Z".to_owned());
        assert_eq!(at("5/12/2026, 9:00:00.000 AM"), nine);
        assert_eq!(at("05/12/2026, 09:00:00.000 AM"), nine);
        assert_eq!(at("12/05/2026, 09:00:00.000"), nine);
        assert_eq!((at("2026-05-12 09:00:00.000"), at("soon")), (nine, None));
    }

    #[test]
    fn request_response_of_azure_openai() {
        let record = |status: u16, operation: &str| {
            serde_json::json!({ "time": "2026-05-12T09:00:00.1234567Z", "resourceId": "/SUBSCRIPTIONS/X", "category": "RequestResponse",
                "operationName": operation, "durationMs": 1500, "resultSignature": status.to_string(), "correlationId": "c-1",
                "properties": "{\"apiName\":\"Azure OpenAI API\",\"modelDeploymentName\":\"gpt-4o-eu\",\"modelName\":\"gpt-4o\"}" })
            .to_string()
        };
        let lines =
            [record(200, "ChatCompletions_Create"), record(429, "ChatCompletions_Create"), record(200, "ListModels")];
        assert_eq!(format_id(&lines[0]), Some("azure-monitor"));
        let parsed = parse(&MONITOR, "PT1H.json", lines.join("\n").as_bytes());
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.status, a.class)).collect();
        assert_eq!(actual, [(Some(200), Class::Ok), (Some(429), Class::RateLimited)]);
        let first = parsed.attempts[0];
        assert_eq!((text(&parsed, first.model), first.end.unwrap().since(first.start)), ("gpt-4o-eu", 1.5));
    }

    #[test]
    fn api_management_says_which_policy_refused() {
        let record = |status: u16, backend: u16, source: &str| {
            serde_json::json!({ "time": "2026-05-12T09:00:00Z", "category": "GatewayLogs", "operationName": "Microsoft.ApiManagement/GatewayLogs",
                "durationMs": 12, "properties": { "method": "POST", "url": "https://apim.example/openai/deployments/gpt-4o/chat/completions",
                "backendUrl": "https://x.openai.azure.com/openai/deployments/gpt-4o/chat/completions", "backendResponseCode": backend,
                "responseCode": status, "lastErrorSource": source, "lastErrorReason": "RateLimitExceeded" } })
            .to_string()
        };
        let lines = [
            record(200, 200, ""),
            record(429, 0, "rate-limit-by-key"),
            record(429, 0, "azure-openai-token-limit"),
            record(429, 429, ""),
        ];
        assert_eq!(format_id(&lines[0]), Some("azure-monitor"));
        let parsed = parse(&MONITOR, "PT1H.json", lines.join("\n").as_bytes());
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.class, a.local_limit)).collect();
        assert_eq!(
            actual,
            [
                (Class::Ok, None),
                (Class::Local, Some(LocalLimit::Requests)),
                (Class::Local, Some(LocalLimit::Tokens)),
                (Class::RateLimited, None),
            ]
        );
        assert_eq!(text(&parsed, parsed.attempts[3].provider), "azure");
    }
}
