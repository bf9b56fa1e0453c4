//! 5.7 Length of the proven span. More than 5.2 hours refutes a five-hour window, less than a minute fits a limit per
//! minute or a cap. A porous stretch is as long as the demand, and a short one that nobody probed further is as long as
//! the client's patience: neither says anything. Tied for window and account block, since the second has no model (docs/METHOD.md, Evidence).

use super::{EpisodeContext, Kind, Observation, counted, duration, hard_run};

/// See the module.
#[derive(Debug)]
pub(super) struct Length;

impl Kind for Length {
    fn id(&self) -> &'static str {
        "length"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["below_1_min", "below_5_min", "below_20_min", "below_75_min", "below_5_h", "above_5_h", "porous", "censored"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let span = case.episode.span_s();
        let bin = match span {
            _ if is_porous(case) => "porous",
            s if s < 1200.0 && is_censored(case) => "censored",
            s if s < 60.0 => "below_1_min",
            s if s < 300.0 => "below_5_min",
            s if s < 1200.0 => "below_20_min",
            s if s < 4500.0 => "below_75_min",
            s if s < 5.2 * 3600.0 => "below_5_h",
            _ => "above_5_h",
        };
        let probes = case.probes().len();
        let is_idle = !case.inflight.is_empty() && case.inflight.iter().all(|n| *n == 0);
        let statement = match case.admitted_inside().len() {
            0 if probes >= PROBES => format!(
                "None of {} in {} was admitted{}.",
                counted(probes, "separate probe"),
                duration(span),
                if is_idle { ", with nothing in flight" } else { "" }
            ),
            _ => format!(
                "{}s went on for {} ({} in {}).",
                capital(case.noun()),
                duration(span),
                counted(case.episode.refusals.len(), case.noun()),
                counted(probes, "separate probe")
            ),
        };
        let ends = [case.episode.refusals.first(), case.episode.refusals.last()];
        let ends: Vec<u32> = ends.into_iter().flatten().copied().collect();
        Observation::new(self, bin, statement, case.sources(&ends)).into_iter().collect()
    }
}

/// From so many probes on they are counted, not the refusals.
const PROBES: usize = 3;

/// First letter in upper case.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}

/// Admissions break the span into runs of less than half of it: the length is that of the demand.
fn is_porous(case: &EpisodeContext<'_>) -> bool {
    let run = hard_run::longest(case.pool, case.episode).map_or(0.0, |(run, _)| run);
    !case.admitted_inside().is_empty() && run < 0.5 * case.episode.span_s()
}

/// Nobody asked for most of the gap, or the log ends inside it: a short span is no sign of a short block.
fn is_censored(case: &EpisodeContext<'_>) -> bool {
    match (case.episode.recovery_width_s(), case.episode.first_admission_after) {
        (Some(width), Some(after)) => width > 60.0 && width > 0.5 * after.since(case.episode.from),
        _ => true,
    }
}
