//! The sentence that a person pastes. Instants are RFC 3339 UTC; outputs for people turn them into their zone.

use crate::causes;
use crate::episodes::EpisodeKind;
use crate::evidence::{EpisodeContext, ZoneOf, first_words, names_a_limit};
use crate::model::{Cause, Class, Time};
use crate::verdict::estimates::{Estimates, ResetSource};
use crate::verdict::scope::{of_whom, scope_of};
use crate::verdict::{Judged, Verdict};
use crate::wording::evidence::quoted;
use crate::wording::numbers::{capital, counted, duration, thousands};

/// The headline of an episode: one or two sentences, without how sure it is.
pub fn headline(case: &EpisodeContext<'_>, judged: &Judged, estimates: &Estimates) -> String {
    format!("{}.", text(case, judged, estimates))
}

/// The headline with how sure it is, as one text to paste.
pub fn sentence(case: &EpisodeContext<'_>, judged: &Judged, estimates: &Estimates) -> String {
    let v = &judged.verdict;
    let text = text(case, judged, estimates);
    if case.episode.kind == EpisodeKind::Silent && v.cause != Cause::TokenWindow || v.cause == Cause::Undetermined {
        return format!("{text}.");
    }
    let of_window = v.window_minutes.and_then(|m| judged.shares.of_window(m));
    format!("{text} ({}, {}).", v.confidence.id(), certainty(v.probability, of_window))
}

/// The headline without its last full stop.
fn text(case: &EpisodeContext<'_>, judged: &Judged, estimates: &Estimates) -> String {
    let v = &judged.verdict;
    if case.episode.kind == EpisodeKind::Silent {
        return silent(case, v);
    }
    let scope = scope_of(case);
    let (of_whom, for_whom) = (of_whom(&scope, "of"), of_whom(&scope, "for"));
    let (when, refused) = (when(case), refused(case, "refused", ""));
    let end = named_end(case, estimates);
    match v.cause {
        Cause::Undetermined => undetermined(case, judged, &when, estimates),
        Cause::TokenWindow if !v.positive => format!(
            "An account-level block{of_whom} {}: {refused}{}. A used-up {} fits best, but nothing in these logs proves it{}{end}",
            lasted(case),
            resumed(case),
            causes::named_limit(v.cause, v.window_minutes),
            contradiction(v),
        ),
        Cause::TokenWindow => format!("{}{}", window(case, v, &of_whom, estimates), contradiction(v)),
        Cause::ConcurrencyCap => {
            let limit = slots(case, estimates).unwrap_or_else(|| "the concurrency limit".to_owned());
            format!("You hit {limit}{for_whom} {when}. {}{end}", capital(&refused))
        }
        Cause::AccountBlock => format!(
            "An account-level block{of_whom} {}: {refused}{}. No known limit explains it{}{end}",
            lasted(case),
            resumed(case),
            not_concurrency_tail(judged)
        ),
        Cause::RatePerMinute => format!("You hit a limit per minute{for_whom} {when}. {}{end}", capital(&refused)),
        Cause::Overload => {
            format!("The provider was overloaded{for_whom} {when}. {}{}{end}", capital(&refused), resumed(case))
        }
        Cause::Network => {
            let failed = capital(&self::refused(case, "failed", ""));
            format!("The network failed {when}. {failed}{}{end}", resumed(case))
        }
        Cause::Billing => {
            format!(
                "Your balance or spend cap{for_whom} was used up {when}. {}{}{end}",
                capital(&refused),
                resumed(case)
            )
        }
        Cause::Access => {
            format!("The provider refused access{for_whom} {when}. {}{}{end}", capital(&refused), resumed(case))
        }
        Cause::LocalLimit => {
            let own = v
                .local_limit
                .map_or_else(|| causes::limit(v.cause, None), |k| causes::local_limit::title(k).to_owned());
            format!("A {own} refused requests{for_whom} {when}. {}{}{end}", capital(&refused), resumed(case))
        }
        cause => format!("{}{for_whom} {when}. {}{end}", capital(&causes::limit(cause, None)), capital(&refused)),
    }
}

/// `lasted from A to B`; a single refusal lasts no time that is known.
fn lasted(case: &EpisodeContext<'_>) -> String {
    let verb = if case.episode.from == case.episode.to { "was seen" } else { "lasted" };
    format!("{verb} {}", when(case))
}

/// What a snapshot says against the error text.
fn contradiction(v: &Verdict) -> &'static str {
    if v.contradicted { "; a usage snapshot of that time contradicts the error text" } else { "" }
}

/// `all 130 requests in between were refused`, `98 of 130 requests were refused`: rows of the log, with what they can hide.
fn refused(case: &EpisodeContext<'_>, verb: &str, place: &str) -> String {
    let (n, admitted) = (case.episode.refusals.len(), case.admitted_inside().len());
    let text = match (n, admitted) {
        (1, 0) if place.is_empty() => format!("the only request in that time {}", was(1, verb)),
        (1, 0) => format!("the only request{place} {}", was(1, verb)),
        (2, 0) => format!("both requests{place} {}", was(2, verb)),
        (n, 0) => format!("all {}{place} {}", counted(n, "request"), was(n, verb)),
        (n, k) => format!("{} of {}{place} {}", thousands(n as u64), counted(n + k, "request"), was(n, verb)),
    };
    format!("{text}{}", hidden(case))
}

/// `was refused`, `were refused`, but `failed`.
fn was(n: usize, verb: &str) -> String {
    match (n, verb) {
        (_, "failed") => verb.to_owned(),
        (1, _) => format!("was {verb}"),
        _ => format!("were {verb}"),
    }
}

/// ` (up to 90 with retries that are not logged)`, where a row stands for several requests.
fn hidden(case: &EpisodeContext<'_>) -> String {
    let (n, most) = (case.episode.refusals.len() as u64, refused_at_most(case));
    if most > n { format!(" (up to {} with retries that are not logged)", thousands(most)) } else { String::new() }
}

/// Refused requests of an episode, with all that its rows may hide.
pub fn refused_at_most(case: &EpisodeContext<'_>) -> u64 {
    let admitted = case.admitted_inside().iter().map(|p| case.pool.at(*p));
    let of_refused: u64 = case.refusals().map(|a| u64::from(a.at_most.max(1))).sum();
    of_refused + admitted.map(|a| u64::from(a.at_most.saturating_sub(1))).sum::<u64>()
}

/// `; work resumed at A`, where nothing was admitted before.
fn resumed(case: &EpisodeContext<'_>) -> String {
    match case.episode.first_admission_after {
        Some(after) if case.admitted_inside().is_empty() => format!("; work resumed at {}", stamp(after)),
        _ => String::new(),
    }
}

/// A window that was used up: since when, until when, and what became of the requests in between.
fn window(case: &EpisodeContext<'_>, v: &Verdict, of_whom: &str, estimates: &Estimates) -> String {
    let e = case.episode;
    let name = format!("{}{of_whom}", causes::named_limit(v.cause, v.window_minutes));
    let (from, zone) = (stamp(e.from), zone(estimates));
    let is_porous = !case.admitted_inside().is_empty();
    let all = |place: &str| capital(&refused(case, "refused", place));
    let until = format!(" until {}", stamp(e.to));
    match (estimates.resets_at, e.first_admission_after) {
        (Some(reset), None) => {
            let span = if e.from == e.to { String::new() } else { format!(" in {}", duration(e.span_s())) };
            format!("Your {name} has been used up since {from}. It resets at {}{zone}. {}", stamp(reset), all(&span))
        }
        (None, None) => format!("Your {name} has been used up since {from}. {}", all(&until)),
        (Some(reset), Some(after)) if !is_porous && e.to <= reset && reset <= after => format!(
            "Your {name} was used up at {from} and reset at {}{zone}. {}; work resumed at {}",
            stamp(reset),
            all(" in between"),
            stamp(after)
        ),
        (Some(reset), Some(after)) if !is_porous && after < reset => format!(
            "Your {name} was used up at {from} and due to reset at {}{zone}. {}, but work resumed at {}, before that",
            stamp(reset),
            all(""),
            stamp(after)
        ),
        (_, Some(_)) if is_porous => {
            format!(
                "Your {name} was used up from {from} to {}. {}; the others were admitted",
                stamp(e.to),
                all(" in that time")
            )
        }
        (_, Some(after)) => {
            format!("Your {name} was used up at {from}. {}; work resumed at {}", all(&until), stamp(after))
        }
    }
}

/// `from A to B`, or since when it runs.
fn when(case: &EpisodeContext<'_>) -> String {
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
const LENGTH_NOT_CERTAIN: f64 = 0.05;

/// The probability of what is named. A window is named with its length, and is less likely than a window of any length,
/// which is added where the difference matters.
pub fn certainty(of_cause: f64, of_window: Option<f64>) -> String {
    match of_window {
        Some(own) if of_cause - own >= LENGTH_NOT_CERTAIN => {
            format!("{}, any window {}", percent(own), percent(of_cause))
        }
        own => percent(own.unwrap_or(of_cause)),
    }
}

/// The end that the error or its header names, for a cause that has no reset of its own.
fn named_end(case: &EpisodeContext<'_>, estimates: &Estimates) -> String {
    let Some(end) = estimates.resets_at else { return String::new() };
    let who = match estimates.reset_source {
        Some(ResetSource::Snapshot) => "a usage snapshot names a reset at",
        Some(ResetSource::Header) => "the server asked to wait until",
        _ => "the error names as its end",
    };
    let _ = case;
    format!("; {who} {}{}", stamp(end), zone(estimates))
}

/// Whose zone a named time is read in, where the text does not say.
fn zone(estimates: &Estimates) -> &'static str {
    match estimates.reset_zone {
        Some(ZoneOf::Assumed) => " (the text names no zone; UTC is assumed)",
        _ => "",
    }
}

/// `the concurrency limit of 30`, as far as it is known; nothing where no row knows what was in flight.
fn slots(case: &EpisodeContext<'_>, estimates: &Estimates) -> Option<String> {
    if case.inflight.is_empty() && estimates.cap.is_none_or(|c| !c.named) {
        return None;
    }
    let cap = estimates.cap?;
    Some(match cap.high {
        _ if cap.named => format!("the concurrency limit of {}, which the error names,", cap.best),
        Some(1) => "the concurrency limit of one request at a time".to_owned(),
        Some(high) if high == cap.low => format!("the concurrency limit of {} requests at once", cap.best),
        Some(high) => format!("the concurrency limit of {} to {high} requests at once", cap.low),
        None => format!("a concurrency limit of at least {} requests at once", cap.low),
    })
}

fn not_concurrency_tail(judged: &Judged) -> &'static str {
    if judged.shares.of_cause(Cause::ConcurrencyCap) < 0.05 { ", and it was not concurrency" } else { "" }
}

fn undetermined(case: &EpisodeContext<'_>, judged: &Judged, when: &str, estimates: &Estimates) -> String {
    let scope = scope_of(case);
    let end = named_end(case, estimates);
    let refused =
        unnamed(case).unwrap_or_else(|| format!("{}{}", capital(&some_refused(case)), of_whom(&scope, "for")));
    if let Some([one, other]) = judged.verdict.overlap {
        let part = |(cause, window, share): (Cause, Option<u32>, f64)| {
            format!("{} ({} of the time)", causes::limit(cause, window), percent(share))
        };
        return format!("{refused} {when}. Two causes alternated: {} and {}", part(one), part(other));
    }
    let name = |cause: Cause| causes::named_limit(cause, sure_length(judged).filter(|_| cause == Cause::TokenWindow));
    let Some([a, b]) = judged.verdict.between else { return format!("{refused} {when}{end}") };
    if judged.verdict.too_few {
        return format!(
            "{refused} {when}. These logs cannot tell which limit it was: {} or {} (too few to tell the causes apart){end}",
            name(a),
            name(b)
        );
    }
    let open = match judged.verdict.group {
        crate::model::Group::AccountLevel => "It was an account-level block; these logs cannot tell which limit",
        _ => "These logs cannot tell which limit it was",
    };
    let named = |cause| format!("{} ({})", name(cause), percent(judged.shares.of_cause(cause)));
    format!("{refused} {when}. {open}: {} or {}{end}", named(a), named(b))
}

/// Share of a window of any length from which its likeliest length is named too.
const LENGTH_SURE: f64 = 0.8;

/// The length of the likeliest window, where other lengths are unlikely: what is named then has the probability that is given.
pub fn sure_length(judged: &Judged) -> Option<u32> {
    let minutes = judged.shares.window_minutes()?;
    let all = judged.shares.of_cause(Cause::TokenWindow);
    judged.shares.of_window(minutes).filter(|own| *own >= LENGTH_SURE * all).map(|_| minutes)
}

/// `3 requests were refused`, as far as the log has them.
fn some_refused(case: &EpisodeContext<'_>) -> String {
    let n = case.episode.refusals.len();
    let k = case.admitted_inside().len();
    let of = if k == 0 {
        counted(n, "request")
    } else {
        format!("{} of {}", thousands(n as u64), counted(n + k, "request"))
    };
    format!("{of} {} refused{}", if n == 1 && k == 0 { "was" } else { "were" }, hidden(case))
}

/// `4 requests ended in an error that names no limit ("...")`, where most refusals have neither a status nor a known text.
fn unnamed(case: &EpisodeContext<'_>) -> Option<String> {
    let of_unknown = || case.refusals().filter(|a| a.class == Class::Unknown);
    let (n, all) = (of_unknown().count(), case.episode.refusals.len());
    if 2 * n < all || n == 0 || names_a_limit(case) {
        return None;
    }
    let quote = of_unknown().find_map(|a| first_words(case, a)).map(|text| quoted(&text)).unwrap_or_default();
    Some(format!("{} ended in an error that names no limit{quote}", counted(all, "request")))
}

fn silent(case: &EpisodeContext<'_>, v: &Verdict) -> String {
    let e = case.episode;
    let length = duration(e.span_s());
    if v.cause == Cause::TokenWindow {
        return format!(
            "No request was sent from {} to {} ({length}). A usage snapshot shows the {} used up in that time",
            stamp(e.from),
            stamp(e.to),
            causes::named_limit(v.cause, v.window_minutes),
        );
    }
    format!("No request was sent from {} to {} ({length}), and none was refused before", stamp(e.from), stamp(e.to))
}
