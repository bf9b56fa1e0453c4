//! Remembers temporary files and folders, so that a signal can remove them.
//!
//! In: paths while they exist. Out: [`remove_all`], for whoever handles signals. A path is forgotten when its
//! [`Kept`] goes.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// What exists now.
static THERE: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A temporary path that a signal removes.
#[derive(Debug)]
pub struct Kept {
    path: PathBuf,
}

impl Kept {
    /// Remembers a file or a folder.
    pub fn new(path: &Path) -> Self {
        THERE.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
        Self { path: path.to_owned() }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let mut there = THERE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = there.iter().position(|p| *p == self.path) {
            there.swap_remove(at);
        }
    }
}

/// Removes all that is remembered, for a process that is about to end.
pub fn remove_all() {
    let there = std::mem::take(&mut *THERE.lock().unwrap_or_else(PoisonError::into_inner));
    for path in there {
        // What is gone already need not be removed.
        let _ = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    }
}
