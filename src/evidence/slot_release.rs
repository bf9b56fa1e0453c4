//! Slot release: does the next attempt after a refusal get in when, and only when, a request has ended between?
//!
//! Exact logic of a semaphore. For each attempt whose predecessor was refused: opportunity = an admitted request ended
//! since. A = opportunity and admitted, B = opportunity and refused, C = none and admitted, D = none and refused. Under a
//! semaphore with a complete log B = C = 0. The Bayes factor has Beta-binomial marginals whose heavy tails allow hidden
//! clients and slots released late (docs/METHOD.md, Evidence).

use super::context::moment;
use super::declaration::{Declaration, Edge, Order, Unit, bin, measured};
use super::hypotheses::CAP;
use super::{EpisodeContext, Observation, Values};
use crate::model::Attempt;
use crate::timeline::PoolTimeline;

measured! {
    /// Attempts after a refusal, by whether a request had ended in between.
    SlotRelease {
        /// Attempts admitted after a request in flight had ended.
        admitted_after_release: u32 as Count,
        /// Attempts refused after a request in flight had ended.
        refused_after_release: u32 as Count,
        /// Attempts admitted although none had ended.
        admitted_without_release: u32 as Count,
        /// Attempts refused while none had ended.
        refused_without_release: u32 as Count,
        /// Bayes factor of the hypothesis against chance.
        bayes_factor_log10: f64 as Log10,
    }
}

/// The four counts, and the factor that they give.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Release {
    /// Opportunity, admitted.
    pub a: u32,
    /// Opportunity, refused.
    pub b: u32,
    /// No opportunity, admitted.
    pub c: u32,
    /// No opportunity, refused.
    pub d: u32,
}

impl Release {
    /// Counts over the attempts from the first refusal of a case to the first admission after it.
    pub fn of(case: &EpisodeContext<'_>) -> Self {
        let pool = case.pool;
        let mut counts = Self::default();
        let Some(first) = case.episode.refusals.first() else { return counts };
        let Some(last) = case.episode.refusals.last() else { return counts };
        let span = &pool.attempts[*first as usize..=*last as usize];
        let mut rows = span.iter().filter(|a| a.is_admitted() || a.is_refused());
        let Some(mut before) = rows.next() else { return counts };
        for this in rows {
            if before.is_refused() {
                counts.add(pool, before, this);
            }
            before = this;
        }
        counts
    }

    fn add(&mut self, pool: &PoolTimeline, before: &Attempt, this: &Attempt) {
        let (from, to) = (moment(before), if this.is_refused() { moment(this) } else { pool.flight.begin(this) });
        let freed = pool.flight.freed_between(from.min(to), to);
        let count = match (freed, this.is_admitted()) {
            (true, true) => &mut self.a,
            (true, false) => &mut self.b,
            (false, true) => &mut self.c,
            (false, false) => &mut self.d,
        };
        *count += 1;
    }

    /// log10 of the Bayes factor: semaphore against independence.
    pub fn log10_factor(&self) -> f64 {
        let [a, b, c, d] = [self.a, self.b, self.c, self.d].map(f64::from);
        let semaphore = ln_beta(b + 0.6, a + 5.0) - ln_beta(0.6, 5.0) + ln_beta(c + 0.6, d + 8.0) - ln_beta(0.6, 8.0);
        let independent = ln_beta(a + c + 0.5, b + d + 0.5) - ln_beta(0.5, 0.5);
        (semaphore - independent) / std::f64::consts::LN_10
    }
}

/// Largest share of admitted rows that may hide retries.
const MOST_HIDING: f64 = 0.5;
/// Largest share of refusals without a row of their own with which attempts still follow one another as they were sent.
const MOST_NOT_LOGGED: f64 = 0.05;

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "slot_release",
    topic: "requests in flight",
    number: ("log10 of the Bayes factor of a semaphore against independence", Unit::Log10),
    bins: &[
        bin("far_below", Edge::UpTo(-2.0)).means_against(&[CAP]).because("a hundred to one against a semaphore"),
        bin("below", Edge::UpTo(-0.5)).means_against(&[CAP]).because("three to one against it"),
        bin("even", Edge::Below(0.5)).because("less than three to one either way"),
        bin("above", Edge::Below(2.0)).means_for(&[CAP]).because("three to one for it"),
        bin("far_above", Edge::Below(5.0)).means_for(&[CAP]).because("a hundred to one for it"),
        bin("exact", Edge::Any).means_for(&[CAP]).because("each ended request let another one in"),
    ],
    orders: &[Order { key: CAP, bins: &["far_below", "below", "even", "above", "far_above", "exact"] }],
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for SlotRelease {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.bayes_factor_log10
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    // A row that hides retries does not tell which of its requests came before an end and which after.
    if !case.pool.flight.usable || case.pool.flight.hiding > MOST_HIDING || hides_tries(case) {
        return None;
    }
    let counts = Release::of(case);
    if counts.a + counts.b == 0 {
        return None;
    }
    let values = SlotRelease {
        admitted_after_release: counts.a,
        refused_after_release: counts.b,
        admitted_without_release: counts.c,
        refused_without_release: counts.d,
        bayes_factor_log10: counts.log10_factor(),
    };
    Observation::new(values, case.refusal_sources())
}

/// Whether some refusals are told only by a later try: further ones, at unknown times, stand behind them.
fn hides_tries(case: &EpisodeContext<'_>) -> bool {
    case.not_logged() as f64 > MOST_NOT_LOGGED * case.episode.refusals.len() as f64
}

/// ln of the Beta function.
pub(super) fn ln_beta(a: f64, b: f64) -> f64 {
    ln_gamma(a) + ln_gamma(b) - ln_gamma(a + b)
}

/// ln of the Gamma function for positive arguments: Stirling's series after shifting the argument above 8
/// (Abramowitz and Stegun, 6.1.41; error below 1e-9 there).
fn ln_gamma(x: f64) -> f64 {
    let mut shift = 0.0;
    let mut z = x;
    while z < 8.0 {
        shift += z.ln();
        z += 1.0;
    }
    let inverse = 1.0 / z;
    let square = inverse * inverse;
    let series = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)));
    (z - 0.5) * z.ln() - z + 0.5 * (2.0 * std::f64::consts::PI).ln() + series - shift
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ln_gamma_agrees_with_factorials() {
        assert!((ln_gamma(5.0) - 24f64.ln()).abs() < 1e-9);
        assert!((ln_gamma(0.5) - std::f64::consts::PI.sqrt().ln()).abs() < 1e-8);
    }

    #[test]
    fn a_semaphore_speaks_for_a_cap_and_two_refused_opportunities_against() {
        let semaphore = Release { a: 9, b: 0, c: 0, d: 30 };
        assert!(semaphore.log10_factor() > 2.0, "{}", semaphore.log10_factor());
        let window = Release { a: 0, b: 9, c: 0, d: 60 };
        assert!(window.log10_factor() < -1.5, "{}", window.log10_factor());
        let two = Release { a: 0, b: 2, c: 0, d: 10 };
        assert!(two.log10_factor() < -0.2, "{}", two.log10_factor());
    }
}
