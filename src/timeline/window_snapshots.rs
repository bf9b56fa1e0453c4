//! What the snapshots of a pool say of one window length, ready to be asked by instant.
//!
//! A pool may have a snapshot every few seconds for weeks, and every episode asks: nothing here walks over all of them
//! for one answer, as long as published resets do not jump about.

use crate::model::{CaptureBasis, Captured, EXHAUSTED_SHARE, Snapshot, SourceRef, Time, WindowState};

/// From this share on the window is untouched, and its published reset a moving placeholder (`now + W`).
const UNTOUCHED: f64 = 0.999;
/// Two resets closer than this are one, in seconds.
const STEP_S: f64 = 120.0;

/// One published reset of a window that was in use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reset {
    /// When it was read.
    pub captured: Time,
    /// The reset.
    pub at: Time,
    /// Where it was read.
    pub source: SourceRef,
    /// Dated only by a file's time.
    pub weak: bool,
}

/// Resets by capture, each with the latest reset up to it.
#[derive(Debug, Default)]
struct Resets(Vec<(Reset, Time)>);

impl Resets {
    fn push(&mut self, reset: Reset) {
        let latest = self.0.last().map_or(reset.at, |(_, latest)| reset.at.max(*latest));
        self.0.push((reset, latest));
    }

    /// The last one captured before `until` that lies after `after` and fits.
    fn last(&self, until: Time, after: Time, fits: &dyn Fn(Time) -> bool) -> Option<Reset> {
        let n = self.0.partition_point(|(r, _)| r.captured < until);
        let mut back = self.0[..n].iter().rev().take_while(|(_, latest)| *latest > after);
        back.find(|(r, _)| r.at > after && fits(r.at)).map(|(r, _)| *r)
    }
}

/// One reset as snapshots published it again and again, and what they showed left meanwhile.
#[derive(Clone, Debug)]
pub struct Period {
    /// The first snapshot that published it.
    pub first_read: Time,
    /// The reset.
    pub resets_at: Time,
    /// Given to a part of a second.
    pub fine: bool,
    /// Told to the same part of a second twice or more: not reckoned anew from each snapshot's instant.
    pub steady: bool,
    /// Shares left, falling by `LEVEL` or more; none from snapshots dated only by a file's time.
    pub levels: Vec<Level>,
}

/// A share left at an instant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Level {
    /// When it was read.
    pub at: Time,
    /// How far that may be off, in seconds, either way.
    pub error_s: f64,
    /// Share left.
    pub left: f64,
    /// How far rounding may have moved it.
    pub rounded: f64,
}

/// Shares left are kept when they have fallen by so much, so that a snapshot every second costs no more than twenty.
const LEVEL: f64 = 0.05;
/// Resets of one period lie within this, in seconds: what tells none of them to a part of a second may round.
const SAME_S: f64 = 1.5;
/// How far an untouched window's reset may be from "now and its length" to be a placeholder, in seconds.
const PLACEHOLDER_S: f64 = 3.0;
/// Snapshots so far apart show whether a reset moves, in seconds: errors of capture are less.
const MOVED_S: f64 = 600.0;
/// A reset that is kept, and not reckoned from now, is told to this, in seconds.
const STEADY_S: f64 = 0.05;
/// Rounding of a share whose unit is not told: four digits were seen.
const ROUNDED: f64 = 0.000_5;

/// Snapshots of one window length.
#[derive(Debug, Default)]
pub struct WindowSnapshots {
    /// Periods in the order in which they were first read; placeholders are none.
    pub periods: Vec<Period>,
    /// A snapshot showed an untouched window that would end its length from now, or two whose end moved on as time did: nothing
    /// runs until it is used.
    pub placeholder: bool,
    /// The last untouched reading: when, and its reset.
    untouched: Option<(Time, Time)>,
    exhausted: Resets,
    others: Resets,
    /// Whether the published resets move in steps shorter than the window: its use ages out bit by bit, and what is
    /// published is only the next expiry.
    pub sliding: bool,
    /// Positions of dated snapshots with a share and a reset, each with the earliest reset from it on.
    anchored: Vec<(usize, Time)>,
}

impl WindowSnapshots {
    /// From the snapshots of a pool, which stand by capture time, those without one last.
    pub fn of(snapshots: &[Snapshot], minutes: u32) -> Self {
        let mut readings = Self { sliding: is_sliding(snapshots, minutes), ..Self::default() };
        for (i, s) in snapshots.iter().enumerate() {
            let window = s.state.windows.iter().find(|w| w.window_minutes == minutes);
            let Some(((captured, w), at)) = s.captured.zip(window).and_then(|(c, w)| Some(((c, w), w.resets_at?)))
            else {
                continue;
            };
            let weak = captured.basis == CaptureBasis::FileTime;
            let reset = Reset { captured: captured.at, at, source: s.source, weak };
            match w.remaining_share {
                _ if at <= captured.at => {}
                Some(share) if share > UNTOUCHED => {}
                Some(share) if share <= EXHAUSTED_SHARE => readings.exhausted.push(reset),
                _ => readings.others.push(reset),
            }
            if w.remaining_share.is_some() {
                readings.anchored.push((i, at));
            }
            if at > captured.at {
                readings.keep(captured, w, minutes);
            }
        }
        let mut earliest = Time::LATEST;
        for (_, at) in readings.anchored.iter_mut().rev() {
            earliest = earliest.min(*at);
            *at = earliest;
        }
        readings
    }

    /// Keeps what a snapshot says of its period.
    fn keep(&mut self, captured: Captured, w: &WindowState, minutes: u32) {
        let Some(at) = w.resets_at else { return };
        let untouched = w.remaining_share.is_none_or(|share| share > UNTOUCHED);
        let weak = captured.basis == CaptureBasis::FileTime;
        let from_now_s = at.since(captured.at) - 60.0 * f64::from(minutes);
        if untouched && (weak || from_now_s.abs() <= PLACEHOLDER_S + captured.error_s) {
            let moved = |(read, reset): (Time, Time)| {
                let (later_s, further_s) = (captured.at.since(read), at.since(reset));
                later_s >= MOVED_S && (later_s - further_s).abs() <= PLACEHOLDER_S + 2.0 * captured.error_s
            };
            self.placeholder |= !weak && (captured.error_s <= PLACEHOLDER_S || self.untouched.is_some_and(moved));
            self.untouched = (!weak).then_some((captured.at, at));
            return;
        }
        let fine = at.micros() % 1_000_000 != 0;
        match self.periods.last_mut() {
            Some(last) if at.since(last.resets_at).abs() <= SAME_S => {
                last.fine &= fine;
                last.steady = last.fine && at.since(last.resets_at).abs() <= STEADY_S;
            }
            _ => {
                let period = Period { first_read: captured.at, resets_at: at, fine, steady: false, levels: Vec::new() };
                self.periods.push(period);
            }
        }
        let Some((period, left)) =
            self.periods.last_mut().zip(w.remaining_share.filter(|s| *s > EXHAUSTED_SHARE && !weak))
        else {
            return;
        };
        if period.levels.last().is_none_or(|l| l.left - left >= LEVEL) {
            let rounded = w.limit.filter(|l| *l >= 10.0).map_or(ROUNDED, |l| 0.5 / l);
            period.levels.push(Level { at: captured.at, error_s: captured.error_s, left, rounded });
        }
    }

    /// The last reset after `after` that was published before `until` and fits, one of an exhausted snapshot before all
    /// others.
    pub fn published(&self, until: Time, after: Time, fits: &dyn Fn(Time) -> bool) -> Option<Reset> {
        self.exhausted.last(until, after, fits).or_else(|| self.others.last(until, after, fits))
    }

    /// Positions of dated snapshots from `first` on with a share and a reset, as long as a reset before `until` follows.
    pub fn anchored(&self, first: usize, until: Time) -> impl Iterator<Item = usize> {
        let from = self.anchored.partition_point(|(i, _)| *i < first);
        self.anchored[from..].iter().take_while(move |(_, earliest)| *earliest < until).map(|(i, _)| *i)
    }
}

fn is_sliding(snapshots: &[Snapshot], minutes: u32) -> bool {
    let length_s = f64::from(minutes) * 60.0;
    let mut resets: Vec<Time> = snapshots
        .iter()
        .filter_map(|s| s.state.windows.iter().find(|w| w.window_minutes == minutes))
        .filter(|w| w.remaining_share.is_some_and(|share| share < UNTOUCHED))
        .filter_map(|w| w.resets_at)
        .collect();
    resets.sort_unstable();
    resets.windows(2).any(|pair| (STEP_S..length_s - STEP_S).contains(&pair[1].since(pair[0])))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::QuotaState;

    fn at(s: f64) -> Time {
        Time::from_secs(1_772_553_600.0 + s).unwrap()
    }

    /// A snapshot of the five-hour window, captured and reset at these seconds.
    fn snapshot(captured_s: f64, resets_s: f64, share: f64) -> Snapshot {
        let window = WindowState {
            window_minutes: 300,
            limit: None,
            used: None,
            remaining: None,
            remaining_share: Some(share),
            resets_at: Some(at(resets_s)),
        };
        Snapshot {
            provider: None,
            account: None,
            owner: None,
            captured: Some(Captured { at: at(captured_s), error_s: 0.0, basis: CaptureBasis::Embedded }),
            state: QuotaState { windows: vec![window], ..QuotaState::default() },
            source: SourceRef::default(),
        }
    }

    #[test]
    fn the_last_reset_in_time_counts_and_an_exhausted_one_before_all_others() {
        let all = [
            snapshot(0.0, 9_000.0, 0.0),
            snapshot(100.0, 1_000.0, 0.5),
            snapshot(200.0, 1_000.0, 1.0),
            snapshot(300.0, 2_000.0, 0.4),
            snapshot(400.0, 350.0, 0.3),
        ];
        let readings = WindowSnapshots::of(&all, 300);
        let seen =
            |until, after| readings.published(at(until), at(after), &|_| true).map(|r| r.captured.since(at(0.0)));
        assert_eq!(seen(500.0, 500.0), Some(0.0), "the exhausted one, though it is the oldest");
        assert_eq!(seen(0.0, 500.0), None, "not yet published");
        let others = WindowSnapshots::of(&all[1..], 300);
        let seen = |until, after| others.published(at(until), at(after), &|_| true).map(|r| r.captured.since(at(0.0)));
        assert_eq!(seen(500.0, 500.0), Some(300.0), "a reset before its own capture is none");
        assert_eq!(seen(250.0, 500.0), Some(100.0), "all left: a placeholder");
        assert_eq!(seen(250.0, 1_000.0), None);
    }

    #[test]
    fn periods_are_kept_apart_and_a_placeholder_is_none() {
        let all = [
            snapshot(0.0, 18_000.0, 1.0),
            snapshot(100.0, 9_000.0, 0.8),
            snapshot(200.0, 9_000.4, 0.78),
            snapshot(300.0, 9_000.0, 0.5),
            snapshot(9_100.0, 27_000.0, 0.9),
        ];
        let readings = WindowSnapshots::of(&all, 300);
        assert!(readings.placeholder, "all left, and five hours from now");
        let seen: Vec<_> = readings.periods.iter().map(|p| (p.resets_at.since(at(0.0)), p.levels.len())).collect();
        assert_eq!(seen, [(9_000.0, 2), (27_000.0, 1)], "two points lower is not kept");
        assert!(!WindowSnapshots::of(&all[1..], 300).placeholder);
    }

    #[test]
    fn anchored_readings_end_where_no_early_reset_follows() {
        let all = [
            snapshot(0.0, 100.0, 0.5),
            snapshot(10.0, 900.0, 0.5),
            snapshot(20.0, 200.0, 0.5),
            snapshot(30.0, 901.0, 0.5),
        ];
        let readings = WindowSnapshots::of(&all, 300);
        assert_eq!(readings.anchored(1, at(300.0)).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(readings.anchored(0, at(100.0)).count(), 0);
    }
}
