//! 5.3 Slot release: does the next attempt after a refusal get in when, and only when, a request has ended between?
//!
//! Exact logic of a semaphore. For each attempt whose predecessor was refused: opportunity = an admitted request ended
//! since. A = opportunity and admitted, B = opportunity and refused, C = none and admitted, D = none and refused. Under a
//! semaphore with a complete log B = C = 0. The Bayes factor has Beta-binomial marginals whose heavy tails allow hidden
//! clients and slots released late (docs/METHOD.md, Evidence).

use super::context::moment;
use super::{EpisodeContext, Kind, Observation};
use crate::model::Attempt;
use crate::timeline::PoolTimeline;

/// See the module.
#[derive(Debug)]
pub(super) struct SlotRelease;

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
        let mut told = span.iter().filter(|a| a.is_admitted() || a.is_refused());
        let Some(mut before) = told.next() else { return counts };
        for this in told {
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
const MOST_UNTOLD: f64 = 0.05;

impl Kind for SlotRelease {
    fn id(&self) -> &'static str {
        "slot_release"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["far_below", "below", "even", "above", "far_above", "exact"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        // A row that hides retries does not tell which of its requests came before an end and which after.
        if !case.pool.flight.usable || case.pool.flight.hiding > MOST_HIDING || hides_tries(case) {
            return Vec::new();
        }
        let counts = Release::of(case);
        if counts.a + counts.b == 0 {
            return Vec::new();
        }
        let factor = counts.log10_factor();
        let bin = match factor {
            f if f <= -2.0 => "far_below",
            f if f <= -0.5 => "below",
            f if f < 0.5 => "even",
            f if f < 2.0 => "above",
            f if f < 5.0 => "far_above",
            _ => "exact",
        };
        let statement = format!(
            "After a request in flight had ended, {} of {} attempts were admitted; when none had ended, {} of {}.",
            counts.a,
            counts.a + counts.b,
            counts.c,
            counts.c + counts.d
        );
        Observation::new(self, bin, statement, case.refusal_sources()).into_iter().collect()
    }
}

/// Whether some refusals are told only by a later try: further ones, at unknown times, stand behind them.
fn hides_tries(case: &EpisodeContext<'_>) -> bool {
    case.untold() as f64 > MOST_UNTOLD * case.episode.refusals.len() as f64
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
