//! Databases: formats whose files are SQLite and not lines.
//!
//! In: a read-only connection to a private copy, made by [`crate::input`], and where the database lay. Out: attempts,
//! snapshots and problems, as of a log. A record's "line" is its row's id. To add one, write a [`DatabaseFormat`] and add
//! a line to [`super::DATABASES`].

use std::collections::BTreeMap;

use rusqlite::Connection;

use super::{FormatInfo, Place, Sink};

/// The tables of a database, without views and virtual tables, and their columns.
#[derive(Debug, Default)]
pub struct Schema {
    tables: BTreeMap<String, Vec<String>>,
}

impl Schema {
    /// Reads the schema.
    ///
    /// # Errors
    /// What SQLite says of a file that is no database or is damaged.
    pub fn of(db: &Connection) -> rusqlite::Result<Self> {
        let mut named =
            db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE 'CREATE TABLE%'")?;
        let names: Vec<String> = named.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        let mut tables = BTreeMap::new();
        for name in names {
            let mut described = db.prepare("SELECT name FROM pragma_table_info(?1)")?;
            let columns = described.query_map([&name], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
            tables.insert(name, columns);
        }
        Ok(Self { tables })
    }

    /// Whether it has the table.
    pub fn has(&self, table: &str) -> bool {
        self.tables.contains_key(table)
    }

    /// Whether it has any table.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty()
    }

    /// How many of these columns the table has.
    pub fn count(&self, table: &str, columns: &[&str]) -> usize {
        let has = |column: &&&str| self.tables.get(table).is_some_and(|t| t.iter().any(|c| c == **column));
        columns.iter().filter(has).count()
    }
}

/// One kind of database.
pub trait DatabaseFormat: Sync {
    /// What `why429 formats` and the docs show of it.
    fn info(&self) -> &'static FormatInfo;
    /// Whether this is it, by its tables. Loosely: a renamed column must not hide it.
    fn recognises(&self, schema: &Schema) -> bool;
    /// Table and columns without which nothing can be read. Where one is missing the database gives an alarm instead of records.
    fn needs(&self) -> &'static [(&'static str, &'static str)];
    /// Reads all records. `schema` has all that `needs` names.
    ///
    /// # Errors
    /// What SQLite says; what came before is kept.
    fn read(&self, db: &Connection, place: &Place, sink: &mut Sink) -> rusqlite::Result<()>;
}

/// Reads a database as what it was recognised to be.
///
/// # Errors
/// What SQLite says; what came before is kept in the sink.
pub fn read(
    format: &dyn DatabaseFormat,
    schema: &Schema,
    db: &Connection,
    place: &Place,
    sink: &mut Sink,
) -> rusqlite::Result<()> {
    let mut complete = true;
    for (table, column) in format.needs() {
        let there = schema.count(table, &[column]) == 1;
        sink.need(0, column, there);
        complete &= there;
    }
    if complete { format.read(db, place, sink) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{database, read_database};
    use crate::formats::{codex, opencode};

    /// A table that was copied out of its database, or made by hand as the documents describe it.
    #[test]
    fn an_extract_is_known_by_its_columns() {
        let turns = "CREATE TABLE thread_turns (thread_id TEXT, turn_id TEXT, status TEXT, error_json TEXT, started_at INTEGER, completed_at INTEGER, duration_ms INTEGER);\
            INSERT INTO thread_turns VALUES ('t', 'u', 'failed', '{\"message\":\"You''ve hit your usage limit.\",\"codexErrorInfo\":\"usageLimitExceeded\"}', 1772554740, 1772554741, 268);";
        assert_eq!(read_database(&codex::turns_db::CodexTurnsDb, &database(turns)).attempts.len(), 1);
        let messages = "CREATE TABLE session (id TEXT); CREATE TABLE message (id TEXT, session_id TEXT, time_created INTEGER, data TEXT);\
            INSERT INTO message VALUES ('m', 's', 1777891200000, '{\"role\":\"assistant\",\"modelID\":\"k\",\"providerID\":\"moonshot\",\"tokens\":{\"input\":1,\"output\":2},\"time\":{\"created\":1777891200000,\"completed\":1777891203000},\"finish\":\"stop\"}');";
        assert_eq!(read_database(&opencode::db::OpencodeDb, &database(messages)).attempts.len(), 1);
        let other = Schema::of(&database("CREATE TABLE session (id TEXT); CREATE TABLE message (id TEXT, body TEXT);"));
        assert!(super::super::DATABASES.iter().all(|f| !f.recognises(other.as_ref().unwrap())));
    }
}
