//! How well a threshold on a meter parts refusals from admissions: the lowest mean of both error rates over all thresholds
//! (refused although below, admitted although at it or above). A limiter's own meter parts them without error in a whole log.

/// Fewest refusals and admissions.
const LEAST: usize = 4;

/// The lowest balanced error; `None` with too few of either.
pub fn least_error(mut refused: Vec<u64>, mut admitted: Vec<u64>) -> Option<f64> {
    if admitted.len() < LEAST || refused.len() < LEAST {
        return None;
    }
    refused.sort_unstable();
    admitted.sort_unstable();
    Some(least_error_of_sorted(&refused, &admitted))
}

/// The same for ascending numbers, of which there are some.
pub fn least_error_of_sorted(refused: &[u64], admitted: &[u64]) -> f64 {
    let mut thresholds = refused.to_vec();
    thresholds.dedup();
    thresholds.into_iter().map(|t| error(refused, admitted, t)).fold(0.5, f64::min)
}

/// The mean of both error rates of one threshold, for ascending numbers, of which there are some.
pub fn error<N: Copy + Ord>(refused: &[N], admitted: &[N], threshold: N) -> f64 {
    let missed = refused.partition_point(|n| *n < threshold) as f64 / refused.len() as f64;
    let above = admitted.len() - admitted.partition_point(|n| *n < threshold);
    0.5 * (missed + above as f64 / admitted.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limiters_own_meter_parts_without_error_and_another_does_not() {
        assert_eq!(least_error(vec![3, 3, 4, 3], vec![0, 1, 2, 2, 1]), Some(0.0));
        // One of four refusals below the threshold of 3, no admission above it.
        assert_eq!(least_error(vec![3, 3, 1, 3], vec![0, 1, 2, 2]), Some(0.125));
        // Alike: nothing is better than a coin.
        assert_eq!(least_error(vec![1, 2, 1, 2], vec![2, 1, 2, 1]), Some(0.5));
        assert_eq!(least_error(vec![1; 3], vec![0; 9]), None);
    }
}
