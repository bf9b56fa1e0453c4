//! The longest run of refusals without an admission, held against how long requests live: could a cap do that?
//!
//! With N slots the probability that none frees in a time L is the residual-life survivor of the request durations to
//! the power N; N = 1 is the most lenient and the one used. Where the log shows a request in flight at every refusal of the
//! run, one slot was visibly taken and nothing is to be reckoned (docs/METHOD.md, Evidence). This is the support desk's argument in
//! numbers, and it shows when it fails: few slots, slow requests.

use super::{EpisodeContext, Kind, Observation, duration};
use crate::episodes::Episode;
use crate::timeline::PoolTimeline;

/// See the module.
#[derive(Debug)]
pub(super) struct HardRun;

/// A shorter run says nothing: a few retries of one agent, in seconds.
const SHORTEST_S: f64 = 60.0;

/// The longest admission-free run, in seconds, and where it begins and ends.
pub(super) fn longest(pool: &PoolTimeline, episode: &Episode) -> Option<(f64, [u32; 2])> {
    let mut best: Option<(f64, [u32; 2])> = None;
    let mut first = *episode.refusals.first()?;
    for pair in episode.refusals.windows(2) {
        let admitted_between = pool.admitted_between(pool.at(pair[0]).start, pool.at(pair[1]).start);
        if !admitted_between.is_empty() {
            first = pair[1];
        }
        let span = pool.at(pair[1]).start.since(pool.at(first).start);
        if best.is_none_or(|(s, _)| span > s) {
            best = Some((span, [first, pair[1]]));
        }
    }
    best
}

impl Kind for HardRun {
    fn id(&self) -> &'static str {
        "hard_run"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["held", "likely", "possible", "unlikely", "impossible"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let Some((run, ends)) = longest(case.pool, case.episode) else { return Vec::new() };
        let survival = case.pool.flight.residual_survival(run).filter(|_| run >= SHORTEST_S);
        let Some(p) = survival else { return Vec::new() };
        let bin = match p {
            _ if held(case, ends) => "held",
            p if p >= 0.1 => "likely",
            p if p >= 0.01 => "possible",
            p if p >= 0.0001 => "unlikely",
            _ => "impossible",
        };
        let chance = match p * 100.0 {
            percent if percent < 0.01 => "less than once in 10,000 cases".to_owned(),
            percent if percent < 1.0 => format!("{percent:.2} % of the time"),
            percent => format!("{percent:.0} % of the time"),
        };
        let statement = match bin {
            "held" => {
                format!("No request was admitted for {}, and at least one was in flight all that time.", duration(run))
            }
            _ => format!(
                "No request was admitted for {}; requests of this length keep one slot taken for that long {chance}.",
                duration(run)
            ),
        };
        Observation::new(self, bin, statement, case.sources(&ends)).into_iter().collect()
    }
}

/// Whether some request was in flight at every refusal of a run.
fn held(case: &EpisodeContext<'_>, [first, last]: [u32; 2]) -> bool {
    let seen = case.episode.refusals.iter().zip(&case.inflight).filter(|(r, _)| (first..=last).contains(*r));
    let mut any = false;
    for (_, n) in seen {
        any = true;
        if *n == 0 {
            return false;
        }
    }
    any
}
