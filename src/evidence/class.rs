//! 5.1 Class of the refusals: by status, before any text. 403 may be a quota or a cap; 429 may be a balance.
//!
//! Not weighed where most refusals carry a text that names a limit: text and status are then one observation
//! (docs/METHOD.md, Evidence), and [`super::text`] makes it.

use std::collections::BTreeMap;

use super::{EpisodeContext, Kind, Observation, share_of, text};
use crate::model::{Attempt, Class, SourceRef};

/// See the module.
#[derive(Debug)]
pub(super) struct ClassOfRefusals;

/// A second class with at least this share makes the picture mixed (docs/METHOD.md, Evidence).
const MIXED_SHARE: f64 = 0.12;

impl Kind for ClassOfRefusals {
    fn id(&self) -> &'static str {
        "class"
    }

    fn bins(&self) -> &'static [&'static str] {
        &[
            "rate_limited",
            "overload",
            "network",
            "unauthorized",
            "payment",
            "forbidden",
            "local",
            "mixed",
            "mixed_answered",
            "mixed_with_5xx",
            "named",
            "unknown",
        ]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let mut by_bin: BTreeMap<&'static str, Vec<SourceRef>> = BTreeMap::new();
        for a in case.refusals().filter(|a| a.has_row() && a.class != Class::Unknown) {
            by_bin.entry(bin_of(a)).or_default().push(a.source);
        }
        let words = |bin: &'static str| words(bin, case);
        let total: usize = by_bin.values().map(Vec::len).sum();
        let mut ranked: Vec<(&'static str, Vec<SourceRef>)> = by_bin.into_iter().collect();
        ranked.sort_by_key(|(bin, sources)| (std::cmp::Reverse(sources.len()), *bin));
        let Some((first, sources)) = ranked.first() else { return Vec::new() };
        let second = ranked.get(1).map_or(0, |(_, s)| s.len());
        let mixed = second as f64 >= MIXED_SHARE * total as f64;
        let statement = if mixed {
            let parts: Vec<String> = ranked.iter().map(|(bin, s)| format!("{} {}", s.len(), words(bin))).collect();
            format!("The {}s are of several kinds: {}.", case.noun(), parts.join(", "))
        } else {
            format!("{} {}.", share_of(sources.len(), total, case.noun()), words(first))
        };
        let bin = match () {
            () if text::names_most(case)
                && matches!(*first, "rate_limited" | "forbidden" | "unauthorized" | "payment") =>
            {
                "named"
            }
            () if mixed && is_5xx_and_429(&ranked) => "mixed_with_5xx",
            () if mixed && ranked.iter().all(|(bin, _)| *bin != "network") => "mixed_answered",
            () if mixed => "mixed",
            () => *first,
        };
        let some: Vec<SourceRef> = ranked.iter().flat_map(|(_, s)| s.iter().take(2).copied()).take(6).collect();
        Observation::new(self, bin, statement, some).into_iter().collect()
    }
}

/// A provider without capacity answers with both, and with nothing else.
fn is_5xx_and_429(ranked: &[(&'static str, Vec<SourceRef>)]) -> bool {
    ranked.iter().any(|(bin, _)| *bin == "overload")
        && ranked.iter().all(|(bin, _)| matches!(*bin, "overload" | "rate_limited"))
}

fn bin_of(a: &Attempt) -> &'static str {
    match (a.class, a.status) {
        (Class::Access, Some(401)) => "unauthorized",
        (Class::Access, Some(402)) => "payment",
        (Class::Access, _) => "forbidden",
        (Class::Overload, _) => "overload",
        (Class::Network, _) => "network",
        (Class::Local, _) => "local",
        (Class::Unknown, _) => "unknown",
        _ => "rate_limited",
    }
}

/// What refusals of a bin say: their status, or what their text speaks of where the status is another or none.
fn words(bin: &'static str, case: &EpisodeContext<'_>) -> String {
    let mut statuses: Vec<Option<u16>> = case.refusals().filter(|a| bin_of(a) == bin).map(|a| a.status).collect();
    statuses.sort_unstable();
    statuses.dedup();
    let (usual, plain, about) = match bin {
        "rate_limited" => (429, "say 429", "speak of a limit"),
        "forbidden" => (403, "say 403", "speak of access or money"),
        "overload" => return "say 5xx or 529".to_owned(),
        "network" => return "got no answer".to_owned(),
        "unauthorized" => return "say 401".to_owned(),
        "payment" => return "say 402".to_owned(),
        "unknown" => return "ended in an error that names no limit".to_owned(),
        _ => return "were made on this side".to_owned(),
    };
    match statuses.as_slice() {
        [None] => format!("carry no status and {about}"),
        all if all.contains(&Some(usual)) => plain.to_owned(),
        all => {
            let named: Vec<String> = all.iter().flatten().map(u16::to_string).collect();
            format!("say {} and {about}", named.join(" or "))
        }
    }
}
