//! 5.6c Refused in a quiet minute: the share of refusals with at most half of what was once let through in a minute. They
//! refute a limit per minute, as 5.4 refutes a cap; where even the refused requests add up to no more, they refute one that
//! counts these too.

use super::context::moment;
use super::minute_reach::asked_between;
use super::{EpisodeContext, Kind, Observation, share_of};
use crate::timeline::usage::Unit;

/// See the module.
#[derive(Debug)]
pub(super) struct MinuteLow;

const MINUTE_S: f64 = 60.0;
/// Fewest requests in the fullest minute.
const LEAST: f64 = 4.0;

impl Kind for MinuteLow {
    fn id(&self) -> &'static str {
        "minute_low"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["none", "some", "most", "most_of_all_asked"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let used = &case.meters.minute.sliding;
        let (requests, tokens) = (f64::from(used.most_requests) + 1.0, used.most_tokens as f64);
        if requests < LEAST {
            return Vec::new();
        }
        let (mut admitted, mut asked) = (Vec::new(), 0);
        for p in &case.episode.refusals {
            let to = moment(case.pool.at(*p));
            let from = to.plus(-MINUTE_S);
            let within = |unit| case.pool.usage.between(from, to, unit) as f64;
            let low =
                within(Unit::Requests) < requests / 2.0 && (tokens <= 0.0 || within(Unit::Tokens) <= tokens / 2.0);
            if low {
                admitted.push(*p);
                asked += usize::from((asked_between(case.pool, from, to) as f64) < requests / 2.0);
            }
        }
        let all = case.episode.refusals.len() as f64;
        let bin = match admitted.len() as f64 / all {
            s if s < 0.1 => "none",
            s if s < 0.5 => "some",
            _ if (asked as f64) < 0.5 * all => "most",
            _ => "most_of_all_asked",
        };
        let counting_all = match asked {
            0 => String::new(),
            n => format!(" ({n} of them even counting refused requests)"),
        };
        let statement = format!(
            "{} came while the last minute held under half of the busiest admitted minute{counting_all}.",
            share_of(admitted.len(), case.episode.refusals.len(), case.noun()),
        );
        let shown = if admitted.is_empty() { &case.episode.refusals } else { &admitted };
        let seen = Observation::new(self, bin, statement, case.sources(shown));
        seen.map(|o| o.scaled(case.inflight_scale())).into_iter().collect()
    }
}
