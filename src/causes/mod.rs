//! What each cause means for a person: meaning, signs, advice, and what would settle it.
//!
//! In: a [`Cause`], and what is known of an episode as placeholders. Out: plain sentences. One file per cause; to add
//! one write its file and one line in [`REGISTRY`]. Probabilities do not stand here (they are in weights/), nor does any
//! number that a plan may promise.

mod access;
mod account_block;
mod billing;
mod concurrency_cap;
mod idle;
pub mod local_limit;
mod network;
mod overload;
pub mod page;
mod rate_per_minute;
mod token_window;
mod undetermined;

use crate::model::Cause;

/// What people are told of a cause. Sentences may hold placeholders of [`PLACEHOLDERS`]; see [`fill`].
#[derive(Debug)]
pub struct CauseInfo {
    /// The cause.
    pub cause: Cause,
    /// As people say it: `concurrency cap`.
    pub title: &'static str,
    /// What it is, two or three sentences.
    pub meaning: &'static str,
    /// How long it lasts.
    pub typical_life: &'static str,
    /// What speaks for it in a log.
    pub signs_for: &'static [&'static str],
    /// What speaks against it.
    pub signs_against: &'static [&'static str],
    /// What ends it.
    pub ends_when: &'static str,
    /// What to do while it lasts.
    pub advice_now: &'static [&'static str],
    /// What to change so that it does not come back.
    pub advice_change: &'static [&'static str],
    /// What would decide whether it was this.
    pub settles: &'static str,
    /// Questions for the provider's support.
    pub ask_support: &'static [&'static str],
    /// What its prior probability rests on; the number stands in weights/.
    pub prior: &'static str,
}

/// Every placeholder that a sentence may hold, and what stands for it.
pub const PLACEHOLDERS: &[(&str, &str)] = &[
    ("at", "first refusal, as a time with its zone"),
    ("cap", "estimated or named cap, in requests in flight"),
    ("first_refusal", "first refusal, as a time with its zone"),
    ("last_refusal", "last refusal, as a time with its zone"),
    ("limit", "limit that a text names, with its unit"),
    ("model", "model"),
    ("no_snapshot", "nothing, where no usage snapshot was given: advice to take one is left out otherwise"),
    ("pool", "pool, as the report names it"),
    ("recovery", "first admission after the block, as a time with its zone"),
    ("request_id", "request id of a refusal"),
    ("window", "window, as `5-hour` or `weekly`"),
];

/// Every cause, in the order of docs/CAUSES.md.
pub static REGISTRY: [&CauseInfo; 11] = [
    &concurrency_cap::CAUSE,
    &token_window::CAUSE,
    &rate_per_minute::CAUSE,
    &overload::CAUSE,
    &network::CAUSE,
    &billing::CAUSE,
    &access::CAUSE,
    &local_limit::CAUSE,
    &idle::CAUSE,
    &account_block::CAUSE,
    &undetermined::CAUSE,
];

/// What people are told of this cause.
pub fn info(cause: Cause) -> &'static CauseInfo {
    REGISTRY.into_iter().find(|c| c.cause == cause).unwrap_or(&undetermined::CAUSE)
}

/// A window as people say it: `5-hour`, `weekly`, `monthly`, `daily`, else its hours or minutes.
pub fn window_name(minutes: u32) -> String {
    match minutes {
        1_440 => "daily".to_owned(),
        10_080 => "weekly".to_owned(),
        40_320..=44_640 => "monthly".to_owned(),
        m if m % 1_440 == 0 => format!("{}-day", m / 1_440),
        m if m % 60 == 0 => format!("{}-hour", m / 60),
        m => format!("{m}-minute"),
    }
}

/// A cause as people say it, with its window where one is known: `used-up 5-hour token window`.
pub fn title(cause: Cause, window_minutes: Option<u32>) -> String {
    match window_minutes {
        Some(_) if cause == Cause::TokenWindow => format!("used-up {}", limit(cause, window_minutes)),
        _ => info(cause).title.to_owned(),
    }
}

/// The limit itself as a noun: `5-hour token window`, `concurrency cap`. [`title`] says what happened to it.
pub fn limit(cause: Cause, window_minutes: Option<u32>) -> String {
    match (cause, window_minutes) {
        (Cause::TokenWindow, Some(m)) => format!("{} token window", window_name(m)),
        (Cause::TokenWindow, None) => "token window".to_owned(),
        (Cause::AccountBlock, _) => "account-level block of unknown kind".to_owned(),
        _ => info(cause).title.to_owned(),
    }
}

/// The limit as a verdict names it: a window whose length nothing tells is called that.
pub fn named_limit(cause: Cause, window_minutes: Option<u32>) -> String {
    match (cause, window_minutes) {
        (Cause::TokenWindow, None) => "token window of unknown length".to_owned(),
        _ => limit(cause, window_minutes),
    }
}

/// Puts values into a template. A sentence with a placeholder that has no value is left out, so the answer may be
/// empty; what is left never shows a brace.
pub fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let filled: Vec<String> = sentences(template).iter().filter_map(|s| fill_sentence(s, values)).collect();
    filled.join(" ")
}

/// The sentences of a list that could be filled.
pub fn fill_all(templates: &[&str], values: &[(&str, &str)]) -> Vec<String> {
    templates.iter().map(|t| fill(t, values)).filter(|s| !s.is_empty()).collect()
}

fn fill_sentence(sentence: &str, values: &[(&str, &str)]) -> Option<String> {
    let mut out = String::with_capacity(sentence.len());
    let mut rest = sentence;
    while let Some(open) = rest.find('{') {
        let close = open + rest[open..].find('}')?;
        let (_, value) = values.iter().find(|(name, _)| *name == &rest[open + 1..close])?;
        out.push_str(&rest[..open]);
        out.push_str(value);
        rest = &rest[close + 1..];
    }
    out.push_str(rest);
    Some(out)
}

/// Cuts after a full stop, question or exclamation mark that a space and a capital letter or placeholder follow.
fn sentences(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut from = 0;
    for (i, _) in text.match_indices(' ') {
        let ended = text[..i].ends_with(['.', '?', '!']);
        if ended && text[i + 1..].starts_with(|c: char| c.is_uppercase() || c == '{') {
            found.push(&text[from..i]);
            from = i + 1;
        }
    }
    found.push(&text[from..]);
    found
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
