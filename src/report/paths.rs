//! Paths of inputs, short enough to read beside a sentence.
//!
//! In: the paths of a document and the columns there are for one. Out: for each path a text that no other input of the
//! document has. Ids are cut to their first eight characters; then the last components are kept, as many as there is
//! room for, but never so few that another file could be meant. The document keeps full paths.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, Source};
use crate::pattern::Pattern;

/// A UUID, or another id of 32 or more hexadecimal digits. A pattern that does not compile would shorten
/// nothing; a test sees to it.
static ID: Pattern =
    Pattern::new(r"([0-9a-fA-F]{8})(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|([0-9a-fA-F]{8})[0-9a-fA-F]{24,56}");

/// The short text of every input's path.
#[derive(Debug, Default)]
pub(super) struct Paths {
    short: BTreeMap<String, String>,
}

impl Paths {
    /// For a document whose paths may take `room` columns each; a path that needs more to be told from others takes it.
    pub(super) fn of(document: &Document, room: usize) -> Self {
        Self::among(document.inputs.iter().map(|i| i.path.as_str()), room)
    }

    fn among<'p>(paths: impl IntoIterator<Item = &'p str>, room: usize) -> Self {
        let all: BTreeSet<&str> = paths.into_iter().collect();
        let cut: BTreeMap<&str, String> = all.iter().map(|p| (*p, without_long_ids(p))).collect();
        let mut files_ending_so: BTreeMap<&str, usize> = BTreeMap::new();
        for tail in cut.values().flat_map(|p| tails(p)) {
            *files_ending_so.entry(tail).or_insert(0) += 1;
        }
        let is_unique = |tail: &str| files_ending_so.get(tail) == Some(&1);
        let short = cut.iter().map(|(path, cut)| ((*path).to_owned(), shortest(path, cut, room, is_unique)));
        Self { short: short.collect() }
    }

    /// The short text of a path; the path itself when the document has no such input.
    pub(super) fn short<'a>(&'a self, path: &'a str) -> &'a str {
        self.short.get(path).map_or(path, String::as_str)
    }

    /// The first `named` sources, and how many were left out; a line that is cited twice is one source (all records of a
    /// binary file, or of a document on one line, stand on it). A line of the file before it is told by its number alone.
    pub(super) fn cited(&self, sources: &[Source], named: usize) -> (Vec<String>, usize) {
        let mut before = "";
        let mut cited = Vec::new();
        let mut seen = BTreeSet::new();
        let distinct: Vec<&Source> = sources.iter().filter(|s| seen.insert((&s.path, s.line))).collect();
        for source in distinct.iter().take(named) {
            let line = format!(":{}", source.line);
            cited.push(match (source.line, source.path == before) {
                (0, _) => self.short(&source.path).to_owned(),
                (_, true) => line,
                (_, false) => format!("{}{line}", self.short(&source.path)),
            });
            before = &source.path;
        }
        (cited, distinct.len().saturating_sub(named))
    }
}

/// The path with each long id cut to its first eight characters.
fn without_long_ids(path: &str) -> String {
    ID.replaced(path, |id| id.expand("$1$2…")).unwrap_or_else(|| path.to_owned())
}

/// A path and every shorter end of it, whole components each, the longest first.
fn tails(path: &str) -> impl Iterator<Item = &str> {
    std::iter::once(path).chain(path.match_indices('/').map(|(at, _)| &path[at + 1..]))
}

/// The longest unique end that has room, else the shortest unique one, else the full path.
fn shortest(path: &str, cut: &str, room: usize, is_unique: impl Fn(&str) -> bool) -> String {
    if !is_unique(cut) {
        return path.to_owned();
    }
    let first = cut.split_inclusive('/').next().unwrap_or_default();
    let elided = |tail: &str| {
        // The top folder tells which program wrote it; it stays where something is left out between.
        let with_top = format!("{first}…/{tail}");
        if columns(&with_top) <= room { with_top } else { format!("…/{tail}") }
    };
    let mut best = cut.to_owned();
    for tail in tails(cut) {
        if columns(&best) <= room || !is_unique(tail) {
            break;
        }
        // To leave out one short folder saves nothing.
        let candidate = if tail.len() == cut.len() { best.clone() } else { elided(tail) };
        if columns(&candidate) < columns(&best) {
            best = candidate;
        }
    }
    best
}

fn columns(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: &str = "kimi-code/sessions/wd_fleet_418ea2a6e9e4/session_4c74a842-ffa0-47a2-911e-9af9f6b22176";

    fn agent(n: usize) -> String {
        format!("{SESSION}/agents/agent-{n}/wire.jsonl")
    }

    fn short(paths: &[&str], room: usize) -> Vec<String> {
        let made = Paths::among(paths.iter().copied(), room);
        paths.iter().map(|p| made.short(p).to_owned()).collect()
    }

    #[test]
    fn ids_are_cut_and_short_paths_stay() {
        assert_eq!(ID.check(), Ok(()));
        let path = "s/202cc972ee9adfaa58e4c4893d37f2d3/acfbf3c3-c80a-44be-bd23-ef1639990218/wire.jsonl";
        assert_eq!(short(&[path, "kimi.log"], 80), ["s/202cc972…/acfbf3c3…/wire.jsonl", "kimi.log"]);
        assert_eq!(short(&["wd_fleet_418ea2a6e9e4/x"], 80), ["wd_fleet_418ea2a6e9e4/x"], "twelve digits are short");
    }

    #[test]
    fn the_middle_goes_first_and_the_end_stays() {
        let paths = [agent(1), agent(2)];
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(short(&paths, 60)[0], "kimi-code/…/session_4c74a842…/agents/agent-1/wire.jsonl");
        assert_eq!(short(&paths, 40)[0], "kimi-code/…/agents/agent-1/wire.jsonl");
        assert_eq!(short(&paths, 10)[0], "…/agent-1/wire.jsonl", "what tells it from others needs more room");
    }

    #[test]
    fn two_files_never_become_the_same_text() {
        let other = SESSION.replace("4c74a842", "5d85b953");
        let twin = SESSION.replace("9af9f6b22176", "000000000000");
        let paths =
            [agent(1), format!("{other}/agents/agent-1/wire.jsonl"), format!("{twin}/agents/agent-1/wire.jsonl")];
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        for room in [0, 20, 40, 60, 100] {
            let shortened = short(&paths, room);
            assert_eq!(BTreeSet::from_iter(&shortened).len(), 3, "{room}: {shortened:?}");
        }
        assert_eq!(short(&paths[..2], 10)[1], "…/session_5d85b953…/agents/agent-1/wire.jsonl");
    }

    #[test]
    fn lines_of_one_file_are_shown_together() {
        let source = |path: &str, line| Source { path: path.to_owned(), line };
        let paths = Paths::among(["a/kimi.log", "usage.json"], 40);
        let all =
            [source("a/kimi.log", 35), source("a/kimi.log", 99), source("usage.json", 0), source("a/kimi.log", 7)];
        assert_eq!(
            paths.cited(&all, 3),
            (vec!["a/kimi.log:35".to_owned(), ":99".to_owned(), "usage.json".to_owned()], 1)
        );
        assert_eq!(paths.cited(&all, 9).0[3], "a/kimi.log:7");
    }

    #[test]
    fn a_line_that_is_cited_again_is_one_source() {
        let paths = Paths::among(["flows.mitm", "log"], 40);
        let source = |path: &str, line| Source { path: path.to_owned(), line };
        let all = [
            source("flows.mitm", 1),
            source("flows.mitm", 1),
            source("log", 3),
            source("flows.mitm", 1),
            source("log", 4),
        ];
        assert_eq!(paths.cited(&all, 2), (vec!["flows.mitm:1".to_owned(), "log:3".to_owned()], 1));
        assert_eq!(paths.cited(&all[..2], 2).1, 0);
    }
}
