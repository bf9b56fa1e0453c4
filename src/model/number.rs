//! Small sums over numbers.

/// Median of ascending numbers.
pub fn median(ascending: &[f64]) -> Option<f64> {
    let n = ascending.len();
    match n {
        0 => None,
        _ if n % 2 == 1 => Some(ascending[n / 2]),
        _ => Some(f64::midpoint(ascending[n / 2 - 1], ascending[n / 2])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_in_the_middle() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[1.0, 5.0, 100.0]), Some(5.0));
        assert_eq!(median(&[1.0, 3.0, 5.0, 100.0]), Some(4.0));
    }
}
