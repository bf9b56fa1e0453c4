//! Writes every output of the program: a file is complete or it is what it was before.
//!
//! In: a path, and a function that writes the content. Out: the file. A regular file is written to a temporary file
//! beside its target, synced and renamed, so a full disk, a kill or an error leaves the old one. Pipes and devices are
//! written directly, links are resolved, and the mode and owner of the file that was there are kept.

pub mod guard;
pub mod scratch;

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Most links that are followed from one path; Linux follows as many.
const LINKS_MOST: usize = 40;

/// Bytes that are collected before they are written.
const BLOCK: usize = 1 << 16;

/// Writes a file whose content `make` produces.
///
/// # Errors
/// What the system or `make` says. The file is then what it was before.
pub fn write(path: &Path, make: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    match fs::metadata(path) {
        Ok(there) if !there.is_file() || is_of_the_system(path) => direct(path, make),
        Ok(there) => replace(&fs::canonicalize(path)?, Some(&there), make),
        Err(e) if e.kind() == io::ErrorKind::NotFound => replace(&target(path)?, None, make),
        Err(e) => Err(e),
    }
}

/// Writes a file that holds `bytes`.
///
/// # Errors
/// As [`write()`].
pub fn write_bytes(path: &Path, bytes: &[u8]) -> io::Result<()> {
    write(path, &mut |out| out.write_all(bytes))
}

/// Whether a path names something of the system's own: renaming over `/dev/stdout` would replace the file behind it.
fn is_of_the_system(path: &Path) -> bool {
    path.starts_with("/dev") || path.starts_with("/proc")
}

/// Where a path leads that has no file at its end yet: the end of its links.
fn target(path: &Path) -> io::Result<PathBuf> {
    let mut at = path.to_owned();
    for _ in 0..LINKS_MOST {
        let Ok(next) = fs::read_link(&at) else { return Ok(at) };
        at = folder_of(&at).join(next);
    }
    Err(io::Error::other("too many links"))
}

/// The folder that a path stands in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A pipe or a device: nothing can be renamed onto it.
fn direct(path: &Path, make: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let file = OpenOptions::new().append(true).open(path)?;
    filled(&file, make)
}

fn filled(file: &File, make: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(BLOCK, file);
    make(&mut out)?;
    out.flush()
}

fn replace(
    path: &Path,
    there: Option<&Metadata>,
    make: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    if there.is_some() {
        // A file that may not be written to is not replaced either, though its folder would allow it.
        drop(OpenOptions::new().write(true).open(path)?);
    }
    let folder = folder_of(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".why429-").suffix(".tmp");
    #[cfg(unix)]
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o666);
    // The system takes from this what the user's umask says, as for any new file.
    #[cfg(unix)]
    builder.permissions(mode);
    let temporary = builder.tempfile_in(folder)?;
    let _kept = scratch::Kept::new(temporary.path());
    filled(temporary.as_file(), make)?;
    if let Some(there) = there {
        as_it_was(temporary.as_file(), there)?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|e| e.error)?;
    sync_folder(folder);
    Ok(())
}

/// Gives a file the mode of another, and its owner where that is allowed.
#[cfg(unix)]
fn as_it_was(file: &File, there: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    // Only root may give a file away; for everybody else the owner is the same already.
    let _ = std::os::unix::fs::fchown(file, Some(there.uid()), Some(there.gid()));
    file.set_permissions(there.permissions())
}

#[cfg(not(unix))]
fn as_it_was(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Makes a rename last. Not every file system can sync a folder, and the file itself is whole either way.
pub fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|f| f.sync_all());
}

/// Puts the folder `made` in the place of the folder `dir`, in one step where the system can. Gives where the old one
/// is afterwards.
///
/// # Errors
/// What the system says; then `dir` is what it was before, or the message says where it is.
pub fn swap_folders(made: &Path, dir: &Path) -> io::Result<PathBuf> {
    match exchange(made, dir) {
        Ok(()) => {
            sync_folder(folder_of(dir));
            Ok(made.to_owned())
        }
        Err(e) if is_not_possible_here(&e) => {
            let old = tempfile::Builder::new().prefix(".why429-old-").tempdir_in(folder_of(dir))?.keep().join("old");
            fs::rename(dir, &old)?;
            if let Err(e) = fs::rename(made, dir) {
                let back = fs::rename(&old, dir);
                let stays = back.err().map(|_| format!("; the old one is in {}", old.display()));
                return Err(io::Error::new(e.kind(), format!("{e}{}", stays.unwrap_or_default())));
            }
            Ok(folder_of(&old).to_owned())
        }
        Err(e) => Err(e),
    }
}

fn is_not_possible_here(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, Unsupported};
    matches!(error.kind(), Unsupported | InvalidInput)
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut all: Vec<String> =
            fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
        all.sort();
        all
    }

    #[test]
    fn an_error_in_the_middle_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        fs::write(&path, "old").unwrap();
        let half = |out: &mut dyn Write| out.write_all(b"half").and(Err(io::Error::other("no space")));
        assert_eq!(write(&path, &mut { half }).unwrap_err().to_string(), "no space");
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert!(write(&folder.path().join("new"), &mut { half }).is_err());
        assert_eq!(names(folder.path()), ["out"]);
        write_bytes(&path, b"new").unwrap();
        assert_eq!((fs::read_to_string(&path).unwrap().as_str(), names(folder.path())), ("new", vec!["out".into()]));
    }

    #[cfg(unix)]
    #[test]
    fn mode_and_links_are_kept() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("deep")).unwrap();
        fs::write(at("deep/real"), "old").unwrap();
        fs::set_permissions(at("deep/real"), fs::Permissions::from_mode(0o640)).unwrap();
        symlink("deep/real", at("link")).unwrap();
        symlink("deep/later", at("ahead")).unwrap();
        for (name, real) in [("link", "deep/real"), ("ahead", "deep/later")] {
            write_bytes(&at(name), b"new").unwrap();
            assert!(at(name).is_symlink(), "{name}");
            assert_eq!(fs::read_to_string(at(real)).unwrap(), "new");
        }
        let mode = |name: &str| fs::metadata(at(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("deep/real"), 0o640);
        fs::write(at("plain"), "").unwrap();
        assert_eq!(mode("deep/later"), mode("plain"), "as the umask says");
        symlink("round", at("round")).unwrap();
        assert!(write_bytes(&at("round"), b"x").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_device_is_written_directly() {
        write_bytes(Path::new("/dev/null"), b"x").unwrap();
        assert!(!fs::metadata("/dev/null").unwrap().is_file());
    }

    #[test]
    fn folders_change_places() {
        let folder = tempfile::tempdir().unwrap();
        let (made, dir) = (folder.path().join("made"), folder.path().join("pack"));
        for (path, text) in [(&made, "new"), (&dir, "old")] {
            fs::create_dir(path).unwrap();
            fs::write(path.join("file"), text).unwrap();
        }
        let old = swap_folders(&made, &dir).unwrap();
        assert_eq!(fs::read_to_string(dir.join("file")).unwrap(), "new");
        fs::remove_dir_all(old).unwrap();
        assert_eq!(names(folder.path()), ["pack"]);
    }
}
