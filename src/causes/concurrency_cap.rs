//! Too many requests of a pool in flight at once.

use super::CauseInfo;
use crate::model::Cause;

/// What people are told of it.
pub static CAUSE: CauseInfo = CauseInfo {
    cause: Cause::ConcurrencyCap,
    title: "concurrency cap",
    meaning: "The provider lets a pool have only so many requests in flight at once, and refuses the next one until a \
              running one ends. Nothing is used up: the quota can be nearly full. The cap counts all clients and keys \
              of the account, also those whose logs are not here.",
    typical_life: "Seconds to minutes: it ends when a slot frees. With few slots and long requests it can look like a \
                   total block for half an hour or more.",
    signs_for: &[
        "Refusals come only when many requests are in flight, and admissions when fewer are.",
        "After a running request ends, the next attempt is admitted.",
        "Many parallel agents start together and a part of them gets through.",
    ],
    signs_against: &[
        "Attempts were refused while far fewer requests were in flight than were admitted at other times.",
        "Requests ended, slots were free, and the next attempts were refused all the same.",
        "Refusals came with nothing in flight at all.",
    ],
    ends_when: "It ends when a request in flight ends; no clock is involved.",
    advice_now: &[
        "Let the requests in flight finish before you start more.",
        "Start again with at most {cap} requests at once, the estimated cap.",
        "Do not change the key or buy quota: neither adds a slot.",
    ],
    advice_change: &[
        "Limit the number of parallel agents in the client's configuration. Run at most {cap} at once, fewer when other \
         clients use the same account.",
        "Keep requests short where many run at once: a slot is held until the last token.",
        "Add random pauses between retries, so that waiting agents do not all ask in the same second.",
    ],
    settles: "A log with start and end of every request on the account, by all its clients, or a text that names \
              concurrency. A usage snapshot may show the cap, but never how many slots are taken.",
    ask_support: &[
        "How many requests of {pool} were in flight at {at}, and what is its cap?",
        "Are slots given back when a client cuts the connection, and how soon?",
        "We estimate a cap of {cap} for {pool} from our log: is that right?",
    ],
    prior: "Together with a used-up window the most common cause of a block with many agents.",
};
