//! A concurrency limit that a snapshot names (`parallel.limit`), held against in-flight at the refusals.
//!
//! The limit is read, never built in. Refusals with half of it or less in flight speak against that cap, refusals at it
//! for it. Other clients of the account are not seen, so "below" is weaker than "at".

use super::{EpisodeContext, Kind, Observation};
use crate::model::median;

/// See the module.
#[derive(Debug)]
pub(super) struct CapKnown;

impl Kind for CapKnown {
    fn id(&self) -> &'static str {
        "cap_known"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["at", "between", "below"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let (Some((limit, source)), false) = (case.meters.cap_named, case.inflight.is_empty()) else {
            return Vec::new();
        };
        let mut sorted: Vec<f64> = case.inflight.iter().map(|n| f64::from(*n)).collect();
        sorted.sort_by(f64::total_cmp);
        let Some(middle) = median(&sorted) else { return Vec::new() };
        let cap = f64::from(limit);
        let bin = match middle {
            m if m >= cap - 1.0 => "at",
            m if m <= cap / 2.0 => "below",
            _ => "between",
        };
        let statement = format!(
            "A snapshot shows a limit of {limit} requests at once; refusals came with a median of {middle:.0} in flight."
        );
        let mut sources = vec![source];
        sources.extend(case.refusal_sources().into_iter().take(3));
        let seen = Observation::new(self, bin, statement, sources);
        seen.map(|o| o.scaled(case.inflight_scale())).into_iter().collect()
    }
}
