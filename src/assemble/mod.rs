//! From judged episodes to the report's document.
//!
//! In: inputs, timeline, judged episodes. Out: [`Document`], with every text from a log masked. No output format is known
//! here and nothing is weighed any more.

mod agents;
mod chart;
mod counts;
mod episode;
mod facts;
mod held;
mod measured;
pub mod next;
mod overview;
mod strip;

use crate::document::{self as doc, Document};
use crate::episodes::{Incident, IsolatedRefusal};
use crate::input::InputFile;
use crate::model::{Time, Zone};
use crate::timeline::Timeline;
use crate::verdict::Weights;

/// An episode with its judgement, written out.
pub use episode::{Context, written};

/// All that a document is made of.
#[derive(Debug)]
pub struct Parts<'a> {
    /// Inputs, in path order.
    pub inputs: &'a [InputFile],
    /// Attempts per input, counted before merging.
    pub attempts_in: &'a [u64],
    /// The timeline.
    pub timeline: &'a Timeline,
    /// Episodes, by time.
    pub episodes: Vec<doc::Episode>,
    /// Episodes that are not told since they lie outside the time asked for; nights without work not counted.
    pub outside: usize,
    /// Episodes that are left out since another one or another pool was asked for.
    pub not_chosen: usize,
    /// Incidents over them.
    pub incidents: &'a [Incident],
    /// Isolated refusals.
    pub isolated_refusals: &'a [IsolatedRefusal],
    /// Weights used.
    pub weights: &'a Weights,
    /// "Now".
    pub now: Option<Time>,
    /// Zone that people read.
    pub zone: Zone,
    /// Whether an output draws pictures.
    pub charts: bool,
    /// Whether secrets are masked.
    pub redact: bool,
}

/// Makes the document. The caller filters episodes by time before.
pub fn document(parts: Parts<'_>) -> Document {
    let incidents = overview::incidents(&parts);
    let verdict = overview::summary(&parts, &incidents);
    let document = Document {
        schema: doc::SCHEMA.to_owned(),
        tool: doc::Tool { name: "why429".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
        inputs: overview::inputs(&parts),
        coverage: overview::coverage(&parts),
        pools: overview::pools(&parts),
        isolated_refusals: overview::isolated_refusals(&parts),
        verdict,
        incidents,
        notes: overview::notes(&parts),
        not_logged: overview::not_logged(&parts),
        weights: overview::weights(&parts),
        now: parts.now.map(Time::rfc3339),
        zone: parts.zone.to_string(),
        redacted: std::collections::BTreeMap::new(),
        unmasked: !parts.redact,
        elsewhere: Vec::new(),
        whole: parts.charts.then(|| chart::whole(parts.timeline)).flatten(),
        episodes: parts.episodes,
    };
    if parts.redact { document.masked() } else { document }
}

/// Seconds rounded to a thousandth.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

/// Probabilities and points rounded to four digits.
fn four(p: f64) -> f64 {
    (p * 1e4).round() / 1e4
}
