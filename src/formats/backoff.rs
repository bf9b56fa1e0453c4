//! How many requests one row may collapse: a client that waits between its retries cannot make more retries than fit into its time.

use crate::model::Time;

/// Clients take up to a tenth off their waits, so that not all come back at once.
const JITTER: f64 = 0.9;

/// Requests between `start` and `end` at most, with these waits between them (the last ones again and again), and never
/// more than `most`. Without a start, `most`.
pub(super) fn at_most(start: Option<Time>, end: Time, waits: &[f64], most: u8) -> u8 {
    let Some(start) = start else { return most };
    let mut left = end.since(start);
    let mut tried = 1;
    for wait in waits.iter().cycle() {
        left -= wait * JITTER;
        if left < 0.0 || tried >= most {
            break;
        }
        tried += 1;
    }
    tried.min(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_row_hides_little() {
        let start = Time::from_secs(1_772_554_740.0).unwrap();
        let of = |s: f64| at_most(Some(start), start.plus(s), &[0.5, 1.0, 2.0], 11);
        // 0.45, 1.35, 3.15, then 3.60 again.
        assert_eq!([0.0, 0.4, 0.5, 1.4, 3.2, 3.7, 1000.0].map(of), [1, 1, 2, 3, 4, 5, 11]);
        assert_eq!(at_most(None, start, &[1.0], 11), 11);
    }
}
