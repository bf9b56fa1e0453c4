//! Counts by minute, and tokens over the window that ends with each.

use super::PoolTimeline;
use crate::model::{Attempt, Time};

const MINUTE_US: i64 = 60_000_000;

/// Counts of one pool in one minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minute {
    /// Minutes since the epoch.
    pub minute: i64,
    /// Admissions that started in it.
    pub admitted: u32,
    /// Refusals that started in it.
    pub refused: u32,
    /// Tokens of its admissions.
    pub tokens: u64,
    /// Tokens of the admissions in the window that ends with it.
    pub tokens_in_window: u64,
}

/// Counts by minute, in order, for each of the windows (in minutes). Minutes without attempts are absent.
pub fn per_minute(pool: &PoolTimeline, windows: &[u32]) -> Vec<Vec<Minute>> {
    let counts = counts(&pool.attempts);
    windows.iter().map(|w| with_window(counts.clone(), *w)).collect()
}

/// Counts by minute of attempts that ascend by start.
fn counts(attempts: &[Attempt]) -> Vec<Minute> {
    let by_minute = attempts.chunk_by(|a, b| minute_of(a.start) == minute_of(b.start));
    let count = |attempts: &[Attempt]| {
        let mut sum = Minute { minute: attempts.first().map_or(0, |a| minute_of(a.start)), ..Minute::default() };
        for a in attempts {
            sum.admitted += u32::from(a.is_admitted());
            sum.refused += u32::from(a.is_refused());
            sum.tokens += if a.is_admitted() { a.tokens.total().unwrap_or(0) } else { 0 };
        }
        sum
    };
    by_minute.map(count).collect()
}

/// Fills the sums over a window: the minute itself and those less than a window before it.
fn with_window(mut minutes: Vec<Minute>, window_minutes: u32) -> Vec<Minute> {
    let (mut first, mut sum) = (0, 0);
    for i in 0..minutes.len() {
        sum += minutes[i].tokens;
        while minutes[first].minute <= minutes[i].minute - i64::from(window_minutes) {
            sum -= minutes[first].tokens;
            first += 1;
        }
        minutes[i].tokens_in_window = sum;
    }
    minutes
}

fn minute_of(t: Time) -> i64 {
    t.micros().div_euclid(MINUTE_US)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Count, Texts, Tokens};
    use crate::timeline::testing::{admitted, pool, refused};

    #[test]
    fn a_window_holds_its_own_minute_and_those_less_than_its_length_before() {
        let mut texts = Texts::default();
        let mut with_tokens = |minute: f64, n: u64| {
            let tokens = Tokens { output: Count::new(Some(n)), ..Tokens::UNKNOWN };
            Attempt { tokens, ..admitted(&mut texts, minute * 60.0 + 1.0, minute * 60.0 + 9.0, "a") }
        };
        let mut attempts =
            vec![with_tokens(0.0, 10), with_tokens(0.5, 5), with_tokens(2.0, 100), with_tokens(5.0, 1000)];
        attempts.push(refused(&mut texts, 130.0, "a", 429));
        let pool = pool(&texts, attempts);
        let all = per_minute(&pool, &[1, 3, 300]);
        let sums = |i: usize| all[i].iter().map(|m| m.tokens_in_window).collect::<Vec<u64>>();
        assert_eq!((sums(0), sums(1), sums(2)), (vec![15, 100, 1000], vec![15, 115, 1000], vec![15, 115, 1115]));
        let counted: Vec<_> = all[0].iter().map(|m| (m.admitted, m.refused, m.tokens)).collect();
        assert_eq!(counted, [(2, 0, 15), (1, 1, 100), (1, 0, 1000)]);
    }
}
