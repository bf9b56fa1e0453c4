//! How far reading has come, told to whoever draws a bar. The library draws none.

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
