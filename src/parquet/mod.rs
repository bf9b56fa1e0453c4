//! Reads Parquet, where the program is built with tables (feature `table`).

#[cfg(not(feature = "table"))]
mod absent;
#[cfg(feature = "table")]
mod read;

#[cfg(not(feature = "table"))]
pub(crate) use absent::{columns, rows};
#[cfg(feature = "table")]
pub(crate) use read::{columns, rows};
