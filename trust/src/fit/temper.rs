//! One number that makes all fitted points smaller or larger, so that probabilities mean what they say where the points
//! were not fitted (Guo et al. 2017), and the share of the prior that is mixed in.

use why429::verdict::Weights;

use super::design::Design;
use crate::figures::{judged, named};
use crate::judge::Judge;
use crate::model::Incident;

/// Temperatures that are tried: from sharper to flatter.
const TEMPERATURES: [f64; 11] = [0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 1.45, 1.6, 1.8, 2.0, 2.4];
/// Shares of the prior that are tried.
const FLOORS: [f64; 5] = [0.006, 0.012, 0.02, 0.03, 0.045];

/// The table with the temperature and floor of least log loss on these incidents, and both.
pub fn tempered(design: &Design, parameters: &[f64], incidents: &[Incident]) -> (Weights, f64, f64) {
    let mut best: Option<(f64, Weights, f64, f64)> = None;
    for temperature in TEMPERATURES {
        for floor in FLOORS {
            let mut table = design.table(parameters, temperature);
            table.floor = floor;
            let loss = log_loss(incidents, &table);
            if best.as_ref().is_none_or(|(least, ..)| loss < *least) {
                best = Some((loss, table, temperature, floor));
            }
        }
    }
    best.map_or_else(|| (design.table(parameters, 1.0), 1.0, design.start.floor), |(_, table, t, f)| (table, t, f))
}

/// Mean log loss over incidents.
pub fn log_loss(incidents: &[Incident], table: &Weights) -> f64 {
    let judged = judged(incidents, Judge::Table(table));
    named(&judged, "log loss").map_or(f64::INFINITY, |f| f.value)
}
