//! opencode: `log/opencode.log`, `opencode.db`, and the files of `storage/` that were before the database.
//!
//! The log has every attempt's start and every failure's text; the database has what became of a message, with tokens,
//! status and headers. The log names the message that it works on before it asks, so the attempt that succeeded and the
//! message in the database share its id (`Record::same_as`).

pub mod db;
pub mod log;
mod logfmt;
pub mod storage;

/// How far the log and the database may stamp one failure apart, in seconds.
const TOLERANCE_S: f64 = 2.0;

/// `AI_APICallError: text` as class and text.
fn class_and_text(error: &str) -> (Option<&str>, &str) {
    match error.split_once(": ") {
        Some((class, text)) if class.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') => (Some(class), text),
        _ => (None, error),
    }
}
