//! 5.16 Streams broken at the onset: admitted requests that ended with a network error within 30 s of it.

use super::{EpisodeContext, Kind, Observation, counted};

/// See the module.
#[derive(Debug)]
pub(super) struct Kill;

const NEAR_S: f64 = 30.0;
/// No stream is expected to live longer than this, in seconds.
const STREAM_S: f64 = 3.0 * 3600.0;

impl Kind for Kill {
    fn id(&self) -> &'static str {
        "streams_broken"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["none", "one", "several"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let e = case.episode;
        let (from, to) = (e.from.plus(-NEAR_S), e.from.plus(NEAR_S));
        let all = &case.meters.broken;
        let near = all.partition_point(|(end, _)| *end < from)..all.partition_point(|(end, _)| *end <= to);
        let began = e.from.plus(-STREAM_S)..to;
        let mut broken: Vec<u32> = all[near].iter().map(|(_, p)| *p).collect();
        broken.retain(|p| began.contains(&case.pool.at(*p).start));
        broken.sort_unstable();
        let bin = match broken.len() {
            0 => "none",
            1 => "one",
            _ => "several",
        };
        if broken.is_empty() && e.refusals.len() < 3 {
            return Vec::new();
        }
        let statement = match broken.len() {
            0 => format!("No running stream broke when the {}s began.", case.noun()),
            n => format!("{} broke when the {}s began.", counted(n, "running stream"), case.noun()),
        };
        let shown = if broken.is_empty() { &e.refusals[..1] } else { &broken[..] };
        Observation::new(self, bin, statement, case.sources(shown)).into_iter().collect()
    }
}
