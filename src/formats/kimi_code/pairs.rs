//! Which request an answer in `kimi-code.log` belongs to.
//!
//! The log names only the step of a turn, and all subagents print the same ones. In: requests, responses and
//! failures of one step name, as the log gives them. Out: for each response and failure the request that it ends,
//! if one is left. A response has its duration, so it takes the open request that fits best; failures then
//! take what remains, first in, first out.

use std::collections::BTreeMap;

use crate::model::Time;

/// A request that was sent: when, and its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sent {
    /// When it left.
    pub(super) at: Time,
    /// Line of the file.
    pub(super) line: u64,
}

/// The requests of one step name that have no answer yet.
#[derive(Debug, Default)]
pub(super) struct Open {
    waiting: BTreeMap<Sent, ()>,
}

impl Open {
    /// Adds a request.
    pub(super) fn send(&mut self, sent: Sent) {
        self.waiting.insert(sent, ());
    }

    /// Takes the request that left nearest to `estimate` and not after `end`.
    pub(super) fn take_nearest(&mut self, estimate: Time, end: Time) -> Option<Sent> {
        let split = Sent { at: estimate, line: 0 };
        let last = Sent { at: end, line: u64::MAX };
        let before = self.waiting.range(..split.min(last)).next_back().map(|(s, ())| *s);
        let after = if split <= last { self.waiting.range(split..=last).next().map(|(s, ())| *s) } else { None };
        let gap = |s: Sent| s.at.since(estimate).abs();
        let best = match (before, after) {
            (Some(b), Some(a)) if gap(b) < gap(a) => Some(b),
            (b, None) => b,
            (_, a) => a,
        };
        self.remove(best)
    }

    /// Takes the request that left first, if it left before `end`.
    pub(super) fn take_first(&mut self, end: Time) -> Option<Sent> {
        let first = self.waiting.keys().next().copied().filter(|s| s.at <= end);
        self.remove(first)
    }

    /// Those that have no answer.
    pub(super) fn unanswered(&self) -> impl Iterator<Item = Sent> {
        self.waiting.keys().copied()
    }

    fn remove(&mut self, sent: Option<Sent>) -> Option<Sent> {
        self.waiting.remove(&sent?);
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: f64) -> Time {
        Time::from_secs(1_767_000_000.0 + s).unwrap()
    }

    fn open(starts: &[f64]) -> Open {
        let mut open = Open::default();
        for (i, s) in starts.iter().enumerate() {
            open.send(Sent { at: at(*s), line: i as u64 + 1 });
        }
        open
    }

    #[test]
    fn a_response_takes_the_request_that_fits_its_duration() {
        let mut open = open(&[0.0, 30.0, 61.0]);
        assert_eq!(open.take_nearest(at(0.4), at(60.0)).unwrap().line, 1);
        assert_eq!(open.take_nearest(at(50.0), at(60.0)).unwrap().line, 2, "the one at 61 had not left");
        assert_eq!(open.take_nearest(at(50.0), at(60.0)), None);
        assert_eq!(open.take_nearest(at(70.0), at(62.0)).unwrap().line, 3, "an estimate after the end still pairs");
        assert_eq!(open.unanswered().count(), 0);
    }

    #[test]
    fn failures_take_what_remains_in_order() {
        let mut open = open(&[1.0, 2.0]);
        assert_eq!(open.take_first(at(0.5)), None);
        assert_eq!(open.take_first(at(5.0)).unwrap().line, 1);
        assert_eq!(open.take_first(at(5.0)).unwrap().line, 2);
    }
}
