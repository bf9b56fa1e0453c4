//! What an error says: the catalogue as data, the matcher, and what follows for an attempt.
//!
//! In: attempts with their error types and messages. Out: [`crate::model::Attempt::signal`], and the class of attempts
//! whose text says more than their status. The rule that always holds: a text is matched only when it came from an
//! error field or the frame of an error line. This module cannot see where a text came from, so that is the duty of
//! the log formats.

mod body;
pub mod catalogue;
pub mod class;
mod classify;
pub mod error;
pub mod explain;
pub mod litellm;
pub mod matcher;
mod models;
mod pattern;
pub mod provider;
pub mod reset;
mod shape;
pub mod unwrap;
pub mod wait;
mod wait_words;

pub use catalogue::{Catalogue, Kind, Signal, catalogue, embedded};
pub use classify::{classify, error_info};
pub use error::CatalogueError;
pub use explain::{Explained, explain_message, explain_status};
pub use matcher::{Ending, ErrorInfo, Match, ZoneOf, ending_of};
pub use provider::{Provider, Scope};
pub use unwrap::{Unwrapped, unwrap};
pub use wait::ResetText;
