//! Requests in flight: `#{admitted starts < t} - #{admitted ends <= t}` (docs/METHOD.md, Definitions).
//!
//! A row that hides retries says only when its step began: the admitted request among them began later. A refused row of the
//! pool is nothing but retries, so its length is how long these take: an admitted request began by then. Where nothing was
//! refused it is taken to begin its usual duration before its end. Evidence from such rows counts half, unless retries take next
//! to nothing.
//!
//! An admitted attempt without an end is taken to end at the next start of its agent, at the latest after the pool's
//! median duration. Where more than half of the ends are missing the curve is not used as evidence.

use super::intervals::Intervals;
use crate::model::{Attempt, Fidelity, Time, median};

/// Largest share of admitted attempts without a usable end with which in-flight still counts as evidence
/// (docs/METHOD.md, Definitions: imputed values gave confident errors).
const MOST_MISSING: f64 = 0.5;

/// Duration taken for an admitted attempt when no attempt of the pool shows one, in seconds.
const DURATION_UNKNOWN_S: f64 = 10.0;

/// The in-flight curve of a pool.
#[derive(Debug, Default)]
pub struct InFlight {
    open: Intervals,
    /// Known durations of admitted attempts, ascending, in seconds.
    pub durations: Vec<f64>,
    /// For each duration, the sum of it and all longer ones.
    lived_s: Vec<f64>,
    /// Whether enough ends are known for in-flight to be evidence.
    pub usable: bool,
    /// Share of admitted attempts without a usable end.
    pub missing: f64,
    /// Share of admitted attempts whose row may hide refused requests before the admitted one, for longer than next to nothing.
    pub collapsed: f64,
    /// Share of admitted attempts whose row may hide refused requests, for however short a time.
    pub hiding: f64,
    /// How a row that hides retries is read.
    hidden: Hidden,
}

/// Retries take next to nothing up to so many seconds, or this share of a usual request.
const BRIEF_S: f64 = 2.0;
const BRIEF_SHARE: f64 = 0.1;
/// Share of the refused rows that must be as brief.
const NEARLY_ALL: f64 = 0.9;

/// What is known of rows that hide retries.
#[derive(Clone, Copy, Debug, Default)]
struct Hidden {
    /// Usual duration of an admitted row, in seconds.
    usual_s: f64,
    /// How long the refused rows of the pool took: half of them, and nearly all; `None` where nothing was refused.
    retries_s: Option<(f64, f64)>,
}

impl Hidden {
    fn of(attempts: &[Attempt], usual_s: f64) -> Self {
        let length =
            |a: &Attempt| Some(a.end?.since(a.start)).filter(|_| a.is_refused() && a.start_read && a.has_row());
        let mut lengths: Vec<f64> = attempts.iter().filter_map(length).collect();
        lengths.sort_unstable_by(f64::total_cmp);
        let nearly_all = (NEARLY_ALL * lengths.len() as f64) as usize;
        Self { usual_s, retries_s: median(&lengths).zip(lengths.get(nearly_all).copied()) }
    }

    /// Whether a request begins with its row for all that matters.
    fn are_brief(self) -> bool {
        self.retries_s.is_some_and(|(_, s)| s <= BRIEF_S.max(BRIEF_SHARE * self.usual_s))
    }

    fn begin(self, a: &Attempt) -> Time {
        match (a.fidelity, a.end) {
            (Fidelity::Collapsed, Some(end)) => {
                let by_length = a.start.max(end.plus(-self.usual_s));
                self.retries_s.map_or(by_length, |(s, _)| by_length.min(a.start.plus(s)))
            }
            _ => a.start,
        }
    }
}

impl InFlight {
    /// The curve of a pool; `attempts` by start, `agents` as long, `open` the begin and the latest end of requests that have
    /// no answer yet.
    pub fn of(attempts: &[Attempt], agents: &[Option<u32>], open: &[(Time, Time)]) -> Self {
        let admitted: Vec<usize> = (0..attempts.len()).filter(|i| attempts[*i].is_admitted()).collect();
        let mut durations: Vec<f64> = admitted
            .iter()
            .map(|i| &attempts[*i])
            .filter(|a| a.start_read)
            .filter_map(|a| a.end.map(|e| e.since(a.start)))
            .collect();
        durations.sort_unstable_by(f64::total_cmp);
        let usual = median(&durations).unwrap_or(DURATION_UNKNOWN_S);
        let hidden = Hidden::of(attempts, usual);
        let next = next_of_agent(attempts, agents);
        let mut missing = 0usize;
        let mut starts = Vec::with_capacity(admitted.len());
        let mut ends = Vec::with_capacity(admitted.len());
        for i in &admitted {
            let a = &attempts[*i];
            let end = match a.end {
                Some(end) if a.start_read => end,
                Some(end) => {
                    missing += 1;
                    starts.push(end.plus(-usual));
                    ends.push(end);
                    continue;
                }
                None => {
                    missing += 1;
                    let latest = a.start.plus(usual);
                    next[*i].map_or(latest, |n| n.min(latest))
                }
            };
            starts.push(hidden.begin(a));
            ends.push(end);
        }
        starts.extend(open.iter().map(|(start, _)| *start));
        ends.extend(open.iter().map(|(_, end)| *end));
        let n = admitted.len().max(1) as f64;
        let hiding = admitted.iter().filter(|i| attempts[**i].fidelity == Fidelity::Collapsed).count() as f64 / n;
        let missing = missing as f64 / n;
        Self {
            open: Intervals::of(starts, ends),
            lived_s: sums_from_the_end(&durations),
            durations,
            usable: !admitted.is_empty() && missing <= MOST_MISSING,
            missing,
            collapsed: if hidden.are_brief() { 0.0 } else { hiding },
            hiding,
            hidden,
        }
    }

    /// When an admitted attempt began to be in flight: its start, or later where its row hides retries.
    pub fn begin(&self, a: &Attempt) -> Time {
        self.hidden.begin(a)
    }

    /// Requests in flight just before an instant: those that started before it and had not ended by it.
    pub fn at(&self, t: Time) -> u32 {
        self.open.at(t)
    }

    /// The same, where a slot is given back some seconds after its request ended.
    pub fn at_with_lag(&self, t: Time, lag_s: f64) -> u32 {
        self.open.at_with_lag(t, lag_s)
    }

    /// Most requests in flight at any instant from one time until before another.
    pub fn most(&self, from: Time, until: Time) -> u32 {
        self.open.most(from, until)
    }

    /// [`Self::at`] for many instants. Instants in order cost one walk together.
    pub fn at_each(&self, instants: impl Iterator<Item = Time>) -> Vec<u32> {
        self.open.at_each(instants)
    }

    /// Whether an admitted request ended in (from, to]: a slot was freed, if there are slots.
    pub fn freed_between(&self, from: Time, to: Time) -> bool {
        self.open.ended_between(from, to)
    }

    /// The last end at or before an instant, if any.
    pub fn last_end(&self, to: Time) -> Option<Time> {
        self.open.last_end(to)
    }

    /// Probability that one request, caught at a random instant of its life, lives longer than `seconds`:
    /// the residual-life survivor of the durations seen (docs/METHOD.md, Definitions). `None` with fewer than 5.
    pub fn residual_survival(&self, seconds: f64) -> Option<f64> {
        if self.durations.len() < 5 {
            return None;
        }
        let total = self.lived_s.first().copied().unwrap_or(0.0);
        let longer = self.durations.partition_point(|d| *d <= seconds);
        let count = (self.durations.len() - longer) as f64;
        let beyond = (self.lived_s.get(longer).copied().unwrap_or(0.0) - count * seconds).max(0.0);
        (total > 0.0).then(|| beyond / total)
    }
}

fn sums_from_the_end(numbers: &[f64]) -> Vec<f64> {
    let mut sums = numbers.to_vec();
    let mut sum = 0.0;
    for n in sums.iter_mut().rev() {
        sum += *n;
        *n = sum;
    }
    sums
}

/// Start of the next attempt in the same agent, for each attempt.
fn next_of_agent(attempts: &[Attempt], agents: &[Option<u32>]) -> Vec<Option<Time>> {
    let mut next = vec![None; attempts.len()];
    let count = agents.iter().flatten().max().map_or(0, |m| *m as usize + 1);
    let mut upcoming: Vec<Option<Time>> = vec![None; count];
    for i in (0..attempts.len()).rev() {
        if let Some(agent) = agents[i] {
            next[i] = upcoming[agent as usize];
            upcoming[agent as usize] = Some(attempts[i].start);
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use crate::model::Texts;
    use crate::timeline::testing::{admitted, pool};

    #[test]
    fn residual_life_is_the_share_of_all_time_lived_beyond() {
        let mut texts = Texts::default();
        let lives = [10.0, 10.0, 20.0, 20.0, 40.0];
        let starts = lives.iter().zip(0..);
        let attempts = starts.map(|(l, n)| admitted(&mut texts, f64::from(n), f64::from(n) + l, "a")).collect();
        let flight = pool(&texts, attempts).flight;
        // Of 100 s lived, 5 s and 5 s and 25 s came after the fifteenth.
        assert_eq!(flight.residual_survival(15.0), Some(0.35));
        assert_eq!(flight.residual_survival(40.0), Some(0.0));
        assert_eq!(flight.residual_survival(0.0), Some(1.0));
    }
}
