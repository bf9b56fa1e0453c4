//! Simulated incidents, written to files and read by the whole library.

use std::io::{IsTerminal as _, Write as _};
use std::ops::Range;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use tempfile::TempDir;
use why429::model::{Hypothesis, Time, Zone};
use why429::pipeline::Options;
use why429_simulator::{Setting, TrueEpisode as Told, Truth};

use crate::model::{Incident, TrueEpisode};
use crate::pairing::pair;
use crate::read::found;

/// Threads: as many as the machines that CI has cores.
const THREADS: usize = 2;
/// A cause that held for this share of an episode's time or more is one of its causes (docs/METHOD.md, "Episodes").
const COUNTS: f64 = 0.1;
/// Where in an incident's folder the files are that a user would give.
const LOGS: &str = "logs";
/// Where files need no disk, if it is there.
const IN_MEMORY: &str = "/dev/shm";

/// Why an incident could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// Files could not be written.
    #[error("The incident of seed {seed} could not be written: {source}.")]
    Write {
        /// Seed.
        seed: u64,
        /// Why.
        source: std::io::Error,
    },
    /// The truth names a cause or a zone that the library does not have.
    #[error("The incident of seed {seed} has an unknown {what}: '{value}'.")]
    Unknown {
        /// Seed.
        seed: u64,
        /// What it is.
        what: &'static str,
        /// Value.
        value: String,
    },
}

/// How incidents are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    stress: bool,
    only_bare: bool,
}

impl Draw {
    /// From the ranges that weights are fitted on.
    pub const fn training() -> Self {
        Self { stress: false, only_bare: false }
    }

    /// From ranges outside of these.
    pub const fn stress() -> Self {
        Self { stress: true, only_bare: false }
    }

    /// Of these only the incidents without texts, Retry-After and snapshots.
    #[must_use]
    pub const fn only_bare(self) -> Self {
        Self { only_bare: true, ..self }
    }

    fn setting(self) -> Setting {
        if self.stress { Setting::stress() } else { Setting::training() }
    }
}

/// All incidents of these seeds, in their order.
///
/// # Errors
/// When files cannot be written, or the truth cannot be understood.
pub fn incidents(seeds: Range<u64>, draw: Draw) -> Result<Vec<Incident>, SimulateError> {
    let (next, done, total) = (AtomicU64::new(seeds.start), AtomicU64::new(0), seeds.end - seeds.start);
    let setting = draw.setting();
    let drawn: Mutex<Vec<Result<Incident, SimulateError>>> = Mutex::new(Vec::new());
    // Plain threads: the library has a pool of its own, and a worker that waits in it must not begin another incident.
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= seeds.end {
                        break;
                    }
                    let incident = incident(seed, &setting);
                    drawn.lock().unwrap_or_else(PoisonError::into_inner).push(incident);
                    progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                }
            });
        }
    });
    let drawn = drawn.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut all: Vec<Incident> = drawn.into_iter().collect::<Result<_, _>>()?;
    all.sort_by_key(|i| i.seed);
    all.retain(|i| i.bare || !draw.only_bare);
    Ok(all)
}

/// Told on a terminal only.
#[allow(clippy::print_stderr, reason = "progress")]
fn progress(done: u64, total: u64) {
    if std::io::stderr().is_terminal() && (done.is_multiple_of(20) || done == total) {
        eprint!("\r{done} of {total} incidents{}", if done == total { "\n" } else { "" });
        let _ = std::io::stderr().flush();
    }
}

fn incident(seed: u64, setting: &Setting) -> Result<Incident, SimulateError> {
    let made = why429_simulator::incident(seed, setting);
    let failed = |source| SimulateError::Write { seed, source };
    let folder = temporary().map_err(failed)?;
    why429_simulator::write_to(&made, folder.path()).map_err(failed)?;
    let truth = made.truth;
    let found = found(&[folder.path().join(LOGS)], &options(seed, &truth)?);
    let truths = truth.episodes.iter().map(|e| episode(seed, e)).collect::<Result<Vec<_>, _>>()?;
    let (told_by, extra) = pair(&truths, &found);
    Ok(Incident {
        seed,
        setting: truth.setting,
        form: id(&truth.form),
        damages: truth.damages.iter().map(id).collect(),
        bare: truth.bare,
        quiet: truth.quiet,
        truths,
        found,
        told_by,
        extra,
    })
}

/// The id that a name has where it is written.
fn id(name: &impl Serialize) -> String {
    serde_json::to_value(name).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn temporary() -> std::io::Result<TempDir> {
    let memory = Path::new(IN_MEMORY);
    let builder = tempfile::Builder::new().prefix("why429-trust-").to_owned();
    if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() }
}

fn options(seed: u64, truth: &Truth) -> Result<Options, SimulateError> {
    let unknown = |what, value: &String| SimulateError::Unknown { seed, what, value: value.clone() };
    let zone = truth.tz.as_ref().map(|tz| Zone::parse(tz).ok_or_else(|| unknown("zone", tz))).transpose()?;
    let now = truth.now.as_ref().map(|t| Time::parse_rfc3339(t).ok_or_else(|| unknown("now", t))).transpose()?;
    Ok(Options { log_zone: zone, now, jobs: 1, ..Options::default() })
}

fn episode(seed: u64, told: &Told) -> Result<TrueEpisode, SimulateError> {
    let known = |id: &str| {
        let unknown = || SimulateError::Unknown { seed, what: "cause", value: id.to_owned() };
        Hypothesis::from_key(id).ok_or_else(unknown)
    };
    let hypothesis = Hypothesis { window_minutes: told.window_minutes, ..known(&told.cause)? };
    let mut also = Vec::new();
    for (id, share) in told.shares.iter().flatten() {
        let other = known(id)?;
        if *share >= COUNTS && other.cause != hypothesis.cause {
            also.push(other);
        }
    }
    Ok(TrueEpisode {
        hypothesis,
        also,
        account: told.account.clone().unwrap_or_default(),
        from: Time::from_micros(told.from_us.min(told.first_refusal_us)),
        to: Time::from_micros(told.to_us.max(told.last_refusal_us)),
        cap: told.concurrency_cap.map(u64::from),
        quota: told.window_quota.as_ref().map(|(unit, n)| (unit.clone(), n.round() as u64)),
        window_kind: told.window_kind.clone(),
        resets_at: told.resets_at_us.map(Time::from_micros),
        hidden_clients: told.hidden_clients,
    })
}

#[cfg(test)]
#[path = "rate_tests.rs"]
mod rate_tests;
