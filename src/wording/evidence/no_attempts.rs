//! A silence.

use super::numbers::duration;
use crate::evidence::no_attempts::NoAttempts;

pub(super) fn statement(seen: &NoAttempts) -> String {
    format!("No attempt was made for {}, and the one before was not refused.", duration(seen.silence_s))
}
