//! Evidence sorted for people: what speaks for the verdict, what against it, and what only describes.
//!
//! In: one episode. Out: its evidence in up to three lists, each in the document's order, which is that of weight.

use super::document::{Episode, Evidence};
use super::words;
use crate::model::Hypothesis;

/// A difference in weight below this, in log10 points, tells two causes apart no better than a coin: 10^0.1 is 1.26.
const TELLS_APART: f64 = 0.1;

/// One list with its heading.
#[derive(Debug)]
pub(super) struct List<'d> {
    /// Heading.
    pub(super) heading: String,
    /// Mark before each entry.
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

/// The lists of an episode: for, against, context. The first two are always there, perhaps empty.
pub(super) fn lists(e: &Episode) -> Vec<List<'_>> {
    let open = e.verdict.between.as_ref().is_some_and(|b| b.len() >= 2);
    let (first, second) = words::first_two(e);
    let side = |evidence: &Evidence| if open { by_weight(e, evidence) } else { by_cause(first, evidence) };
    let chosen = |mark: Mark| e.evidence.iter().filter(|x| side(x) == mark).collect::<Vec<_>>();
    let name = |h: Hypothesis| words::cause(h.cause.id(), h.window_minutes);
    let (pro, contra, context) = match second.filter(|_| open) {
        Some(second) => (
            format!("Speaks for the first, {}", name(first)),
            format!("Speaks for the second, {}", name(second)),
            "Does not tell these two apart".to_owned(),
        ),
        None => ("Evidence for".to_owned(), "Evidence against".to_owned(), "Also seen, decides nothing".to_owned()),
    };
    vec![
        List { heading: pro, mark: Mark::For, evidence: chosen(Mark::For) },
        List { heading: contra, mark: Mark::Against, evidence: chosen(Mark::Against) },
        List { heading: context, mark: Mark::Context, evidence: chosen(Mark::Context) },
    ]
}

fn by_cause(first: Hypothesis, evidence: &Evidence) -> Mark {
    let names = |list: &[String]| list.iter().any(|c| c == first.cause.id());
    if evidence.strength == "context" || (evidence.supports.is_empty() && evidence.against.is_empty()) {
        return Mark::Context;
    }
    // A reading can be for one window and against another: the cause's name stands in both lists then.
    let is_for = match evidence.weights.get(&first.key()) {
        Some(weight) if *weight != 0.0 => *weight > 0.0,
        _ if names(&evidence.against) => false,
        // What speaks against a rival, and for nobody, helps the first cause.
        _ => names(&evidence.supports) || evidence.supports.is_empty(),
    };
    if is_for { Mark::For } else { Mark::Against }
}

fn by_weight(e: &Episode, evidence: &Evidence) -> Mark {
    let (first, second) = words::first_two(e);
    let weight = |h: Hypothesis| evidence.weights.get(&h.key()).copied().unwrap_or(0.0);
    let difference = weight(first) - second.map_or(0.0, weight);
    if evidence.strength == "context" || difference.abs() < TELLS_APART {
        Mark::Context
    } else if difference > 0.0 {
        Mark::For
    } else {
        Mark::Against
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn kinds(e: &Episode) -> Vec<Vec<&str>> {
        lists(e).iter().map(|l| l.evidence.iter().map(|x| x.kind.as_str()).collect()).collect()
    }

    #[test]
    fn a_decided_episode_is_sorted_by_its_cause() {
        let document = sample::thread();
        let sorted = kinds(&document.episodes[0]);
        assert_eq!(sorted[0][0], "snapshot_in_gap");
        assert_eq!(sorted[1], ["length"]);
        assert_eq!(sorted[2], ["text"]);
    }

    #[test]
    fn an_open_episode_is_sorted_by_what_tells_the_two_apart() {
        let document = sample::undetermined();
        let sorted = kinds(&document.episodes[0]);
        assert_eq!(sorted[0], ["reset"]);
        assert_eq!(sorted[1], ["win_meter"]);
        assert!(sorted[2].contains(&"release"), "excludes the cap, tells the two nothing");
    }
}
