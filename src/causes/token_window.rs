//! The quota of a window is used up.

use super::CauseInfo;
use crate::model::Cause;

/// What people are told of it.
pub static CAUSE: CauseInfo = CauseInfo {
    cause: Cause::TokenWindow,
    title: "used-up token window",
    meaning: "The quota of a period is used up, and the account (for some providers one model) gets nothing until the \
              window resets. The window has a length, such as 5 hours, a day or a week, and a kind: fixed times, \
              opened by the first request, or rolling. Many agents can use up five hours in minutes.",
    typical_life: "Until the reset: minutes to hours for a 5-hour window, up to days for a weekly one.",
    signs_for: &[
        "A usage snapshot taken during the block shows nothing left, and the first admission follows its reset.",
        "A text names the window, or all refusals point to the same instant.",
        "Nothing is admitted, however few requests are in flight, and then everything is.",
        "The use before the block was higher than ever before it without one.",
    ],
    signs_against: &[
        "A usage snapshot taken during the block shows quota left.",
        "More was used in an equal time elsewhere in the log without a block.",
        "The block lasted longer than the window.",
    ],
    ends_when: "It ends at the reset. A rolling window lets requests through one by one as old use ages out, so \
                sporadic successes do not rule it out.",
    advice_now: &[
        "Stop the retries: they change nothing while the window is used up.",
        "Save a usage snapshot{no_snapshot} now: it is the proof that is missing later.",
    ],
    advice_change: &[
        "Run fewer agents or pace them, so that the {window} token window lasts.",
        "Make the client wait for a named reset instead of retrying.",
        "Save a usage snapshot{no_snapshot} every few minutes while agents run, with its time.",
    ],
    settles: "A usage snapshot taken between {first_refusal} and {recovery}: nothing left proves it, quota left \
              refutes it. For Kimi Code that is the reply of /usages saved with `curl -si`, so that its Date header \
              tells the time.",
    ask_support: &[
        "Was the {window} quota of {pool} used up at {at}, and when did it reset?",
        "Is this window fixed, opened by the first request, or rolling?",
        "Do refused and cut requests count towards it, and how do cached tokens count?",
    ],
    prior: "Together with a concurrency cap the most common cause of a block with many agents; the 5-hour window far \
            more often than the weekly one.",
};
