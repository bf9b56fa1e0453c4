//! Gives every attempt the entry that its error is, and the class that follows from it.
//!
//! In: attempts as the formats made them. Out: the same, with `signal` set on refusals and on streams that broke. An
//! error text never turns a refusal into an admission, and an ambiguous one never changes a class that a status gave.

use std::collections::HashMap;

use super::catalogue::{Catalogue, Kind, Signal};
use super::class::ADMITTED_BEFORE_CUT_S;
use super::litellm;
use super::matcher::ErrorInfo;
use super::shape::Shapes;
use crate::model::{Attempt, Cause, Class, Fidelity, LocalLimit, Outcome, TextId, Texts};

/// The entry of the catalogue that an error is.
type Entry<'c> = Option<(u16, &'c Signal)>;

type Key = (Option<TextId>, Option<u16>, Option<TextId>, Option<TextId>);

/// Sets `signal` on every attempt whose error the catalogue knows, and corrects class and outcome where the text shows
/// more than the status: an error of the user's own gateway, a network failure or a named limit without a status, and
/// an answer about the request (400, 404, 413, 422) that names a limit, money or access. Each distinct error is matched once.
pub fn classify(attempts: &mut [Attempt], texts: &Texts, catalogue: &Catalogue) {
    let mut seen: HashMap<Key, Option<EntryMatch<'_>>> = HashMap::new();
    let mut by_shape = ByShape { catalogue, matched: 0, shapes: None, known: HashMap::new() };
    for attempt in attempts.iter_mut().filter(|a| says_something(a)) {
        let key = (attempt.provider, attempt.status, attempt.error_kind, attempt.error_message);
        let look_up = || by_shape.look_up(attempt, texts).map(|entry| EntryMatch::of(entry, attempt, texts));
        let matched = *seen.entry(key).or_insert_with(look_up);
        if let Some(matched) = matched {
            settle(attempt, matched);
        }
    }
}

/// An admitted attempt is only heard when its stream broke.
fn says_something(a: &Attempt) -> bool {
    (a.error_kind.is_some() || a.error_message.is_some()) && (!a.is_admitted() || a.class != Class::Ok)
}

/// So many different errors are matched one by one. A log that has more of them has numbers and ids in its texts.
const ONE_BY_ONE: usize = 500;

/// Provider, status, type and the shape of the message.
type ShapeKey = (Option<TextId>, Option<u16>, Option<TextId>, String);

/// Entries of errors by the shape of their text.
struct ByShape<'c> {
    catalogue: &'c Catalogue,
    matched: usize,
    shapes: Option<Shapes>,
    known: HashMap<ShapeKey, Entry<'c>>,
}

impl<'c> ByShape<'c> {
    fn look_up(&mut self, a: &Attempt, texts: &Texts) -> Entry<'c> {
        let catalogue = self.catalogue;
        let look_up = |error: &ErrorInfo<'_>| catalogue.matching(error).map(|m| (m.index, m.signal));
        let error = error_info(a, texts);
        self.matched += 1;
        if self.matched == ONE_BY_ONE {
            self.shapes = catalogue.shapes();
        }
        let Some((shapes, message)) = self.shapes.as_ref().zip(error.message) else { return look_up(&error) };
        let key = (a.provider, a.status, a.error_kind, shapes.shape(message));
        *self.known.entry(key).or_insert_with(|| look_up(&error))
    }
}

/// The entry that an error is, and the limit of the user's own side that its text names.
#[derive(Clone, Copy)]
struct EntryMatch<'c> {
    index: u16,
    signal: &'c Signal,
    local_limit: Option<LocalLimit>,
}

impl<'c> EntryMatch<'c> {
    /// Texts of one shape are one entry, but the numbers in each say which of LiteLLM's limits it was.
    fn of((index, signal): (u16, &'c Signal), a: &Attempt, texts: &Texts) -> Self {
        let is_own = signal.cause() == Some(Cause::LocalLimit);
        let by_numbers = || litellm::crossed(texts.get(a.error_message?)).map(|own| own.kind);
        let local_limit = signal.local_limit.or_else(|| by_numbers().filter(|_| is_own));
        Self { index, signal, local_limit }
    }
}

/// What an attempt's error said, to match it once more where a stage needs the numbers in the text (cap, reset).
pub fn error_info<'t>(a: &Attempt, texts: &'t Texts) -> ErrorInfo<'t> {
    let text = |id: Option<TextId>| id.map(|id| texts.get(id));
    ErrorInfo { provider: text(a.provider), status: a.status, kind: text(a.error_kind), message: text(a.error_message) }
}

fn settle(a: &mut Attempt, matched: EntryMatch<'_>) {
    let EntryMatch { index, signal, local_limit } = matched;
    if let Some((class, outcome)) = correct(a, signal) {
        a.class = class;
        a.outcome = outcome;
    }
    if a.outcome != Outcome::Other {
        a.signal = Some(index);
    }
    if a.class == Class::Local {
        a.local_limit = a.local_limit.or(local_limit);
    }
    if signal.unsent && a.status.is_none() {
        a.at_most = 1;
        if a.fidelity == Fidelity::Collapsed {
            a.fidelity = Fidelity::Observed;
        }
    }
}

/// Class and outcome by the text, where they differ from those by the status.
fn correct(a: &Attempt, signal: &Signal) -> Option<(Class, Outcome)> {
    let cause = signal.cause();
    if a.class == Class::Network {
        return names_more_than_a_cut(a, signal).then(|| (class_by(signal), Outcome::Refused));
    }
    if a.is_admitted() {
        return None;
    }
    if signal.kind == Kind::Named && cause == Some(Cause::LocalLimit) {
        return Some((Class::Local, Outcome::Refused));
    }
    if a.status.is_none() && cause == Some(Cause::Network) {
        return Some((Class::Network, if cut_late(a) { Outcome::Admitted } else { Outcome::Refused }));
    }
    if !matches!(a.class, Class::Other | Class::Unknown) {
        return None;
    }
    (a.status.is_none() || is_refusal(cause)).then(|| (class_by(signal), Outcome::Refused))
}

/// A stream that ended with an error of the provider before it brought anything: the error was sent inside it.
fn names_more_than_a_cut(a: &Attempt, signal: &Signal) -> bool {
    let is_sent_inside = a.status.is_none_or(|s| s < 400) && a.tokens.output.get().unwrap_or(0) == 0;
    is_sent_inside && !signal.causes.contains(&Cause::Network)
}

/// An answer about the request itself is a refusal only if its text names money, access or a limit.
fn is_refusal(cause: Option<Cause>) -> bool {
    let limits = [
        Cause::Billing,
        Cause::Access,
        Cause::TokenWindow,
        Cause::RatePerMinute,
        Cause::ConcurrencyCap,
        Cause::AccountBlock,
    ];
    cause.is_some_and(|c| limits.contains(&c))
}

fn cut_late(a: &Attempt) -> bool {
    !a.unanswered && a.start_read && a.end.is_some_and(|e| e.since(a.start) > ADMITTED_BEFORE_CUT_S)
}

/// The class that fits what a text names, or what a text that names nothing is mostly seen for.
fn class_by(signal: &Signal) -> Class {
    match signal.causes.first() {
        Some(Cause::Overload) => Class::Overload,
        Some(Cause::Billing | Cause::Access) => Class::Access,
        Some(Cause::LocalLimit) => Class::Local,
        _ => Class::RateLimited,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{FormatInfo, Sink};
    use crate::model::{ErrorFields, FileId, Record, RowOutcome, Time};
    use crate::signals::catalogue;

    static FORMAT: FormatInfo = FormatInfo {
        id: "test",
        client: "test",
        client_traits: crate::formats::ClientTraits::PLAIN,
        rank: 0,
        merge_tolerance_s: 0.0,
        program: "",
        lives: &[],
        shows: "",
        not_logged: "",
        established: "",
    };

    /// One attempt through the sink, as a format would make it.
    fn attempt(status: Option<u16>, kind: Option<&str>, message: Option<&str>) -> Attempt {
        attempt_lasting(status, kind, message, 1.0)
    }

    fn attempt_lasting(status: Option<u16>, kind: Option<&str>, message: Option<&str>, seconds: f64) -> Attempt {
        let start = Time::parse_rfc3339("2026-03-03T16:19:00Z").unwrap();
        let mut sink = Sink::new(FileId(0), &FORMAT);
        sink.attempt(Record {
            start: Some(start),
            end: Some(start.plus(seconds)),
            row_outcome: RowOutcome::Error,
            status,
            error: ErrorFields { kind, message },
            ..Record::default()
        });
        let mut parsed = sink.into_parsed();
        classify(&mut parsed.attempts, &parsed.texts, catalogue());
        parsed.attempts[0]
    }

    fn id(a: &Attempt) -> Option<&'static str> {
        a.signal.and_then(|i| catalogue().signal(i)).map(|s| s.id.as_str())
    }

    #[test]
    fn a_refusal_gets_its_entry() {
        let a = attempt(Some(429), None, Some("429 request reached organization max concurrency: 3"));
        assert_eq!((id(&a), a.class, a.outcome), (Some("moonshot.concurrency"), Class::RateLimited, Outcome::Refused));
    }

    #[test]
    fn a_gateway_s_own_refusal_is_local() {
        let a = attempt(Some(429), Some("model_cooldown"), None);
        assert_eq!((a.class, a.outcome), (Class::Local, Outcome::Refused));
    }

    #[test]
    fn a_network_text_without_status_is_network_and_with_one_is_not() {
        let a = attempt(None, None, Some("error sending request for url (https://api.example.com)"));
        assert_eq!((a.class, a.outcome), (Class::Network, Outcome::Refused));
        let late = attempt_lasting(None, None, Some("error sending request for url (https://api.example.com)"), 90.0);
        assert_eq!((late.class, late.outcome), (Class::Network, Outcome::Admitted));
        assert_eq!(attempt(Some(502), None, Some("ECONNRESET")).class, Class::Overload);
    }

    #[test]
    fn a_named_limit_without_status_is_a_refusal() {
        let a = attempt(None, Some("usage_limit_exceeded"), Some("You've hit your usage limit."));
        assert_eq!((a.class, a.outcome, id(&a)), (Class::RateLimited, Outcome::Refused, Some("codex.usage")));
    }

    #[test]
    fn a_400_is_about_the_request_unless_it_names_the_balance() {
        let other = attempt(Some(400), None, Some("rate limit exceeded"));
        assert_eq!((other.outcome, other.signal), (Outcome::Other, None));
        let billing = attempt(Some(400), None, Some("Your credit balance is too low to access the API."));
        assert_eq!((billing.class, billing.outcome), (Class::Access, Outcome::Refused));
        let key = attempt(
            Some(400),
            None,
            Some("{\"error\":{\"message\":\"API key not valid. Please pass a valid API key.\"}}"),
        );
        assert_eq!((key.class, key.outcome), (Class::Access, Outcome::Refused));
        let long = "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens.";
        assert_eq!([400, 413, 422].map(|s| attempt(Some(s), None, Some(long)).outcome), [Outcome::Other; 3]);
    }

    #[test]
    fn an_error_inside_a_stream_is_a_refusal_and_a_cut_is_not() {
        let cut = |text: &str| {
            let start = Time::parse_rfc3339("2026-03-03T16:19:00Z").unwrap();
            let mut sink = Sink::new(FileId(0), &FORMAT);
            let error = ErrorFields { kind: None, message: Some(text) };
            sink.attempt(Record {
                start: Some(start),
                broke_off: true,
                row_outcome: RowOutcome::Error,
                error,
                ..Record::default()
            });
            let mut parsed = sink.into_parsed();
            classify(&mut parsed.attempts, &parsed.texts, catalogue());
            (parsed.attempts[0].class, parsed.attempts[0].outcome)
        };
        let refused = "stream disconnected before completion: Rate limit is exceeded. Try again in 17 seconds.";
        assert_eq!(cut(refused), (Class::RateLimited, Outcome::Refused));
        let money = "stream disconnected before completion: You exceeded your current quota, please check your plan and billing details.";
        assert_eq!(cut(money), (Class::Access, Outcome::Refused));
        let plain =
            "stream disconnected before completion: Transport error: network error: error decoding response body";
        assert_eq!(cut(plain), (Class::Network, Outcome::Admitted));
    }

    #[test]
    fn an_admission_keeps_silent_unless_its_stream_broke() {
        assert_eq!(attempt(Some(200), None, Some("rate limit exceeded")).signal, None);
        let broken = attempt_lasting(Some(200), Some("ECONNRESET"), None, 90.0);
        assert_eq!((broken.outcome, id(&broken)), (Outcome::Admitted, Some("net.cut")));
    }
}
