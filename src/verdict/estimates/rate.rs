//! The limit per minute: as a refusal names it, else between what was admitted in a minute and what had been admitted when the
//! refusals came (docs/METHOD.md, Estimates).
//!
//! Of a limit of L a minute every admission leaves at most L counted, and every refusal finds more than L with itself. What is
//! counted is not known: requests or tokens, of the last 60 s or of the clock's minute, with the refused ones or without. Each
//! way to count gives a lower and an upper bound; a way whose bounds contradict each other is not the one, and the others
//! together bound the limit.

use std::collections::BTreeMap;

use crate::evidence::EpisodeContext;
use crate::model::{Attempt, Cause, Fidelity, Time};
use crate::signals::{self, ErrorInfo};
use crate::timeline::usage::Unit;

/// Requests or tokens a minute, with bounds; `high` `None` means "at least".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateEstimate {
    /// Tokens or requests.
    pub unit: Unit,
    /// Least.
    pub low: u64,
    /// Best.
    pub best: u64,
    /// Most.
    pub high: Option<u64>,
}

/// Admissions so near the episode show what its limit allows, in seconds either side.
const AROUND_S: f64 = 900.0;
/// A minute, in seconds.
const MINUTE_S: f64 = 60.0;
/// A request is counted when it arrives, which may be so many seconds after it was sent.
const SKEW_S: f64 = 1.0;
/// So large a share of the refusals may come of something else.
const STRAY: f64 = 0.1;
/// Fewest refusals for an upper bound.
const LEAST_REFUSALS: usize = 5;
/// Share of the admissions whose tokens must be known, to bound a limit in tokens.
const TOKENS_KNOWN: f64 = 0.9;
/// Bounds further apart than this factor are no upper bound that says anything.
const WIDEST: f64 = 2.0;
/// From so many requests a minute on it is no coincidence that their number separates refusals from admissions: of fewer,
/// tokens of requests of about one size do so too.
const TELLING: u64 = 12;
/// How near the bounds in requests must be for that.
const NEAR: f64 = 1.12;
/// So large a share of the use may come from clients that no log shows.
const UNSEEN: f64 = 0.1;

/// How a limiter counts.
#[derive(Clone, Copy, Debug)]
struct Way {
    unit: Unit,
    /// Since the clock's minute began; else the last 60 s.
    on_clock: bool,
    /// Refused requests count too.
    refused_too: bool,
}

const WAYS: [Way; 6] = [
    Way { unit: Unit::Requests, on_clock: false, refused_too: false },
    Way { unit: Unit::Requests, on_clock: true, refused_too: false },
    Way { unit: Unit::Requests, on_clock: false, refused_too: true },
    Way { unit: Unit::Requests, on_clock: true, refused_too: true },
    Way { unit: Unit::Tokens, on_clock: false, refused_too: false },
    Way { unit: Unit::Tokens, on_clock: true, refused_too: false },
];

/// Estimates the limit. `None` where no text names it and no way to count fits, or rows hide when their requests were sent.
pub fn rate(case: &EpisodeContext<'_>) -> Option<RateEstimate> {
    if let Some((unit, limit)) = named(case) {
        return Some(RateEstimate { unit, low: limit, best: limit, high: Some(limit) });
    }
    let near = case.pool.admitted_range(case.episode.from.plus(-AROUND_S), case.episode.to.plus(AROUND_S));
    let admitted: Vec<&Attempt> = case.pool.admitted[near].iter().map(|p| case.pool.at(*p)).collect();
    let hides = |a: &&&Attempt| a.fidelity == Fidelity::Collapsed || !a.start_read;
    if admitted.is_empty() || admitted.iter().filter(hides).count() * 2 > admitted.len() {
        return None;
    }
    let has_tokens = case.pool.usage.tokens_known >= TOKENS_KNOWN;
    let ways = WAYS.into_iter().filter(|w| has_tokens || w.unit == Unit::Requests);
    let fitting: Vec<(Way, u64, u64)> = ways.filter_map(|way| bounds(case, &admitted, way)).collect();
    // Where no way fits, as where clients that no log shows use the limit too, not even its unit is known.
    together(&fitting, has_tokens)
}

/// The ways that fit, in the one unit that they leave; `None` where they leave both, or none.
fn together(fitting: &[(Way, u64, u64)], has_tokens: bool) -> Option<RateEstimate> {
    let of = |unit: Unit| {
        let all = || fitting.iter().filter(move |(way, ..)| way.unit == unit);
        Some((all().map(|(_, low, _)| *low).min()?, all().map(|(.., high)| *high).max()?))
    };
    let (requests, tokens) = (of(Unit::Requests), of(Unit::Tokens));
    let is_telling = |(low, high): &(u64, u64)| *low >= TELLING && *high as f64 <= NEAR * *low as f64;
    let is_requests = has_tokens && tokens.is_none();
    let (unit, (low, high)) = match (requests.filter(|r| is_requests || is_telling(r)), tokens) {
        (Some(bounds), _) => (Unit::Requests, bounds),
        // Without an upper bound tokens fit whatever is counted.
        (None, Some(bounds)) if requests.is_none() && bounds.1 < u64::MAX => (Unit::Tokens, bounds),
        _ => return None,
    };
    let high = (high as f64 * (1.0 + UNSEEN)) as u64;
    let high = Some(high).filter(|high| *high as f64 <= WIDEST * low.max(1) as f64);
    let best = high.map_or(low, |high| u64::midpoint(low, high));
    Some(RateEstimate { unit, low, best, high })
}

/// The bounds if requests are counted this way; `None` where they contradict each other.
fn bounds(case: &EpisodeContext<'_>, admitted: &[&Attempt], way: Way) -> Option<(Way, u64, u64)> {
    let mut met: Vec<u64> = case.refusals().map(|a| at_most(case, a, way)).collect();
    if met.len() < LEAST_REFUSALS {
        return None;
    }
    met.sort_unstable();
    let dearest = admitted.iter().map(|a| cost(a, way.unit)).max().unwrap_or(1);
    let low = most_allowed(case, admitted, way);
    let before = met[(STRAY * met.len() as f64) as usize];
    let high = match way.unit {
        // The refused request was one too many: all that was counted before it fits.
        Unit::Requests => before,
        // In tokens its own size is not known, and where little was counted before it, it may be larger than any admitted one.
        Unit::Tokens if before < low / 2 => u64::MAX,
        Unit::Tokens => before.saturating_add(dearest),
    };
    (low <= high && high > 0).then_some((way, low, high))
}

/// The most that was counted with an admission, that one included.
fn most_allowed(case: &EpisodeContext<'_>, admitted: &[&Attempt], way: Way) -> u64 {
    let of_one = |a: &&Attempt| {
        let from = began(a.start, way).plus(SKEW_S);
        if from > a.start { 0 } else { counted(case, from, a.start, way) + cost(a, way.unit) }
    };
    admitted.iter().map(of_one).max().unwrap_or(0)
}

/// What had been counted when a request was refused, at most.
fn at_most(case: &EpisodeContext<'_>, refused: &Attempt, way: Way) -> u64 {
    counted(case, began(refused.start, way).plus(-SKEW_S), refused.start.plus(SKEW_S), way)
}

fn began(t: Time, way: Way) -> Time {
    if way.on_clock { t.floored((MINUTE_S * 1e6) as i64) } else { t.plus(-MINUTE_S) }
}

fn counted(case: &EpisodeContext<'_>, from: Time, to: Time, way: Way) -> u64 {
    let admitted = case.pool.usage.between(from, to, way.unit);
    let refused = if way.refused_too { case.pool.refused_between(from, to).len() as u64 } else { 0 };
    admitted + refused
}

fn cost(a: &Attempt, unit: Unit) -> u64 {
    match unit {
        Unit::Tokens => a.tokens.total().unwrap_or(0),
        Unit::Requests => 1,
    }
}

/// The limit that most refusals name, and in what.
fn named(case: &EpisodeContext<'_>) -> Option<(Unit, u64)> {
    let mut seen: BTreeMap<(bool, u64), usize> = BTreeMap::new();
    let mut last = None;
    for a in case.refusals() {
        // Equal texts name equal limits: match each distinct one once in a row.
        if last.is_none_or(|(id, _)| Some(id) != a.error_message) {
            last = a.error_message.map(|id| (id, in_text(case, a)));
        }
        if let Some((_, Some(limit))) = last.filter(|(id, _)| Some(*id) == a.error_message) {
            *seen.entry(limit).or_insert(0) += 1;
        }
    }
    let ((is_tokens, limit), _) = seen.into_iter().max_by_key(|(limit, n)| (*n, *limit))?;
    Some((if is_tokens { Unit::Tokens } else { Unit::Requests }, limit))
}

/// The limit of a minute that one text names: whether it is in tokens, and the number.
fn in_text(case: &EpisodeContext<'_>, a: &Attempt) -> Option<(bool, u64)> {
    let text = |id: Option<crate::model::TextId>| id.map(|id| case.timeline.texts.get(id));
    let message = text(a.error_message)?;
    let kind = text(a.error_kind);
    let said = ErrorInfo { provider: Some(&case.pool.provider), status: a.status, kind, message: Some(message) };
    let found = signals::catalogue().matching(&said)?;
    let limit = found.limit.filter(|n| *n > 0 && found.signal.cause() == Some(Cause::RatePerMinute))?;
    Some((is_in_tokens(message)?, limit))
}

/// Whether a text about a minute counts tokens, or requests; `None` where it says neither, or both.
fn is_in_tokens(text: &str) -> Option<bool> {
    let lower = text.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| lower.contains(w));
    let tokens = has(&["tpm", "tokens per min", "limit type: tokens", "tokens/min"]);
    let requests = has(&["rpm", "requests per min", "limit type: requests", "requests/min"]);
    (tokens != requests).then_some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAY: Way = WAYS[0];

    #[test]
    fn a_text_says_what_it_counts() {
        let moonshot = "request reached organization TPM rate limit, current: 21586, limit: 18000";
        assert_eq!(is_in_tokens(moonshot), Some(true));
        assert_eq!(is_in_tokens("limited to 20 requests per minute"), Some(false));
        assert_eq!(is_in_tokens("Crossed TPM / RPM / Max Parallel Request Limit"), None);
        assert_eq!(is_in_tokens("slow down"), None);
    }

    #[test]
    fn all_ways_that_fit_bound_it_together() {
        let clock = Way { on_clock: true, ..WAY };
        let rate = together(&[(WAY, 38, 40), (clock, 36, 41)], true).unwrap();
        assert_eq!((rate.unit, rate.low, rate.high), (Unit::Requests, 36, Some(45)));
        let rate = together(&[(WAYS[4], 30_000, 55_000)], true).unwrap();
        assert_eq!(
            (rate.unit, rate.low, rate.high),
            (Unit::Tokens, 30_000, None),
            "with use that no log shows it is more than twice the lower one"
        );
        assert_eq!(together(&[(WAYS[4], 30_000, u64::MAX)], true), None);
        assert_eq!(together(&[], true), None);
    }

    #[test]
    fn a_unit_is_named_only_where_the_other_one_does_not_fit_or_it_is_no_coincidence() {
        let tokens = (WAYS[4], 30_000, 55_000);
        assert_eq!(together(&[tokens, (WAY, 38, 40)], true).map(|r| r.unit), Some(Unit::Requests));
        assert_eq!(together(&[tokens, (WAY, 4, 4)], true), None, "four requests of one size are as many tokens");
        assert_eq!(together(&[(WAY, 4, 4)], true).map(|r| r.low), Some(4), "tokens were tried and do not fit");
        assert_eq!(together(&[(WAY, 4, 4)], false), None, "tokens are not known");
    }

    #[test]
    fn bounds_far_apart_are_a_lower_one() {
        let rate = together(&[(WAY, 10, 31)], true).unwrap();
        assert_eq!((rate.low, rate.high), (10, None));
    }
}
