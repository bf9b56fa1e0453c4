//! Which found episode tells which true one: the one with most overlap in time, of the same account if one is named.

use why429::model::Time;

use crate::model::{FoundEpisode, TrueEpisode};

/// Stamps of a log may be off by so much either way, in seconds, before an overlap is lost.
const SLACK_S: f64 = 60.0;

/// For each true episode the found one with most overlap, and how many refused ones overlap none.
pub fn pair(truths: &[TrueEpisode], found: &[FoundEpisode]) -> (Vec<Option<usize>>, usize) {
    let told_by = truths
        .iter()
        .map(|t| {
            let candidates = found.iter().enumerate().filter(|(_, f)| counts(f) && may_be(t, f));
            let best = candidates.max_by(|(i, a), (j, b)| overlap_s(t, a).total_cmp(&overlap_s(t, b)).then(j.cmp(i)));
            best.map(|(i, _)| i)
        })
        .collect();
    let extra = found.iter().filter(|f| counts(f) && !truths.iter().any(|t| may_be(t, f))).count();
    (told_by, extra)
}

/// A silence that is told as idle says that nothing was blocked.
fn counts(f: &FoundEpisode) -> bool {
    f.refused || f.shares.causes().first().is_some_and(|(c, _)| *c != why429::model::Cause::Idle)
}

fn may_be(t: &TrueEpisode, f: &FoundEpisode) -> bool {
    (f.account == "-" || t.account.is_empty() || f.account == t.account) && overlap_s(t, f) > 0.0
}

/// Seconds of overlap, with slack on either side.
fn overlap_s(t: &TrueEpisode, f: &FoundEpisode) -> f64 {
    let from: Time = t.from.max(f.from);
    let to: Time = t.to.min(f.to);
    to.since(from) + SLACK_S
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{found, truth};

    #[test]
    fn the_longer_overlap_tells_the_episode() {
        let truths = [truth(1000.0, 5000.0, "a")];
        let told = [found(0.0, 1500.0, "a"), found(1600.0, 5200.0, "a")];
        assert_eq!(pair(&truths, &told), (vec![Some(1)], 0));
    }

    #[test]
    fn another_account_tells_nothing_and_no_account_tells_any() {
        let truths = [truth(1000.0, 5000.0, "a")];
        assert_eq!(pair(&truths, &[found(1000.0, 5000.0, "b")]), (vec![None], 1));
        assert_eq!(pair(&truths, &[found(1000.0, 5000.0, "-")]), (vec![Some(0)], 0));
    }

    #[test]
    fn a_minute_of_skew_is_forgiven_and_no_more() {
        let truths = [truth(1000.0, 1000.0, "a")];
        assert_eq!(pair(&truths, &[found(1059.0, 1100.0, "a")]).0, vec![Some(0)]);
        assert_eq!(pair(&truths, &[found(1061.0, 1100.0, "a")]), (vec![None], 1));
    }
}
