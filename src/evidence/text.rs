//! 5.2 Named text: the limit that the error texts name, if at least 80 % of those that name one agree.
//!
//! Named texts have a stated error model: about one in twenty misleads, in ten ways (docs/METHOD.md, Evidence). The
//! best known sentence, and every other ambiguous one, names nothing and weighs nothing.

use std::collections::BTreeMap;

use super::{EpisodeContext, Kind, Observation, share_of};
use crate::model::{Attempt, Cause, Class, Hypothesis, SourceRef};
use crate::signals::{self, Kind as Strength};

/// See the module.
#[derive(Debug)]
pub(super) struct NamedText;

/// Texts agree when this share of those that name a limit name the same.
const AGREE: f64 = 0.8;
/// Texts that name a limit speak for the episode when at least this share of all its refusals carry one.
const CARRIED: f64 = 0.5;

impl Kind for NamedText {
    fn id(&self) -> &'static str {
        "named_text"
    }

    fn bins(&self) -> &'static [&'static str] {
        &["named", "named_rare", "partly", "misleading", "conflict", "ambiguous"]
    }

    fn observe(&self, case: &EpisodeContext<'_>) -> Vec<Observation> {
        let named = named_refusals(case);
        if named.is_empty() {
            return ambiguous(self, case).into_iter().collect();
        }
        let Some((cause, windows, agreeing)) = majority(&named) else { return Vec::new() };
        let sources: Vec<SourceRef> = agreeing.iter().map(|n| n.attempt.source).take(4).collect();
        if (agreeing.len() as f64) < AGREE * named.len() as f64 {
            let statement = format!(
                "The error texts contradict each other: {} of the {} that name a limit name {}.",
                agreeing.len(),
                named.len(),
                name(cause, windows)
            );
            return Observation::new(self, "conflict", statement, sources).into_iter().collect();
        }
        let weak = agreeing.iter().all(|n| n.strength == Strength::Misleading);
        let carried = named.len() as f64 >= CARRIED * could_say(case) as f64;
        let bin = match (weak, carried) {
            (true, _) => "misleading",
            (false, true) if is_rare(cause, windows) => "named_rare",
            (false, true) => "named",
            (false, false) => "partly",
        };
        let quote = agreeing.first().and_then(|n| quoted(case, n.attempt)).unwrap_or_default();
        let verb = match (cause, agreeing.len()) {
            (Cause::LocalLimit, 1) => "comes from",
            (Cause::LocalLimit, _) => "come from",
            (_, 1) => "names",
            _ => "name",
        };
        let statement = format!(
            "{} {verb} {}{quote}{}.",
            share_of(agreeing.len(), could_say(case), "refusal"),
            name(cause, windows),
            if weak { ", in words that are also used for other limits" } else { "" },
        );
        let is_mistake = agreeing.first().is_some_and(|n| has_no_use(case, n.attempt));
        let statement = if is_mistake { format!("{statement} {MISTAKE}") } else { statement };
        let targets = targets(case, cause, windows);
        // A text that names two windows means one of them, and no other.
        let others = |h: &Hypothesis| windows.len() > 1 && !targets.contains(h) && h.window_minutes.is_some();
        let denied = agreeing.iter().all(|n| denies_a_window(case, n.attempt));
        let excludes = if denied || !weak && carried { case.window_hypotheses() } else { Vec::new() };
        let excludes = excludes.into_iter().filter(|h| denied || others(h)).collect();
        Observation::new(self, bin, statement, sources)
            .map(|o| o.targeting(targets).excluding(excludes))
            .into_iter()
            .collect()
    }
}

/// Whether a text says that no quota is used up, whatever else it names: Claude Code adds "not your usage limit".
fn denies_a_window(case: &EpisodeContext<'_>, a: &Attempt) -> bool {
    a.error_message.is_some_and(|id| case.timeline.texts.get(id).contains("not your usage limit"))
}

/// What is said of a limit of the user's own side that lets nothing pass.
const MISTAKE: &str =
    "That limit is set to 0 or less, which refuses every request: a mistake in the gateway's configuration.";

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
    case.episode.refusals.len() - case.untold()
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

fn ambiguous(kind: &NamedText, case: &EpisodeContext<'_>) -> Option<Observation> {
    let said: Vec<&Attempt> = case.refusals().filter(|a| a.error_message.is_some()).collect();
    let quote = quoted(case, said.first()?)?;
    let sources = said.iter().map(|a| a.source).take(2).collect();
    let is_known = said.iter().any(|a| a.signal.is_some());
    let why = if is_known { "it is used for several limits" } else { "its wording is not known" };
    let statement = format!("The error text names no limit{quote}: {why}.");
    Observation::new(kind, "ambiguous", statement, sources)
}

/// The beginning of an attempt's error text in brackets and quotation marks, if it has one.
pub fn quoted(case: &EpisodeContext<'_>, a: &Attempt) -> Option<String> {
    /// Enough of a sentence to recognise it.
    const QUOTE_CHARS: usize = 110;
    let text = case.timeline.texts.get(a.error_message.or(a.error_kind.filter(|_| a.class == Class::Local))?);
    let mut short: String = text.chars().take(QUOTE_CHARS).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    Some(format!(" (\"{short}\")"))
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

fn name(cause: Cause, windows: Lengths) -> String {
    match (cause, windows) {
        (Cause::TokenWindow, []) => "a token window without its length".to_owned(),
        (Cause::TokenWindow, some) => {
            let names: Vec<String> = some.iter().map(|w| crate::causes::window_name(*w)).collect();
            format!("the {} token window", names.join(" or "))
        }
        (Cause::ConcurrencyCap | Cause::RatePerMinute, _) => format!("the {}", crate::causes::limit(cause, None)),
        (Cause::Billing | Cause::LocalLimit, _) => format!("a {}", crate::causes::limit(cause, None)),
        _ => crate::causes::limit(cause, None),
    }
}
