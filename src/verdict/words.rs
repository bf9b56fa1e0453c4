//! Which word may be used (docs/REPORT.md).
//!
//! confirmed: 0.9 or more, with an error text or header that names the limit, or an exhausted snapshot inside the gap
//! (dated better than by its file's time) and a recovery at its reset. supported: 0.9 or more. compatible: 0.6 or more.
//! Else, or when the first two causes are of different groups and nearly equal, or two overlap in time, undetermined. A window without positive
//! evidence is at most compatible.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::evidence::{EpisodeContext, class, named_end, named_text, snapshot_in_gap};
use crate::model::{Cause, Group, Hypothesis, LocalLimit};
use crate::verdict::overlap::{Overlap, overlap};
use crate::verdict::{Scored, Shares};

/// How sure a verdict is (docs/METHOD.md, "Confidence").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Not decided.
    Undetermined,
    /// 0.6 or more.
    Compatible,
    /// 0.9 or more.
    Supported,
    /// 0.9 or more and named.
    Confirmed,
}

impl Confidence {
    /// The id in JSON (docs/schema.md).
    pub const fn id(self) -> &'static str {
        match self {
            Self::Undetermined => "undetermined",
            Self::Compatible => "compatible",
            Self::Supported => "supported",
            Self::Confirmed => "confirmed",
        }
    }
}

/// What may be said of an episode.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// First cause, or undetermined.
    pub cause: Cause,
    /// Likeliest window, when the first cause is one.
    pub window_minutes: Option<u32>,
    /// The word.
    pub confidence: Confidence,
    /// Probability of the first cause, also when undetermined.
    pub probability: f64,
    /// The two best causes when undetermined.
    pub between: Option<[Cause; 2]>,
    /// The two causes with their shares of the time, when they overlap; then `between` names them.
    pub overlap: Option<Overlap>,
    /// Group that is decided, if one is.
    pub group: Group,
    /// For a limit of the user's own side: which of them, if most refusals that say it agree.
    pub local_limit: Option<LocalLimit>,
    /// For a window: whether anything speaks for it positively.
    pub positive: bool,
    /// Undetermined, and the refusals are too few to tell the causes apart: the probabilities are the prior's.
    pub too_few: bool,
    /// For a window: whether a snapshot of that moment shows plenty left of it, against the error text.
    pub contradicted: bool,
}

const HIGH: f64 = 0.9;
const LIKELY: f64 = 0.6;
/// Two causes of different groups closer than this are nearly equal.
const NEARLY_EQUAL: f64 = 0.2;
/// A group is decided from this probability on.
const GROUP_DECIDED: f64 = 0.8;
/// Points from which an observation is positive evidence for a window.
const POSITIVE_POINTS: f64 = 0.5;

/// Whether the first cause may be named: it is likely, and no cause of another group is nearly as likely.
pub fn decides(shares: &Shares) -> bool {
    let causes = shares.causes();
    let (first, probability) = causes.first().copied().unwrap_or((Cause::AccountBlock, 0.0));
    let (second, runner_up) = causes.get(1).copied().unwrap_or((Cause::AccountBlock, 0.0));
    let apart = first.group() != second.group();
    probability >= LIKELY && !(apart && probability - runner_up < NEARLY_EQUAL)
}

/// Draws the verdict.
pub fn draw(case: &EpisodeContext<'_>, scored: &[Scored], shares: &Shares) -> Verdict {
    let causes = shares.causes();
    let (first, probability) = causes.first().copied().unwrap_or((Cause::AccountBlock, 0.0));
    let second = causes.get(1).map_or(Cause::AccountBlock, |(c, _)| *c);
    let likeliest = shares.window().filter(|_| first == Cause::TokenWindow);
    let window = likeliest.and_then(|h| h.window_minutes);
    let positive = likeliest.is_some_and(|h| speaks_positively(scored, &h));
    let contradicted = window.is_some_and(|m| crate::evidence::is_contradicted(case, m));
    let overlap = overlap(case);
    let too_few = overlap.is_none() && is_too_few(case, scored);
    let guessed = too_few && !is_carried(scored, first, window);
    let confidence = if overlap.is_some() || !decides(shares) || guessed {
        Confidence::Undetermined
    } else if probability < HIGH || (first == Cause::TokenWindow && !positive) || contradicted {
        Confidence::Compatible
    } else if is_named(scored, first, window) || window.is_some_and(|m| exhausted_until_reset(case, m)) {
        Confidence::Confirmed
    } else {
        Confidence::Supported
    };
    let undetermined = confidence == Confidence::Undetermined;
    Verdict {
        cause: if undetermined { Cause::Undetermined } else { first },
        window_minutes: window.filter(|_| !undetermined),
        confidence,
        probability,
        between: undetermined.then(|| overlap.map_or([first, second], |o| o.map(|(cause, ..)| cause))),
        overlap,
        group: if let Some([(one, ..), (other, ..)]) = overlap {
            one.group().filter(|g| other.group() == Some(*g)).unwrap_or(Group::None)
        } else if undetermined {
            decided_group(shares)
        } else {
            first.group().unwrap_or(Group::None)
        },
        local_limit: (!undetermined && first == Cause::LocalLimit).then(|| local_limit(case)).flatten(),
        positive,
        too_few: undetermined && too_few,
        contradicted,
    }
}

/// The limit of the user's own side that at least half of the refusals name.
fn local_limit(case: &EpisodeContext<'_>) -> Option<LocalLimit> {
    let mut counts: BTreeMap<LocalLimit, usize> = BTreeMap::new();
    let all =
        case.refusals().inspect(|a| a.local_limit.into_iter().for_each(|k| *counts.entry(k).or_default() += 1)).count();
    let (kind, n) = counts.into_iter().max_by_key(|(kind, n)| (*n, Reverse(*kind)))?;
    (2 * n >= all).then_some(kind)
}

/// Fewer refusals than this, in fewer probes than [`FEW_PROBES`], tell the causes apart only by what they say.
const FEW_REFUSALS: usize = 10;
/// See [`FEW_REFUSALS`].
const FEW_PROBES: usize = 3;

/// Points of an observation from which a cause rests on more than the prior.
const CARRIES: f64 = 0.5;

/// Whether more than the prior and a bare 429 speaks for the first cause.
fn is_carried(scored: &[Scored], first: Cause, window: Option<u32>) -> bool {
    let hypothesis = window.map_or(Hypothesis::of(first), Hypothesis::window);
    let points = |s: &Scored| s.points.get(&hypothesis).copied().unwrap_or(0.0);
    scored.iter().any(|s| match s.observation.kind == class::DECLARATION.id {
        true => !matches!(s.observation.bin, "rate_limited" | "forbidden" | "unknown"),
        false => points(s) >= CARRIES,
    })
}

/// Whether refusals are few, and neither a text nor a snapshot says what they were.
fn is_too_few(case: &EpisodeContext<'_>, scored: &[Scored]) -> bool {
    let decides = |s: &Scored| {
        let (kind, bin) = (s.observation.kind, s.observation.bin);
        kind == named_text::DECLARATION.id && bin != "ambiguous"
            || kind == named_end::DECLARATION.id
            || kind == snapshot_in_gap::DECLARATION.id && bin == "zero"
    };
    case.episode.refusals.len() < FEW_REFUSALS && case.probes().len() < FEW_PROBES && !scored.iter().any(decides)
}

fn decided_group(shares: &Shares) -> Group {
    let groups =
        [Group::AccountLevel, Group::Concurrency, Group::ShortRate, Group::Provider, Group::Client, Group::None];
    groups.into_iter().find(|g| shares.of_group(*g) >= GROUP_DECIDED).unwrap_or(Group::None)
}

fn speaks_positively(scored: &[Scored], window: &Hypothesis) -> bool {
    scored.iter().any(|s| {
        s.observation.declaration().flags.positive && s.points.get(window).is_some_and(|p| *p >= POSITIVE_POINTS)
    })
}

/// A text plainly names this cause (and window, if it names one).
fn is_named(scored: &[Scored], cause: Cause, window: Option<u32>) -> bool {
    scored.iter().any(|s| {
        s.observation.kind == named_text::DECLARATION.id
            && matches!(s.observation.bin, "named" | "named_rare")
            && s.observation
                .targets
                .iter()
                .any(|t| t.cause == cause && (t.window_minutes.is_none() || t.window_minutes == window))
    })
}

fn exhausted_until_reset(case: &EpisodeContext<'_>, minutes: u32) -> bool {
    crate::evidence::exhausted_until_reset(case, minutes)
}
