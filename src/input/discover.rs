//! Which files there are.
//!
//! In: the arguments. Out: one [`InputPath`] for each file or obstacle, sorted by path. Always: a
//! file that is reached twice (through links, or by overlapping arguments) is there once; nothing is opened, so a
//! FIFO cannot block; the order of the arguments does not matter.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fs::{FileType, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::WalkDir;

use super::label::{self, Named};
use crate::model::Time;

/// Where the bytes of an input are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Standard input.
    Stdin,
    /// A regular file.
    File(PathBuf),
    /// Nothing can be read; the reason, and whether that is a failure (exit code 1).
    Nowhere {
        /// Why, as a phrase.
        reason: String,
        /// A missing or forbidden file, not merely something that is no file.
        failed: bool,
    },
}

/// One input.
#[derive(Debug, Clone)]
pub struct InputPath {
    /// Path relative to its argument, with `/`.
    pub path: String,
    /// Where its bytes are.
    pub origin: Origin,
    /// Size when it was found; 0 when unknown.
    pub bytes: u64,
    /// When it was last written.
    pub modified: Option<Time>,
}

/// What identifies a file, however it is reached.
type Identity = (u64, u64, Option<PathBuf>);

/// One path that the walk met.
struct Visited {
    argument: usize,
    full: PathBuf,
    relative: PathBuf,
    through_link: bool,
    identity: Option<Identity>,
    input: InputPath,
}

/// Finds everything below the paths.
pub fn discover(paths: &[PathBuf]) -> Vec<InputPath> {
    let mut arguments: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
    arguments.sort_unstable();
    arguments.dedup();
    let mut visited = Vec::new();
    let mut stdin = false;
    for (i, argument) in arguments.iter().enumerate() {
        if argument.as_os_str() == "-" {
            stdin = true;
        } else {
            walk(i, argument, &mut visited);
        }
    }
    let visited = once_each(visited);
    let names = visited.iter().map(|m| Named { argument: m.argument, full: &m.full, relative: &m.relative });
    let labels = label::distinct(&names.collect::<Vec<_>>());
    let mut input: Vec<InputPath> =
        visited.into_iter().zip(labels).map(|(m, path)| InputPath { path, ..m.input }).collect();
    if stdin {
        input.push(InputPath { path: "-".to_owned(), origin: Origin::Stdin, bytes: 0, modified: None });
    }
    input.sort_by(|a, b| a.path.cmp(&b.path));
    input
}

fn walk(argument: usize, root: &Path, visited: &mut Vec<Visited>) {
    let mut linked_at: Option<usize> = None;
    for entry in WalkDir::new(root).follow_links(true) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                visited.extend(obstacle(argument, root, &error));
                continue;
            }
        };
        linked_at = linked_at.filter(|depth| entry.depth() > *depth);
        if entry.depth() > 0 && entry.path_is_symlink() {
            linked_at = linked_at.or(Some(entry.depth()));
        }
        if entry.file_type().is_dir() {
            continue;
        }
        let explicit = entry.depth() == 0;
        let (identity, input) = match entry.metadata() {
            Ok(metadata) => (identity(entry.path(), &metadata), input_path(entry.path(), &metadata, explicit)),
            Err(error) => (None, nowhere(io_phrase(error.io_error()), true)),
        };
        let full = entry.path().to_path_buf();
        let relative = relative(root, &full);
        visited.push(Visited { argument, full, relative, through_link: linked_at.is_some(), identity, input });
    }
}

/// The path below an argument; of an argument that is a file, its name.
fn relative(root: &Path, full: &Path) -> PathBuf {
    match full.strip_prefix(root) {
        Ok(below) if !below.as_os_str().is_empty() => below.to_path_buf(),
        _ => full.file_name().map_or_else(|| full.to_path_buf(), PathBuf::from),
    }
}

/// An obstacle to the walk. A loop of links is no obstacle: what it leads to has been seen.
fn obstacle(argument: usize, root: &Path, error: &walkdir::Error) -> Option<Visited> {
    if error.loop_ancestor().is_some() {
        return None;
    }
    let full = error.path().unwrap_or(root).to_path_buf();
    let missing = error.io_error().is_some_and(|e| e.kind() == io::ErrorKind::NotFound);
    let dangling = missing && error.depth() > 0;
    let input = if dangling {
        nowhere("a link that leads nowhere".to_owned(), false)
    } else {
        nowhere(io_phrase(error.io_error()), true)
    };
    let relative = relative(root, &full);
    Some(Visited { argument, full, relative, through_link: false, identity: None, input })
}

fn io_phrase(error: Option<&io::Error>) -> String {
    match error.map(io::Error::kind) {
        Some(io::ErrorKind::NotFound) => "not found".to_owned(),
        Some(kind) => format!("cannot be read ({kind})"),
        None => "cannot be read".to_owned(),
    }
}

fn nowhere(reason: String, failed: bool) -> InputPath {
    InputPath { path: String::new(), origin: Origin::Nowhere { reason, failed }, bytes: 0, modified: None }
}

fn input_path(path: &Path, metadata: &Metadata, explicit: bool) -> InputPath {
    if !metadata.is_file() {
        let what = special(metadata.file_type());
        let hint = if explicit { "; give it as standard input (-)" } else { "" };
        return nowhere(format!("{what}, not a regular file; not read{hint}"), explicit);
    }
    let modified = metadata.modified().ok().and_then(|m| m.duration_since(UNIX_EPOCH).ok());
    InputPath {
        path: String::new(),
        origin: Origin::File(path.to_path_buf()),
        bytes: metadata.len(),
        modified: modified.and_then(|d| Time::from_secs(d.as_secs_f64())),
    }
}

#[cfg(unix)]
fn special(kind: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn special(_: FileType) -> &'static str {
    "a device"
}

#[cfg(unix)]
fn identity(_: &Path, metadata: &Metadata) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino(), None))
}

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> Option<Identity> {
    path.canonicalize().ok().map(|p| (0, 0, Some(p)))
}

/// Keeps one of the paths that lead to the same file: one without links before one through a link, then the one that
/// shows more of the folders around it (they carry session ids), then the first.
fn once_each(mut visited: Vec<Visited>) -> Vec<Visited> {
    visited.sort_by_cached_key(|m| {
        (m.through_link, Reverse(m.relative.components().count()), m.relative.clone(), m.argument)
    });
    let mut seen: HashMap<Identity, ()> = HashMap::with_capacity(visited.len());
    let mut nowhere: HashMap<PathBuf, ()> = HashMap::new();
    visited.retain(|m| match &m.identity {
        Some(identity) => seen.insert(identity.clone(), ()).is_none(),
        None => nowhere.insert(m.full.clone(), ()).is_none(),
    });
    visited
}

#[cfg(test)]
#[path = "discover_tests.rs"]
mod tests;
