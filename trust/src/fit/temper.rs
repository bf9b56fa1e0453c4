//! One number that makes all fitted points smaller or larger, so that probabilities mean what they say where the points
//! were not fitted (Guo et al. 2017), and the share of the prior that is mixed in.

use why429::verdict::Weights;

use super::design::Design;
use super::examples::Example;
use super::optimise::softmax;
use crate::figures::{MEASURES, judged};
use crate::judge::Judge;
use crate::model::Incident;

/// Temperatures that are tried: from sharper to flatter.
const TEMPERATURES: [f64; 12] = [0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.45, 1.6, 1.8, 2.0, 2.4, 3.0];
/// Shares of the prior that are tried.
const FLOORS: [f64; 6] = [0.003, 0.006, 0.012, 0.02, 0.03, 0.045];

/// What was found to be best.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tempered {
    /// Mean log loss on the examples.
    pub loss: f64,
    /// All fitted points are divided by it.
    pub temperature: f64,
    /// Share of the prior that is mixed in.
    pub floor: f64,
}

/// The temperature and floor of least log loss on these examples.
pub fn tempered(parameters: &[f64], examples: &[Example]) -> Tempered {
    let mut best = Tempered { loss: f64::INFINITY, temperature: 1.0, floor: 0.0 };
    for temperature in TEMPERATURES {
        let shares: Vec<Vec<f64>> = examples.iter().map(|e| shares(e, parameters, temperature)).collect();
        for floor in FLOORS {
            let of = |(e, s): (&Example, &Vec<f64>)| {
                let p = (1.0 - floor) * s[e.truth] + floor * e.prior[e.truth];
                -e.weight * p.max(1e-12).ln()
            };
            let loss =
                examples.iter().zip(&shares).map(of).sum::<f64>() / examples.iter().map(|e| e.weight).sum::<f64>();
            if loss < best.loss {
                best = Tempered { loss, temperature, floor };
            }
        }
    }
    best
}

fn shares(example: &Example, parameters: &[f64], temperature: f64) -> Vec<f64> {
    let mut shares = example.fixed.clone();
    for e in &example.entries {
        shares[usize::from(e.hypothesis)] += e.points(parameters) / temperature;
    }
    softmax(&mut shares);
    shares
}

/// The table of these parameters.
pub fn table(design: &Design, parameters: &[f64], tempered: Tempered) -> Weights {
    let mut table = design.table(parameters, tempered.temperature);
    table.floor = tempered.floor;
    table
}

/// Mean log loss over incidents.
pub fn log_loss(incidents: &[Incident], table: &Weights) -> f64 {
    let Some((_, part)) = MEASURES.iter().find(|(id, _)| *id == "log loss") else { return f64::INFINITY };
    let parts = judged(incidents, Judge::Table(table)).iter().map(part).fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
    parts.0 / parts.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::examples::Entry;

    #[test]
    fn overconfidence_is_tempered() {
        // Two points for the first of two, right in four of five: 0.6 points would be honest.
        let one = |truth| Example {
            weight: 1.0,
            truth,
            prior: vec![0.5, 0.5],
            fixed: vec![0.5f64.log10(); 2],
            entries: vec![Entry { hypothesis: 0, parameter: 0, offset: 0.0, scale: 1.0 }],
        };
        let all: Vec<Example> = (0..50).map(|i| one(usize::from(i % 5 == 0))).collect();
        let found = tempered(&[2.0], &all);
        assert!((found.temperature - 3.0).abs() < 1e-9, "{found:?}");
    }
}
