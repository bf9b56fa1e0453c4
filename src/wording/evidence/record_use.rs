//! The most that was used elsewhere.

use super::numbers::duration;
use crate::evidence::record_use::RecordUse;

pub(super) fn statement(seen: &RecordUse) -> String {
    format!(
        "Elsewhere up to {:.2} times as many tokens were used in {} as before this episode, and requests were still admitted.",
        seen.ratio(),
        duration(f64::from(seen.window_minutes) * 60.0)
    )
}
