//! From paths to parsed files: discover, decode, recognise, parse.

use std::path::PathBuf;

use crate::formats::Parsed;
use crate::model::{Problem, Snapshot};

/// One input and what was found in it.
#[derive(Debug)]
pub struct InputFile {
    /// Path relative to the argument it was found under, with `/`; `-` for standard input.
    pub path: String,
    /// Bytes as stored.
    pub bytes: u64,
    /// SHA-256 in hex, when asked for.
    pub sha256: Option<String>,
    /// Id of the log or snapshot format, if one recognised it.
    pub format: Option<&'static str>,
    /// The log format, if it is a log.
    pub log: Option<&'static crate::formats::FormatInfo>,
    /// What a log held (empty for snapshots).
    pub parsed: Parsed,
    /// What a snapshot file held.
    pub snapshots: Vec<Snapshot>,
    /// Problems with the file as a whole; those of a log's lines stand in `parsed`.
    pub problems: Vec<Problem>,
    /// The file could not be opened or read (exit code 1).
    pub unreadable: bool,
}

/// How to read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// Threads; 0 means as many as cores.
    pub jobs: usize,
    /// Compute SHA-256.
    pub hash: bool,
    /// Whether a snapshot's time may come from its file's modification time.
    pub file_times: bool,
    /// Zone for zoneless times in the names of snapshot files.
    pub zone: Option<crate::model::Zone>,
}

/// Reads everything below the paths. Answers in path order, whatever the number of threads.
pub fn read(paths: &[PathBuf], options: &ReadOptions, progress: &dyn crate::pipeline::Progress) -> Vec<InputFile> {
    let _ = (paths, options, progress);
    unimplemented!()
}
