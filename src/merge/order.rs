//! One order of rows, whatever the order of files, lines and threads: by time, then by content.

use std::cell::LazyCell;
use std::cmp::{Ordering, Reverse};

use super::{Context, Merged, Rows};
use crate::model::{Attempt, TextId, Texts};

/// Sorts the rows.
pub(super) fn sort(rows: &mut Rows, _: &Context<'_>) -> Merged {
    let order = LazyCell::new(|| Order::of(&rows.texts));
    sort_by_time(&mut rows.attempts, |a, b| order.content(a).cmp(&order.content(b)));
    Merged::default()
}

/// Sorts by start, then end, then by `then`. An attempt is large: its times are sorted, and it is moved once.
pub fn sort_by_time(attempts: &mut [Attempt], then: impl Fn(&Attempt, &Attempt) -> Ordering) {
    let times = |a: &Attempt| (a.start, a.end);
    if !attempts.is_sorted_by_key(times) {
        attempts.sort_by_cached_key(times);
    }
    for equal in attempts.chunk_by_mut(|a, b| times(a) == times(b)).filter(|e| e.len() > 1) {
        equal.sort_unstable_by(&then);
    }
}

/// An order of attempts of equal times that depends on their content alone, and on their place only where all else is
/// equal.
struct Order {
    places: Vec<u32>,
}

impl Order {
    fn of(texts: &Texts) -> Self {
        Self { places: texts.alphabetical() }
    }

    fn content(&self, a: &Attempt) -> impl Ord + use<> {
        let place = |id: Option<TextId>| id.map_or(0, |id| self.places.get(id.index()).map_or(0, |p| p + 1));
        let tokens = [a.tokens.input, a.tokens.output, a.tokens.cache_read, a.tokens.cache_write].map(|c| c.get());
        let agent = (place(Some(a.client)), place(a.session), place(a.agent), Reverse(a.rank));
        let said = (a.outcome, a.status, place(a.error_kind), place(a.error_message), a.request_hash, tokens);
        let pool = (place(a.provider), place(a.account), place(a.model));
        (agent, said, pool, a.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::testing::{admitted, run_step};

    #[test]
    fn equal_times_are_ordered_by_name_and_not_by_when_the_name_was_seen() {
        let mut texts = Texts::default();
        let attempts = ["b", "a"].map(|agent| admitted(&mut texts, 10.0, 12.0, agent)).to_vec();
        let mut rows = Rows { attempts, texts, ..Rows::default() };
        assert_eq!(run_step(sort, &mut rows), Merged::default());
        let agents: Vec<&str> = rows.attempts.iter().map(|a| rows.texts.get(a.agent.unwrap())).collect();
        assert_eq!(agents, ["a", "b"]);
    }
}
