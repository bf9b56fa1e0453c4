//! The ticket pack: what is sent to a provider's support, or pasted into a forum.
//!
//! In: the document, with its charts and hashes. Out: the texts of the pack's files; who writes them adds the
//! JSON, the table of attempts and the sums. What always holds: all of it is made from the document as it may leave ([`crate::privacy::shared`]);
//! `report.md` is shorter than [`brief::MOST_CHARS`] characters.

pub mod brief;
pub mod questions;

use crate::document::Document;
use crate::report::html;

/// Names of the pack's files, in the order of `SHA256SUMS`; the sums themselves are the last.
pub const FILES: [&str; 6] = ["report.md", "report.html", "report.json", "timeline.csv", "questions.md", "SHA256SUMS"];

/// One file of the pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// What stands in it.
    pub text: String,
}

/// The texts of the pack but for `report.json`, which whoever writes them writes from the document as it may leave.
/// `told` may know what time it is; JSON never gets the clock.
///
/// # Errors
/// When one of them cannot be made; says which.
pub fn texts(shared: &Document) -> Result<Vec<File>, String> {
    let html = html::render(shared).map_err(|e| format!("report.html: {e}"))?;
    Ok(vec![
        File { name: FILES[0], text: brief::render(shared) },
        File { name: FILES[1], text: html },
        File { name: FILES[4], text: questions::render(shared) },
    ])
}
