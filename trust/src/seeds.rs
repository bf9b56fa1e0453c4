//! Seeds of simulated incidents, by what they may be used for. No two ranges share a seed.

use std::ops::Range;

/// Weights are fitted on these.
pub const TRAINING: Range<u64> = 100_000..104_000;
/// Choices are made on these: temperature, floor, penalty, which model; and CI compares on the first of them.
pub const VALIDATION: Range<u64> = 200_000..200_700;
/// The same, under stress settings.
pub const VALIDATION_STRESS: Range<u64> = 300_000..300_700;
/// Run for docs/ACCURACY.md and looked at for nothing else.
pub const TEST: Range<u64> = 400_000..402_500;
/// The same, under stress settings.
pub const TEST_STRESS: Range<u64> = 500_000..500_500;

/// How many of the validation seeds CI runs.
pub const SHORT: u64 = 300;

/// All ranges, by name.
pub const ALL: [(&str, Range<u64>); 5] = [
    ("training", TRAINING),
    ("validation", VALIDATION),
    ("validation, stress", VALIDATION_STRESS),
    ("test", TEST),
    ("test, stress", TEST_STRESS),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_ranges_share_a_seed() {
        for (i, (a, one)) in ALL.iter().enumerate() {
            assert!(!one.is_empty(), "{a}");
            for (b, other) in &ALL[i + 1..] {
                assert!(one.end <= other.start || other.end <= one.start, "{a} and {b}");
            }
        }
        assert!(VALIDATION.contains(&(VALIDATION.start + SHORT - 1)));
    }
}
