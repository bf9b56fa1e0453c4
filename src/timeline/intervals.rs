//! Counting what is open at an instant, from begins and ends.
//!
//! In: the stretches of requests. Out: `#{begins < t} - #{ends <= t}` for any instant. Which instant a request is taken to
//! begin at is for the caller to say: evidence and estimates differ in it (`flight.rs`, `verdict/estimates/curve.rs`).

use crate::model::Time;

/// Begins and ends of stretches, each ascending by itself.
#[derive(Debug, Default)]
pub struct Intervals {
    begins: Vec<Time>,
    ends: Vec<Time>,
}

impl Intervals {
    /// From begins and ends in any order, as many of the one as of the other.
    pub fn of(mut begins: Vec<Time>, mut ends: Vec<Time>) -> Self {
        begins.sort_unstable();
        ends.sort_unstable();
        Self { begins, ends }
    }

    /// Open just before an instant: begun before it and not ended by it.
    pub fn at(&self, t: Time) -> u32 {
        count(self.begins.partition_point(|b| *b < t), self.ends.partition_point(|e| *e <= t))
    }

    /// [`Self::at`], where each stays open for some seconds after its end.
    pub fn at_with_lag(&self, t: Time, lag_s: f64) -> u32 {
        let ended = t.plus(-lag_s);
        count(self.begins.partition_point(|b| *b < t), self.ends.partition_point(|e| *e <= ended))
    }

    /// [`Self::at`] for many instants. Instants in order cost one walk together.
    pub fn at_each(&self, instants: impl Iterator<Item = Time>) -> Vec<u32> {
        let mut instants = instants.peekable();
        let Some(mut latest) = instants.peek().copied() else { return Vec::new() };
        let mut begun = self.begins.partition_point(|b| *b < latest);
        let mut ended = self.ends.partition_point(|e| *e <= latest);
        let at = |t: Time| {
            if t < latest {
                return self.at(t);
            }
            latest = t;
            begun += self.begins[begun..].iter().take_while(|b| **b < latest).count();
            ended += self.ends[ended..].iter().take_while(|e| **e <= latest).count();
            count(begun, ended)
        };
        instants.map(at).collect()
    }

    /// Most open at any instant from one time until before another.
    pub fn most(&self, from: Time, until: Time) -> u32 {
        let first = self.begins.partition_point(|b| *b < from);
        let last = self.begins.partition_point(|b| *b < until);
        let begun = self.begins[first..last].iter().map(|b| self.at(Time::from_micros(b.micros() + 1)));
        begun.fold(self.at(from), u32::max)
    }

    /// Begins from an instant on, ascending.
    pub fn begins_from(&self, t: Time) -> &[Time] {
        &self.begins[self.begins.partition_point(|b| *b < t)..]
    }

    /// Whether one ended in (from, to].
    pub fn ended_between(&self, from: Time, to: Time) -> bool {
        self.ends.partition_point(|e| *e <= from) < self.ends.partition_point(|e| *e <= to)
    }

    /// The last end at or before an instant, if any.
    pub fn last_end(&self, to: Time) -> Option<Time> {
        let n = self.ends.partition_point(|e| *e <= to);
        n.checked_sub(1).map(|i| self.ends[i])
    }
}

fn count(begun: usize, ended: usize) -> u32 {
    u32::try_from(begun.saturating_sub(ended)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(s: f64) -> Time {
        Time::from_secs(s).unwrap()
    }

    #[test]
    fn an_instant_is_before_what_begins_at_it_and_after_what_ends_at_it() {
        let open = Intervals::of([5.0, 0.0].map(at).to_vec(), [10.0, 5.0].map(at).to_vec());
        assert_eq!([0.0, 1.0, 5.0, 6.0, 10.0].map(|s| open.at(at(s))), [0, 1, 0, 1, 0]);
        assert_eq!(open.begins_from(at(0.5)), [at(5.0)]);
        assert_eq!((open.last_end(at(9.0)), open.last_end(at(4.0))), (Some(at(5.0)), None));
        assert!(open.ended_between(at(4.0), at(5.0)) && !open.ended_between(at(5.0), at(9.0)));
    }

    #[test]
    fn instants_in_any_order_get_what_each_alone_gets() {
        let begins: Vec<Time> = (0..40).map(|n| at(f64::from(n))).collect();
        let open = Intervals::of(begins, (0..40).map(|n| at(f64::from(n * 3 % 50 + n))).collect());
        let instants = [30.0, 30.0, 31.5, 90.0, 2.0, 45.0, -5.0, 91.0].map(at);
        assert_eq!(open.at_each(instants.into_iter()), instants.map(|t| open.at(t)));
        assert_eq!(open.at_each(std::iter::empty()), Vec::<u32>::new());
    }
}
