//! How long it stayed quiet after the recovery.

use super::numbers::{counted, duration, was};
use crate::evidence::after::After;

pub(super) fn statement(seen: &After) -> String {
    format!(
        "After the recovery, {} {} admitted over {} {}.",
        counted(seen.admitted_after, "request"),
        was(seen.admitted_after),
        duration(seen.quiet_s),
        if seen.refused_again { "before the next refusal" } else { "without another refusal" }
    )
}
