//! Key, ban, client not allowed, model not in the plan.

use super::CauseInfo;
use crate::model::Cause;

/// What people are told of it.
pub static CAUSE: CauseInfo = CauseInfo {
    cause: Cause::Access,
    title: "access refused",
    meaning: "The provider refuses this key, client, model or prompt length whatever the use: a wrong or expired key, a \
              ban, a client that is not allowed, a model that the plan does not include. Beware: several providers \
              send used-up quotas and concurrency caps as 403 too.",
    typical_life: "Until something is changed: the key, the plan, the client.",
    signs_for: &[
        "Answers of 401, or of 403 whose text speaks of the key, the client or the plan.",
        "Every request of one client or model fails from the first on.",
        "Another client or model works with the same account.",
    ],
    signs_against: &[
        "The 403 names a usage limit or concurrent requests.",
        "The same key worked minutes before and after, and nothing was changed.",
    ],
    ends_when: "It ends when the key, the client, the model or the plan is changed.",
    advice_now: &[
        "Read the sentence of the answer before you change the key: the status alone does not tell.",
        "Log in again, then try the smallest request with the same key and model.",
    ],
    advice_change: &[
        "Renew keys before they expire, and give each client its own.",
        "Check that the plan includes the model and the prompt length you use.",
    ],
    settles: "The text of one refused answer in full. A request with the same key from another client would show \
              whether the client is the matter.",
    ask_support: &[
        "Why was request {request_id} refused at {at}: the key, the client, the model or a limit?",
        "Is {pool} under any restriction, and how can it be lifted?",
    ],
    prior: "Rare in a log that worked minutes before; a 403 weighs less than it seems.",
};
