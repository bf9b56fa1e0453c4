//! The evidence does not decide.

use super::CauseInfo;
use crate::model::Cause;

/// What people are told of it.
pub static CAUSE: CauseInfo = CauseInfo {
    cause: Cause::Undetermined,
    title: "undetermined",
    meaning: "What the log holds fits two causes about equally well, and the report names both. That is a finding: it \
              says what is excluded and what single observation would decide.",
    typical_life: "Not known.",
    signs_for: &[
        "Few refusals, or all within a minute and then silence.",
        "No usage snapshot, no text that names a limit, no Retry-After.",
        "The log begins or ends inside the block, or hides when requests ended.",
    ],
    signs_against: &["One piece of direct evidence: a text that names a limit, or a usage snapshot inside the block."],
    ends_when: "It depends on which of the two it was.",
    advice_now: &[
        "Do what is safe under both: stop the retries and run fewer agents.",
        "Add the logs of all clients of the account and run the analysis again.",
    ],
    advice_change: &[
        "Save usage snapshots{no_snapshot} every few minutes while agents run.",
        "Turn on the client's log of single requests, with start, end, status and error text.",
    ],
    settles: "What the report lists as missing for this episode; most often a usage snapshot between {first_refusal} \
              and {recovery}.",
    ask_support: &[
        "Which limit refused {pool} from {first_refusal} to {last_refusal}, and what was its value?",
        "What does the text of request {request_id} stand for: requests at once, per minute, or a used-up quota?",
    ],
    prior: "None: it is what is left when no cause leads.",
};
