//! Balance, credits, spend cap.

use super::CauseInfo;
use crate::model::Cause;

/// What people are told of it.
pub static CAUSE: CauseInfo = CauseInfo {
    cause: Cause::Billing,
    title: "balance or spend cap",
    meaning: "The balance or the credits are used up, or a spend cap is reached. Several providers send it as a 429, so \
              clients retry what no waiting ends.",
    typical_life: "Until money is added or the cap is raised; a daily or monthly cap ends with its period.",
    signs_for: &[
        "A text about balance, credit, billing or spend.",
        "A 402, or a type such as insufficient_quota.",
        "Every request is refused from one moment on, and waiting does not help.",
    ],
    signs_against: &[
        "The block ended by itself while nobody paid.",
        "The text comes from a provider that uses the word quota for limits of a minute.",
        "The billing page shows balance for this very key.",
    ],
    ends_when: "It ends with a payment or a raised cap, not with time.",
    advice_now: &[
        "Look at the balance that belongs to this key, then add credit or raise the cap.",
        "Stop the retries.",
    ],
    advice_change: &[
        "Turn on automatic refill or a warning before the balance ends.",
        "Give unattended agents a key with a cap of their own.",
    ],
    settles: "The billing page's history around {first_refusal}.",
    ask_support: &[
        "What were the balance and the spend cap of {pool} at {at}?",
        "Was request {request_id} refused for the balance or for a rate limit?",
    ],
    prior: "Rare in a log that worked minutes before; a text that names it decides.",
};
