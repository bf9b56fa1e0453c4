//! How time and memory grow with the input, and with which exponent. docs/PERFORMANCE.md has the table.
//!
//! `cargo bench --bench growth` writes logs of four sizes for each series to `target/growth/`, runs the program's library on
//! each in a process of its own, three times, and prints the least processor time, the peak of memory, and the exponent: the
//! slope of time over size on logarithmic scales by least squares. 1 is linear, 2 is quadratic. A log goes once it is
//! measured. `-- SERIES` measures one series alone.

// A bench of its own reports to standard output.
#![allow(clippy::print_stdout)]

mod made;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use made::Series;
use why429::pipeline::{self, Options, Quiet};
use why429::report::json;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Name, what grows, and the largest size; the others are an eighth, a quarter and a half of it.
const ALL: [(&str, Series, u64); 7] = [
    ("attempts", Series::Attempts, 1_600_000),
    ("refusals of one episode", Series::OneEpisode, 100_000),
    ("episodes of one pool", Series::Episodes, 32_000),
    ("episodes, 20 snapshots each", Series::Snapshots, 16_000),
    ("pools with an episode each", Series::Pools, 16_000),
    ("different error texts", Series::Texts, 400_000),
    ("files of one request", Series::Files, 100_000),
];

/// Runs of each log.
const RUNS: usize = 3;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    if let [step, path] = &arguments[..]
        && step == "run"
    {
        return run(Path::new(path));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/growth");
    println!("| what grows | largest | seconds at 1/8, 1/4, 1/2, 1 | exponent | at most |");
    println!("|---|---|---|---|---|");
    for (name, series, largest) in ALL {
        if arguments.is_empty() || arguments.iter().any(|a| a == name) {
            measured(&folder, name, series, largest)?;
        }
    }
    Ok(())
}

/// Measures one series and prints its row.
fn measured(folder: &Path, name: &str, series: Series, largest: u64) -> Outcome<()> {
    let mut points = Vec::new();
    let mut most = 0;
    for size in [largest / 8, largest / 4, largest / 2, largest] {
        if folder.is_dir() {
            fs::remove_dir_all(folder)?;
        }
        made::write(folder, series, size)?;
        let mut least = f64::INFINITY;
        for _ in 0..RUNS {
            let out = Command::new(std::env::current_exe()?).arg("run").arg(folder).output()?;
            let text = String::from_utf8(out.stdout)?;
            let (seconds, memory) = text.trim().split_once(' ').ok_or("the run printed nothing")?;
            least = least.min(seconds.parse()?);
            most = memory.parse()?;
        }
        points.push((size as f64, least));
    }
    fs::remove_dir_all(folder)?;
    let seconds: Vec<String> = points.iter().map(|(_, s)| format!("{s:.2}")).collect();
    println!("| {name} | {largest} | {} | {:.2} | {most} MB |", seconds.join(", "), exponent(&points));
    Ok(())
}

/// One run: processor seconds of all threads, and the peak in MB.
fn run(path: &Path) -> Outcome<()> {
    let options = Options { max_attempts: u64::MAX, ..Options::default() };
    let analysis = pipeline::run(&[path.to_owned()], &options, &Quiet);
    let report = json::render(&analysis.document)?;
    if report.is_empty() || analysis.document.coverage.attempts == 0 {
        return Err("nothing was read".into());
    }
    println!("{:.2} {}", processor_seconds()?, peak_mb()?);
    Ok(())
}

/// The slope of the line through the logarithms.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let logs: Vec<(f64, f64)> = points.iter().map(|(n, s)| (n.ln(), s.max(0.005).ln())).collect();
    let n = logs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let over: f64 = logs.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    over / logs.iter().map(|p| (p.0 - x).powi(2)).sum::<f64>()
}

/// User and system time of this process, in hundredths as Linux counts them.
fn processor_seconds() -> Outcome<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |n: usize| -> Outcome<f64> { Ok(fields.get(n).ok_or("no such field")?.parse()?) };
    Ok((ticks(11)? + ticks(12)?) / 100.0)
}

/// Largest resident set so far, in MB.
fn peak_mb() -> Outcome<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).ok_or("no peak")?;
    let kilobytes: u64 = peak.trim().strip_suffix(" kB").ok_or("no unit")?.trim().parse()?;
    Ok(kilobytes * 1024 / 1_000_000)
}
