//! One attempt counts once, though several lines and several logs have it.
//!
//! In: the rows of all files, all times in UTC. Out: each attempt once, with what any of its rows knows; the same for any
//! order of files, lines and threads. [`STEPS`] is the whole of it, in order: each step has one file and one signature.

mod drops;
mod forks;
mod gateways;
mod meaning;
mod models;
mod names;
mod open_requests;
mod order;
mod pairs;
mod pool_key;
mod repeats;
mod request_ids;
mod retries;
mod row;
mod rows;
mod servers;
mod sources;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod unconfirmed;

pub use order::sort_by_time;
pub use pool_key::{Labels, PoolKey, PoolKeys, UNKNOWN_PROVIDER, pool_of};
pub use rows::Rows;

use crate::signals::Catalogue;

/// What the steps look at beside the rows.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Labels for what logs do not name.
    pub labels: &'a Labels,
    /// Error texts and providers.
    pub catalogue: &'a Catalogue,
}

/// What a step did, or all of them.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Rows that repeated an attempt and went.
    pub duplicates: u64,
    /// Rows of open requests that repeated one and went.
    pub open_duplicates: u64,
    /// Rows that went since nothing confirmed that they were failures.
    pub unconfirmed: u64,
    /// Sentences for the report's notes.
    pub notes: Vec<String>,
}

impl Merged {
    fn duplicates(rows: usize) -> Self {
        Self { duplicates: rows as u64, ..Self::default() }
    }

    fn add(&mut self, other: Self) {
        self.duplicates += other.duplicates;
        self.open_duplicates += other.open_duplicates;
        self.unconfirmed += other.unconfirmed;
        self.notes.extend(other.notes);
    }
}

/// One step.
#[derive(Debug)]
pub struct Step {
    /// What it looks for.
    pub name: &'static str,
    /// Changes the rows and says what it did.
    pub run: fn(&mut Rows, &Context<'_>) -> Merged,
}

/// All steps. A later one relies on what the earlier ones filled in: names before gateways, which only merge what may be
/// of one provider; the meaning of errors before servers and retries, which ask what was admitted.
pub static STEPS: &[Step] = &[
    Step { name: "names", run: names::give },
    Step { name: "open requests", run: open_requests::merge },
    Step { name: "order", run: order::sort },
    Step { name: "repeats within a file", run: repeats::merge },
    Step { name: "duplicates between sources", run: sources::merge },
    Step { name: "forks", run: forks::merge },
    Step { name: "request ids", run: request_ids::merge },
    Step { name: "unconfirmed failures", run: unconfirmed::drop_rows },
    Step { name: "order after merging", run: order::sort },
    Step { name: "gateways", run: gateways::merge },
    Step { name: "providers of models", run: models::give_providers },
    Step { name: "meaning of errors", run: meaning::settle },
    Step { name: "servers", run: servers::merge },
    Step { name: "collapsed retries", run: retries::unfold },
];

/// Runs all steps.
pub fn run(rows: &mut Rows, context: &Context<'_>) -> Merged {
    let mut all = Merged::default();
    for step in STEPS {
        all.add((step.run)(rows, context));
    }
    all
}
