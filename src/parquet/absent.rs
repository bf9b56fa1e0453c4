//! Says that Parquet cannot be read by this build.

use std::path::Path;

use serde_json::{Map, Value};

const ABSENT: &str = "Parquet, which this program was built without (feature `table`)";

/// The names of a file's columns.
///
/// # Errors
/// Always.
pub(crate) fn columns(_: &Path) -> Result<Vec<String>, String> {
    Err(ABSENT.to_owned())
}

/// Gives every row with its number.
///
/// # Errors
/// Always.
pub(crate) fn rows(_: &Path, _: &mut dyn FnMut(Map<String, Value>, u64)) -> Result<(), String> {
    Err(ABSENT.to_owned())
}
