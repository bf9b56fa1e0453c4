//! Joins parsed files into one timeline.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::flight::InFlight;
use super::pools::{Labels, PoolKey, pool_of, pools_for};
use super::usage::Usage;
use super::{
    PoolScope, PoolTimeline, Timeline, agents, clock, dedupe, models, names, open, retries, scopes, shadow, until,
    witness,
};
use crate::input::InputFile;
use crate::model::{Attempt, Snapshot, TextId, Texts, Time, Zone};
use crate::signals;

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
pub fn build(files: &mut [InputFile], how: &Assembly) -> Timeline {
    names::give(files);
    names::give_sessions_provider(files);
    let mut notes = clock::settle(files, clock::Asked { log_zone: how.log_zone, machine_zone: how.machine_zone });
    let after_now = how.now.map_or(0, |now| until::cut(files, now));
    notes.extend(how.now.filter(|_| after_now > 0).map(|now| left_out(after_now, now)));
    let span = files.iter().filter_map(|f| f.parsed.span).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    notes.extend(skipped(files));
    notes.extend(other_requests(files));
    let unanswered: u64 = files.iter().map(|f| f.parsed.unanswered).sum();
    let mut texts = Texts::default();
    let (mut attempts, mut open) = take_attempts(files, &mut texts);
    name_by_session(&mut attempts, &mut open);
    let told_open = open.len();
    let mut open = open::once_each(open);
    let unanswered = unanswered - (told_open - open.len()) as u64;
    let merged = dedupe::merge(std::mem::take(&mut attempts), &texts);
    notes.extend(merged.notes);
    let mut attempts = merged.attempts;
    let (witnessed, witnesses) = witness::take_out(&mut attempts, &texts);
    notes.extend(witnesses);
    models::give_providers(&mut attempts, &mut texts);
    models::give_providers(&mut open, &mut texts);
    signals::classify(&mut attempts, &texts);
    let snapshots = files
        .iter_mut()
        .flat_map(|f| std::mem::take(&mut f.snapshots).into_iter().chain(std::mem::take(&mut f.parsed.snapshots)));
    let snapshots = once_each(snapshots.collect());
    let (mut pools, apart) = into_pools(attempts, open, snapshots, &texts, &how.labels);
    let (shadowed, shadows) = shadow::take_out(&mut pools);
    notes.extend(shadows);
    agents::shorten(&mut pools);
    if pools.iter().any(|p| p.account == "-") {
        notes.push(
            "No log names the account, so all attempts of a provider are taken as one account's; --account labels them."
                .to_owned(),
        );
    }
    Timeline {
        paths: files.iter().map(|f| f.path.clone()).collect(),
        texts,
        pools,
        duplicates: merged.duplicates + witnessed + shadowed,
        unanswered,
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
        let told = |s: &Snapshot| Snapshot { source: snapshot.source, ..s.clone() } == snapshot;
        if !once.iter().rev().take(LOOK_BACK).take_while(same_time).any(told) {
            once.push(snapshot);
        }
    }
    once
}

/// The attempts of all files and their open requests, with ids of one table. The first file's own list is taken over: it
/// may be all there is.
fn take_attempts(files: &mut [InputFile], texts: &mut Texts) -> (Vec<Attempt>, Vec<Attempt>) {
    let total: usize = files.iter().map(|f| f.parsed.attempts.len()).sum();
    let (mut all, mut all_open) = (Vec::new(), Vec::new());
    for file in files {
        let map = texts.absorb(&std::mem::take(&mut file.parsed.texts));
        let provider = file.parsed.provider.as_deref().map(|p| texts.intern(p));
        let mut attempts = std::mem::take(&mut file.parsed.attempts);
        let mut open = std::mem::take(&mut file.parsed.open);
        let is_same = map.iter().enumerate().all(|(place, id)| id.index() == place);
        let rows = if is_same && provider.is_none() { &mut [][..] } else { &mut attempts[..] };
        for a in rows.iter_mut().chain(&mut open) {
            remap(a, &map);
            a.provider = a.provider.or(provider);
        }
        all_open.append(&mut open);
        all_of(&mut all, attempts, total);
    }
    (all, all_open)
}

/// Appends a file's attempts to those of all, of which there will be so many.
fn all_of(all: &mut Vec<Attempt>, mut attempts: Vec<Attempt>, total: usize) {
    if all.is_empty() {
        *all = attempts;
        all.reserve_exact(total - all.len());
    } else {
        all.append(&mut attempts);
    }
}

/// Gives rows without a provider or model the one that the other rows of their session name, if it is one. Two sources of
/// a program may share the telling: aider's chat names the model of its failures, its model history has the answers.
fn name_by_session(attempts: &mut [Attempt], open: &mut [Attempt]) {
    let session = |a: &Attempt| a.session.map(|s| (a.client, s));
    let unnamed = attempts.iter().chain(open.iter()).filter(|a| a.provider.is_none());
    let wanting: HashSet<_> = unnamed.filter_map(session).collect();
    if wanting.is_empty() {
        return;
    }
    let mut named: HashMap<(TextId, TextId), [Option<Option<TextId>>; 2]> = HashMap::new();
    for a in attempts.iter() {
        let Some(key) = session(a).filter(|key| wanting.contains(key)) else { continue };
        let slots = named.entry(key).or_default();
        for (slot, name) in slots.iter_mut().zip([a.provider, a.model]) {
            match (&slot, name) {
                (_, None) => {}
                (None, Some(_)) => *slot = Some(name),
                (Some(known), Some(_)) if *known == name => {}
                _ => *slot = Some(None),
            }
        }
    }
    for a in attempts.iter_mut().chain(open).filter(|a| a.provider.is_none()) {
        let Some([provider, model]) = session(a).and_then(|key| named.get(&key)) else { continue };
        a.provider = provider.flatten();
        // A model alone says little, and is left as it is where no provider is known.
        a.model = a.model.or_else(|| model.flatten().filter(|_| a.provider.is_some()));
    }
}

fn remap(a: &mut Attempt, map: &[TextId]) {
    a.client = map[a.client.index()];
    let optional = [
        &mut a.provider,
        &mut a.account,
        &mut a.model,
        &mut a.session,
        &mut a.agent,
        &mut a.error_kind,
        &mut a.error_message,
        &mut a.request_id,
    ];
    for id in optional.into_iter().flatten() {
        *id = map[id.index()];
    }
}

fn into_pools(
    attempts: Vec<Attempt>,
    open: Vec<Attempt>,
    snapshots: Vec<Snapshot>,
    texts: &Texts,
    labels: &Labels,
) -> (Vec<PoolTimeline>, Vec<Snapshot>) {
    let by_pool = parted(attempts, texts, labels);
    let keys: Vec<PoolKey> = by_pool.keys().cloned().collect();
    let mut assigned: Vec<Vec<Snapshot>> = vec![Vec::new(); keys.len()];
    let mut apart = Vec::new();
    for snapshot in snapshots {
        let targets = pools_for(&snapshot, &keys, labels);
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
    give_open(&mut pools, open, texts, labels);
    (pools, apart)
}

/// Gives each open request to its pool: of the parts of a pool to the one that has seen its agent or its model.
fn give_open(pools: &mut [PoolTimeline], open: Vec<Attempt>, texts: &Texts, labels: &Labels) {
    let mut touched = vec![false; pools.len()];
    for a in open {
        let key = pool_of(&a, texts, labels);
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
fn parted(mut attempts: Vec<Attempt>, texts: &Texts, labels: &Labels) -> BTreeMap<PoolKey, Vec<Attempt>> {
    let mut by_identity: HashMap<(TextId, [Option<TextId>; 3]), usize> = HashMap::new();
    let mut places: BTreeMap<PoolKey, usize> = BTreeMap::new();
    let mut pools: Vec<Vec<Attempt>> = Vec::new();
    while !attempts.is_empty() {
        let block = attempts.split_off(attempts.len().saturating_sub(BLOCK));
        attempts.shrink_to_fit();
        for a in block.into_iter().rev() {
            let identity = (a.client, [a.provider, a.account, a.model]);
            let place = *by_identity.entry(identity).or_insert_with(|| {
                let new = places.len();
                *places.entry(pool_of(&a, texts, labels)).or_insert(new)
            });
            if place == pools.len() {
                pools.push(Vec::new());
            }
            pools[place].push(a);
        }
    }
    let in_order = |mut attempts: Vec<Attempt>| {
        attempts.reverse();
        attempts
    };
    places.into_iter().map(|(key, place)| (key, in_order(std::mem::take(&mut pools[place])))).collect()
}

/// One pool of attempts and snapshots in any order.
pub(crate) fn pool(
    key: PoolKey,
    mut attempts: Vec<Attempt>,
    mut snapshots: Vec<Snapshot>,
    texts: &Texts,
) -> PoolTimeline {
    dedupe::sort_by_time(&mut attempts, |a, b| a.source.cmp(&b.source));
    if retries::unfold(&mut attempts) {
        dedupe::sort_by_time(&mut attempts, |a, b| a.source.cmp(&b.source));
    }
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
