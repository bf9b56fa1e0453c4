//! How far why429's verdicts can be trusted: incidents of known cause are read from files by the whole library, its
//! verdicts are scored, and the weights of evidence are fitted.
//!
//! In: seeds, and recordings of real clients. Out: figures with intervals, `weights/fitted.toml`, `docs/ACCURACY.md`.
//! Nothing here is in the shipped program.

pub mod ceiling;
pub mod commands;
pub mod figures;
pub mod fit;
pub mod judge;
pub mod model;
pub mod pairing;
pub mod read;
pub mod recordings;
pub mod seeds;
pub mod simulate;
pub mod tables;
#[cfg(test)]
mod testing;
