//! What two rows of one attempt give to each other.

use crate::model::{Attempt, Class, Fidelity, Time};

/// When a row became known: its end, else its start.
pub(super) fn known_at(a: &Attempt) -> Time {
    a.end.unwrap_or(a.start)
}

/// Gives `keep` what it lacks and `other` tells. Agent and times stay unless `keep` had no start.
pub(super) fn fill(keep: &mut Attempt, other: &Attempt) {
    // That a server refused by itself is not undone by a status beside it.
    let knows_more =
        keep.status.is_none() && other.status.is_some() && !keep.is_admitted() && keep.class != Class::Local;
    let assumed = keep.has_assumed_success() && other.is_refused();
    if (keep.unconfirmed && !other.unconfirmed) || knows_more || assumed {
        (keep.class, keep.outcome) = (other.class, other.outcome);
    }
    if (keep.unconfirmed && !other.unconfirmed) || (keep.error_message.is_none() && other.error_message.is_some()) {
        (keep.error_kind, keep.error_message) = (other.error_kind.or(keep.error_kind), other.error_message);
    }
    keep.unconfirmed &= other.unconfirmed;
    keep.status = keep.status.or(other.status);
    keep.error_kind = keep.error_kind.or(other.error_kind);
    if !keep.start_read && other.start_read && keep.end.is_none_or(|e| other.start <= e) {
        (keep.start, keep.start_low, keep.start_read) = (other.start, other.start_low, true);
    }
    keep.end = keep.end.or(other.end);
    keep.at_most = keep.at_most.min(other.at_most);
    if keep.at_most == 1 && keep.fidelity == Fidelity::Collapsed {
        keep.fidelity = Fidelity::Observed;
    }
    keep.ended_work |= other.ended_work;
    if keep.request_hash == 0 {
        keep.request_hash = other.request_hash;
    }
    keep.request_id = keep.request_id.or(other.request_id);
    keep.provider = keep.provider.or(other.provider);
    keep.account = keep.account.or(other.account);
    keep.model = keep.model.or(other.model);
    keep.session = keep.session.or(other.session);
    keep.agent = keep.agent.or(other.agent);
    keep.retry_after = keep.retry_after.or(other.retry_after);
    let tokens = [
        (&mut keep.tokens.input, other.tokens.input),
        (&mut keep.tokens.output, other.tokens.output),
        (&mut keep.tokens.cache_read, other.tokens.cache_read),
        (&mut keep.tokens.cache_write, other.tokens.cache_write),
    ];
    let keep_tokens = tokens.iter().all(|(mine, _)| mine.get().is_none());
    for (mine, theirs) in tokens {
        // A source that counts the cache inside its input must not be mixed with one that does not.
        if keep_tokens {
            *mine = theirs;
        }
    }
    keep.also = keep.also.or(other.also);
}
