//! The hypotheses that bins speak of, by their keys.

use crate::model::Hypothesis;

/// A concurrency cap.
pub(super) const CAP: &str = "concurrency_cap";
/// A used-up window of any length.
pub(super) const WINDOW: &str = "token_window";
/// A limit per minute.
pub(super) const MINUTE: &str = "rate_per_minute";
/// No capacity.
pub(super) const OVERLOAD: &str = "overload";
/// No answer.
pub(super) const NETWORK: &str = "network";
/// Money.
pub(super) const BILLING: &str = "billing";
/// Key or plan.
pub(super) const ACCESS: &str = "access";
/// The user's own side.
pub(super) const LOCAL: &str = "local_limit";
/// A block that nothing else explains.
pub(super) const BLOCK: &str = "account_block";
/// What the observation is about.
pub(super) const TARGET: &str = "target";
/// All that it is not about.
pub(super) const OTHER: &str = "other";

/// Whether one of these keys names a hypothesis.
pub(super) fn names(keys: &[&str], h: &Hypothesis, is_target: bool) -> bool {
    let (key, cause) = (h.key(), h.cause.id());
    keys.iter().any(|k| *k == key || *k == cause || *k == TARGET && is_target || *k == OTHER && !is_target)
}
