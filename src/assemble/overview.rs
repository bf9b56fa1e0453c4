//! Everything of the document that is not an episode.

use std::collections::BTreeMap;

use super::{Parts, counts, four, held, rounded};
use crate::document as doc;
use crate::model::{Attempt, Fidelity, Outcome, Time};
use crate::timeline::agents::agents_of;
use crate::timeline::{PoolTimeline, Timeline};
use crate::verdict::hypotheses;
use crate::wording::numbers::counted;
use crate::wording::words;

pub(super) fn inputs(parts: &Parts<'_>) -> Vec<doc::Input> {
    let with_counts = parts.inputs.iter().zip(parts.attempts_in);
    with_counts
        .map(|(file, attempts)| {
            let is_log = file.log.is_some();
            let kind = if is_log {
                "log"
            } else if file.format.is_some() {
                "snapshot"
            } else {
                "unknown"
            };
            let problems = file.problems.iter().chain(&file.parsed.problems);
            doc::Input {
                path: file.path.clone(),
                sha256: file.sha256.clone(),
                bytes: file.bytes,
                kind: kind.to_owned(),
                format: file.format.map(str::to_owned),
                records: file.parsed.records,
                attempts: *attempts,
                problems: problems
                    .map(|p| doc::InputProblem { line: p.line, reason: p.reason.clone(), count: p.count })
                    .collect(),
            }
        })
        .collect()
}

pub(super) fn coverage(parts: &Parts<'_>) -> doc::Coverage {
    let t = parts.timeline;
    let n = Numbers::of(t);
    let mut snapshots: Vec<_> = t.pools.iter().flat_map(|p| p.snapshots.iter().map(|s| s.source)).collect();
    snapshots.sort_unstable();
    snapshots.dedup();
    doc::Coverage {
        from: t.span.map(|s| s.0.rfc3339()),
        to: t.span.map(|s| s.1.rfc3339()),
        attempts: n.admitted + n.refused + n.other,
        admitted: n.admitted,
        refused: n.refused,
        other: n.other,
        refused_at_most: n.refused + n.hidden,
        snapshots: snapshots.len() as u64 + t.snapshots_unassigned,
        snapshots_unassigned: t.snapshots_unassigned,
        duplicates: t.duplicates,
        fidelity: doc::FidelityCounts { observed: n.observed, collapsed: n.collapsed, inferred: n.inferred },
        unanswered: t.unanswered,
        after_now: t.after_now,
        agents: pools(parts).iter().map(|p| p.agents).sum(),
        unread_files: 0,
    }
}

/// How many attempts there are of each kind, in one walk: of a million each walk costs as much as all counts.
#[derive(Default)]
struct Numbers {
    admitted: u64,
    refused: u64,
    other: u64,
    /// Requests that rows stand for beside their own.
    hidden: u64,
    observed: u64,
    collapsed: u64,
    inferred: u64,
}

impl Numbers {
    fn of(t: &Timeline) -> Self {
        let mut n = Self::default();
        for a in t.pools.iter().flat_map(|p| &p.attempts).filter(|a| a.has_row()) {
            *match a.outcome {
                Outcome::Admitted => &mut n.admitted,
                Outcome::Refused => &mut n.refused,
                Outcome::Other => &mut n.other,
            } += 1;
            *match a.fidelity {
                Fidelity::Observed => &mut n.observed,
                Fidelity::Collapsed => &mut n.collapsed,
                Fidelity::Inferred => &mut n.inferred,
            } += 1;
            if a.outcome != Outcome::Other {
                n.hidden += u64::from(a.at_most - 1);
            }
        }
        n
    }
}

/// Agents of one pool, whose parts may share them.
fn agents(of_pool: &[PoolTimeline], t: &Timeline) -> u64 {
    let names = match of_pool {
        [one] => one.agent_names.len(),
        _ => {
            let all: Vec<Attempt> = of_pool.iter().flat_map(|p| p.attempts.iter().copied()).collect();
            agents_of(&all, &t.texts).1.len()
        }
    };
    names as u64
}

/// Pools by id. Parts of one pool with limits of their own stand beside each other in the timeline.
pub(super) fn pools(parts: &Parts<'_>) -> Vec<doc::Pool> {
    let t = parts.timeline;
    let merged = t.pools.chunk_by(|a, b| a.id == b.id).filter_map(|of_pool| {
        let first = of_pool.first()?;
        let mut models: Vec<String> = of_pool.iter().flat_map(|p| p.models.iter().cloned()).collect();
        models.sort();
        models.dedup();
        Some(doc::Pool {
            id: first.id.clone(),
            provider: first.provider.clone(),
            account: first.account.clone(),
            models,
            attempts: of_pool.iter().flat_map(|p| &p.attempts).filter(|a| a.has_row()).count() as u64,
            agents: agents(of_pool, t),
        })
    });
    merged.collect()
}

pub(super) fn isolated_refusals(parts: &Parts<'_>) -> Vec<doc::IsolatedRefusal> {
    let t = parts.timeline;
    let mut isolated_refusals: Vec<(Time, doc::IsolatedRefusal)> = (parts.isolated_refusals.iter())
        .map(|b| {
            let pool = &t.pools[b.pool];
            let a = pool.at(b.position);
            let signal = a.signal.and_then(|s| crate::signals::catalogue().signal(s));
            let named =
                signal.filter(|s| s.kind == crate::signals::Kind::Named).and_then(crate::signals::Signal::cause);
            let sources = b.sources.iter().map(|s| super::episode::source(t, *s)).collect();
            let isolated_refusal = doc::IsolatedRefusal {
                pool: pool.id.clone(),
                at: a.start.rfc3339(),
                status: a.status,
                cause: named.map(|c| c.id().to_owned()),
                sources,
            };
            (a.start, isolated_refusal)
        })
        .collect();
    isolated_refusals.sort_by(|a, b| (a.0, &a.1.pool).cmp(&(b.0, &b.1.pool)));
    isolated_refusals.into_iter().map(|(_, b)| b).collect()
}

/// Incidents, the costliest first; ids count by time.
pub(super) fn incidents(parts: &Parts<'_>) -> Vec<doc::Incident> {
    let mut all: Vec<doc::Incident> = (parts.incidents.iter())
        .filter_map(|incident| {
            let episodes: Vec<&doc::Episode> = incident.episodes.iter().map(|i| &parts.episodes[*i]).collect();
            let mut pools: Vec<String> = episodes.iter().map(|e| e.pool.clone()).collect();
            pools.sort();
            pools.dedup();
            let idle = episodes.iter().all(|e| e.verdict.cause == "idle");
            Some(doc::Incident {
                id: episodes.first()?.incident.clone(),
                episodes: episodes.iter().map(|e| e.id.clone()).collect(),
                from: episodes.iter().map(|e| e.from.clone()).min()?,
                to: episodes.iter().map(|e| e.to.clone()).max()?,
                pools,
                blocked_agent_s: rounded(episodes.iter().map(|e| e.blocked_agent_s).sum()),
            })
            .filter(|_| !idle)
        })
        .collect();
    all.sort_by(|a, b| b.blocked_agent_s.total_cmp(&a.blocked_agent_s).then(a.from.cmp(&b.from)).then(a.id.cmp(&b.id)));
    all
}

/// The verdict of the episode that still runs, else of the costliest; with nothing blocked, what was not seen.
pub(super) fn summary(parts: &Parts<'_>, incidents: &[doc::Incident]) -> doc::Summary {
    let Some(e) = doc::leading(&parts.episodes) else { return quiet(parts) };
    let is_running = doc::costliest(parts.episodes.iter()).is_some_and(|costliest| costliest.id != e.id);
    let more = match incidents.len() {
        0 | 1 => String::new(),
        n if is_running => format!(" It still runs; {} incidents in all.", words::count(n as u64)),
        n => format!(" This was the costliest of {} incidents.", words::count(n as u64)),
    };
    doc::Summary {
        cause: Some(e.verdict.cause.clone()),
        episode: Some(e.id.clone()),
        sentence: format!("{}{more}", e.sentence),
        counts: counts::counts(parts, &coverage(parts)),
    }
}

fn quiet(parts: &Parts<'_>) -> doc::Summary {
    let t = parts.timeline;
    let attempts: usize = t.pools.iter().map(|p| p.attempts.len()).sum();
    let refused: usize = t.pools.iter().map(|p| p.refused.len()).sum();
    let other = coverage(parts).other;
    let broken = counts::broken(parts) as u64;
    let what = match (attempts, refused) {
        (n, r) if parts.outside > 0 => format!(
            "No episode lies in the time asked for; {} outside it, and {r} of {} were refused overall.",
            lie(parts.outside),
            counted(n, "attempt")
        ),
        (n, r) if parts.not_chosen > 0 => format!(
            "No episode is the one that was asked for (--episode, --pool); {r} of {} were refused overall.",
            counted(n, "attempt")
        ),
        (0, _) if !t.snapshots_apart.is_empty() => return held::summary(t),
        (0, _) => "No attempt was found in these files.".to_owned(),
        (n, 0) if other > 0 || broken > 0 => {
            let failed = (other > 0).then(|| format!("{} failed for another reason than a limit", words::count(other)));
            let broke = (broken > 0).then(|| format!("{} broke off after admission", words::count(broken)));
            let failures: Vec<String> = failed.into_iter().chain(broke).collect();
            format!("No request was refused in {}{}; {}.", counted(n, "attempt"), covered(t), failures.join(", "))
        }
        (n, 0) => {
            let all = counted(n, "recorded request");
            format!("No request was refused: {} of {all} succeeded{}.", words::count(n as u64), covered(t))
        }
        (n, r) => format!(
            "No episode: {r} of {} refused, too few and too short to judge{}.",
            counted(n, "request"),
            covered(t)
        ),
    };
    let mut counts = counts::counts(parts, &coverage(parts));
    let unseen = unseen(parts);
    if !unseen.is_empty() {
        counts.extend(counts::silences(t));
    }
    doc::Summary { cause: None, episode: None, sentence: format!("{what}{unseen}"), counts }
}

/// `1 episode lies`, `2 episodes lie`.
fn lie(n: usize) -> String {
    format!("{} {}", counted(n, "episode"), if n == 1 { "lies" } else { "lie" })
}

/// How the data was read; also how much of it is not told.
pub(super) fn notes(parts: &Parts<'_>) -> Vec<String> {
    let mut notes = parts.timeline.notes.clone();
    for file in parts.inputs.iter().filter(|f| !f.parsed.mapped.is_empty()) {
        let pairs: Vec<String> = file.parsed.mapped.iter().map(|(field, key)| format!("{field} = {key}")).collect();
        notes.push(format!("{} was read with {}.", file.path, pairs.join(", ")));
    }
    if parts.not_chosen > 0 {
        let others = counted(parts.not_chosen, "other episode");
        notes.push(format!("{others} not asked for (--episode, --pool) and not in this report."));
    }
    if parts.outside > 0 {
        notes.push(format!(
            "{} outside the time asked for (--since, --until) and not in this report.",
            lie(parts.outside)
        ));
    }
    notes
}

/// What a quiet log may hide: how many refusals in retries that are not written, else that something is not.
fn unseen(parts: &Parts<'_>) -> String {
    let c = coverage(parts);
    let formats: Vec<&str> = (parts.inputs.iter().filter_map(|f| f.log))
        .filter(|i| !i.not_logged.is_empty())
        .map(|i| i.id)
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .collect();
    match (formats.is_empty(), c.refused_at_most - c.refused) {
        (true, _) => String::new(),
        (false, 0) => {
            format!(" {} do not record everything; what they leave out could hide refusals.", formats.join(", "))
        }
        (false, n) => {
            format!(
                " These logs do not record every retry and could hide up to {} refusals ({}).",
                words::count(n),
                formats.join(", ")
            )
        }
    }
}

/// `, A to B`: the time that the attempts cover.
fn covered(t: &Timeline) -> String {
    t.span.map_or(String::new(), |(from, to)| format!(", {} to {}", from.rfc3339(), to.rfc3339()))
}

/// What the clients of the formats seen do not write down, one sentence each.
pub(super) fn not_logged(parts: &Parts<'_>) -> Vec<String> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for file in parts.inputs {
        if let Some(info) = file.log.filter(|i| !i.not_logged.is_empty()) {
            seen.insert(info.id, info.not_logged);
        }
    }
    seen.into_iter().map(|(id, hides)| format!("{id}: {hides}")).collect()
}

pub(super) fn weights(parts: &Parts<'_>) -> doc::WeightsUsed {
    let w = parts.weights;
    let prior = w.prior_by_cause(&hypotheses(&[300, 10_080]));
    doc::WeightsUsed {
        name: w.name.clone(),
        version: w.version.clone(),
        made: w.made.clone(),
        prior: prior.into_iter().map(|(c, p)| (c.id().to_owned(), four(p))).collect(),
        note: w.note.clone(),
    }
}
