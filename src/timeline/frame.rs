//! The polars door: per-minute counts, rolling token sums, the export, and Parquet read back. A polars bump touches this file
//! and `frame/` alone.
//!
//! Group-bys use the stable variant and every answer is sorted, so that threads leave no trace in the order.

mod read;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use polars::prelude::*;
use thiserror::Error;

use super::{PoolTimeline, Timeline};
use crate::model::{Attempt, Count, Outcome, TextId, Time};
use crate::output;
use crate::report::escape;

pub(crate) use read::{columns, rows};

const MINUTE_US: i64 = 60_000_000;

/// Counts of one pool in one minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minute {
    /// Minutes since the epoch.
    pub minute: i64,
    /// Admissions that started in it.
    pub admitted: u32,
    /// Refusals that started in it.
    pub refused: u32,
    /// Tokens of its admissions.
    pub tokens: u64,
    /// Tokens of the admissions in the window that ends with it.
    pub tokens_in_window: u64,
}

/// A column that holds texts of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextColumn {
    /// `provider/account/model`.
    Pool,
    /// Session and agent.
    Lane,
    /// Model.
    Model,
    /// Type or code of an error.
    ErrorKind,
    /// Text of an error.
    ErrorMessage,
    /// The id that the provider gave the request.
    RequestId,
    /// Path of an input.
    Path,
}

/// Takes out of a text of a column what must not be written.
pub type Mask<'m> = &'m dyn Fn(TextColumn, &str) -> String;

/// Why an export was not written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// Only three extensions are known.
    #[error("cannot tell what to write to {0}: use .parquet, .csv or .jsonl.")]
    UnknownExtension(PathBuf),
    /// The file could not be written.
    #[error("{path}: {reason}.")]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
}

/// Counts by minute, in order, with rolling sums of tokens over each of the windows (in minutes). Minutes without attempts
/// are absent. Empty answers when polars refuses (it never does for these columns).
pub fn per_minute(pool: &PoolTimeline, windows: &[u32]) -> Vec<Vec<Minute>> {
    let sums = minute_sums(pool);
    windows.iter().map(|w| sums.as_ref().ok().and_then(|s| rolling(s, *w).ok()).unwrap_or_default()).collect()
}

fn minute_sums(pool: &PoolTimeline) -> PolarsResult<DataFrame> {
    let attempts = &pool.attempts;
    let flag = |keep: Outcome| -> Vec<u32> { attempts.iter().map(|a| u32::from(a.outcome == keep)).collect() };
    let tokens = |a: &Attempt| if a.is_admitted() { a.tokens.total().unwrap_or(0) } else { 0 };
    let frame = DataFrame::new(
        attempts.len(),
        vec![
            Column::new("minute".into(), attempts.iter().map(|a| minute_of(a.start)).collect::<Vec<i64>>()),
            Column::new("admitted".into(), flag(Outcome::Admitted)),
            Column::new("refused".into(), flag(Outcome::Refused)),
            Column::new("tokens".into(), attempts.iter().map(tokens).collect::<Vec<u64>>()),
        ],
    )?;
    let sums = summed(&frame, "minute", &["admitted", "refused", "tokens"])?;
    sums.sort(["minute"], SortMultipleOptions::default())
}

fn rolling(sums: &DataFrame, window_minutes: u32) -> PolarsResult<Vec<Minute>> {
    let by = sums.column("minute")?.as_materialized_series().clone();
    let options = RollingOptionsDynamicWindow {
        window_size: Duration::try_parse(&format!("{window_minutes}i"))?,
        min_periods: 1,
        closed_window: ClosedWindow::Right,
        fn_params: None,
    };
    let rolling = sums.column("tokens_sum")?.as_materialized_series().rolling_sum_by(&by, options)?;
    let (minute, admitted) = (by.i64()?, sums.column("admitted_sum")?.u32()?);
    let (refused, tokens, rolling) =
        (sums.column("refused_sum")?.u32()?, sums.column("tokens_sum")?.u64()?, rolling.u64()?);
    let at = |i: usize| {
        Some(Minute {
            minute: minute.get(i)?,
            admitted: admitted.get(i)?,
            refused: refused.get(i)?,
            tokens: tokens.get(i)?,
            tokens_in_window: rolling.get(i)?,
        })
    };
    Ok((0..sums.height()).filter_map(at).collect())
}

/// Sums of columns by key. The eager call is deprecated in favour of the lazy engine, which would draw a network stack
/// into the tree (docs/DEPENDENCIES.md).
#[expect(deprecated, reason = "the lazy engine brings a network stack")]
fn summed(frame: &DataFrame, by: &str, columns: &[&str]) -> PolarsResult<DataFrame> {
    frame.group_by_stable([by])?.select(columns.iter().copied()).sum()
}

fn minute_of(t: Time) -> i64 {
    t.micros().div_euclid(MINUTE_US)
}

/// Writes all attempts to a `.parquet`, `.csv` or `.jsonl` file, ordered by pool and start. Columns: docs/REPORT.md.
/// Every text from a log goes through `mask` first.
///
/// # Errors
/// When the extension is another one or the file cannot be written.
pub fn export(timeline: &Timeline, path: &Path, mask: Mask<'_>) -> Result<(), ExportError> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
    if !["parquet", "csv", "jsonl"].contains(&extension.as_str()) {
        return Err(ExportError::UnknownExtension(path.to_owned()));
    }
    let failed = |reason: String| ExportError::Write { path: path.to_owned(), reason };
    let mut frame = table(timeline, &extension, mask).map_err(|e| failed(e.to_string()))?;
    let written = output::write(path, &mut |out| {
        let mut out = Whole(out);
        let written = match extension.as_str() {
            "parquet" => ParquetWriter::new(&mut out).finish(&mut frame).map(|_| ()),
            "csv" => CsvWriter::new(&mut out).finish(&mut frame),
            _ => JsonWriter::new(&mut out).with_json_format(JsonFormat::JsonLines).finish(&mut frame),
        };
        written.map_err(|e| io::Error::other(e.to_string()))
    });
    written.map_err(|e| failed(e.to_string()))
}

/// A writer of a known size, as polars wants it.
struct Whole<'w>(&'w mut dyn Write);

impl Write for Whole<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// An attempt with its pool and the name of its agent.
type Row<'a> = (&'a PoolTimeline, &'a Attempt, Option<&'a str>);

fn rows_of<'a>(pool: &'a PoolTimeline, names: &'a [String]) -> Vec<Row<'a>> {
    let name = |lane: &Option<u32>| lane.and_then(|l| names.get(l as usize)).map(String::as_str);
    pool.attempts.iter().zip(&pool.lanes).map(|(a, lane)| (pool, a, name(lane))).collect()
}

fn table(timeline: &Timeline, extension: &str, mask: Mask<'_>) -> PolarsResult<DataFrame> {
    // Parts of one pool have its id and agents of their own.
    let names: Vec<Vec<String>> = timeline.pools.iter().map(|p| distinct(&p.lane_names)).collect();
    let rows: Vec<Row<'_>> = timeline.pools.iter().zip(&names).flat_map(|(p, names)| rows_of(p, names)).collect();
    let text = |column, id: Option<TextId>| id.map(|id| cell(&mask(column, timeline.texts.get(id)), extension));
    // Pools, lanes and paths are few and stand in every row: each is masked once.
    let masked: RefCell<HashMap<(TextColumn, String), String>> = RefCell::default();
    let told = |column: TextColumn, text: &str| {
        let key = (column, text.to_owned());
        let known = masked.borrow().get(&key).cloned();
        known.unwrap_or_else(|| {
            let told = cell(&mask(column, text), extension);
            masked.borrow_mut().insert(key, told.clone());
            told
        })
    };
    let strings = |f: &dyn Fn(&Row<'_>) -> Option<String>| -> Vec<Option<String>> { rows.iter().map(f).collect() };
    let count = |f: fn(&Attempt) -> Count| rows.iter().map(|(_, a, _)| f(a).get()).collect::<Vec<Option<u64>>>();
    let times = |name: &str, values: Vec<Option<i64>>| -> PolarsResult<Column> {
        Column::new(name.into(), values).cast(&DataType::Datetime(TimeUnit::Microseconds, None))
    };
    let height = rows.len();
    DataFrame::new(
        height,
        vec![
            times("start_utc", rows.iter().map(|(_, a, _)| Some(a.start.micros())).collect())?,
            times("end_utc", rows.iter().map(|(_, a, _)| a.end.map(Time::micros)).collect())?,
            Column::new("pool".into(), strings(&|(p, _, _)| Some(told(TextColumn::Pool, &p.id)))),
            Column::new("lane".into(), strings(&|(_, _, agent)| agent.map(|n| told(TextColumn::Lane, n)))),
            Column::new("model".into(), strings(&|(_, a, _)| text(TextColumn::Model, a.model))),
            Column::new("outcome".into(), strings(&|(_, a, _)| Some(a.outcome.id().to_owned()))),
            Column::new("class".into(), strings(&|(_, a, _)| Some(a.class.id().to_owned()))),
            Column::new("status".into(), rows.iter().map(|(_, a, _)| a.status.map(u32::from)).collect::<Vec<_>>()),
            Column::new("error_kind".into(), strings(&|(_, a, _)| text(TextColumn::ErrorKind, a.error_kind))),
            Column::new("error_message".into(), strings(&|(_, a, _)| text(TextColumn::ErrorMessage, a.error_message))),
            Column::new("input_tokens".into(), count(|a| a.tokens.input)),
            Column::new("output_tokens".into(), count(|a| a.tokens.output)),
            Column::new("cache_read_tokens".into(), count(|a| a.tokens.cache_read)),
            Column::new("cache_write_tokens".into(), count(|a| a.tokens.cache_write)),
            Column::new("retry_after_s".into(), rows.iter().map(|(_, a, _)| a.retry_after_s()).collect::<Vec<_>>()),
            Column::new("request_id".into(), strings(&|(_, a, _)| text(TextColumn::RequestId, a.request_id))),
            Column::new("fidelity".into(), strings(&|(_, a, _)| Some(a.fidelity.id().to_owned()))),
            Column::new(
                "requests_at_most".into(),
                rows.iter().map(|(_, a, _)| u32::from(a.at_most)).collect::<Vec<_>>(),
            ),
            Column::new("start_read".into(), rows.iter().map(|(_, a, _)| a.start_read).collect::<Vec<_>>()),
            Column::new("ended_work".into(), rows.iter().map(|(_, a, _)| a.ended_work).collect::<Vec<_>>()),
            Column::new("path".into(), strings(&|(_, a, _)| Some(told(TextColumn::Path, timeline.path_of(a.source))))),
            Column::new("line".into(), rows.iter().map(|(_, a, _)| a.source.line).collect::<Vec<_>>()),
        ],
    )
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
    let mut told = String::with_capacity(text.len());
    text.chars().for_each(|c| if acts(c) { told.extend(c.escape_unicode()) } else { told.push(c) });
    told
}

/// A cell of CSV that a spreadsheet would take for a formula gets an apostrophe before it.
pub fn inert_cell(text: &str) -> Cow<'_, str> {
    let shown = text.trim_start_matches(|c: char| c.is_whitespace() || escape::is_hidden(c));
    // Spreadsheets take the full-width forms for the plain ones.
    let is_formula = shown.starts_with(['=', '+', '-', '@', '\u{FF1D}', '\u{FF0B}', '\u{FF0D}', '\u{FF20}']);
    if is_formula || text.starts_with(['\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}
