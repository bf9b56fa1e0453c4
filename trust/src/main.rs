//! `cargo run -p why429-trust -- score | fit | accuracy`.

use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use why429_trust::commands::{CommandError, accuracy, fit, root, score};
use why429_trust::recordings::BESIDE;
use why429_trust::seeds;
use why429_trust::simulate::Draw;

/// How far why429's verdicts can be trusted.
#[derive(Debug, Parser)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Setting {
    Training,
    Stress,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Draws incidents, judges them, prints the figures.
    Score {
        /// Seeds, `A..B` without B.
        #[arg(long, value_parser = range)]
        seeds: Range<u64>,
        /// How incidents are drawn.
        #[arg(long, default_value = "training")]
        setting: Setting,
        /// Only those without texts, Retry-After and snapshots.
        #[arg(long)]
        bare: bool,
        /// `in-use`, `reasoned`, or a file.
        #[arg(long, default_value = "in-use")]
        table: String,
    },
    /// Fits the weights and compares models.
    Fit {
        /// Training incidents, at most.
        #[arg(long, default_value_t = seeds::TRAINING.end - seeds::TRAINING.start)]
        training: u64,
        /// Validation incidents of either setting, at most.
        #[arg(long, default_value_t = seeds::VALIDATION.end - seeds::VALIDATION.start)]
        validation: u64,
        /// Where the table goes.
        #[arg(long, default_value = "weights/fitted.toml")]
        output: PathBuf,
        /// Where recordings of real clients lie.
        #[arg(long, default_value_os_t = beside())]
        recordings: PathBuf,
    },
    /// Writes docs/ACCURACY.md.
    Accuracy {
        /// Compares a few incidents with the figures that are stored.
        #[arg(long)]
        short: bool,
        /// Test incidents, at most.
        #[arg(long, default_value_t = seeds::TEST.end - seeds::TEST.start)]
        test: u64,
        /// Test incidents under stress settings, at most.
        #[arg(long, default_value_t = seeds::TEST_STRESS.end - seeds::TEST_STRESS.start)]
        stress: u64,
        /// Where recordings of real clients lie.
        #[arg(long, default_value_os_t = beside())]
        recordings: PathBuf,
    },
}

fn beside() -> PathBuf {
    root().join(BESIDE)
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let ends = text.split_once("..").and_then(|(a, b)| Some(a.parse().ok()?..b.parse().ok()?));
    ends.filter(|r: &Range<u64>| r.start < r.end).ok_or_else(|| "Seeds are given as A..B, A below B.".to_owned())
}

#[allow(clippy::print_stdout, clippy::print_stderr, reason = "the one place that prints")]
fn main() -> ExitCode {
    match run(Args::parse().what) {
        Ok(told) => {
            print!("{told}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(what: What) -> Result<String, CommandError> {
    match what {
        What::Score { seeds, setting, bare, table } => {
            let draw = match setting {
                Setting::Training => Draw::training(),
                Setting::Stress => Draw::stress(),
            };
            score::run(&score::Ask { seeds, draw: if bare { draw.only_bare() } else { draw }, table })
        }
        What::Fit { training, validation, output, recordings } => {
            fit::run(&fit::Ask { training, validation, output, recordings })
        }
        What::Accuracy { short: true, .. } => accuracy::short(),
        What::Accuracy { test, stress, recordings, .. } => accuracy::run(test, stress, &recordings),
    }
}
