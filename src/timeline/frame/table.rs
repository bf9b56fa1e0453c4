//! The table that `timeline` writes: a row for each attempt and each usage snapshot, by pool and time.
//!
//! Columns: docs/REPORT.md. `formats/exports/timeline.rs` reads them back.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use polars::prelude::*;

use super::super::{PoolTimeline, Timeline};
use super::{Mask, TextColumn, inert_cell};
use crate::escape;
use crate::model::{Attempt, Count, Snapshot, SourceRef, TextId, Time};
use crate::snapshots::cell as snapshot_cell;

/// The version of the columns. Columns are added within it, and none goes or changes its meaning.
pub(crate) const SCHEMA: &str = "why429.timeline/v1";

/// One row.
struct Row<'a> {
    pool: &'a str,
    what: What<'a>,
}

enum What<'a> {
    /// An attempt, and the name of its agent.
    Attempt(&'a Attempt, Option<&'a str>),
    Snapshot(&'a Snapshot),
}

impl<'a> Row<'a> {
    fn attempt(&self) -> Option<&'a Attempt> {
        match self.what {
            What::Attempt(attempt, _) => Some(attempt),
            What::Snapshot(_) => None,
        }
    }

    fn snapshot(&self) -> Option<&'a Snapshot> {
        match self.what {
            What::Attempt(..) => None,
            What::Snapshot(snapshot) => Some(snapshot),
        }
    }

    fn agent(&self) -> Option<&'a str> {
        match self.what {
            What::Attempt(_, agent) => agent,
            What::Snapshot(_) => None,
        }
    }

    fn at(&self) -> Option<Time> {
        match self.what {
            What::Attempt(attempt, _) => Some(attempt.start),
            What::Snapshot(snapshot) => snapshot.captured.map(|c| c.at),
        }
    }

    fn source(&self) -> SourceRef {
        match self.what {
            What::Attempt(attempt, _) => attempt.source,
            What::Snapshot(snapshot) => snapshot.source,
        }
    }
}

/// All rows, by pool and time; a snapshot without a time comes last.
fn rows_of<'a>(timeline: &'a Timeline, names: &'a [Vec<String>], apart: &'a [String]) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    for (pool, names) in timeline.pools.iter().zip(names) {
        let name = |agent: &Option<u32>| agent.and_then(|a| names.get(a as usize)).map(String::as_str);
        let attempts = pool.attempts.iter().zip(&pool.agents).map(|(a, agent)| What::Attempt(a, name(agent)));
        let from = rows.len();
        rows.extend(attempts.chain(pool.snapshots.iter().map(What::Snapshot)).map(|what| Row { pool: &pool.id, what }));
        if !pool.snapshots.is_empty() {
            rows[from..].sort_by_key(|r| (r.at().is_none(), r.at()));
        }
    }
    let apart = timeline.snapshots_apart.iter().zip(apart);
    rows.extend(apart.map(|(snapshot, pool)| Row { pool, what: What::Snapshot(snapshot) }));
    rows
}

/// The pool that a snapshot which fits none is given: its provider and account, as far as it names them.
fn pool_of(snapshot: &Snapshot) -> String {
    let or = |name: &Option<String>, none: &str| name.clone().unwrap_or_else(|| none.to_owned());
    format!("{}/{}/*", or(&snapshot.provider, "unknown"), or(&snapshot.account, "-"))
}

/// What is written of a text that stands in many rows.
struct Texts<'m> {
    mask: Mask<'m>,
    extension: &'m str,
    masked: RefCell<HashMap<(TextColumn, String), String>>,
}

impl Texts<'_> {
    fn once(&self, column: TextColumn, text: &str) -> String {
        cell(&(self.mask)(column, text), self.extension)
    }

    /// Pools, agents and paths are few and stand in every row: each is masked once.
    fn often(&self, column: TextColumn, text: &str) -> String {
        let key = (column, text.to_owned());
        let known = self.masked.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let masked_text = self.once(column, text);
            self.masked.borrow_mut().insert(key, masked_text.clone());
            masked_text
        })
    }
}

/// The table.
pub(super) fn of(timeline: &Timeline, extension: &str, mask: Mask<'_>) -> PolarsResult<DataFrame> {
    // Parts of one pool have its id and agents of their own.
    let names: Vec<Vec<String>> = timeline.pools.iter().map(|p: &PoolTimeline| distinct(&p.agent_names)).collect();
    let apart: Vec<String> = timeline.snapshots_apart.iter().map(pool_of).collect();
    let rows = rows_of(timeline, &names, &apart);
    let texts = Texts { mask, extension, masked: RefCell::default() };
    let mut columns = vec![
        strings("schema", &rows, |_| Some(SCHEMA.to_owned())),
        strings("kind", &rows, |r| Some(if r.attempt().is_some() { "attempt" } else { "snapshot" }.to_owned())),
    ];
    columns.extend(of_attempts(timeline, &rows, &texts)?);
    columns.push(strings("snapshot", &rows, |r| r.snapshot().map(snapshot_cell::text)));
    columns.push(strings("path", &rows, |r| Some(texts.often(TextColumn::Path, timeline.path_of(r.source())))));
    columns.push(Column::new("line".into(), rows.iter().map(|r| r.source().line).collect::<Vec<_>>()));
    DataFrame::new(rows.len(), columns)
}

fn of_attempts(timeline: &Timeline, rows: &[Row<'_>], texts: &Texts<'_>) -> PolarsResult<Vec<Column>> {
    let text = |column, id: Option<TextId>| id.map(|id| texts.once(column, timeline.texts.get(id)));
    let of = |f: &dyn Fn(&Attempt) -> Option<String>| {
        rows.iter().map(|r| r.attempt().and_then(f)).collect::<Vec<Option<String>>>()
    };
    let count = |f: fn(&Attempt) -> Count| {
        rows.iter().map(|r| r.attempt().and_then(|a| f(a).get())).collect::<Vec<Option<u64>>>()
    };
    let flag = |f: fn(&Attempt) -> bool| rows.iter().map(|r| r.attempt().map(f)).collect::<Vec<Option<bool>>>();
    let number = |f: fn(&Attempt) -> Option<u32>| rows.iter().map(|r| r.attempt().and_then(f)).collect::<Vec<_>>();
    Ok(vec![
        times("start_utc", rows.iter().map(|r| r.at().map(Time::micros)).collect())?,
        times("end_utc", rows.iter().map(|r| r.attempt()?.end.map(Time::micros)).collect())?,
        strings("pool", rows, |r| Some(texts.often(TextColumn::Pool, r.pool))),
        strings("agent", rows, |r| r.agent().map(|n| texts.often(TextColumn::Agent, n))),
        Column::new("model".into(), of(&|a| text(TextColumn::Model, a.model))),
        Column::new("outcome".into(), of(&|a| Some(a.outcome.id().to_owned()))),
        Column::new("class".into(), of(&|a| Some(a.class.id().to_owned()))),
        Column::new("status".into(), number(|a| a.status.map(u32::from))),
        Column::new("error_kind".into(), of(&|a| text(TextColumn::ErrorKind, a.error_kind))),
        Column::new("error_message".into(), of(&|a| text(TextColumn::ErrorMessage, a.error_message))),
        Column::new("input_tokens".into(), count(|a| a.tokens.input)),
        Column::new("output_tokens".into(), count(|a| a.tokens.output)),
        Column::new("cache_read_tokens".into(), count(|a| a.tokens.cache_read)),
        Column::new("cache_write_tokens".into(), count(|a| a.tokens.cache_write)),
        Column::new(
            "retry_after_s".into(),
            rows.iter().map(|r| r.attempt()?.retry_after_s()).collect::<Vec<Option<f32>>>(),
        ),
        Column::new("request_id".into(), of(&|a| text(TextColumn::RequestId, a.request_id))),
        Column::new("fidelity".into(), of(&|a| Some(a.fidelity.id().to_owned()))),
        Column::new("requests_at_most".into(), number(|a| Some(u32::from(a.at_most)))),
        Column::new("local_limit".into(), of(&|a| a.local_limit.map(|l| l.id().to_owned()))),
        Column::new("start_read".into(), flag(|a| a.start_read)),
        Column::new("ended_work".into(), flag(|a| a.ended_work)),
    ])
}

fn strings(name: &str, rows: &[Row<'_>], f: impl Fn(&Row<'_>) -> Option<String>) -> Column {
    Column::new(name.into(), rows.iter().map(f).collect::<Vec<Option<String>>>())
}

fn times(name: &str, values: Vec<Option<i64>>) -> PolarsResult<Column> {
    Column::new(name.into(), values).cast(&DataType::Datetime(TimeUnit::Microseconds, None))
}

/// Names of agents that are shortened may be equal: the second one is numbered, so that who reads the table parts them too.
fn distinct(names: &[String]) -> Vec<String> {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let numbered = names.iter().map(|name| {
        let n = seen.entry(name).or_insert(0);
        *n += 1;
        if *n == 1 { name.clone() } else { format!("{name} ({n})") }
    });
    numbered.collect()
}

/// A text as it stands in a table of this kind. What a terminal acts on becomes visible (`\u{1b}`) where the form lets it
/// through: in CSV all but line ends, which are quoted; in JSON what is behind ASCII. Parquet is no text.
fn cell(text: &str, extension: &str) -> String {
    let csv = extension == "csv";
    let let_through = |c: char| if csv { c != '\n' } else { extension == "jsonl" && c >= '\u{7f}' };
    let acts = |c: char| let_through(c) && escape::acts_on_a_terminal(c);
    let text = if csv { inert_cell(text) } else { Cow::Borrowed(text) };
    let mut escaped = String::with_capacity(text.len());
    text.chars().for_each(|c| if acts(c) { escaped.extend(c.escape_unicode()) } else { escaped.push(c) });
    escaped
}
