//! `--ticket DIR`: writes the pack whole or not at all.
//!
//! The files are made in a folder beside DIR, which takes its name when all of them are there. What is in DIR is
//! replaced only with `--force`, and only when it is a pack.

use std::cell::RefCell;
use std::fs;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use why429::document::Document;
use why429::output::{self, scratch::Kept};
use why429::pipeline::Analysis;
use why429::privacy::accounts::Accounts;
use why429::privacy::shared::Pseudonyms;
use why429::report::json;
use why429::report::ticket::{self, FILES};
use why429::timeline;

/// Writes the pack.
///
/// # Errors
/// A sentence that says what was not written, and why. Then DIR is as it was, and nothing else is left.
pub(super) fn write(dir: &Path, force: bool, document: &Document, analysis: &Analysis) -> Result<(), String> {
    // Where DIR is a link, the pack takes the place of what it points to, and the link stays.
    let dir = &dir.canonicalize().ok().filter(|_| dir.is_symlink()).unwrap_or_else(|| dir.to_owned());
    may_write(dir, force)?;
    let parent = parent(dir);
    let missing: Vec<&Path> = parent.ancestors().take_while(|p| !p.as_os_str().is_empty() && !p.exists()).collect();
    let made = made(dir, force, document, analysis);
    if made.is_err() {
        // Only folders that were not there, and only while they are empty; the first error is the one reported.
        missing.iter().for_each(|p| drop(fs::remove_dir(p)));
    }
    made
}

fn made(dir: &Path, force: bool, document: &Document, analysis: &Analysis) -> Result<(), String> {
    fs::create_dir_all(parent(dir)).map_err(|e| format!("{}: {e}", parent(dir).display()))?;
    let beside = beside(dir)?;
    let _kept = Kept::new(beside.path());
    // When anything fails, the half of a pack that is there goes with `beside`.
    fill(beside.path(), document, analysis)?;
    take_place(beside.path(), dir, force)
}

fn parent(dir: &Path) -> &Path {
    dir.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Refuses where something else is in the way.
fn may_write(dir: &Path, force: bool) -> Result<(), String> {
    if !dir.exists() && dir.symlink_metadata().is_err() {
        return Ok(());
    }
    let entries = fs::read_dir(dir).map_err(|e| format!("{}: not a folder that can be read: {e}", dir.display()))?;
    let names: Vec<String> = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    let is_pack = names.iter().all(|n| FILES.contains(&n.as_str()) && dir.join(n).is_file());
    match (names.is_empty(), is_pack, force) {
        (true, _, _) | (false, true, true) => Ok(()),
        (false, true, false) => Err(format!("{} holds a pack already; --force replaces it", dir.display())),
        (false, false, _) => Err(format!("{} holds other files; give a folder of its own", dir.display())),
    }
}

/// A new folder beside DIR, on the same file system. Its name is random, so one that an ended run left is in nobody's way.
fn beside(dir: &Path) -> Result<TempDir, String> {
    let name = dir.file_name().ok_or_else(|| format!("{}: give a folder with a name", dir.display()))?;
    let mut builder = tempfile::Builder::new();
    let prefix = format!(".{}.new-", name.to_string_lossy());
    builder.prefix(&prefix);
    #[cfg(unix)]
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o777);
    #[cfg(unix)]
    builder.permissions(mode);
    builder.tempdir_in(parent(dir)).map_err(|e| format!("{}: not written: {e}", dir.display()))
}

fn fill(folder: &Path, document: &Document, analysis: &Analysis) -> Result<(), String> {
    for file in ticket::texts(document)? {
        output::write_bytes(&folder.join(file.name), file.text.as_bytes())
            .map_err(|e| format!("{}: {e}", file.name))?;
    }
    let unmasked = analysis.document.unmasked;
    // The table has the same names as the reports: they are given in the order of the document.
    let mut pseudonyms = Pseudonyms::of(&analysis.document);
    json(&folder.join("report.json"), &pseudonyms.document(analysis.document.clone()))
        .map_err(|e| format!("report.json: {e}"))?;
    let pseudonyms = RefCell::new(pseudonyms);
    let accounts = Accounts::of(analysis.timeline.pools.iter().map(|p| (p.id.as_str(), p.account.as_str())));
    let mask = |column, text: &str| match unmasked {
        true => text.to_owned(),
        false => pseudonyms.borrow_mut().column(column, &accounts.masked_column(column, text)),
    };
    timeline::export(&analysis.timeline, &folder.join("timeline.csv"), &mask).map_err(|e| e.to_string())?;
    let mut sums = String::new();
    for name in FILES.iter().filter(|n| **n != "SHA256SUMS") {
        let bytes = fs::read(folder.join(name)).map_err(|e| format!("{name}: {e}"))?;
        let hash: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
        sums.push_str(&format!("{hash}  {name}\n"));
    }
    output::write_bytes(&folder.join("SHA256SUMS"), sums.as_bytes()).map_err(|e| format!("SHA256SUMS: {e}"))
}

fn json(path: &Path, document: &Document) -> io::Result<()> {
    output::write(path, &mut |out| json::write(document, out))
}

/// Puts the made folder in the place of DIR; what was there goes last, so that there is always one of the two.
fn take_place(made: &Path, dir: &Path, force: bool) -> Result<(), String> {
    let failed = |e: io::Error| format!("{}: not written: {e}", dir.display());
    // An empty folder gives way. What another run put there meanwhile does not, unless it may be replaced.
    if !dir.exists() || fs::remove_dir(dir).is_ok() {
        return fs::rename(made, dir).map_err(failed);
    }
    may_write(dir, force)?;
    let old = output::swap_folders(made, dir).map_err(failed)?;
    fs::remove_dir_all(&old)
        .map_err(|e| format!("the new pack is in {}; {} is left: {e}", dir.display(), old.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pack_is_replaced_and_only_when_asked() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("pack");
        assert!(may_write(&dir, false).is_ok());
        fs::create_dir(&dir).unwrap();
        assert!(may_write(&dir, false).is_ok(), "empty");
        fs::write(dir.join("report.md"), "x").unwrap();
        assert!(may_write(&dir, false).is_err());
        assert!(may_write(&dir, true).is_ok());
        fs::write(dir.join("thesis.tex"), "x").unwrap();
        assert!(may_write(&dir, true).is_err(), "never somebody's own files");
    }
    #[test]
    fn what_another_run_put_there_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (made, dir) = (folder.path().join("made"), folder.path().join("pack"));
        fs::create_dir(&made).unwrap();
        fs::write(made.join("report.md"), "mine").unwrap();
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("report.md"), "another's").unwrap();
        assert!(take_place(&made, &dir, false).is_err());
        assert_eq!(fs::read_to_string(dir.join("report.md")).unwrap(), "another's");
        take_place(&made, &dir, true).unwrap();
        assert_eq!(fs::read_to_string(dir.join("report.md")).unwrap(), "mine");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
