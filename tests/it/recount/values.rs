//! Printed times, durations and counts against what was counted.

use chrono::{DateTime, Utc};

/// The instant in UTC.
pub fn utc(seconds: f64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros((seconds * 1e6).round() as i64).unwrap()
}

/// `16:19`, `16:19:58` or `16:19:58.123` is this instant, cut to its last digit.
pub fn is_time(printed: &str, at: f64) -> bool {
    let full = utc(at).format("%H:%M:%S%.6f").to_string();
    full.starts_with(printed)
}

/// `1 h 39 min` is this long, rounded to its last unit.
pub fn is_duration(printed: &str, seconds: f64) -> bool {
    let (mut sum, mut unit) = (0.0, 1.0);
    let words: Vec<&str> = printed.split_whitespace().collect();
    for pair in words.chunks(2) {
        unit = match pair[1] {
            "s" => 1.0,
            "min" => 60.0,
            "h" => 3_600.0,
            _ => 86_400.0,
        };
        sum += pair[0].parse::<f64>().unwrap() * unit;
        if pair[0].contains('.') {
            unit /= 10.0;
        }
    }
    (sum - seconds).abs() <= unit / 2.0 + 1e-3
}

pub fn number(printed: &str) -> u64 {
    printed.replace(',', "").parse().unwrap_or_else(|e| panic!("{printed}: {e}"))
}

/// A lower bound, cut to three digits.
pub fn is_cut(printed: &str, exact: u64) -> bool {
    let step = 10u64.pow(exact.max(1).ilog10().saturating_sub(2));
    number(printed) == exact / step * step
}

pub fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    let n = all.len();
    if n % 2 == 1 { all[n / 2] } else { f64::midpoint(all[n / 2 - 1], all[n / 2]) }
}
