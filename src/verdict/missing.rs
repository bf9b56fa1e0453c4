//! What would have decided it, and what to do: the causes' own templates, filled with this episode's numbers.

use super::Judged;
use super::estimates::Estimates;
use crate::causes::{self, CauseInfo};
use crate::evidence::Case;
use crate::model::{Cause, Time};

/// Sentences of an episode that come from its likeliest causes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// What would have decided it.
    pub missing: Vec<String>,
    /// What to do now, then what to change.
    pub advice: Vec<String>,
}

/// Most sentences of each kind: a page that is read, not a manual.
const MOST: usize = 4;
/// A cause below this probability gives no advice.
const LIKELY: f64 = 0.15;

impl Words {
    /// The sentences for a judged episode.
    pub fn of(case: &Case<'_>, judged: &Judged, estimates: &Estimates) -> Self {
        let likely: Vec<Cause> =
            judged.shares.causes().into_iter().filter(|(_, p)| *p >= LIKELY).map(|(c, _)| c).take(2).collect();
        let values = values(case, judged, estimates);
        let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
        let infos: Vec<&CauseInfo> = likely.iter().map(|c| causes::info(*c)).collect();
        let filled = |templates: &[&str]| -> Vec<String> { causes::fill_all(templates, &values) };
        let mut words = Self::default();
        let decided = judged.verdict.word == super::Word::Confirmed;
        for info in &infos {
            if !decided {
                words.missing.extend(filled(&[info.settles]));
            }
        }
        // What to do serves the first cause; a second one only where the verdict is open.
        let served = if judged.verdict.between.is_some() { infos.len() } else { 1 };
        // What to do now comes first: outputs set it apart.
        match case.episode.first_admission_after {
            Some(after) => {
                words.advice.push(format!("Nothing to wait for: requests went through again at {}.", after.rfc3339()))
            }
            None => words.advice.extend(infos.iter().take(served).flat_map(|i| filled(i.advice_now))),
        }
        words.advice.extend(infos.iter().take(1).flat_map(|i| filled(i.advice_change)));
        dedupe(&mut words.missing);
        dedupe(&mut words.advice);
        words
    }
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

fn values(case: &Case<'_>, judged: &Judged, estimates: &Estimates) -> Vec<(&'static str, String)> {
    let e = case.episode;
    let mut values = vec![
        ("pool", case.pool.id.clone()),
        ("at", e.from.rfc3339()),
        ("first_refusal", e.from.rfc3339()),
        ("last_refusal", e.to.rfc3339()),
    ];
    let recovery = e.first_admission_after.unwrap_or(e.to);
    values.push(("recovery", Time::rfc3339(recovery)));
    if let Some(cap) = estimates.cap {
        values.push(("cap", cap.best.to_string()));
    }
    if let Some((minutes, _)) = judged.shares.windows().first() {
        values.push(("window", causes::window_name(*minutes)));
    }
    if let Some(reset) = estimates.resets_at {
        values.push(("reset", reset.rfc3339()));
    }
    values
}
