//! Bifrost: rows of its log store, as SQLite gives them.
//!
//! In: rows of the table `logs` as JSON or CSV (`sqlite3 -json logs.db 'select * from logs'`). Out: one row a request; a row is
//! the last try. Source: framework/logstore/tables.go in Bifrost's repository.

use super::{Export, Keys, Reader, Row};
use crate::formats::{FormatInfo, Sink};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome};

static INFO: FormatInfo = FormatInfo {
    id: "bifrost",
    client: "bifrost",
    client_traits: crate::formats::ClientTraits::gateway(4).with_many_agents(),
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "Bifrost: rows of its log store's table logs",
    lives: &["wherever the rows were saved (Linux, macOS, Windows): .json, .jsonl or .csv"],
    shows: "every request with start, duration, status, provider, key, model, tokens and the error of its last try",
    not_logged: "tries before the last one, which only their number tells; headers",
    established: "read (its source)",
};

/// Requests of Bifrost.
pub static BIFROST: Export = Export {
    info: &INFO,
    wrappers: &[&[], &["logs"], &["data"]],
    marks: &["error_details", "selected_key_id"],
    fits: |keys: &Keys| {
        keys.all(&["timestamp", "status", "provider", "latency"]) && keys.any(&["error_details", "selected_key_id"])
    },
    open: || Box::new(Requests),
};

struct Requests;

impl Reader for Requests {
    fn row(&mut self, row: &Row, sink: &mut Sink) {
        sink.count_record();
        let failed = match row.text(&["status"]).as_deref() {
            Some("success") => false,
            Some("error") => true,
            _ => return,
        };
        let Some(start) = row.time(&["timestamp", "created_at"]) else {
            sink.problem(row.line, "a request without a time; row ignored");
            return;
        };
        let text = |paths: &[&str]| row.text(paths);
        let (kind, message) = (
            text(&["error_details.error.type", "error_details.error.code", "error_details.type"]),
            text(&["error_details.error.message"]),
        );
        let status =
            row.number(&["error_details.status_code"]).filter(|s| (100.0..600.0).contains(s)).map(|s| s as u16);
        let (provider, account) = (text(&["provider"]), text(&["selected_key_id", "selected_key_name"]));
        let (model, session, request_id) = (text(&["model"]), text(&["parent_request_id"]), text(&["id"]));
        let retries = row.count(&["number_of_retries"]).unwrap_or(0).min(250) as u8;
        sink.attempt(Record {
            start: Some(start),
            start_low: Some(start),
            end: row.number(&["latency"]).map(|ms| start.plus(ms / 1000.0)),
            row_outcome: if failed { RowOutcome::Error } else { RowOutcome::Ok },
            status: if failed { status } else { Some(200) },
            error: ErrorFields { kind: kind.as_deref(), message: message.as_deref() },
            input_tokens: row.count(&["token_usage.prompt_tokens", "prompt_tokens"]),
            output_tokens: row.count(&["token_usage.completion_tokens", "completion_tokens"]),
            provider: provider.as_deref(),
            account: account.as_deref(),
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
