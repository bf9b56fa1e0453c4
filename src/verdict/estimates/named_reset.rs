//! The reset that error texts name: the last one that was said, since a window's end may move on between refusals.
//!
//! It is an estimate and no evidence: the text that names it is weighed as a named text already.

use crate::evidence::Case;
use crate::model::{Attempt, Cause, Time};
use crate::signals::{self, Kind};

/// A reset further away than the window is long, by this factor, is not that window's.
const SLACK: f64 = 1.1;

/// The last reset that a refusal's text names for a window of this length.
pub fn last(case: &Case<'_>, minutes: u32) -> Option<Time> {
    let refusals: Vec<&Attempt> = case.refusals().collect();
    refusals.into_iter().rev().filter(|a| names_window(a, minutes)).find_map(|a| {
        let said = signals::said_by(a, &case.timeline.texts);
        let at = a.end.unwrap_or(a.start);
        let reset = signals::catalogue().matching(&said)?.resets_at(at, case.timeline.zone)?;
        let ahead = reset.since(at);
        (ahead > 0.0 && ahead <= SLACK * 60.0 * f64::from(minutes)).then_some(reset)
    })
}

fn names_window(a: &Attempt, minutes: u32) -> bool {
    let signal = a.signal.and_then(|s| signals::catalogue().signal(s));
    signal.is_some_and(|s| {
        let of_length = s.window_minutes.is_empty() || s.window_minutes.contains(&minutes);
        s.kind == Kind::Named && s.cause() == Some(Cause::TokenWindow) && of_length
    })
}
