//! Kimi CLI (Python): `kimi.log`, and `wire.jsonl` of sessions and their subagents.
//!
//! The openai SDK below the client retries some failures twice without a word, so most rows collapse one to three
//! requests. The log has the error texts and local time; the wires have the agents and UTC. Both tell the same
//! steps, and [`crate::merge`] makes one row of the two.

mod failure;
mod frame;
pub mod log;
mod python;
pub mod wire;

use super::ClientTraits;

/// Many subagents write under one session. It is made for Kimi Code's subscription, and names another provider.
const TRAITS: ClientTraits = ClientTraits::PLAIN.made_for("kimi-code").with_many_agents();

/// Requests behind one attempt of the client when the SDK may have retried it: the first and two silent retries
/// (`openai` 1.x and 2.x, `max_retries = 2`).
const WITH_SILENT_RETRIES: u8 = 3;

/// How many requests one failed attempt may collapse: the SDK retries 408, 409, 429, 5xx and failures without
/// a status, and hands on all others at once.
fn at_most(status: Option<u16>) -> u8 {
    match status {
        None | Some(408 | 409 | 429 | 500..) => WITH_SILENT_RETRIES,
        Some(_) => 1,
    }
}

/// The fidelity that goes with a number of hidden requests.
fn fidelity(at_most: u8) -> crate::model::Fidelity {
    if at_most > 1 { crate::model::Fidelity::Collapsed } else { crate::model::Fidelity::Observed }
}

/// Provider id of a configured address or provider name; `None` for what is not known.
fn provider_of(address_or_name: &str) -> Option<&'static str> {
    let rest = address_or_name.split_once("://").map_or(address_or_name, |(_, rest)| rest);
    if matches!(rest, "kimi-code" | "managed:kimi-code") || rest.starts_with("api.kimi.com/coding") {
        Some("kimi-code")
    } else if rest.starts_with("api.moonshot.") {
        Some("moonshot")
    } else {
        None
    }
}

/// Whether a path component looks like the uuid of a session.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(
            |(i, b)| {
                if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() }
            },
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sdk_retries_some_statuses_only() {
        assert_eq!([Some(429), Some(503), None, Some(403), Some(400)].map(at_most), [3, 3, 3, 1, 1]);
    }

    #[test]
    fn only_known_providers_are_named() {
        assert_eq!(provider_of("https://api.kimi.com/coding/v1"), Some("kimi-code"));
        assert_eq!(provider_of("managed:kimi-code"), Some("kimi-code"));
        assert_eq!(provider_of("https://api.moonshot.cn/v1"), Some("moonshot"));
        assert_eq!(provider_of("http://127.0.0.1:9/api.moonshot.cn"), None);
    }
}
