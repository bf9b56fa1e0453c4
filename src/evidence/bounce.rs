//! 5.15b The half hour after the recovery: what share of it was refused again. Limits of the load come back with the load,
//! a window that began anew or an outage that is over does not.

use super::{EpisodeContext, Kind, Observation, counted};

/// See the module.
#[derive(Debug)]
pub(super) struct Bounce;

const WITHIN_S: f64 = 1800.0;
/// Fewest attempts after the recovery.
const LEAST: usize = 5;

impl Kind for Bounce {
    fn id(&self) -> &'static str {
        "bounce"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["none", "few", "some", "many"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let Some(first) = case.episode.first_admission_after else { return Vec::new() };
        let until = first.plus(WITHIN_S);
        let refused = case.pool.refused_between(first, until);
        let admitted = case.pool.admitted_between(first, until);
        let all = refused.len() + admitted.len();
        if all < LEAST {
            return Vec::new();
        }
        let bin = match refused.len() as f64 / all as f64 {
            _ if refused.is_empty() => "none",
            s if s < 0.1 => "few",
            s if s < 0.5 => "some",
            _ => "many",
        };
        let statement = match refused.len() {
            0 => format!("None of {} in the half hour after the recovery was refused.", counted(all, "request")),
            n => format!(
                "{n} of {} in the half hour after the recovery {} refused again.",
                counted(all, "request"),
                if n == 1 { "was" } else { "were" }
            ),
        };
        let shown = if refused.is_empty() { admitted } else { refused };
        Observation::new(self, bin, statement, case.sources(shown)).into_iter().collect()
    }
}
