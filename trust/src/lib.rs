//! How far why429's verdicts can be trusted: incidents of known cause are read from files by the whole library, its
//! verdicts are scored, and the weights of evidence are fitted.
//!
//! In: seeds, and recordings of real clients. Out: figures with intervals, `weights/fitted.toml`, `docs/ACCURACY.md`.
//! Nothing here is in the shipped program.

pub mod figures;
pub mod fit;
pub mod judge;
pub mod model;
pub mod pairing;
pub mod read;
#[cfg(test)]
mod testing;
