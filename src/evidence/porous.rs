//! Admissions inside the span. Weak on its own: nine in ten rolling windows let some through as tokens age out, and a
//! cap with one slot lets none through for half an hour (docs/METHOD.md, Evidence).

use super::{EpisodeContext, Kind, Observation, counted, duration};

/// See the module.
#[derive(Debug)]
pub(super) struct Porous;

impl Kind for Porous {
    fn id(&self) -> &'static str {
        "admissions_inside"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["none", "few", "many"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let probes = case.probes().len();
        if probes < 3 {
            return Vec::new();
        }
        let inside = case.admitted_inside();
        let bin = match inside.len() {
            0 => "none",
            n if n * 5 < probes => "few",
            _ => "many",
        };
        let statement = match inside.len() {
            0 => format!(
                "None of {} in {} was admitted.",
                counted(probes, "separate probe"),
                duration(case.episode.span_s())
            ),
            n => format!(
                "{} {} admitted between the first and the last of {}.",
                counted(n, "request"),
                if n == 1 { "was" } else { "were" },
                counted(case.episode.refusals.len(), case.noun())
            ),
        };
        let mut sources = case.sources(inside);
        sources.truncate(3);
        sources.extend(case.refusal_sources().into_iter().take(3));
        Observation::new(self, bin, statement, sources).into_iter().collect()
    }
}
