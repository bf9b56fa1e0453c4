//! The names of inputs in reports: relative to their argument, and distinct.
//!
//! In: where each file lies and under which argument. Out: one text each, with `/`, in the same order. Always: no two
//! are equal. Where two arguments give the same relative path, the files of both carry the argument's own name before
//! it (for an argument that is a file: its folder's), and more of the folders above if that is not enough.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path};

/// Folders above the argument that a name may carry. Deeper twins are numbered.
const MOST_ABOVE: usize = 8;

/// A file to be named.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// Index of its argument.
    pub argument: usize,
    /// Its path as the program reaches it.
    pub full: &'a Path,
    /// Its path below the argument.
    pub relative: &'a Path,
}

impl Named<'_> {
    fn label(&self, above: usize) -> String {
        let below = self.relative.components().count();
        if above == 0 {
            return join(self.relative);
        }
        let absolute = std::path::absolute(self.full).unwrap_or_else(|_| self.full.to_path_buf());
        let parts = names(&absolute);
        parts[parts.len().saturating_sub(below + above)..].join("/")
    }
}

fn names(path: &Path) -> Vec<String> {
    path.components()
        .filter_map(|c| match c {
            Component::Normal(name) => Some(name.to_string_lossy().into_owned()),
            _ => None,
        })
        .collect()
}

fn join(path: &Path) -> String {
    let names = names(path);
    if names.is_empty() { path.to_string_lossy().into_owned() } else { names.join("/") }
}

/// Distinct names for all files.
pub fn distinct(files: &[Named<'_>]) -> Vec<String> {
    let arguments = files.iter().map(|f| f.argument + 1).max().unwrap_or(0);
    let mut above = vec![0; arguments];
    let mut labels: Vec<String> = files.iter().map(|f| f.label(0)).collect();
    for _ in 0..MOST_ABOVE {
        let clashing = clashes(files, &labels);
        if clashing.is_empty() {
            break;
        }
        for argument in &clashing {
            above[*argument] += 1;
        }
        for (file, label) in files.iter().zip(&mut labels) {
            if clashing.contains(&file.argument) {
                *label = file.label(above[file.argument]);
            }
        }
    }
    number_twins(&mut labels);
    labels
}

/// Arguments of which a file has the same name as one of another argument.
fn clashes(files: &[Named<'_>], labels: &[String]) -> HashSet<usize> {
    let mut first: HashMap<&str, usize> = HashMap::with_capacity(labels.len());
    let mut clashing = HashSet::new();
    for (file, label) in files.iter().zip(labels) {
        let owner = *first.entry(label).or_insert(file.argument);
        if owner != file.argument {
            clashing.extend([owner, file.argument]);
        }
    }
    clashing
}

/// Numbers what is still equal: names that differ only in bytes that are not UTF-8.
fn number_twins(labels: &mut [String]) {
    let mut taken: HashSet<String> = HashSet::with_capacity(labels.len());
    let mut next: HashMap<String, usize> = HashMap::new();
    for label in labels {
        if taken.insert(label.clone()) {
            continue;
        }
        let n = next.entry(label.clone()).or_insert(1);
        loop {
            *n += 1;
            let numbered = format!("{label} ({n})");
            if taken.insert(numbered.clone()) {
                *label = numbered;
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(files: &[(usize, &str, &str)]) -> Vec<String> {
        let named: Vec<Named<'_>> = files
            .iter()
            .map(|(argument, full, relative)| Named {
                argument: *argument,
                full: Path::new(full),
                relative: Path::new(relative),
            })
            .collect();
        distinct(&named)
    }

    #[test]
    fn names_are_relative_while_they_are_distinct() {
        assert_eq!(labels(&[(0, "/h/a/x/k.log", "x/k.log"), (1, "/h/b/y.log", "y.log")]), ["x/k.log", "y.log"]);
    }

    #[test]
    fn equal_names_carry_the_argument() {
        assert_eq!(labels(&[(0, "/h/a/k.log", "k.log"), (1, "/h/b/k.log", "k.log")]), ["a/k.log", "b/k.log"]);
        // The arguments themselves have one name: another folder is needed.
        assert_eq!(
            labels(&[(0, "/h/a/logs/k.log", "k.log"), (1, "/h/b/logs/k.log", "k.log")]),
            ["a/logs/k.log", "b/logs/k.log"]
        );
        // All files of a clashing argument carry it, so that they stay together; others do not.
        assert_eq!(
            labels(&[(0, "/h/a/k", "k"), (0, "/h/a/l", "l"), (1, "/h/b/k", "k"), (2, "/h/c/m", "m")]),
            ["a/k", "a/l", "b/k", "m"]
        );
    }

    #[test]
    fn what_stays_equal_is_numbered() {
        assert_eq!(labels(&[(0, "/h/x", "x"), (0, "/h/x", "x"), (0, "/h/x", "x (2)")]), ["x", "x (2)", "x (2) (2)"]);
    }
}
