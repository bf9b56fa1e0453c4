//! Portkey: lines of a log export.
//!
//! In: rows with `ai_org` and `response_status_code`. Out: one row a request; answers from Portkey's cache are no attempts.
//! Source: Portkey's documentation of its log exports.

use super::{Export, Keys, Reader, Row};
use crate::formats::{FormatInfo, Sink};
use crate::model::{ErrorFields, Fidelity, Record};

static INFO: FormatInfo = FormatInfo {
    id: "portkey",
    client: "portkey",
    client_traits: crate::formats::ClientTraits::gateway(3).with_many_agents(),
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "Portkey: log exports",
    lives: &["wherever the export was saved (Linux, macOS, Windows): .jsonl, .json or .csv"],
    shows: "every request with start, duration, status, provider, model and tokens",
    not_logged: "error texts, unless the export has the response; Portkey's own retries stand in one row",
    established: "reported (documentation; no file was at hand)",
};

/// Requests of Portkey.
pub static PORTKEY: Export = Export {
    info: &INFO,
    wrappers: &[&[], &["data"]],
    marks: &["response_status_code"],
    fits: |keys: &Keys| {
        keys.all(&["created_at", "response_status_code"]) && keys.any(&["ai_org", "ai_model", "trace_id"])
    },
    open: || Box::new(Requests),
};

struct Requests;

impl Reader for Requests {
    fn row(&mut self, row: &Row, sink: &mut Sink) {
        sink.count_record();
        if row.text(&["cache_status"]).is_some_and(|c| c == "HIT" || c == "SEMANTIC HIT") {
            return;
        }
        let (start, status) = (row.time(&["created_at"]), row.number(&["response_status_code"]));
        let Some((start, status)) = start.zip(status.filter(|s| (100.0..600.0).contains(s))) else {
            sink.problem(row.line, "a request without a time or status; row ignored");
            return;
        };
        let retries = row.count(&["retry_success_count", "retries_count"]).unwrap_or(0).min(250) as u8;
        let (provider, model) = (row.text(&["ai_org", "ai_provider"]), row.text(&["ai_model", "model"]));
        let text = |paths: &[&str]| row.text(paths).filter(|_| status >= 400.0);
        let kind = text(&["response.error.type", "response.error.code", "response_body.error.type"]);
        let message = text(&["response.error.message", "response_body.error.message"]);
        let (session, request_id) = (row.text(&["trace_id"]), row.text(&["id", "request_id"]));
        sink.attempt(Record {
            start: Some(start),
            start_low: Some(start),
            end: row.number(&["response_time"]).map(|ms| start.plus(ms / 1000.0)),
            status: Some(status as u16),
            error: ErrorFields { kind: kind.as_deref(), message: message.as_deref() },
            input_tokens: row.count(&["req_units", "request_units"]),
            output_tokens: row.count(&["res_units", "response_units"]),
            provider: provider.as_deref(),
            model: model.as_deref(),
            session: session.as_deref(),
            request_id: request_id.as_deref(),
            fidelity: if retries > 0 { Fidelity::Collapsed } else { Fidelity::Observed },
            at_most: retries + 1,
            line: row.line,
            ..Record::default()
        });
    }
}
