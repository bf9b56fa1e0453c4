//! How many attempts and snapshots a run keeps in memory.
//!
//! In: a number, shared by all files of a run. Out: whether one more may be kept. A few megabytes can unpack to more
//! rows than a machine has memory for.

use std::sync::atomic::{AtomicU64, Ordering};

/// The problem of rows that are not kept.
pub const BEYOND: &str = "more attempts than --max-attempts allows; the rest of them was not kept";

/// Counts what is kept.
#[derive(Debug)]
pub struct Budget {
    most: u64,
    asked: AtomicU64,
}

impl Budget {
    /// For so many.
    pub const fn new(most: u64) -> Self {
        Self { most, asked: AtomicU64::new(0) }
    }

    /// Whether one more may be kept; it is counted as kept then.
    pub fn take(&self) -> bool {
        self.asked.fetch_add(1, Ordering::Relaxed) < self.most
    }

    /// Whether more was asked for than may be kept.
    pub fn is_exceeded(&self) -> bool {
        self.asked.load(Ordering::Relaxed) > self.most
    }
}
