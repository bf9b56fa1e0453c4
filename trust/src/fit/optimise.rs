//! The fit itself: the likeliest parameters of a multinomial logistic regression, with a square penalty on their distance
//! from the reasoned table, kept in order and within the clip.
//!
//! The problem is convex, so there is one answer. It is found by accelerated projected gradient (Beck and Teboulle 2009)
//! with restarts (O'Donoghue and Candès 2015).

use super::design::Design;
use super::examples::Example;

/// Most steps.
const STEPS: usize = 3000;
/// Done when no parameter moves more than this, in points.
const STILL: f64 = 1e-4;

/// How strongly parameters are drawn to the reasoned table: as if so many episodes (at most one bit of information each)
/// had said what it says.
#[derive(Debug, Clone, Copy)]
pub struct Penalty(pub f64);

/// Loss of one example in nats, and its probabilities.
fn loss(example: &Example, parameters: &[f64], shares: &mut Vec<f64>) -> f64 {
    shares.clone_from(&example.fixed);
    for e in &example.entries {
        shares[usize::from(e.hypothesis)] += e.points(parameters);
    }
    softmax(shares);
    -shares[example.truth].max(1e-12).ln()
}

/// From log10 points to probabilities.
pub fn softmax(shares: &mut [f64]) {
    let highest = shares.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    for s in shares.iter_mut() {
        *s = ((*s - highest) * std::f64::consts::LN_10).exp();
    }
    let norm: f64 = shares.iter().sum();
    for s in shares.iter_mut() {
        *s /= norm;
    }
}

/// Objective and gradient.
fn objective(examples: &[Example], design: &Design, penalty: Penalty, at: &[f64], gradient: &mut [f64]) -> f64 {
    let mut total = 0.0;
    for ((g, p), mean) in gradient.iter_mut().zip(at).zip(&design.mean) {
        *g = penalty.0 * (p - mean);
        total += 0.5 * penalty.0 * (p - mean) * (p - mean);
    }
    let mut shares = Vec::new();
    for example in examples {
        total += example.weight * loss(example, at, &mut shares);
        for e in &example.entries {
            let h = usize::from(e.hypothesis);
            let error = shares[h] - f64::from(u8::from(h == example.truth));
            gradient[e.parameter as usize] += example.weight * error * f64::from(e.scale) * std::f64::consts::LN_10;
        }
    }
    total
}

/// The fitted parameters.
pub fn fit(examples: &[Example], design: &Design, penalty: Penalty) -> Vec<f64> {
    let n = design.mean.len();
    let mut current = design.mean.clone();
    design.allowed(&mut current);
    let mut ahead = current.clone();
    let (mut gradient, mut unused) = (vec![0.0; n], vec![0.0; n]);
    let mut momentum = 1.0;
    let mut step = 1.0 / (penalty.0 + 1.0);
    for _ in 0..STEPS {
        let here = objective(examples, design, penalty, &ahead, &mut gradient);
        let next = loop {
            let mut next: Vec<f64> = ahead.iter().zip(&gradient).map(|(a, g)| a - step * g).collect();
            design.allowed(&mut next);
            let there = objective(examples, design, penalty, &next, &mut unused);
            let linear: f64 = (next.iter().zip(&ahead).zip(&gradient)).map(|((x, a), g)| g * (x - a)).sum();
            let squares: f64 = next.iter().zip(&ahead).map(|(x, a)| (x - a).powi(2)).sum();
            if there <= here + linear + squares / (2.0 * step) + 1e-9 || step < 1e-9 {
                break next;
            }
            step /= 2.0;
        };
        let turns: f64 = (ahead.iter().zip(&next).zip(&current)).map(|((a, x), c)| (a - x) * (x - c)).sum();
        let moved = next.iter().zip(&current).map(|(x, c)| (x - c).abs()).fold(0.0, f64::max);
        if turns > 0.0 {
            momentum = 1.0;
        }
        let grown = f64::midpoint(1.0, (1.0f64 + 4.0 * momentum * momentum).sqrt());
        let carry = (momentum - 1.0) / grown;
        ahead = next.iter().zip(&current).map(|(x, c)| x + carry * (x - c)).collect();
        current = next;
        momentum = grown;
        step *= 1.1;
        if moved < STILL {
            break;
        }
    }
    current
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fit::design::{Design, Ties};
    use crate::fit::examples::examples;
    use crate::testing::{found, incident, observation, truth};
    use why429::model::{Cause, Hypothesis};
    use why429::verdict::reasoned;

    /// Caps that always show one bin, networks that always show another.
    fn told(n: usize) -> Vec<crate::model::Incident> {
        let one = |cause, bin| {
            let mut t = truth(0.0, 600.0, "a");
            t.hypothesis = Hypothesis::of(cause);
            let mut f = found(0.0, 600.0, "a");
            f.observations = vec![observation("inflight_same", bin)];
            incident(vec![t], vec![f])
        };
        (0..n)
            .map(|i| if i % 2 == 0 { one(Cause::ConcurrencyCap, "same") } else { one(Cause::Network, "spread") })
            .collect()
    }

    #[test]
    fn what_tells_causes_apart_gets_points_and_a_strong_penalty_keeps_the_start() {
        let design = Design::new(reasoned(), Ties::Tied, &[]);
        let all = examples(&told(200), &design);
        let o = observation("inflight_same", "same");
        let cap = |table: &why429::verdict::Weights| {
            table.points_of(&o, &Hypothesis::of(Cause::ConcurrencyCap))
                - table.points_of(&o, &Hypothesis::of(Cause::Network))
        };
        let loose = design.table(&fit(&all, &design, Penalty(1.0)), 1.0);
        let held = design.table(&fit(&all, &design, Penalty(1e6)), 1.0);
        assert!(cap(&loose) > 1.5, "{}", cap(&loose));
        assert!((cap(&held) - cap(reasoned())).abs() < 0.02, "{}", cap(&held));
    }

    #[test]
    fn order_is_kept_against_the_examples() {
        let design = Design::new(reasoned(), Ties::Tied, &[]);
        let mut all = told(200);
        for i in &mut all {
            for o in &mut i.found[0].observations {
                o.bin = if o.bin == "same" { "spread" } else { "same" };
            }
        }
        let table = design.table(&fit(&examples(&all, &design), &design, Penalty(1.0)), 1.0);
        let cap = Hypothesis::of(Cause::ConcurrencyCap);
        let points = |bin| table.points_of(&observation("inflight_same", bin), &cap);
        assert!(points("spread") <= points("same"), "{} {}", points("spread"), points("same"));
    }

    #[test]
    fn the_gradient_is_that_of_the_objective() {
        let design = Design::new(reasoned(), Ties::Free, &[]);
        let all = examples(&told(6), &design);
        let mut at = design.mean.clone();
        let mut gradient = vec![0.0; at.len()];
        let mut unused = gradient.clone();
        objective(&all, &design, Penalty(2.0), &at, &mut gradient);
        let p = all[0].entries[0].parameter as usize;
        let h = 1e-5;
        at[p] += h;
        let up = objective(&all, &design, Penalty(2.0), &at, &mut unused);
        at[p] -= 2.0 * h;
        let down = objective(&all, &design, Penalty(2.0), &at, &mut unused);
        assert!((gradient[p] - (up - down) / (2.0 * h)).abs() < 1e-4);
    }
}
