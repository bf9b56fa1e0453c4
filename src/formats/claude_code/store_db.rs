//! `__store.db` of Claude Code's first versions: base messages, and what is particular to the model's.
//!
//! In: the tables `base_messages` and `assistant_messages`, whose `message` is JSON. Out: a row for each message of the model, and
//! for each that the client made of an error. Source: two public programs that read it (columns and their types).

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::Value;

use super::errors::{Failure, at_once};
use crate::formats::database::{DatabaseFormat, Schema};
use crate::formats::{FormatInfo, Place, Sink};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "claude-code-store",
    client: "claude-code",
    client_traits: crate::formats::claude_code::TRAITS,
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "Claude Code before transcripts (__store.db, to about 0.2.50)",
    lives: &[
        "~/.claude/__store.db (Linux, macOS)",
        r"%USERPROFILE%\.claude\__store.db (Windows)",
        "CLAUDE_CONFIG_DIR moves ~/.claude",
    ],
    shows: "messages with session, model, tokens, duration; the text of the error that ended a turn",
    not_logged: "every retry, up to ten a message; a status that its text does not name",
    established: "read (two public programs that read it); not run, no file was at hand",
};

/// The client's own retries, ten by default.
const AT_MOST: u8 = 11;

/// The database.
#[derive(Debug)]
pub struct ClaudeStore;

#[derive(Deserialize, Default)]
#[serde(default)]
struct Message {
    id: Option<String>,
    content: Value,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Usage {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
}

struct Row {
    uuid: String,
    session: Option<String>,
    sidechain: bool,
    version: Option<String>,
    at: f64,
    message: String,
    duration_ms: Option<f64>,
    is_error: bool,
    model: Option<String>,
}

impl DatabaseFormat for ClaudeStore {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, schema: &Schema) -> bool {
        schema.has("base_messages") && schema.has("assistant_messages")
    }

    fn needs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("base_messages", "session_id"),
            ("base_messages", "isSidechain"),
            ("base_messages", "version"),
            ("assistant_messages", "uuid"),
            ("assistant_messages", "timestamp"),
            ("assistant_messages", "message"),
            ("assistant_messages", "duration_ms"),
            ("assistant_messages", "is_api_error_message"),
            ("assistant_messages", "model"),
        ]
    }

    fn read(&self, db: &Connection, _: &Place, sink: &mut Sink) -> rusqlite::Result<()> {
        let mut rows = db.prepare(
            "SELECT a.rowid, a.uuid, b.session_id, b.isSidechain, b.version, a.timestamp, a.message, a.duration_ms, \
             a.is_api_error_message, a.model FROM assistant_messages a LEFT JOIN base_messages b ON b.uuid = a.uuid \
             ORDER BY a.rowid",
        )?;
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let number = u64::try_from(row.get::<_, i64>(0).unwrap_or(0)).unwrap_or(0);
            sink.count_record();
            let fields = || -> rusqlite::Result<Row> {
                Ok(Row {
                    uuid: row.get(1)?,
                    session: row.get(2)?,
                    sidechain: row.get::<_, Option<i64>>(3)?.unwrap_or(0) != 0,
                    version: row.get(4)?,
                    at: row.get(5)?,
                    message: row.get(6)?,
                    duration_ms: row.get(7)?,
                    is_error: row.get::<_, Option<i64>>(8)?.unwrap_or(0) != 0,
                    model: row.get(9)?,
                })
            };
            match fields() {
                Ok(failure) => one(&failure, number, sink),
                Err(_) => sink.problem(number, "a row of another shape"),
            }
        }
        Ok(())
    }
}

fn one(row: &Row, line: u64, sink: &mut Sink) {
    let Some(end) = Time::from_secs(if row.at > 1e11 { row.at / 1000.0 } else { row.at }) else {
        return sink.problem(line, "a message without a time; ignored");
    };
    sink.note_time(end);
    if let Some(version) = &row.version {
        sink.note_version(version);
    }
    let Ok(message) = serde_json::from_str::<Message>(&row.message) else {
        return sink.problem(line, "a message whose fields cannot be read");
    };
    let whole_ms = |ms: &f64| (0.0..=86_400_000.0).contains(ms);
    let start = row.duration_ms.filter(whole_ms).map(|ms| end.plus(-ms / 1000.0));
    let text = first_text(&message.content);
    let failure = row.is_error.then(|| Failure::of_text(text, None, None));
    let once = failure.as_ref().is_some_and(|f| at_once(f, text));
    let usage = message.usage.as_ref().filter(|_| !row.is_error);
    let agent = if row.sidechain { "sidechain" } else { "main" };
    sink.attempt(Record {
        start: None,
        start_low: start,
        end: Some(end),
        row_outcome: if row.is_error { RowOutcome::Error } else { RowOutcome::Ok },
        status: failure.as_ref().and_then(|f| f.status),
        error: ErrorFields {
            kind: failure.as_ref().and_then(|f| f.kind.as_deref()),
            message: failure.as_ref().and_then(|f| f.message.as_deref()),
        },
        input_tokens: usage.and_then(|u| u.input_tokens),
        output_tokens: usage.and_then(|u| u.output_tokens),
        cache_read_tokens: usage.and_then(|u| u.cache_read_input_tokens),
        cache_write_tokens: usage.and_then(|u| u.cache_creation_input_tokens),
        model: row.model.as_deref().filter(|m| !m.starts_with('<')),
        session: row.session.as_deref(),
        agent: Some(agent),
        request_id: failure.as_ref().and_then(|f| f.request_id.as_deref()),
        same_as: if row.is_error { Some(&row.uuid) } else { message.id.as_deref().or(Some(&row.uuid)) },
        ended_work: row.is_error,
        at_most: if once { 1 } else { AT_MOST },
        fidelity: if once { Fidelity::Observed } else { Fidelity::Collapsed },
        line,
        ..Record::default()
    });
}

/// The first text of a message's content: a string, or blocks.
fn first_text(content: &Value) -> &str {
    let first = content.as_array().and_then(|blocks| blocks.iter().find_map(|b| b.get("text")));
    first.unwrap_or(content).as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{database, read_database, text};

    const SQL: &str = r#"CREATE TABLE base_messages (uuid TEXT, parent_uuid TEXT, session_id TEXT, timestamp INTEGER, message_type TEXT, cwd TEXT, user_type TEXT, version TEXT, isSidechain INTEGER );
        CREATE TABLE assistant_messages (uuid TEXT, cost_usd REAL, duration_ms INTEGER, message TEXT, is_api_error_message INTEGER, timestamp INTEGER, model TEXT );
        INSERT INTO base_messages VALUES ('u1', NULL, 's1', 1746000010000, 'assistant', '/x', 'external', '0.2.40', 0);
        INSERT INTO base_messages VALUES ('u2', 'u1', 's1', 1746000020000, 'assistant', '/x', 'external', '0.2.40', 0);
        INSERT INTO assistant_messages VALUES ('u1', 0.01, 4000, '{"id":"msg_1","content":[{"type":"text","text":"API Error: 429 is a status"}],"usage":{"input_tokens":5,"output_tokens":7,"cache_read_input_tokens":11,"cache_creation_input_tokens":0}}', 0, 1746000010000, 'claude-3-7-sonnet');
        INSERT INTO assistant_messages VALUES ('u2', 0, 9000, '{"content":[{"type":"text","text":"API Error: 529 {\"type\":\"error\"}"}]}', 1, 1746000020000, '<synthetic>');"#;

    #[test]
    fn messages_are_rows_and_only_those_that_the_record_calls_errors_are_refusals() {
        let parsed = read_database(&ClaudeStore, &database(SQL));
        let [ok, refused] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!((ok.is_admitted(), ok.tokens.total(), ok.at_most), (true, Some(23), 11));
        assert_eq!(ok.end.unwrap().since(ok.start_low), 4.0);
        assert_eq!((refused.is_refused(), refused.status, text(&parsed, refused.session)), (true, Some(529), "s1"));
        assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    }

    #[test]
    fn a_renamed_column_is_an_alarm() {
        for (_, column) in ClaudeStore.needs() {
            let renamed = SQL
                .replace(&format!(" {column} "), &format!(" {column}_new "))
                .replace("(uuid TEXT", if *column == "uuid" { "(uid TEXT" } else { "(uuid TEXT" });
            let problems = read_database(&ClaudeStore, &database(&renamed)).problems;
            assert!(problems.iter().any(|p| p.reason.contains("this why429 does not know")), "{column}: {problems:?}");
        }
    }
}
