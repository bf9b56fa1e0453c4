//! aider: `.aider.chat.history.md` and `.aider.llm.history`.
//!
//! The chat history has the errors, and no time but each chat's start; the model history has the times, to the second and
//! local, and not the error. Both are in one folder, which is the session.

pub mod chat;
pub mod llm;

/// A chat's start and the waits since are this much before the truth, at most, where nobody typed in between, seconds.
const TOLERANCE_S: f64 = 30.0;
