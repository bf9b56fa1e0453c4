//! A silent episode: nobody asked. It is decided by rule and has no points of its own (docs/METHOD.md, Episodes).

use super::declaration::{Declaration, Edge, Flags, bin, measured};
use super::{EpisodeContext, Observation, Values};
use crate::model::SourceRef;

measured! {
    /// A time without attempts.
    NoAttempts {
        /// Time without an attempt.
        silence_s: f64 as Seconds,
    }
}

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "no_attempts",
    topic: "no_attempts",
    bins: &[bin("silent", Edge::Any).because("nothing was refused before")],
    flags: Flags { stated: true, ..Flags::NONE },
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl Values for NoAttempts {
    const DECLARATION: &'static Declaration = &DECLARATION;
}

/// The silence of a silent episode, with the attempts around it.
pub fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let e = case.episode;
    let around = [case.pool.admission_before(e.to), case.pool.admission_after(e.from)];
    let mut sources: Vec<SourceRef> = around.into_iter().flatten().map(|a| a.source).collect();
    if sources.is_empty() {
        sources = case.pool.attempts.first().map(|a| a.source).into_iter().collect();
    }
    Observation::new(NoAttempts { silence_s: e.span_s() }, sources)
}
