//! When requests that are open at the end of the logs were in flight.

use std::collections::BTreeMap;

use crate::model::{Attempt, Fidelity, TextId, Time};

/// An open request is taken to run for at least this long, in seconds, and as long as the longest one of its pool.
const RUNS_S: f64 = 600.0;

/// When each open request was in flight. An agent is sequential, so its next attempt ends the wait; a row that hides
/// retries may have been refused all along, and counts for nothing.
pub(super) fn in_flight(open: &[Attempt], attempts: &[Attempt], longest_s: f64) -> Vec<(Time, Time)> {
    let agent = |a: &Attempt| (a.client, a.session, a.agent);
    let mut last: BTreeMap<(TextId, Option<TextId>, Option<TextId>), Time> = BTreeMap::new();
    for a in attempts {
        last.insert(agent(a), a.start);
    }
    let runs = |a: &&Attempt| {
        let followed = a.agent.is_some() && last.get(&agent(a)).is_some_and(|t| *t > a.start);
        a.fidelity != Fidelity::Collapsed && !followed
    };
    let until = |a: &Attempt| a.start.plus(longest_s.max(RUNS_S));
    open.iter().filter(runs).map(|a| (a.start, until(a))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Texts;
    use crate::timeline::testing::admitted;

    fn open(texts: &mut Texts, start: f64, agent: &str) -> Attempt {
        Attempt { end: None, ..admitted(texts, start, start, agent) }
    }

    #[test]
    fn what_an_agent_left_behind_is_not_in_flight() {
        let mut texts = Texts::default();
        let left = open(&mut texts, 10.0, "a");
        let next = admitted(&mut texts, 50.0, 60.0, "a");
        assert_eq!(in_flight(&[left], &[next], 20.0), []);
        let other = admitted(&mut texts, 50.0, 60.0, "b");
        assert_eq!(in_flight(&[left], &[other], 20.0).len(), 1);
    }
}
