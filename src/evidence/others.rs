//! 5.14 Other pools in the same span: blocked too means the network or the provider, fine means this account.

use super::{Case, Kind, Observation};
use crate::model::SourceRef;

/// See the module.
#[derive(Debug)]
pub(super) struct OtherPools;

/// Fewest attempts of the other pools.
const LEAST: usize = 3;

impl Kind for OtherPools {
    fn id(&self) -> &'static str {
        "other_pools"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["fine", "partly", "blocked"]
    }

    fn observe(&self, case: &Case<'_>) -> Vec<Observation> {
        let (from, to) = (case.episode.from, case.episode.to);
        let (mut refused, mut admitted) = (0, 0);
        let mut sources: Vec<SourceRef> = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for (i, other) in case.timeline.pools.iter().enumerate().filter(|(i, _)| *i != case.episode.pool) {
            let (r, a) = (other.refused_between(from, to.plus(0.001)), other.admitted_between(from, to.plus(0.001)));
            if r.len() + a.len() > 0 {
                names.push(&case.timeline.pools[i].id);
                sources.extend(r.iter().chain(a).take(3).map(|p| other.at(*p).source));
            }
            refused += r.len();
            admitted += a.len();
        }
        if refused + admitted < LEAST {
            return Vec::new();
        }
        let share = refused as f64 / (refused + admitted) as f64;
        let bin = match share {
            s if s < 0.2 => "fine",
            s if s <= 0.6 => "partly",
            _ => "blocked",
        };
        let says = format!(
            "In the same span {} of {} attempts of {} were refused.",
            refused,
            refused + admitted,
            names.join(", ")
        );
        Observation::new(self, bin, says, sources).into_iter().collect()
    }
}
