//! Where programs keep their logs in a user's home, on three systems, and the variables that move them.
//!
//! In: the system, and what the caller knows of the environment. Out: paths to look at, whether or not they are there.
//! This module looks at no disk and no environment. Sources: research/log-formats.md, each format's `lives`, and the programs' own
//! documentation of their variables.

use std::path::{Path, PathBuf};

use serde_json::Value;

mod table;

pub use table::{HOMES, HOOK};

/// A system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum System {
    /// Linux and other systems with XDG folders.
    Linux,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

/// Where one program keeps its logs. Paths begin with `~` (the user's folder) or with a variable in `%`; `/` parts them.
#[derive(Debug)]
pub struct Home {
    /// The program.
    pub program: &'static str,
    /// Variables that move its folder, the strongest first. One that is set replaces all its folders.
    pub variables: &'static [Variable],
    /// Its folders without those variables: Linux, macOS, Windows.
    pub folders: [&'static [&'static str]; 3],
    /// What is read below a folder; empty: the folder itself. A `*` matches any part of a name.
    pub below: &'static [&'static str],
    /// A file of the program's that names more places, if it has one.
    pub named: Option<Named>,
}

/// A variable of the environment that moves a program's folder.
#[derive(Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// The program's folder below the variable's value; empty: the value itself.
    pub below: &'static str,
}

/// A JSON file in a program's folder that names places outside of it.
#[derive(Debug)]
pub struct Named {
    /// The file, below the folder.
    pub file: &'static str,
    /// The keys that lead to a path; `*` matches every element of a list.
    pub keys: &'static [&'static str],
    /// What is read below such a path; empty: the path itself.
    pub below: &'static str,
}

/// A path to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The program.
    pub program: &'static str,
    /// Where. A `*` in its names matches any part of one.
    pub path: PathBuf,
    /// What said so, if it is not the program's usual place: a variable, or a file of the program's.
    pub by: Option<&'static str>,
}

/// Every path to look at, each once. `variable` answers a variable of the environment, if it is set and not empty; `document` reads
/// a JSON file, if it is there. A program whose folder depends on a missing variable has no path.
pub fn spots(
    system: System,
    variable: &dyn Fn(&str) -> Option<PathBuf>,
    document: &dyn Fn(&Path) -> Option<Value>,
) -> Vec<Spot> {
    let mut spots: Vec<Spot> = Vec::new();
    for home in HOMES {
        for (folder, by) in folders(home, system, variable) {
            let below = home.below.iter().map(|b| Spot { program: home.program, path: join(&folder, b), by });
            spots.extend(below);
            let Some(named) = &home.named else { continue };
            let settings = document(&join(&folder, named.file));
            for path in settings.iter().flat_map(|v| paths(v, named.keys)).filter_map(|p| absolute(p, system, variable))
            {
                spots.push(Spot { program: home.program, path: join(&path, named.below), by: Some(named.file) });
            }
        }
    }
    let mut seen = Vec::new();
    spots.retain(|s| {
        !seen.contains(&s.path) && {
            seen.push(s.path.clone());
            true
        }
    });
    spots
}

/// The folders of a program, each with the variable that said so.
fn folders(
    home: &Home,
    system: System,
    variable: &dyn Fn(&str) -> Option<PathBuf>,
) -> Vec<(PathBuf, Option<&'static str>)> {
    let moved = home.variables.iter().find_map(|v| Some((join(&variable(v.name)?, v.below), Some(v.name))));
    match moved {
        Some(moved) => vec![moved],
        None => {
            let usual = home.folders[system as usize].iter();
            usual.filter_map(|pattern| Some((resolve(pattern, system, variable)?, None))).collect()
        }
    }
}

/// The texts that the keys lead to.
fn paths<'v>(value: &'v Value, keys: &[&str]) -> Vec<&'v str> {
    match keys.split_first() {
        None => value.as_str().into_iter().collect(),
        Some((&"*", rest)) => value.as_array().into_iter().flatten().flat_map(|v| paths(v, rest)).collect(),
        Some((key, rest)) => value.get(key).map(|v| paths(v, rest)).unwrap_or_default(),
    }
}

/// A path that a file names. A relative one is relative to a folder that is not known here.
fn absolute(path: &str, system: System, variable: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    if let Some(below) = path.strip_prefix("~/").or_else(|| path.strip_prefix("~\\")) {
        return Some(join(&variable(user(system))?, below));
    }
    let drive = path.as_bytes();
    let is_drive = drive.first().is_some_and(u8::is_ascii_alphabetic) && drive.get(1) == Some(&b':');
    (path.starts_with('/') || (system == System::Windows && is_drive)).then(|| PathBuf::from(path))
}

fn resolve(pattern: &str, system: System, variable: &dyn Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    let (first, below) = pattern.split_once('/').unwrap_or((pattern, ""));
    let root = match first.trim_matches('%') {
        "~" => variable(user(system))?,
        name => variable(name)?,
    };
    Some(join(&root, below))
}

/// The variable that names the user's folder.
pub fn user(system: System) -> &'static str {
    if system == System::Windows { "USERPROFILE" } else { "HOME" }
}

fn join(folder: &Path, below: &str) -> PathBuf {
    below.split('/').filter(|part| !part.is_empty()).fold(folder.to_path_buf(), |path, part| path.join(part))
}

#[cfg(test)]
mod tests;
