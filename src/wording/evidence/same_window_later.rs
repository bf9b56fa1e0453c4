//! What was left of the same window after the episode.

use super::window;
use crate::evidence::same_window_later::SameWindowLater;

pub(super) fn statement(seen: &SameWindowLater) -> String {
    format!(
        "A usage snapshot taken at {}, after the refusals, shows {:.0} % of the same {} left (reset at {}); it was not used up.",
        seen.captured_at.rfc3339(),
        seen.remaining_share * 100.0,
        window(seen.window_minutes),
        seen.resets_at.rfc3339()
    )
}
