//! Why a case is not as expected, in the sentences of its report.

use crate::document::{Document, Episode, InputProblem};
use crate::wording::figures;

/// Most reasons given for one difference.
const MOST: usize = 6;

/// What could not be read: files of no known format and problems, a line each.
pub(super) fn of_reading(document: &Document) -> Vec<String> {
    let unknown = document.inputs.iter().filter(|i| i.format.is_none() && i.problems.is_empty());
    let unknown = unknown.map(|i| format!("{}: no known format.", i.path));
    // One reason in many files is one reason: a renamed field is missed in all of them.
    let mut reasons: Vec<(&InputProblem, &str, usize)> = Vec::new();
    for (path, p) in document.inputs.iter().flat_map(|i| i.problems.iter().map(|p| (i.path.as_str(), p))) {
        match reasons.iter_mut().find(|(first, ..)| first.reason == p.reason) {
            Some((.., files)) => *files += 1,
            None => reasons.push((p, path, 1)),
        }
    }
    reasons.sort_by_key(|(.., files)| std::cmp::Reverse(*files));
    let problems = reasons.iter().map(|(p, path, files)| match files {
        1 => figures::problem(path, p),
        n => format!("{} and in {} more files", figures::problem(path, p), n - 1),
    });
    let mut all: Vec<String> = problems.chain(unknown).collect();
    if all.len() > MOST {
        let rest = all.len() - MOST;
        all.truncate(MOST);
        all.push(format!("and {rest} more"));
    }
    if all.is_empty() {
        all.push("No problem was found in reading the files: they hold less than before.".to_owned());
    }
    all
}

/// The episode's own sentence, and the evidence that moved its verdict most.
pub(super) fn of_episode(e: &Episode) -> Vec<String> {
    let weighed = e.evidence.iter().filter(|x| x.strength != "context").take(MOST - 1);
    std::iter::once(e.sentence.clone()).chain(weighed.map(|x| x.statement.clone())).collect()
}

/// Why an episode is not there: what the report says of the whole log, then what could not be read.
pub(super) fn of_absence(document: &Document) -> Vec<String> {
    let mut all = vec![document.verdict.sentence.clone()];
    if !document.isolated_refusals.is_empty() {
        all.push(format!("{} isolated refusals are too few to be an episode.", document.isolated_refusals.len()));
    }
    if document.inputs.iter().any(|i| i.format.is_none() || !i.problems.is_empty()) {
        all.extend(of_reading(document));
    }
    all
}
