//! No attempt was made and none was refused before.

use super::CauseInfo;
use crate::model::Cause;

/// What people are told of it.
pub static CAUSE: CauseInfo = CauseInfo {
    cause: Cause::Idle,
    title: "nobody asked",
    meaning: "No request was sent for a while, and the one before it was not refused. Nothing was blocked: the agents \
              had ended, waited for a person, or the machine slept.",
    typical_life: "Until the next request.",
    signs_for: &[
        "The last request before the pause went well, and nothing was in flight for most of it.",
        "The pause is a night, a weekend or a break.",
    ],
    signs_against: &[
        "The last request before the pause was refused: then the pause is silence after a block.",
        "A usage snapshot taken during the pause shows nothing left.",
        "The client waits without writing anything when it is refused.",
    ],
    ends_when: "It ends with the next request.",
    advice_now: &["Nothing needs doing about limits."],
    advice_change: &[
        "If agents should have run, look at why they stopped: their own end, a question, the machine's sleep.",
    ],
    settles: "The client's own log of what the agents waited for.",
    ask_support: &[],
    prior: "Not weighed: it follows from the log by rule.",
};
