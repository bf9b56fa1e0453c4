//! The combination: prior and points added up in log10, then a softmax; a small share of the prior is mixed in.

use std::collections::BTreeMap;

use crate::verdict::Judged;

use crate::evidence::Observation;
use crate::model::{Cause, Group, Hypothesis};
use crate::verdict::Weights;

/// An observation with its points.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The observation.
    pub observation: Observation,
    /// Points by hypothesis; zero points are left out.
    pub points: BTreeMap<Hypothesis, f64>,
}

/// Probabilities of the hypotheses; they sum to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shares {
    /// By hypothesis.
    pub by_hypothesis: BTreeMap<Hypothesis, f64>,
}

impl Shares {
    /// From probabilities that sum to 1.
    pub fn of(shares: impl IntoIterator<Item = (Hypothesis, f64)>) -> Self {
        Self { by_hypothesis: shares.into_iter().collect() }
    }

    /// Causes with their probability, windows added up, highest first, then in the order of docs/CAUSES.md.
    pub fn causes(&self) -> Vec<(Cause, f64)> {
        let mut by_cause: BTreeMap<Cause, f64> = BTreeMap::new();
        for (h, p) in &self.by_hypothesis {
            *by_cause.entry(h.cause).or_insert(0.0) += p;
        }
        let mut causes: Vec<(Cause, f64)> = by_cause.into_iter().collect();
        causes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        causes
    }

    /// Window lengths with their probability, highest first; `None` is an unknown length.
    pub fn windows(&self) -> Vec<(Option<u32>, f64)> {
        let of_windows = self.by_hypothesis.iter().filter(|(h, _)| h.cause == Cause::TokenWindow);
        let mut windows: Vec<(Option<u32>, f64)> = of_windows.map(|(h, p)| (h.window_minutes, *p)).collect();
        windows.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        windows
    }

    /// The likeliest window.
    pub fn window(&self) -> Option<Hypothesis> {
        let (minutes, _) = self.windows().into_iter().next()?;
        Some(Hypothesis { cause: Cause::TokenWindow, window_minutes: minutes })
    }

    /// Length of the likeliest window, where it is known.
    pub fn window_minutes(&self) -> Option<u32> {
        self.window()?.window_minutes
    }

    /// Probability of the window of this length.
    pub fn of_window(&self, minutes: u32) -> Option<f64> {
        self.by_hypothesis.get(&Hypothesis::window(minutes)).copied()
    }

    /// Probability of a cause.
    pub fn of_cause(&self, cause: Cause) -> f64 {
        self.by_hypothesis.iter().filter(|(h, _)| h.cause == cause).map(|(_, p)| p).sum()
    }
    /// Probability of a group.
    pub fn of_group(&self, group: Group) -> f64 {
        self.by_hypothesis.iter().filter(|(h, _)| h.cause.group() == Some(group)).map(|(_, p)| p).sum()
    }
}

/// Weighs the observations.
pub fn score(observations: Vec<Observation>, hypotheses: &[Hypothesis], weights: &Weights) -> (Vec<Scored>, Shares) {
    let total: f64 = hypotheses.iter().map(|h| weights.prior_of(h)).sum();
    let prior = |h: &Hypothesis| (weights.prior_of(h) / total.max(f64::MIN_POSITIVE)).max(1e-9);
    let mut sums: BTreeMap<Hypothesis, f64> = hypotheses.iter().map(|h| (*h, prior(h).log10())).collect();
    let mut scored = Vec::with_capacity(observations.len());
    for observation in observations {
        let mut points = BTreeMap::new();
        for (h, sum) in &mut sums {
            let p = weights.points_of(&observation, h);
            if p != 0.0 {
                *sum += p;
                points.insert(*h, p);
            }
        }
        scored.push(Scored { observation, points });
    }
    let highest = sums.values().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: BTreeMap<Hypothesis, f64> = sums.iter().map(|(h, s)| (*h, 10f64.powf(s - highest))).collect();
    let norm: f64 = powers.values().sum();
    // What is excluded has no part in the share of the prior that is mixed in.
    let excluded = |h: &Hypothesis| scored.iter().any(|s: &Scored| s.observation.excludes.contains(h));
    let open: f64 = hypotheses.iter().filter(|h| !excluded(h)).map(prior).sum();
    let mixed = |h: &Hypothesis| if excluded(h) { 0.0 } else { prior(h) / open.max(f64::MIN_POSITIVE) };
    let floor = weights.floor;
    let shares = Shares::of(powers.iter().map(|(h, p)| (*h, (1.0 - floor) * p / norm + floor * mixed(h))));
    (scored, shares)
}

/// Points of an observation for a cause: of its likeliest window, for `token_window`.
pub fn points_for(scored: &Scored, cause: Cause, shares: &Shares) -> f64 {
    let best = match cause {
        Cause::TokenWindow => shares.window(),
        _ => Some(Hypothesis::of(cause)),
    };
    best.and_then(|h| scored.points.get(&h)).copied().unwrap_or(0.0)
}

/// Prior probabilities by hypothesis, summing to 1.
pub type Prior = BTreeMap<Hypothesis, f64>;

/// How far an observation speaks for the first cause against all others together (their points weighed by the prior),
/// or, when the verdict is open, against the second cause; log10 points, negative when it speaks against the first.
pub fn leverage(scored: &Scored, judged: &Judged, prior: &Prior) -> f64 {
    let shares = &judged.shares;
    let causes = shares.causes();
    if let Some([first, second]) = judged.verdict.between {
        return points_for(scored, first, shares) - points_for(scored, second, shares);
    }
    let Some((first, _)) = causes.first() else { return 0.0 };
    let own = points_for(scored, *first, shares);
    // A silence has two hypotheses only, and is decided by rule: the prior does not know them.
    if causes.len() == 2 {
        return own - causes.get(1).map_or(0.0, |(c, _)| points_for(scored, *c, shares));
    }
    let mut rest = 0.0;
    let mut mass = 0.0;
    for (h, p) in prior.iter().filter(|(h, _)| h.cause != *first) {
        rest += p * 10f64.powf(scored.points.get(h).copied().unwrap_or(0.0));
        mass += p;
    }
    if mass > 0.0 { own - (rest / mass).log10() } else { own }
}

/// Orders observations: those that move the verdict most first, context last.
pub fn order(judged: &mut Judged, prior: &Prior) {
    let mut scored = std::mem::take(&mut judged.scored);
    scored.sort_by_cached_key(|s| std::cmp::Reverse((leverage(s, judged, prior).abs() * 1000.0).round() as i64));
    judged.scored = scored;
}

/// The verbal scale of a likelihood ratio given as log10 points (ENFSI guideline 2015).
pub fn strength(points: f64) -> &'static str {
    match points.abs() {
        p if p < 0.05 => "context",
        p if p < 0.3 => "slight",
        p if p < 1.0 => "weak",
        p if p < 2.0 => "moderate",
        p if p < 3.0 => "moderately strong",
        p if p < 4.0 => "strong",
        _ => "very strong",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{hypotheses, reasoned};

    #[test]
    fn without_evidence_the_prior_stands() {
        let all = hypotheses(&[300, 10_080]);
        let (_, shares) = score(Vec::new(), &all, reasoned());
        let sum: f64 = shares.by_hypothesis.values().sum();
        assert!((sum - 1.0).abs() < 1e-9);
        // 0.24 + 0.06 of a prior that sums to 1.00 (0.99 without the 0.01 kept for other lengths).
        assert!((shares.of_cause(Cause::TokenWindow) - 0.30).abs() < 0.01);
        assert!(shares.of_cause(Cause::ConcurrencyCap) < 0.25);
    }
}
