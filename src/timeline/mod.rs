//! From attempts of many files to one timeline per pool.

/// Stub.
#[derive(Debug)]
pub struct Timeline;
