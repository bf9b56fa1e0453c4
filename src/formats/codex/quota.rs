//! Quota snapshots of Codex: `rate_limits` of a rollout, `x-codex-*` headers in a database.
//!
//! In: used percent, length and reset of up to two windows. Out: a snapshot whenever the snapshot changes, or five minutes
//! after the one before: the client repeats a snapshot in every record.

use serde_json::Value;

use crate::formats::Sink;
use crate::model::{CaptureBasis, Captured, QuotaState, Snapshot, Time, WindowState};

/// An unchanged snapshot is taken again after this many seconds.
const AGAIN_S: f64 = 300.0;

/// A snapshot comes with the head of an answer and is written down when the answer ends, seconds.
const LATE_S: f64 = 60.0;

/// Two resets this close are one, seconds: relative ones move with each record.
const SAME_RESET_S: f64 = 30.0;

/// The snapshots of one file.
#[derive(Debug, Default)]
pub(super) struct Gauge {
    last: Option<(Time, Vec<WindowState>)>,
    /// Whether any snapshot was in the file.
    pub(super) seen: bool,
}

impl Gauge {
    /// Takes a snapshot at `at`.
    pub(super) fn read(
        &mut self,
        windows: Vec<WindowState>,
        at: Time,
        line: u64,
        provider: Option<&str>,
        sink: &mut Sink,
    ) {
        if windows.is_empty() {
            return;
        }
        self.seen = true;
        if self.last.as_ref().is_some_and(|(then, last)| at.since(*then) < AGAIN_S && same(last, &windows)) {
            return;
        }
        self.last = Some((at, windows.clone()));
        sink.snapshot(Snapshot {
            provider: provider.map(str::to_owned),
            account: None,
            owner: None,
            captured: Some(Captured { at, error_s: LATE_S, basis: CaptureBasis::Embedded }),
            state: QuotaState { windows, ..QuotaState::default() },
            source: sink.source(line),
        });
    }
}

fn same(a: &[WindowState], b: &[WindowState]) -> bool {
    let near = |x: Option<Time>, y: Option<Time>| match (x, y) {
        (Some(x), Some(y)) => x.since(y).abs() <= SAME_RESET_S,
        (x, y) => x == y,
    };
    let equal = |(a, b): (&WindowState, &WindowState)| {
        a.window_minutes == b.window_minutes && a.used == b.used && near(a.resets_at, b.resets_at)
    };
    a.len() == b.len() && a.iter().zip(b).all(equal)
}

/// One window. `None` for one without a length or a used percentage.
pub(super) fn window(used_percent: Option<f64>, minutes: Option<f64>, resets_at: Option<Time>) -> Option<WindowState> {
    let used = used_percent.filter(|u| u.is_finite() && (0.0..=1000.0).contains(u))?;
    let window_minutes = minutes.filter(|m| (1.0..=5_256_000.0).contains(m))? as u32;
    Some(WindowState {
        window_minutes,
        limit: Some(100.0),
        used: Some(used),
        remaining: Some((100.0 - used).max(0.0)),
        remaining_share: Some(((100.0 - used) / 100.0).clamp(0.0, 1.0)),
        resets_at: resets_at.filter(|t| t.is_plausible()),
    })
}

/// The windows of `rate_limits`, shortest first. Old versions tell the reset as seconds from the record's time.
pub(super) fn windows(limits: &Value, at: Time) -> Vec<WindowState> {
    let of = |slot: &str| {
        let w = limits.get(slot)?.as_object()?;
        let number = |key: &str| w.get(key).and_then(Value::as_f64);
        let at_instant = number("resets_at").and_then(Time::from_secs);
        let resets_at = at_instant.or_else(|| number("resets_in_seconds").map(|s| at.plus(s)));
        window(number("used_percent"), number("window_minutes"), resets_at)
    };
    sort([of("primary"), of("secondary")])
}

/// Shortest first, one of a length: the more used one.
pub(super) fn sort(windows: [Option<WindowState>; 2]) -> Vec<WindowState> {
    let mut windows: Vec<WindowState> = windows.into_iter().flatten().collect();
    windows.sort_by(|a, b| {
        (a.window_minutes, b.used).partial_cmp(&(b.window_minutes, a.used)).unwrap_or(std::cmp::Ordering::Equal)
    });
    windows.dedup_by_key(|w| w.window_minutes);
    windows
}
