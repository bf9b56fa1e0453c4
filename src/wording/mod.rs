//! The English of the reports: headlines, statements, advice, and how numbers and times are written in them.
//!
//! In: typed values of judged episodes. Out: sentences. Nothing here computes a verdict or an estimate.

pub mod clock;
pub mod evidence;
pub mod figures;
pub mod missing;
pub mod next;
pub mod numbers;
pub mod sentence;
mod settles;
pub mod when;
pub mod words;
