//! From attempts of many files to one timeline per pool.

use std::path::Path;

/// Stub.
#[derive(Debug)]
pub struct Timeline;

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
#[error("the export is not built in")]
pub struct ExportError;

/// Stub: writes the attempts as a table; the extension decides the format.
///
/// # Errors
/// Always, until it is written.
pub fn export(timeline: &Timeline, path: &Path) -> Result<(), ExportError> {
    let _ = (timeline, path);
    Err(ExportError)
}
