//! Counts over time for the picture of an episode: surroundings, onset, gap, recovery.

use super::four;
use crate::document as doc;
use crate::evidence::EpisodeContext;
use crate::model::Time;

/// Most surroundings that are shown, in seconds either side.
const AROUND_S: f64 = 1800.0;
/// Most bins.
const BINS: f64 = 180.0;
/// Widths that people can read off, in seconds.
const WIDTHS: [f64; 14] = [0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];

pub(super) fn strip(case: &EpisodeContext<'_>) -> doc::Strip {
    let e = case.episode;
    let end = e.first_admission_after.unwrap_or(e.to);
    let around = (0.35 * end.since(e.from)).clamp(2.0, AROUND_S);
    let known = |t: Time| case.timeline.span.map_or(t, |(from, to)| t.clamp(from, to));
    let (from, to) = (known(e.from.plus(-around)), known(end.plus(around)));
    let length = to.since(from).max(1.0);
    let bin_s = WIDTHS.into_iter().find(|w| length / w <= BINS).unwrap_or((length / BINS / 3600.0).ceil() * 3600.0);
    let from = floored(from, bin_s);
    let bins = (to.since(from) / bin_s).ceil().max(1.0) as usize + 1;
    let end = from.plus(bin_s * bins as f64);
    let counts = |positions: &[u32]| {
        let mut counts = vec![0; bins];
        for p in positions {
            if let Some(count) = counts.get_mut((case.pool.at(*p).start.since(from) / bin_s) as usize) {
                *count += 1;
            }
        }
        counts
    };
    let admitted = counts(case.pool.admitted_between(from, end));
    let refused = counts(case.pool.refused_between(from, end));
    let in_flight = (0..bins)
        .map(|i| case.pool.flight.most(from.plus(i as f64 * bin_s), from.plus((i + 1) as f64 * bin_s)))
        .collect();
    doc::Strip {
        from: from.rfc3339(),
        bin_s,
        admitted,
        refused,
        in_flight,
        remaining_share: shares(case, from, bin_s, bins),
    }
}

/// A whole number of bins since the epoch, so that a shift of the log shifts the picture with it.
fn floored(t: Time, bin_s: f64) -> Time {
    t.floored((bin_s * 1e6) as i64)
}

/// Lowest remaining share of any window among the snapshots captured in each bin.
fn shares(case: &EpisodeContext<'_>, from: Time, bin_s: f64, bins: usize) -> Vec<Option<f64>> {
    let mut lowest: Vec<Option<f64>> = vec![None; bins];
    for snapshot in case.pool.snapshots_between(from, from.plus(bin_s * bins as f64)) {
        let Some(captured) = snapshot.captured else { continue };
        let offset = captured.at.since(from) / bin_s;
        let share = snapshot.state.windows.iter().filter_map(|w| w.remaining_share).reduce(f64::min);
        if let (true, Some(share)) = (offset >= 0.0 && (offset as usize) < bins, share) {
            let slot = &mut lowest[offset as usize];
            *slot = Some(slot.map_or(share, |s| s.min(share)));
        }
    }
    lowest.into_iter().map(|s| s.map(four)).collect()
}
