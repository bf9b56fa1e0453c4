//! Tries that a log has by their number only.
//!
//! A row may be numbered as the third try of its request while no row is the first or the second: the client wrote one row for
//! all. Clients repeat what was refused, so the first try was refused, at the row's start. The request was admitted, if
//! it was, in the last try only: a usual duration before the end of its row, as far as is known.
//!
//! Such rows are split in two. The refusal has no status and no text ([`Class::NotLogged`]), its row's line is its source, and
//! it counts as no row.

use super::{Context, Merged, PoolKeys, Rows, order};
use crate::model::median;
use crate::model::{Attempt, Class, Fidelity, Outcome, Tokens, Wait};

/// Of the requests that were repeated, this share must lack their first try before a log counts as one that writes one row for
/// all: a log that begins or ends in the middle lacks some.
const LACKING: f64 = 0.5;
/// A try is refused, and repeated, after some time; its last try began at least so much later, in seconds.
const APART_S: f64 = 0.001;

/// See the module. Each pool is looked at by itself, since one client may write to several.
pub(super) fn unfold(rows: &mut Rows, context: &Context<'_>) -> Merged {
    if rows.attempts.iter().all(|a| a.try_number <= 1) {
        return Merged::default();
    }
    let mut keys = PoolKeys::default();
    let numbers: Vec<usize> = rows.attempts.iter().map(|a| keys.number_of(a, &rows.texts, context)).collect();
    let mut pools = vec![Vec::new(); keys.into_numbers().len()];
    for (a, number) in rows.attempts.drain(..).zip(numbers) {
        pools[number].push(a);
    }
    for mut pool in pools {
        unfold_pool(&mut pool);
        rows.attempts.append(&mut pool);
    }
    order::sort(rows, context)
}

fn unfold_pool(attempts: &mut Vec<Attempt>) {
    if !writes_one_row_for_all(attempts) {
        return;
    }
    let usual_s = usual_s(attempts);
    let mut first_tries = Vec::new();
    for a in attempts.iter_mut().filter(|a| a.try_number > 1) {
        a.at_most = a.at_most.max(a.try_number);
        if a.fidelity == Fidelity::Observed {
            a.fidelity = Fidelity::Collapsed;
        }
        if !a.is_admitted() || !a.start_read {
            continue;
        }
        first_tries.push(first_try(a));
        a.start_low = a.start;
        let earliest = a.start.plus(APART_S);
        a.start = a.end.zip(usual_s).map_or(earliest, |(end, usual_s)| end.plus(-usual_s).max(earliest));
        a.end = a.end.map(|end| end.max(a.start));
    }
    attempts.append(&mut first_tries);
}

/// Whether the pool's rows stand for all tries of a request: those that are later tries lack the first one.
fn writes_one_row_for_all(attempts: &[Attempt]) -> bool {
    let count = |is: &dyn Fn(&Attempt) -> bool| attempts.iter().filter(|a| is(a)).count() as f64;
    let later = count(&|a| a.try_number > 1);
    if later == 0.0 {
        return false;
    }
    let (second, first) = (count(&|a| a.try_number == 2), count(&|a| a.try_number == 1 && !a.is_admitted()));
    // Where each try has its row, every second try has a failed first one.
    second == 0.0 || first < (1.0 - LACKING) * second
}

/// Median duration of what was admitted at once, in seconds.
fn usual_s(attempts: &[Attempt]) -> Option<f64> {
    let at_once = attempts.iter().filter(|a| a.is_admitted() && a.try_number <= 1 && a.start_read);
    let mut durations: Vec<f64> = at_once.filter_map(|a| Some(a.end?.since(a.start))).collect();
    durations.sort_unstable_by(f64::total_cmp);
    median(&durations)
}

fn first_try(row: &Attempt) -> Attempt {
    Attempt {
        end: None,
        outcome: Outcome::Refused,
        class: Class::NotLogged,
        status: None,
        fidelity: Fidelity::Inferred,
        at_most: row.try_number - 1,
        try_number: 1,
        ended_work: false,
        tokens: Tokens::UNKNOWN,
        error_kind: None,
        error_message: None,
        signal: None,
        request_id: None,
        request_hash: 0,
        retry_after: Wait::NOT_GIVEN,
        ..*row
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::testing::{ZERO, admitted, refused};
    use crate::model::Texts;

    fn tried(a: Attempt, try_number: u8) -> Attempt {
        Attempt { try_number, ..a }
    }

    #[test]
    fn a_row_for_three_tries_is_a_refusal_and_a_later_admission() {
        let mut texts = Texts::default();
        let mut attempts: Vec<Attempt> =
            (0..5).map(|n| tried(admitted(&mut texts, f64::from(n), f64::from(n) + 8.0, "a"), 1)).collect();
        attempts.push(tried(admitted(&mut texts, 100.0, 130.0, "b"), 3));
        attempts.push(tried(refused(&mut texts, 200.0, "b", 429), 4));
        unfold_pool(&mut attempts);
        let [.., last, failed, first] = &attempts[..] else { panic!() };
        assert_eq!((first.start, first.class, first.at_most), (ZERO.plus(100.0), Class::NotLogged, 2));
        assert!(first.is_refused() && !first.has_row() && first.source == last.source);
        // Others took 8 s, so the try that got in began at 122 s; it may have been as early as the row.
        assert_eq!((last.start_low, last.start), (ZERO.plus(100.0), ZERO.plus(122.0)));
        assert_eq!((last.at_most, last.fidelity), (3, Fidelity::Collapsed));
        // A row that failed is refused as it stands, and hides three more.
        assert_eq!((failed.start, failed.at_most, failed.class), (ZERO.plus(200.0), 4, Class::RateLimited));
    }

    #[test]
    fn where_each_try_has_its_row_nothing_changes() {
        let mut texts = Texts::default();
        let one = |texts: &mut Texts, t: f64| {
            [tried(refused(texts, t, "a", 429), 1), tried(admitted(texts, t + 5.0, t + 9.0, "a"), 2)]
        };
        let mut attempts: Vec<Attempt> = (0..4).flat_map(|n| one(&mut texts, f64::from(n) * 20.0)).collect();
        // The log begins in the middle of one more.
        attempts.push(tried(admitted(&mut texts, 1.0, 3.0, "b"), 2));
        let before = attempts.clone();
        unfold_pool(&mut attempts);
        assert_eq!(attempts, before);
    }

    #[test]
    fn a_short_last_try_still_comes_after_the_first() {
        let mut texts = Texts::default();
        let mut attempts = vec![
            tried(admitted(&mut texts, 0.0, 50.0, "a"), 1),
            tried(admitted(&mut texts, 60.0, 63.0, "a"), 2),
            tried(Attempt { end: None, ..admitted(&mut texts, 70.0, 71.0, "a") }, 2),
        ];
        unfold_pool(&mut attempts);
        assert_eq!([attempts[1].start, attempts[2].start], [60.001, 70.001].map(|s| ZERO.plus(s)));
    }
}
