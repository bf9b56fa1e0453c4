//! Episodes with known cause, laid out for a fit.

use std::collections::BTreeMap;

use why429::model::Hypothesis;
use why429::verdict::Weights;

use super::design::Design;
use crate::model::Incident;

/// Heaviest an episode of a rare cause may count, in episodes.
const HEAVIEST: f64 = 4.0;

/// One point of an example: for which hypothesis, which parameter, times what.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Position of the hypothesis.
    pub hypothesis: u16,
    /// Parameter.
    pub parameter: u32,
    /// Added to the parameter.
    pub offset: f32,
    /// Factor on both.
    pub scale: f32,
}

impl Entry {
    /// The points that it gives.
    pub fn points(&self, parameters: &[f64]) -> f64 {
        (parameters[self.parameter as usize] + f64::from(self.offset)) * f64::from(self.scale)
    }
}

/// One episode.
#[derive(Debug, Clone)]
pub struct Example {
    /// How much it counts.
    pub weight: f64,
    /// Position of the true hypothesis.
    pub truth: usize,
    /// Per hypothesis: the prior.
    pub prior: Vec<f64>,
    /// Per hypothesis: log10 of the prior, and all points that are not fitted.
    pub fixed: Vec<f64>,
    /// Fitted points.
    pub entries: Vec<Entry>,
}

/// All found episodes that tell a true one of a single cause. An incident counts once; causes count as the prior says, whatever their
/// share among the incidents.
pub fn examples(incidents: &[Incident], design: &Design) -> Vec<Example> {
    let mut all: Vec<(Hypothesis, Example)> = Vec::new();
    // One table with every fitted place in it, to ask which entry an observation reads.
    let table = design.table(&design.mean, 1.0);
    for incident in incidents {
        let told = incident.told_by.iter().flatten().count().max(1) as f64;
        let one_cause = |t: &&crate::model::TrueEpisode| t.also.is_empty();
        for (truth, i) in incident.truths.iter().zip(&incident.told_by).filter(|(t, _)| one_cause(t)) {
            let Some(found) = i.map(|i| &incident.found[i]).filter(|f| f.refused) else { continue };
            let Some(position) = found.hypotheses.iter().position(|h| *h == truth.hypothesis) else { continue };
            let example = laid_out(found, design, &table);
            all.push((truth.hypothesis, Example { weight: 1.0 / told, truth: position, ..example }));
        }
    }
    balance(&mut all, &design.start);
    all.into_iter().map(|(_, e)| e).collect()
}

fn laid_out(found: &crate::model::FoundEpisode, design: &Design, table: &Weights) -> Example {
    let prior = table.prior_over(&found.hypotheses);
    let prior: Vec<f64> = found.hypotheses.iter().map(|h| prior[h].max(1e-9)).collect();
    let mut fixed: Vec<f64> = prior.iter().map(|p| p.log10()).collect();
    let mut entries = Vec::new();
    for o in &found.observations {
        for (n, h) in found.hypotheses.iter().enumerate() {
            let Some((key, points)) = table.entry(o, h) else { continue };
            let place = (o.kind.to_owned(), o.bin.to_owned(), key.to_owned());
            match design.slots.get(&place) {
                Some(slot) => {
                    let parameter = u32::try_from(slot.parameter).unwrap_or(u32::MAX);
                    let hypothesis = u16::try_from(n).unwrap_or(u16::MAX);
                    let (offset, scale) = (slot.offset as f32, o.scale as f32);
                    entries.push(Entry { hypothesis, parameter, offset, scale });
                }
                None => fixed[n] += points * o.scale,
            }
        }
    }
    Example { weight: 1.0, truth: 0, prior, fixed, entries }
}

/// Weighs causes to their prior shares, since a simulator's mix of causes is its author's.
fn balance(all: &mut [(Hypothesis, Example)], table: &Weights) {
    let mut by_truth: BTreeMap<Hypothesis, f64> = BTreeMap::new();
    for (h, e) in all.iter() {
        *by_truth.entry(*h).or_insert(0.0) += e.weight;
    }
    let mass: f64 = by_truth.values().sum();
    let prior: f64 = by_truth.keys().map(|h| table.prior_of(h)).sum();
    for (h, e) in all.iter_mut() {
        let wanted = table.prior_of(h) / prior.max(f64::MIN_POSITIVE);
        e.weight *= (wanted / (by_truth[h] / mass)).min(HEAVIEST);
    }
}
