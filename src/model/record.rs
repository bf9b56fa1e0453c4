//! The attempt that a log format reads from a row, as borrowed strings: neither interned nor classified yet.

use super::attempt::Fidelity;
use super::local_limit::LocalLimit;
use super::time::Time;

/// What the row itself says about success, before its status and error text are classified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum RowOutcome {
    /// The log says it succeeded (or gives a status of 200 to 399).
    Ok,
    /// The log says it failed.
    Error,
    /// The row says neither; the status decides.
    #[default]
    ByStatus,
}

/// The error as the log gives it, only from error fields or the frame of an error line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorFields<'a> {
    /// Type, code or class name: `rate_limit_reached_error`, `APIConnectionError`, `ECONNRESET`.
    pub kind: Option<&'a str>,
    /// The message, without the prompt or any body of the request.
    pub message: Option<&'a str>,
}

/// One row of a log: one HTTP request, or a few that the client collapsed into one line.
///
/// A missing number is `None`, never zero. Times of a file whose stamps have no zone are given as if
/// they were UTC; the file's `Sink` is told with `Sink::local_time()`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Record<'a> {
    /// When the request was sent. `None`: the log does not say; it is inferred later and marked so.
    pub start: Option<Time>,
    /// The earliest time at which the request can have been sent, when `start` is only the latest (a row that collapses retries).
    pub start_low: Option<Time>,
    /// When the answer was complete, or the failure was known.
    pub end: Option<Time>,
    /// What the row says about success.
    pub row_outcome: RowOutcome,
    /// HTTP status, if one is named.
    pub status: Option<u16>,
    /// The error, if any.
    pub error: ErrorFields<'a>,
    /// Seconds that the server asked to wait.
    pub retry_after_s: Option<f64>,
    /// Input tokens, cache included or not as the provider counts.
    pub input_tokens: Option<u64>,
    /// Output tokens.
    pub output_tokens: Option<u64>,
    /// Input tokens read from a cache, when counted beside `input_tokens`.
    pub cache_read_tokens: Option<u64>,
    /// Input tokens written to a cache, when counted beside `input_tokens`.
    pub cache_write_tokens: Option<u64>,
    /// Provider id (`kimi-code`, `moonshot`, `anthropic`, `openai`), if the log names it.
    pub provider: Option<&'a str>,
    /// Account label, if the log names it.
    pub account: Option<&'a str>,
    /// Model, if the log names it.
    pub model: Option<&'a str>,
    /// Session id. All rows of one session of one client share it, in every file.
    pub session: Option<&'a str>,
    /// Agent within the session. `None` when the format does not name the agent (kimi.log, kimi-code.log).
    pub agent: Option<&'a str>,
    /// The provider's request id.
    pub request_id: Option<&'a str>,
    /// An id of the record that its copies share (a message's, an error record's), where the provider's request id is not
    /// known or is another. Used to count copies once, never shown.
    pub same_as: Option<&'a str>,
    /// How much of the wire this row shows.
    pub fidelity: Fidelity,
    /// At most this many requests are collapsed into the row (1 for `observed`).
    pub at_most: u8,
    /// Which try of its request this is, from 1, if the row says; otherwise 0.
    pub try_number: u8,
    /// The failure ended the client's work (no retry follows it).
    pub ended_work: bool,
    /// The provider had begun to answer and the stream broke off: admitted, however short it was.
    pub broke_off: bool,
    /// The request failed and no part of an answer had arrived, however long it took.
    pub unanswered: bool,
    /// A limit of the client or its gateway refused the request, which never reached the provider.
    pub local: bool,
    /// Which local limit refused it, if the row says; used only with `local`.
    pub local_limit: Option<LocalLimit>,
    /// The source cannot tell a failure from a cancel by the user. The row counts only when another source of the
    /// family tells the same failure; see `merge/`.
    pub unconfirmed: bool,
    /// The client family, where a file holds rows of several.
    pub client: Option<&'a str>,
    /// Rank within the family, where rows of one file differ from the rank of their format.
    pub rank: Option<u8>,
    /// Line of the file, from 1.
    pub line: u64,
}
