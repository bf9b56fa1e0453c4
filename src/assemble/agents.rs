//! Who waited: agent by agent, from a refusal to the agent's next admission.

use std::collections::BTreeMap;

use super::rounded;
use crate::document as doc;
use crate::evidence::EpisodeContext;
use crate::model::Time;

/// Most agents that are listed.
const LISTED: usize = 12;

/// An agent that is admitted again within this, in seconds, has waited until then; later it had given up.
const COMES_BACK_S: f64 = 2.0 * 3_600.0;

#[derive(Debug, Default)]
struct Waiting {
    admitted: u64,
    refused: u64,
    first: Option<Time>,
    last: Option<(u32, Time)>,
    since: Option<Time>,
    waited_s: f64,
    /// Kept from work after it gave up, in seconds.
    kept_s: f64,
    /// Admitted before the episode.
    worked: bool,
    /// Admitted again, long after it gave up.
    returned: bool,
}

/// Agents by time waited, how many there are in all, and the time that all of them were kept from work, in seconds.
///
/// An agent waits from a refusal to its next admission; one that gave up waits no more, but is kept from work until it is
/// admitted again, or until the logs end. Of an outage that runs `running_at` is "now": all wait until then. Where the log does not name agents
/// the whole pool is one that waited from the first refusal to the recovery.
pub(super) fn waiting(case: &EpisodeContext<'_>, running_at: Option<Time>) -> (Vec<doc::Agent>, u64, f64) {
    let e = case.episode;
    let end = case.timeline.span.map_or(e.to, |(_, to)| to);
    let (Some(first), Some(last)) = (e.refusals.first(), e.refusals.last()) else { return (Vec::new(), 0, 0.0) };
    let mut agents: BTreeMap<u32, Waiting> = BTreeMap::new();
    let mut unnamed = Waiting::default();
    for i in *first..=*last {
        let a = case.pool.at(i);
        let agent = match case.pool.agents[i as usize] {
            Some(agent) => agents.entry(agent).or_default(),
            None => &mut unnamed,
        };
        if a.is_admitted() {
            agent.admitted += 1;
            agent.recovers(a.start);
        } else if a.is_refused() {
            agent.refused += 1;
            agent.first.get_or_insert(a.start);
            agent.last = Some((i, a.start));
            agent.since.get_or_insert(a.start);
        }
    }
    let soon = e.to.plus(COMES_BACK_S);
    for (agent, is_named) in agents.values_mut().map(|l| (l, true)).chain([(&mut unnamed, false)]) {
        match agent.last.filter(|_| agent.since.is_some()).and_then(|(last, _)| next_admission(case, last)) {
            Some(next) if next <= soon => agent.recovers(next),
            Some(next) => agent.gave_up(is_named.then_some(next)),
            None => agent.waits_on(is_named.then_some(end), running_at),
        }
    }
    worked_before(case, &mut agents);
    summed(case, agents, unnamed)
}

/// Marks the agents that had been admitted before the episode: of them it ended the work, of others it was one run.
fn worked_before(case: &EpisodeContext<'_>, agents: &mut BTreeMap<u32, Waiting>) {
    if agents.values().all(|l| l.since.is_none()) {
        return;
    }
    let before = case.pool.admitted.partition_point(|p| case.pool.at(*p).start < case.episode.from);
    for p in &case.pool.admitted[..before] {
        if let Some(agent) = case.pool.agents[*p as usize].and_then(|agent| agents.get_mut(&agent)) {
            agent.worked = true;
        }
    }
}

/// Start of the agent's next admission after a refusal.
fn next_admission(case: &EpisodeContext<'_>, refusal: u32) -> Option<Time> {
    let place = case.pool.refused.binary_search(&refusal).ok()?;
    let next = case.meters.next_admission.get(place).copied().flatten()?;
    Some(case.pool.at(next).start)
}

impl Waiting {
    fn recovers(&mut self, at: Time) {
        if let Some(since) = self.since.take() {
            self.waited_s += at.since(since).max(0.0);
        }
    }

    /// It gave up at its last refusal, and came back at last: who names no agents does not say whose work that is.
    fn gave_up(&mut self, until: Option<Time>) {
        let Some((since, (_, last))) = self.since.zip(self.last) else { return };
        self.waited_s += last.since(since);
        self.kept_s = until.map_or(0.0, |t| t.since(last).max(0.0));
        self.returned = true;
    }

    /// Not admitted any more: it still waits, or gave up at its last refusal and is kept from work until the logs end.
    fn waits_on(&mut self, end: Option<Time>, running_at: Option<Time>) {
        let Some((since, (_, last))) = self.since.zip(self.last) else { return };
        let until = running_at.map_or(last, |at| at.max(last));
        self.waited_s += until.since(since);
        self.kept_s = end.map_or(0.0, |t| t.since(until).max(0.0));
    }
}

fn summed(case: &EpisodeContext<'_>, agents: BTreeMap<u32, Waiting>, unnamed: Waiting) -> (Vec<doc::Agent>, u64, f64) {
    let named = agents.into_iter().filter(|(_, w)| w.refused > 0);
    let all: Vec<(Option<&String>, Waiting)> =
        named.filter_map(|(agent, w)| Some((Some(case.pool.agent_names.get(agent as usize)?), w))).collect();
    let all = if all.is_empty() && unnamed.refused > 0 { vec![(None, unnamed)] } else { all };
    // Even one refusal costs something, so that incidents always have an order.
    let cost = all.iter().map(|(_, w)| w.cost_s().max(0.001)).sum::<f64>() + one_shot_s(&all);
    let name = |name: Option<&String>| name.cloned().unwrap_or_else(|| "(agents not named)".to_owned());
    let mut listed: Vec<doc::Agent> = all.into_iter().map(|(of, w)| written(name(of), w)).collect();
    let total = listed.len() as u64;
    listed.sort_by(|a, b| b.waited_s.total_cmp(&a.waited_s).then(a.name.cmp(&b.name)));
    listed.truncate(LISTED);
    (listed, total, cost)
}

/// An agent that was refused over no more than this, in seconds, and was never admitted was one run of one request.
const ONE_SHOT_S: f64 = 60.0;

impl Waiting {
    /// A run of one request: nobody waits in it, and none follows.
    fn is_one_shot(&self) -> bool {
        let refused_s = self.first.zip(self.last).map_or(0.0, |(first, (_, last))| last.since(first));
        self.since.is_some() && !self.worked && !self.returned && self.admitted == 0 && refused_s <= ONE_SHOT_S
    }

    /// Seconds that it was kept from work.
    fn cost_s(&self) -> f64 {
        if self.is_one_shot() { 0.0 } else { self.waited_s + self.kept_s }
    }
}

/// Runs of one request each are one agent that waited over the span that they cover.
fn one_shot_s(all: &[(Option<&String>, Waiting)]) -> f64 {
    let runs = || all.iter().map(|(_, w)| w).filter(|w| w.is_one_shot());
    let first = runs().filter_map(|w| w.first).min();
    let last = runs().filter_map(|w| w.last.map(|(_, at)| at)).max();
    first.zip(last).map_or(0.0, |(first, last)| last.since(first))
}

fn written(name: String, w: Waiting) -> doc::Agent {
    let stamp = |t: Option<Time>| t.map(Time::rfc3339).unwrap_or_default();
    doc::Agent {
        name,
        admitted: w.admitted,
        refused: w.refused,
        first_refusal: stamp(w.first),
        last_refusal: stamp(w.last.map(|(_, at)| at)),
        waited_s: rounded(w.waited_s),
        recovered: w.since.is_none(),
    }
}
