//! One incident as the logs of many programs: the same requests, each logged as that program logs them.
//!
//! In: rows of a fleet, and who sent each. Out: files. Always: a file holds what its program writes down of these requests and
//! nothing else, and no text but the ambiguous one. What a program does not write (a start, an agent, a status) is not there.

pub mod agents;
pub mod gateways;
pub mod talkers;

use why429::model::Time;

use crate::fleet::{Row, epoch_ms};

/// A file: its path in the folder, and what it holds.
pub type File = (String, Vec<u8>);

/// An instant of a row, as most programs write it.
pub fn iso(ms: i64) -> String {
    Time::from_micros(epoch_ms(ms) * 1_000).rfc3339()
}

/// An instant of a row in seconds.
pub fn seconds(ms: i64) -> f64 {
    epoch_ms(ms) as f64 / 1_000.0
}

/// When a row ended; all of a fleet's do.
pub fn end(row: &Row) -> i64 {
    row.end_ms.unwrap()
}

/// How long it took, in seconds.
pub fn took(row: &Row) -> f64 {
    (end(row) - row.start_ms) as f64 / 1_000.0
}

/// The rows of one agent, in order.
pub fn of_agent(rows: &[Row], agent: usize) -> Vec<&Row> {
    rows.iter().filter(|r| r.agent == agent).collect()
}

/// The agents of a fleet.
pub fn agents(rows: &[Row]) -> std::ops::Range<usize> {
    0..rows.iter().map(|r| r.agent + 1).max().unwrap_or(0)
}

/// Lines with their instants, to be written in the order of these.
#[derive(Default)]
pub struct Lines(Vec<(i64, String)>);

impl Lines {
    pub fn say(&mut self, at: i64, line: impl Into<String>) {
        self.0.push((at, line.into()));
    }

    pub fn bytes(mut self) -> Vec<u8> {
        self.0.sort_by_key(|(at, _)| *at);
        self.0.into_iter().flat_map(|(_, line)| (line + "\n").into_bytes()).collect()
    }
}

/// Lines of all rows, by their ends: for what knows of no agents.
pub fn by_end(rows: &[Row], line: impl Fn(usize, &Row) -> String) -> Vec<u8> {
    let mut lines = Lines::default();
    for (i, row) in rows.iter().enumerate() {
        lines.say(end(row), line(i, row));
    }
    lines.bytes()
}

/// A database with these tables, filled, as its program leaves it when it has ended.
pub fn database(tables: &str, fill: impl FnOnce(&rusqlite::Connection)) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    let db = rusqlite::Connection::open(&path).unwrap();
    db.execute_batch(&format!("BEGIN; {tables}")).unwrap();
    fill(&db);
    db.execute_batch("COMMIT;").unwrap();
    db.close().unwrap();
    std::fs::read(&path).unwrap()
}
