//! From observations to a verdict: combination, words, groups, estimates.
//!
//! In: the observations of one episode. Out: [`Judged`]: points of each observation for each hypothesis, probabilities
//! that sum to 1, the word that may be used, estimates with bounds. The combination is a scorecard: every point is an
//! evidence line of the report.

pub mod estimates;
mod overlap;
mod reasons;
pub(crate) mod scope;
mod score;
mod silent;
#[cfg(test)]
mod tests;
mod weights;
mod words;

pub use overlap::Overlap;
pub use reasons::{Reason, TELLS, reasons};
pub use scope::scope_of;
pub use score::{Prior, Scored, Shares, leverage, points_for, score, strength};
pub use silent::judge_silence;
pub use weights::{Weights, WeightsError, embedded, in_use, reasoned};
pub use words::{Confidence, Verdict, decides, draw};

use crate::episodes::Episode;
use crate::evidence::{EpisodeContext, observe};
use crate::model::Hypothesis;

/// A judged episode.
#[derive(Debug)]
pub struct Judged {
    /// Observations with their points, strongest first.
    pub scored: Vec<Scored>,
    /// Probabilities.
    pub shares: Shares,
    /// What may be said.
    pub verdict: Verdict,
}

/// Judges a refused episode.
pub fn judge(case: &EpisodeContext<'_>, weights: &Weights) -> Judged {
    let hypotheses = hypotheses_of(case);
    let observations = observe(case);
    let (scored, shares) = score(observations, &hypotheses, weights);
    let verdict = draw(case, &scored, &shares);
    let mut judged = Judged { scored, shares, verdict };
    score::order(&mut judged, &weights.prior_over(&hypotheses));
    judged
}

/// Judges an episode of either kind.
pub fn judge_episode(case: &EpisodeContext<'_>, weights: &Weights) -> Judged {
    match case.episode.kind {
        crate::episodes::EpisodeKind::Refused => judge(case, weights),
        crate::episodes::EpisodeKind::Silent => judge_silence(case),
    }
}

/// All hypotheses of an episode.
pub fn hypotheses_of(case: &EpisodeContext<'_>) -> Vec<Hypothesis> {
    plain_hypotheses().chain(case.window_hypotheses()).collect()
}

/// All hypotheses for the window lengths in question; without any a window of unknown length.
pub fn hypotheses(windows: &[u32]) -> Vec<Hypothesis> {
    let unknown = windows.is_empty().then_some(Hypothesis::UNKNOWN_WINDOW);
    plain_hypotheses().chain(windows.iter().map(|w| Hypothesis::window(*w))).chain(unknown).collect()
}

fn plain_hypotheses() -> impl Iterator<Item = Hypothesis> {
    use crate::model::Cause as C;
    let plain = [
        C::ConcurrencyCap,
        C::RatePerMinute,
        C::Overload,
        C::Network,
        C::Billing,
        C::Access,
        C::LocalLimit,
        C::AccountBlock,
    ];
    plain.into_iter().map(Hypothesis::of)
}

/// Length of the longest window that any provider is known to count in, in seconds: what lies further back explains nothing.
pub fn longest_window_s() -> f64 {
    let known = crate::signals::catalogue().providers.iter().flat_map(|p| &p.windows);
    known.map(|w| crate::evidence::longest_life_s(w.minutes)).fold(0.0, f64::max)
}

/// What is counted over less than this many minutes is a limit of minutes, another cause.
const SHORTEST_WINDOW: u32 = 60;

/// Window lengths in question for a pool: those that its provider is known to use, and every one that a snapshot or an error
/// text names. Empty where nothing is known: then only a window of unknown length is in question.
pub fn windows_in_question(pool: &crate::timeline::PoolTimeline, episodes: &[Episode]) -> Vec<u32> {
    let catalogue = crate::signals::catalogue();
    let known = catalogue.provider(&pool.provider).map_or(&[][..], |p| &p.windows);
    let mut all: Vec<u32> = known.iter().map(|w| w.minutes).collect();
    let read = pool.snapshots.iter().flat_map(|s| s.state.windows.iter().map(|w| w.window_minutes));
    all.extend(read.filter(|m| *m >= SHORTEST_WINDOW));
    let refused = episodes.iter().flat_map(|e| e.refusals.iter());
    let named = refused.filter_map(|r| catalogue.signal(pool.at(*r).signal?));
    all.extend(named.flat_map(|s| s.windows()));
    all.sort_unstable();
    all.dedup();
    all
}
