//! What is computed once per pool and asked by every episode: the most that was admitted together, and for each window
//! length the use at every admission and by the minute.

use std::collections::BTreeMap;

use super::PoolTimeline;
use super::frame::{Minute, per_minute};

/// Meters of one pool.
#[derive(Debug, Default)]
pub struct Meters {
    /// The most that was ever in flight with an admission, that one included.
    pub feasible: u32,
    /// By window length in minutes.
    pub windows: BTreeMap<u32, WindowUse>,
}

/// Use of one window length.
#[derive(Debug, Default)]
pub struct WindowUse {
    /// By the minute, in order.
    pub minutes: Vec<Minute>,
    /// Use in the window before each admission, ascending, in the pool's unit.
    pub at_admissions: Vec<u64>,
}

impl Meters {
    /// Meters of a pool for these window lengths.
    pub fn of(pool: &PoolTimeline, windows: &[u32]) -> Self {
        let starts = pool.admitted.iter().map(|p| pool.at(*p).start);
        let begins = pool.admitted.iter().map(|p| pool.flight.begin(pool.at(*p)));
        let feasible = begins.map(|t| pool.flight.at(t) + 1).max().unwrap_or(0);
        let unit = pool.usage.unit();
        let of_window = |minutes: u32| {
            let length_s = f64::from(minutes) * 60.0;
            let mut at_admissions: Vec<u64> =
                starts.clone().map(|t| pool.usage.between(t.plus(-length_s), t, unit)).collect();
            at_admissions.sort_unstable();
            WindowUse { minutes: per_minute(pool, minutes), at_admissions }
        };
        Self { feasible, windows: windows.iter().map(|w| (*w, of_window(*w))).collect() }
    }
}
