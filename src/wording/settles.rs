//! What would settle an open question, without what the log holds already: starts and ends, texts, usage snapshots inside the block.
//!
//! In: a cause in question. Out: templates of sentences. The full wish of each cause stands in `crate::causes`; here is what is
//! left of it.

use crate::causes;
use crate::evidence::{EpisodeContext, has_snapshot_inside, snapshot_in_gap};
use crate::model::Cause;

/// What would show whether it was this cause.
pub(crate) fn settles(case: &EpisodeContext<'_>, cause: Cause, minutes: Option<u32>) -> Vec<&'static str> {
    match cause {
        Cause::TokenWindow => match minutes {
            Some(m) if snapshot_in_gap::exhausted_in_silence(case, m).is_some() => {
                vec![after_an_exhausted_snapshot(case)]
            }
            _ if has_snapshot_inside(case) => vec![RECORD],
            _ => vec![causes::info(cause).settles],
        },
        Cause::AccountBlock if has_snapshot_inside(case) => vec![RECORD],
        Cause::ConcurrencyCap if knows_every_end(case) => {
            vec!["The log of every other client that uses the account, or an error text that names concurrency."]
        }
        Cause::RatePerMinute if knows_every_start(case) => vec![
            "An error text or a header that names requests or tokens per minute, or the limits per minute of the account.",
        ],
        Cause::Access if has_texts(case) => {
            vec![
                "A request with the same key from another client: if it is admitted, the client is refused and not the key.",
            ]
        }
        _ => vec![causes::info(cause).settles],
    }
}

const RECORD: &str =
    "The provider's own record of why it refused: a usage snapshot inside the block is there and does not decide.";

fn after_an_exhausted_snapshot(case: &EpisodeContext<'_>) -> &'static str {
    match case.episode.first_admission_after {
        None => {
            "Requests admitted at the reset, {reset}, and not before; or an error text or header that names the window."
        }
        Some(_) => {
            "An error text or a header that names the window: a usage snapshot shows it used up, but no request was admitted at \
             its reset."
        }
    }
}

/// Whether start and end of every admitted request are read.
fn knows_every_end(case: &EpisodeContext<'_>) -> bool {
    let flight = &case.pool.flight;
    flight.usable && flight.missing == 0.0 && flight.collapsed == 0.0 && case.not_logged() == 0
}

/// Whether the start of every request is read, so that each minute can be counted.
fn knows_every_start(case: &EpisodeContext<'_>) -> bool {
    let flight = &case.pool.flight;
    flight.collapsed == 0.0 && case.not_logged() == 0 && case.refusals().all(|a| a.start_read)
}

/// Whether most refusals carry the text of the answer.
fn has_texts(case: &EpisodeContext<'_>) -> bool {
    2 * case.refusals().filter(|a| a.error_message.is_some()).count() >= case.episode.refusals.len()
}
