//! The request did not reach the provider, or the answer did not come back.

use super::CauseInfo;
use crate::model::Cause;

/// What people are told of it.
pub static CAUSE: CauseInfo = CauseInfo {
    cause: Cause::Network,
    title: "network failure",
    meaning: "The connection failed on the way: no name, no route, a cut stream or a time-out. No limit was involved, \
              and the provider may not have seen the requests at all.",
    typical_life: "As long as the connection is down: seconds to hours.",
    signs_for: &[
        "Failures carry no HTTP status, only a connection error.",
        "Streams that were running broke at the moment the block began.",
        "All pools and providers fail at the same time.",
    ],
    signs_against: &[
        "Answers with a status came back during the block.",
        "Another provider worked from the same machine.",
        "Only requests of one duration fail, which points to a time-out on the way.",
    ],
    ends_when: "It ends when the connection is back.",
    advice_now: &[
        "Check the connection, the VPN and the proxy from the machine that ran the agents.",
        "Ask another server from there; if that fails too, it is not the provider.",
    ],
    advice_change: &[
        "Let the client retry connection errors for longer than a short cut lasts.",
        "If streams break at the same age again and again, raise the idle time-out of the proxy in between.",
    ],
    settles: "Connection errors of other programs on the machine at {first_refusal}, or the log of the proxy or \
              router. The provider can say whether request {request_id} arrived.",
    ask_support: &[
        "Did requests of {pool} reach you at {at}?",
        "Do cut streams count towards our quota or hold a slot?",
    ],
    prior: "Less common than limits, but often taken for one, since clients retry both in the same way.",
};
