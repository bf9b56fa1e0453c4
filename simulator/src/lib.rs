//! Incidents with their truth.
//!
//! In: a seed and a [`Setting`]. Out: log files as programs write them, usage snapshots as users save them, and what was true.
//! Always: the same seed gives the same bytes on every machine; nothing here calls the analyser.

pub mod client;
pub mod episodes;
pub mod limits;
pub mod plan;
pub mod random;
pub mod setting;
pub mod texts;
pub mod truth;
pub mod world;
pub mod write;

use std::path::Path;
use std::time::{Duration, SystemTime};
use std::{fs, io};

use limits::Rule;
use plan::{Body, Plan, Saved};
use random::Random;
pub use setting::Setting;
pub use truth::{Damage, Form, TrueEpisode, Truth};
use world::World;
use write::{Recording, Source, Written};

/// Version of the simulator: a change of any byte of any incident raises it, since tables are fitted to one version.
pub const VERSION: u32 = 1;

/// How often a world is drawn again when the drawn cause met nobody.
const TRIES: u64 = 8;

/// A simulated incident.
#[derive(Clone, Debug)]
pub struct Incident {
    /// Relative path and content, by path.
    pub files: Vec<(String, Vec<u8>)>,
    /// Time of change in microseconds of those files that carry no better time.
    pub changed: Vec<(String, i64)>,
    /// What was true.
    pub truth: Truth,
}

/// A world that has run, with what happens to its logs.
#[derive(Debug)]
pub struct Run {
    /// What was drawn.
    pub plan: Plan,
    /// What happened.
    pub world: World,
    /// What happens to the logs.
    pub recording: Recording,
    /// The true episodes.
    pub episodes: Vec<TrueEpisode>,
}

/// Makes the incident of a seed.
pub fn incident(seed: u64, setting: &Setting) -> Incident {
    let run = run(seed, setting);
    let source = Source::new(&run.world, &run.plan, &run.recording);
    let mut random = Random::new(seed, 3);
    let Written { files, changed, rows } = write::write(&source, &mut random);
    Incident { truth: truth(seed, setting, &run, rows), files, changed }
}

/// Draws and runs the world of a seed.
pub fn run(seed: u64, setting: &Setting) -> Run {
    let mut number = 0;
    loop {
        let run = run_once(seed, number, setting);
        number += 1;
        let wanted = run.plan.kinds.first().map(|k| k.cause());
        // Two limits of a load may hide each other; the first cause must be seen, and nothing in a quiet log.
        let is_met = match wanted {
            None => run.episodes.is_empty() && run.world.attempts.iter().all(|a| a.refusal.is_none()),
            Some(cause) => run.episodes.iter().any(|e| e.cause == cause),
        };
        if is_met || number >= TRIES {
            return run;
        }
    }
}

fn run_once(seed: u64, number: u64, setting: &Setting) -> Run {
    let mut plan = plan::plan(seed, number, setting);
    let limits = std::mem::take(&mut plan.limits);
    let random = Random::new(seed, 2 + 16 * number);
    let mut world = World::new(plan.sessions.clone(), limits, plan.policy.clone(), plan.load, random, plan.end);
    world.run();
    let mut random = Random::new(seed, 4 + 16 * number);
    for limit in &mut world.limits {
        if let Rule::Window(window) = &mut limit.rule {
            window.settle(random.within((0.08, 0.93)));
        }
    }
    let recording = Recording::draw(&plan, setting, &mut random);
    let logged = recording.logged(&world);
    let episodes = episodes::episodes(&world, &plan, &logged);
    Run { plan, world, recording, episodes }
}

fn truth(seed: u64, setting: &Setting, run: &Run, rows: u64) -> Truth {
    let plan = &run.plan;
    let mut damages = plan.damages.clone();
    if let Some(snapshots) = &plan.snapshots {
        let cases = [
            (Damage::FewSnapshots, snapshots.at.len() <= 4),
            (Damage::PercentSnapshots, snapshots.body == Body::Percent || snapshots.saved == Saved::Ledger),
            (Damage::FileTimeSnapshots, snapshots.saved == Saved::Unnamed),
        ];
        damages.extend(cases.iter().filter(|(_, is)| *is).map(|(damage, _)| *damage));
    }
    let refusals = run.world.attempts.iter().filter_map(|a| a.refusal.as_ref());
    if refusals.clone().any(|r| run.world.limits[r.limit].voice.mislabelled) {
        damages.push(Damage::MislabelledTexts);
    }
    damages.sort_unstable();
    let local = plan.form == Form::KimiCli;
    Truth {
        seed,
        setting: setting.name.clone(),
        version: VERSION,
        form: plan.form,
        tz: local.then(|| write::offset(plan.offset_quarters)),
        now: Some(write::rfc3339(run.world.end + 10 * random::MINUTE, 0)),
        damages,
        bare: plan.bare,
        quiet: refusals.count() == 0,
        attempts: rows,
        episodes: run.episodes.clone(),
    }
}

/// Writes an incident: `dir/logs/...` for the analyser, and `dir/truth.json` outside of what it reads.
///
/// # Errors
/// When a folder or file cannot be written.
pub fn write_to(incident: &Incident, dir: &Path) -> io::Result<()> {
    let logs = dir.join("logs");
    for (path, bytes) in &incident.files {
        let target = logs.join(path);
        if let Some(parent) = target.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&target, bytes)?;
    }
    for (path, at) in &incident.changed {
        let at = SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(*at).unwrap_or(0));
        fs::File::options().write(true).open(logs.join(path))?.set_modified(at)?;
    }
    fs::create_dir_all(dir)?;
    let mut truth = serde_json::to_string_pretty(&incident.truth).map_err(io::Error::other)?;
    truth.push('\n');
    fs::write(dir.join("truth.json"), truth)
}
