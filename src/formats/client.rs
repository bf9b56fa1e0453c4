//! What is known of a program beyond its lines: who sends its requests, and how its rows merge with those of others.
//!
//! A format carries it in its [`FormatInfo`](super::FormatInfo); all formats of one client carry the same.

/// Who stands behind a session in which a row names no agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionAgents {
    /// One agent, whose requests never overlap: two rows of one instant are one request.
    OneInOrder,
    /// One agent.
    One,
    /// All agents of the session, or all requests of a gateway's client.
    Many,
}

/// The provider that a client was made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MadeFor {
    /// Its id: that of rows that name no provider.
    pub provider: &'static str,
    /// Where the client never names another provider that it is pointed at: the family of its own models. A model of
    /// another family then names its provider.
    pub own_models: Option<&'static str>,
}

/// Files of a client that name no provider take the one that its other files name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionsProvider {
    /// The provider where its files name several or none.
    pub usual: Option<&'static str>,
}

/// What merging and pools must know of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientTraits {
    /// Who stands behind a session in which a row names no agent.
    pub session_agents: SessionAgents,
    /// Position on the way from an agent to the provider, for gateways, SDKs and servers: the lower one names more of a
    /// request. `None`: the agent's own log.
    pub gateway: Option<u8>,
    /// The provider that it was made for.
    pub made_for: Option<MadeFor>,
    /// Whether its files that name no provider take that of its other files.
    pub sessions_provider: Option<SessionsProvider>,
    /// A forked session repeats the history of its parent, stamps included.
    pub forks_copy_history: bool,
    /// Its request ids are those of messages, which forks and resumed sessions copy with new stamps.
    pub copies_keep_ids: bool,
    /// Its sources of lower rank know only when an answered request began.
    pub lesser_sources_know_starts: bool,
}

impl ClientTraits {
    /// An agent's own log of which nothing else is known.
    pub const PLAIN: Self = Self {
        session_agents: SessionAgents::One,
        gateway: None,
        made_for: None,
        sessions_provider: None,
        forks_copy_history: false,
        copies_keep_ids: false,
        lesser_sources_know_starts: false,
    };

    /// A gateway, SDK or server at this position.
    pub const fn gateway(position: u8) -> Self {
        Self { gateway: Some(position), ..Self::PLAIN }
    }

    /// One whose sessions hold many agents.
    #[must_use]
    pub const fn with_many_agents(self) -> Self {
        Self { session_agents: SessionAgents::Many, ..self }
    }

    /// One that was made for this provider, and names another where it is used.
    #[must_use]
    pub const fn made_for(self, provider: &'static str) -> Self {
        Self { made_for: Some(MadeFor { provider, own_models: None }), ..self }
    }
}

/// What is known of the client with this name; nothing of one that no format is of.
pub fn traits_of(client: &str) -> ClientTraits {
    super::infos().find(|i| i.client == client).map_or(ClientTraits::PLAIN, |i| i.client_traits)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::formats::infos;

    #[test]
    fn all_formats_of_a_client_say_the_same_of_it() {
        for info in infos() {
            assert_eq!(info.client_traits, traits_of(info.client), "{}", info.id);
        }
    }

    #[test]
    fn no_two_gateways_stand_at_one_position() {
        let mut at: BTreeMap<u8, &str> = BTreeMap::new();
        for info in infos() {
            if let Some(position) = info.client_traits.gateway {
                assert_eq!(*at.entry(position).or_insert(info.client), info.client, "{position}");
            }
        }
    }
}
