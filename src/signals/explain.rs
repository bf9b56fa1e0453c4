//! What an error text says and what it does not, for `why429 explain --message TEXT`.
//!
//! In: a text that a person vouches to be an error. Out: [`Explained`], plain data, and its lines. What is repeated from
//! the text has no control characters.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Catalogue, Kind, Signal, catalogue};
use super::matcher::{ErrorInfo, Match};
use super::provider::Scope;
use super::reset;
use super::unwrap::unwrap;
use super::wait::ResetText;
use crate::causes;
use crate::causes::page::Page;
use crate::model::Cause;

/// Entries that are shown as near, at most.
const NEAR: usize = 3;

/// A near entry shares at least this part of its example's words with the text, and at least [`NEAR_WORDS`] words.
const NEAR_SHARE: f64 = 0.5;

/// See [`NEAR_SHARE`].
const NEAR_WORDS: usize = 3;

/// What a text says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Id of the entry; `None` when the catalogue does not know the text.
    pub id: Option<String>,
    /// Which limit it names, or that it names none. One or two sentences.
    pub names: String,
    /// Numbers and times that the text carries, as sentences.
    pub carries: Vec<String>,
    /// What it means.
    pub meaning: Option<String>,
    /// What it is mistaken for.
    pub trap: Option<String>,
    /// What to do.
    pub what_to_do: Option<String>,
    /// Whose limit it is.
    pub whose: Option<String>,
    /// Threads and pages it is known from.
    pub source: Vec<String>,
    /// Other entries that fit too or whose wording is close.
    pub near: Vec<Near>,
}

/// Another entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// Id of the entry.
    pub id: String,
    /// Its wording.
    pub wording: String,
    /// What it names.
    pub names: String,
}

/// Explains an error text: a bare sentence, a body in JSON or as Python prints it, or such a body after a prefix.
pub fn explain_message(text: &str) -> Explained {
    explain(catalogue(), text)
}

/// What a status means: which limits it was seen for. It names none by itself.
pub fn explain_status(status: u16, width: usize) -> Vec<String> {
    let catalogue = catalogue();
    let mut seen: BTreeMap<Cause, (usize, BTreeSet<&str>)> = BTreeMap::new();
    for signal in catalogue.signals.iter().filter(|s| s.status.contains(&status)) {
        let Some(cause) = signal.cause() else { continue };
        let entry = seen.entry(cause).or_default();
        entry.0 += 1;
        entry.1.extend(signal.providers.iter().map(String::as_str));
    }
    let mut page = Page::new(width);
    page.text(&format!("Status {status}: {}", meaning_of_status(status)));
    let mut all: Vec<_> = seen.into_iter().collect();
    all.sort_by_key(|(cause, (texts, _))| (Reverse(*texts), *cause));
    let rows: Vec<String> = all.into_iter().map(|(cause, (texts, from))| seen_for(cause, texts, &from)).collect();
    page.list("Texts that come with it name", &rows);
    page.field("Do", "Read the text beside the status: why429 explain --message TEXT.");
    page.lines
}

fn seen_for(cause: Cause, texts: usize, from: &BTreeSet<&str>) -> String {
    let texts = if texts == 1 { "1 text".to_owned() } else { format!("{texts} texts") };
    let from: Vec<&str> = from.iter().take(PROVIDERS).copied().collect();
    let from = if from.is_empty() { String::new() } else { format!(" ({})", from.join(", ")) };
    format!("{}: {texts}{from}", causes::info(cause).title)
}

/// Most providers that are named for one cause.
const PROVIDERS: usize = 6;

fn meaning_of_status(status: u16) -> &'static str {
    match status {
        400 | 404 | 413 | 422 => "the request itself is at fault, unless its text names money, access or a limit.",
        401 => "the key or the login is not accepted.",
        402 => "the provider wants money, or its own quota is used up and it says so this way.",
        403 => {
            "the provider does not allow it: the key, the plan, the place, or with some providers a used-up quota or a cap."
        }
        408 | 499 => "no answer came in time, or the client went away.",
        429 => {
            "too much of something. Of what, the status does not say: requests at once, per minute, a window's quota or money."
        }
        500..=599 => "the provider, or something on the way to it, failed.",
        _ => "it names no limit.",
    }
}

fn explain(catalogue: &Catalogue, text: &str) -> Explained {
    // A bare type such as `insufficient_quota` is a message of one word.
    let kind = Some(text.trim()).filter(|t| !t.contains(char::is_whitespace) && t.len() < 80);
    let matches = catalogue.all_matching(&ErrorInfo { kind, message: Some(text), ..ErrorInfo::default() });
    let near = near(catalogue, text, &matches);
    let inside = describe_wrapping(text);
    match matches.first() {
        Some(m) => {
            let explained = of_match(m, near);
            Explained { carries: inside.into_iter().chain(explained.carries).collect(), ..explained }
        }
        None => Explained {
            id: None,
            names: "It names no limit that the catalogue knows.".to_owned(),
            carries: inside,
            meaning: None,
            trap: None,
            what_to_do: None,
            whose: None,
            source: Vec::new(),
            near,
        },
    }
}

/// What was around the innermost sentence, as sentences; nothing of a bare one.
fn describe_wrapping(text: &str) -> Vec<String> {
    let inside = unwrap(text);
    let mut sentences = Vec::new();
    if !inside.is_wrapped() {
        return sentences;
    }
    let clean = |t: &str| t.chars().filter(|c| !c.is_control()).take(SHOWN).collect::<String>();
    sentences.extend(inside.innermost().map(|t| format!("The innermost text is \"{}\".", clean(t))));
    sentences.extend(inside.status().map(|s| format!("The status it names is {s}.")));
    sentences.extend(inside.code().map(|c| format!("The innermost code is {}.", clean(c))));
    sentences.extend(inside.provider().map(|p| format!("The provider it names is {}.", clean(p))));
    sentences.extend(inside.model().map(|m| format!("The model it names is {}.", clean(m))));
    sentences
}

/// Most characters of a wrapped text that are repeated.
const SHOWN: usize = 160;

fn of_match(m: &Match<'_>, near: Vec<Near>) -> Explained {
    let s = m.signal;
    Explained {
        id: Some(s.id.clone()),
        names: names(s),
        carries: carries(m),
        meaning: Some(s.meaning.clone()),
        trap: Some(s.trap.clone()),
        what_to_do: Some(s.what_to_do.clone()),
        whose: s.scope.map(|scope| whose(scope).to_owned()),
        source: s.source.clone(),
        near,
    }
}

fn names(s: &Signal) -> String {
    let titles: Vec<String> = s.causes.iter().map(|c| causes::info(*c).title.to_owned()).collect();
    match (s.kind, titles.split_first()) {
        (Kind::Named, Some((first, _))) => format!("It names one cause: {}.", name_of(s, first)),
        (Kind::Misleading, Some((first, rest))) => format!(
            "It names one cause, {}, but was also seen for: {}. It weighs little.",
            name_of(s, first),
            rest.join(", ")
        ),
        _ => format!("It names no limit, so it weighs nothing. It was seen for: {}.", titles.join(", ")),
    }
}

/// The cause's title, with the windows that the text may mean.
fn name_of(s: &Signal, title: &str) -> String {
    let windows: Vec<String> = s.window_minutes.iter().map(|m| causes::window_name(*m)).collect();
    match (s.cause(), windows.as_slice()) {
        (Some(Cause::TokenWindow), [one]) => format!("{title} ({one})"),
        (Some(Cause::TokenWindow), [_, ..]) => {
            format!("{title} ({}, it does not say)", windows.join(" or "))
        }
        _ => title.to_owned(),
    }
}

fn carries(m: &Match<'_>) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(cap) = m.cap {
        sentences.push(format!("The cap it names is {cap}."));
    }
    if let Some(limit) = m.limit {
        sentences.push(format!("The limit it names is {limit}."));
    }
    if let Some(used) = m.used {
        sentences.push(format!("The use it names is {used}."));
    }
    if let Some(own) = m.own_limit {
        sentences.push(format!("Its numbers show the {} as crossed.", causes::local_limit::title(own.kind)));
        if own.is_mistake {
            sentences.push(
                "That limit is 0 or less, which refuses every request: a mistake in the configuration.".to_owned(),
            );
        }
    }
    match &m.reset {
        Some(ResetText::Epoch(t)) => sentences.push(format!("The reset it names is {}.", t.rfc3339())),
        Some(ResetText::Wall(words)) => {
            sentences.push(format!("The reset it names is \"{words}\"{}.", seen_from(m, words)))
        }
        None => {}
    }
    if let Some(wait) = m.wait_s {
        sentences.push(format!("It asks to wait {wait} s."));
    }
    sentences
}

/// What else must be known to make an instant of the words.
fn seen_from(m: &Match<'_>, words: &str) -> String {
    match (reset::parse(words), m.signal.zone) {
        (None, _) => String::new(),
        (Some(phrase), _) if phrase.has_zone() => ", seen from the time of the line".to_owned(),
        (Some(_), Some(zone)) => format!(", without a zone; this provider's times were seen to be of {zone}"),
        (Some(_), None) => ", without a zone; it is likely the client's local time".to_owned(),
    }
}

fn whose(scope: Scope) -> &'static str {
    match scope {
        Scope::Account => "The limit is the account's, over all its keys and clients.",
        Scope::Organisation => "The limit is the organisation's or project's, over all its keys.",
        Scope::Model => "The limit is one model's; another model may work.",
    }
}

/// Entries that fit too, then entries whose example shares most words with the text.
fn near(catalogue: &Catalogue, text: &str, matches: &[Match<'_>]) -> Vec<Near> {
    let winner = matches.first().map(|m| m.index);
    let own = words(text);
    let mut close: Vec<(bool, usize, usize)> = catalogue
        .signals
        .iter()
        .enumerate()
        .filter(|(i, s)| Some(*i) != winner.map(usize::from) && s.example.message.is_some())
        .filter_map(|(i, s)| {
            let fits = matches.iter().any(|m| usize::from(m.index) == i);
            let theirs = words(s.example.message.as_deref().unwrap_or(""));
            let shared = own.intersection(&theirs).count();
            let share = shared as f64 / theirs.len().max(1) as f64;
            let close = fits || (shared >= NEAR_WORDS && share >= NEAR_SHARE);
            close.then_some((!fits, usize::MAX - shared, i))
        })
        .collect();
    close.sort_unstable();
    close.iter().take(NEAR).filter_map(|(_, _, i)| catalogue.signals.get(*i)).map(near_of).collect()
}

fn near_of(s: &Signal) -> Near {
    Near { id: s.id.clone(), wording: s.example.message.clone().unwrap_or_default(), names: names(s) }
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 2).map(str::to_lowercase).collect()
}

impl Explained {
    /// As lines of plain text, none wider than `width` columns unless a single word is.
    pub fn lines(&self, width: usize) -> Vec<String> {
        let mut page = Page::new(width);
        page.text(&self.names);
        page.field("It says", self.meaning.as_deref().unwrap_or(""));
        page.list("It carries", &self.carries);
        page.field("Whose limit", self.whose.as_deref().unwrap_or(""));
        page.field("Do not fall for", self.trap.as_deref().unwrap_or(""));
        page.field("Do", self.what_to_do.as_deref().unwrap_or(""));
        let near: Vec<String> =
            self.near.iter().map(|n| format!("\"{}\" ({}): {}", n.wording, n.id, n.names)).collect();
        page.list("Close to it", &near);
        page.list("Known from", &self.source);
        if self.id.is_none() {
            page.field("Do", "Let the timing of the refusals decide, and send us the text so that it can be added.");
        }
        page.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thread_s_sentence_names_nothing() {
        let e = explain_message(
            "Error code: 429 - {'error': {'message': \"We're receiving too many requests at the moment. Please wait a moment and try again.\", 'type': 'rate_limit_reached_error'}}",
        );
        assert_eq!(e.id.as_deref(), Some("kimi.too-many"));
        assert!(e.names.starts_with("It names no limit"), "{}", e.names);
        assert!(e.names.contains("concurrency cap") && e.names.contains("used-up token window"));
        assert!(e.trap.is_some() && !e.source.is_empty());
    }

    #[test]
    fn a_named_cap_is_reported_with_its_number() {
        let e =
            explain_message("429 request reached organization max concurrency: 3, please try again after 1 seconds");
        assert_eq!(e.names, "It names one cause: concurrency cap.");
        assert_eq!(e.carries, ["The cap it names is 3.", "It asks to wait 1 s."]);
    }

    #[test]
    fn a_reset_is_reported_with_what_it_needs() {
        let carries = |text: &str| explain_message(text).carries;
        assert_eq!(
            carries("You've hit your session limit · resets 3pm (Europe/Vienna)"),
            ["The reset it names is \"3pm (Europe/Vienna)\", seen from the time of the line."]
        );
        assert_eq!(
            carries("Usage limit reached for 5 hour. Your limit will reset at 2026-08-27 21:31:39"),
            [
                "The reset it names is \"2026-08-27 21:31:39\", without a zone; this provider's times were seen to be of +08:00."
            ]
        );
    }

    #[test]
    fn a_bare_type_is_explained() {
        assert_eq!(explain_message("access_terminated_error").id.as_deref(), Some("kimi.type-terminated"));
        assert_eq!(explain_message("insufficient_quota").id.as_deref(), Some("generic.insufficient-quota"));
    }

    #[test]
    fn an_unknown_text_gets_near_misses_and_no_claim() {
        let e = explain_message("You've reached your fortnightly (14-day) usage limit. Your quota will reset later.");
        assert_eq!(e.id, None);
        assert_eq!(e.near[0].id, "kimi.window-week");
        let nothing = explain_message("\u{1b}[31mhello");
        assert!(nothing.near.is_empty());
        assert!(nothing.lines(60).iter().all(|l| !l.contains('\u{1b}')));
    }

    #[test]
    fn lines_keep_the_width() {
        for text in ["You've reached your weekly (7-day) usage limit.", "nonsense"] {
            for line in explain_message(text).lines(50) {
                assert!(line.chars().count() <= 50 || !line.trim().contains(' '), "{line}");
            }
        }
    }
}
