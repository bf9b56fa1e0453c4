//! The sentence of the architecture as code, one line a stage.

use std::path::PathBuf;

use crate::model::{Time, Zone};
use crate::report::document::Document;
use crate::timeline::Timeline;

/// What a run is asked for. The library reads no clock, environment or configuration: all of it is here.
#[derive(Debug, Clone)]
pub struct Options {
    /// Zone of stamps that carry none, and of the times that people read. `None`: not given.
    pub zone: Option<Zone>,
    /// Label for attempts whose log names no provider.
    pub provider: Option<String>,
    /// Label for attempts whose log names no account.
    pub account: Option<String>,
    /// Report only episodes that end at or after this.
    pub since: Option<Time>,
    /// Report only episodes that begin at or before this.
    pub until: Option<Time>,
    /// "Now", if given; relative times count from it.
    pub now: Option<Time>,
    /// Threads for reading; 0 means as many as there are cores. The result does not depend on it.
    pub jobs: usize,
    /// Compute SHA-256 of every input.
    pub hash: bool,
    /// Whether a snapshot's time may come from its file's modification time when nothing better is known.
    pub file_times: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            zone: None,
            provider: None,
            account: None,
            since: None,
            until: None,
            now: None,
            jobs: 0,
            hash: false,
            file_times: true,
        }
    }
}

/// What a run made.
#[derive(Debug)]
pub struct Analysis {
    /// The report.
    pub document: Document,
    /// The normalised attempts, for export.
    pub timeline: Timeline,
    /// Files that could not be read at all (exit code 1).
    pub unreadable: u64,
    /// Inputs that some format recognised (0: exit code 3).
    pub recognised: u64,
}

/// Told while reading, for a progress bar.
pub trait Progress: Sync {
    /// So many bytes of input were found.
    fn found(&self, bytes: u64);
    /// So many bytes more were read.
    fn read(&self, bytes: u64);
}

/// No progress bar.
#[derive(Debug, Clone, Copy)]
pub struct Quiet;

impl Progress for Quiet {
    fn found(&self, _: u64) {}
    fn read(&self, _: u64) {}
}

/// Runs all stages over files and folders (`-` is standard input).
pub fn run(paths: &[PathBuf], options: &Options, progress: &dyn Progress) -> Analysis {
    let _ = (paths, options, progress);
    unimplemented!()
}
