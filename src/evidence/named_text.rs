//! Named text: the limit that the error texts name, if at least 80 % of those that name one agree.
//!
//! Named texts have a stated error model: about one in twenty misleads, in ten ways (docs/METHOD.md, Evidence). The
//! best known sentence, and every other ambiguous one, names nothing and weighs nothing.

use std::collections::BTreeMap;

use super::declaration::{Condition, Declaration, Edge, Flags, Unit, bin, condition, measured};
use super::hypotheses::{OTHER, TARGET};
use super::{EpisodeContext, Observation, Values};
use crate::model::{Attempt, Cause, Class, Hypothesis, SourceRef};
use crate::signals::{self, Kind as Strength};

measured! {
    /// What the error texts of the refusals name.
    NamedText {
        /// Cause that most error texts name; null where none is named.
        named_cause: Option<Cause> as Word,
        /// Window lengths that the texts name: none, one, or several of which it is one.
        named_windows_minutes: Lengths as Counts,
        /// Refusals whose text names `named_cause`.
        refusals_naming_it: usize as Count,
        /// Refusals whose text names any limit.
        refusals_naming_any: usize as Count,
        /// Refusals that have a row of their own, which could carry a text.
        refusals_with_row: usize as Count,
        /// Whether the words of the text are also used for other limits.
        used_for_other_limits: bool as Flag,
        /// Whether the limit in the text is 0 or less, which refuses every request.
        limit_is_zero: bool as Flag,
        /// Whether the wording of the text is in the catalogue.
        wording_is_known: bool as Flag,
    }
    beside {
        /// The beginning of the text.
        quote: Option<String>,
    }
}

/// Texts agree when this share of those that name a limit name the same.
const AGREE: f64 = 0.8;
/// Texts that name a limit speak for the episode when at least this share of all its refusals carry one.
const CARRIED: f64 = 0.5;

const NO_LIMIT: Condition = condition("no_limit", "no text names a limit");
const AMBIGUOUS_WORDS: Condition = condition("misleading", "the words were seen for other limits too");
const CARRIED_RARE: Condition =
    condition("carried_rare", "at least half of the refusals carry it, and its cause has a prior below 5 %");
const CARRIED_USUAL: Condition = condition("carried", "at least half of the refusals carry it");

/// See the module.
pub static DECLARATION: Declaration = Declaration {
    id: "named_text",
    topic: "named_text",
    number: ("share that names the same, of the texts that name a limit", Unit::Share),
    bins: &[
        bin("ambiguous", Edge::Any)
            .when(NO_LIMIT)
            .because("it is used for several limits, or its wording is not known"),
        bin("conflict", Edge::Below(AGREE)).because("texts contradict each other, so none is believed"),
        bin("misleading", Edge::Any)
            .when(AMBIGUOUS_WORDS)
            .means_for(&[TARGET])
            .means_against(&[OTHER])
            .because("the words mean the limit more often than others"),
        bin("named_rare", Edge::Any)
            .when(CARRIED_RARE)
            .means_for(&[TARGET])
            .means_against(&[OTHER])
            .because("a rare cause takes more points to reach nineteen in twenty"),
        bin("named", Edge::Any)
            .when(CARRIED_USUAL)
            .means_for(&[TARGET])
            .means_against(&[OTHER])
            .because("nineteen texts in twenty are right"),
        bin("partly", Edge::Any)
            .means_for(&[TARGET])
            .means_against(&[OTHER])
            .because("the other refusals may be of something else"),
    ],
    flags: Flags { positive: true, valid_for_short_episodes: true, about_a_text: true, stated: true, ..Flags::NONE },
    measures: QUANTITIES,
    ..Declaration::EMPTY
};

impl NamedText {
    /// Whether at least half of the refusals carry a text that names a limit.
    fn is_carried(&self) -> bool {
        self.refusals_naming_any as f64 >= CARRIED * self.refusals_with_row as f64
    }

    /// Whether texts that name a limit name different ones.
    pub fn is_contradictory(&self) -> bool {
        self.number() < AGREE
    }
}

impl Values for NamedText {
    const DECLARATION: &'static Declaration = &DECLARATION;

    fn number(&self) -> f64 {
        self.refusals_naming_it as f64 / self.refusals_naming_any as f64
    }

    fn holds(&self, condition: &str) -> bool {
        match (condition, self.named_cause) {
            ("no_limit", cause) => cause.is_none(),
            ("misleading", _) => self.used_for_other_limits,
            ("carried_rare", Some(cause)) => self.is_carried() && is_rare(cause, self.named_windows_minutes),
            _ => self.is_carried(),
        }
    }
}

pub(super) fn measure(case: &EpisodeContext<'_>) -> Option<Observation> {
    let named = named_refusals(case);
    if named.is_empty() {
        return ambiguous(case);
    }
    let (cause, windows, agreeing) = majority(&named)?;
    let sources: Vec<SourceRef> = agreeing.iter().map(|n| n.attempt.source).take(4).collect();
    let first = agreeing.first()?.attempt;
    let values = NamedText {
        named_cause: Some(cause),
        named_windows_minutes: windows,
        refusals_naming_it: agreeing.len(),
        refusals_naming_any: named.len(),
        refusals_with_row: could_say(case),
        used_for_other_limits: agreeing.iter().all(|n| n.strength == Strength::Misleading),
        limit_is_zero: has_no_use(case, first),
        wording_is_known: true,
        quote: first_words(case, first),
    };
    if values.is_contradictory() {
        return Observation::new(values, sources);
    }
    let plain = !values.used_for_other_limits && values.is_carried();
    let targets = targets(case, cause, windows);
    // A text that names two windows means one of them, and no other.
    let others = |h: &Hypothesis| windows.len() > 1 && !targets.contains(h) && h.window_minutes.is_some();
    let denied = agreeing.iter().all(|n| denies_a_window(case, n.attempt));
    let excludes = if denied || plain { case.window_hypotheses() } else { Vec::new() };
    let excludes = excludes.into_iter().filter(|h| denied || others(h)).collect();
    Some(Observation::new(values, sources)?.targeting(targets).excluding(excludes))
}

/// Whether a text says that no quota is used up, whatever else it names: Claude Code adds "not your usage limit".
fn denies_a_window(case: &EpisodeContext<'_>, a: &Attempt) -> bool {
    a.error_message.is_some_and(|id| case.timeline.texts.get(id).contains("not your usage limit"))
}

/// Whether the limit in the text is 0 or less.
fn has_no_use(case: &EpisodeContext<'_>, a: &Attempt) -> bool {
    let found = || signals::catalogue().matching(&signals::error_info(a, &case.timeline.texts))?.own_limit;
    a.class == Class::Local && a.error_message.is_some() && found().is_some_and(|own| own.is_mistake)
}

/// A refusal that names a limit, and which.
#[derive(Clone, Copy)]
struct Named<'a> {
    attempt: &'a Attempt,
    strength: Strength,
    limit: (Cause, Lengths),
}

/// Refusals that name a limit: by their text, or by a log line which shows that the user's own side refused.
fn named_refusals<'a>(case: &EpisodeContext<'a>) -> Vec<Named<'a>> {
    case.refusals().filter_map(named).collect()
}

fn named(attempt: &Attempt) -> Option<Named<'_>> {
    if attempt.class == Class::Local {
        return Some(Named { attempt, strength: Strength::Named, limit: (Cause::LocalLimit, &[]) });
    }
    let signal = signals::catalogue().signal(attempt.signal?)?;
    // That no answer came is the class of the refusal already, and names no limit.
    let cause = signal.cause().filter(|c| *c != Cause::Network)?;
    let named = Named { attempt, strength: signal.kind, limit: (cause, signal.windows()) };
    (signal.kind != Strength::Ambiguous).then_some(named)
}

/// Whether at least half of the refusals carry a text that plainly names a limit, and these agree.
pub(super) fn names_most(case: &EpisodeContext<'_>) -> bool {
    let named = named_refusals(case);
    let Some((_, _, agreeing)) = majority(&named) else { return false };
    let plain = agreeing.iter().filter(|n| n.strength == Strength::Named).count() as f64;
    plain >= AGREE * named.len() as f64 && plain >= CARRIED * could_say(case) as f64
}

/// Whether any text names a limit, also in words that were seen for others.
pub fn names_a_limit(case: &EpisodeContext<'_>) -> bool {
    !named_refusals(case).is_empty()
}

/// Whether any text names a concurrency cap.
pub(super) fn names_a_cap(case: &EpisodeContext<'_>) -> bool {
    named_refusals(case).iter().any(|n| n.limit.0 == Cause::ConcurrencyCap)
}

/// Refusals that could carry a text.
fn could_say(case: &EpisodeContext<'_>) -> usize {
    case.episode.refusals.len() - case.not_logged()
}

/// Window lengths that a text names: none, one, or several of which it is one.
type Lengths = &'static [u32];

fn majority<'a>(named: &[Named<'a>]) -> Option<(Cause, Lengths, Vec<Named<'a>>)> {
    let mut by_limit: BTreeMap<(Cause, Lengths), Vec<Named<'a>>> = BTreeMap::new();
    for refusal in named {
        by_limit.entry(refusal.limit).or_default().push(*refusal);
    }
    let best = by_limit.into_iter().max_by(|a, b| a.1.len().cmp(&b.1.len()).then(b.0.cmp(&a.0)));
    best.map(|((cause, windows), refusals)| (cause, windows, refusals))
}

fn ambiguous(case: &EpisodeContext<'_>) -> Option<Observation> {
    let said: Vec<&Attempt> = case.refusals().filter(|a| a.error_message.is_some()).collect();
    let quote = first_words(case, said.first()?)?;
    let sources = said.iter().map(|a| a.source).take(2).collect();
    let values = NamedText {
        named_cause: None,
        named_windows_minutes: &[],
        refusals_naming_it: 0,
        refusals_naming_any: 0,
        refusals_with_row: could_say(case),
        used_for_other_limits: false,
        limit_is_zero: false,
        wording_is_known: said.iter().any(|a| a.signal.is_some()),
        quote: Some(quote),
    };
    Observation::new(values, sources)
}

/// The beginning of an attempt's error text, if it has one.
pub fn first_words(case: &EpisodeContext<'_>, a: &Attempt) -> Option<String> {
    /// Enough of a sentence to recognise it.
    const QUOTE_CHARS: usize = 110;
    let text = case.timeline.texts.get(a.error_message.or(a.error_kind.filter(|_| a.class == Class::Local))?);
    let mut short: String = text.chars().take(QUOTE_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    Some(short)
}

/// Causes with a prior below 5 % need more points to reach what the error model says of a text that names them: nineteen
/// of twenty such texts are right, however rare the cause.
fn is_rare(cause: Cause, windows: Lengths) -> bool {
    match cause {
        Cause::TokenWindow => !windows.is_empty() && !windows.iter().any(|w| matches!(w, 300 | 10_080)),
        cause => matches!(cause, Cause::Billing | Cause::Access | Cause::LocalLimit),
    }
}

fn targets(case: &EpisodeContext<'_>, cause: Cause, windows: Lengths) -> Vec<Hypothesis> {
    match (cause, windows) {
        (Cause::TokenWindow, []) => case.window_hypotheses(),
        (Cause::TokenWindow, some) => some.iter().map(|w| Hypothesis::window(*w)).collect(),
        _ => vec![Hypothesis::of(cause)],
    }
}
