//! 5.15 After the recovery: how long until the next refusal. Caps and rolling windows bounce, fixed windows do not.

use super::{EpisodeContext, Kind, Observation, counted, duration};

/// See the module.
#[derive(Debug)]
pub(super) struct After;

const SHORT_S: f64 = 90.0;
const FEW_ADMISSIONS: usize = 3;
const LONG_S: f64 = 900.0;

impl Kind for After {
    fn id(&self) -> &'static str {
        "after"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["short", "middling", "long"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let Some(first) = case.episode.first_admission_after else { return Vec::new() };
        let log_end = case.pool.attempts.last().map_or(first, |a| a.start);
        let later = case.pool.refused.partition_point(|p| case.pool.at(*p).start <= first);
        let next = case.pool.refused.get(later).map(|p| case.pool.at(*p).start);
        let until = next.unwrap_or(log_end);
        let quiet = until.since(first);
        let admitted = case.pool.admitted_between(first, until.plus(0.001));
        let bin = match (next, quiet) {
            (Some(_), q) if q < SHORT_S || admitted.len() < FEW_ADMISSIONS => "short",
            (_, q) if q >= LONG_S => "long",
            (Some(_), _) => "middling",
            (None, _) => return Vec::new(),
        };
        let statement = format!(
            "After the recovery, {} {} admitted over {} {}.",
            counted(admitted.len(), "request"),
            if admitted.len() == 1 { "was" } else { "were" },
            duration(quiet),
            if next.is_some() { "before the next refusal" } else { "without another refusal" }
        );
        Observation::new(self, bin, statement, case.sources(admitted)).into_iter().collect()
    }
}
