//! What an incident is to be: drawn from a setting, before the world runs.
//!
//! In: a seed and a setting. Out: sessions, limiters, a policy, and what is to happen to the logs. Always: fleets, hours and
//! policies are drawn before the cause and by one law for all causes, so that a recording's shape does not tell it.

mod fleet;
mod times;
mod troubles;

pub use fleet::Fleet;

use crate::client::Policy;
use crate::limits::Limit;
use crate::random::{HOUR, MINUTE, Random, SECOND, micros};
use crate::setting::{Kind, Setting};
use crate::texts::Clarity;
use crate::truth::{Damage, Form};
use crate::world::{Load, Session};

/// First instant of the first day: 2026-01-05, a Monday, 00:00 UTC.
const FIRST_DAY: i64 = 1_767_571_200 * SECOND;

/// How usage snapshots were saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// A bare body in a file whose name carries the UTC minute.
    Named,
    /// What `curl -i` printed.
    Curl,
    /// Lines of a ledger.
    Ledger,
    /// A bare body in a file whose name says nothing.
    Unnamed,
}

/// Which body the provider sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Percent, with the slots.
    Percent,
    /// Counts of requests.
    Requests,
    /// Ratios.
    Ratios,
}

/// Which usage snapshots there are.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotPlan {
    /// When they were taken.
    pub at: Vec<i64>,
    /// How they were saved.
    pub saved: Saved,
    /// What was saved.
    pub body: Body,
}

/// A drawn incident.
#[derive(Debug)]
pub struct Plan {
    /// Form of the logs.
    pub form: Form,
    /// No text, no Retry-After, no usage snapshot.
    pub bare: bool,
    /// Nothing is refused.
    pub quiet: bool,
    /// The causes, first one first.
    pub kinds: Vec<Kind>,
    /// Sessions.
    pub sessions: Vec<Session>,
    /// Limiters.
    pub limits: Vec<Limit>,
    /// Client.
    pub policy: Policy,
    /// Requests.
    pub load: Load,
    /// First instant.
    pub begin: i64,
    /// Last instant.
    pub end: i64,
    /// When the first trouble begins and how long it lasts.
    pub trouble: (i64, i64),
    /// Damages to come.
    pub damages: Vec<Damage>,
    /// Readings.
    pub snapshots: Option<SnapshotPlan>,
    /// Names of the accounts.
    pub accounts: Vec<String>,
    /// Machines of the user.
    pub machines: usize,
    /// Provider.
    pub provider: &'static str,
    /// Hours east of UTC of the user's machine, in quarters.
    pub offset_quarters: i32,
}

/// Draws an incident. `try_number` counts from 0: a world in which the drawn cause met nobody is drawn again, with the
/// same form and the same causes, so that the mix stays as published.
pub fn plan(seed: u64, try_number: u64, setting: &Setting) -> Plan {
    let mut fixed = Random::new(seed, 0);
    let form = *fixed.weighted(&[(Form::Canonical, 0.5), (Form::KimiCli, 0.22), (Form::KimiCode, 0.28)]);
    let bare = fixed.chance(setting.bare);
    let quiet = fixed.chance(setting.quiet);
    let kinds = if quiet { Vec::new() } else { troubles::kinds(setting, &mut fixed) };
    let mut random = Random::new(seed, 1 + 16 * try_number);
    let r = &mut random;
    let policy = Policy::of(form, r);
    let fleet = Fleet::draw(form, setting, r);
    // A day, and an hour of it.
    let begin = FIRST_DAY + i64::from(r.whole(0, 290)) * 24 * HOUR + i64::from(r.whole(0, 16 * 3_600_000)) * 1_000;
    let clarity = Clarity { bare, named: setting.named, mislabel: setting.mislabel };
    let drawn = troubles::draw(&kinds, &fleet, begin, setting, clarity, r);
    let (sessions, machines, accounts) = fleet.sessions(form, &drawn.rushes, (begin, drawn.end), r);
    let damages = damages(form, machines, fleet.hidden > 0, setting, r);
    let snapshots = (!bare && r.chance(setting.snapshots)).then(|| snapshots(form, begin, &drawn, r));
    // The open platform counts by the minute and the day; windows of hours and weeks are the membership's.
    let has_window = kinds.iter().any(|k| matches!(k, Kind::FiveHours | Kind::Weekly | Kind::OtherWindow));
    let moonshot = form == Form::Canonical && snapshots.is_none() && r.chance(0.15) && !has_window;
    Plan {
        form,
        bare,
        quiet,
        sessions,
        limits: drawn.limits,
        policy,
        load: fleet.load,
        begin,
        end: drawn.end,
        trouble: drawn.trouble,
        damages,
        snapshots,
        accounts,
        machines,
        provider: if moonshot { "moonshot" } else { "kimi-code" },
        offset_quarters: *r.pick(&[-32, -20, 0, 0, 4, 8, 22, 32]),
        kinds,
    }
}

/// Which damages the logs take. Hidden clients are drawn with the fleet.
fn damages(form: Form, machines: usize, hidden: bool, setting: &Setting, r: &mut Random) -> Vec<Damage> {
    let mut taken = Vec::new();
    let canonical = form == Form::Canonical;
    let candidates = [
        (Damage::MissingEnds, canonical),
        (Damage::OnlyEnds, true),
        (Damage::WholeSeconds, canonical),
        (Damage::ClockSkew, machines > 1),
        (Damage::DuplicatedLines, true),
        (Damage::MissingAccount, canonical),
        (Damage::CollapsedRetries, canonical),
        (Damage::CutFiles, true),
    ];
    for (damage, possible) in candidates {
        // Each number is drawn whether it is used or not, so that one damage does not move the others.
        let drawn = r.chance(if damage == Damage::ClockSkew { 4.0 * setting.damage } else { setting.damage });
        if possible && drawn {
            taken.push(damage);
        }
    }
    if taken.contains(&Damage::MissingEnds) {
        taken.retain(|d| *d != Damage::OnlyEnds);
    }
    if hidden {
        taken.push(Damage::HiddenClients);
    }
    taken
}

fn snapshots(form: Form, begin: i64, drawn: &troubles::Drawn, r: &mut Random) -> SnapshotPlan {
    let saved = *r.weighted(&[(Saved::Named, 0.5), (Saved::Curl, 0.15), (Saved::Ledger, 0.2), (Saved::Unnamed, 0.15)]);
    let body = *r.weighted(&[(Body::Percent, 0.6), (Body::Requests, 0.15), (Body::Ratios, 0.25)]);
    let body = if form == Form::Canonical || body != Body::Requests { body } else { Body::Percent };
    let mut at = Vec::new();
    if r.chance(0.35) {
        let every = i64::from(*r.pick(&[5, 10, 15, 30, 60])) * MINUTE;
        let mut t = begin + (every - begin.rem_euclid(every)) + micros(r.within((0.3, 4.0)));
        while t < drawn.end && at.len() < 150 {
            at.push(t);
            t += every;
        }
    } else {
        // People look when something is wrong, and sometimes before or after.
        let (from, to) = drawn.trouble;
        for _ in 0..r.whole(1, 4) {
            let instant = match *r.weighted(&[(0, 0.5), (1, 0.2), (2, 0.3)]) {
                0 => from + (r.within((0.05, 0.98)) * (to - from) as f64) as i64,
                1 => from - micros(r.over_orders((60.0, 7_200.0))),
                _ => to + micros(r.over_orders((60.0, 7_200.0))),
            };
            at.push(instant.clamp(begin, drawn.end));
        }
        at.sort_unstable();
    }
    SnapshotPlan { at, saved, body }
}
