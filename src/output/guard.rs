//! Says whether an output would overwrite an input.
//!
//! In: the paths that a run reads and the paths it writes. Out: the first output that is one of the discovered files,
//! whichever way it is spelt or linked: files are compared by device and inode.

use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// Files that SQLite keeps beside a database, by the end of their names.
const BESIDE_A_DATABASE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// What identifies a file, however it is reached.
#[cfg(unix)]
type Identity = (u64, u64);
#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(unix)]
fn identity(path: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|m| (m.dev(), m.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<Identity> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).and_then(|_| path.canonicalize().ok())
}

/// The first of `outputs` that is among the files which reading `inputs` would find, and the path of that input.
/// Standard input counts where it is a file.
pub fn overwritten(inputs: &[PathBuf], outputs: &[PathBuf]) -> Option<(PathBuf, PathBuf)> {
    // An output that is no file yet cannot be an input; nearly always that ends the search.
    let there: Vec<(&PathBuf, Identity)> =
        outputs.iter().flat_map(|o| also(o).into_iter().filter_map(move |p| Some((o, identity(&p)?)))).collect();
    if there.is_empty() {
        return None;
    }
    let hit = |path: &Path| {
        let found = identity(path)?;
        there.iter().find(|(_, id)| *id == found).map(|(output, _)| ((*output).clone(), path.to_owned()))
    };
    inputs.iter().find_map(|input| {
        if input.as_os_str() == "-" {
            return hit(Path::new("/dev/stdin")).map(|(output, _)| (output, input.clone()));
        }
        let files = WalkDir::new(input).follow_links(true).into_iter().flatten();
        files.filter(|e| !e.file_type().is_dir()).find_map(|e| hit(e.path()))
    })
}

/// A path, and the database that it is a companion of.
fn also(output: &Path) -> Vec<PathBuf> {
    let name = output.as_os_str().to_string_lossy();
    let database = BESIDE_A_DATABASE.iter().find_map(|end| name.strip_suffix(end)).map(PathBuf::from);
    std::iter::once(output.to_owned()).chain(database).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_input_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("w")).unwrap();
        fs::write(at("w/in.jsonl"), "{}").unwrap();
        fs::write(at("w/c.db"), "{}").unwrap();
        fs::write(at("other"), "{}").unwrap();
        fs::hard_link(at("w/in.jsonl"), at("hard")).unwrap();
        for spelt in ["w/in.jsonl", "w/../w/in.jsonl", "hard", "w/c.db-wal"] {
            let found = overwritten(&[at("other"), at("w")], &[at("new"), at(spelt)]);
            assert_eq!(found.map(|(output, _)| output), Some(at(spelt)), "{spelt}");
        }
        for fine in ["new", "w/new", "w"] {
            assert_eq!(overwritten(&[at("w")], &[at(fine)]), None, "{fine}");
        }
        assert_eq!(overwritten(&[at("w/in.jsonl")], &[at("other")]), None);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_on_both_sides() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("in.jsonl"), "{}").unwrap();
        fs::create_dir(at("w")).unwrap();
        std::os::unix::fs::symlink("../in.jsonl", at("w/soft")).unwrap();
        std::os::unix::fs::symlink("in.jsonl", at("to")).unwrap();
        for output in ["in.jsonl", "to", "w/soft"] {
            assert!(overwritten(&[at("w")], &[at(output)]).is_some(), "{output}");
        }
    }
}
