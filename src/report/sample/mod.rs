//! Documents made by hand, for the tests of every output. They tell stories; no stage made them.

mod others;
mod thread;

use std::collections::BTreeMap;

pub(crate) use others::{cap, outage, quiet, undetermined, weeks};
pub(crate) use thread::thread;

use crate::document::*;
use crate::model::Hypothesis;

/// Every sample with its name.
pub(crate) fn all() -> Vec<(&'static str, Document)> {
    vec![
        ("thread", thread()),
        ("cap", cap()),
        ("undetermined", undetermined()),
        ("quiet", quiet()),
        ("outage", outage()),
        ("weeks", weeks()),
    ]
}

pub(crate) const POOL: &str = "kimi-code/acct0/*";

/// A stamp of 2026-03-03 from `16:19:02`.
pub(crate) fn at(clock: &str) -> String {
    on(3, clock)
}

/// A stamp of a day of March 2026.
pub(crate) fn on(day: u32, clock: &str) -> String {
    format!("2026-03-{day:02}T{clock}.000Z")
}

pub(crate) fn source(path: &str, line: u64) -> Source {
    Source { path: path.to_owned(), line }
}

fn texts(list: &[&str]) -> Vec<String> {
    list.iter().map(|t| (*t).to_owned()).collect()
}

/// What all samples share; nothing was refused in it.
fn frame() -> Document {
    Document {
        schema: SCHEMA.to_owned(),
        tool: Tool { name: "why429".to_owned(), version: "0.1.0".to_owned() },
        inputs: vec![
            Input {
                path: "logs/kimi.log".to_owned(),
                sha256: None,
                bytes: 2_481_032,
                kind: "log".to_owned(),
                format: Some("kimi-cli-log".to_owned()),
                records: 9_117,
                attempts: 4_803,
                problems: vec![InputProblem { line: 12, reason: "the line is not UTF-8".to_owned(), count: 3 }],
            },
            Input {
                path: "usage/usages-1640.json".to_owned(),
                sha256: None,
                bytes: 412,
                kind: "snapshot".to_owned(),
                format: Some("kimi-usages".to_owned()),
                records: 1,
                attempts: 0,
                problems: vec![],
            },
        ],
        coverage: Coverage {
            from: Some(at("13:02:11")),
            to: Some(at("18:44:50")),
            attempts: 4_803,
            admitted: 3_491,
            refused: 1_312,
            other: 0,
            refused_at_most: 3_936,
            snapshots: 3,
            snapshots_unassigned: 0,
            duplicates: 204,
            fidelity: FidelityCounts { observed: 3_491, collapsed: 1_312, inferred: 0 },
            unanswered: 0,
            after_now: 0,
            agents: 45,
            unread_files: 0,
        },
        pools: vec![Pool {
            id: POOL.to_owned(),
            provider: "kimi-code".to_owned(),
            account: "acct0".to_owned(),
            models: texts(&["kimi-for-coding"]),
            attempts: 4_803,
            agents: 45,
        }],
        episodes: vec![],
        isolated_refusals: vec![],
        verdict: Summary { cause: None, episode: None, sentence: String::new(), counts: Vec::new() },
        incidents: vec![],
        notes: texts(&["kimi.log has no zone in its stamps; lined up with the wire of the same session: UTC."]),
        not_logged: texts(&["kimi-cli-log: two silent retries of the SDK behind each row, the time zone"]),
        weights: WeightsUsed {
            name: "reasoned".to_owned(),
            version: "1".to_owned(),
            made: "reasoned".to_owned(),
            prior: BTreeMap::from([("concurrency_cap".to_owned(), 0.25), ("token_window".to_owned(), 0.31)]),
            note: "Weights were set by reasoning, not fitted; the probabilities are not calibrated yet.".to_owned(),
        },
        now: None,
        zone: "UTC".to_owned(),
        redacted: BTreeMap::new(),
        unmasked: false,
        elsewhere: Vec::new(),
        whole: None,
    }
}

/// A verdict that is decided.
fn decided(cause: &str, window_minutes: Option<u32>, word: &str, probability: f64) -> Verdict {
    let group = crate::model::Cause::from_id(cause).and_then(crate::model::Cause::group);
    Verdict {
        cause: cause.to_owned(),
        window_minutes,
        confidence: word.to_owned(),
        probability,
        window_probability: window_minutes.map(|_| probability),
        between: None,
        group: group.map_or("none", crate::model::Group::id).to_owned(),
        local_limit: None,
        too_few: false,
        scope: Scope::default(),
    }
}

fn shares(list: &[(&str, f64)]) -> Vec<CauseShare> {
    let share = |(cause, probability): &(&str, f64)| CauseShare {
        cause: (*cause).to_owned(),
        probability: *probability,
        windows: vec![],
    };
    list.iter().map(share).collect()
}

/// One evidence: kind, strength, sentence, weights, sources. Weights give what it supports and is against.
fn evidence(
    id: &str,
    kind: &str,
    strength: &str,
    statement: &str,
    weights: &[(&str, f64)],
    sources: &[(&str, u64)],
) -> Evidence {
    let causes = |wanted: fn(f64) -> bool| {
        let mut list: Vec<String> = weights
            .iter()
            .filter(|(_, w)| wanted(*w))
            .map(|(key, _)| key.split('/').next().unwrap_or(key).to_owned())
            .collect();
        list.dedup();
        list
    };
    // As in an open verdict between a window and the block of unknown kind; other samples give no weight to the latter.
    let tied = weights.iter().find(|(key, _)| *key == "account_block").map_or(0.0, |(_, w)| *w);
    Evidence {
        id: id.to_owned(),
        kind: kind.to_owned(),
        statement: statement.to_owned(),
        measured: crate::document::Measured::new(),
        weights: weights.iter().map(|(k, w)| (Hypothesis::from_key(k).unwrap(), *w)).collect(),
        supports: causes(|w| w > 0.0),
        against: causes(|w| w < 0.0),
        sources: sources.iter().map(|(path, line)| source(path, *line)).collect(),
        strength: strength.to_owned(),
        bin: "hit".to_owned(),
        leverage: weights.first().map_or(0.0, |(_, w)| w - tied),
        part_of: None,
    }
}

fn fact(label: &str, value: &str) -> Fact {
    Fact { label: label.to_owned(), value: value.to_owned() }
}

/// A agent that waited.
fn agent(name: &str, refused: u64, [first, last]: [&str; 2], waited_s: f64) -> Agent {
    Agent {
        name: name.to_owned(),
        admitted: 0,
        refused,
        first_refusal: at(first),
        last_refusal: at(last),
        waited_s,
        recovered: true,
    }
}

/// The incident that holds one episode.
fn incident_of(e: &Episode) -> Incident {
    Incident {
        id: e.incident.clone(),
        episodes: vec![e.id.clone()],
        from: e.from.clone(),
        to: e.to.clone(),
        pools: vec![e.pool.clone()],
        blocked_agent_s: e.blocked_agent_s,
    }
}

/// Takes episodes into a document; the costliest gives the verdict.
fn with_episodes(mut document: Document, mut episodes: Vec<Episode>) -> Document {
    for e in &mut episodes {
        let sure = e.sentence.rfind(&format!(" ({}", e.verdict.confidence));
        e.headline = sure.map_or_else(|| e.sentence.clone(), |at| format!("{}.", &e.sentence[..at]));
    }
    document.incidents = episodes.iter().map(incident_of).collect();
    document.incidents.sort_by(|a, b| b.blocked_agent_s.total_cmp(&a.blocked_agent_s));
    if let Some(worst) = episodes.iter().max_by(|a, b| a.blocked_agent_s.total_cmp(&b.blocked_agent_s)) {
        document.verdict = Summary {
            cause: Some(worst.verdict.cause.clone()),
            episode: Some(worst.id.clone()),
            sentence: worst.sentence.clone(),
            counts: Vec::new(),
        };
    }
    document.episodes = episodes;
    document
}
