//! What every reader asks for, not weighed: brackets, counts, in-flight, snapshots used (method, section 8).

use crate::evidence::{Case, Release, counted, duration};
use crate::episodes::EpisodeKind;
use crate::report::document::Fact;

pub(super) fn facts(case: &Case<'_>) -> Vec<Fact> {
    let e = case.episode;
    let mut facts = Vec::new();
    let mut add = |label: &str, value: String| facts.push(Fact { label: label.to_owned(), value });
    if e.kind == EpisodeKind::Silent {
        return facts;
    }
    add("proven blocked", format!("{} to {} ({})", e.from.rfc3339(), e.to.rfc3339(), duration(e.span_s())));
    add(
        "onset bracket",
        e.last_admission_before.map_or_else(
            || "the log begins inside the block".to_owned(),
            |t| format!("({}, {}], {}", t.rfc3339(), e.from.rfc3339(), duration(e.from.since(t))),
        ),
    );
    add(
        "recovery bracket",
        e.first_admission_after.map_or_else(
            || "the log ends inside the block".to_owned(),
            |t| format!("({}, {}], {}", e.to.rfc3339(), t.rfc3339(), duration(t.since(e.to))),
        ),
    );
    add(
        "refusals",
        format!("{} in {} 20 s or more apart", e.refusals.len(), counted(case.probes().len(), "probe")),
    );
    if case.pool.flight.usable {
        let mut inflight = case.inflight.clone();
        inflight.sort_unstable();
        if let (Some(low), Some(high)) = (inflight.first(), inflight.last()) {
            let middle = inflight[inflight.len() / 2];
            add(
                "in flight at refusals",
                format!("{low} least, {middle} median, {high} most; {} were once admitted together", case.meters.feasible),
            );
        }
        let r = Release::of(case);
        add(
            "slot release",
            format!("freed and admitted {}, freed and refused {}, none freed and admitted {}, none freed and refused {}", r.a, r.b, r.c, r.d),
        );
    } else {
        add(
            "in flight",
            format!("not usable: {:.0} % of the admitted attempts have no known end", case.pool.flight.missing * 100.0),
        );
    }
    let dated = case.pool.snapshots.partition_point(|s| s.captured.is_some());
    if !case.pool.snapshots.is_empty() {
        add("snapshots", format!("{} of this pool, {dated} dated", case.pool.snapshots.len()));
    }
    facts
}
