//! Rows of a Parquet file, as plain JSON values.
//!
//! In: a file. Out: its columns' names, then its rows, some thousands at a time. Always: columns of prompts and answers are
//! not read; stamps become RFC 3339 in UTC, as these exports mean them.

use std::fs::File;
use std::path::Path;

use polars::prelude::*;
use serde_json::{Map, Value};

use crate::model::Time;

/// Rows that stand in memory at once.
const AT_ONCE: usize = 20_000;

/// Ends of the names of columns that hold prompts and answers; the largest part of such files.
const SPOKEN: &[&str] = &[
    "input",
    "output",
    "inputs",
    "outputs",
    "input.value",
    "output.value",
    "input_messages",
    "output_messages",
    "messages",
    "prompt",
    "completion",
    "request_body",
];

/// The names of a file's columns.
///
/// # Errors
/// What is wrong with the file, without its path.
pub(crate) fn columns(path: &Path) -> Result<Vec<String>, String> {
    let schema = open(path)?.schema().map_err(|e| words(&e))?;
    Ok(schema.iter_names().map(ToString::to_string).collect())
}

/// Gives every row with its number, from 1.
///
/// # Errors
/// What is wrong with the file, without its path; rows before it were given.
pub(crate) fn rows(path: &Path, row: &mut dyn FnMut(Map<String, Value>, u64)) -> Result<(), String> {
    let all = columns(path)?;
    let is_spoken =
        |name: &String| SPOKEN.iter().any(|s| name == s || name.strip_suffix(s).is_some_and(|n| n.ends_with('.')));
    let wanted: Vec<String> = all.into_iter().filter(|n| !is_spoken(n)).collect();
    let height = open(path)?.num_rows().map_err(|e| words(&e))?;
    for from in (0..height).step_by(AT_ONCE) {
        let reader = open(path)?.with_columns(Some(wanted.clone())).with_slice(Some((from, AT_ONCE)));
        let frame = reader.finish().map_err(|e| words(&e))?;
        for i in 0..frame.height() {
            let named = frame.columns().iter().map(|c| (c.name().to_string(), c.get(i).map_or(Value::Null, value)));
            row(named.filter(|(_, v)| !v.is_null()).collect(), (from + i + 1) as u64);
        }
    }
    Ok(())
}

fn open(path: &Path) -> Result<ParquetReader<File>, String> {
    File::open(path).map(ParquetReader::new).map_err(|e| format!("cannot be opened ({})", e.kind()))
}

/// What polars says, in one line.
fn words(error: &PolarsError) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or("");
    format!("Parquet that cannot be read: {}", line.get(..line.floor_char_boundary(160)).unwrap_or(line))
}

fn value(cell: AnyValue<'_>) -> Value {
    match cell {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(b) => Value::Bool(b),
        AnyValue::String(s) => Value::String(s.to_owned()),
        AnyValue::StringOwned(s) => Value::String(s.to_string()),
        AnyValue::Datetime(n, unit, _) => stamp(n, unit),
        AnyValue::DatetimeOwned(n, unit, _) => stamp(n, unit),
        AnyValue::List(all) => Value::Array(all.iter().map(value).collect()),
        AnyValue::StructOwned(parts) => {
            let (values, fields) = *parts;
            Value::Object(fields.iter().zip(values).map(|(f, v)| (f.name().to_string(), value(v))).collect())
        }
        AnyValue::Struct(..) => value(cell.into_static()),
        AnyValue::Binary(bytes) => Value::String(String::from_utf8_lossy(bytes).into_owned()),
        AnyValue::BinaryOwned(bytes) => Value::String(String::from_utf8_lossy(&bytes).into_owned()),
        AnyValue::Categorical(..) | AnyValue::CategoricalOwned(..) | AnyValue::Enum(..) | AnyValue::EnumOwned(..) => {
            Value::String(cell.str_value().into_owned())
        }
        AnyValue::UInt64(n) => n.into(),
        AnyValue::Int64(n) => n.into(),
        other => other.try_extract::<f64>().ok().and_then(number).unwrap_or(Value::Null),
    }
}

/// A whole number as one, so that a count is no `12.0`.
fn number(n: f64) -> Option<Value> {
    let whole = n.fract() == 0.0 && n.abs() < 9.0e15;
    if whole { Some(Value::from(n as i64)) } else { serde_json::Number::from_f64(n).map(Value::Number) }
}

fn stamp(n: i64, unit: TimeUnit) -> Value {
    let micros = match unit {
        TimeUnit::Nanoseconds => n.div_euclid(1000),
        TimeUnit::Microseconds => n,
        TimeUnit::Milliseconds => n.saturating_mul(1000),
    };
    let at = Time::from_micros(micros).utc();
    at.map_or(Value::Null, |t| Value::String(t.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)))
}
