//! Random draws that are the same on every machine.
//!
//! In: a seed and the name of a stream. Out: draws. Always: only integer arithmetic and the four operations and roots that
//! IEEE 754 rounds exactly. The logarithms and exponentials of a system's mathematics library differ in the last bit
//! between systems, so both are series of this file.

use rand_pcg::Pcg64;
use rand_pcg::rand_core::Rng;

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;

/// Seconds as microseconds.
pub fn micros(seconds: f64) -> i64 {
    (seconds * 1e6) as i64
}

/// Microseconds as seconds.
pub fn seconds(micros: i64) -> f64 {
    micros as f64 / 1e6
}

/// One stream of draws.
#[derive(Clone, Debug)]
pub struct Random(Pcg64);

impl Random {
    /// The stream of this name (any number) of a seed. Streams do not disturb each other: what a writer draws does not
    /// change the world.
    pub fn new(seed: u64, stream: u64) -> Self {
        // SplitMix64 spreads neighbouring seeds (Steele, Lea, Flood 2014).
        let mut x = seed.wrapping_add(stream.wrapping_mul(0xA076_1D64_78BD_642F));
        let mut next = || {
            x = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
            let z = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            u128::from(z ^ (z >> 31))
        };
        let state = (next() << 64) | next();
        Self(Pcg64::new(state, (next() << 64) | u128::from(stream)))
    }

    /// 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// In [0, 1), in steps of 2^-53.
    pub fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// In [low, high).
    pub fn within(&mut self, (low, high): (f64, f64)) -> f64 {
        low + (high - low) * self.unit()
    }

    /// In [low, high), evenly over the orders of magnitude. Both above zero.
    pub fn over_orders(&mut self, (low, high): (f64, f64)) -> f64 {
        exp(self.within((ln(low), ln(high))))
    }

    /// A whole number in [low, high].
    pub fn whole(&mut self, low: u32, high: u32) -> u32 {
        let span = u64::from(high.max(low) - low) + 1;
        low + ((u128::from(self.bits()) * u128::from(span)) >> 64) as u32
    }

    /// True with this probability.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of a list that is not empty.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        let last = u32::try_from(of.len()).unwrap_or(1).max(1) - 1;
        &of[self.whole(0, last) as usize]
    }

    /// One of a list that is not empty, each as likely as its weight says.
    pub fn weighted<'a, T>(&mut self, of: &'a [(T, f64)]) -> &'a T {
        let sum: f64 = of.iter().map(|(_, w)| w).sum();
        let mut left = self.unit() * sum;
        for (item, weight) in of {
            left -= weight;
            if left < 0.0 {
                return item;
            }
        }
        &of[of.len() - 1].0
    }

    /// Nearly normal, mean 0, deviation 1: twelve evenly drawn numbers (bounded by 6, so heavy tails are drawn apart).
    pub fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }

    /// Log-normal.
    pub fn log_normal(&mut self, median: f64, sigma: f64) -> f64 {
        median * exp(sigma * self.normal())
    }

    /// Pareto: never below `least`, heavier the smaller `alpha` is.
    pub fn pareto(&mut self, least: f64, alpha: f64) -> f64 {
        least * exp(-ln(1.0 - self.unit()) / alpha)
    }

    /// Exponential.
    pub fn exponential(&mut self, mean: f64) -> f64 {
        -mean * ln(1.0 - self.unit())
    }

    /// So many hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.bits()));
        }
        text.truncate(digits);
        text
    }

    /// A UUID of version 4.
    pub fn uuid(&mut self) -> String {
        let h = self.hex(32);
        let variant = ["8", "9", "a", "b"][self.whole(0, 3) as usize];
        format!("{}-{}-4{}-{variant}{}-{}", &h[..8], &h[8..12], &h[13..16], &h[17..20], &h[20..])
    }
}

/// Exponential function: reduced by powers of two, then its series.
pub fn exp(x: f64) -> f64 {
    const LN2_HIGH: f64 = 0.693_145_751_953_125;
    const LN2_LOW: f64 = 1.428_606_820_309_417_2e-6;
    let x = x.clamp(-700.0, 700.0);
    let power = (x * std::f64::consts::LOG2_E).round();
    let rest = x - power * LN2_HIGH - power * LN2_LOW;
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..18 {
        term *= rest / f64::from(n);
        sum += term;
    }
    sum * f64::from_bits(((power as i64 + 1023) as u64) << 52)
}

/// Natural logarithm of a number above zero: exponent, then the series of the area tangent.
pub fn ln(x: f64) -> f64 {
    let x = x.max(f64::MIN_POSITIVE);
    let bits = x.to_bits();
    let mut exponent = ((bits >> 52) & 0x7ff) as i64 - 1023;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | (1023 << 52));
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa /= 2.0;
        exponent += 1;
    }
    let s = (mantissa - 1.0) / (mantissa + 1.0);
    let square = s * s;
    let (mut power, mut sum) = (s, 0.0);
    for n in 0..14 {
        sum += power / f64::from(2 * n + 1);
        power *= square;
    }
    2.0 * sum + exponent as f64 * std::f64::consts::LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_agree_with_the_library() {
        for i in -400..400 {
            let x = f64::from(i) * 0.37;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-12, "exp {x}");
            let y = x.exp();
            assert!((ln(y) - x).abs() < 1e-10, "ln {y}");
        }
    }

    #[test]
    fn draws_have_their_moments() {
        let mut r = Random::new(7, 1);
        let n = 20_000;
        let mean = (0..n).map(|_| r.unit()).sum::<f64>() / f64::from(n);
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
        let square = (0..n).map(|_| r.normal()).map(|x| x * x).sum::<f64>() / f64::from(n);
        assert!((square - 1.0).abs() < 0.05, "{square}");
        let mean = (0..n).map(|_| r.exponential(3.0)).sum::<f64>() / f64::from(n);
        assert!((mean - 3.0).abs() < 0.1, "{mean}");
        let above = (0..n).filter(|_| r.pareto(1.0, 2.0) > 2.0).count();
        assert!((4_600..5_400).contains(&above), "a quarter lies above twice the least: {above}");
    }

    #[test]
    fn whole_numbers_reach_both_ends() {
        let mut r = Random::new(1, 2);
        let drawn: Vec<u32> = (0..200).map(|_| r.whole(3, 5)).collect();
        assert!([3, 4, 5].iter().all(|n| drawn.contains(n)) && drawn.iter().all(|n| (3..=5).contains(n)));
    }

    #[test]
    fn streams_and_seeds_differ() {
        let first = |seed, stream| Random::new(seed, stream).bits();
        assert_ne!(first(1, 1), first(2, 1));
        assert_ne!(first(1, 1), first(1, 2));
        assert_eq!(first(1, 1), first(1, 1));
    }
}
