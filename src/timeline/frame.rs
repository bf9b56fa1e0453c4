//! The export of a timeline as a table: attempts and snapshots, as Parquet, CSV or JSON lines, by polars. With `parquet/`,
//! which reads tables back, it is all that a polars bump touches; a program without the feature `table` has neither.

#[cfg(feature = "table")]
mod table;

use std::borrow::Cow;
#[cfg(feature = "table")]
use std::io::{self, Write};
use std::path::{Path, PathBuf};

#[cfg(feature = "table")]
use polars::prelude::*;
use thiserror::Error;

use super::Timeline;
use crate::escape;
#[cfg(feature = "table")]
use crate::output;

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

/// Writes all attempts and snapshots to a `.parquet`, `.csv` or `.jsonl` file, ordered by pool and start. Columns: docs/REPORT.md.
/// Every text from a log goes through `mask` first.
///
/// # Errors
/// When the extension is another one, the file cannot be written, or the program is built without tables.
pub fn export(timeline: &Timeline, path: &Path, mask: Mask<'_>) -> Result<(), ExportError> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
    if !["parquet", "csv", "jsonl"].contains(&extension.as_str()) {
        return Err(ExportError::UnknownExtension(path.to_owned()));
    }
    write(timeline, path, &extension, mask).map_err(|reason| ExportError::Write { path: path.to_owned(), reason })
}

#[cfg(not(feature = "table"))]
fn write(_: &Timeline, _: &Path, _: &str, _: Mask<'_>) -> Result<(), String> {
    Err("tables cannot be written by this program, which was built without them (feature `table`)".to_owned())
}

#[cfg(feature = "table")]
fn write(timeline: &Timeline, path: &Path, extension: &str, mask: Mask<'_>) -> Result<(), String> {
    let mut frame = table::of(timeline, extension, mask).map_err(|e| e.to_string())?;
    let written = output::write(path, &mut |out| {
        let mut out = Whole(out);
        let written = match extension {
            "parquet" => ParquetWriter::new(&mut out).finish(&mut frame).map(|_| ()),
            "csv" => CsvWriter::new(&mut out).finish(&mut frame),
            _ => JsonWriter::new(&mut out).with_json_format(JsonFormat::JsonLines).finish(&mut frame),
        };
        written.map_err(|e| io::Error::other(e.to_string()))
    });
    written.map_err(|e| e.to_string())
}

/// A writer of a known size, as polars wants it.
#[cfg(feature = "table")]
struct Whole<'w>(&'w mut dyn Write);

#[cfg(feature = "table")]
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
