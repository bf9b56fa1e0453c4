//! Requests or tokens per minute.

use super::CauseInfo;
use crate::model::Cause;

/// What people are told of it.
pub static CAUSE: CauseInfo = CauseInfo {
    cause: Cause::RatePerMinute,
    title: "limit per minute",
    meaning: "Within about a minute more requests were sent, or more tokens used, than the provider allows. The count \
              clears by itself within a minute or two. Some providers limit by model, so another model may go on.",
    typical_life: "Seconds to two minutes, and again with the next burst. A limiter that counts refused requests too \
                   can keep a retrying client out for much longer.",
    signs_for: &[
        "Refusals follow a burst of requests or tokens in the minute before.",
        "A short Retry-After that changes from refusal to refusal.",
        "The pause until the next admission is shorter than about two minutes.",
    ],
    signs_against: &[
        "Refusals came after a quiet minute.",
        "Attempts minutes apart were all refused.",
        "Minutes with more use than this one passed without a refusal.",
    ],
    ends_when: "It ends when the minute's count has cleared. If refused requests count, it ends only after a silence.",
    advice_now: &[
        "Pause for two minutes without any retry, then start slowly.",
        "Honour Retry-After when the answer carries one.",
    ],
    advice_change: &[
        "Spread the start of parallel agents over a minute.",
        "Send shorter histories, or use the provider's cache if cached tokens count less.",
        "Stay below the limit of {limit} that the text names.",
        "Use growing, random pauses between retries.",
    ],
    settles: "A text or header that names requests or tokens per minute, or the number of requests and tokens in the \
              minute before each refusal.",
    ask_support: &[
        "What are the limits per minute of {pool}, in requests and in tokens?",
        "Which of them refused at {at}?",
        "Do refused requests count towards it?",
    ],
    prior: "Common on pay-as-you-go APIs, less so on subscriptions.",
};
