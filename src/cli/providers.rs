//! A report parted by providers: each support desk gets what is its own.

use std::collections::BTreeSet;

use why429::report::document::{Document, Episode, Summary};
use why429::signals::catalogue;

/// Providers with an episode, each with the name of its folder: its own where it is a known one, else a number.
pub(super) fn refusing(document: &Document) -> Vec<(String, String)> {
    let with_episodes: BTreeSet<&str> =
        document.episodes.iter().filter(|e| e.verdict.cause != "idle").filter_map(|e| provider(e)).collect();
    let folder = |(n, name): (usize, &str)| match catalogue().provider(name) {
        Some(known) => known.id.clone(),
        None => format!("provider-{}", n + 1),
    };
    with_episodes.into_iter().enumerate().map(|(n, name)| (name.to_owned(), folder((n, name)))).collect()
}

fn provider(e: &Episode) -> Option<&str> {
    e.pool.split('/').next()
}

/// The report of one provider: its pools, episodes and refusals, and the verdict of its costliest episode.
pub(super) fn of(document: &Document, provider_id: &str) -> Document {
    let is_its = |pool: &str| pool.split('/').next() == Some(provider_id);
    let mut own = document.clone();
    (own.pools, own.elsewhere) = own.pools.into_iter().partition(|p| p.provider == provider_id);
    own.episodes.retain(|e| is_its(&e.pool));
    own.blips.retain(|b| is_its(&b.pool));
    let ids: BTreeSet<String> = own.episodes.iter().map(|e| e.id.clone()).collect();
    for incident in &mut own.incidents {
        incident.episodes.retain(|id| ids.contains(id));
        incident.pools.retain(|pool| is_its(pool));
    }
    own.incidents.retain(|i| !i.episodes.is_empty());
    let blocked = own.episodes.iter().filter(|e| e.verdict.cause != "idle");
    let worst = blocked.max_by(|a, b| a.cost_lane_s.total_cmp(&b.cost_lane_s).then(b.from.cmp(&a.from)));
    if let Some(e) = worst.filter(|e| document.verdict.episode.as_ref() != Some(&e.id)) {
        let (cause, episode) = (Some(e.verdict.cause.clone()), Some(e.id.clone()));
        own.verdict = Summary { cause, episode, sentence: e.sentence.clone(), counts: Vec::new() };
    }
    own.verdict.counts.clear();
    own
}
