//! The log of a server or gateway that names no provider, beside the client's own log.
//!
//! One attempt counts once. A pool whose provider no log names repeats another pool when most of its admissions end when
//! the other's do, and far more of them than would by chance, which is measured by shifting it in time. Its rows go and
//! the report says so; the client's stay, since they name agents and texts.

use std::collections::BTreeMap;

use super::pairs::shifted_pairs;
use super::{Context, Merged, PoolKey, PoolKeys, Rows, UNKNOWN_PROVIDER};
use crate::model::Time;

/// How far apart two logs may stamp one end, in seconds.
pub(super) const TOLERANCE_S: f64 = 2.5;
/// Share of the admissions of one log that the other must have too.
const SHARE: f64 = 0.7;
/// How far above chance that share must be.
const ABOVE_CHANCE: f64 = 0.3;
/// Fewest admissions with an end on either side.
const LEAST: usize = 5;
/// Shifts at which chance is measured, in seconds: no multiple of a usual pause.
const SHIFTS_S: [f64; 4] = [-211.0, -97.0, 97.0, 211.0];

/// Takes out the rows of pools that repeat another.
pub(super) fn merge(rows: &mut Rows, context: &Context<'_>) -> Merged {
    let mut keys = PoolKeys::default();
    let numbers: Vec<usize> = rows.attempts.iter().map(|a| keys.number_of(a, &rows.texts, context)).collect();
    let keys: BTreeMap<PoolKey, usize> = keys.into_numbers();
    let (unknown, known): (Vec<_>, Vec<_>) = keys.iter().partition(|(key, _)| key.provider == UNKNOWN_PROVIDER);
    if unknown.is_empty() || known.is_empty() {
        return Merged::default();
    }
    let ends = ends_by_pool(rows, &numbers, keys.len());
    let mut gone = vec![false; keys.len()];
    let mut notes = Vec::new();
    for (key, number) in unknown {
        let Some((of, _)) = known.iter().find(|(_, n)| is_same_traffic(&ends[*number], &ends[**n])) else { continue };
        gone[*number] = true;
        let n = numbers.iter().filter(|n| *n == number).count();
        let (id, of) = (key.id(), of.id());
        notes.push(format!("{n} attempts of {id} are duplicates of attempts in {of} (their ends agree): each is counted once, as the client logs it."));
    }
    let marked: Vec<bool> = numbers.iter().map(|n| gone[*n]).collect();
    Merged { notes, ..Merged::duplicates(rows.retain_unmarked(&marked)) }
}

/// Ends of the admitted attempts of each pool, ascending.
fn ends_by_pool(rows: &Rows, numbers: &[usize], pools: usize) -> Vec<Vec<Time>> {
    let mut ends = vec![Vec::new(); pools];
    for (a, number) in rows.attempts.iter().zip(numbers).filter(|(a, _)| a.is_admitted()) {
        ends[*number].extend(a.end);
    }
    ends.iter_mut().for_each(|ends| ends.sort_unstable());
    ends
}

/// Whether two ascending lists of ends are those of the same requests.
pub(super) fn is_same_traffic(lesser: &[Time], better: &[Time]) -> bool {
    if lesser.len() < LEAST || better.len() < LEAST {
        return false;
    }
    let fewer = lesser.len().min(better.len()) as f64;
    let share = |shift_s: f64| shifted_pairs(lesser, better, TOLERANCE_S, shift_s).count() as f64 / fewer;
    let by_chance = SHIFTS_S.into_iter().map(share).fold(0.0, f64::max);
    let agreeing = share(0.0);
    agreeing >= SHARE && agreeing >= by_chance + ABOVE_CHANCE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::testing::{admitted, run_step};
    use crate::model::{Attempt, Texts};

    /// Requests at irregular distances, each stamped `late` seconds later.
    fn log(texts: &mut Texts, provider: Option<&str>, late: f64, seed: u64) -> Vec<Attempt> {
        let mut t = 0.0;
        let mut x = seed;
        let client = texts.intern("somebody");
        let provider = provider.map(|p| texts.intern(p));
        (0..60)
            .map(|_| {
                x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                t += 10.0 + (x >> 33) as f64 % 50.0;
                Attempt { client, provider, ..admitted(texts, t + late, t + late + 7.0, "a") }
            })
            .collect()
    }

    fn merged(late: f64, seed: u64) -> (Merged, Rows) {
        let mut texts = Texts::default();
        let mut attempts = log(&mut texts, Some("kimi-code"), 0.0, 7);
        attempts.extend(log(&mut texts, None, late, seed));
        let mut rows = Rows { attempts, texts, ..Rows::default() };
        (run_step(merge, &mut rows), rows)
    }

    #[test]
    fn a_server_s_log_of_the_same_requests_counts_once() {
        let (done, rows) = merged(0.8, 7);
        assert_eq!((done.duplicates, done.notes.len(), rows.attempts.len()), (60, 1, 60));
        assert!(rows.attempts.iter().all(|a| a.provider.is_some()), "the client's rows stay");
    }

    #[test]
    fn another_account_s_requests_at_the_same_time_stay() {
        let (done, rows) = merged(0.0, 8);
        assert_eq!((done.duplicates, rows.attempts.len()), (0, 120));
    }
}
