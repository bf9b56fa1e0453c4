//! Claude Code's events: `api_request` and `api_error`, one for each call of the API with all of its retries.
//!
//! In: one `resourceLogs` element. Out: rows. The stamp is the end; the start is the end minus `duration_ms`, which may or
//! may not hold the pauses between retries. Source: the program's monitoring documentation (research/log-formats.md, 2.6).

use super::attributes::Attributes;
use super::calls::SESSION;
use super::span::{LogRecord, Resource, time};
use crate::formats::Sink;
use crate::model::{ErrorSaid, Fidelity, Record, Told};

pub(super) fn take(resource: &Resource, line: u64, sink: &mut Sink) {
    for record in resource.scope_logs.iter().flat_map(|s| &s.log_records) {
        sink.record();
        event(record, &Attributes::of_pairs(&resource.resource.attributes), line, sink);
    }
}

fn event(record: &LogRecord, resource: &Attributes<'_>, line: u64, sink: &mut Sink) {
    let own = Attributes::of_pairs(&record.attributes);
    let failed = match own.text(&["event.name"]) {
        Some("api_request" | "claude_code.api_request") => false,
        Some("api_error" | "claude_code.api_error") => true,
        _ => return,
    };
    let Some(end) = time(&record.time_unix_nano) else {
        sink.problem(line, "an event without a time; ignored");
        return;
    };
    let start =
        own.number(&["duration_ms"]).filter(|ms| (0.0..=86_400_000.0).contains(ms)).map(|ms| end.plus(-ms / 1000.0));
    let tries = own.count(&["attempt"]).unwrap_or(1).clamp(1, u64::from(u8::MAX)) as u8;
    sink.attempt(Record {
        start,
        start_low: start,
        end: Some(end),
        told: if failed { Told::Error } else { Told::Ok },
        status: own.status(),
        // An error without a status is one without an answer.
        error: ErrorSaid {
            kind: (failed && own.status().is_none()).then_some("APIConnectionError"),
            message: own.text(&["error"]).filter(|_| failed),
        },
        input_tokens: own.count(&["input_tokens"]),
        output_tokens: own.count(&["output_tokens"]),
        cache_read_tokens: own.count(&["cache_read_tokens"]),
        cache_write_tokens: own.count(&["cache_creation_tokens"]),
        provider: Some("claude-code"),
        model: own.text(&["model"]),
        session: own.text(SESSION).or_else(|| resource.text(SESSION)),
        agent: own.text(&["agent.name"]),
        request_id: own.text(&["request_id"]),
        fidelity: if tries > 1 { Fidelity::Collapsed } else { Fidelity::Inferred },
        at_most: tries,
        try_number: tries,
        line,
        ..Record::default()
    });
}
