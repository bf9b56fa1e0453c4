//! The picture of an episode, laid out again from the rows: where its columns lie, and how many rows fall into each.

use super::facts::Facts;

/// Surroundings: a share of the episode, within these bounds in seconds.
const AROUND: (f64, f64, f64) = (0.35, 2.0, 1_800.0);
/// Widths of the bins that are counted, in seconds, and how many of them there are at most.
const WIDTHS: [f64; 14] = [0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];
const BINS: f64 = 180.0;
/// Columns between the labels at the left and the notes at the right of a screen of 80.
const ROOM: usize = 54;

#[derive(Debug)]
pub struct Layout {
    pub from: f64,
    bin_s: f64,
    bins: usize,
    columns: usize,
}

impl Layout {
    pub fn of(facts: &Facts) -> Self {
        let end = facts.after.unwrap_or(facts.last);
        let around = (AROUND.0 * (end - facts.first)).clamp(AROUND.1, AROUND.2);
        let begin = facts.rows.iter().map(|r| r.start).fold(f64::INFINITY, f64::min);
        let latest = facts.rows.iter().map(|r| r.end.unwrap_or(r.start)).fold(0.0, f64::max);
        let (from, to) = ((facts.first - around).max(begin), (end + around).min(latest));
        let bin_s = WIDTHS.into_iter().find(|w| (to - from) / w <= BINS).unwrap();
        let from = ((from / bin_s) + 1e-7).floor() * bin_s;
        let bins = ((to - from) / bin_s).ceil() as usize + 1;
        let columns = if bins >= ROOM { ROOM } else { bins * (ROOM / bins).min(3) };
        Self { from, bin_s, bins, columns }
    }

    /// Seconds in a column.
    pub fn column_s(&self) -> f64 {
        self.bin_s * self.bins as f64 / self.columns as f64
    }

    /// Whether an instant falls into a column.
    pub fn is_at(&self, at: f64, column: usize) -> bool {
        ((at - self.from) / self.column_s() + 1e-7).floor() == column as f64
    }

    /// The most rows in one column; a bin between two columns is shared by time.
    pub fn most_in_a_column(&self, starts: impl Iterator<Item = f64>) -> f64 {
        let mut columns = vec![0.0; self.columns];
        let per_bin = self.columns as f64 / self.bins as f64;
        for start in starts {
            let bin = ((start - self.from) / self.bin_s + 1e-7).floor();
            if bin < 0.0 || bin >= self.bins as f64 {
                continue;
            }
            let (begin, end) = (bin * per_bin, (bin + 1.0) * per_bin);
            for (column, sum) in columns.iter_mut().enumerate() {
                let shared = end.min(column as f64 + 1.0) - begin.max(column as f64);
                *sum += shared.max(0.0) / per_bin;
            }
        }
        columns.into_iter().fold(0.0, f64::max)
    }

    pub fn to(&self) -> f64 {
        self.from + self.bin_s * self.bins as f64
    }
}
