//! A report parted by providers: each support desk gets what is its own.

use std::collections::BTreeSet;

use why429::document::{Document, Episode, Summary, leading};
use why429::pipeline::is_of_pool;
use why429::signals::catalogue;

/// Providers with an episode, each with the name of its folder: its own where it is a known one, else a number.
pub(super) fn refusing(document: &Document) -> Vec<(String, String)> {
    let with_episodes: BTreeSet<&str> =
        document.episodes.iter().filter(|e| e.verdict.cause != "idle").map(Episode::provider).collect();
    let folder = |(n, name): (usize, &str)| match catalogue().provider(name) {
        Some(known) => known.id.clone(),
        None => format!("provider-{}", n + 1),
    };
    with_episodes.into_iter().enumerate().map(|(n, name)| (name.to_owned(), folder((n, name)))).collect()
}

/// The report of one provider: its pools, episodes and refusals, and the verdict of the episode that leads there.
pub(super) fn of(document: &Document, provider_id: &str) -> Document {
    let is_its = |pool: &str| is_of_pool(pool, provider_id);
    let mut own = document.clone();
    (own.pools, own.elsewhere) = own.pools.into_iter().partition(|p| p.provider == provider_id);
    own.episodes.retain(|e| is_its(&e.pool));
    own.isolated_refusals.retain(|b| is_its(&b.pool));
    let ids: BTreeSet<String> = own.episodes.iter().map(|e| e.id.clone()).collect();
    for incident in &mut own.incidents {
        incident.episodes.retain(|id| ids.contains(id));
        incident.pools.retain(|pool| is_its(pool));
    }
    own.incidents.retain(|i| !i.episodes.is_empty());
    if let Some(e) = leading(&own.episodes).filter(|e| document.verdict.episode.as_ref() != Some(&e.id)) {
        let (cause, episode) = (Some(e.verdict.cause.clone()), Some(e.id.clone()));
        own.verdict = Summary { cause, episode, sentence: e.sentence.clone(), counts: Vec::new() };
    }
    own.verdict.counts.clear();
    own
}
