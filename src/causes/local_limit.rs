//! The client or a gateway on the user's side refused by itself.

use super::CauseInfo;
use crate::model::{Cause, LocalLimit};

/// What people are told of it.
pub static CAUSE: CauseInfo = CauseInfo {
    cause: Cause::LocalLimit,
    title: "limit on your own side",
    meaning: "The client or a gateway of yours refused by itself, and the provider never saw these requests. It may be \
              a rate limit of the gateway, a limit on parallel requests, a budget, or a cooldown after failures.",
    typical_life: "A rate limit ends with its minute or period, a budget with its period or more money, a cooldown when \
                   it runs out.",
    signs_for: &[
        "A text that only the gateway writes: its own limit type, budget, cooldown, no deployments available.",
        "A log line without an upstream: Envoy's flag RL, an empty upstream status, nginx's limit_req_status.",
        "Answers within a millisecond or two, faster than a provider can answer.",
    ],
    signs_against: &[
        "The gateway's log shows the upstream's own status for the refused requests.",
        "The same key was refused from outside the gateway too.",
    ],
    ends_when: "It ends on your side: when the gateway's period or cooldown runs out, or its limit is raised.",
    advice_now: &[
        "Look up the limit in the gateway's configuration; the provider saw none of these requests.",
        "Send fewer requests through the gateway until its limit resets.",
    ],
    advice_change: &[
        "Set the gateway's limit just below the provider's, so that it does not refuse what the provider would serve.",
        "Log which limit refused, with its current value and its reset.",
    ],
    settles: "The gateway's upstream log between {first_refusal} and {recovery}: without an upstream answer there the \
              block was its own.",
    ask_support: &["Did you refuse any request of {pool} between {first_refusal} and {recovery}?"],
    prior: "Only where a gateway or a client with a limit of its own is in use.",
};

/// What to do about one kind of local limit.
pub struct Advice {
    /// While it lasts.
    pub now: &'static [&'static str],
    /// So that it does not come back.
    pub change: &'static [&'static str],
}

/// The kind of limit as a noun.
pub const fn title(kind: LocalLimit) -> &'static str {
    match kind {
        LocalLimit::Requests => "request limit on your own side",
        LocalLimit::Tokens => "token limit on your own side",
        LocalLimit::Parallel => "limit on parallel requests on your own side",
        LocalLimit::Budget => "budget on your own side",
        LocalLimit::Cooldown => "cooldown on your own side",
    }
}

/// What to do about it.
pub const fn advice(kind: LocalLimit) -> Advice {
    match kind {
        LocalLimit::Requests => Advice {
            now: &[
                "Send fewer requests per minute through the gateway until its limit resets.",
                "If the provider allows more, raise the gateway's request limit for this key, user or route.",
            ],
            change: &[
                "Set the gateway's request limit just below the provider's, and let clients follow its Retry-After.",
            ],
        },
        LocalLimit::Tokens => Advice {
            now: &[
                "Send fewer or shorter requests through the gateway until its token limit resets.",
                "If the provider allows more, raise the gateway's token limit for this key, team or model.",
            ],
            change: &["Set the gateway's token limit from the provider's; long histories use it up in a few requests."],
        },
        LocalLimit::Parallel => Advice {
            now: &[
                "Run fewer requests at once through the gateway.",
                "If nothing is running and it still refuses, its slots were not given back: restart it.",
            ],
            change: &["Raise the gateway's limit on parallel requests, or run fewer agents than it has slots."],
        },
        LocalLimit::Budget => Advice {
            now: &[
                "Raise the budget of this key, user or team in the gateway, or wait for its next period.",
                "Stop the retries: a used-up budget refuses every one of them.",
            ],
            change: &["Alert on the spend well before the budget, and give unattended agents a key of their own."],
        },
        LocalLimit::Cooldown => Advice {
            now: &[
                "Read the gateway's log for the first failure before the cooldown: that is the cause to look for.",
                "Restart the gateway, or clear its cooldown, once that cause is over.",
            ],
            change: &["Shorten the cooldown, and let it follow the provider's Retry-After."],
        },
    }
}
