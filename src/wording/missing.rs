//! What would have decided it, and what to do: the causes' own templates, filled with this episode's numbers.

use crate::causes;
use crate::evidence::EpisodeContext;
use crate::model::{Cause, Time};
use crate::verdict::Judged;
use crate::verdict::estimates::Estimates;
use crate::wording::settles::settles;

/// Sentences of an episode that come from its likeliest causes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// What would have decided it.
    pub missing: Vec<String>,
    /// What the cause advises while it lasts; when it ends is for `next` to say.
    pub now: Vec<String>,
    /// What to change so that it does not come back.
    pub change: Vec<String>,
}

/// Most sentences of each kind: a page that is read, not a manual.
const MOST: usize = 3;
/// A cause below this probability asks for no proof.
const LIKELY: f64 = 0.15;
/// A cap above this probability asks for it where nothing in flight can be counted: then nothing spoke for it or against it.
const UNCOUNTED: f64 = 0.03;

impl Words {
    /// The sentences for a judged episode.
    pub fn of(case: &EpisodeContext<'_>, judged: &Judged, estimates: &Estimates) -> Self {
        let values = values(case, judged, estimates);
        let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let filled = |templates: &[&str]| causes::fill_all(templates, &values);
        let by_share = judged.shares.causes();
        let likely = by_share.iter().copied().filter(|(_, p)| *p >= LIKELY).take(2);
        let uncounted =
            |(cause, p): &(Cause, f64)| !case.pool.flight.usable && *cause == Cause::ConcurrencyCap && *p >= UNCOUNTED;
        let mut words = Self::default();
        // Of an overlap both causes are plainly told already.
        if judged.verdict.confidence != crate::verdict::Confidence::Confirmed && judged.verdict.overlap.is_none() {
            let mut likely: Vec<(Cause, f64)> = likely.collect();
            likely.extend(by_share.iter().copied().filter(uncounted));
            // The snapshot that proves or refutes a window settles the unexplained block too.
            let has_window = likely.iter().any(|(cause, _)| *cause == Cause::TokenWindow);
            let asked = likely.into_iter().filter(|(cause, _)| !(has_window && *cause == Cause::AccountBlock));
            words.missing = rows_of_tries(case).into_iter().collect();
            let window = judged.shares.window_minutes();
            words.missing.extend(asked.flat_map(|(cause, _)| filled(&settles(case, cause, window))));
        }
        // An open verdict is advised as such: what serves one of its two causes may hurt under the other.
        let served = causes::info(judged.verdict.cause);
        let own = judged.verdict.local_limit.map(causes::local_limit::advice);
        let (now, change) = own.map_or((served.advice_now, served.advice_change), |own| (own.now, own.change));
        words.now = filled(now);
        words.change = filled(change);
        for sentences in [&mut words.missing, &mut words.now, &mut words.change] {
            dedupe(sentences);
        }
        words
    }
}

/// What refused is best told by the refusals, where half of them or more have no row.
fn rows_of_tries(case: &EpisodeContext<'_>) -> Option<String> {
    let (not_logged, all) = (case.not_logged(), case.episode.refusals.len());
    (2 * not_logged >= all && not_logged > 0).then(|| {
        format!("A row for each attempt, with its status and text: {not_logged} of {all} refusals are known only from the number of a later retry.")
    })
}

fn dedupe(sentences: &mut Vec<String>) {
    let mut seen: Vec<String> = Vec::new();
    sentences.retain(|s| {
        let new = !seen.contains(s);
        seen.push(s.clone());
        new
    });
    sentences.truncate(MOST);
}

fn values(case: &EpisodeContext<'_>, judged: &Judged, estimates: &Estimates) -> Vec<(&'static str, String)> {
    let e = case.episode;
    let mut values = vec![
        ("pool", case.pool.id.clone()),
        ("at", e.from.rfc3339()),
        ("first_refusal", e.from.rfc3339()),
        ("last_refusal", e.to.rfc3339()),
    ];
    let recovery = e.first_admission_after.unwrap_or(e.to);
    values.push(("recovery", Time::rfc3339(recovery)));
    if case.shared.snapshots.is_empty() {
        values.push(("no_snapshot", String::new()));
    }
    if let Some(cap) = estimates.cap {
        // No more than surely fit at once.
        values.push(("cap", cap.low.to_string()));
    }
    if let Some(minutes) = judged.shares.window_minutes() {
        values.push(("window", causes::window_name(minutes)));
    }
    if let Some(reset) = estimates.resets_at {
        values.push(("reset", reset.rfc3339()));
    }
    values
}
