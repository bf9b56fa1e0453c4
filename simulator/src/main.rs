//! `make`: writes incidents as folders.

use std::path::PathBuf;
use std::process::ExitCode;

use why429_simulator::{Setting, incident, write_to};

const USAGE: &str = "usage: why429-simulator make --seed N [--count M] [--setting training|stress] -o DIR";

struct Asked {
    seed: u64,
    count: u64,
    setting: Setting,
    out: PathBuf,
}

fn asked(mut args: impl Iterator<Item = String>) -> Option<Asked> {
    if args.next()?.as_str() != "make" {
        return None;
    }
    let (mut seed, mut count, mut setting, mut out) = (None, 1, Setting::training(), None);
    while let Some(option) = args.next() {
        let value = args.next()?;
        match option.as_str() {
            "--seed" => seed = Some(value.parse().ok()?),
            "--count" => count = value.parse().ok()?,
            "--setting" => setting = Setting::named(&value)?,
            "-o" => out = Some(PathBuf::from(value)),
            _ => return None,
        }
    }
    Some(Asked { seed: seed?, count, setting, out: out? })
}

#[expect(clippy::print_stderr, reason = "a command tells what went wrong")]
fn main() -> ExitCode {
    let Some(asked) = asked(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    for seed in asked.seed..asked.seed.saturating_add(asked.count) {
        let dir = asked.out.join(format!("{seed:06}"));
        if let Err(error) = write_to(&incident(seed, &asked.setting), &dir) {
            eprintln!("{}: {error}.", dir.display());
            return ExitCode::from(1);
        }
    }
    ExitCode::SUCCESS
}
