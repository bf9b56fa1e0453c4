//! The reset that Retry-After asks to wait for, where nearly all waits end at one instant.
//!
//! It is an estimate and no evidence: the wait is weighed as evidence of its own already.

use crate::evidence::{EpisodeContext, moment};
use crate::model::Time;

/// A reset further away than the window is long, by this factor, is not that window's.
const SLACK: f64 = 1.1;

/// Waits up to this many seconds are those of a minute or of a client, not of a window.
const SHORT_S: f64 = 120.0;
/// Fewest waits that are believed.
const LEAST: usize = 3;
/// Share of the waits that must end at one instant.
const AGREE: f64 = 0.8;
/// Tolerance on that instant, in seconds.
const SAME_S: f64 = 10.0;

/// The instant at which nearly all waits end that the server asked for, over more than their tolerance.
pub fn asked(case: &EpisodeContext<'_>, minutes: u32) -> Option<Time> {
    let length_s = 60.0 * f64::from(minutes);
    let waits = case.refusals().filter_map(|a| {
        let wait_s = f64::from(a.retry_after_s()?);
        let at = moment(a);
        (wait_s > SHORT_S && wait_s <= SLACK * length_s).then(|| (at, at.plus(wait_s)))
    });
    let mut waits: Vec<(Time, Time)> = waits.collect();
    let apart = waits.last()?.0.since(waits.first()?.0);
    waits.sort_unstable_by_key(|(_, until)| *until);
    let (_, middle) = waits[waits.len() / 2];
    let agree = waits.iter().filter(|(_, until)| until.since(middle).abs() <= SAME_S).count();
    (waits.len() >= LEAST && apart > 2.0 * SAME_S && agree as f64 >= AGREE * waits.len() as f64).then_some(middle)
}
