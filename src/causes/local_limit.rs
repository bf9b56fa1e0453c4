//! The client or a gateway on the user's side refused by itself.

use super::CauseInfo;
use crate::model::Cause;

/// What people are told of it.
pub static CAUSE: CauseInfo = CauseInfo {
    cause: Cause::LocalLimit,
    title: "limit on your own side",
    meaning: "The client or a gateway of yours refused or paused by itself, and nothing was sent. A short refusal by \
              the provider often starts it. The gateway's pause is a guess and can outlast the provider's block by \
              hours.",
    typical_life: "As long as the gateway's cooldown; some end only with a restart.",
    signs_for: &[
        "A text that only the gateway writes: cooldown, no deployments available, its own parallel limit.",
        "Answers within a millisecond or two, faster than a provider can answer.",
        "No upstream request in the gateway's own log during the gap.",
    ],
    signs_against: &[
        "The gateway's log shows upstream refusals during the gap.",
        "The same key was refused from outside the gateway too.",
    ],
    ends_when: "It ends when the cooldown runs out or the gateway is restarted.",
    advice_now: &[
        "Read the gateway's log for the first failure before the cooldown: that is the cause to look for.",
        "Restart the gateway, or clear its cooldown, once that cause is over.",
    ],
    advice_change: &[
        "Shorten the cooldown, and let it follow the provider's Retry-After.",
        "Raise the gateway's own parallel limit, or lower the number of agents below it.",
    ],
    settles: "The gateway's upstream log between {first_refusal} and {recovery}: without an upstream answer there the \
              block was its own.",
    ask_support: &["Did you refuse any request of {pool} between {first_refusal} and {recovery}?"],
    prior: "Only where a gateway or a client with a limit of its own is in use.",
};
