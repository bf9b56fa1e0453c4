//! Which limiter explains the log? A limiter is a small program: at a usage of c or more it refuses, below it admits.
//!
//! For each attempt near the episode the usage just before it is what was in flight, or what the last minute held. A model with
//! threshold c predicts who is refused. Its likelihood has Beta-binomial marginals, whose heavy tails allow hidden clients, slots
//! released late and clock skew, and is averaged over the thresholds; it is held against refusals that come by chance
//! (docs/METHOD.md, Evidence). Refusals within seconds of one another are one observation: a storm of retries.

use super::EpisodeContext;
use super::context::{moment, thin};
use super::minute_reach::asked_of_others;
use super::slot_release::ln_beta;
use crate::timeline::meters::LastMinute;
use crate::timeline::usage::Unit;

/// Surroundings that count, in seconds either side.
const AROUND_S: f64 = 900.0;
/// Refusals closer than this, in seconds, are one.
const STORM_S: f64 = 5.0;
/// How long a slot may stay taken after the end that the log tells, in seconds: servers give it back late, and clients write
/// some ends early.
const LAGS_S: [f64; 3] = [0.0, 1.5, 4.0];
/// Fewest refusals and admissions.
const LEAST: usize = 4;
/// Most of each that are looked at; of more an even choice.
const MOST: usize = 2_000;
/// How often a limiter errs, as the weights of a Beta distribution: admits at the threshold, refuses below it.
const ADMITS_AT: (f64, f64) = (0.6, 5.0);
const REFUSES_BELOW: (f64, f64) = (0.6, 8.0);

/// What a model explains with its best threshold, and how well it does with any.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Explained {
    /// log10 of the Bayes factor against chance.
    pub(super) factor: f64,
    /// Best threshold.
    pub(super) threshold: u64,
    /// Refusals at or above it, of all.
    pub(super) refusals: (usize, usize),
    /// Admissions below it, of all.
    pub(super) admissions: (usize, usize),
}

/// A way to count the last minute.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Counts {
    /// What was admitted.
    Admitted(Unit, LastMinute),
    /// Requests, the refused ones too.
    Asked,
}

/// The same as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PerMinute {
    /// Admitted requests in 60 s.
    Requests,
    /// Tokens of admitted requests in 60 s.
    Tokens,
    /// Admitted requests in a minute of the clock.
    RequestsInClockMinute,
    /// Tokens of admitted requests in a minute of the clock.
    TokensInClockMinute,
    /// Requests in 60 s, the refused ones too.
    RequestsWithRefused,
}

impl Counts {
    const fn word(self) -> PerMinute {
        match self {
            Self::Admitted(Unit::Requests, LastMinute::Sliding) => PerMinute::Requests,
            Self::Admitted(Unit::Tokens, LastMinute::Sliding) => PerMinute::Tokens,
            Self::Admitted(Unit::Requests, LastMinute::OnClock) => PerMinute::RequestsInClockMinute,
            Self::Admitted(Unit::Tokens, LastMinute::OnClock) => PerMinute::TokensInClockMinute,
            Self::Asked => PerMinute::RequestsWithRefused,
        }
    }
}

/// Refusals, one of each storm, and the places of the admissions near the episode.
fn near(case: &EpisodeContext<'_>) -> Option<(Vec<u32>, Vec<usize>)> {
    let refused = chosen(thin(case.pool, &case.episode.refusals, STORM_S));
    let admitted = chosen(case.compared(AROUND_S).collect());
    (refused.len() >= LEAST && admitted.len() >= LEAST).then_some((refused, admitted))
}

/// At most [`MOST`] of them, evenly spread.
fn chosen<T: Copy>(all: Vec<T>) -> Vec<T> {
    let step = all.len().div_ceil(MOST).max(1);
    if step == 1 { all } else { all.into_iter().step_by(step).collect() }
}

/// The mean over how long a slot stays taken after the end that the log tells, and the lag that explains most.
pub(super) fn by_cap(case: &EpisodeContext<'_>) -> Option<Explained> {
    if case.inflight.is_empty() {
        return None;
    }
    let (refused, admitted) = near(case)?;
    let (pool, flight) = (case.pool, &case.pool.flight);
    let of_lag = |lag_s: &f64| {
        let at_refusal = |p: &u32| u64::from(flight.at_with_lag(moment(pool.at(*p)), *lag_s));
        let at_admission = |i: &usize| {
            let begin = flight.begin(pool.at(pool.admitted[*i]));
            u64::from(flight.at_with_lag(begin, *lag_s))
        };
        explained(refused.iter().map(at_refusal).collect(), admitted.iter().map(at_admission).collect())
    };
    let all: Vec<Explained> = LAGS_S.iter().filter_map(of_lag).collect();
    let best = all.iter().copied().max_by(|a, b| a.factor.total_cmp(&b.factor))?;
    Some(Explained { factor: mean_factor(all.iter().map(|e| e.factor)), ..best })
}

/// log10 of the mean of Bayes factors.
fn mean_factor(factors: impl Iterator<Item = f64>) -> f64 {
    let logs: Vec<f64> = factors.map(|f| f * std::f64::consts::LN_10).collect();
    ln_mean(&logs) / std::f64::consts::LN_10
}

/// The mean over all ways to count, and the way that explains most.
pub(super) fn by_minute(case: &EpisodeContext<'_>) -> Option<(f64, Explained, PerMinute)> {
    let (refused, admitted) = near(case)?;
    let pool = case.pool;
    let has_tokens = pool.usage.tokens_known > 0.5;
    let ways = LastMinute::BOTH
        .into_iter()
        .flat_map(|m| [Unit::Requests, Unit::Tokens].into_iter().map(move |unit| Counts::Admitted(unit, m)));
    let ways = ways.filter(|w| has_tokens || !matches!(w, Counts::Admitted(Unit::Tokens, _)));
    let usage = |counts: Counts| {
        let at_refusal = |p: &u32| {
            let t = moment(pool.at(*p));
            match counts {
                Counts::Admitted(unit, minute) => minute.used(pool, t, unit),
                Counts::Asked => asked_of_others(pool, *p, t),
            }
        };
        let at_admission = |i: &usize| match counts {
            Counts::Admitted(unit, minute) => case.meters.minute.by(minute).before(*i, unit),
            Counts::Asked => asked_of_others(pool, pool.admitted[*i], pool.at(pool.admitted[*i]).start),
        };
        let e = explained(refused.iter().map(at_refusal).collect(), admitted.iter().map(at_admission).collect())?;
        Some((e, counts))
    };
    let all: Vec<(Explained, Counts)> = ways.chain([Counts::Asked]).filter_map(usage).collect();
    let factor = mean_factor(all.iter().map(|(e, _)| e.factor));
    let (best, counts) = all.into_iter().max_by(|a, b| a.0.factor.total_cmp(&b.0.factor))?;
    Some((factor, best, counts.word()))
}

/// How well a threshold on a usage explains who was refused; `None` with too few of either.
fn explained(mut refused: Vec<u64>, mut admitted: Vec<u64>) -> Option<Explained> {
    if refused.len() < LEAST || admitted.len() < LEAST {
        return None;
    }
    refused.sort_unstable();
    admitted.sort_unstable();
    // A limiter that refuses with nothing in use is none.
    let mut thresholds: Vec<u64> = refused.iter().map(|u| (*u).max(1)).collect();
    thresholds.dedup();
    let below = |all: &[u64], c: u64| all.partition_point(|u| *u < c);
    let likelihood = |c: &u64| {
        let (refused_below, admitted_below) = (below(&refused, *c), below(&admitted, *c));
        let (refused_at, admitted_at) = (refused.len() - refused_below, admitted.len() - admitted_below);
        ln_errors(admitted_at, refused_at, ADMITS_AT) + ln_errors(refused_below, admitted_below, REFUSES_BELOW)
    };
    let likelihoods: Vec<f64> = thresholds.iter().map(likelihood).collect();
    let chance = ln_beta_binomial(refused.len(), admitted.len(), (0.5, 0.5));
    let best = (0..thresholds.len()).max_by(|a, b| likelihoods[*a].total_cmp(&likelihoods[*b]))?;
    let threshold = thresholds[best];
    Some(Explained {
        factor: (ln_mean(&likelihoods) - chance) / std::f64::consts::LN_10,
        threshold,
        refusals: (refused.len() - below(&refused, threshold), refused.len()),
        admissions: (below(&admitted, threshold), admitted.len()),
    })
}

/// ln of the probability of an order of `hits` and `misses` whose rate is drawn from a Beta distribution.
fn ln_beta_binomial(hits: usize, misses: usize, (a, b): (f64, f64)) -> f64 {
    ln_beta(hits as f64 + a, misses as f64 + b) - ln_beta(a, b)
}

/// The same of errors, of which a limiter makes fewer than half: a threshold that parts the wrong way explains nothing.
fn ln_errors(errors: usize, rights: usize, beta: (f64, f64)) -> f64 {
    let free = ln_beta_binomial(errors, rights, beta);
    if errors <= rights { free } else { free.min((errors + rights) as f64 * 0.5_f64.ln()) }
}

/// ln of the mean of numbers given by their ln.
fn ln_mean(logs: &[f64]) -> f64 {
    let highest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = logs.iter().map(|l| (l - highest).exp()).sum();
    highest + (sum / logs.len().max(1) as f64).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_that_parts_them_explains_them_and_no_threshold_is_refuted() {
        // Three slots: every refusal at three, every admission below.
        let exact = explained(vec![3; 20], [0, 1, 2].repeat(10)).unwrap();
        assert_eq!((exact.threshold, exact.refusals, exact.admissions), (3, (20, 20), (30, 30)));
        assert!(exact.factor > 10.0, "{exact:?}");
        // Refused with nothing in flight, admitted with some: no slots explain that.
        let none = explained(vec![0; 20], [0, 1, 2].repeat(10)).unwrap();
        assert!(none.factor <= -0.5, "{none:?}");
        // Alike on both sides.
        let alike = explained([0, 1, 2].repeat(7), [0, 1, 2].repeat(10)).unwrap();
        assert!(alike.factor < 0.0, "{alike:?}");
        // Parted, but the wrong way round.
        let wrong_way = explained([vec![0; 109], vec![1; 5]].concat(), [vec![0; 4], vec![1; 21]].concat()).unwrap();
        assert!(wrong_way.factor < -5.0, "{wrong_way:?}");
        assert_eq!(explained(vec![3; 3], vec![0; 30]), None, "too few");
    }

    #[test]
    fn a_few_errors_leave_a_threshold_its_case() {
        // Hidden clients: three of twenty refusals with a slot free as far as the log shows.
        let refused = [vec![3; 17], vec![2; 3]].concat();
        let some = explained(refused, [0, 1, 2].repeat(10)).unwrap();
        assert!(some.factor > 3.0 && some.threshold == 3, "{some:?}");
    }

    #[test]
    fn of_many_an_even_choice_is_looked_at() {
        let all: Vec<u32> = (0..9_000).collect();
        let some = chosen(all);
        assert!(some.len() <= MOST && some[0] == 0 && some[some.len() - 1] > 8_900);
    }
}
