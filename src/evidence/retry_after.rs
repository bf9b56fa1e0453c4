//! 5.8 Retry-After: what the server asked to wait. Refusals that all point to one instant name a reset.

use super::{EpisodeContext, Kind, Observation, counted, duration};
use crate::model::{Attempt, Hypothesis, median};

/// See the module.
#[derive(Debug)]
pub(super) struct RetryAfter;

/// Longest wait that a cap or a limit per minute asks for, in seconds.
const SHORT_S: f64 = 120.0;
/// A wait of more than this is told in days.
const DAY_S: f64 = 86_400.0;
/// Fewest values for a fixed target.
const TARGETS: usize = 3;
/// Largest median deviation of the instants pointed to, in seconds.
const TARGET_MAD_S: f64 = 90.0;

impl Kind for RetryAfter {
    fn id(&self) -> &'static str {
        "retry_after"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["short_constant", "short_varying", "short_target", "long", "fixed_target", "days"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let asked: Vec<(&Attempt, f64)> =
            case.refusals().filter_map(|a| a.retry_after_s().map(|s| (a, f64::from(s)))).collect();
        let mut waits: Vec<f64> = asked.iter().map(|(_, s)| *s).collect();
        waits.sort_by(f64::total_cmp);
        let Some(usual) = median(&waits) else { return Vec::new() };
        let sources = asked.iter().map(|(a, _)| a.source).take(4).collect();
        let spread = waits[waits.len() - 1] - waits[0];
        let target = fixed_target(&asked);
        let bin = match (target, usual) {
            (_, s) if s > DAY_S => "days",
            (Some(_), s) if s > SHORT_S => "fixed_target",
            (_, s) if s > SHORT_S => "long",
            _ if spread < 1.0 => "short_constant",
            _ if counts_down(&asked) => "short_target",
            _ => "short_varying",
        };
        let statement = match (bin, target) {
            ("fixed_target", Some(at)) => {
                format!("The Retry-After of {} points to one time, {}.", counted(asked.len(), "refusal"), at.rfc3339())
            }
            ("short_target", _) => format!(
                "The waits that the server asked for count down to common times less than two minutes ahead ({}).",
                counted(asked.len(), "refusal")
            ),
            _ => {
                format!("The server asked to wait {} (median of {}).", duration(usual), counted(asked.len(), "refusal"))
            }
        };
        let fits = |w: u32| f64::from(w) * 60.0 >= usual && (bin != "days" || w > 1440);
        let all = case.window_hypotheses().into_iter();
        let targets: Vec<Hypothesis> = all.filter(|h| h.window_minutes.is_none_or(fits)).collect();
        Observation::new(self, bin, statement, sources).map(|o| o.targeting(targets)).into_iter().collect()
    }
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

fn fixed_target(asked: &[(&Attempt, f64)]) -> Option<crate::model::Time> {
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
    (apart && median(&deviations)? <= TARGET_MAD_S).then(|| crate::model::Time::from_secs(middle)).flatten()
}
