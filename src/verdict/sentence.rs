//! The sentence that a person pastes. Instants are RFC 3339 UTC; outputs for people turn them into their zone.

use super::scope::{of_whom, scope_of};
use super::{Judged, Verdict};
use crate::causes;
use crate::episodes::EpisodeKind;
use crate::evidence::{Case, ZoneOf, counted, duration, names_a_limit, quoted};
use crate::model::{Cause, Class, Time};
use crate::verdict::estimates::{Estimates, ResetSource};

/// The sentence of one episode.
pub fn sentence(case: &Case<'_>, judged: &Judged, estimates: &Estimates) -> String {
    let v = &judged.verdict;
    if case.episode.kind == EpisodeKind::Silent {
        return silent(case, v);
    }
    let when = when(case);
    let of_window = v.window_minutes.and_then(|m| judged.shares.of_window(m));
    let but = if v.contradicted { "; a usage snapshot of that moment contradicts the error text" } else { "" };
    let sure = format!("{}, {}{but}", v.word.id(), certainty(v.probability, of_window));
    let refused = counted(case.episode.refusals.len(), "refusal");
    let scope = scope_of(case);
    let (of_whom, for_whom) = (of_whom(&scope, "of"), of_whom(&scope, "for"));
    match v.cause {
        Cause::Undetermined => undetermined(case, judged, &when, estimates),
        Cause::TokenWindow if !v.positive => format!(
            "Account-level block{of_whom} {when}: {}a used-up {} fits best but nothing proves it{} ({sure}).",
            not_concurrency(judged),
            causes::named_limit(v.cause, v.window_minutes),
            named_end(case, estimates)
        ),
        Cause::TokenWindow => format!(
            "The {}{of_whom} was used up {when}{} ({sure}).",
            causes::named_limit(v.cause, v.window_minutes),
            ended(case, estimates)
        ),
        Cause::ConcurrencyCap => {
            let end = named_end(case, estimates);
            let slots = slots_taken(case, estimates).map(|slots| format!(" while {slots}")).unwrap_or_default();
            format!("Too many requests at once{for_whom} {when}: {refused}{slots}{end} ({sure}).")
        }
        Cause::AccountBlock => {
            let end = named_end(case, estimates);
            format!(
                "Account-level block{of_whom} {when} that no known limit explains{}{end} ({sure}).",
                not_concurrency_tail(judged)
            )
        }
        cause => {
            let own = v.local_limit.map(|kind| causes::local_limit::title(kind).to_owned());
            let limit = own.unwrap_or_else(|| causes::limit(cause, None));
            let end = named_end(case, estimates);
            format!("{}{for_whom} {when}: {refused}{end} ({sure}).", capital(&limit))
        }
    }
}

/// `from A to B (57 min, 1,204 refusals)`, or since when it runs.
fn when(case: &Case<'_>) -> String {
    let e = case.episode;
    let (from, to) = (stamp(e.from), stamp(e.to));
    if e.from == e.to {
        return format!("at {from}");
    }
    match (e.last_admission_before, e.first_admission_after) {
        (None, None) => format!("from {from} or earlier to {to} or later"),
        (None, Some(_)) => format!("from {from} or earlier to {to}"),
        (Some(_), None) => format!("from {from} to {to} or later"),
        _ => format!("from {from} to {to}"),
    }
}

fn stamp(t: Time) -> String {
    t.rfc3339()
}

/// A probability: `97 %`; never a certainty.
pub fn percent(p: f64) -> String {
    // To the four digits of the document, so that a report never tells one number in two ways.
    match (p * 1e4).round() / 1e4 {
        p if p > 0.99 => "over 99 %".to_owned(),
        p if p < 0.01 => "under 1 %".to_owned(),
        p => format!("{:.0} %", p * 100.0),
    }
}

/// From this difference on the length of a window is worth doubting.
const LENGTH_IN_DOUBT: f64 = 0.05;

/// The probability of what is named. A window is named with its length, and is less likely than a window of any length,
/// which is added where the difference matters.
pub fn certainty(of_cause: f64, of_window: Option<f64>) -> String {
    match of_window {
        Some(own) if of_cause - own >= LENGTH_IN_DOUBT => format!("{}, any window {}", percent(own), percent(of_cause)),
        own => percent(own.unwrap_or(of_cause)),
    }
}

fn ended(case: &Case<'_>, estimates: &Estimates) -> String {
    let zone = zone(estimates);
    match (estimates.resets_at, case.episode.first_admission_after) {
        (Some(reset), Some(after)) if after >= reset => format!(
            "; it reset at {}{zone} and requests went through {} later",
            stamp(reset),
            duration(after.since(reset))
        ),
        (Some(reset), Some(after)) => {
            format!("; it was to reset at {}{zone}, but requests went through again at {}", stamp(reset), stamp(after))
        }
        (Some(reset), None) => format!("; it is to reset at {}{zone}", stamp(reset)),
        (None, Some(after)) => format!("; requests went through again at {}", stamp(after)),
        (None, None) => String::new(),
    }
}

/// The end that the error or its header names, for a cause that has no reset of its own.
fn named_end(case: &Case<'_>, estimates: &Estimates) -> String {
    let Some(end) = estimates.resets_at else { return String::new() };
    let who = match estimates.reset_source {
        Some(ResetSource::Snapshot) => "a snapshot shows a reset at",
        Some(ResetSource::Header) => "the server asked to wait until",
        _ => "the error says that it resets at",
    };
    let zone = zone(estimates);
    let after =
        case.episode.first_admission_after.map(|after| format!("; requests went through again at {}", stamp(after)));
    format!("; {who} {}{zone}{}", stamp(end), after.unwrap_or_default())
}

/// Whose zone a named time is read in, where the text does not say.
fn zone(estimates: &Estimates) -> &'static str {
    match estimates.reset_zone {
        Some(ZoneOf::Assumed) => " (the text names no zone; UTC is assumed)",
        _ => "",
    }
}

/// `all 30 slots were taken`, as far as the cap is known; nothing where no row knows what was in flight.
fn slots_taken(case: &Case<'_>, estimates: &Estimates) -> Option<String> {
    if case.inflight.is_empty() && estimates.cap.is_none_or(|c| !c.named) {
        return None;
    }
    Some(match estimates.cap {
        Some(c) if c.named => format!("all slots were taken; the error names {} at once", c.best),
        Some(c) => match c.high {
            Some(1) => "the only slot was taken".to_owned(),
            Some(high) if high == c.low => format!("all {} slots were taken", c.best),
            Some(high) => format!("all slots were taken, {} to {high} at once", c.low),
            None => format!("all slots were taken, at least {} at once", c.low),
        },
        None => "all slots were taken".to_owned(),
    })
}

fn not_concurrency(judged: &Judged) -> &'static str {
    if judged.shares.of_cause(Cause::ConcurrencyCap) < 0.05 { "not concurrency; " } else { "" }
}

fn not_concurrency_tail(judged: &Judged) -> &'static str {
    if judged.shares.of_cause(Cause::ConcurrencyCap) < 0.05 { "; it was not concurrency" } else { "" }
}

fn undetermined(case: &Case<'_>, judged: &Judged, when: &str, estimates: &Estimates) -> String {
    let of_whom = of_whom(&scope_of(case), "of");
    let refused = unnamed(case)
        .unwrap_or_else(|| format!("{}{of_whom}", capital(&counted(case.episode.refusals.len(), "refusal"))));
    if judged.verdict.too_few {
        let end = named_end(case, estimates);
        return format!("{refused} {when}: too few to tell the causes apart{end}.");
    }
    if let Some([one, other]) = judged.verdict.overlap {
        let part = |(cause, window, share): (Cause, Option<u32>, f64)| {
            format!("{} ({} of the time)", causes::limit(cause, window), percent(share))
        };
        return format!("{refused} {when} with two causes by turns: {} and {}.", part(one), part(other));
    }
    let window = judged.shares.window_minutes();
    let told = |cause: Cause| {
        let window = window.filter(|_| cause == Cause::TokenWindow);
        let of_window = window.and_then(|m| judged.shares.of_window(m));
        format!(
            "{} ({})",
            causes::named_limit(cause, window),
            percent(of_window.unwrap_or(judged.shares.of_cause(cause)))
        )
    };
    let between = judged.verdict.between.map(|[a, b]| format!("{} or {}", told(a), told(b))).unwrap_or_default();
    let open = match judged.verdict.group {
        crate::model::Group::AccountLevel => ": an account-level block, but by what is not decided",
        _ => ", cause not decided",
    };
    let end = named_end(case, estimates);
    format!("{refused} {when}{open}: {between}{end}.")
}

/// `4 requests ended in an error that names no limit ("...")`, where most refusals have neither a status nor a known text.
fn unnamed(case: &Case<'_>) -> Option<String> {
    let of_unknown = || case.refusals().filter(|a| a.class == Class::Unknown);
    let (n, all) = (of_unknown().count(), case.episode.refusals.len());
    if 2 * n < all || n == 0 || names_a_limit(case) {
        return None;
    }
    let quote = of_unknown().find_map(|a| quoted(case, a)).unwrap_or_default();
    Some(format!("{} ended in an error that names no limit{quote}", counted(all, "request")))
}

fn silent(case: &Case<'_>, v: &Verdict) -> String {
    let e = case.episode;
    let length = duration(e.span_s());
    if v.cause == Cause::TokenWindow {
        return format!(
            "Nothing was asked from {} to {} ({length}), while a snapshot shows the {} used up ({}, {}).",
            stamp(e.from),
            stamp(e.to),
            causes::named_limit(v.cause, v.window_minutes),
            v.word.id(),
            percent(v.probability)
        );
    }
    format!("Nothing was asked from {} to {} ({length}), and nothing was refused before.", stamp(e.from), stamp(e.to))
}

/// First letter in upper case.
fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}
