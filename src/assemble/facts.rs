//! What every reader asks for, not weighed: in-flight, freed slots, silence, snapshots (docs/METHOD.md, Definitions). Brackets and
//! counts stand in fields of their own.

use std::collections::BTreeSet;

use crate::document::Fact;
use crate::episodes::EpisodeKind;
use crate::evidence::{EpisodeContext, Release};
use crate::verdict::Judged;
use crate::verdict::estimates::Estimates;
use crate::wording::numbers::duration;

pub(super) fn facts(case: &EpisodeContext<'_>, judged: &Judged, estimates: &Estimates) -> Vec<Fact> {
    let mut facts: Vec<(&str, String)> = Vec::new();
    if case.episode.kind == EpisodeKind::Refused {
        facts.extend(not_logged(case).map(|value| ("known from a later retry", value)));
        facts.extend(in_flight(case, estimates));
        facts.extend(silence(case).map(|value| ("silent share", value)));
    }
    facts.extend(readings(case, judged).map(|value| ("usage snapshots of this pool", value)));
    facts.into_iter().map(|(label, value)| Fact { label: label.to_owned(), value }).collect()
}

fn in_flight(case: &EpisodeContext<'_>, estimates: &Estimates) -> Vec<(&'static str, String)> {
    let missing = case.pool.flight.missing * 100.0;
    if !case.pool.flight.usable {
        let why = match case.pool.flight.missing {
            m if m > 0.0 => format!("{missing:.0} % of the admitted requests have no known end"),
            _ => "no request was admitted in these logs".to_owned(),
        };
        return vec![("in flight", format!("not usable: {why}"))];
    }
    let mut inflight = case.inflight.clone();
    inflight.sort_unstable();
    let mut facts = Vec::new();
    if let (Some(low), Some(high)) = (inflight.first(), inflight.last()) {
        let middle = inflight[inflight.len() / 2];
        let together = case.meters.feasible;
        // More than the cap were in flight only where ends are late or computed: then the number says nothing.
        let is_known = estimates.cap.and_then(|c| c.high).is_none_or(|most| together <= most);
        let together = if is_known { format!("; at most {together} admitted together") } else { String::new() };
        facts.push(("in flight at refusals", format!("{low} least, {middle} median, {high} most{together}")));
    }
    if missing >= 0.5 {
        facts.push(("ends not known", format!("{missing:.0} % of the admitted requests")));
    }
    let Release { a, b, c, d } = Release::of(case);
    facts.push((
        "attempts after a freed slot",
        format!("{a} admitted, {b} refused; with none freed {c} admitted, {d} refused"),
    ));
    facts
}

/// Refusals that no row tells: what they answered is not known.
fn not_logged(case: &EpisodeContext<'_>) -> Option<String> {
    let (not_logged, all) = (case.not_logged(), case.episode.refusals.len());
    (not_logged > 0).then(|| format!("{not_logged} of the {all} refusals have no row of their own, nor status or text"))
}

/// How much of the time from the first refusal to the recovery nobody probed at its end.
fn silence(case: &EpisodeContext<'_>) -> Option<String> {
    let e = case.episode;
    let (after, width) = (e.first_admission_after?, e.recovery_width_s()?);
    let whole = after.since(e.from);
    let share = if whole > 0.0 { width / whole } else { 0.0 };
    let share = (share * 100.0).round();
    // Less than half a percent is no silence.
    (share >= 1.0).then(|| {
        format!("no request in the last {share:.0} % of the {} from first refusal to recovery", duration(whole))
    })
}

/// How many snapshots there are, and how many of them the verdict rests on.
fn readings(case: &EpisodeContext<'_>, judged: &Judged) -> Option<String> {
    let (all, dated) = (&case.shared.snapshots, case.shared.dated);
    if all.is_empty() {
        return None;
    }
    let cited = judged.scored.iter().filter(|s| !s.points.is_empty()).flat_map(|s| &s.observation.sources);
    let used = cited.filter(|s| all.binary_search(s).is_ok()).collect::<BTreeSet<_>>().len();
    let dated = if dated == all.len() { "all dated".to_owned() } else { format!("{dated} of them dated") };
    Some(format!("{}, {dated}, {used} used as evidence", all.len()))
}
