//! How much of the episode nobody probed.

use super::numbers::duration;
use crate::evidence::silent_share::SilentShare;

pub(super) fn statement(seen: &SilentShare) -> String {
    format!(
        "Refusals span {}; the end lies somewhere in the {} after the last one, when no request was sent.",
        duration(seen.span_s),
        duration(seen.unprobed_s)
    )
}
