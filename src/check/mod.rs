//! Regression over incidents: every folder with an `expected.json` is analysed and compared with it.
//!
//! In: a folder, and the analysis to run. Out: one result per case, in path order. No user configuration and no file
//! times are read, so a case says the same on every machine.

pub mod annotations;
mod compare;
mod expected;
pub mod junit;
mod reasons;
mod update;
mod validation;

pub use compare::Difference;
pub use expected::{Expected, ExpectedOptions};

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use self::validation::ValidationError;
use crate::document::Document;
use crate::output;
use crate::pipeline::Options;

/// Files of a case that are not its inputs.
const NOT_INPUTS: [&str; 2] = [EXPECTED, "README.md"];

/// What the options that can be misunderstood are to be.
const OPTIONS_RIGHT: &str = "tz is a zone as Europe/Vienna or +08:00, now is a time as 2026-03-03T16:40:00Z";

/// Name of the file that makes a folder a case.
const EXPECTED: &str = "expected.json";

/// Why a case could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// A file or folder could not be read.
    #[error("{}: {source}.", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// `expected.json` is not what it should be.
    #[error("{}: {source}.", path.display())]
    Parse {
        /// Which.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A value in `expected.json` is none that can be meant.
    #[error("{}: {what}: found '{value}'; {right}; --update writes what the logs give.", path.display())]
    ValidationError {
        /// Which file.
        path: PathBuf,
        /// Where in it, as in a difference: `E1 cause`.
        what: String,
        /// The value there.
        value: String,
        /// What would be right.
        right: String,
    },
    /// A case has no input, so that nothing of it can be judged.
    #[error("{}: nothing in this folder is a log or a usage snapshot that why429 knows (are its logs left out of the repository?).", path.display())]
    Empty {
        /// Its folder.
        path: PathBuf,
    },
    /// `expected.json` could not be rewritten.
    #[error("{}: not written: {source}.", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// How a case came out.
#[derive(Debug)]
pub enum Outcome {
    /// As expected.
    Ok,
    /// Not as expected.
    Differs(Vec<Difference>),
    /// It differed, and `expected.json` was rewritten.
    Updated(Vec<Difference>),
    /// It could not be judged.
    Error(CheckError),
}

/// One case and its outcome.
#[derive(Debug)]
pub struct Case {
    /// Name of its folder.
    pub name: String,
    /// Its `expected.json`.
    pub expected: PathBuf,
    /// How it came out.
    pub outcome: Outcome,
    /// How long it took, if the caller measured it; in seconds.
    pub seconds: Option<f64>,
}

/// The analysis that a case is judged by: the case's folder, the inputs in it and options, to a document.
pub type Analyse<'a> = &'a (dyn Fn(&Path, &[PathBuf], &Options) -> Document + Sync);

/// Judges every case in `dir` (or `dir` itself, when it is one), in parallel.
///
/// # Errors
/// When the folder itself cannot be read. What is wrong with one case is that case's outcome.
pub fn run(dir: &Path, update: bool, analyse: Analyse<'_>) -> Result<Vec<Case>, CheckError> {
    let folders = cases(dir)?;
    let judged = |folder: &PathBuf| Case {
        name: name(folder),
        expected: folder.join(EXPECTED),
        outcome: judge(folder, update, analyse).unwrap_or_else(Outcome::Error),
        seconds: None,
    };
    Ok(folders.par_iter().map(judged).collect())
}

/// A case is called as its folder is, and `case` where that has no name of its own (`.`).
pub fn name(folder: &Path) -> String {
    folder.file_name().map_or_else(|| "case".to_owned(), |n| n.to_string_lossy().into_owned())
}

/// The folders of the cases in `dir`, by name.
///
/// # Errors
/// When the folder cannot be read.
pub fn folders(dir: &Path) -> Result<Vec<PathBuf>, CheckError> {
    cases(dir)
}

/// The folders that hold an `expected.json`, by name.
fn cases(dir: &Path) -> Result<Vec<PathBuf>, CheckError> {
    if is_case(dir) {
        return Ok(vec![dir.to_owned()]);
    }
    Ok(entries(dir)?.into_iter().filter(|p| is_case(p)).collect())
}

/// Names of the folders in `dir` that are no cases, since they hold no `expected.json`; none where `dir` is one itself.
/// A case whose file was renamed is among them, and would be missed by nobody.
pub fn left_out(dir: &Path) -> Vec<String> {
    let folders = if is_case(dir) { Vec::new() } else { entries(dir).unwrap_or_default() };
    let is_left_out = |p: &&PathBuf| p.is_dir() && !is_case(p) && !name(p).starts_with('.');
    folders.iter().filter(is_left_out).map(|p| name(p)).collect()
}

/// Whether a folder holds an `expected.json`, be it one that cannot be read: that is an error of the case.
fn is_case(folder: &Path) -> bool {
    let missing = [ErrorKind::NotFound, ErrorKind::NotADirectory];
    folder.join(EXPECTED).symlink_metadata().err().is_none_or(|e| !missing.contains(&e.kind()))
}

/// The text of an `expected.json`, without a byte order mark.
fn text(path: &Path) -> std::io::Result<String> {
    if !path.metadata()?.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    let not_utf8 = |_| std::io::Error::new(ErrorKind::InvalidData, "not UTF-8 (was it written by Windows PowerShell?)");
    let text = String::from_utf8(fs::read(path)?).map_err(not_utf8)?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn entries(dir: &Path) -> Result<Vec<PathBuf>, CheckError> {
    let read = |source| CheckError::Read { path: dir.to_owned(), source };
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(read)? {
        paths.push(entry.map_err(read)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn judge(folder: &Path, update: bool, analyse: Analyse<'_>) -> Result<Outcome, CheckError> {
    let path = folder.join(EXPECTED);
    let text = text(&path).map_err(|source| CheckError::Read { path: path.clone(), source })?;
    let expected: Expected =
        serde_json::from_str(&text).map_err(|source| CheckError::Parse { path: path.clone(), source })?;
    if let Some(ValidationError { what, value, right }) = validation::first(&expected) {
        return Err(CheckError::ValidationError { path, what, value, right });
    }
    let options = expected.options.to_options().map_err(|(option, value)| CheckError::ValidationError {
        path: path.clone(),
        what: format!("options {option}"),
        value,
        right: OPTIONS_RIGHT.to_owned(),
    })?;
    let is_input = |p: &PathBuf| p.file_name().is_none_or(|n| NOT_INPUTS.iter().all(|not| n != *not));
    let inputs: Vec<PathBuf> = entries(folder)?.into_iter().filter(is_input).collect();
    let document = analyse(folder, &inputs, &options);
    if document.inputs.iter().all(|i| i.format.is_none()) {
        return Err(CheckError::Empty { path: folder.to_owned() });
    }
    let differences = compare::differences(&expected, &document);
    // A case without counts gets them with the others, though nothing else of it differs.
    if differences.is_empty() && !(update && expected.counts.is_none()) {
        return Ok(Outcome::Ok);
    }
    if !update {
        return Ok(Outcome::Differs(differences));
    }
    let text = update::rewrite(&expected, &document);
    output::write_bytes(&path, text.as_bytes()).map_err(|source| CheckError::Write { path, source })?;
    Ok(Outcome::Updated(differences))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn case(dir: &Path, name: &str, expected: &str) {
        fs::create_dir(dir.join(name)).unwrap();
        for (file, text) in [(EXPECTED, expected), ("README.md", "why"), ("kimi.log", "x")] {
            fs::write(dir.join(name).join(file), text).unwrap();
        }
    }

    const GOOD: &str = r#"{"episodes":[{"pool":"kimi-code/acct0/*","cause":"token_window","window_minutes":300,
        "confidence":"confirmed","probability_min":0.9}],"counts":{"problems":3}}"#;

    #[test]
    fn cases_are_found_judged_and_reported_in_order() {
        let dir = tempfile::tempdir().unwrap();
        case(dir.path(), "b-good", GOOD);
        case(dir.path(), "a-bad", &GOOD.replace("300", "10080"));
        case(dir.path(), "c-broken", "{");
        case(dir.path(), "d-typo", r#"{"episode":[]}"#);
        fs::create_dir(dir.path().join("no-case")).unwrap();
        let analyse = |folder: &Path, paths: &[PathBuf], options: &Options| {
            assert!(paths[0].starts_with(folder));
            let names: Vec<_> = paths.iter().filter_map(|p| p.file_name()).collect();
            assert_eq!(names, ["kimi.log"], "expected.json and README.md are no inputs");
            assert!(!options.file_times);
            sample::thread()
        };
        let judged = run(dir.path(), false, &analyse).unwrap();
        assert_eq!(
            judged.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(),
            ["a-bad", "b-good", "c-broken", "d-typo"]
        );
        assert!(matches!(&judged[0].outcome, Outcome::Differs(d) if d.len() == 1));
        assert!(matches!(judged[1].outcome, Outcome::Ok));
        assert!(matches!(judged[2].outcome, Outcome::Error(CheckError::Parse { .. })));
        assert!(matches!(judged[3].outcome, Outcome::Error(CheckError::Parse { .. })));
        let alone = run(&dir.path().join("b-good"), false, &analyse).unwrap();
        assert_eq!(alone.len(), 1);
    }

    #[test]
    fn an_update_makes_the_case_green() {
        let dir = tempfile::tempdir().unwrap();
        case(dir.path(), "new", "{}");
        let analyse = |_: &Path, _: &[PathBuf], _: &Options| sample::thread();
        assert!(matches!(run(dir.path(), true, &analyse).unwrap()[0].outcome, Outcome::Updated(_)));
        assert!(matches!(run(dir.path(), false, &analyse).unwrap()[0].outcome, Outcome::Ok));
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        assert!(run(Path::new("no/such/folder"), false, &|_, _, _| sample::quiet()).is_err());
    }
}
