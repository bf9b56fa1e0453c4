//! claude-monitor: its warehouse, `usage.json`.
//!
//! In: `records` (answers of Claude Code with their tokens) and `limit_events` (texts of its limits). Out: one row each. A
//! record has the time of its answer alone; a limit's event the time and the text of the message. Source: claude-monitor
//! 4.0.0 (data/warehouse.py).

use super::{Export, Keys, Reader, Row};
use crate::formats::{FormatInfo, Sink};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome};

static INFO: FormatInfo = FormatInfo {
    id: "claude-monitor",
    client: "claude-code",
    client_traits: crate::formats::claude_code::TRAITS,
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "claude-monitor 4.0.0 (--warehouse)",
    lives: &[
        "usage.json in the folder .claude-monitor/warehouse of the home folder (Linux, macOS, Windows), or --warehouse-file",
        "--home leaves it out: Claude Code's transcripts hold the same and more",
    ],
    shows: "every answer of Claude Code with its time, model and tokens, and the texts of limits with their times and resets",
    not_logged: "starts, statuses, agents, failures other than limits; sessions",
    established: "read (4.0.0)",
};

/// The warehouse of claude-monitor.
pub static CLAUDE_MONITOR: Export = Export {
    info: &INFO,
    wrappers: &[&["records"], &["limit_events"]],
    marks: &["record_version"],
    fits: |keys: &Keys| {
        keys.all(&["record_version", "timestamp", "source"]) && keys.any(&["total_tokens", "reset_time"])
    },
    open: || Box::new(Warehouse),
};

struct Warehouse;

impl Reader for Warehouse {
    fn row(&mut self, row: &Row, sink: &mut Sink) {
        if !row.has("record_version") {
            return;
        }
        sink.count_record();
        let Some(end) = row.time(&["timestamp"]) else {
            sink.problem(row.line, "a record without a time; ignored");
            return;
        };
        let (account, model) = (row.text(&["source.account"]), row.text(&["model"]).filter(|m| m != "unknown"));
        let (request_id, message_id) = (row.text(&["request_id"]), row.text(&["message_id"]));
        let base = Record {
            end: Some(end),
            account: account.as_deref(),
            model: model.as_deref(),
            provider: Some("claude-code"),
            fidelity: Fidelity::Inferred,
            at_most: 1,
            line: row.line,
            ..Record::default()
        };
        if let Some(text) = row.text(&["content"]) {
            // The text is Claude Code's; it has no status.
            sink.attempt(Record {
                row_outcome: RowOutcome::Error,
                error: ErrorFields { kind: Some("rate_limit"), message: Some(&text) },
                ended_work: true,
                ..base
            });
            return;
        }
        sink.attempt(Record {
            row_outcome: RowOutcome::Ok,
            input_tokens: row.count(&["input_tokens"]),
            output_tokens: row.count(&["output_tokens"]),
            cache_read_tokens: row.count(&["cache_read_tokens"]),
            cache_write_tokens: row.count(&["cache_creation_tokens"]),
            request_id: request_id.as_deref(),
            same_as: message_id.as_deref(),
            ..base
        });
    }
}
