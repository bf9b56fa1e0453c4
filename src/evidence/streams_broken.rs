//! Streams broken at the onset: admitted requests that ended with a network error within 30 s of it.

use super::declaration::{Declaration, Edge, Flags, Order, Unit, bin, measured};
use super::hypotheses::NETWORK;
use super::{EpisodeContext, Failed, Observation, Values};

measured! {
    /// Streams that broke at the onset.
    StreamsBroken {
        /// Running streams that broke within 30 s of the first refusal.
        streams_broken: usize as Count,
    }
    beside {
        /// What the failed requests are called.
        failed: Failed,
    }
}

const NEAR_S: f64 = 30.0;
/// No stream is expected to live longer than this, in seconds.
const STREAM_S: f64 = 3.0 * 3600.0;
/// Fewest refusals with which it is told that none broke.
const LEAST: usize = 3;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "streams_broken",
    topic: "streams_broken",
    number: ("running streams that broke within 30 s of the onset", Unit::Count),
    bins: &[
        bin("none", Edge::UpTo(0.0)).means_against(&[NETWORK]).because("a cut breaks what runs"),
        bin("one", Edge::UpTo(1.0))
            .means_for(&[NETWORK])
            .because("a limit does not break running streams; one may be chance"),
        bin("several", Edge::Any).means_for(&[NETWORK]).because("a limit does not break running streams"),
    ],
    flags: Flags { valid_for_short_episodes: true, ..Flags::NONE },
    orders: &[Order { key: NETWORK, bins: &["none", "one", "several"] }],
    measures: QUANTITIES,
};

impl Values for StreamsBroken {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.streams_broken as f64
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let e = case.episode;
    let (from, to) = (e.from.plus(-NEAR_S), e.from.plus(NEAR_S));
    let all = &case.meters.broken;
    let near = all.partition_point(|(end, _)| *end < from)..all.partition_point(|(end, _)| *end <= to);
    let began = e.from.plus(-STREAM_S)..to;
    let mut broken: Vec<u32> = all[near].iter().map(|(_, p)| *p).collect();
    broken.retain(|p| began.contains(&case.pool.at(*p).start));
    broken.sort_unstable();
    if broken.is_empty() && e.refusals.len() < LEAST {
        return None;
    }
    let shown = if broken.is_empty() { &e.refusals[..1] } else { &broken[..] };
    let values = StreamsBroken { streams_broken: broken.len(), failed: case.failed() };
    Observation::new(values, case.sources(shown))
}
