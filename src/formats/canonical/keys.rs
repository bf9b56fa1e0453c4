//! Keys of the canonical form and the OpenTelemetry names that stand for them.
//!
//! Aliases: OpenTelemetry semantic conventions for GenAI spans and events (`gen_ai.*`), HTTP (`http.response.*`)
//! and exceptions, in their current and their older spellings, and the span times of OTLP in JSON.

/// A field of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    /// When the request left.
    Start,
    /// When the answer was complete.
    End,
    /// Milliseconds between the two.
    Duration,
    /// HTTP status.
    Status,
    /// `ok` or `error`.
    Outcome,
    /// Type, code or class of the error.
    ErrorType,
    /// Message of the error.
    ErrorMessage,
    /// Input tokens.
    Input,
    /// Output tokens.
    Output,
    /// Tokens read from a cache.
    CacheRead,
    /// Tokens written to a cache.
    CacheWrite,
    /// Provider.
    Provider,
    /// Account.
    Account,
    /// Model.
    Model,
    /// Session.
    Session,
    /// Agent.
    Agent,
    /// Request id.
    RequestId,
    /// Seconds to wait.
    RetryAfter,
    /// Number of the try.
    Attempt,
}

impl Field {
    /// How many fields there are.
    pub(super) const COUNT: usize = 19;

    /// The key of the contract.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Duration => "duration_ms",
            Self::Status => "status",
            Self::Outcome => "outcome",
            Self::ErrorType => "error_type",
            Self::ErrorMessage => "error_message",
            Self::Input => "input_tokens",
            Self::Output => "output_tokens",
            Self::CacheRead => "cache_read_tokens",
            Self::CacheWrite => "cache_write_tokens",
            Self::Provider => "provider",
            Self::Account => "account",
            Self::Model => "model",
            Self::Session => "session",
            Self::Agent => "agent",
            Self::RequestId => "request_id",
            Self::RetryAfter => "retry_after_s",
            Self::Attempt => "attempt",
        }
    }
}

/// The field that a key means, and how far it stands behind the contract's own key: of two keys for one field the
/// lower number counts. `None` for an unknown key.
pub(super) fn field_of(key: &str) -> Option<(Field, u8)> {
    use Field as F;
    Some(match key {
        "start" => (F::Start, 0),
        "start_time" | "startTimeUnixNano" | "start_time_unix_nano" => (F::Start, 1),
        "end" => (F::End, 0),
        "end_time" | "endTimeUnixNano" | "end_time_unix_nano" => (F::End, 1),
        "duration_ms" => (F::Duration, 0),
        "status" => (F::Status, 0),
        "http.response.status_code" => (F::Status, 1),
        "http.status_code" => (F::Status, 2),
        "outcome" => (F::Outcome, 0),
        "error_type" => (F::ErrorType, 0),
        "error.type" => (F::ErrorType, 1),
        "exception.type" => (F::ErrorType, 2),
        "error_message" => (F::ErrorMessage, 0),
        "error.message" => (F::ErrorMessage, 1),
        "exception.message" => (F::ErrorMessage, 2),
        "input_tokens" => (F::Input, 0),
        "gen_ai.usage.input_tokens" => (F::Input, 1),
        "gen_ai.usage.prompt_tokens" => (F::Input, 2),
        "output_tokens" => (F::Output, 0),
        "gen_ai.usage.output_tokens" => (F::Output, 1),
        "gen_ai.usage.completion_tokens" => (F::Output, 2),
        "cache_read_tokens" => (F::CacheRead, 0),
        "gen_ai.usage.cache_read.input_tokens" => (F::CacheRead, 1),
        "gen_ai.usage.cache_read_input_tokens" | "gen_ai.usage.cached_tokens" => (F::CacheRead, 2),
        "cache_write_tokens" => (F::CacheWrite, 0),
        "gen_ai.usage.cache_creation.input_tokens" => (F::CacheWrite, 1),
        "gen_ai.usage.cache_creation_input_tokens" => (F::CacheWrite, 2),
        "provider" => (F::Provider, 0),
        "gen_ai.provider.name" => (F::Provider, 1),
        "gen_ai.system" => (F::Provider, 2),
        "account" => (F::Account, 0),
        "model" => (F::Model, 0),
        "gen_ai.request.model" => (F::Model, 1),
        "gen_ai.response.model" => (F::Model, 2),
        "session" => (F::Session, 0),
        "session_id" | "session.id" => (F::Session, 1),
        "gen_ai.conversation.id" => (F::Session, 2),
        "agent" => (F::Agent, 0),
        "agent_id" | "gen_ai.agent.id" => (F::Agent, 1),
        "gen_ai.agent.name" => (F::Agent, 2),
        "request_id" => (F::RequestId, 0),
        "gen_ai.response.id" => (F::RequestId, 1),
        "retry_after_s" => (F::RetryAfter, 0),
        "attempt" => (F::Attempt, 0),
        _ => return None,
    })
}
