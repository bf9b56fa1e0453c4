//! Incidents with their truth.
//!
//! In: a seed and a [`Setting`]. Out: log files as programs write them, readings as users save them, and what was true.
//! Always: the same seed gives the same bytes on every machine; nothing here calls the analyser.

pub mod client;
pub mod limits;
pub mod random;
pub mod setting;
pub mod texts;
pub mod truth;
pub mod world;

pub use setting::Setting;
pub use truth::{Damage, Form, TrueEpisode, Truth};

/// Version of the simulator: a change of any byte of any incident raises it, since tables are fitted to one version.
pub const VERSION: u32 = 1;

/// A simulated incident.
#[derive(Clone, Debug)]
pub struct Incident {
    /// Relative path and content, by path.
    pub files: Vec<(String, Vec<u8>)>,
    /// What was true.
    pub truth: Truth,
}

/// Makes the incident of a seed.
pub fn incident(seed: u64, setting: &Setting) -> Incident {
    let truth = Truth {
        seed,
        setting: setting.name.clone(),
        version: VERSION,
        form: Form::Canonical,
        tz: None,
        now: None,
        damages: Vec::new(),
        bare: false,
        quiet: true,
        attempts: 0,
        episodes: Vec::new(),
    };
    Incident { files: Vec::new(), truth }
}
