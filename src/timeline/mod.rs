//! From attempts of many files to one timeline per pool.

pub mod clock;
pub mod dedupe;
#[cfg(test)]
mod samples;

/// Stub.
#[derive(Debug)]
pub struct Timeline;
