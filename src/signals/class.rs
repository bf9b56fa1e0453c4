//! The kind of answer, by status and error kind, before any text is believed.

use crate::model::{Class, Record, RowOutcome};

/// Words in an error kind or message that mean that no answer came back.
/// They are matched in the error's kind always, and in its message only when no status is known.
const NETWORK_WORDS: &[&str] = &[
    "econnreset",
    "econnrefused",
    "etimedout",
    "enotfound",
    "eai_again",
    "epipe",
    "ehostunreach",
    "enetunreach",
    "apiconnectionerror",
    "apitimeouterror",
    "connecterror",
    "connecttimeout",
    "readtimeout",
    "readerror",
    "remoteprotocolerror",
    "connection error",
    "connection refused",
    "connection reset",
    "connection aborted",
    "fetch failed",
    "request timed out",
    "socket hang up",
    "network error",
    "connectionerror",
    "cannot connect to",
    "unable to connect",
    "failed to connect",
    "network is unreachable",
    "socket connection was closed",
];

/// A stream that lived longer than this before the network cut it had been admitted (docs/METHOD.md, Definitions).
pub const ADMITTED_BEFORE_CUT_S: f64 = 60.0;

/// The class of a record. A status always decides where there is one, but for providers that answer 200 and refuse in the body;
/// a network word decides where there is none.
pub fn class_of(r: &Record<'_>) -> Class {
    if r.local {
        return Class::Local;
    }
    if r.broke_off {
        return Class::Network;
    }
    match in_body(r).or(r.status) {
        Some(s @ 100..=399) => {
            if r.row_outcome == RowOutcome::Error && (s == 200 || s == 101) && is_network(r) {
                Class::Network
            } else {
                Class::Ok
            }
        }
        Some(429) => Class::RateLimited,
        Some(401..=403) => Class::Access,
        Some(500..=599) => Class::Overload,
        Some(408 | 499) => Class::Network,
        Some(_) => Class::Other,
        None => match r.row_outcome {
            RowOutcome::Ok => Class::Ok,
            RowOutcome::Error | RowOutcome::ByStatus => without_status(r),
        },
    }
}

/// MiniMax answers 200 and puts its own code into `base_resp`: the status of that code (research/error-taxonomy.md, 4.9).
/// A code that is not known there is an answer about the request itself.
fn in_body(r: &Record<'_>) -> Option<u16> {
    let is_said =
        r.provider.is_some_and(|p| p.starts_with("minimax")) && r.status.is_some_and(|s| (200..300).contains(&s));
    let code = r.error.kind.filter(|_| is_said)?.parse::<u32>().ok()?;
    Some(match code {
        0 => return None,
        1002 | 1039 | 1041 | 2045 | 2056 => 429,
        1004 => 401,
        1008 => 402,
        _ => 400,
    })
}

/// Words in an error's kind that make it an answer about the request itself.
const KINDS_OF_THE_REQUEST: &[&str] = &[
    "invalid_request",
    "invalidrequest",
    "bad_request",
    "badrequest",
    "invalid_argument",
    "invalidargument",
    "invalid_prompt",
    "invalidprompt",
    "invalidparameter",
    "validation",
    "not_found",
    "notfound",
    "unprocessable",
    "too_large",
    "toolarge",
    "context_length",
    "contextlength",
    "context_window",
    "contextwindow",
    "contextoverflow",
    "content_filter",
    "contentfilter",
    "content_policy",
    "contentpolicy",
];

/// Words in an error's kind that mean that the user cancelled.
const KINDS_OF_A_CANCEL: &[&str] = &["abort", "cancel", "interrupt"];

/// The same in a message, where no status is known.
const TEXTS_OF_A_CANCEL: &[&str] = &[
    "request was aborted",
    "request aborted",
    "aborted by user",
    "user aborted",
    "operation was aborted",
    "operation was canceled",
    "cancelled by user",
    "canceled by user",
    "cancelled by the user",
    "canceled by the user",
    "user cancelled",
    "user canceled",
];

/// Whether an error without a status is the user's own cancel.
pub fn is_cancel(kind: Option<&str>, message: Option<&str>) -> bool {
    let has = |text: Option<&str>, words: &[&str]| {
        text.is_some_and(|t| {
            let t = t.to_ascii_lowercase();
            words.iter().any(|w| t.contains(w))
        })
    };
    has(kind, KINDS_OF_A_CANCEL) || has(message, TEXTS_OF_A_CANCEL)
}

/// The same in a message, where no status is known.
const TEXTS_OF_THE_REQUEST: &[&str] = &[
    "prompt is too long",
    "prompt too long",
    "input is too long",
    "maximum context length",
    "context length exceeded",
    "context window",
    "exceeded model token limit",
    "request too large",
    "invalid_request_error",
];

/// Whether the error is about the request itself, or the user's own cancel.
fn is_of_the_request(r: &Record<'_>, kind: &str) -> bool {
    let has = |text: &str, words: &[&str]| words.iter().any(|w| text.contains(w));
    let message = r.error.message.map(str::to_ascii_lowercase);
    is_cancel(r.error.kind, r.error.message)
        || has(kind, KINDS_OF_THE_REQUEST)
        || message.is_some_and(|m| has(&m, TEXTS_OF_THE_REQUEST))
}

fn without_status(r: &Record<'_>) -> Class {
    let kind = r.error.kind.unwrap_or("").to_ascii_lowercase();
    if is_network(r) {
        Class::Network
    } else if kind.contains("rate_limit") || kind.contains("ratelimit") || kind.contains("quota") {
        Class::RateLimited
    } else if kind.contains("overloaded") || kind.contains("server_error") || kind.contains("unavailable") {
        Class::Overload
    } else if kind.contains("authentication")
        || kind.contains("auth_error")
        || kind.contains("permission")
        || kind.contains("billing")
        || kind.contains("unauthorized")
        || kind.contains("forbidden")
    {
        Class::Access
    } else if is_of_the_request(r, &kind) || !has_error(r) {
        Class::Other
    } else {
        Class::Unknown
    }
}

/// Whether the log says that the attempt failed, with or without a word why.
fn has_error(r: &Record<'_>) -> bool {
    r.row_outcome == RowOutcome::Error || r.error.kind.is_some() || r.error.message.is_some()
}

fn is_network(r: &Record<'_>) -> bool {
    let has_text = |text: Option<&str>| {
        text.is_some_and(|t| {
            let t = t.to_ascii_lowercase();
            NETWORK_WORDS.iter().any(|w| t.contains(w))
        })
    };
    has_text(r.error.kind) || has_text(r.error.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ErrorFields;

    fn with(status: Option<u16>, kind: Option<&str>) -> Class {
        class_of(&Record {
            status,
            row_outcome: RowOutcome::Error,
            error: ErrorFields { kind, message: None },
            ..Record::default()
        })
    }

    #[test]
    fn status_decides_where_there_is_one() {
        assert_eq!(with(Some(429), Some("APIConnectionError")), Class::RateLimited);
        assert_eq!(with(Some(403), None), Class::Access);
        assert_eq!(with(Some(529), None), Class::Overload);
        assert_eq!(with(Some(400), Some("rate_limit")), Class::Other);
    }

    #[test]
    fn a_failure_that_nothing_explains_is_unknown_and_one_of_the_request_is_not() {
        let class = |kind, message| {
            let error = ErrorFields { kind, message };
            class_of(&Record { row_outcome: RowOutcome::Error, error, ..Record::default() })
        };
        assert_eq!(class(None, None), Class::Unknown);
        assert_eq!(class(Some("StreamError"), Some("Upstream went away for a walk")), Class::Unknown);
        assert_eq!(class(Some("UnauthorizedError"), None), Class::Access);
        for kind in ["invalid_request_error", "ContextWindowExceededError", "MessageAbortedError", "NotFoundError"] {
            assert_eq!(class(Some(kind), None), Class::Other, "{kind}");
        }
        assert_eq!(class(None, Some("Prompt is too long")), Class::Other);
        assert_eq!(class(None, Some("API Error: Request was aborted.")), Class::Other);
        assert_eq!([501, 507, 598].map(|s| with(Some(s), None)), [Class::Overload; 3]);
        assert_eq!(class_of(&Record::default()), Class::Other, "nothing says that it failed");
    }

    #[test]
    fn minimax_refuses_inside_a_200() {
        let class = |provider, kind| {
            let error = ErrorFields { kind: Some(kind), message: None };
            class_of(&Record {
                status: Some(200),
                provider: Some(provider),
                row_outcome: RowOutcome::Error,
                error,
                ..Record::default()
            })
        };
        assert_eq!(["1002", "2056", "1041"].map(|k| class("minimax", k)), [Class::RateLimited; 3]);
        assert_eq!([class("minimax", "1008"), class("minimax", "1004")], [Class::Access; 2]);
        assert_eq!([class("minimax", "2013"), class("minimax", "0")], [Class::Other, Class::Ok]);
        assert_eq!(class("zai", "1002"), Class::Ok, "the codes are MiniMax's alone");
    }

    #[test]
    fn no_status_and_a_network_word_is_network() {
        assert_eq!(with(None, Some("ECONNRESET")), Class::Network);
        assert_eq!(with(None, Some("rate_limit_reached_error")), Class::RateLimited);
        // As opencode 1.18 logs a server that does not listen.
        let text = "Cannot connect to API: Unable to connect. Is the computer able to access the url?";
        let error = ErrorFields { kind: Some("AI_APICallError"), message: Some(text) };
        assert_eq!(class_of(&Record { row_outcome: RowOutcome::Error, error, ..Record::default() }), Class::Network);
    }
}
