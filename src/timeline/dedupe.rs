//! One attempt counts once, though it is told by several lines.
//!
//! In: the attempts of all files, with ids of one text table, times in UTC. Out: each attempt once, sorted by time;
//! the same for any order of files and lines. The steps, in this order:
//!
//! 1. **Repeats.** Two rows of one named agent that agree in start, end and outcome are one: a agent is sequential.
//!    This needs stamps finer than a second. Rows without a named agent are never merged inside a file, since equal
//!    lines are then different agents; of a copied or split file each row counts as often as in the file that has
//!    it most often.
//! 2. **Two sources.** Within a family of formats, rows of a lower rank are matched one to one with rows of a higher
//!    rank: same request id, or same session (and agent, if the lower row names one); admitted with admitted, told within the
//!    family's tolerance, nearest first. At last, a request without an end that was taken as admitted is what the lower
//!    row of its id says: a failure. The higher row keeps its agent and times and takes what it lacks.
//! 3. **Forks.** A forked session copies the history of its parent: agents of one agent name whose first attempts are
//!    the same instant for instant share all attempts that agree.
//! 4. **Request ids.** Equal id, client, account and outcome, told within two seconds. Claude Code's ids are those of
//!    messages, which forks and resumed sessions copy at any later time: the earliest one stays.
//! 5. Rows that only hint at a failure (`unconfirmed`) and were matched with nothing are dropped and counted.

mod repeats;
mod sources;

use std::cmp::{Ordering, Reverse};

use crate::model::{Attempt, Class, Fidelity, TextId, Texts, Time};

/// What merging gave.
#[derive(Debug, Default)]
pub struct Merged {
    /// Each attempt once, by start, end and content.
    pub attempts: Vec<Attempt>,
    /// Rows that told an attempt again.
    pub duplicates: u64,
    /// Rows dropped since nothing confirmed that they were failures.
    pub unconfirmed: u64,
    /// Sentences for the report's notes.
    pub notes: Vec<String>,
}

/// Merges rows that tell one attempt. All ids belong to `texts`.
pub fn merge(mut attempts: Vec<Attempt>, texts: &Texts) -> Merged {
    let order = Order { places: texts.alphabetical() };
    sort_by_time(&mut attempts, |a, b| order.content(a).cmp(&order.content(b)));
    let told = attempts.len();
    let agents = Agents { canonical: texts.find("canonical") };
    repeats::drop_repeats(&mut attempts, &agents);
    sources::merge_sources(&mut attempts, texts);
    repeats::merge_forks(&mut attempts, texts.find("kimi-code"));
    repeats::merge_request_ids(&mut attempts, texts.find("claude-code"));
    let once = attempts.len();
    attempts.retain(|a| !a.unconfirmed);
    sort_by_time(&mut attempts, |a, b| order.content(a).cmp(&order.content(b)));
    let unconfirmed = (once - attempts.len()) as u64;
    Merged { duplicates: (told - once) as u64, unconfirmed, notes: notes(unconfirmed), attempts }
}

fn notes(unconfirmed: u64) -> Vec<String> {
    let steps =
        if unconfirmed == 1 { "1 interrupted step is" } else { &format!("{unconfirmed} interrupted steps are") };
    let why = "left out: no log line says that the provider refused, so they may be cancels by the user";
    if unconfirmed == 0 { Vec::new() } else { vec![format!("{steps} {why}.")] }
}

/// Sorts by start, then end, then as told. An attempt is large: its times are sorted, and it is moved once.
pub(super) fn sort_by_time(attempts: &mut [Attempt], then: impl Fn(&Attempt, &Attempt) -> Ordering) {
    let times = |a: &Attempt| (a.start, a.end);
    if !attempts.is_sorted_by_key(times) {
        attempts.sort_by_cached_key(times);
    }
    for equal in attempts.chunk_by_mut(|a, b| times(a) == times(b)).filter(|e| e.len() > 1) {
        equal.sort_unstable_by(&then);
    }
}

/// When a row became known: its end, else its start.
fn told_at(a: &Attempt) -> Time {
    a.end.unwrap_or(a.start)
}

/// Which rows name their agent.
struct Agents {
    canonical: Option<TextId>,
}

impl Agents {
    /// An agent names the agent. In the canonical form a session does too, when there is no agent (docs/METHOD.md,
    /// "Definitions"); in client logs a session holds many agents.
    fn names(&self, a: &Attempt) -> bool {
        a.agent.is_some() || (a.session.is_some() && Some(a.client) == self.canonical)
    }
}

/// An order of attempts of equal times that depends on their content alone, and on their place only where all else is
/// equal.
struct Order {
    places: Vec<u32>,
}

impl Order {
    fn content(&self, a: &Attempt) -> impl Ord + use<> {
        let place = |id: Option<TextId>| id.map_or(0, |id| self.places.get(id.index()).map_or(0, |p| p + 1));
        let tokens = [a.tokens.input, a.tokens.output, a.tokens.cache_read, a.tokens.cache_write].map(|c| c.get());
        let agent = (place(Some(a.client)), place(a.session), place(a.agent), Reverse(a.rank));
        let said = (a.outcome, a.status, place(a.error_kind), place(a.error_message), a.request_hash, tokens);
        let pool = (place(a.provider), place(a.account), place(a.model));
        (agent, said, pool, a.source)
    }
}

/// Gives `keep` what it lacks and `other` tells. Agent and times stay unless `keep` had no start.
pub(super) fn fill(keep: &mut Attempt, other: &Attempt) {
    // That a server refused by itself is not undone by a status beside it.
    let told_more =
        keep.status.is_none() && other.status.is_some() && !keep.is_admitted() && keep.class != Class::Local;
    let assumed = keep.has_assumed_success() && other.is_refused();
    if (keep.unconfirmed && !other.unconfirmed) || told_more || assumed {
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

#[cfg(test)]
#[path = "dedupe/tests.rs"]
mod tests;
