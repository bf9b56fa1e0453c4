//! How far reading has come, reported to whoever draws a bar. The library draws none.

/// Receives progress while reading, for a progress bar.
pub trait Progress: Sync {
    /// So many bytes of input were found.
    fn add_total(&self, bytes: u64);
    /// So many bytes more were read.
    fn read(&self, bytes: u64);
}

/// No progress bar.
#[derive(Debug, Clone, Copy)]
pub struct Quiet;

impl Progress for Quiet {
    fn add_total(&self, _: u64) {}
    fn read(&self, _: u64) {}
}
