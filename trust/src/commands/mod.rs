//! What can be asked for.

pub mod accuracy;
pub mod fit;
mod gap;
pub mod score;

use std::path::{Path, PathBuf};

/// Why a command did not end well.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// Incidents could not be drawn.
    #[error(transparent)]
    Simulate(#[from] crate::simulate::SimulateError),
    /// A file could not be read or written.
    #[error("{}: {source}.", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: {reason}.", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The figures fell.
    #[error("{0}")]
    Worse(String),
}

/// The repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(PathBuf::new, Path::to_owned)
}

/// Reads a file.
///
/// # Errors
/// With its path.
pub fn text_of(path: &Path) -> Result<String, CommandError> {
    std::fs::read_to_string(path).map_err(|source| CommandError::File { path: path.to_owned(), source })
}

/// Writes a file.
///
/// # Errors
/// With its path.
pub fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    std::fs::write(path, text).map_err(|source| CommandError::File { path: path.to_owned(), source })
}
