//! The limiters of a world, each against requests that arrive in order of time.
//!
//! In: a request at its instant. Out: whether this limiter lets it pass. Always: a limiter counts only what passed all of them,
//! unless it is one that counts refusals too.

pub mod minute;
pub mod slots;
pub mod spells;
pub mod window;

use crate::random::Random;
use crate::setting::Kind;
use crate::texts::Voice;

pub use minute::Minute;
pub use slots::Slots;
pub use spells::Spells;
pub use window::{Unit, Window, WindowKind};

/// A request as a limiter sees it.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// When it arrives.
    pub at: i64,
    /// Tokens that it will use.
    pub tokens: u32,
    /// Account that sends it.
    pub account: usize,
    /// Machine that sends it.
    pub machine: usize,
}

/// What a limiter is.
#[derive(Clone, Debug)]
pub enum Rule {
    /// Slots.
    Slots(Slots),
    /// A quota per window.
    Window(Window),
    /// A limit per minute.
    Minute(Minute),
    /// Stretches of time in which requests fail.
    Spells(Spells),
}

/// Whom a limiter sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One account.
    Account(usize),
    /// One machine of the user.
    Machine(usize),
    /// All.
    All,
}

/// How long to wait, as the answer says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wait {
    /// It does not say.
    Unsaid,
    /// Always the same number of seconds.
    Same(f64),
    /// A number of seconds between two, drawn each time.
    Between(f64, f64),
    /// The seconds until the limiter lets requests pass again.
    UntilFree,
}

/// A limiter with its scope and its words.
#[derive(Clone, Debug)]
pub struct Limit {
    /// The cause that it is.
    pub kind: Kind,
    /// Whom it sees.
    pub scope: Scope,
    /// What it is.
    pub rule: Rule,
    /// What it answers.
    pub voice: Voice,
    /// What its answers say on waiting.
    pub wait: Wait,
    /// Seconds until it answers.
    pub latency_s: (f64, f64),
}

impl Limit {
    /// Whether it sees this request.
    pub fn sees(&self, asked: &Asked) -> bool {
        match self.scope {
            Scope::Account(a) => a == asked.account,
            Scope::Machine(m) => m == asked.machine,
            Scope::All => true,
        }
    }

    /// Whether it refuses.
    pub fn refuses(&mut self, asked: &Asked, random: &mut Random) -> bool {
        match &mut self.rule {
            Rule::Slots(slots) => slots.full(),
            Rule::Window(window) => window.refuses(asked.at, asked.tokens),
            Rule::Minute(minute) => minute.refuses(asked.at, asked.tokens),
            Rule::Spells(spells) => spells.refuses(asked.at, random),
        }
    }

    /// It passed all limiters.
    pub fn admitted(&mut self, asked: &Asked) {
        match &mut self.rule {
            Rule::Slots(slots) => slots.take(),
            Rule::Window(window) => window.charge(asked.at, asked.tokens),
            Rule::Minute(minute) => minute.count(asked.at, asked.tokens),
            Rule::Spells(_) => {}
        }
    }

    /// It was refused by this limiter.
    pub fn refused(&mut self, asked: &Asked) {
        if let Rule::Minute(minute) = &mut self.rule {
            minute.refused(asked.at, asked.tokens);
        }
    }

    /// Seconds that the answer says to wait.
    pub fn retry_after(&self, at: i64, random: &mut Random) -> Option<f64> {
        match self.wait {
            Wait::Unsaid => None,
            Wait::Same(s) => Some(s),
            Wait::Between(low, high) => Some(random.within((low, high)).ceil()),
            Wait::UntilFree => {
                let free = match &self.rule {
                    Rule::Slots(_) => None,
                    Rule::Window(window) => window.resets_at(at),
                    Rule::Minute(minute) => Some(minute.free_at(at)),
                    Rule::Spells(spells) => spells.end(at),
                };
                free.map(|t| ((t - at) as f64 / 1e6).ceil().max(1.0))
            }
        }
    }

    /// The number that its text names.
    pub fn number(&self) -> u32 {
        match &self.rule {
            Rule::Slots(slots) => slots.slots,
            Rule::Window(window) => window.quota.map_or(0, |q| q.min(4e9) as u32),
            Rule::Minute(minute) => minute.limit as u32,
            Rule::Spells(_) => 1,
        }
    }
}
