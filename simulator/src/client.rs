//! What clients do when a request is refused.
//!
//! In: the try and the answer. Out: try again after so many seconds, or give up. Sources: docs/FORMATS.md (the SDK below Kimi CLI
//! repeats twice without a word, three tries of a step), 1.3 (Kimi Code: ten attempts, 0.5 s doubled to 32 s, Retry-After
//! obeyed), and for the canonical form the spread of policies that the research on other clients shows.

use crate::random::Random;
use crate::truth::Form;

/// A client's policy.
#[derive(Clone, Debug)]
pub struct Policy {
    /// Requests of the SDK behind one try; 1: it does not retry by itself.
    pub silent: u16,
    /// Tries of a step.
    pub tries: u16,
    /// First wait in seconds.
    base_s: f64,
    /// Factor from wait to wait.
    factor: f64,
    /// Longest wait in seconds.
    most_s: f64,
    /// What waits are multiplied by.
    jitter: (f64, f64),
    /// What is added to waits, in seconds.
    added_s: (f64, f64),
    /// Whether Retry-After counts.
    obeys: bool,
    /// Whether 401, 402 and 403 end the work at once.
    stops_at_account_errors: bool,
}

/// What a client does next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Next {
    /// The SDK sends it again, and no log tells.
    Silently(f64),
    /// Another try.
    Again(f64),
    /// The work ends.
    GiveUp,
}

/// An answer as far as a client looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// HTTP status.
    pub status: Option<u16>,
    /// Type of the body.
    pub kind: &'a str,
    /// Seconds to wait.
    pub retry_after_s: Option<f64>,
}

/// Longest Retry-After that the openai SDK obeys (its source).
const SDK_OBEYS_S: f64 = 60.0;

impl Policy {
    /// The policy of a form's client.
    pub fn of(form: Form, random: &mut Random) -> Self {
        match form {
            Form::KimiCli => Self {
                silent: 3,
                tries: 3,
                base_s: 0.3,
                factor: 2.0,
                most_s: 5.0,
                jitter: (1.0, 1.0),
                added_s: (0.0, 0.5),
                obeys: true,
                stops_at_account_errors: true,
            },
            Form::KimiCode => Self {
                silent: 1,
                tries: *random.weighted(&[(10, 0.8), (3, 0.1), (20, 0.1)]),
                base_s: 0.5,
                factor: 2.0,
                most_s: 32.0,
                jitter: (1.0, 1.25),
                added_s: (0.0, 0.0),
                obeys: true,
                stops_at_account_errors: true,
            },
            Form::Canonical => Self::drawn(random),
        }
    }

    fn drawn(random: &mut Random) -> Self {
        let steady = random.chance(0.2);
        let base_s = if steady { random.over_orders((4.0, 90.0)) } else { random.over_orders((0.3, 8.0)) };
        Self {
            silent: 1,
            tries: *random.weighted(&[(3, 0.2), (5, 0.25), (8, 0.2), (12, 0.2), (10_000, 0.15)]),
            base_s,
            factor: if steady { 1.0 } else { *random.pick(&[1.5, 2.0, 2.0, 3.0]) },
            most_s: random.over_orders((8.0, 400.0)).max(base_s),
            jitter: *random.pick(&[(1.0, 1.0), (0.75, 1.25), (0.0, 1.0), (1.0, 1.25)]),
            added_s: (0.0, 0.3),
            obeys: random.chance(0.6),
            stops_at_account_errors: random.chance(0.7),
        }
    }

    /// What follows a refusal. `outer` counts tries from 1, `inner` the SDK's own requests in this try from 0.
    pub fn next(&self, outer: u16, inner: u16, answered: Answered<'_>, random: &mut Random) -> Next {
        let account = matches!(answered.status, Some(401..=403));
        let quota = answered.kind == "exceeded_current_quota_error";
        if account && self.stops_at_account_errors {
            return Next::GiveUp;
        }
        let retry_after_s = answered.retry_after_s.filter(|_| self.obeys);
        if inner + 1 < self.silent && !account {
            let doubled = 0.5 * f64::from(1u32 << inner.min(8));
            let own = doubled.min(8.0) * random.within((0.75, 1.0));
            return Next::Silently(retry_after_s.filter(|s| *s <= SDK_OBEYS_S).unwrap_or(own));
        }
        if outer >= self.tries || (quota && self.stops_at_account_errors && self.silent == 1) {
            return Next::GiveUp;
        }
        let mut wait = self.base_s;
        for _ in 1..outer.min(16) {
            wait = (wait * self.factor).min(self.most_s);
        }
        let own = wait * random.within(self.jitter) + random.within(self.added_s);
        // Kimi CLI's own loop does not see the header; the SDK below it did.
        let retry_after_s = retry_after_s.filter(|s| self.silent == 1 && *s <= 3_600.0);
        Next::Again(retry_after_s.unwrap_or(own).max(0.05))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, retry_after_s: Option<f64>) -> Answered<'static> {
        Answered { status: Some(status), kind: "x", retry_after_s }
    }

    #[test]
    fn kimi_code_doubles_obeys_and_stops() {
        let mut random = Random::new(1, 9);
        let policy = Policy { tries: 10, ..Policy::of(Form::KimiCode, &mut random) };
        let wait = |outer, random: &mut Random| match policy.next(outer, 0, refused(429, None), random) {
            Next::Again(s) => s,
            other => panic!("{other:?}"),
        };
        assert!((0.5..0.63).contains(&wait(1, &mut random)));
        assert!((4.0..5.1).contains(&wait(4, &mut random)));
        assert!((32.0..40.1).contains(&wait(9, &mut random)));
        assert_eq!(policy.next(1, 0, refused(429, Some(7.0)), &mut random), Next::Again(7.0));
        assert_eq!(policy.next(10, 0, refused(429, None), &mut random), Next::GiveUp);
        assert_eq!(policy.next(1, 0, refused(403, None), &mut random), Next::GiveUp);
    }

    #[test]
    fn kimi_cli_sends_nine_requests_for_a_step() {
        let mut random = Random::new(1, 9);
        let policy = Policy::of(Form::KimiCli, &mut random);
        let (mut outer, mut inner, mut sent) = (1, 0, 1);
        loop {
            match policy.next(outer, inner, refused(429, None), &mut random) {
                Next::Silently(_) => inner += 1,
                Next::Again(_) => (outer, inner) = (outer + 1, 0),
                Next::GiveUp => break,
            }
            sent += 1;
        }
        assert_eq!(sent, 9);
    }
}
