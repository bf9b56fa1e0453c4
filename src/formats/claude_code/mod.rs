//! Claude Code: the transcripts below `~/.claude/projects`, and the database of its first versions.

pub mod debug_log;
mod errors;
mod lines;
mod requests;
pub mod store_db;
pub mod transcript;

use super::{ClientTraits, MadeFor};

/// One environment variable points it at another provider, of which its logs have only the model. Its ids are those of
/// messages, which forks and resumed sessions copy with new stamps. The debug log has an answered request's start alone.
pub(in crate::formats) const TRAITS: ClientTraits = ClientTraits {
    made_for: Some(MadeFor { provider: "claude-code", own_models: Some("anthropic") }),
    copies_keep_ids: true,
    lesser_sources_know_starts: true,
    ..ClientTraits::PLAIN
};
