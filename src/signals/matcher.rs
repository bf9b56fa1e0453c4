//! Which entry of the catalogue an error is.
//!
//! In: what an error said ([`ErrorInfo`]). Out: the best entry and what its text names ([`Match`]). The caller vouches that
//! the text came from an error field or the frame of an error line; a prompt, an answer or a tool result must never be
//! given, since agents talk about rate limits all day.
//!
//! The best entry: from the innermost part of a wrapped error that names a cause; there of this provider before others,
//! named before misleading before ambiguous, by its text before by its type, the generic ones last. A type that names
//! nothing is only asked when no text helped.

use std::cmp::Reverse;

use super::catalogue::{Catalogue, Kind, Signal};
use super::litellm::{self, OwnLimit};
use super::reset;
use super::unwrap::{Unwrapped, unwrap};
use super::wait::{self, ResetText};
use crate::model::{Cause, Time, Zone};
use crate::pattern::PatternMatch;

/// What an error said, borrowed from where it was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ErrorInfo<'a> {
    /// Provider id or alias.
    pub provider: Option<&'a str>,
    /// HTTP status.
    pub status: Option<u16>,
    /// Error type, code or class name.
    pub kind: Option<&'a str>,
    /// Message, or the body around it.
    pub message: Option<&'a str>,
}

/// An entry and what the text names.
#[derive(Clone, Debug)]
pub struct Match<'c> {
    /// Number of the entry.
    pub index: u16,
    /// The entry.
    pub signal: &'c Signal,
    /// The cap that the text names, in requests in flight.
    pub cap: Option<u32>,
    /// The limit, in the text's own unit.
    pub limit: Option<u64>,
    /// What was used of it, in the same unit.
    pub used: Option<u64>,
    /// Seconds that the text says to wait. For a cap or a limit of a minute this is no reset.
    pub wait_s: Option<f64>,
    /// The reset that the text names.
    pub reset: Option<ResetText>,
    /// Of LiteLLM's sentence about three limits: the one that its numbers show as crossed.
    pub own_limit: Option<OwnLimit>,
}

impl Match<'_> {
    /// When the text says that the limit ends, for an error that was logged `at` that time by a client in `zone`.
    ///
    /// "In 21 minutes" counts from the line. A time of day is the first such one after it, in the zone that the text
    /// names, else in the one that its provider is known to use, else in the client's; without any it is `None`.
    pub fn resets_at(&self, at: Time, zone: Option<Zone>) -> Option<Time> {
        match &self.reset {
            Some(ResetText::Epoch(t)) => Some(*t),
            Some(ResetText::Wall(words)) => self.wall(words, at, zone),
            None => self.wait_s.map(|s| at.plus(s)),
        }
    }

    /// Where a provider's zone is only measured, UTC is used if it alone gives a time inside the window.
    fn wall(&self, words: &str, at: Time, zone: Option<Zone>) -> Option<Time> {
        let phrase = reset::parse(words)?;
        let Some(usual) = self.signal.zone else { return phrase.instant(at, zone) };
        let longest_s = 60.0 * f64::from(self.signal.window_minutes.iter().copied().max().unwrap_or(300));
        let inside = |t: &Time| (0.0..=longest_s).contains(&t.since(at));
        let [first, other] = [usual, Zone::UTC].map(|z| phrase.instant(at, Some(z)));
        first.filter(inside).or_else(|| other.filter(inside)).or(first)
    }
}

/// How the zone of a named time is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ZoneOf {
    /// The text names it, or needs none.
    Text,
    /// It is the zone that the provider is known to use.
    Provider,
    /// It is the zone of the log.
    Log,
    /// Nothing names it: UTC is assumed.
    Assumed,
}

impl ZoneOf {
    /// The id in JSON.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Provider => "provider",
            Self::Log => "log",
            Self::Assumed => "assumed",
        }
    }
}

/// When a limit ends, as a text says it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ending {
    /// The instant.
    pub at: Time,
    /// The earliest that it can be, whatever the zone; `None` where only a time of day is given.
    pub earliest: Option<Time>,
    /// How the zone is known.
    pub zone: ZoneOf,
}

/// The farthest zone east of UTC: a local time is at most this much earlier than the same time in UTC, in seconds.
const FARTHEST_EAST_S: f64 = 14.0 * 3_600.0;
/// A time of day that passed this long ago may still be shown by a client that has not received the next one, in seconds.
const STALE_S: f64 = 7_200.0;
const DAY_S: f64 = 86_400.0;

impl Match<'_> {
    /// The end that the text names. A time without a zone is read in its provider's zone, else in that of the log, else in UTC.
    pub fn ending(&self, at: Time, zone: Option<Zone>) -> Option<Ending> {
        let words = match &self.reset {
            Some(ResetText::Wall(words)) => words,
            _ => return self.resets_at(at, zone).map(Ending::exact),
        };
        let phrase = reset::parse(words)?;
        let ending = match self.signal.zone.filter(|_| !phrase.has_zone()) {
            Some(usual) => {
                let both = [usual, Zone::UTC].map(|z| phrase.instant(at, Some(z)));
                let earliest = both.into_iter().flatten().min().filter(|_| phrase.has_day());
                Ending { at: self.wall(words, at, zone)?, earliest, zone: ZoneOf::Provider }
            }
            None => ending_by_phrase(&phrase, at, zone)?,
        };
        // The named window cannot last until the next such time of day, which has only just passed: it is a stale one.
        let longest_s = self.signal.window().map(|m| 60.0 * f64::from(m));
        let ahead_s = ending.at.since(at);
        let stale = longest_s.is_some_and(|l| ahead_s > l && ahead_s > DAY_S - STALE_S && ahead_s <= DAY_S);
        (!stale || phrase.has_day()).then_some(ending)
    }
}

impl Ending {
    fn exact(at: Time) -> Self {
        Self { at, earliest: Some(at), zone: ZoneOf::Text }
    }
}

/// The end that a text names which no entry knows.
pub fn ending_of(error: &ErrorInfo<'_>, at: Time, zone: Option<Zone>) -> Option<Ending> {
    let inside = unwrap(error.message?);
    let in_text = || inside.texts.iter().find_map(|(t, _)| wait::named_reset(t));
    match inside.reset.map(ResetText::Epoch).or_else(in_text) {
        Some(ResetText::Epoch(t)) => Some(Ending::exact(t)),
        Some(ResetText::Wall(words)) => ending_by_phrase(&reset::parse(&words)?, at, zone),
        None => {
            let wait_s = inside.texts.iter().find_map(|(t, _)| wait::phrase(t)).or(inside.wait_s);
            wait_s.map(|s| Ending::exact(at.plus(s)))
        }
    }
}

fn ending_by_phrase(phrase: &reset::Phrase, at: Time, zone: Option<Zone>) -> Option<Ending> {
    if let Some(instant) = phrase.instant(at, zone) {
        let of = if phrase.has_zone() { ZoneOf::Text } else { ZoneOf::Log };
        return Some(Ending { at: instant, earliest: Some(instant), zone: of });
    }
    let instant = phrase.instant(at, Some(Zone::UTC))?;
    let earliest = phrase.has_day().then(|| instant.plus(-FARTHEST_EAST_S));
    Some(Ending { at: instant, earliest, zone: ZoneOf::Assumed })
}

/// Less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    layer: u8,
    other_provider: bool,
    worth: Kind,
    by_type: bool,
    order: usize,
}

impl Catalogue {
    /// The entry that this error is, if any.
    pub fn matching(&self, error: &ErrorInfo<'_>) -> Option<Match<'_>> {
        self.all_matching(error).into_iter().next()
    }

    /// Every entry that fits the error, the best first.
    pub fn all_matching(&self, error: &ErrorInfo<'_>) -> Vec<Match<'_>> {
        let mut inside = error.message.map(unwrap).unwrap_or_default();
        inside.kinds.extend(error.kind.map(|k| (k.trim().to_owned(), 0)).filter(|(k, _)| !k.is_empty()));
        let id = |label: Option<&str>| label.and_then(|p| self.provider(p)).map(|p| p.id.as_str());
        let providers = [id(error.provider), id(inside.provider())];
        let candidates: Vec<Vec<u16>> = inside.texts.iter().map(|(t, _)| self.prefilter.candidates(t)).collect();
        let asked = Asked { providers, inside: &inside, candidates: &candidates };
        let fits = self.signals.iter().enumerate().filter_map(|(order, s)| fit(s, order, &asked)).collect();
        from_the_inside(fits).into_iter().map(|f| f.named).collect()
    }
}

/// An entry that fits.
struct Fit<'c> {
    rank: Rank,
    /// How deep inside wrappers its sentence or type was.
    level: u8,
    named: Match<'c>,
}

/// The best first: of the innermost level that names a cause, then of the others that do, then those that name none, and
/// last a network failure around another error, which is how the other one was sent.
fn from_the_inside(mut fits: Vec<Fit<'_>>) -> Vec<Fit<'_>> {
    let deepest = fits.iter().map(|f| f.level).max().unwrap_or(0);
    let stage = |level: u8, best: &Fit<'_>| match best.named.signal.kind {
        _ if level < deepest && best.named.signal.causes.first() == Some(&Cause::Network) => 2,
        Kind::Ambiguous => 1,
        _ => 0,
    };
    let mut stages = [(3_u8, None); u8::MAX as usize + 1];
    fits.sort_by_key(|f| f.rank);
    for f in &fits {
        let place = &mut stages[usize::from(f.level)];
        if place.1.is_none() {
            *place = (stage(f.level, f), Some(f.rank));
        }
    }
    // Levels that name nothing are one: there the more particular entry says more than the inner one.
    fits.sort_by_key(|f| {
        let (stage, _) = stages[usize::from(f.level)];
        (stage, if stage == 0 { Reverse(f.level) } else { Reverse(0) }, f.rank)
    });
    fits
}

/// What the entries are asked.
struct Asked<'a> {
    /// The one that the log names, and the one that a wrapper names.
    providers: [Option<&'a str>; 2],
    inside: &'a Unwrapped,
    /// For each sentence: the entries whose pattern may match it.
    candidates: &'a [Vec<u16>],
}

fn fit<'c>(signal: &'c Signal, order: usize, asked: &Asked<'_>) -> Option<Fit<'c>> {
    let Asked { providers, inside, candidates } = *asked;
    let ours = providers.iter().flatten().any(|p| signal.providers.iter().any(|s| s == p));
    if signal.strict && !ours {
        return None;
    }
    let by_text = signal.regex.as_ref().and_then(|pattern| {
        let may_match = |i: usize| candidates[i].binary_search_by_key(&order, |c| usize::from(*c)).is_ok();
        let mut texts = inside.texts.iter().enumerate().filter(|(i, _)| may_match(*i));
        texts.find_map(|(_, (text, level))| Some((*level, pattern.captures(text)?)))
    });
    let by_kind = || {
        let is_kind = |(kind, _): &&(String, u8)| signal.kinds.iter().any(|k| kind.eq_ignore_ascii_case(k));
        inside.kinds.iter().find(is_kind).map(|(_, level)| *level)
    };
    let by_type = by_text.is_none();
    let (level, captures) = match by_text {
        Some((level, captures)) => (level, Some(captures)),
        None => (by_kind()?, None),
    };
    let rank = Rank { layer: layer(signal, by_type), other_provider: !ours, worth: signal.kind, by_type, order };
    Some(Fit { rank, level, named: match_of(signal, order, captures.as_ref(), inside) })
}

/// Texts that say something, then generic texts that do, then types that name nothing, then the rest.
fn layer(signal: &Signal, by_type: bool) -> u8 {
    match (signal.generic, signal.kind) {
        (false, Kind::Ambiguous) if by_type => 2,
        (false, _) => 0,
        (true, Kind::Ambiguous) => 3,
        (true, _) => 1,
    }
}

fn match_of<'c>(
    signal: &'c Signal,
    order: usize,
    captures: Option<&PatternMatch<'_>>,
    inside: &Unwrapped,
) -> Match<'c> {
    let captured = |name: &str| captures.and_then(|c| c.name(name)).map(|m| m.as_str());
    let wait_s = captured("sec").and_then(|s| s.parse().ok()).or_else(|| captured("dur").and_then(wait::seconds_of));
    let wait_s = wait_s.or_else(|| inside.texts.iter().find_map(|(t, _)| wait::phrase(t))).or(inside.wait_s);
    let reset =
        captured("epoch").and_then(ResetText::from_epoch).or_else(|| captured("when").and_then(ResetText::from_words));
    let elsewhere =
        || inside.reset.map(ResetText::Epoch).or_else(|| inside.texts.iter().find_map(|(t, _)| wait::named_reset(t)));
    Match {
        index: u16::try_from(order).unwrap_or(u16::MAX),
        signal,
        cap: captured("cap").and_then(|n| n.parse().ok()),
        limit: captured("limit").and_then(whole),
        used: captured("used").and_then(whole),
        own_limit: captures
            .and_then(|c| c.get(0))
            .filter(|m| m.as_str().starts_with("Crossed"))
            .and_then(|_| inside.texts.iter().find_map(|(t, _)| litellm::crossed(t))),
        wait_s: wait_s.filter(|_| !signal.ignore_wait),
        reset: reset.or_else(|| elsewhere().filter(|_| !signal.ignore_wait && signal.names_an_end())),
    }
}

/// A whole number as texts write it: `30,000`, `200000.`. A fraction is cut off.
fn whole(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(|c| *c != ',').take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
#[path = "matcher_tests.rs"]
mod tests;
