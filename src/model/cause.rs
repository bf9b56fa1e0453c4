//! The causes (docs/CAUSES.md) and the hypotheses that evidence is weighed for.

use std::fmt;

/// A cause of an episode. The ids are those in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Too many requests of the pool in flight at once.
    ConcurrencyCap,
    /// The quota of a window is used up.
    TokenWindow,
    /// Requests or tokens per minute.
    RatePerMinute,
    /// The provider has no capacity or fails.
    Overload,
    /// The request did not reach the provider, or the answer did not come back.
    Network,
    /// Balance, credits, spend cap.
    Billing,
    /// Key, ban, client not allowed, model not in the plan.
    Access,
    /// The client or a gateway on the user's side refused by itself.
    LocalLimit,
    /// No attempt was made and none was refused before.
    Idle,
    /// An account-level block that none of the others explains.
    AccountBlock,
    /// The evidence does not decide.
    Undetermined,
}

impl serde::Serialize for Cause {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.id())
    }
}

impl Cause {
    /// All causes, in the order of docs/CAUSES.md.
    pub const ALL: [Self; 11] = [
        Self::ConcurrencyCap,
        Self::TokenWindow,
        Self::RatePerMinute,
        Self::Overload,
        Self::Network,
        Self::Billing,
        Self::Access,
        Self::LocalLimit,
        Self::Idle,
        Self::AccountBlock,
        Self::Undetermined,
    ];

    /// The id in JSON (docs/schema.md).
    pub const fn id(self) -> &'static str {
        match self {
            Self::ConcurrencyCap => "concurrency_cap",
            Self::TokenWindow => "token_window",
            Self::RatePerMinute => "rate_per_minute",
            Self::Overload => "overload",
            Self::Network => "network",
            Self::Billing => "billing",
            Self::Access => "access",
            Self::LocalLimit => "local_limit",
            Self::Idle => "idle",
            Self::AccountBlock => "account_block",
            Self::Undetermined => "undetermined",
        }
    }

    /// The cause with this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.id() == id)
    }

    /// The group in JSON; `None` for `undetermined`.
    pub const fn group(self) -> Option<Group> {
        match self {
            Self::TokenWindow | Self::AccountBlock | Self::Billing | Self::Access => Some(Group::AccountLevel),
            Self::ConcurrencyCap => Some(Group::Concurrency),
            Self::RatePerMinute => Some(Group::ShortRate),
            Self::Overload => Some(Group::Provider),
            Self::Network | Self::LocalLimit => Some(Group::Client),
            Self::Idle => Some(Group::None),
            Self::Undetermined => None,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// Causes that one remedy serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// The account is blocked, whichever limit did it.
    AccountLevel,
    /// Slots.
    Concurrency,
    /// A limit per minute.
    ShortRate,
    /// The provider.
    Provider,
    /// The user's side.
    Client,
    /// Nothing was blocked.
    None,
}

impl Group {
    /// The id in JSON (docs/schema.md).
    pub const fn id(self) -> &'static str {
        match self {
            Self::AccountLevel => "account_level",
            Self::Concurrency => "concurrency",
            Self::ShortRate => "short_rate",
            Self::Provider => "provider",
            Self::Client => "client",
            Self::None => "none",
        }
    }
}

/// What evidence is weighed for: a cause, and for a window its length in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hypothesis {
    /// The cause.
    pub cause: Cause,
    /// Length of the window in minutes, for `token_window`.
    pub window_minutes: Option<u32>,
}

impl Hypothesis {
    /// A cause without a window.
    pub const fn of(cause: Cause) -> Self {
        Self { cause, window_minutes: None }
    }

    /// An exhausted window of this length.
    pub const fn window(minutes: u32) -> Self {
        Self { cause: Cause::TokenWindow, window_minutes: Some(minutes) }
    }

    /// An exhausted window of unknown length.
    pub const UNKNOWN_WINDOW: Self = Self::of(Cause::TokenWindow);

    /// Key in `weights` of the report: `concurrency_cap`, `token_window/300`; `token_window/?` for a window of unknown length.
    pub fn key(&self) -> String {
        match self.window_minutes {
            Some(m) => format!("{}/{m}", self.cause.id()),
            None if self.cause == Cause::TokenWindow => format!("{}/?", self.cause.id()),
            None => self.cause.id().to_owned(),
        }
    }

    /// The hypothesis with this key.
    pub fn from_key(key: &str) -> Option<Self> {
        match key.split_once('/') {
            Some((cause, "?")) => Some(Self::UNKNOWN_WINDOW).filter(|h| h.cause.id() == cause),
            Some((cause, minutes)) => {
                Some(Self { cause: Cause::from_id(cause)?, window_minutes: Some(minutes.parse().ok()?) })
            }
            None => Some(Self::of(Cause::from_id(key)?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_there_and_back() {
        for h in [Hypothesis::window(300), Hypothesis::UNKNOWN_WINDOW, Hypothesis::of(Cause::Access)] {
            assert_eq!(Hypothesis::from_key(&h.key()), Some(h));
        }
        assert_eq!(Hypothesis::UNKNOWN_WINDOW.key(), "token_window/?");
        assert_eq!(Hypothesis::from_key("token_window"), Some(Hypothesis::UNKNOWN_WINDOW), "the key of every length");
        assert_eq!(Hypothesis::from_key("token_window/x"), None);
        assert_eq!(Hypothesis::from_key("billing/?"), None);
    }

    #[test]
    fn every_cause_but_undetermined_has_a_group() {
        for cause in Cause::ALL {
            assert_eq!(cause.group().is_none(), cause == Cause::Undetermined, "{cause}");
        }
    }
}
