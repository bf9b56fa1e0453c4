//! The provider has no capacity or fails.

use super::CauseInfo;
use crate::model::Cause;

/// What people are told of it.
pub static CAUSE: CauseInfo = CauseInfo {
    cause: Cause::Overload,
    title: "provider overload",
    meaning: "The provider had no capacity for the model, or its servers failed. Your account and its limits have no \
              part in it. It may hit one model only, and some providers send it as a 429.",
    typical_life: "Minutes, in an outage hours.",
    signs_for: &[
        "Answers of 529, 503 or a run of 500, 502 and 504.",
        "A text about capacity or overload.",
        "Other accounts and pools of the same provider are hit at the same time.",
        "Successes and failures alternate without regard to how much is in flight.",
    ],
    signs_against: &[
        "Another account on the same model worked at the same time.",
        "Only the heaviest agents were refused.",
        "The block ended at a published reset.",
    ],
    ends_when: "It ends when the provider has capacity again; nothing on your side ends it.",
    advice_now: &[
        "Look at the provider's status page.",
        "Retry with growing pauses, or switch to another model for a while.",
    ],
    advice_change: &[
        "Configure a second model or provider for such times.",
        "Let the client retry 5xx and 529 with random pauses, and give up later than after a few seconds.",
    ],
    settles: "The provider's status page or incident history for {first_refusal}. A second account or model that \
              worked at the same time would speak against it.",
    ask_support: &[
        "Was there an incident or a shortage of capacity for {model} at {at}?",
        "Was request {request_id} refused for capacity or for a limit of our account?",
    ],
    prior: "Common and mostly short; a text about capacity misleads now and then.",
};
