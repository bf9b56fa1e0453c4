//! An account-level block that no known limit explains.

use super::CauseInfo;
use crate::model::Cause;

/// What people are told of it.
pub static CAUSE: CauseInfo = CauseInfo {
    cause: Cause::AccountBlock,
    title: "account-level block",
    meaning: "The whole account (or one model of it) was refused for a while, and nothing in the log shows which limit \
              did it. It can be a used-up window without proof, a limit that the provider does not publish, a safety \
              brake, or a fault in its bookkeeping. A long span without any admission refutes a concurrency cap but does not prove a window.",
    typical_life: "Minutes to days; nobody can know beforehand.",
    signs_for: &[
        "Nothing is admitted for longer than any request lasts, however few are in flight.",
        "Slots were free, and the next attempts were refused all the same.",
        "A usage snapshot during the block shows quota left.",
        "Other accounts and providers worked at the same time.",
    ],
    signs_against: &["Other requests of the pool were admitted in between.", "A snapshot or a text names the limit."],
    ends_when: "It ended when requests were admitted again; why, the log does not show.",
    advice_now: &[
        "Save a usage snapshot{no_snapshot} now, with its time: it separates a used-up window from anything else.",
        "Try one small request every few minutes instead of many retries.",
    ],
    advice_change: &[
        "Save usage snapshots{no_snapshot} while agents run: one taken during the next block names the cause.",
        "Keep the full text and headers of refused answers, if the client can log them.",
    ],
    settles: "A usage snapshot taken between {first_refusal} and {recovery}. The provider's own record of why it refused \
              request {request_id} would decide it as well.",
    ask_support: &[
        "Which limit refused {pool} from {first_refusal} to {last_refusal}?",
        "Was any quota of {pool} used up at {at}, and if not, what else blocks an account?",
    ],
    prior: "Unknown by nature, so it is tied to the used-up window: where the log cannot distinguish two causes, \
            a guess must not do it.",
};
