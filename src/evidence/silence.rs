//! 5.17 Silent share: how much of the gap nobody probed. It weighs nothing (the client's habit, not the limiter's), but
//! every reader must know how much is proven. Doubling back-off hides at most half of a gap; more means that the client
//! gave up (docs/METHOD.md, Evidence).

use super::{EpisodeContext, Kind, Observation, duration};

/// See the module.
#[derive(Debug)]
pub(super) struct Silence;

impl Kind for Silence {
    fn id(&self) -> &'static str {
        "silent_share"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["probed", "half", "mostly_silent"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let e = case.episode;
        let (Some(after), Some(width)) = (e.first_admission_after, e.recovery_width_s()) else { return Vec::new() };
        let whole = after.since(e.from);
        if whole < 600.0 {
            return Vec::new();
        }
        let share = width / whole;
        let bin = match share {
            s if s < 0.3 => "probed",
            s if s < 0.7 => "half",
            _ => "mostly_silent",
        };
        let statement = format!(
            "Refusals span {}; the end lies somewhere in the {} after the last one, when no request was sent.",
            duration(e.span_s()),
            duration(width)
        );
        let last: Vec<u32> = e.refusals.last().copied().into_iter().collect();
        Observation::new(self, bin, statement, case.sources(&last)).into_iter().collect()
    }
}
