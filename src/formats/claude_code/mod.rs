//! Claude Code: the transcripts below `~/.claude/projects`.

mod errors;
pub mod transcript;
