//! Crush: `crush.db`, a project's sessions.
//!
//! In: the table `messages`, whose `parts` are JSON. Out: a row for each of the assistant's messages that finished: an answer,
//! or the failure that ended it. Only the part `finish` is looked at; texts, tool calls and results are not. Source: the
//! program's migrations, its message parts, and the retries of the library below it.

pub mod log;

use rusqlite::Connection;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::backoff;
use super::database::{DatabaseFormat, Schema};
use super::{FormatInfo, Place, Sink};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Time};

static INFO: FormatInfo = FormatInfo {
    id: "crush-db",
    client: "crush",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "Crush (crush.db)",
    lives: &[
        "<project>/.crush/crush.db with -wal (Linux, macOS)",
        r"<project>\.crush\crush.db (Windows)",
        "options.data_directory in its configuration moves it",
        "--home reads those that projects.json names: ~/.local/share/crush (Linux, macOS), %LOCALAPPDATA%\\crush (Windows)",
        "CRUSH_GLOBAL_DATA moves ~/.local/share/crush",
        "XDG_DATA_HOME moves ~/.local/share",
    ],
    shows: "each message with session, provider, model and start; the failure that ended it, with title and text",
    not_logged: "times to less than a second; tokens of a message; what was retried: up to two retries a message; status and headers (the title names some); titles' requests",
    established: "read (migrations, message parts and retry library in its source); not run: its package fetches the program from elsewhere",
};

/// Pauses between the retries, at least, seconds.
const WAITS: [f64; 2] = [2.0, 4.0];

/// A first try and two retries.
const AT_MOST: u8 = 3;

/// The database of Crush.
#[derive(Debug)]
pub struct CrushDb;

#[derive(Deserialize)]
struct Part<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Finish {
    reason: String,
    time: Option<f64>,
    message: String,
    details: String,
}

/// A message's columns.
struct Message {
    session: String,
    model: Option<String>,
    provider: Option<String>,
    parts: Vec<u8>,
    created: f64,
}

impl DatabaseFormat for CrushDb {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, schema: &Schema) -> bool {
        schema.has("sessions")
            && schema.has("files")
            && schema.count("messages", &["session_id", "role", "parts", "model", "created_at", "finished_at"]) >= 5
    }

    fn needs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("messages", "session_id"),
            ("messages", "role"),
            ("messages", "parts"),
            ("messages", "model"),
            ("messages", "created_at"),
        ]
    }

    fn read(&self, db: &Connection, _: &Place, sink: &mut Sink) -> rusqlite::Result<()> {
        // The first versions had no column for the provider.
        let known = db.prepare("SELECT provider FROM messages LIMIT 0").is_ok();
        let provider = if known { "provider" } else { "NULL" };
        let query = format!(
            "SELECT rowid, session_id, model, {provider}, CAST(parts AS BLOB), created_at FROM messages \
             WHERE role = 'assistant' ORDER BY rowid"
        );
        let mut messages = db.prepare(&query)?;
        let mut messages = messages.query([])?;
        while let Some(row) = messages.next()? {
            let number = u64::try_from(row.get::<_, i64>(0).unwrap_or(0)).unwrap_or(0);
            sink.count_record();
            let fields = || -> rusqlite::Result<Message> {
                Ok(Message {
                    session: row.get(1)?,
                    model: row.get(2)?,
                    provider: row.get(3)?,
                    parts: row.get(4)?,
                    created: row.get(5)?,
                })
            };
            match fields() {
                Ok(message) => one(&message, number, sink),
                Err(_) => sink.problem(number, "a row of another shape"),
            }
        }
        Ok(())
    }
}

fn one(message: &Message, line: u64, sink: &mut Sink) {
    let Ok(parts) = serde_json::from_slice::<Vec<Part<'_>>>(&message.parts) else {
        return sink.problem(line, "a message whose parts are no JSON (packed, perhaps); not read");
    };
    let start = seconds(message.created);
    let finish = parts.iter().find(|p| p.kind.as_deref() == Some("finish"));
    let Some(finish) = finish.and_then(|p| serde_json::from_str::<Finish>(p.data?.get()).ok()) else {
        sink.count_unanswered();
        return;
    };
    sink.need(line, "reason", !finish.reason.is_empty());
    sink.need(line, "time", finish.time.is_some());
    let Some(end) = finish.time.and_then(seconds) else { return };
    sink.note_time(end);
    // What the program itself stopped: the user's cancel, a denied permission, a loop of tool calls.
    let own = finish.message == "Tool loop detected";
    if own || matches!(finish.reason.as_str(), "canceled" | "permission_denied" | "") {
        sink.count_unanswered();
        return;
    }
    let failed = finish.reason == "error";
    let text = if finish.details.is_empty() { &finish.message } else { &finish.details };
    sink.attempt(Record {
        start: None,
        start_low: start,
        end: Some(end),
        row_outcome: if failed { RowOutcome::Error } else { RowOutcome::Ok },
        status: if failed { status_of(&finish.message) } else { None },
        error: ErrorFields {
            kind: Some(finish.message.as_str()).filter(|t| failed && !t.is_empty()),
            message: Some(text.as_str()).filter(|t| failed && !t.is_empty()),
        },
        provider: message.provider.as_deref(),
        model: message.model.as_deref(),
        session: Some(&message.session),
        agent: Some("main"),
        ended_work: failed,
        at_most: backoff::at_most(start, end, &WAITS, AT_MOST),
        fidelity: Fidelity::Collapsed,
        line,
        ..Record::default()
    });
}

/// Seconds since the epoch; some versions wrote milliseconds.
fn seconds(at: f64) -> Option<Time> {
    Time::from_secs(if at > 1e11 { at / 1000.0 } else { at })
}

/// The library titles a provider's error with the name of its status.
fn status_of(title: &str) -> Option<u16> {
    Some(match title.to_ascii_lowercase().as_str() {
        "unauthorized" => 401,
        "payment required" => 402,
        "forbidden" => 403,
        "too many requests" => 429,
        "internal server error" => 500,
        "bad gateway" => 502,
        "service unavailable" => 503,
        "gateway timeout" => 504,
        "bad request" => 400,
        "not found" => 404,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{database, read_database, text};
    use crate::model::Class;

    const TABLES: &str = "CREATE TABLE sessions (id TEXT, title TEXT); CREATE TABLE files (id TEXT); \
        CREATE TABLE messages (id TEXT, session_id TEXT, role TEXT, parts TEXT, model TEXT, provider TEXT, \
        created_at INTEGER, updated_at INTEGER, finished_at INTEGER);";

    fn message(role: &str, at: u64, parts: &str) -> String {
        format!(
            "INSERT INTO messages VALUES ('m{at}', 's1', '{role}', '{parts}', 'gpt-5', 'openai', {at}, {at}, {at});"
        )
    }

    fn finish(reason: &str, at: u64, title: &str, details: &str) -> String {
        format!(
            "[{{\"type\":\"text\",\"data\":{{\"text\":\"finish 429 error\"}}}},{{\"type\":\"finish\",\"data\":{{\"reason\":\"{reason}\",\"time\":{at},\"message\":\"{title}\",\"details\":\"{details}\"}}}}]"
        )
    }

    #[test]
    fn answers_and_the_failure_that_ended_a_message_are_rows() {
        let limit = finish("error", 1_772_554_760, "Too many requests", "Rate limit reached for requests");
        let sql = [
            TABLES.to_owned(),
            message("user", 1_772_554_740, &finish("error", 1_772_554_741, "Too many requests", "quoted")),
            message("assistant", 1_772_554_742, &finish("tool_use", 1_772_554_745, "", "")),
            message("assistant", 1_772_554_746, &limit),
            message("assistant", 1_772_554_761, &finish("canceled", 1_772_554_762, "User canceled request", "")),
            message("assistant", 1_772_554_763, "[{\"type\":\"text\",\"data\":{\"text\":\"429\"}}]"),
        ];
        let parsed = read_database(&CrushDb, &database(&sql.concat()));
        let [ok, refused] = &parsed.attempts[..] else { panic!("{:?}", parsed.attempts) };
        assert_eq!((ok.is_admitted(), ok.at_most, text(&parsed, ok.session)), (true, 2, "s1"));
        assert_eq!((refused.status, refused.class, refused.at_most), (Some(429), Class::RateLimited, 3));
        assert_eq!(text(&parsed, refused.error_message), "Rate limit reached for requests");
        assert_eq!((parsed.unanswered, parsed.problems.len(), text(&parsed, ok.provider)), (2, 0, "openai"));
    }

    #[test]
    fn a_renamed_column_or_key_is_an_alarm_and_packed_parts_are_named() {
        let sql = [TABLES.to_owned(), message("assistant", 1_772_554_742, &finish("end_turn", 1_772_554_745, "", ""))]
            .concat();
        let renamed = |from: &str, to: &str| read_database(&CrushDb, &database(&sql.replace(from, to))).problems;
        for (_, column) in CrushDb.needs() {
            let problems = renamed(&format!(" {column} "), &format!(" {column}_new "));
            assert!(problems.iter().any(|p| p.reason.contains("this why429 does not know")), "{column}: {problems:?}");
        }
        assert!(renamed("\"reason\"", "\"why\"").iter().any(|p| p.reason.contains("this why429 does not know")));
        assert!(renamed("[{", "x").iter().any(|p| p.reason.contains("parts are no JSON")));
    }
}
