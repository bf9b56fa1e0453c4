//! Joins parsed files into one timeline.

use std::collections::BTreeMap;

use super::flight::InFlight;
use super::pools::pools_for;
use super::usage::Usage;
use super::{PoolScope, PoolTimeline, Timeline, agents, clock, open, scopes, until};
use crate::input::InputFile;
use crate::merge::{self, Context, Labels, PoolKey, PoolKeys, Rows};
use crate::model::{Attempt, Snapshot, TextId, Texts, Time, Zone};
use crate::signals::Catalogue;

/// What is asked of the assembly.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    /// Zone of stamps that carry none, where no other rows of their client prove it.
    pub log_zone: Option<Zone>,
    /// Zone of this machine, where `log_zone` is not given; `None`: assume UTC and say so.
    pub machine_zone: Option<Zone>,
    /// Labels for what logs do not name.
    pub labels: Labels,
    /// What the logs hold after this is left out.
    pub now: Option<Time>,
}

/// Builds the timeline. Takes the attempts and snapshots out of the files; their problems and counts stay.
pub fn build(files: &mut [InputFile], how: &Assembly, catalogue: &Catalogue) -> Timeline {
    let context = merge::Context { labels: &how.labels, catalogue };
    let mut notes = clock::settle(files, clock::Asked { log_zone: how.log_zone, machine_zone: how.machine_zone });
    let after_now = how.now.map_or(0, |now| until::cut(files, now));
    notes.extend(how.now.filter(|_| after_now > 0).map(|now| left_out(after_now, now)));
    let span = files.iter().filter_map(|f| f.parsed.span).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    notes.extend(skipped(files));
    notes.extend(other_requests(files));
    let unanswered: u64 = files.iter().map(|f| f.parsed.unanswered).sum();
    let mut rows = Rows::take(files);
    let merged = merge::run(&mut rows, &context);
    notes.extend(merged.notes);
    let snapshots = files
        .iter_mut()
        .flat_map(|f| std::mem::take(&mut f.snapshots).into_iter().chain(std::mem::take(&mut f.parsed.snapshots)));
    let snapshots = once_each(snapshots.collect());
    let (mut pools, apart) = into_pools(rows.attempts, rows.open, snapshots, &rows.texts, &context);
    agents::shorten(&mut pools);
    if pools.iter().any(|p| p.account == "-") {
        notes.push(
            "No log names the account, so all attempts of a provider are taken as one account's; --account labels them."
                .to_owned(),
        );
    }
    Timeline {
        paths: files.iter().map(|f| f.path.clone()).collect(),
        texts: rows.texts,
        pools,
        duplicates: merged.duplicates,
        unanswered: unanswered - merged.open_duplicates,
        after_now,
        snapshots_unassigned: apart.len() as u64,
        snapshots_apart: newest(apart),
        span,
        notes,
        zone: how.log_zone.or(how.machine_zone),
    }
}

/// A sentence for what lies after "now".
fn left_out(rows: u64, now: Time) -> String {
    let rows = if rows == 1 { "1 row after it was".to_owned() } else { format!("{rows} rows after it were") };
    format!("These logs are read as they stood at {} (--now): {rows} not used.", now.rfc3339())
}

/// A sentence for requests that ask no model to complete anything.
fn other_requests(files: &[InputFile]) -> Option<String> {
    let n: u64 = files.iter().map(|f| f.parsed.other_requests).sum();
    let noun = if n == 1 {
        "request that asks no model for a completion was"
    } else {
        "requests that ask no model for a completion were"
    };
    (n > 0).then(|| format!("{n} {noun} skipped (lists of models, health checks, files)."))
}

/// A sentence for spans that are no call of a model.
fn skipped(files: &[InputFile]) -> Option<String> {
    let spans: u64 = files.iter().map(|f| f.parsed.skipped).sum();
    let noun = if spans == 1 { "span that is not a model call was" } else { "spans that are not model calls were" };
    (spans > 0).then(|| format!("{spans} {noun} skipped."))
}

/// Earlier snapshots of one instant that a snapshot is compared with; ledgers that hold more are not copies.
const LOOK_BACK: usize = 16;

/// Snapshots by their time, each once: copies of a ledger, and sources that tell one snapshot, agree in all but their place.
fn once_each(mut snapshots: Vec<Snapshot>) -> Vec<Snapshot> {
    snapshots.sort_by_key(|s| (s.captured.map(|c| c.at), s.source));
    let mut once: Vec<Snapshot> = Vec::with_capacity(snapshots.len());
    for snapshot in snapshots {
        let same_time = |s: &&Snapshot| s.captured == snapshot.captured;
        let is_same = |s: &Snapshot| Snapshot { source: snapshot.source, ..s.clone() } == snapshot;
        if !once.iter().rev().take(LOOK_BACK).take_while(same_time).any(is_same) {
            once.push(snapshot);
        }
    }
    once
}

fn into_pools(
    attempts: Vec<Attempt>,
    open: Vec<Attempt>,
    snapshots: Vec<Snapshot>,
    texts: &Texts,
    context: &Context<'_>,
) -> (Vec<PoolTimeline>, Vec<Snapshot>) {
    let by_pool = by_pool(attempts, texts, context);
    let keys: Vec<PoolKey> = by_pool.keys().cloned().collect();
    let mut assigned: Vec<Vec<Snapshot>> = vec![Vec::new(); keys.len()];
    let mut apart = Vec::new();
    for snapshot in snapshots {
        let targets = pools_for(&snapshot, &keys, context);
        for t in &targets {
            assigned[*t].push(snapshot.clone());
        }
        if targets.is_empty() {
            apart.push(snapshot);
        }
    }
    let parts = by_pool.into_iter().zip(assigned);
    let mut pools: Vec<PoolTimeline> =
        parts.flat_map(|((key, attempts), s)| scopes::parted(&key, attempts, s, texts)).collect();
    pools.sort_by(|a, b| (&a.id, a.scope.kind, &a.scope.value).cmp(&(&b.id, b.scope.kind, &b.scope.value)));
    give_open(&mut pools, open, texts, context);
    (pools, apart)
}

/// Gives each open request to its pool: of the parts of a pool to the one that has seen its agent or its model.
fn give_open(pools: &mut [PoolTimeline], open: Vec<Attempt>, texts: &Texts, context: &Context<'_>) {
    let mut touched = vec![false; pools.len()];
    for a in open {
        let key = merge::pool_of(&a, texts, context);
        let parts: Vec<usize> = (0..pools.len()).filter(|i| pools[*i].is_of(&key)).collect();
        let knows = |i: &&usize| {
            let mut rows = pools[**i].attempts.iter();
            rows.any(|b| (b.client, b.session, b.agent, b.model) == (a.client, a.session, a.agent, a.model.or(b.model)))
        };
        if let Some(i) = parts.iter().find(knows).or(parts.first()) {
            pools[*i].open.push(a);
            touched[*i] = true;
        }
    }
    for (pool, _) in pools.iter_mut().zip(touched).filter(|(_, touched)| *touched) {
        let longest_s = pool.flight.durations.last().copied().unwrap_or(0.0);
        let open = open::in_flight(&pool.open, &pool.attempts, longest_s);
        pool.flight = InFlight::of(&pool.attempts, &pool.agents, &open);
    }
}

/// The newest snapshot of each provider and account; they come by capture time, those without one first.
fn newest(snapshots: Vec<Snapshot>) -> Vec<Snapshot> {
    let mut by_owner = BTreeMap::new();
    for snapshot in snapshots {
        by_owner.insert((snapshot.provider.clone(), snapshot.account.clone(), snapshot.owner), snapshot);
    }
    by_owner.into_values().collect()
}

/// Attempts moved from one list to another before the first one is shortened.
const BLOCK: usize = 1 << 16;

/// The attempts of each pool. Taken from the end block by block, so that none stands in memory twice.
fn by_pool(mut attempts: Vec<Attempt>, texts: &Texts, context: &Context<'_>) -> BTreeMap<PoolKey, Vec<Attempt>> {
    let mut keys = PoolKeys::default();
    let mut pools: Vec<Vec<Attempt>> = Vec::new();
    while !attempts.is_empty() {
        let block = attempts.split_off(attempts.len().saturating_sub(BLOCK));
        attempts.shrink_to_fit();
        for a in block.into_iter().rev() {
            let number = keys.number_of(&a, texts, context);
            if number == pools.len() {
                pools.push(Vec::new());
            }
            pools[number].push(a);
        }
    }
    let in_order = |mut attempts: Vec<Attempt>| {
        attempts.reverse();
        attempts
    };
    keys.into_numbers().into_iter().map(|(key, n)| (key, in_order(std::mem::take(&mut pools[n])))).collect()
}

/// One pool of attempts and snapshots in any order.
pub(crate) fn pool(
    key: PoolKey,
    mut attempts: Vec<Attempt>,
    mut snapshots: Vec<Snapshot>,
    texts: &Texts,
) -> PoolTimeline {
    merge::sort_by_time(&mut attempts, |a, b| a.source.cmp(&b.source));
    snapshots.sort_by_key(|s| (s.captured.is_none(), s.captured.map(|c| c.at), s.source));
    let (agent_of, agent_names) = agents::agents_of(&attempts, texts);
    let positions = |keep: fn(&Attempt) -> bool| -> Vec<u32> {
        let numbered = attempts.iter().zip(0u32..);
        numbered.filter(|(a, _)| keep(a)).map(|(_, i)| i).collect()
    };
    let admitted = positions(Attempt::is_admitted);
    let refused = positions(Attempt::is_refused);
    let mut models: Vec<TextId> = attempts.iter().filter_map(|a| a.model).collect();
    models.sort_unstable();
    models.dedup();
    let mut models: Vec<String> = models.into_iter().map(|m| texts.get(m).to_owned()).collect();
    models.sort();
    let flight = InFlight::of(&attempts, &agent_of, &[]);
    let usage = Usage::of(admitted.iter().map(|i| &attempts[*i as usize]));
    PoolTimeline {
        scope: PoolScope::of_key(&key),
        id: key.id(),
        provider: key.provider,
        account: key.account,
        models,
        agents: agent_of,
        agent_names,
        admitted,
        refused,
        flight,
        usage,
        snapshots,
        attempts,
        open: Vec::new(),
    }
}
