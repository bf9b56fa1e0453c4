//! How much could be right at all: an oracle that knows every limiter, but not what the log cannot tell.
//!
//! It names the true cause wherever limiters behave differently. Some refuse everything alike for a while (a used-up
//! window of any length, an account block, lost access, an empty balance, a long overload, a gateway's cooldown); where no
//! text, status, reading or wait names one of them, the oracle knows only how common each is among training episodes with the same
//! length, admissions inside and state of other pools. No reader of the log knows more.

use std::collections::BTreeMap;

use why429::evidence::Observation;
use why429::model::{Cause, Hypothesis};

use crate::model::{FoundEpisode, Incident, TrueEpisode};

/// What the oracle sees of an episode that may have twins.
type Seen = [Option<&'static str>; 3];

/// How common each cause is among episodes that look alike.
#[derive(Debug, Default)]
pub struct Oracle {
    common: BTreeMap<Seen, BTreeMap<Hypothesis, f64>>,
}

impl Oracle {
    /// Learns from incidents that nothing is measured on.
    pub fn of(training: &[Incident]) -> Self {
        let mut oracle = Self::default();
        for incident in training {
            let weight = 1.0 / incident.truths.len().max(1) as f64;
            for (truth, found) in pairs(incident) {
                if let Some(found) = found.filter(|f| has_twins(truth, f)) {
                    *oracle.common.entry(seen(found)).or_default().entry(truth.hypothesis).or_insert(0.0) += weight;
                }
            }
        }
        oracle
    }

    /// Share of an incident's episodes that it names rightly; `None` where there are none.
    pub fn right(&self, incident: &Incident) -> Option<f64> {
        let of = |(truth, found): (&TrueEpisode, Option<&FoundEpisode>)| match found {
            None => false,
            Some(f) if has_twins(truth, f) => {
                self.says(f).is_some_and(|h| h == truth.hypothesis || truth.also.iter().any(|a| a.cause == h.cause))
            }
            Some(_) => true,
        };
        let all: Vec<bool> = pairs(incident).map(of).collect();
        (!all.is_empty()).then(|| all.iter().filter(|r| **r).count() as f64 / all.len() as f64)
    }

    fn says(&self, found: &FoundEpisode) -> Option<Hypothesis> {
        let common = self.common.get(&seen(found))?;
        common.iter().max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(a.0))).map(|(h, _)| *h)
    }
}

fn pairs(incident: &Incident) -> impl Iterator<Item = (&TrueEpisode, Option<&FoundEpisode>)> {
    incident.truths.iter().zip(incident.told_by.iter().map(|i| i.map(|i| &incident.found[i])))
}

fn seen(found: &FoundEpisode) -> Seen {
    ["length", "admissions_inside", "other_pools"].map(|kind| bin(found, kind))
}

fn bin(found: &FoundEpisode, kind: &str) -> Option<&'static str> {
    found.observations.iter().find(|o| o.kind == kind).map(|o| o.bin)
}

/// Whether other causes would have left the same log.
fn has_twins(truth: &TrueEpisode, found: &FoundEpisode) -> bool {
    let alike = matches!(
        truth.hypothesis.cause,
        Cause::TokenWindow | Cause::AccountBlock | Cause::Access | Cause::Billing | Cause::LocalLimit | Cause::Overload
    );
    alike && found.refused && !found.observations.iter().any(tells)
}

/// Observations that tell one of them from another.
fn tells(o: &Observation) -> bool {
    match o.kind {
        "named_text" => matches!(o.bin, "named" | "named_rare" | "partly" | "misleading"),
        "class" => o.bin != "rate_limited",
        "snapshot_in_gap" | "same_window_later" => true,
        "retry_after" => matches!(o.bin, "fixed_target" | "days" | "long"),
        "reset_hit" => matches!(o.bin, "hit" | "hit_narrow" | "future"),
        "phase" => o.bin == "hit",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{found, incident, observation, truth};

    /// A hard block of unnamed cause, that was this.
    fn block(cause: Hypothesis, bin: &'static str) -> Incident {
        let mut t = truth(0.0, 600.0, "a");
        t.hypothesis = cause;
        let mut f = found(0.0, 600.0, "a");
        f.observations = vec![observation("class", bin), observation("length", "below_20_min")];
        incident(vec![t], vec![f])
    }

    #[test]
    fn of_twins_it_knows_only_which_is_more_common() {
        let (window, account) = (Hypothesis::window(300), Hypothesis::of(Cause::AccountBlock));
        let common = [window, window, account].map(|h| block(h, "rate_limited"));
        let oracle = Oracle::of(&common);
        assert_eq!(oracle.right(&common[0]), Some(1.0));
        assert_eq!(oracle.right(&common[2]), Some(0.0));
        // A status that tells them apart, and a cause that behaves in a way of its own, are known.
        assert_eq!(oracle.right(&block(account, "forbidden")), Some(1.0));
        assert_eq!(oracle.right(&block(Hypothesis::of(Cause::ConcurrencyCap), "rate_limited")), Some(1.0));
    }
}
