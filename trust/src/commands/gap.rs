//! Where the difference between the oracle and the table lies: by what happened to the logs, and by cause.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::ceiling::Oracle;
use crate::figures::{Judged, named};

/// Damages in the order in which an incident with several of them is counted: what misleads most first.
const DAMAGES: [&str; 9] = [
    "mislabelled_texts",
    "missing_account",
    "collapsed_retries",
    "only_ends",
    "missing_ends",
    "cut_files",
    "hidden_clients",
    "whole_seconds",
    "clock_skew",
];

/// The table: each incident in one row by damage, and in one by the cause of its first episode.
pub fn gap(oracle: &Oracle, judged: &[Judged<'_>]) -> String {
    let mut out =
        "| | incidents | the oracle is right | this table | share of the difference |\n|---|---|---|---|---|\n"
            .to_owned();
    let by_damage = |j: &Judged<'_>| {
        let found = DAMAGES.iter().position(|d| j.incident.damages.iter().any(|of| of == d));
        found.map_or((DAMAGES.len(), "none of these".to_owned()), |n| (n, DAMAGES[n].to_owned()))
    };
    let by_cause = |j: &Judged<'_>| (0, j.outcomes.first().map_or(String::new(), |o| o.truth.key()));
    rows(&mut out, oracle, judged, &by_damage);
    rows(&mut out, oracle, judged, &by_cause);
    out
}

fn rows(out: &mut String, oracle: &Oracle, judged: &[Judged<'_>], by: &dyn Fn(&Judged<'_>) -> (usize, String)) {
    let known: Vec<&Judged<'_>> = judged.iter().filter(|j| oracle.right(j.incident).is_some()).collect();
    let lost = |j: &Judged<'_>| oracle.right(j.incident).unwrap_or(0.0) - right(j);
    let whole: f64 = known.iter().map(|j| lost(j)).sum();
    let mut groups: BTreeMap<(usize, String), Vec<&Judged<'_>>> = BTreeMap::new();
    for j in known {
        groups.entry(by(j)).or_default().push(j);
    }
    for ((_, name), group) in groups {
        let n = group.len() as f64;
        let most = group.iter().filter_map(|j| oracle.right(j.incident)).sum::<f64>() / n;
        let now = group.iter().map(|j| right(j)).sum::<f64>() / n;
        let part = group.iter().map(|j| lost(j)).sum::<f64>() / whole;
        let _ = writeln!(out, "| {name} | {} | {most:.3} | {now:.3} | {:.0} % |", group.len(), part * 100.0);
    }
}

/// Share of an incident's episodes that the table gets right.
fn right(j: &Judged<'_>) -> f64 {
    named(std::slice::from_ref(j), "right").map_or(0.0, |f| f.value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::judged;
    use crate::judge::Judge;
    use crate::testing::{found, incident, truth};
    use why429::model::{Cause, Hypothesis};

    #[test]
    fn the_parts_are_the_whole() {
        // The oracle knows a cap; the rule of thumb calls an episode without admissions a window.
        let cap = |damage: &str| {
            let mut t = truth(0.0, 600.0, "a");
            t.hypothesis = Hypothesis::of(Cause::ConcurrencyCap);
            let mut i = incident(vec![t], vec![found(0.0, 600.0, "a")]);
            i.damages = vec![damage.to_owned()];
            i
        };
        let incidents = [cap("clock_skew"), cap("few_snapshots"), cap("few_snapshots"), cap("few_snapshots")];
        let table = gap(&Oracle::default(), &judged(&incidents, Judge::ThreadRule));
        assert!(table.contains("| clock_skew | 1 | 1.000 | 0.000 | 25 % |"), "{table}");
        assert!(table.contains("| none of these | 3 | 1.000 | 0.000 | 75 % |"), "{table}");
        assert!(table.contains("| concurrency_cap | 4 | 1.000 | 0.000 | 100 % |"), "{table}");
    }
}
