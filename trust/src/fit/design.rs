//! Which points are fitted, which are one and the same, and which are not fitted at all.
//!
//! A point of the table is a parameter plus an offset. Where the simulator can only invent a hypothesis, its points are
//! tied to one that has a model (docs/METHOD.md, "Where the points come from"): the same parameter, with the offset of the reasoned table.

use std::collections::BTreeMap;

use why429::evidence::{REGISTRY, declaration_of, sign_of};
use why429::model::{Cause, Hypothesis};
use why429::verdict::Weights;

use super::order::{ascending, orders};

/// What is tied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ties {
    /// Nothing.
    Free,
    /// The account block to the window, everywhere but in snapshots of a meter.
    Tied,
}

/// Kinds in which windows of five hours and longer ones have points of their own: a block of days is no five-hour window,
/// and a weekly quota is refused with another status.
const BY_LENGTH: [&str; 2] = ["length", "class"];

/// Place of a point in a table: kind, bin, key.
pub type Place = (String, String, String);

/// A point: the parameter it is made of, and what is added to it.
#[derive(Debug, Clone, Copy)]
pub struct Slot {
    /// Parameter.
    pub parameter: usize,
    /// Added to it.
    pub offset: f64,
}

/// The layout of a fit.
#[derive(Debug)]
pub struct Design {
    /// The table that the parameters are drawn towards; points that are not fitted stay as in it.
    pub start: Weights,
    /// Where the parameters go.
    pub slots: BTreeMap<Place, Slot>,
    /// Value of each parameter in the reasoned table.
    pub mean: Vec<f64>,
    /// Parameters that must not fall, chain by chain.
    pub chains: Vec<Vec<usize>>,
    /// Least and most of each parameter: what a bin plainly means for a hypothesis gives its points a sign.
    pub bounds: Vec<(f64, f64)>,
}

impl Design {
    /// Lays out a fit that starts from a table. `pairs` are kinds beside the library's, with their bins.
    pub fn new(start: &Weights, ties: Ties, pairs: &[(&'static str, Vec<&'static str>)]) -> Self {
        let (slots, mean, chains, bounds) = (BTreeMap::new(), Vec::new(), Vec::new(), Vec::new());
        let mut design = Self { start: start.clone(), slots, mean, chains, bounds };
        let library = REGISTRY.iter().map(|k| (k.id(), k.bins()));
        for (kind, bins) in library.chain(pairs.iter().cloned()) {
            for bin in bins {
                design.lay_out(kind, bin, ties);
            }
        }
        for (kind, order) in orders() {
            let place = |bin: &&str| (kind.to_owned(), (*bin).to_owned(), order.key.to_owned());
            let places = order.bins.iter().filter_map(|bin| Some(design.slots.get(&place(bin))?.parameter));
            design.chains.push(places.collect());
        }
        design.bounds = design.bounds_of(ties);
        design
    }

    /// The clip, and on the tied fit, which is the one in use, the sign of the plain meaning.
    fn bounds_of(&self, ties: Ties) -> Vec<(f64, f64)> {
        let mut bounds = vec![(-self.start.clip, self.start.clip); self.mean.len()];
        for ((kind, bin, key), slot) in self.slots.iter().filter(|_| ties == Ties::Tied) {
            let (least, most) = &mut bounds[slot.parameter];
            match sign_of(kind, bin, key) {
                1 => *least = least.max(-slot.offset),
                -1 => *most = most.min(-slot.offset),
                _ => {}
            }
        }
        bounds
    }

    fn lay_out(&mut self, kind: &'static str, bin: &'static str, ties: Ties) {
        if declaration_of(kind).flags.stated || (kind, bin) == ("class", "named") {
            return;
        }
        let given: BTreeMap<String, f64> =
            self.start.points.get(kind).and_then(|bins| bins.get(bin)).cloned().unwrap_or_default();
        let targeted = given.contains_key("target");
        let keys: Vec<String> = if targeted {
            // Only the distance from target to other matters, so `other` stays.
            given.keys().filter(|k| *k != "other").cloned().collect()
        } else {
            keys(ties == Ties::Free || BY_LENGTH.contains(&kind))
        };
        let block = Cause::AccountBlock.id();
        for key in keys.iter().filter(|k| targeted || ties == Ties::Free || *k != block) {
            let value = given_for(&given, key);
            self.slots.insert(place(kind, bin, key), Slot { parameter: self.mean.len(), offset: 0.0 });
            self.mean.push(value);
        }
        if !targeted && ties == Ties::Tied {
            // Five hours and more is where the first window cannot be, so there the block follows the longer ones.
            let short = bin != "above_5_h" && BY_LENGTH.contains(&kind);
            let window = if short { Hypothesis::window(300).key() } else { Cause::TokenWindow.id().to_owned() };
            if let Some(slot) = self.slots.get(&place(kind, bin, &window)).copied() {
                let offset = given_for(&given, block) - given_for(&given, &window);
                self.slots.insert(place(kind, bin, block), Slot { offset, ..slot });
            }
        }
    }

    /// The closest parameters that keep the order and the clip.
    pub fn allowed(&self, parameters: &mut [f64]) {
        for chain in &self.chains {
            let values: Vec<f64> = chain.iter().map(|p| parameters[*p]).collect();
            for (p, v) in chain.iter().zip(ascending(&values)) {
                parameters[*p] = v;
            }
        }
        for (p, (least, most)) in parameters.iter_mut().zip(&self.bounds) {
            *p = p.max(*least).min(*most);
        }
    }

    /// The table with these parameters, all fitted points divided by a temperature.
    pub fn table(&self, parameters: &[f64], temperature: f64) -> Weights {
        let mut table = self.start.clone();
        for ((kind, bin, key), slot) in &self.slots {
            let points = (parameters[slot.parameter] + slot.offset) / temperature;
            let bins = table.points.entry(kind.clone()).or_default();
            let keys = bins.entry(bin.clone()).or_default();
            // A longer key of the reasoned table must not hide the fitted one.
            keys.retain(|k, _| self.slots.contains_key(&(kind.clone(), bin.clone(), k.clone())) || is_role(k));
            keys.insert(key.clone(), hundredths(points.clamp(-table.clip, table.clip)));
        }
        table
    }
}

fn is_role(key: &str) -> bool {
    matches!(key, "target" | "other")
}

/// As written in the table.
pub fn hundredths(points: f64) -> f64 {
    (points * 100.0).round() / 100.0
}

fn place(kind: &str, bin: &str, key: &str) -> Place {
    (kind.to_owned(), bin.to_owned(), key.to_owned())
}

/// Keys of a bin without a target. `token_window` alone stands for all lengths.
fn keys(by_length: bool) -> Vec<String> {
    let causes = Cause::ALL.into_iter().filter(|c| !matches!(c, Cause::Idle | Cause::Undetermined));
    let five_hours = by_length.then(|| Hypothesis::window(300).key());
    causes.map(|c| c.id().to_owned()).chain(five_hours).collect()
}

/// What the reasoned table gives for a key: its own points, or for `token_window` those of a week.
fn given_for(given: &BTreeMap<String, f64>, key: &str) -> f64 {
    let week = Hypothesis::window(10_080).key();
    let own = if key == Cause::TokenWindow.id() { given.get(&week) } else { None };
    let cause = key.split('/').next().unwrap_or(key);
    own.or_else(|| given.get(key)).or_else(|| given.get(cause)).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use why429::verdict::reasoned;

    #[test]
    fn the_start_is_the_reasoned_table() {
        for ties in [Ties::Free, Ties::Tied] {
            let design = Design::new(reasoned(), ties, &[]);
            let table = design.table(&design.mean, 1.0);
            for kind in REGISTRY {
                for bin in kind.bins() {
                    let o = crate::testing::observation(kind.id(), bin);
                    for h in why429::verdict::hypotheses(&[300, 10_080]) {
                        let (a, b) = (table.points_of(&o, &h), reasoned().points_of(&o, &h));
                        // A week shares its points with five hours where lengths are not told apart.
                        let shared = ties == Ties::Tied && h.cause == Cause::TokenWindow;
                        assert!((a - b).abs() < 0.011 || shared, "{}.{bin} for {}: {a}, {b}", kind.id(), h.key());
                    }
                }
            }
        }
    }

    #[test]
    fn the_block_moves_with_the_window() {
        let design = Design::new(reasoned(), Ties::Tied, &[]);
        let slot = |kind: &str, bin: &str, key: &str| design.slots[&place(kind, bin, key)];
        let (block, window) =
            (slot("hard_run", "impossible", "account_block"), slot("hard_run", "impossible", "token_window"));
        assert_eq!(block.parameter, window.parameter);
        let five = slot("length", "below_75_min", "token_window/300");
        assert_eq!(slot("length", "below_75_min", "account_block").parameter, five.parameter);
        assert_ne!(
            slot("length", "above_5_h", "account_block").parameter,
            slot("length", "above_5_h", "token_window/300").parameter
        );
    }

    #[test]
    fn texts_are_not_fitted() {
        let design = Design::new(reasoned(), Ties::Free, &[]);
        assert!(!design.slots.keys().any(|(kind, bin, _)| kind == "named_text" || (kind == "class" && bin == "named")));
    }
}
