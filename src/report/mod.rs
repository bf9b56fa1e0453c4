//! Reports: one file or folder per output, each a pure function of [`crate::document::Document`]; events for Timesketch also of
//! the timeline, whose attempts the document does not hold.
//!
//! In: the document, and how it is to look. Out: text. What always holds: nothing here reads a clock, an
//! environment or a terminal; text that came from a log passes [`crate::privacy::escape`] for the target it is written to.

pub mod html;
pub mod json;
pub mod markdown;
mod meaning;
pub mod next;
mod paths;
#[cfg(test)]
pub(crate) mod sample;
mod sorted;
mod strip;
pub mod terminal;
pub mod ticket;
pub mod timesketch;
