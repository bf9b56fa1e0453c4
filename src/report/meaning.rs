//! Which evidence items are about one thing: of several a short report shows the strongest.

use std::collections::BTreeSet;

use crate::document::{Episode, Evidence};

/// What an evidence item is about: of several about one thing a short report shows the strongest.
pub(super) fn topic(kind: &str) -> &str {
    match kind {
        "cap_known" | "slot_release" | "hard_run" => "slots",
        k if k.starts_with("inflight") => "slots",
        k if k.starts_with("minute") => "minute",
        "pool_meter" => "what separates",
        "admissions_inside" | "length" | "silent_share" => "length",
        "after" | "bounce" => "recovery",
        "class" | "named_text" => "text",
        "named_end" | "retry_after" => "named end",
        "window_meter" | "record_use" => "use of the window",
        other => other,
    }
}

/// Evidence from a leverage on, strongest first, the strongest of each topic.
pub(super) fn strongest(e: &Episode, side: impl Fn(&Evidence) -> f64, least: f64) -> Vec<&Evidence> {
    let mut found: Vec<&Evidence> = e.evidence.iter().filter(|x| side(x) >= least).collect();
    found.sort_by(|a, b| side(b).total_cmp(&side(a)));
    let mut seen = BTreeSet::new();
    found.retain(|x| seen.insert(topic(&x.kind)));
    found
}
