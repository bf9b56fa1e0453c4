//! Kimi Code (TypeScript): `kimi-code.log` and `agents/*/wire.jsonl`.
//!
//! The client makes no silent retries, so one row is one request. The wire has the agent, the tokens and the last
//! failure; the log may lack a quota failure and never names the agent. Both tell the same requests, and
//! [`crate::merge`] makes one row of the two.

mod agent;
mod fields;
pub mod log;
mod pairs;
pub mod wire;

use super::ClientTraits;

/// Many subagents write under one session, and a forked session copies its parent's wire, stamps included.
const TRAITS: ClientTraits =
    ClientTraits { forks_copy_history: true, ..ClientTraits::PLAIN.made_for("kimi-code").with_many_agents() };

/// The message without the client's own prefixes: `[provider.rate_limit] ` and `429 `.
fn bare_message(text: &str) -> &str {
    let text = match text.strip_prefix('[').and_then(|t| t.split_once("] ")) {
        Some((code, rest)) if !code.contains(' ') => rest,
        _ => text,
    };
    match text.split_once(' ') {
        Some((status, rest)) if status_of(status).is_some() => rest,
        _ => text,
    }
}

/// The status that a message begins with, if it does.
fn leading_status(text: &str) -> Option<u16> {
    let text = text.strip_prefix('[').and_then(|t| t.split_once("] ")).map_or(text, |(_, rest)| rest);
    status_of(text.split_once(' ').map_or(text, |(first, _)| first))
}

fn status_of(text: &str) -> Option<u16> {
    (text.len() == 3).then(|| text.parse().ok()).flatten().filter(|s| (100..=599).contains(s))
}

/// Provider id, where the model's alias names it: a subscription's models are called `kimi-code/...`. The field
/// `provider` of the logs is the protocol (`openai`), not who answers.
fn provider_of(alias: Option<&str>) -> Option<&'static str> {
    alias.filter(|a| a.starts_with("kimi-code/")).map(|_| "kimi-code")
}

/// The component of a path that names the session: `session_<uuid>`.
fn session_of(path: &str) -> Option<&str> {
    path.rsplit('/').skip(1).find(|c| c.starts_with("session_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_the_client_s_own() {
        assert_eq!(bare_message("[provider.auth_error] 403 You've reached it"), "You've reached it");
        assert_eq!(bare_message("429 The engine"), "The engine");
        assert_eq!(bare_message("Connection error."), "Connection error.");
        assert_eq!(bare_message("[a b] 12 c"), "[a b] 12 c");
        assert_eq!((leading_status("[x.y] 503 z"), leading_status("42 z")), (Some(503), None));
    }

    #[test]
    fn the_session_is_a_folder() {
        assert_eq!(session_of("h/sessions/wd_a/session_1/agents/main/wire.jsonl"), Some("session_1"));
        assert_eq!(session_of("logs/session_1"), None);
    }
}
