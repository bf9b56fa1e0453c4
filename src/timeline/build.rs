//! Joins parsed files into one timeline.

use std::collections::BTreeMap;

use super::flight::InFlight;
use super::pools::{Labels, PoolKey, pool_of, pools_for};
use super::usage::Usage;
use super::{PoolTimeline, Timeline, clock, dedupe, lanes, shadow};
use crate::input::InputFile;
use crate::model::{Attempt, Snapshot, TextId, Texts, Zone};
use crate::signals;

/// What is asked of the assembly.
#[derive(Clone, Debug, Default)]
pub struct Assembly {
    /// Zone of stamps that carry none; `None`: line up, else assume UTC and say so.
    pub zone: Option<Zone>,
    /// Labels for what logs do not name.
    pub labels: Labels,
}

/// Builds the timeline. Takes the attempts and snapshots out of the files; their problems and counts stay.
pub fn build(files: &mut [InputFile], how: &Assembly) -> Timeline {
    let mut notes = clock::settle(files, how.zone);
    let span = files.iter().filter_map(|f| f.parsed.span).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let unanswered = files.iter().map(|f| f.parsed.unanswered).sum();
    let mut texts = Texts::default();
    let mut attempts = take_attempts(files, &mut texts);
    let merged = dedupe::merge(std::mem::take(&mut attempts), &texts);
    notes.extend(merged.notes);
    let mut attempts = merged.attempts;
    signals::classify(&mut attempts, &texts);
    let snapshots: Vec<Snapshot> = files
        .iter_mut()
        .flat_map(|f| std::mem::take(&mut f.snapshots).into_iter().chain(std::mem::take(&mut f.parsed.snapshots)))
        .collect();
    let (mut pools, snapshots_unassigned) = into_pools(attempts, snapshots, &texts, &how.labels);
    let (shadowed, shadows) = shadow::take_out(&mut pools);
    notes.extend(shadows);
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
        duplicates: merged.duplicates + shadowed,
        unanswered,
        snapshots_unassigned,
        span,
        notes,
    }
}

fn take_attempts(files: &mut [InputFile], texts: &mut Texts) -> Vec<Attempt> {
    let total = files.iter().map(|f| f.parsed.attempts.len()).sum();
    let mut all = Vec::with_capacity(total);
    for file in files {
        let map = texts.absorb(&file.parsed.texts);
        let provider = file.parsed.provider.as_deref().map(|p| texts.intern(p));
        let attempts = std::mem::take(&mut file.parsed.attempts);
        file.parsed.texts = Texts::default();
        for mut a in attempts {
            remap(&mut a, &map);
            a.provider = a.provider.or(provider);
            all.push(a);
        }
    }
    all
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

/// Client, provider, account and model: equal ones are one pool.
type Identity = (TextId, [Option<TextId>; 3]);

fn into_pools(
    attempts: Vec<Attempt>,
    snapshots: Vec<Snapshot>,
    texts: &Texts,
    labels: &Labels,
) -> (Vec<PoolTimeline>, u64) {
    let mut by_pool: BTreeMap<PoolKey, Vec<Attempt>> = BTreeMap::new();
    let mut last: Option<(Identity, PoolKey)> = None;
    for a in attempts {
        let identity = (a.client, [a.provider, a.account, a.model]);
        let key = match &last {
            Some((same, key)) if *same == identity => key.clone(),
            _ => pool_of(&a, texts, labels),
        };
        by_pool.entry(key.clone()).or_default().push(a);
        last = Some((identity, key));
    }
    let keys: Vec<PoolKey> = by_pool.keys().cloned().collect();
    let mut assigned: Vec<Vec<Snapshot>> = vec![Vec::new(); keys.len()];
    let mut unassigned = 0;
    for snapshot in snapshots {
        let targets = pools_for(&snapshot, &keys, labels);
        unassigned += u64::from(targets.is_empty());
        for t in targets {
            assigned[t].push(snapshot.clone());
        }
    }
    let pools = by_pool.into_iter().zip(assigned).map(|((key, attempts), s)| pool(key, attempts, s, texts)).collect();
    (pools, unassigned)
}

/// One pool of attempts and snapshots in any order.
pub(crate) fn pool(
    key: PoolKey,
    mut attempts: Vec<Attempt>,
    mut snapshots: Vec<Snapshot>,
    texts: &Texts,
) -> PoolTimeline {
    attempts.sort_unstable_by_key(|a| (a.start, a.end, a.source));
    snapshots.sort_by_key(|s| (s.captured.is_none(), s.captured.map(|c| c.at), s.source));
    let (lane_of, lane_names) = lanes::lanes_of(&attempts, texts);
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
    let flight = InFlight::of(&attempts, &lane_of);
    let usage = Usage::of(admitted.iter().map(|i| &attempts[*i as usize]));
    PoolTimeline {
        id: key.id(),
        provider: key.provider,
        account: key.account,
        models,
        lanes: lane_of,
        lane_names,
        admitted,
        refused,
        flight,
        usage,
        snapshots,
        attempts,
    }
}
