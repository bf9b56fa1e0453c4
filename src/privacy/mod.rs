//! What keeps secrets and names out of what is shared: redaction, pseudonyms, and escapes for each target.
//!
//! In: texts of logs, and documents that hold such texts. Out: the same without keys, tokens, e-mails and home paths; for
//! shared output also with pseudonyms. Text that came from a log passes [`escape`] for the target it is written to.

pub mod accounts;
mod labels;
pub mod redact;
pub mod shared;
mod visit;

pub use crate::escape;
