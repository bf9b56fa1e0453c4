//! Matches two lists of times one to one, in order.

use crate::model::Time;

/// Pairs of positions whose times differ by at most `within_s`: each of the first list, in order, takes the first free one
/// of the second. Both lists ascend. One that finds no partner shifts no pair after it.
pub(super) fn pairs<'a>(
    lows: &'a [Time],
    highs: &'a [Time],
    within_s: f64,
) -> impl Iterator<Item = (usize, usize)> + use<'a> {
    shifted_pairs(lows, highs, within_s, 0.0)
}

/// The same with the first list moved by so many seconds.
pub(super) fn shifted_pairs<'a>(
    lows: &'a [Time],
    highs: &'a [Time],
    within_s: f64,
    shift_s: f64,
) -> impl Iterator<Item = (usize, usize)> + use<'a> {
    let (mut i, mut j) = (0, 0);
    std::iter::from_fn(move || {
        while i < lows.len() && j < highs.len() {
            let apart_s = lows[i].since(highs[j]) + shift_s;
            if apart_s.abs() <= within_s {
                (i, j) = (i + 1, j + 1);
                return Some((i - 1, j - 1));
            }
            if apart_s < 0.0 {
                i += 1;
            } else {
                j += 1;
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(seconds: &[f64]) -> Vec<Time> {
        seconds.iter().map(|s| Time::from_secs(1_772_554_740.0 + s).unwrap()).collect()
    }

    #[test]
    fn what_has_no_partner_shifts_no_pair() {
        let (lows, highs) = (times(&[0.0, 10.0, 20.0]), times(&[5.0, 10.4, 19.6, 30.0]));
        assert_eq!(pairs(&lows, &highs, 0.5).collect::<Vec<_>>(), [(1, 1), (2, 2)]);
    }

    #[test]
    fn each_time_is_taken_once() {
        let (lows, highs) = (times(&[0.0, 0.1, 0.2]), times(&[0.1, 0.2]));
        assert_eq!(pairs(&lows, &highs, 1.0).collect::<Vec<_>>(), [(0, 0), (1, 1)]);
    }

    #[test]
    fn the_reach_itself_is_within_reach() {
        let (lows, highs) = (times(&[0.0]), times(&[2.5]));
        assert_eq!(pairs(&lows, &highs, 2.5).count(), 1);
        assert_eq!(pairs(&lows, &highs, 2.499).count(), 0);
    }

    #[test]
    fn a_shift_moves_the_first_list() {
        let (lows, highs) = (times(&[0.0, 7.0]), times(&[100.0, 107.0]));
        assert_eq!(pairs(&lows, &highs, 1.0).count(), 0);
        assert_eq!(shifted_pairs(&lows, &highs, 1.0, 100.0).count(), 2);
    }
}
