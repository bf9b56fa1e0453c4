//! `thread_history_1.sqlite`: the turns of all threads, with the error of those that failed.
//!
//! In: the table `thread_turns`. Out: a row for each failed turn. It repeats the rollout's failures, to the second.

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::Value;

use super::{AGENT, Failure, HIDDEN_AT_MOST, TOLERANCE_S};
use crate::formats::database::{DatabaseFormat, Schema};
use crate::formats::{FormatInfo, Place, Sink};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "codex-turns-db",
    client: "codex",
    client_traits: super::TRAITS,
    rank: 0,
    merge_tolerance_s: TOLERANCE_S,
    program: "Codex CLI 0.169 (thread_history_1.sqlite)",
    lives: &[
        "~/.codex/thread_history_1.sqlite (Linux, macOS)",
        r"%USERPROFILE%\.codex\thread_history_1.sqlite (Windows)",
        "CODEX_SQLITE_HOME or CODEX_HOME moves ~/.codex",
    ],
    shows: "turns that failed, with their text, to the second",
    not_logged: "successes, retries, tokens, the model",
    established: "run (0.169 against a local server)",
};

/// The history of turns.
#[derive(Debug)]
pub struct CodexTurnsDb;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TurnError {
    message: Option<String>,
    codex_error_info: Option<Value>,
}

impl DatabaseFormat for CodexTurnsDb {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, schema: &Schema) -> bool {
        let columns = schema.count("thread_turns", &["thread_id", "status", "error_json", "completed_at"]);
        schema.has("thread_turns") && (schema.has("thread_items") || columns == 4)
    }

    fn needs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("thread_turns", "thread_id"),
            ("thread_turns", "status"),
            ("thread_turns", "error_json"),
            ("thread_turns", "completed_at"),
        ]
    }

    fn read(&self, db: &Connection, _: &Place, sink: &mut Sink) -> rusqlite::Result<()> {
        let mut turns = db.prepare(
            "SELECT rowid, thread_id, status, substr(error_json, 1, 65536), completed_at FROM thread_turns \
             WHERE completed_at IS NOT NULL ORDER BY rowid",
        )?;
        let mut turns = turns.query([])?;
        while let Some(turn) = turns.next()? {
            let id = u64::try_from(turn.get::<_, i64>(0).unwrap_or(0)).unwrap_or(0);
            let fields = || -> rusqlite::Result<(String, String, Option<String>, f64)> {
                Ok((turn.get(1)?, turn.get(2)?, turn.get(3)?, turn.get(4)?))
            };
            sink.count_record();
            let Ok((thread, status, error, ended)) = fields() else {
                sink.problem(id, "a row of another shape");
                continue;
            };
            sink.note_kind(
                id,
                matches!(
                    status.as_str(),
                    "completed" | "failed" | "interrupted" | "inProgress" | "in_progress" | "aborted"
                ),
            );
            let error = error.filter(|_| status == "failed").and_then(|e| serde_json::from_str::<TurnError>(&e).ok());
            let (Some(error), Some(end)) = (error, Time::from_secs(ended)) else { continue };
            sink.need(id, "message", error.message.is_some());
            let message = error.message.unwrap_or_default();
            let failure = Failure::of(error.codex_error_info.as_ref(), &message);
            sink.attempt(Record {
                end: Some(end),
                row_outcome: RowOutcome::Error,
                status: failure.status,
                broke_off: failure.broke_off,
                error: ErrorFields { kind: failure.kind.as_deref(), message: Some(&message) },
                request_id: failure.request_id.as_deref(),
                session: Some(&thread),
                agent: Some(AGENT),
                ended_work: true,
                at_most: if failure.at_once { 1 } else { HIDDEN_AT_MOST },
                fidelity: Fidelity::Collapsed,
                line: id,
                ..Record::default()
            });
        }
        Ok(())
    }
}
