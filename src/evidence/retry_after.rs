//! Retry-After: what the server asked to wait. Refusals that all point to one instant name a reset.

use super::declaration::{Condition, Declaration, Edge, Flags, Unit, bin, condition, measured};
use super::hypotheses::{CAP, MINUTE, NETWORK, TARGET, WINDOW};
use super::{EpisodeContext, Observation, Values};
use crate::model::{Attempt, Hypothesis, Time, median};

measured! {
    /// What the server asked to wait.
    RetryAfter {
        /// Refusals that asked for a wait.
        refusals_with_wait: usize as Count,
        /// Median wait that they asked for.
        median_wait_s: f64 as Seconds,
        /// Longest less shortest wait.
        wait_range_s: f64 as Seconds,
        /// The one time that all waits point to, if there is one.
        waits_end_at: Option<Time> as Time,
        /// Whether neighbouring waits count down to the same times.
        counts_down: bool as Flag,
    }
}

/// Longest wait that a cap or a limit per minute asks for, in seconds.
const SHORT_S: f64 = 120.0;
/// A wait of more than this is told in days.
const DAY_S: f64 = 86_400.0;
/// Fewest values for a fixed target.
const TARGETS: usize = 3;
/// Largest median deviation of the instants pointed to, in seconds.
const TARGET_MAD_S: f64 = 90.0;

const ONE_TIME: Condition = condition("one_time", "all waits point to one time");
const CONSTANT: Condition = condition("constant", "waits differ by less than a second");
const COUNTS_DOWN: Condition = condition("counts_down", "waits count down to common times");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "retry_after",
    topic: "retry_after",
    number: ("median wait", Unit::Seconds),
    bins: &[
        bin("days", Edge::Above(DAY_S))
            .means_for(&[TARGET])
            .means_against(&[CAP, MINUTE, NETWORK])
            .because("only a window longer than a day asks for that"),
        bin("fixed_target", Edge::Above(SHORT_S))
            .when(ONE_TIME)
            .means_for(&[TARGET])
            .means_against(&[CAP, MINUTE, NETWORK])
            .because("that time is a reset"),
        bin("long", Edge::Above(SHORT_S))
            .means_for(&[TARGET])
            .means_against(&[CAP, MINUTE, NETWORK])
            .because("caps and limits per minute ask for shorter waits"),
        bin("short_constant", Edge::Any)
            .when(CONSTANT)
            .means_for(&[CAP, MINUTE])
            .means_against(&[WINDOW])
            .because("a default of limits that clear soon"),
        bin("short_target", Edge::Any)
            .when(COUNTS_DOWN)
            .means_for(&[MINUTE])
            .means_against(&[CAP, WINDOW])
            .because("a bucket refills on a clock"),
        bin("short_varying", Edge::Any)
            .means_for(&[MINUTE])
            .means_against(&[WINDOW])
            .because("computed from the use of the last minute"),
    ],
    flags: Flags { positive: true, valid_for_short_episodes: true, ..Flags::NONE },
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for RetryAfter {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.median_wait_s
    }

    fn holds(&self, condition: &str) -> bool {
        match condition {
            "one_time" => self.waits_end_at.is_some(),
            "constant" => self.wait_range_s < 1.0,
            _ => self.counts_down,
        }
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let asked: Vec<(&Attempt, f64)> =
        case.refusals().filter_map(|a| a.retry_after_s().map(|s| (a, f64::from(s)))).collect();
    let mut waits: Vec<f64> = asked.iter().map(|(_, s)| *s).collect();
    waits.sort_by(f64::total_cmp);
    let usual = median(&waits)?;
    let values = RetryAfter {
        refusals_with_wait: asked.len(),
        median_wait_s: usual,
        wait_range_s: waits[waits.len() - 1] - waits[0],
        waits_end_at: fixed_target(&asked),
        counts_down: counts_down(&asked),
    };
    let fits = |w: u32| f64::from(w) * 60.0 >= usual && (usual <= DAY_S || w > 1440);
    let all = case.window_hypotheses().into_iter();
    let targets: Vec<Hypothesis> = all.filter(|h| h.window_minutes.is_none_or(fits)).collect();
    let sources = asked.iter().map(|(a, _)| a.source).take(4).collect();
    Some(Observation::new(values, sources)?.targeting(targets))
}

/// Share of neighbouring refusals that must point to the same instant.
const COUNTING_DOWN: f64 = 0.6;
/// Tolerance on that instant, in seconds.
const SAME_INSTANT_S: f64 = 2.0;

/// Whether refusals that lie apart point to the same instant again and again: a bucket that refills on a clock.
fn counts_down(asked: &[(&Attempt, f64)]) -> bool {
    let target = |(a, s): &(&Attempt, f64)| a.end.unwrap_or(a.start).secs() + s;
    let mut apart = 0;
    let mut same = 0;
    for pair in asked.windows(2) {
        let later = pair[1].0.start.since(pair[0].0.start);
        if later > 2.0 * SAME_INSTANT_S && later < SHORT_S {
            apart += 1;
            same += i32::from((target(&pair[1]) - target(&pair[0])).abs() <= SAME_INSTANT_S);
        }
    }
    apart >= 3 && f64::from(same) >= COUNTING_DOWN * f64::from(apart)
}

fn fixed_target(asked: &[(&Attempt, f64)]) -> Option<Time> {
    if asked.len() < TARGETS {
        return None;
    }
    let mut at: Vec<f64> = asked.iter().map(|(a, s)| a.end.unwrap_or(a.start).secs() + s).collect();
    at.sort_by(f64::total_cmp);
    let middle = median(&at)?;
    let mut deviations: Vec<f64> = at.iter().map(|t| (t - middle).abs()).collect();
    deviations.sort_by(f64::total_cmp);
    // All must have been asked over a while: a storm within seconds points to one instant by itself.
    let first = asked.first()?.0.start;
    let last = asked.last()?.0.start;
    let apart = last.since(first) > 2.0 * TARGET_MAD_S;
    (apart && median(&deviations)? <= TARGET_MAD_S).then(|| Time::from_secs(middle)).flatten()
}
