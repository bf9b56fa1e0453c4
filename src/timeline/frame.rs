//! Per-minute counts, rolling token sums and the export, by polars. With `parquet.rs`, which reads tables back, it is all that a
//! polars bump touches.
//!
//! Group-bys use the stable variant and every answer is sorted, so that threads leave no trace in the order.

mod table;

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use polars::prelude::*;
use thiserror::Error;

use super::{PoolTimeline, Timeline};
use crate::escape;
use crate::model::{Attempt, Outcome, Time};
use crate::output;

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
    Agent,
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

/// Writes all attempts and snapshots to a `.parquet`, `.csv` or `.jsonl` file, ordered by pool and start. Columns: docs/REPORT.md.
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
    let mut frame = table::of(timeline, &extension, mask).map_err(|e| failed(e.to_string()))?;
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
