//! Silent share: how much of the episode nobody probed. It weighs nothing (the client's habit, not the limiter's), but
//! every reader must know how much is proven. Doubling back-off hides at most half of an episode; more means that the client
//! gave up (docs/METHOD.md, Evidence).

use super::declaration::{Declaration, Edge, Flags, Unit, bin, measured};
use super::{EpisodeContext, Observation, Values};

measured! {
    /// What of the episode is proven, and what nobody probed.
    SilentShare {
        /// Time from the first refusal to the last.
        span_s: f64 as Seconds,
        /// Time from the last refusal to the first admission after it.
        unprobed_s: f64 as Seconds,
        /// Share of the time from the first refusal to the first admission after the episode in which nobody probed its end.
        unprobed_share: f64 as Share,
    }
}

/// Shortest time from the first refusal to the recovery, in seconds.
const SHORTEST_S: f64 = 600.0;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "silent_share",
    topic: "silent_share",
    number: ("share of the time to the recovery that nobody probed", Unit::Share),
    bins: &[
        bin("probed", Edge::Below(0.3)).because("most of it is proven"),
        bin("half", Edge::Below(0.7)).because("doubling back-off hides up to half"),
        bin("mostly_silent", Edge::Any).because("the client gave up"),
    ],
    flags: Flags { valid_for_short_episodes: true, stated: true, ..Flags::NONE },
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for SilentShare {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.unprobed_share
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let e = case.episode;
    let (after, unprobed_s) = (e.first_admission_after?, e.recovery_width_s()?);
    let whole_s = after.since(e.from);
    if whole_s < SHORTEST_S {
        return None;
    }
    let values = SilentShare { span_s: e.span_s(), unprobed_s, unprobed_share: unprobed_s / whole_s };
    let last: Vec<u32> = e.refusals.last().copied().into_iter().collect();
    Observation::new(values, case.sources(&last))
}
