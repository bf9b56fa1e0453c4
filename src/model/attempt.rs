//! One attempt: one HTTP request sent to a model provider (docs/METHOD.md, Definitions).

use super::local_limit::LocalLimit;
use super::source::SourceRef;
use super::text::TextId;
use super::time::Time;

/// How much of the wire a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Fidelity {
    /// One row, one request.
    #[default]
    Observed,
    /// One row collapses one to n requests: silent retries inside a client library.
    Collapsed,
    /// Start or end was computed, not read.
    Inferred,
}

impl Fidelity {
    /// The id used in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Observed => "observed",
            Self::Collapsed => "collapsed",
            Self::Inferred => "inferred",
        }
    }
}

/// What the provider did with the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// The provider took it; it may still have broken later.
    Admitted,
    /// The provider did not do the work.
    Refused,
    /// An answer about the request itself (400, 404, 413, 422), or a cancel by the user: left out of all reasoning.
    Other,
}

impl Outcome {
    /// The id used in exports.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Refused => "refused",
            Self::Other => "other",
        }
    }
}

/// The kind of answer, by status and error, before any text is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Success.
    Ok,
    /// 429.
    RateLimited,
    /// 500, 502, 503, 504, 529.
    Overload,
    /// No answer: connection failed, timed out, was cut.
    Network,
    /// 401, 402, 403.
    Access,
    /// Refused by the client or a gateway on the user's side.
    Local,
    /// Refused, as a later try's number shows; no log says how.
    NotLogged,
    /// An error without a status or a known text: the attempt gave no usable answer, and nothing says why.
    Unknown,
    /// 400, 404, 413, 422 and other answers about the request; a request that the user cancelled.
    Other,
}

impl Class {
    /// The id used in exports and reports.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::RateLimited => "429",
            Self::Overload => "5xx",
            Self::Network => "network",
            Self::Access => "401/402/403",
            Self::Local => "local",
            Self::NotLogged => "not_logged",
            Self::Unknown => "unknown",
            Self::Other => "other",
        }
    }
}

/// A number of tokens that may be unknown, in four bytes. Unknown is not zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Count(u32);

impl Count {
    /// Not in the log.
    pub const UNKNOWN: Self = Self(u32::MAX);

    /// From a logged number; more than four billion tokens in one request is taken as that.
    pub fn new(n: Option<u64>) -> Self {
        n.map_or(Self::UNKNOWN, |n| Self(u32::try_from(n).unwrap_or(u32::MAX - 1).min(u32::MAX - 1)))
    }

    /// The number, if known.
    pub fn get(self) -> Option<u64> {
        (self.0 != u32::MAX).then_some(u64::from(self.0))
    }
}

/// Seconds that a server asked to wait, in four bytes, if it asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wait(f32);

impl Wait {
    /// Not asked for.
    pub const NOT_GIVEN: Self = Self(f32::NEG_INFINITY);

    /// From a logged number; what is no number of seconds from 0 on was not asked for.
    pub fn new(seconds: Option<f64>) -> Self {
        seconds.filter(|s| s.is_finite() && *s >= 0.0).map_or(Self::NOT_GIVEN, |s| Self(s as f32))
    }

    /// The seconds, if asked for.
    pub fn seconds(self) -> Option<f32> {
        self.0.is_finite().then_some(self.0)
    }

    /// This one, or the other where this was not asked for.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self.seconds().is_some() { self } else { other }
    }
}

/// Tokens of one attempt, as far as logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tokens {
    /// Input, not counting the cache fields beside it.
    pub input: Count,
    /// Output.
    pub output: Count,
    /// Read from a cache.
    pub cache_read: Count,
    /// Written to a cache.
    pub cache_write: Count,
}

impl Tokens {
    /// Nothing known.
    pub const UNKNOWN: Self =
        Self { input: Count::UNKNOWN, output: Count::UNKNOWN, cache_read: Count::UNKNOWN, cache_write: Count::UNKNOWN };

    /// All known tokens, added up; `None` when none was.
    pub fn total(&self) -> Option<u64> {
        let parts = [self.input, self.output, self.cache_read, self.cache_write];
        parts.iter().filter_map(|c| c.get()).fold(None, |sum, n| Some(sum.unwrap_or(0) + n))
    }
}

/// One attempt, interned. Plain data of fixed size; memory is bounded by the number of these.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt {
    /// When the request was sent (UTC), or the latest time when the row collapses retries.
    pub start: Time,
    /// The earliest that it can have left; equals `start` when that was read.
    pub start_low: Time,
    /// When the answer or the failure was complete, if logged.
    pub end: Option<Time>,
    /// What the provider did.
    pub outcome: Outcome,
    /// The kind of answer.
    pub class: Class,
    /// HTTP status, if one is named.
    pub status: Option<u16>,
    /// How much of the wire the row shows.
    pub fidelity: Fidelity,
    /// At most this many requests are collapsed into the row, at least one.
    pub at_most: u8,
    /// Which try of its request it is, if the row says so; otherwise 0.
    pub try_number: u8,
    /// Whether `start` was read and not computed.
    pub start_read: bool,
    /// The failure ended the client's work.
    pub ended_work: bool,
    /// The request failed and nothing of an answer had come, however long it took.
    pub unanswered: bool,
    /// Only a hint that something ended: dropped unless another source of the family has the same failure.
    pub unconfirmed: bool,
    /// Tokens.
    pub tokens: Tokens,
    /// Client family (`kimi-cli`, `kimi-code`, `canonical`): rows of one family may tell one attempt twice.
    pub client: TextId,
    /// Rank of the telling source within the family: the higher one is kept when two rows tell one attempt.
    pub rank: u8,
    /// Provider id.
    pub provider: Option<TextId>,
    /// Account label.
    pub account: Option<TextId>,
    /// Model.
    pub model: Option<TextId>,
    /// Session id.
    pub session: Option<TextId>,
    /// Agent within the session.
    pub agent: Option<TextId>,
    /// Error type, code or class name.
    pub error_kind: Option<TextId>,
    /// Error message (at most 600 bytes of it).
    pub error_message: Option<TextId>,
    /// Which limit of the user's own side refused, where the row or its text says so ([`Class::Local`]).
    pub local_limit: Option<LocalLimit>,
    /// The catalogue entry that the error matched.
    pub signal: Option<u16>,
    /// Provider's request id; kept for refusals, which a support desk can look up.
    pub request_id: Option<TextId>,
    /// Hash of the request id, 0 when there is none.
    pub request_hash: u64,
    /// Seconds that the server asked to wait.
    pub retry_after: Wait,
    /// Where it was read.
    pub source: SourceRef,
    /// The line of a duplicate of the attempt, if there is one.
    pub also: Option<SourceRef>,
}

impl Attempt {
    /// Seconds that the server asked to wait.
    pub fn retry_after_s(&self) -> Option<f32> {
        self.retry_after.seconds()
    }

    /// Whether the provider took it.
    pub fn is_admitted(&self) -> bool {
        self.outcome == Outcome::Admitted
    }

    /// Whether its end is not logged, and it is taken as admitted since no failure is logged either.
    pub fn has_assumed_success(&self) -> bool {
        self.is_admitted() && self.end.is_none() && self.fidelity == Fidelity::Inferred
    }

    /// Whether a row of a log is this attempt; else a later try proves it.
    pub fn has_row(&self) -> bool {
        self.class != Class::NotLogged
    }

    /// Whether the provider did not do the work.
    pub fn is_refused(&self) -> bool {
        self.outcome == Outcome::Refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_attempts_are_128_megabytes() {
        assert!(size_of::<Attempt>() <= 128, "{}", size_of::<Attempt>());
    }
}
