//! One million attempts, read and judged: seconds and memory. docs/PERFORMANCE.md has the figures.
//!
//! `cargo bench --bench million` writes the logs to `target/million/` if they are not there and measures each of them in
//! a process of its own. `write`, `read PATH` and `whole PATH` after `--` do one of the steps alone.

// A bench of its own reports to standard output.
#![allow(clippy::print_stdout)]

mod made;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use made::Scene;
use why429::input::{self, ReadOptions};
use why429::pipeline::{self, Options, Quiet};
use why429::report::json;

type Outcome = Result<(), Box<dyn Error>>;

/// Attempts of a full log.
const ATTEMPTS: u64 = 1_000_000;

/// The logs: what they are called, what is in them, and how long they are.
const LOGS: [(&str, Scene, u64); 3] = [
    ("incidents", Scene::Incidents, ATTEMPTS),
    ("storms", Scene::Storms, ATTEMPTS),
    ("readings", Scene::WindowSnapshots, ATTEMPTS / 10),
];

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/million");
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => all(&folder),
        ["write"] => LOGS.iter().try_for_each(|log| written(&folder, log).map(|_| ())),
        ["read", path] => read(Path::new(path)),
        ["whole", path] => whole(Path::new(path)),
        _ => Err("give nothing, or write, read PATH or whole PATH".into()),
    }
}

/// Each log in a process of its own, so that each peak of memory is its own.
fn all(folder: &Path) -> Outcome {
    for log in &LOGS {
        let path = written(folder, log)?;
        for step in ["read", "whole"] {
            let status = Command::new(std::env::current_exe()?).arg(step).arg(&path).status()?;
            if !status.success() {
                return Err(format!("{step} of {}: {status}", path.display()).into());
            }
        }
    }
    Ok(())
}

/// The folder of a log, written if it is not there.
fn written(folder: &Path, (name, scene, attempts): &(&str, Scene, u64)) -> Result<PathBuf, Box<dyn Error>> {
    let path = folder.join(name);
    if !path.is_dir() {
        let unfinished = folder.join(format!("{name}.part"));
        fs::create_dir_all(&unfinished)?;
        made::write(&unfinished, *scene, *attempts)?;
        fs::rename(&unfinished, &path)?;
    }
    Ok(path)
}

fn read(path: &Path) -> Outcome {
    let options = ReadOptions { max_attempts: u64::MAX, ..ReadOptions::default() };
    let begun = Instant::now();
    let files = input::read(&[path.to_owned()], &options, &Quiet);
    let seconds = begun.elapsed().as_secs_f64();
    let attempts: usize = files.files.iter().map(|f| f.parsed.attempts.len()).sum();
    println!("{}: read {attempts} attempts: {seconds:.2} s, {} MB at most", path.display(), peak_mb()?);
    Ok(())
}

fn whole(path: &Path) -> Outcome {
    let begun = Instant::now();
    let analysis = pipeline::run(&[path.to_owned()], &Options::default(), &Quiet);
    let seconds = begun.elapsed().as_secs_f64();
    let memory = peak_mb()?;
    let (episodes, attempts) = (analysis.document.episodes.len(), analysis.document.coverage.attempts);
    let report = json::render(&analysis.document)?.len() >> 10;
    println!(
        "{}: whole of {attempts} attempts: {seconds:.2} s, {memory} MB at most; {episodes} episodes, {report} KB of JSON",
        path.display()
    );
    Ok(())
}

/// Largest resident set so far, in MB; 0 where the system does not tell.
fn peak_mb() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|l| l.trim().strip_suffix(" kB")).map_or(Ok(0), |n| n.trim().parse::<u64>())?;
    Ok(kilobytes * 1024 / 1_000_000)
}
