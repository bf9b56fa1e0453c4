//! Whose a limit is: the account's, one model's, or one agent's.
//!
//! In: the attempts of one pool. Out: one timeline, or several where a part of the attempts has a limit of its own: a text says
//! that it is the model's, or only one model or one agent is refused while the others are served. What is admitted elsewhere
//! then ends no block, and no refusal of the part counts against the rest.
//!
//! What is confined for another reason stays: a cap starves one agent while the others keep their slots, and an overload or a
//! network failure is nobody's limit.

use std::collections::{BTreeMap, BTreeSet};

use super::build::pool;
use super::{InFlight, PoolTimeline};
use crate::merge::PoolKey;
use crate::model::{Attempt, Cause, Class, Snapshot, TextId, Texts};
use crate::signals::{self, Kind};

/// Whose a limit is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScopeKind {
    /// The account's, or the organisation's.
    #[default]
    Account,
    /// One model's.
    Model,
    /// One agent's.
    Agent,
    /// One key's of several on the account.
    Credential,
}

impl ScopeKind {
    /// The id in JSON (docs/schema.md).
    pub const fn id(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Model => "model",
            Self::Agent => "agent",
            Self::Credential => "credential",
        }
    }
}

/// Whose the limits of a pool are, with its name where the logs give one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PoolScope {
    /// Whose.
    pub kind: ScopeKind,
    /// Its name.
    pub value: Option<String>,
}

impl PoolScope {
    /// As the pool's name says it.
    pub fn of_key(key: &PoolKey) -> Self {
        let named = |value: &str| Some(value.to_owned()).filter(|v| v != "-" && v != "*");
        match named(&key.model) {
            Some(model) => Self { kind: ScopeKind::Model, value: Some(model) },
            None if is_key(&key.account) => Self { kind: ScopeKind::Credential, value: named(&key.account) },
            None => Self { kind: ScopeKind::Account, value: named(&key.account) },
        }
    }
}

/// Whether an account's label is that of a key: its hash, or its masked beginning.
fn is_key(account: &str) -> bool {
    let is_hash = account.len() >= 32 && account.bytes().all(|b| b.is_ascii_hexdigit());
    is_hash || account.starts_with("sk-") || account.starts_with("key-") || account.starts_with("key_")
}

/// Share of a part's refusals that must be its own, for the limit to be.
const OWN_SHARE: f64 = 0.8;
/// A longer pause parts two runs of refusals, in seconds: what happened between is not known.
const PAUSE_S: f64 = 3_600.0;
/// Refusals without a text are the part's own from this span on, in seconds, with [`WEAK_REFUSALS`] and [`WEAK_ADMISSIONS`].
const WEAK_SPAN_S: f64 = 600.0;
/// See [`WEAK_SPAN_S`].
const WEAK_REFUSALS: usize = 5;
/// Admissions of the others meanwhile.
const WEAK_ADMISSIONS: usize = 10;
/// A named window is one agent's own from this span on, in seconds: its first refusals may come before the others'.
const NAMED_SPAN_S: f64 = 300.0;
/// Share of the refusals at which at most half of the busiest admitted moment was in flight: no cap then.
const QUIET_SHARE: f64 = 0.8;

/// The timelines of one pool: one, or one for each part with a limit of its own and one for the rest.
pub(super) fn parted(
    key: &PoolKey,
    attempts: Vec<Attempt>,
    snapshots: Vec<Snapshot>,
    texts: &Texts,
) -> Vec<PoolTimeline> {
    let whole = pool(key.clone(), attempts, snapshots, texts);
    if whole.refused.is_empty() || whole.admitted.is_empty() {
        return vec![whole];
    }
    let parts = parts(&whole, key, texts);
    if parts.is_empty() {
        return vec![whole];
    }
    let mut place: Vec<usize> = vec![0; whole.attempts.len()];
    for (n, part) in parts.iter().enumerate() {
        part.positions.iter().for_each(|p| place[*p as usize] = n + 1);
    }
    let mut attempts: Vec<Vec<Attempt>> = vec![Vec::new(); parts.len() + 1];
    for (a, n) in whole.attempts.iter().zip(place) {
        attempts[n].push(*a);
    }
    let scopes = std::iter::once(whole.scope.clone()).chain(parts.into_iter().map(|p| p.scope));
    let mut out = Vec::new();
    for (scope, attempts) in scopes.zip(attempts).filter(|(_, a)| !a.is_empty()) {
        let model = scope.value.clone().filter(|_| scope.kind == ScopeKind::Model);
        let key = PoolKey { model: model.unwrap_or_else(|| key.model.clone()), ..key.clone() };
        out.push(PoolTimeline { scope, ..pool(key, attempts, whole.snapshots.clone(), texts) });
    }
    out
}

/// A part of a pool with a limit of its own.
struct Part {
    scope: PoolScope,
    positions: Vec<u32>,
}

fn parts(whole: &PoolTimeline, key: &PoolKey, texts: &Texts) -> Vec<Part> {
    let seen = Seen::of(whole);
    let mut parts: Vec<Part> = Vec::new();
    if key.model == "*" && whole.models.len() > 1 {
        for (model, positions) in by_model(whole) {
            if positions.len() < whole.attempts.len() && seen.is_own(&positions, true) {
                let scope = PoolScope { kind: ScopeKind::Model, value: Some(texts.get(model).to_owned()) };
                parts.push(Part { scope, positions });
            }
        }
    }
    if !parts.is_empty() || whole.agent_names.len() < 2 {
        return parts;
    }
    let agents = by_agent(whole);
    let is_admitted = |p: &u32| whole.at(*p).is_admitted();
    let (working, never): (Vec<_>, Vec<_>) = agents.into_iter().partition(|(_, rows)| rows.iter().any(is_admitted));
    let name = |agent: u32| whole.agent_names.get(agent as usize).cloned();
    // Agents that never got anything through are one part: runs of one request each come and go.
    let mut rows: Vec<u32> = never.iter().flat_map(|(_, rows)| rows.iter().copied()).collect();
    rows.sort_unstable();
    if seen.is_own(&rows, false) {
        let value = if let [(agent, _)] = never.as_slice() { name(*agent) } else { None };
        parts.push(Part { scope: PoolScope { kind: ScopeKind::Agent, value }, positions: rows });
    }
    for (agent, rows) in working {
        if seen.is_own(&rows, false) {
            parts.push(Part { scope: PoolScope { kind: ScopeKind::Agent, value: name(agent) }, positions: rows });
        }
    }
    parts
}

fn by_model(whole: &PoolTimeline) -> BTreeMap<TextId, Vec<u32>> {
    let mut models: BTreeMap<TextId, Vec<u32>> = BTreeMap::new();
    for (a, i) in whole.attempts.iter().zip(0u32..) {
        if let Some(model) = a.model {
            models.entry(model).or_default().push(i);
        }
    }
    models
}

fn by_agent(whole: &PoolTimeline) -> BTreeMap<u32, Vec<u32>> {
    let mut agents: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (agent, i) in whole.agents.iter().zip(0u32..) {
        if let Some(agent) = agent {
            agents.entry(*agent).or_default().push(i);
        }
    }
    agents
}

/// How plainly a refusal may be one part's alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    /// 429 or an error without a text that names a limit: a cap may have done it.
    Weak,
    /// A text names a used-up window.
    Window,
    /// The key, the account or money.
    Access,
    /// A text says that the limit is the model's.
    Model,
}

fn strength(a: &Attempt) -> Option<Strength> {
    let signal = a.signal.and_then(|s| signals::catalogue().signal(s)).filter(|s| s.kind == Kind::Named);
    if signal.is_some_and(|s| s.scope == Some(signals::Scope::Model)) && a.class != Class::Overload {
        return Some(Strength::Model);
    }
    match (signal.and_then(signals::Signal::cause), a.class) {
        (Some(Cause::Access | Cause::Billing), _) | (None, Class::Access) => Some(Strength::Access),
        (Some(Cause::TokenWindow), _) => Some(Strength::Window),
        (None, Class::RateLimited | Class::Unknown) => Some(Strength::Weak),
        _ => None,
    }
}

/// A pool as a whole, for asking of its parts.
struct Seen<'a> {
    whole: &'a PoolTimeline,
    /// Refusals that may be one part's alone, by position.
    eligible: Vec<u32>,
    /// Most in flight with an admission, that one included; 0 where it is not known.
    most: u32,
}

impl<'a> Seen<'a> {
    fn of(whole: &'a PoolTimeline) -> Self {
        let eligible = whole.refused.iter().copied().filter(|p| strength(whole.at(*p)).is_some()).collect();
        let InFlight { usable, .. } = whole.flight;
        let starts = whole.admitted.iter().map(|p| whole.at(*p).start);
        let most = if usable { whole.flight.at_each(starts).into_iter().max().map_or(0, |n| n + 1) } else { 0 };
        Self { whole, eligible, most }
    }

    /// Whether the refusals among these attempts are their own, while the rest of the pool is served.
    fn is_own(&self, positions: &[u32], is_model: bool) -> bool {
        let own: BTreeSet<u32> = positions.iter().copied().filter(|p| self.whole.at(*p).is_refused()).collect();
        if own.is_empty() {
            return false;
        }
        let (mut all, mut confined) = (0, 0);
        for run in self.runs(positions) {
            all += run.len();
            if self.is_confined(&run, is_model) {
                confined += run.len();
            }
        }
        all > 0 && confined as f64 >= OWN_SHARE * all as f64
    }

    /// Refusals of a part without an admission of it or a long pause between.
    fn runs(&self, positions: &[u32]) -> Vec<Vec<u32>> {
        let mut runs: Vec<Vec<u32>> = Vec::new();
        let mut is_open = false;
        for p in positions {
            let a = self.whole.at(*p);
            if a.is_admitted() {
                is_open = false;
            } else if self.eligible.binary_search(p).is_ok() {
                let last = runs.last().and_then(|r| r.last()).filter(|_| is_open);
                let near = last.is_some_and(|l| a.start.since(self.whole.at(*l).start) <= PAUSE_S);
                match runs.last_mut().filter(|_| near) {
                    Some(run) => run.push(*p),
                    None => runs.push(vec![*p]),
                }
                is_open = true;
            }
        }
        runs
    }

    fn is_confined(&self, run: &[u32], is_model: bool) -> bool {
        let strengths: Vec<Strength> = run.iter().filter_map(|p| strength(self.whole.at(*p))).collect();
        let Some(weakest) = strengths.iter().copied().min() else { return false };
        if is_model && strengths.contains(&Strength::Model) {
            return true;
        }
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return false };
        let (from, to) = (self.whole.at(*first).start, self.whole.at(*last).start);
        let span_s = to.since(from);
        let served = self.whole.admitted_between(from, to).len();
        let low = self.eligible.partition_point(|p| p < first);
        let high = self.eligible.partition_point(|p| p <= last);
        let others = (high - low).saturating_sub(run.len());
        match weakest {
            Strength::Access => run.len() >= 2 && served >= 2 && others * 5 <= served,
            Strength::Window | Strength::Model => {
                run.len() >= 2 && served >= 3 && others == 0 && span_s >= NAMED_SPAN_S
            }
            Strength::Weak => {
                run.len() >= WEAK_REFUSALS
                    && span_s >= WEAK_SPAN_S
                    && served >= WEAK_ADMISSIONS
                    && others == 0
                    && self.is_quiet(run)
            }
        }
    }

    /// Whether little was in flight at most of these refusals.
    fn is_quiet(&self, run: &[u32]) -> bool {
        let quiet = run.iter().filter(|p| 2 * (self.whole.flight.at(self.whole.at(**p).start) + 1) <= self.most.max(1));
        self.most > 1 && quiet.count() as f64 >= QUIET_SHARE * run.len() as f64
    }
}
