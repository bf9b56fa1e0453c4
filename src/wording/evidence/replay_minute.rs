//! What a limit per minute explains.

use super::numbers::thousands;
use crate::evidence::replay::PerMinute;
use crate::evidence::replay_minute::ReplayMinute;

pub(super) fn statement(seen: &ReplayMinute) -> String {
    format!(
        "The best limit per minute, {}, would explain {} of {} refusals and {} of {} admissions nearby.",
        limit(seen.best_limit, seen.best_limit_counts),
        seen.refusals_by_limit,
        seen.refusals,
        seen.admissions_by_limit,
        seen.admissions
    )
}

/// `12 requests in 60 s`, `31,000 tokens in a clock minute`, `20 requests in 60 s with the refused ones`.
pub(super) fn limit(threshold: u64, counts: PerMinute) -> String {
    let number = thousands(threshold);
    let rest = match counts {
        PerMinute::Requests => "requests in 60 s",
        PerMinute::Tokens => "tokens in 60 s",
        PerMinute::RequestsInClockMinute => "requests in a clock minute",
        PerMinute::TokensInClockMinute => "tokens in a clock minute",
        PerMinute::RequestsWithRefused => "requests in 60 s with the refused ones",
    };
    format!("{number} {rest}")
}
