//! `--home`: this user's own agent folders. The one place that asks the environment where they are.
//!
//! In: environment and disk. Out: the folders to read, the zone of this machine, and lines for standard error that say
//! what was read, what was found in it, and what was left out.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use chrono::{Local, Offset};
use serde_json::Value;
use why429::document::Document;
use why429::formats::homes::{self, Spot, System};
use why429::model::Zone;

/// How far back `--home` reports when `--since` says nothing.
pub(super) const SINCE: &str = "7d";

/// Files of a program's that name more places are settings, and small.
const LARGEST_SETTINGS: u64 = 1 << 20;

/// Files named that were left out; the rest are counted.
const SKIPPED_NAMED: usize = 3;

/// Folders of this user, and those of programs that are not here.
#[derive(Debug)]
pub(super) struct Folders {
    there: Vec<Spot>,
    absent: Vec<&'static str>,
}

/// A variable of the environment that names a path.
pub(super) fn variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from)
}

/// This user's folder.
pub(super) fn user() -> Option<PathBuf> {
    variable(homes::user(system()))
}

/// Looks for the folders.
pub(super) fn look() -> Folders {
    Folders::of(homes::spots(system(), &variable, &settings))
}

/// The ledger of `why429 hook`, whether or not it is there.
pub(super) fn ledger() -> Option<PathBuf> {
    let spots = homes::spots(system(), &variable, &|_| None);
    spots.into_iter().find(|s| s.program == homes::HOOK).map(|s| s.path).filter(|p| p.is_absolute())
}

/// A JSON file, if there is one. One that cannot be read names no place, as if it were not there.
fn settings(path: &Path) -> Option<Value> {
    // A FIFO would wait for a writer that never comes.
    path.metadata().ok().filter(std::fs::Metadata::is_file)?;
    let mut text = Vec::new();
    File::open(path).ok()?.take(LARGEST_SETTINGS).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

impl Folders {
    fn of(spots: Vec<Spot>) -> Self {
        let there = spots
            .into_iter()
            .flat_map(|s| matching(&s.path).into_iter().map(move |path| Spot { program: s.program, by: s.by, path }));
        let there: Vec<Spot> = there.collect();
        let usual = homes::HOMES.iter().filter(|h| !h.folders[0].is_empty()).map(|h| h.program);
        let mut absent: Vec<&'static str> = usual.filter(|p| there.iter().all(|s| s.program != *p)).collect();
        absent.dedup();
        Self { there, absent }
    }

    /// What to read. A folder inside another one that is read is read once; the input stage sees to that.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        self.there.iter().map(|s| s.path.clone()).collect()
    }

    /// Says which folders are read and which programs have none.
    pub(super) fn notes(&self) -> Vec<String> {
        let read = self.there.iter().map(|s| {
            let by = s.by.map(|name| format!(", as {name} says")).unwrap_or_default();
            format!("reading {} ({}{by})", display(&s.path), s.program)
        });
        let mut lines: Vec<String> = read.collect();
        if !self.absent.is_empty() {
            lines.push(format!("no folder here of {}", self.absent.join(", ")));
        }
        lines
    }
}

/// The paths that are there, in order, of one whose names may have a `*`.
fn matching(pattern: &Path) -> Vec<PathBuf> {
    let mut paths = vec![PathBuf::new()];
    for part in pattern.components() {
        let name = part.as_os_str().to_string_lossy();
        match name.split_once('*').filter(|_| matches!(part, Component::Normal(_))) {
            None => paths.iter_mut().for_each(|path| path.push(part)),
            Some((begin, end)) => {
                let fits = |name: &str| {
                    name.len() >= begin.len() + end.len() && name.starts_with(begin) && name.ends_with(end)
                };
                let inside = |folder: &PathBuf| {
                    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|e| e.path());
                    entries.filter(|p| p.file_name().is_some_and(|n| fits(&n.to_string_lossy()))).collect::<Vec<_>>()
                };
                paths = paths.iter().flat_map(inside).collect();
                paths.sort();
            }
        }
    }
    paths.retain(|path| path.exists());
    paths
}

/// Says which time is reported, where nothing that was typed says it.
pub(super) fn reporting_note(since: Option<&str>) -> Option<String> {
    since.is_none().then(|| "reporting the last 7 days; --since tells otherwise".to_owned())
}

/// Says what was found in them, and what was left out. Why a file of a known kind was left out is one of its problems.
pub(super) fn summary(document: &Document) -> Vec<String> {
    let mut by_format: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    let mut unknown: Vec<&str> = Vec::new();
    let mut several = 0;
    for input in &document.inputs {
        match input.format.as_deref() {
            Some(format) => {
                let sums = by_format.entry(format).or_default();
                *sums = (sums.0 + 1, sums.1 + input.attempts);
            }
            None if input.problems.is_empty() => unknown.push(&input.path),
            None => several += 1,
        }
    }
    let line = |(format, (files, attempts)): (&str, (u64, u64))| {
        format!("found {format}: {files} {}, {attempts} attempts", if files == 1 { "file" } else { "files" })
    };
    let mut lines: Vec<String> = by_format.into_iter().map(line).collect();
    if !unknown.is_empty() {
        let (files, are) = if unknown.len() == 1 { ("file", "is") } else { ("files", "are") };
        let mut names = unknown.iter().take(SKIPPED_NAMED).copied().collect::<Vec<_>>().join(", ");
        if unknown.len() > SKIPPED_NAMED {
            names.push_str(" ...");
        }
        lines
            .push(format!("skipped {} {files} that {are} no log or usage snapshot known here: {names}", unknown.len()));
    }
    if several > 0 {
        lines.push(format!("skipped {several} more, for the reasons below"));
    }
    lines
}

fn system() -> System {
    if cfg!(windows) {
        System::Windows
    } else if cfg!(target_os = "macos") {
        System::MacOs
    } else {
        System::Linux
    }
}

/// With `~` for the user's folder: what is shown may be pasted somewhere.
fn display(path: &Path) -> String {
    let user = std::env::var_os(homes::user(system())).map(PathBuf::from);
    match user.as_deref().and_then(|u| path.strip_prefix(u).ok()) {
        Some(below) => format!("~/{}", below.display()),
        None => path.display().to_string(),
    }
}

/// The zone of this machine, for stamps that carry none: by `TZ`, else by what the system's own zone file is called, else by the offset in force now,
/// which is wrong for a log across a change of clocks.
pub(super) fn zone() -> Zone {
    let named = std::env::var("TZ").ok().and_then(|tz| Zone::parse(tz.trim_start_matches(':')));
    named
        .or_else(|| named_by(&std::fs::read_link("/etc/localtime").ok()?))
        .unwrap_or_else(|| Zone::Fixed(Local::now().offset().fix().local_minus_utc()))
}

/// The zone behind `/usr/share/zoneinfo/Europe/Vienna`.
fn named_by(link: &Path) -> Option<Zone> {
    let name = link.to_str()?.rsplit_once("zoneinfo/")?.1;
    Zone::parse(if name == "Etc/UTC" { "UTC" } else { name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_part_of_a_name() {
        let folder = tempfile::tempdir().unwrap();
        let chat = |run: &str, window: &str| format!("logs/{run}/{window}/exthost/chat");
        for path in [chat("2", "window1"), chat("1", "window2"), chat("1", "other"), "logs/3".to_owned()] {
            std::fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        let matches = |pattern: &str| -> Vec<String> {
            let name = |p: PathBuf| p.strip_prefix(folder.path()).unwrap().to_str().unwrap().replace('\\', "/");
            matching(&folder.path().join(pattern)).into_iter().map(name).collect()
        };
        assert_eq!(matches("logs/*/window*/exthost/chat"), [chat("1", "window2"), chat("2", "window1")]);
        assert_eq!(matches("logs/3"), ["logs/3"]);
        assert!(matches("logs/none").is_empty() && matches("none/*").is_empty());
    }

    #[test]
    fn the_zone_file_names_the_zone() {
        let vienna = Zone::parse("Europe/Vienna");
        assert!(vienna.is_some());
        assert_eq!(named_by(Path::new("/usr/share/zoneinfo/Europe/Vienna")), vienna);
        assert_eq!(named_by(Path::new("../usr/share/zoneinfo/Etc/UTC")), Some(Zone::UTC));
        assert_eq!(named_by(Path::new("/etc/elsewhere")), None);
    }

    #[test]
    fn programs_without_a_folder_are_named() {
        let spot = |program, path: &str| Spot { program, path: PathBuf::from(path), by: Some("KIMI_SHARE_DIR") };
        let folders = Folders::of(vec![spot("Kimi CLI", "."), spot("Codex", "/no/such/folder")]);
        assert_eq!(folders.paths(), [PathBuf::from(".")]);
        let actual = folders.notes();
        assert_eq!(actual[0], "reading . (Kimi CLI, as KIMI_SHARE_DIR says)");
        assert!(actual[1].contains("Codex") && !actual[1].contains("Kimi CLI"), "{actual:?}");
    }
}
