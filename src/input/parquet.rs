//! Reads a Parquet file: an export whose columns are known.
//!
//! In: the path of a file that begins with Parquet's magic bytes. Out: what the export's reader found. A record's "line" is
//! its row's number.

use std::path::Path;
use std::sync::Arc;

use super::InputFile;
use crate::formats::budget::Budget;
use crate::formats::{Sink, exports};
use crate::model::{FileId, Problem};
use crate::parquet;

/// The first bytes of every Parquet file.
pub const MAGIC: &[u8] = b"PAR1";

/// Columns that are named where none of the exports fits.
const NAMED: usize = 12;

/// Reads the file at `path` into `input`.
pub fn read(input: &mut InputFile, file: FileId, path: &Path, budget: &Arc<Budget>) {
    if let Err(reason) = rows(input, file, path, budget) {
        input.problems.push(Problem { line: 0, reason, count: 1 });
    }
}

fn rows(input: &mut InputFile, file: FileId, path: &Path, budget: &Arc<Budget>) -> Result<(), String> {
    let names = parquet::columns(path)?;
    let Some(export) = exports::of_columns(&exports::Keys::of(names.iter().cloned())) else {
        let more = if names.len() > NAMED { ", ..." } else { "" };
        let named: Vec<&str> = names.iter().take(NAMED).map(String::as_str).collect();
        return Err(format!(
            "Parquet of no known export (columns {}{more}); it reads what timeline, Langfuse, LangSmith, Phoenix and Helicone write",
            named.join(", ")
        ));
    };
    let info = crate::formats::LogFormat::info(export);
    input.format = Some(info.id);
    input.log = Some(info);
    let mut sink = Sink::new(file, info).within(budget);
    let mut reader = export.reader();
    let read = parquet::rows(path, &mut |fields, line| reader.row(&exports::Row { fields, line }, &mut sink));
    reader.finish(&mut sink);
    input.parsed = sink.into_parsed();
    input.note_budget();
    read
}
