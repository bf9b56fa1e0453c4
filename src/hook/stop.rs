//! A client's work ended with an error (`StopFailure` of Claude Code and Kimi Code, or a wrapper's of the same form).
//!
//! In: the event. Out: a line with the error's class, status and text. Always: an error about the request itself is no
//! refusal and is left out.

use serde_json::{Map, Value};

use super::ledger::{StopLine, cut};
use super::{Asked, Taken};
use crate::snapshots::lenient;

/// Classes of errors that are about the request, or no error of the provider's.
const NO_REFUSAL: [&str; 4] = ["max_output_tokens", "invalid_request", "model_not_found", "cancelled"];

/// Takes a stop.
pub(super) fn take(event: &Map<String, Value>, asked: &Asked<'_>) -> Taken {
    let text = |key: &str| lenient::text(event, key);
    let kind = text("error_type").or_else(|| text("error"));
    if kind.is_some_and(|k| NO_REFUSAL.contains(&k)) {
        return Taken::nothing("an error about the request itself; it is no refusal");
    }
    let message = text("last_assistant_message").or_else(|| text("error_message"));
    let details = text("error_details").or_else(|| text("error").filter(|_| text("error_type").is_some()));
    let numbered = lenient::count(event.get("status")).or_else(|| lenient::count(event.get("status_code")));
    let status = numbered.and_then(|n| u16::try_from(n).ok()).or_else(|| status_in(details?));
    // Every event of Claude Code names its transcript, every event of Kimi Code its kind of client.
    let kimi = text("client_type").filter(|t| t.starts_with("kimi_code")).map(|_| "kimi-code");
    let claude = (event.contains_key("transcript_path") || event.contains_key("last_assistant_message"))
        .then_some("claude-code");
    let line = StopLine {
        at: asked.now.rfc3339(),
        client: cut(asked.client.or_else(|| text("client")).or(kimi).or(claude).unwrap_or("unknown")),
        provider: asked.provider.or_else(|| text("provider")).map(cut),
        account: asked.account.or_else(|| text("account")).map(cut),
        session: text("session_id").map(cut),
        agent: text("agent_id").map(cut),
        model: text("model").map(cut),
        status: status.filter(|s| (100..=599).contains(s)),
        error: kind.map(cut),
        message: message.or(details).map(cut),
    };
    Taken { lines: vec![line.text()], ..Taken::default() }
}

/// The status at the begin of `429 Too Many Requests`.
fn status_in(details: &str) -> Option<u16> {
    let digits = details.get(..3)?;
    let alone = !details[3..].starts_with(|c: char| c.is_alphanumeric());
    digits.parse().ok().filter(|s| alone && (400..=599).contains(s))
}
