//! Claude Code: the transcripts below `~/.claude/projects`, and the database of its first versions.

pub mod debug_log;
mod errors;
mod lines;
mod requests;
pub mod store_db;
pub mod transcript;
