//! From paths to parsed files: discover, decode, recognise, parse.
//!
//! In: files, folders and `-`. Out: one [`InputFile`] for each file, in path order. Always: a file that cannot be read
//! costs nothing but itself; no file is in memory whole, apart from files of bodies up to 4 MiB; the result does not
//! depend on the number of threads or the order of the arguments.

mod blanks;
mod chunks;
mod counting_reader;
mod database;
pub mod decode;
pub mod detect;
pub mod discover;
#[cfg(test)]
mod fake;
mod frames;
mod label;
pub mod lines;
mod one;
mod outline;
mod parquet;
mod parse;
pub mod progress;
mod threads;
mod unknown;
mod utf16;
mod zstd;

use std::path::PathBuf;
use std::sync::Arc;

use crate::formats::Parsed;
use crate::formats::budget::Budget;
use crate::input::progress::{Progress, Quiet};
use crate::model::{FileId, Problem, Snapshot, Time};
use detect::Recognise;
use discover::InputPath;
use threads::Threads;
pub use unknown::LOOKS_LIKE_LOG;

/// One input and what was found in it.
#[derive(Clone, Debug)]
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
    /// Problems with the file as a whole; those of a log's lines are in `parsed`.
    pub problems: Vec<Problem>,
    /// The file could not be opened or read (exit code 1).
    pub unreadable: bool,
}

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct ReadOptions {
    /// Threads; 0 means as many as cores.
    pub jobs: usize,
    /// Compute SHA-256.
    pub hash: bool,
    /// Whether a snapshot's time may come from its file's modification time.
    pub file_times: bool,
    /// Zone for zoneless times in the names of snapshot files.
    pub zone: Option<crate::model::Zone>,
    /// What the user named for stamps that are not whole.
    pub named: crate::formats::Named,
    /// Names of a team's own JSON or CSV: field and key.
    pub map: Vec<(String, String)>,
    /// Files that were last written before this hold nothing that matters, and are not opened. A file's time is only an upper
    /// bound here: no line in it is later.
    pub not_before: Option<Time>,
    /// Bytes of the end of a large file that are enough, where its lines say everything by themselves.
    pub newest: Option<u64>,
    /// Attempts and snapshots that are kept at most, of all files.
    pub max_attempts: u64,
}

/// What was below the paths.
#[derive(Debug, Default)]
pub struct Inputs {
    /// The files that were read, in path order.
    pub files: Vec<InputFile>,
    /// How many were not opened, as they are too old to matter.
    pub unread: u64,
}

/// Reads everything below the paths. Answers in path order, whatever the number of threads.
pub fn read(paths: &[PathBuf], options: &ReadOptions, progress: &dyn Progress) -> Inputs {
    read_as(paths, options, progress, &crate::formats::recognise)
}

fn read_as(paths: &[PathBuf], options: &ReadOptions, progress: &dyn Progress, recognise: &Recognise) -> Inputs {
    let mut inputs = discover::discover(paths);
    let all = inputs.len();
    let is_old = |f: &discover::InputPath| options.not_before.zip(f.modified).is_some_and(|(from, at)| at < from);
    inputs.retain(|f| !is_old(f));
    let unread = (all - inputs.len()) as u64;
    progress.add_total(inputs.iter().map(|f| f.bytes).sum());
    let budget = Arc::new(Budget::new(options.max_attempts));
    let threads = Threads::new(options.jobs);
    let reader = one::Reader { options, progress, recognise, budget: &budget, threads: &threads, in_order: false };
    let files = threads.each(inputs.clone(), |n, f| reader.read(FileId(u32::try_from(n).unwrap_or(u32::MAX)), f));
    let files = if budget.is_exceeded() { read_in_order(inputs, files, &reader) } else { files };
    Inputs { files, unread }
}

/// Reads all files again, one after the other, so that what is kept of too much does not depend on threads: it is the first
/// in the order of paths. What standard input held stays, as it is there once.
fn read_in_order(inputs: Vec<InputPath>, files: Vec<InputFile>, reader: &one::Reader<'_>) -> Vec<InputFile> {
    let once = files.into_iter().find(|i| i.path == "-");
    let taken = once.as_ref().map_or(0, |i| i.parsed.attempts.len() + i.parsed.snapshots.len()) as u64;
    let budget = Arc::new(Budget::new(reader.options.max_attempts.saturating_sub(taken)));
    let reader = one::Reader { progress: &Quiet, budget: &budget, in_order: true, ..*reader };
    let mut once = once;
    let numbered = inputs.into_iter().enumerate();
    let again = numbered.map(|(n, f)| {
        let stdin = if f.path == "-" { once.take() } else { None };
        stdin.unwrap_or_else(|| reader.read(FileId(u32::try_from(n).unwrap_or(u32::MAX)), f))
    });
    again.collect()
}

#[cfg(test)]
mod tests;
