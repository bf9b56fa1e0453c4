//! Evidence sorted for people: what speaks for the verdict, what against it, and what only describes.
//!
//! In: one episode. Out: its evidence in three lists by [`Evidence::leverage`], the strongest first; of several about one
//! thing the one that stands for all (`crate::verdict::reasons`).

use crate::document::{Episode, Evidence};
use crate::model::{Cause, Hypothesis};
use crate::verdict::TELLS;
use crate::wording::words;

/// Points against a third cause from which evidence that does not tell the first two apart is worth reading.
const EXCLUDES: f64 = -0.3;
/// Entries shown of each list: a page that is read, not a protocol.
const SHOWN: [usize; 3] = [6, 4, 3];

/// One list with its heading.
#[derive(Debug)]
pub(super) struct List<'d> {
    /// Heading.
    pub(super) heading: String,
    /// What it is to the verdict.
    pub(super) mark: Mark,
    /// Entries, strongest first.
    pub(super) evidence: Vec<&'d Evidence>,
}

/// What a list is to the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    /// For the first cause.
    For,
    /// Against it, or for the second.
    Against,
    /// Weighs nothing between the two.
    Context,
}

impl List<'_> {
    /// How many entries a page shows that does not show all.
    pub(super) fn shown(&self) -> usize {
        let most = SHOWN[self.mark as usize];
        match self.mark {
            Mark::Context => self.evidence.iter().filter(|x| strongest_against(x) <= EXCLUDES).count().min(most),
            _ => self.evidence.len().min(most),
        }
    }
}

/// The lists of an episode: for, against, context. The first two are always there, perhaps empty.
pub(super) fn lists(e: &Episode) -> Vec<List<'_>> {
    let open = e.verdict.between.as_ref().is_some_and(|b| b.len() >= 2);
    let (first, second) = words::first_two(e);
    let chosen = |mark: Mark| {
        let mut of_it: Vec<&Evidence> = e.evidence.iter().filter(|x| side(x) == mark && x.part_of.is_none()).collect();
        of_it.sort_by(|a, b| b.leverage.abs().total_cmp(&a.leverage.abs()));
        of_it
    };
    let name = |h: Hypothesis| words::cause(h.cause.id(), h.window_minutes);
    let (pro, contra, context) = match second.filter(|_| open) {
        Some(second) => (
            format!("Points to the first, {}", name(first)),
            format!("Points to the second, {}", name(second)),
            "Does not tell these two apart".to_owned(),
        ),
        None => ("Evidence for".to_owned(), "Evidence against".to_owned(), "Also seen, decides nothing".to_owned()),
    };
    let mut beside = chosen(Mark::Context);
    beside.sort_by(|a, b| strongest_against(a).total_cmp(&strongest_against(b)));
    vec![
        List { heading: pro, mark: Mark::For, evidence: chosen(Mark::For) },
        List { heading: contra, mark: Mark::Against, evidence: chosen(Mark::Against) },
        List { heading: context, mark: Mark::Context, evidence: beside },
    ]
}

fn side(evidence: &Evidence) -> Mark {
    match evidence.leverage {
        l if l >= TELLS => Mark::For,
        l if l <= -TELLS => Mark::Against,
        _ => Mark::Context,
    }
}

/// The lowest of its weights among the causes that its sentence speaks against: how much it excludes one.
fn strongest_against(evidence: &Evidence) -> f64 {
    excluded(evidence).map_or(0.0, |(_, w)| w)
}

fn excluded(evidence: &Evidence) -> Option<(Hypothesis, f64)> {
    let against = |h: &Hypothesis| evidence.against.iter().any(|id| id == h.cause.id());
    evidence.weights.iter().filter(|(h, _)| against(h)).min_by(|a, b| a.1.total_cmp(&b.1))
}

/// How strong an entry is, in words. Context says what it excludes instead, if anything.
pub(super) fn strength(evidence: &Evidence, mark: Mark) -> String {
    if mark != Mark::Context {
        return evidence.strength.clone();
    }
    let lowest = excluded(evidence).filter(|(_, w)| *w <= EXCLUDES);
    match lowest.map(|(h, _)| h) {
        Some(Hypothesis { cause: Cause::TokenWindow, window_minutes }) => {
            format!("excludes: {}", words::cause(Cause::TokenWindow.id(), window_minutes))
        }
        Some(h) => format!("excludes: {}", words::cause(h.cause.id(), None)),
        None => "no weight".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn kinds(e: &Episode) -> Vec<Vec<&str>> {
        lists(e).iter().map(|l| l.evidence.iter().map(|x| x.kind.as_str()).collect()).collect()
    }

    #[test]
    fn a_decided_episode_is_sorted_by_its_cause() {
        let document = sample::thread();
        let sorted = kinds(&document.episodes[0]);
        assert_eq!(sorted[0][0], "snapshot_in_gap");
        assert_eq!(sorted[1], ["length"]);
        assert_eq!(sorted[2], ["named_text"]);
    }

    #[test]
    fn an_open_episode_is_sorted_by_what_tells_the_two_apart() {
        let document = sample::undetermined();
        let sorted = kinds(&document.episodes[0]);
        assert_eq!(sorted[0], ["reset"]);
        assert_eq!(sorted[1], ["win_meter"]);
        assert_eq!(sorted[2], ["release"], "excludes the cap, tells the two nothing");
        let context = &lists(&document.episodes[0])[2];
        assert_eq!(strength(context.evidence[0], Mark::Context), "excludes: concurrency cap");
        assert_eq!(context.shown(), 1);
    }

    #[test]
    fn a_page_shows_six_for_and_four_against() {
        let mut e = sample::thread().episodes.remove(0);
        let one = e.evidence[0].clone();
        let with = |leverage: f64| Evidence { leverage, ..one.clone() };
        e.evidence = [0.9; 8].into_iter().chain([-0.2; 5]).chain([0.04, -0.04]).map(with).collect();
        let counts: Vec<(usize, usize)> = lists(&e).iter().map(|l| (l.evidence.len(), l.shown())).collect();
        assert_eq!(counts[..2], [(8, 6), (5, 4)]);
        assert_eq!(counts[2].0, 2, "less than 0.05 either way is context");
    }
}
