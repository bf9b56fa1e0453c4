//! What the tests share: fixtures, temporary folders, and the program in a scrubbed environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use why429::document::Document;
use why429::pipeline::{self, Analysis, Options, Quiet};
use why429::report::json;

/// Longer than any run here takes on a busy machine; a run that needs it hangs.
const HANGS: Duration = Duration::from_secs(60);

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn fixture(name: &str) -> PathBuf {
    root().join("fixtures").join(name)
}

/// Names of all fixtures, in order.
pub fn fixtures() -> Vec<String> {
    let entries = fs::read_dir(root().join("fixtures")).unwrap();
    let folders = entries.map(|e| e.unwrap().path()).filter(|p| p.join("expected.json").is_file());
    let mut names: Vec<String> = folders.map(|p| p.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    assert!(names.len() >= 20, "fixtures are missing: {names:?}");
    names
}

/// What `check` hands to the analysis: all but the expectation and its reasons.
pub fn inputs_of(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| !["expected.json", "README.md"].contains(&p.file_name().unwrap().to_str().unwrap()));
    paths.sort();
    paths
}

/// Options that make a run depend on the bytes of its input alone.
pub fn options() -> Options {
    Options { file_times: false, ..Options::default() }
}

pub fn analysis(paths: &[PathBuf]) -> Analysis {
    pipeline::run(paths, &options(), &Quiet)
}

pub fn analyse(paths: &[PathBuf]) -> Document {
    analysis(paths).document
}

pub fn rendered(document: &Document) -> String {
    json::render(document).unwrap()
}

/// A temporary folder.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.0.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Copies a file or a folder to a name in this one.
    pub fn copy(&self, from: &Path, name: &str) -> PathBuf {
        let to = self.0.path().join(name);
        copy(from, &to);
        to
    }
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

/// All files below a folder, in order.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let walk = walkdir::WalkDir::new(folder).sort_by_file_name();
    walk.into_iter().map(|e| e.unwrap()).filter(|e| e.file_type().is_file()).map(|e| e.into_path()).collect()
}

/// How a run of the program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Ended {
    pub fn json(&self) -> Document {
        serde_json::from_str(&self.stdout).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    #[track_caller]
    pub fn has_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stderr, self.stdout);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }
}

/// Runs the program in a scrubbed environment, with empty standard input. A run that hangs fails.
pub fn why429<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Ended {
    why429_with(arguments, b"")
}

/// The same with something on standard input.
pub fn why429_with<S: AsRef<std::ffi::OsStr>>(arguments: &[S], stdin: &[u8]) -> Ended {
    run("100", arguments, stdin)
}

/// The same on a terminal of 80 columns.
pub fn why429_at_80<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Ended {
    run("80", arguments, b"")
}

fn run<S: AsRef<std::ffi::OsStr>>(columns: &str, arguments: &[S], stdin: &[u8]) -> Ended {
    let mut command = Command::cargo_bin("why429").unwrap();
    command.env_clear().env("COLUMNS", columns).args(arguments).write_stdin(stdin).timeout(HANGS);
    let output = command.output().unwrap();
    Ended {
        code: output.status.code().expect("ended by a signal: it hung, or was killed"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The path as an argument.
pub fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}
