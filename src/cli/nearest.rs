//! A first word that is no path but nearly a command: a typing mistake, not a missing file.

use std::path::Path;

use clap::CommandFactory;

use super::args::Cli;

/// Most letters that may be wrong.
const TYPOS: usize = 2;

/// The command that a missing path was probably meant to be.
pub(super) fn command(path: &Path) -> Option<String> {
    let word = path.to_str()?;
    if word.len() < 4 || !word.bytes().all(|b| b.is_ascii_lowercase()) || path.symlink_metadata().is_ok() {
        return None;
    }
    let commands = Cli::command();
    let names = commands.get_subcommands().map(|c| c.get_name().to_owned());
    names
        .map(|name| (distance(word, &name), name))
        .filter(|(validation, _)| *validation <= TYPOS)
        .min()
        .map(|(_, name)| name)
}

/// The word of a list that was probably meant.
pub(super) fn word<'w>(typed: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    words.map(|w| (distance(typed, w), w)).filter(|(validation, _)| *validation <= TYPOS).min().map(|(_, w)| w)
}

/// Levenshtein's distance between two words, in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let replaced = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_mistakes_are_counted() {
        assert_eq!(distance("chekc", "check"), 2);
        assert_eq!(distance("formats", "formats"), 0);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn only_what_is_close_and_no_path_is_meant() {
        assert_eq!(command(Path::new("chekc")).as_deref(), Some("check"));
        assert_eq!(command(Path::new("format")).as_deref(), Some("formats"));
        assert_eq!(command(Path::new("logs")), None);
        assert_eq!(command(Path::new("./chekc")), None);
    }
}
