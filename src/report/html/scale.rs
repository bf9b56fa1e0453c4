//! From instants to places in a picture: columns of whole bins, ticks that people count in.

use crate::document::Strip;
use crate::model::Time;
use crate::report::strip::TICKS_S;
use crate::wording::when::When;

use super::svg::text_width;

/// Least width of a column in user units; narrower ones would run into each other.
const NARROWEST: f64 = 3.0;
/// Beyond this length ticks tell the year.
const A_YEAR_S: f64 = 300.0 * 86_400.0;
/// Room between two tick labels.
const TICK_GAP: f64 = 22.0;

/// The time axis of a picture.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    from: Time,
    bin_s: f64,
    bins: usize,
    /// Bins in one column.
    pub(super) bins_per_column: usize,
    /// Left end of the plot.
    pub(super) left: f64,
    /// Its width.
    pub(super) width: f64,
}

impl Scale {
    /// The axis of a strip between two places. `None` for a strip without bins.
    pub(super) fn of(strip: &Strip, left: f64, width: f64) -> Option<Self> {
        let bins = strip.admitted.len().max(strip.refused.len());
        let from = Time::parse_rfc3339(&strip.from)?;
        if bins == 0 || width <= 0.0 || !strip.bin_s.is_finite() || strip.bin_s <= 0.0 {
            return None;
        }
        let bins_per_column = (bins as f64 * NARROWEST / width).ceil().max(1.0) as usize;
        Some(Self { from, bin_s: strip.bin_s, bins, bins_per_column, left, width })
    }

    /// How many columns there are.
    pub(super) fn columns(&self) -> usize {
        self.bins.div_ceil(self.bins_per_column)
    }

    /// Seconds in a column.
    pub(super) fn column_s(&self) -> f64 {
        self.bin_s * self.bins_per_column as f64
    }

    /// Right end of the plot.
    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    /// Left end of a column; the last one may be narrower than the others.
    pub(super) fn x(&self, column: usize) -> f64 {
        let bin = (column * self.bins_per_column).min(self.bins);
        self.left + self.width * bin as f64 / self.bins as f64
    }

    /// Width of a column.
    pub(super) fn column_width(&self, column: usize) -> f64 {
        self.x(column + 1) - self.x(column)
    }

    /// Place of an instant; what lies outside is at the end of the plot.
    pub(super) fn at(&self, t: Time) -> f64 {
        let share = t.since(self.from) / (self.bin_s * self.bins as f64);
        self.left + self.width * share.clamp(0.0, 1.0)
    }

    /// The same for a stamp, if it can be read.
    pub(super) fn stamp(&self, stamp: &Option<String>) -> Option<f64> {
        stamp.as_deref().and_then(Time::parse_rfc3339).map(|t| self.at(t))
    }

    /// Whether an instant lies in the picture.
    pub(super) fn holds(&self, t: Time) -> bool {
        let s = t.since(self.from);
        s >= 0.0 && s <= self.bin_s * self.bins as f64
    }

    /// Counts of bins summed over columns.
    pub(super) fn sums(&self, bins: &[u32]) -> Vec<f64> {
        let column = |c: usize| bins.iter().skip(c * self.bins_per_column).take(self.bins_per_column);
        (0..self.columns()).map(|c| column(c).map(|n| f64::from(*n)).sum()).collect()
    }

    /// The highest of each column.
    pub(super) fn peaks(&self, bins: &[u32]) -> Vec<f64> {
        let column = |c: usize| bins.iter().skip(c * self.bins_per_column).take(self.bins_per_column);
        (0..self.columns()).map(|c| column(c).map(|n| f64::from(*n)).fold(0.0, f64::max)).collect()
    }

    /// Ticks with their labels, as close as there is room for.
    pub(super) fn ticks(&self, when: &When) -> Vec<(f64, String)> {
        let seconds = self.bin_s * self.bins as f64;
        let format = |step: f64| match step {
            s if s < 60.0 => "%H:%M:%S",
            _ if seconds <= 86_400.0 => "%H:%M",
            s if s < 86_400.0 => "%m-%d %H:%M",
            _ if seconds <= A_YEAR_S => "%m-%d",
            _ => "%Y-%m-%d",
        };
        let room = |step: &f64| {
            let label = when.instant(self.from, format(*step));
            step / seconds * self.width >= text_width(&label) + TICK_GAP
        };
        let longer = std::iter::successors(Some(TICKS_S[TICKS_S.len() - 1]), |step| Some(step * 2.0));
        let step = TICKS_S.into_iter().chain(longer).find(room).unwrap_or(f64::INFINITY);
        if !step.is_finite() {
            return Vec::new();
        }
        let local = self.from.secs() + when.offset_s(self.from);
        let mut tick = self.from.plus((local / step).ceil() * step - local);
        let mut ticks = Vec::new();
        while self.holds(tick) {
            ticks.push((self.at(tick), when.instant(tick, format(step))));
            tick = tick.plus(step);
        }
        ticks
    }
}

/// The next of 1, 2, 5 times a power of ten that is not below a value: the end of an axis.
pub(super) fn round_up(value: f64) -> f64 {
    if value <= 1.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|c| *c >= value * 0.999_999)
        .unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn strip(bin_s: f64, bins: usize) -> Strip {
        Strip { from: sample::at("12:00:00"), bin_s, admitted: vec![1; bins], ..Strip::default() }
    }

    #[test]
    fn columns_are_never_too_narrow_and_keep_every_count() {
        for bins in [1, 7, 100, 180, 5_000] {
            let strip = strip(10.0, bins);
            let scale = Scale::of(&strip, 40.0, 300.0).unwrap();
            assert!(scale.columns() <= 100, "{bins}");
            assert_eq!(scale.sums(&strip.admitted).iter().sum::<f64>(), bins as f64);
            assert!((scale.x(scale.columns()) - 340.0).abs() < 1e-9);
        }
    }

    #[test]
    fn minutes_and_weeks_have_ticks_that_do_not_touch() {
        let when = When::of(&sample::thread());
        for (bin_s, bins) in [(1.0, 180), (60.0, 122), (10_800.0, 168), (1e9, 240)] {
            let scale = Scale::of(&strip(bin_s, bins), 0.0, 320.0).unwrap();
            let ticks = scale.ticks(&when);
            assert!(ticks.len() >= 2, "{bin_s}");
            let apart = |w: &[(f64, String)]| w[1].0 - w[0].0 > text_width(&w[0].1);
            assert!(ticks.windows(2).all(apart), "{ticks:?}");
        }
    }

    #[test]
    fn axes_end_at_round_numbers() {
        assert_eq!(
            [0.0, 1.0, 7.0, 30.0, 41.0, 131.0, 2_400_000.0].map(round_up),
            [1.0, 1.0, 8.0, 30.0, 50.0, 150.0, 3_000_000.0]
        );
    }

    #[test]
    fn a_strip_without_bins_has_no_scale() {
        assert!(Scale::of(&Strip::default(), 0.0, 300.0).is_none());
    }
}
