//! onWatch: its database of usage snapshots.
//!
//! In: the tables `<provider>_snapshots` with the provider's own body (`raw_json`) and the time at which it was taken. Out:
//! snapshots; no attempts. z.ai's rows have columns in place of a body. Source: onWatch's internal/store.

use rusqlite::Connection;
use serde_json::{Value, json};

use super::database::{DatabaseFormat, Schema};
use super::{FormatInfo, Place, Sink};
use crate::model::Time;
use crate::snapshots::capture_time::Clues;
use crate::snapshots::{entry, snapshot};

static INFO: FormatInfo = FormatInfo {
    id: "onwatch-db",
    client: "onwatch",
    client_traits: crate::formats::ClientTraits::PLAIN,
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "onWatch (onwatch.db)",
    lives: &[
        "onwatch.db in the folder .onwatch/data of the home folder (Linux, macOS, Windows), or where the program's settings point",
    ],
    shows: "usage snapshots of every provider that it watches, each with its time",
    not_logged: "requests: it holds no attempts",
    established: "read (its source)",
};

/// The database of onWatch.
#[derive(Debug)]
pub struct OnwatchDb;

/// Tables whose rows hold the provider's own body.
const TABLES: &[&str] = &[
    "anthropic_snapshots",
    "codex_snapshots",
    "kimi_snapshots",
    "minimax_snapshots",
    "copilot_snapshots",
    "gemini_snapshots",
    "antigravity_snapshots",
    "cursor_snapshots",
    "grok_snapshots",
    "moonshot_snapshots",
];

const COLUMNS: &[&str] = &["captured_at", "raw_json"];
const ZAI: &[&str] = &["captured_at", "tokens_unit", "tokens_number", "tokens_percentage", "tokens_next_reset"];

impl DatabaseFormat for OnwatchDb {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, schema: &Schema) -> bool {
        let held = TABLES.iter().filter(|t| schema.count(t, COLUMNS) == COLUMNS.len()).count();
        held >= 2 || (held == 1 && TABLES.iter().any(|t| schema.has(&t.replace("_snapshots", "_quota_values"))))
    }

    fn needs(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn read(&self, db: &Connection, _: &Place, sink: &mut Sink) -> rusqlite::Result<()> {
        let schema = Schema::of(db)?;
        for table in TABLES.iter().filter(|t| schema.count(t, COLUMNS) == COLUMNS.len()) {
            let account = if schema.count(table, &["account_id"]) == 1 { "account_id" } else { "NULL" };
            let several = format!("SELECT COUNT(DISTINCT {account}) FROM {table}");
            let several = db.query_row(&several, [], |row| row.get::<_, i64>(0)).unwrap_or(0) > 1;
            let query = format!("SELECT rowid, captured_at, raw_json, {account} FROM {table} ORDER BY rowid");
            let mut rows = db.prepare(&query)?;
            let mut rows = rows.query([])?;
            while let Some(row) = rows.next()? {
                let number = u64::try_from(row.get::<_, i64>(0).unwrap_or(0)).unwrap_or(0);
                let body: Option<String> = row.get(2).unwrap_or(None);
                let account = row.get::<_, Option<i64>>(3).unwrap_or(None).filter(|_| several);
                let body = body.and_then(|b| serde_json::from_str::<Value>(&b).ok());
                take(row.get(1).ok(), body.as_ref(), account, number, sink);
            }
        }
        if schema.count("zai_snapshots", ZAI) == ZAI.len() { zai(db, sink) } else { Ok(()) }
    }
}

fn take(at: Option<String>, body: Option<&Value>, account: Option<i64>, line: u64, sink: &mut Sink) {
    sink.count_record();
    let Some((at, body)) = at.and_then(|t| Time::parse_rfc3339(&t)).zip(body) else {
        sink.problem(line, "a snapshot without a time or body");
        return;
    };
    let source = sink.source(line);
    for mut entry in entry::entries(body) {
        entry.account = entry.account.or_else(|| account.map(|a| format!("account {a}")));
        let clues = Clues { embedded: Some(at), body: entry.parsed.captured, ..Clues::default() };
        sink.snapshot(snapshot(entry, &clues, source));
    }
}

/// z.ai's rows, as the body that they were made from.
fn zai(db: &Connection, sink: &mut Sink) -> rusqlite::Result<()> {
    let mut rows = db.prepare(
        "SELECT rowid, captured_at, tokens_unit, tokens_number, tokens_percentage, tokens_next_reset FROM zai_snapshots ORDER BY rowid",
    )?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let number = u64::try_from(row.get::<_, i64>(0).unwrap_or(0)).unwrap_or(0);
        let reset = row.get::<_, Option<String>>(5).unwrap_or(None).and_then(|t| Time::parse_rfc3339(&t));
        let limit = json!({"type": "TOKENS_LIMIT", "unit": row.get::<_, i64>(2).ok(), "number": row.get::<_, i64>(3).ok(),
            "percentage": row.get::<_, f64>(4).ok(), "nextResetTime": reset.map(|t| t.micros() / 1000)});
        let body = json!({"code": 200, "success": true, "data": {"limits": [limit]}});
        take(row.get(1).ok(), Some(&body), None, number, sink);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{database, read_database};

    #[test]
    fn bodies_are_read_with_the_time_beside_them() {
        let db = database(
            "CREATE TABLE anthropic_snapshots (id INTEGER PRIMARY KEY, captured_at TEXT, raw_json TEXT, quota_count INTEGER);
             CREATE TABLE anthropic_quota_values (id INTEGER PRIMARY KEY, snapshot_id INTEGER, quota_name TEXT);
             CREATE TABLE zai_snapshots (id INTEGER PRIMARY KEY, captured_at TEXT, tokens_unit INTEGER, tokens_number INTEGER, tokens_percentage INTEGER, tokens_next_reset TEXT);
             INSERT INTO anthropic_snapshots VALUES (1, '2026-05-12T09:04:00.123456789Z', '{\"five_hour\":{\"utilization\":100,\"resets_at\":\"2026-05-12T11:00:00Z\"}}', 1);
             INSERT INTO anthropic_snapshots VALUES (2, 'yesterday', '', 0);
             INSERT INTO zai_snapshots VALUES (1, '2026-05-12T09:05:00Z', 3, 5, 40, '2026-05-12T11:00:00Z');",
        );
        let parsed = read_database(&OnwatchDb, &db);
        let actual: Vec<_> = parsed
            .snapshots
            .iter()
            .map(|s| {
                (s.provider.clone().unwrap(), s.captured.unwrap().at.rfc3339(), s.state.windows[0].remaining_share)
            })
            .collect();
        assert_eq!(actual[0], ("claude-code".to_owned(), "2026-05-12T09:04:00.123Z".to_owned(), Some(0.0)));
        assert_eq!((actual[1].0.as_str(), actual[1].2, actual.len()), ("zai", Some(0.6), 2));
        assert_eq!(parsed.problems[0].reason, "a snapshot without a time or body");
    }
}
