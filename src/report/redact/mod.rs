//! Masks what must not be written down: keys, tokens, e-mails, home folders, account ids.
//!
//! In: any text. Out: the same text with each secret replaced by a word that says what stood there. Request ids stay,
//! since a support desk can look them up. What always holds: masking twice changes nothing more.
//!
//! Four layers, each of which may miss: names of fields (`named`), shapes of our own (`rules`), shapes of a maintained
//! rule set (`shapes`), and texts that look random (`random`).

mod named;
mod random;
mod rules;
mod shapes;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::{Captures, Regex};

/// What stands in the place of a key.
const SECRET: &str = "<secret>";

/// What kind of secret was masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// An API key, a token, a password.
    Secret,
    /// An e-mail address.
    Email,
    /// The part of a path that names a user.
    Home,
    /// An organisation or key id of a provider.
    Account,
}

impl Kind {
    /// Its name in a report's counts.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Secret => "keys and tokens",
            Self::Email => "e-mail addresses",
            Self::Home => "home folders",
            Self::Account => "account ids",
        }
    }
}

/// How many secrets of each kind were masked.
pub type Counts = BTreeMap<Kind, u64>;

/// What takes the place of a match; `None` leaves it as it is.
type By = fn(&Captures<'_>) -> Option<String>;

/// How a match is replaced.
#[derive(Clone, Copy)]
enum How {
    /// As in [`Regex::replace`]: `$1` stands for the first group.
    With(&'static str),
    /// Where the function says so.
    If(By),
    /// The first group, or the whole match, up to the end of the token, if its entropy is at least this.
    Token(f64),
}

/// One shape of a secret.
struct Rule {
    kind: Kind,
    /// One of these is in every text that it matches, in any case.
    keywords: Vec<&'static str>,
    pattern: &'static str,
    how: How,
    compiled: OnceLock<Option<Regex>>,
}

impl Rule {
    fn new(kind: Kind, keywords: Vec<&'static str>, pattern: &'static str, how: How) -> Self {
        Self { kind, keywords, pattern, how, compiled: OnceLock::new() }
    }

    /// Compiled on first use. A pattern that does not compile masks nothing; a test makes sure that there is none.
    fn regex(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| Regex::new(self.pattern).ok()).as_ref()
    }

    /// The text without what this rule finds, and how much that was; `None` where there is nothing.
    fn masked(&self, text: &str) -> Option<(String, u64)> {
        let regex = self.regex().filter(|r| r.is_match(text))?;
        let (mut out, mut at, mut hits) = (String::with_capacity(text.len()), 0, 0);
        for found in regex.captures_iter(text) {
            let Some((begin, end, by)) = self.replaced(text, &found).filter(|(begin, _, _)| *begin >= at) else {
                continue;
            };
            out.push_str(&text[at..begin]);
            out.push_str(&by);
            at = end;
            hits += 1;
        }
        out.push_str(&text[at..]);
        (hits > 0).then_some((out, hits))
    }

    /// Which part of the text goes, and what takes its place.
    fn replaced(&self, text: &str, found: &Captures<'_>) -> Option<(usize, usize, String)> {
        let whole = found.get(0)?;
        match self.how {
            How::With(by) => {
                let mut out = String::new();
                found.expand(by, &mut out);
                Some((whole.start(), whole.end(), out))
            }
            How::If(by) => Some((whole.start(), whole.end(), by(found)?)),
            How::Token(least) => {
                let token = found.iter().skip(1).flatten().next().unwrap_or(whole);
                if token.as_str().contains(SECRET) || random::entropy(token.as_str()) < least {
                    return None;
                }
                let more = text[token.end()..].bytes().take_while(|b| random::is_of_a_token(*b)).count();
                Some((token.start(), token.end() + more, SECRET.to_owned()))
            }
        }
    }
}

/// All rules in their order, and what finds their keywords. What names a field comes before what only looks like a key.
struct Rules {
    all: Vec<Rule>,
    finder: Option<AhoCorasick>,
    /// The rule of each keyword of the finder.
    rule_of: Vec<usize>,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let mut all = rules::before();
    all.extend(shapes::all());
    all.extend(rules::after());
    let pairs = || all.iter().enumerate().flat_map(|(n, r)| r.keywords.iter().map(move |k| (n, *k)));
    let kind = Some(AhoCorasickKind::ContiguousNFA);
    let finder = AhoCorasick::builder().kind(kind).ascii_case_insensitive(true).build(pairs().map(|(_, k)| k)).ok();
    let rule_of = pairs().map(|(n, _)| n).collect();
    Rules { finder, rule_of, all }
});

impl Rules {
    /// The rules that may match a text, in order.
    fn of(&self, text: &str) -> Vec<usize> {
        let Some(finder) = &self.finder else { return (0..self.all.len()).collect() };
        let mut found: Vec<usize> =
            finder.find_overlapping_iter(text).map(|m| self.rule_of[m.pattern().as_usize()]).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The text without secrets; borrowed when there is none.
pub fn mask(text: &str) -> Cow<'_, str> {
    mask_counting(text, &mut Counts::new())
}

/// As [`mask`], and adds to `counts` what was masked.
pub fn mask_counting<'t>(text: &'t str, counts: &mut Counts) -> Cow<'t, str> {
    let named = mask_name_counting(text, counts);
    let Some((masked, hits)) = random::masked(&named) else { return named };
    *counts.entry(Kind::Secret).or_insert(0) += hits;
    Cow::Owned(masked)
}

/// As [`mask`], for a name that a client gives: a session, a path, a request id. These look random and are none.
pub fn mask_name(text: &str) -> Cow<'_, str> {
    mask_name_counting(text, &mut Counts::new())
}

/// As [`mask_name`], and adds to `counts` what was masked.
pub fn mask_name_counting<'t>(text: &'t str, counts: &mut Counts) -> Cow<'t, str> {
    let mut out = Cow::Borrowed(text);
    for n in RULES.of(text) {
        let rule = &RULES.all[n];
        if let Some((masked, hits)) = rule.masked(&out) {
            *counts.entry(rule.kind).or_insert(0) += hits;
            out = Cow::Owned(masked);
        }
    }
    out
}

#[cfg(test)]
mod tests;
