//! What a cap explains, and what a limit per minute.

use super::numbers::counted;
use super::replay_minute::limit;
use crate::evidence::replay_between::ReplayBetween;

pub(super) fn statement(seen: &ReplayBetween) -> String {
    format!(
        "{} would explain {} of {} refusals and {} of {} admissions nearby; the best limit per minute ({}) explains {} and {}.",
        counted(seen.best_cap as usize, "slot"),
        seen.refusals_by_cap,
        seen.refusals,
        seen.admissions_by_cap,
        seen.admissions,
        limit(seen.best_limit, seen.best_limit_counts),
        seen.refusals_by_limit,
        seen.admissions_by_limit
    )
}
