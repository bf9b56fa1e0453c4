//! What a judge says of each true episode of an incident: the table of weights that is asked about, or the rule of the
//! support thread.

use why429::model::{Cause, Hypothesis};
use why429::verdict::{Shares, Weights, decides, score};

use crate::model::{FoundEpisode, Incident};

/// Least probability that a log loss counts: 1 in 10,000.
const LEAST: f64 = 1e-4;

/// What was said of one true episode.
#[derive(Debug, Clone)]
pub struct Said {
    /// First cause, with its likeliest window.
    pub first: Hypothesis,
    /// Probability of the first cause.
    pub probability: f64,
    /// Probability of `first`: of the window of this length, where it is one. It is what reports print beside the name.
    pub of_first: f64,
    /// Whether the verdict names it, or is undetermined.
    pub names: bool,
    /// Probability of the true hypothesis.
    pub of_truth: f64,
    /// Sum of squared errors over the hypotheses.
    pub brier: f64,
    /// Forced to choose between cap and window: whether it is the window.
    pub rather_window: bool,
}

/// One true episode and what was said of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// What it was, for the most part.
    pub truth: Hypothesis,
    /// What else refused at the same time.
    pub also: Vec<Hypothesis>,
    /// Position of the episode that tells it, in the incident's `found`.
    pub found: Option<usize>,
    /// `None`: nothing was found there.
    pub said: Option<Said>,
}

impl Outcome {
    /// Whether the first cause is the true one, its window's length too, or one of several true ones.
    pub fn right(&self) -> bool {
        self.said.as_ref().is_some_and(|s| s.first == self.truth || self.also.iter().any(|h| h.cause == s.first.cause))
    }

    /// Whether the first cause is the true one, or one of several, a window of whatever length.
    pub fn cause_right(&self) -> bool {
        self.right() || self.said.as_ref().is_some_and(|s| s.first.cause == self.truth.cause)
    }
}

/// Whoever judges an episode.
#[derive(Debug, Clone, Copy)]
pub enum Judge<'a> {
    /// A table of weights.
    Table(&'a Weights),
    /// The rule of the support thread: no success in the gap means a five-hour window, sporadic successes mean a cap.
    ThreadRule,
}

/// What a judge says of all true episodes of an incident.
pub fn outcomes(incident: &Incident, judge: Judge<'_>) -> Vec<Outcome> {
    let pairs = incident.truths.iter().zip(&incident.told_by);
    pairs
        .map(|(truth, told_by)| Outcome {
            truth: truth.hypothesis,
            also: truth.also.clone(),
            found: *told_by,
            said: told_by.map(|i| said(&incident.found[i], truth.hypothesis, judge)),
        })
        .collect()
}

/// Probabilities by a table; a silence is decided by rule, without a table.
pub fn shares(found: &FoundEpisode, weights: &Weights) -> Shares {
    if !found.refused {
        return found.shares.clone();
    }
    score(found.observations.clone(), &found.hypotheses, weights).1
}

fn said(found: &FoundEpisode, truth: Hypothesis, judge: Judge<'_>) -> Said {
    match judge {
        Judge::Table(weights) => {
            let said = by_shares(&shares(found, weights), truth);
            Said { names: said.names && !found.overlap, ..said }
        }
        Judge::ThreadRule => by_shares(&thread_rule(found), truth),
    }
}

fn thread_rule(found: &FoundEpisode) -> Shares {
    let sporadic = found.admitted > 0;
    Shares::of([(if sporadic { Hypothesis::of(Cause::ConcurrencyCap) } else { Hypothesis::window(300) }, 1.0)])
}

/// The hypothesis that stands first: the first cause, with its likeliest window.
pub fn first(shares: &Shares) -> (Hypothesis, f64) {
    let (cause, probability) = shares.causes().first().copied().unwrap_or((Cause::Undetermined, 0.0));
    let window = shares.window().filter(|_| cause == Cause::TokenWindow);
    (window.unwrap_or(Hypothesis::of(cause)), probability)
}

fn by_shares(shares: &Shares, truth: Hypothesis) -> Said {
    let (first, probability) = first(shares);
    let known = shares.by_hypothesis.get(&truth).copied();
    let squares = |(h, p): (&Hypothesis, &f64)| (p - f64::from(*h == truth)).powi(2);
    let brier: f64 = shares.by_hypothesis.iter().map(squares).sum();
    Said {
        first,
        probability,
        of_first: shares.by_hypothesis.get(&first).copied().unwrap_or(probability),
        names: decides(shares),
        of_truth: known.unwrap_or(0.0).max(LEAST),
        brier: if known.is_some() { brier } else { brier + 1.0 },
        rather_window: shares.of_cause(Cause::TokenWindow) > shares.of_cause(Cause::ConcurrencyCap),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{found, incident, truth};

    #[test]
    fn another_length_of_window_is_wrong() {
        let mut t = truth(0.0, 600.0, "a");
        t.hypothesis = Hypothesis::window(10_080);
        let o = outcomes(&incident(vec![t], vec![found(0.0, 600.0, "a")]), Judge::ThreadRule);
        assert!(!o[0].right(), "the rule says five hours");
        assert!(o[0].said.as_ref().is_some_and(|s| s.names && s.rather_window));
    }

    #[test]
    fn what_was_not_found_is_not_right() {
        let o = outcomes(&incident(vec![truth(0.0, 600.0, "a")], Vec::new()), Judge::ThreadRule);
        assert!(!o[0].right() && o[0].said.is_none());
    }

    #[test]
    fn a_sure_error_costs_two_squares_and_the_least_probability() {
        let s = by_shares(&Shares::of([(Hypothesis::window(300), 1.0)]), Hypothesis::of(Cause::Access));
        assert!((s.brier - 2.0).abs() < 1e-12 && (s.of_truth - LEAST).abs() < 1e-12);
    }
}
