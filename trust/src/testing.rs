//! Episodes for tests.

use std::collections::BTreeMap;

use why429::evidence::Observation;
use why429::model::{Cause, Hypothesis, Time};
use why429::verdict::{Shares, hypotheses};

use crate::model::{FoundEpisode, Incident, TrueEpisode};

fn at(s: f64) -> Time {
    Time::from_secs(1_770_000_000.0 + s).unwrap_or_default()
}

/// A concurrency cap of an account.
pub fn truth(from: f64, to: f64, account: &str) -> TrueEpisode {
    TrueEpisode {
        hypothesis: Hypothesis::of(Cause::ConcurrencyCap),
        also: Vec::new(),
        account: account.to_owned(),
        from: at(from),
        to: at(to),
        cap: Some(3),
        quota: None,
        window_kind: None,
        resets_at: None,
        hidden_clients: false,
    }
}

/// A refused episode without observations.
pub fn found(from: f64, to: f64, account: &str) -> FoundEpisode {
    FoundEpisode {
        account: account.to_owned(),
        refused: true,
        from: at(from),
        to: at(to),
        recovered: None,
        admitted: 0,
        hypotheses: hypotheses(&[300, 10_080]),
        observations: Vec::new(),
        shares: Shares { by_hypothesis: BTreeMap::from([(Hypothesis::of(Cause::ConcurrencyCap), 1.0)]) },
        overlap: false,
        cap: None,
        quota: None,
        quota_or: None,
        delay_s: None,
        window_kind: None,
        resets_at: None,
    }
}

/// An incident with these episodes, paired.
pub fn incident(truths: Vec<TrueEpisode>, found: Vec<FoundEpisode>) -> Incident {
    let (told_by, extra) = crate::pairing::pair(&truths, &found);
    Incident {
        seed: 1,
        setting: "training".to_owned(),
        form: "canonical".to_owned(),
        damages: Vec::new(),
        bare: false,
        quiet: truths.is_empty(),
        truths,
        found,
        told_by,
        extra,
    }
}

/// An observation of a bin alone.
pub fn observation(kind: &'static str, bin: &'static str) -> Observation {
    Observation::bare(kind, bin)
}
