//! What a cap on requests in flight explains.

use super::numbers::counted;
use crate::evidence::replay_cap::ReplayCap;

pub(super) fn statement(seen: &ReplayCap) -> String {
    format!(
        "A cap of {} would explain {} of {} refusals and {} of {} admissions nearby.",
        counted(seen.best_cap as usize, "request"),
        seen.refusals_by_cap,
        seen.refusals,
        seen.admissions_by_cap,
        seen.admissions
    )
}
