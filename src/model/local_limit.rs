//! Which limit of the user's own side refused.

use serde::Deserialize;

/// The kind of a limit that a gateway or client on the user's side set by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LocalLimit {
    /// Requests per time.
    Requests,
    /// Tokens per time.
    Tokens,
    /// Requests in flight, connections or a queue.
    Parallel,
    /// Money spent.
    Budget,
    /// A pause after failures, or no target left that is not paused.
    Cooldown,
}

impl LocalLimit {
    /// All kinds.
    pub const ALL: [Self; 5] = [Self::Requests, Self::Tokens, Self::Parallel, Self::Budget, Self::Cooldown];

    /// The id used in JSON and in the catalogue.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Tokens => "tokens",
            Self::Parallel => "parallel",
            Self::Budget => "budget",
            Self::Cooldown => "cooldown",
        }
    }

    /// The kind with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.id() == id)
    }
}
