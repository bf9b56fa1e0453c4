//! No refusal came while another request was in flight: a strictly sequential client cannot run into a cap of its own making.
//!
//! Said only where rows know what was in flight, and where no error text names a cap. Then a cap is excluded altogether
//! (docs/METHOD.md, What is excluded), since its slots would have to be taken by clients that no log shows.

use super::{Case, Kind, Observation, counted, text};
use crate::model::{Cause, Hypothesis};

/// See the module.
#[derive(Debug)]
pub(super) struct InflightNone;

impl Kind for InflightNone {
    fn id(&self) -> &'static str {
        "inflight_none"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["never"]
    }

    fn observe(&self, case: &Case<'_>) -> Vec<Observation> {
        if !excludes_a_cap(case) {
            return Vec::new();
        }
        let says = format!(
            "No other request was in flight at any of {}; this client never had two at once.",
            counted(case.inflight.len(), case.noun())
        );
        let observation = Observation::new(self, "never", says, case.refusal_sources());
        observation.map(|o| o.excluding(vec![Hypothesis::of(Cause::ConcurrencyCap)])).into_iter().collect()
    }
}

/// Whether the rows show that no refusal met a second request in flight, and no text names a cap.
fn excludes_a_cap(case: &Case<'_>) -> bool {
    let is_known = !case.inflight.is_empty() && case.inflight_scale() >= 1.0 && case.untold() == 0;
    is_known && case.inflight.iter().all(|n| *n == 0) && !text::names_a_cap(case)
}
