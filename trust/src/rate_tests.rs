//! The bounds of a limit per minute, against simulated limits that are known.

use why429::pipeline::{self, Quiet};
use why429_simulator::limits::Rule;
use why429_simulator::setting::{Kind, Setting};

use super::{LOGS, options, temporary};

/// Incidents that are drawn.
const SEEDS: std::ops::Range<u64> = 1..121;

/// What estimates came to.
#[derive(Debug, Default)]
struct Tally {
    /// The limit lies within the bounds.
    held: usize,
    /// It does not.
    missed: usize,
    /// Of these, the ones in the wrong unit.
    other_unit: usize,
    /// Both bounds are told.
    closed: usize,
    /// Nothing is told.
    none: usize,
}

impl Tally {
    fn count(&mut self, (unit, limit): (&str, u64), told: Option<&why429::document::Rate>) {
        let Some(told) = told else {
            self.none += 1;
            return;
        };
        self.closed += usize::from(told.high.is_some());
        // The texts of the simulator name every limit in requests: their number is right.
        let is_named = told.low == limit && told.high == Some(limit);
        let is_within =
            is_named || told.unit == unit && told.low <= limit && told.high.is_none_or(|high| limit <= high);
        if is_within {
            self.held += 1;
        } else {
            self.missed += 1;
            self.other_unit += usize::from(told.unit != unit);
        }
    }
}

fn tally() -> Tally {
    let setting = Setting { mix: vec![(Kind::Minute, 1.0)], several: 0.0, quiet: 0.0, ..Setting::training() };
    let mut tally = Tally::default();
    for seed in SEEDS {
        let run = why429_simulator::run(seed, &setting);
        let limit = run.world.limits.iter().find_map(|l| match &l.rule {
            Rule::Minute(minute) => Some((minute.unit.id().to_owned(), minute.limit.round() as u64)),
            _ => None,
        });
        let Some((unit, limit)) = limit else { continue };
        let made = why429_simulator::incident(seed, &setting);
        let folder = temporary().unwrap();
        why429_simulator::write_to(&made, folder.path()).unwrap();
        let document =
            pipeline::run(&[folder.path().join(LOGS)], &options(seed, &made.truth).unwrap(), &Quiet).document;
        let decided =
            document.episodes.iter().filter(|e| e.causes.first().is_some_and(|c| c.cause == "rate_per_minute"));
        decided.for_each(|e| tally.count((&unit, limit), e.estimates.rate_per_minute.as_ref()));
    }
    tally
}

#[test]
fn a_limit_per_minute_lies_within_its_bounds_in_nine_of_ten() {
    let tally = tally();
    let told = tally.held + tally.missed;
    assert!(told >= 30, "{tally:?}");
    assert!(tally.held * 10 >= told * 9, "{tally:?}");
}
