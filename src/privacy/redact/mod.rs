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
mod runs;
mod shapes;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use runs::Runs;

use crate::keywords::Keywords;
use crate::pattern::{Pattern, PatternMatch};

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
type By = fn(&PatternMatch<'_>) -> Option<String>;

/// How a match is replaced.
#[derive(Clone, Copy)]
enum How {
    /// `$1` stands for the first group.
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
    needs: Needs,
    pattern: Pattern,
    how: How,
}

/// What else is in every text that a rule matches.
#[derive(Clone, Copy)]
struct Needs {
    runs: Runs,
    /// Whether a text may be one of them.
    may: fn(&str) -> bool,
}

/// A need of rows of signs alone: so many letters and digits, and so many of these and `_-+/=.`
const fn runs(plain: u16, key: u16) -> Needs {
    Needs { runs: Runs { plain, key }, may: |_| true }
}

impl Needs {
    /// And of what this function looks for.
    const fn and(self, may: fn(&str) -> bool) -> Self {
        Self { may, ..self }
    }
}

impl Rule {
    fn new(kind: Kind, keywords: Vec<&'static str>, pattern: &'static str, (how, needs): (How, Needs)) -> Self {
        Self { kind, keywords, needs, pattern: Pattern::new(pattern), how }
    }

    /// Whether a text with these rows may match, by what is quickly seen.
    fn may_match(&self, text: &str, runs: Runs) -> bool {
        runs.hold(self.needs.runs) && (self.needs.may)(text)
    }

    /// The text without what this rule finds, and how much that was; `None` where there is nothing.
    fn masked(&self, text: &str) -> Option<(String, u64)> {
        let (mut out, mut at, mut hits) = (String::new(), 0, 0);
        for found in self.pattern.captures_iter(text) {
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
    fn replaced(&self, text: &str, found: &PatternMatch<'_>) -> Option<(usize, usize, String)> {
        let whole = found.get(0)?;
        match self.how {
            How::With(by) => Some((whole.start(), whole.end(), found.expand(by))),
            How::If(by) => Some((whole.start(), whole.end(), by(found)?)),
            How::Token(least) => {
                let token = found.first().unwrap_or(whole);
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
    keywords: Keywords,
}

static RULES: LazyLock<Rules> = LazyLock::new(|| {
    let mut all = rules::before();
    all.extend(shapes::all());
    all.extend(rules::after());
    let pairs = (0_u16..).zip(&all).flat_map(|(n, rule)| rule.keywords.iter().map(move |k| (n, *k)));
    Rules { keywords: Keywords::of(pairs), all }
});

impl Rules {
    /// The rules that may match a text, in order.
    fn of(&self, text: &str) -> impl Iterator<Item = &Rule> {
        let found = self.keywords.owners(text);
        let runs = if found.is_empty() { Runs::default() } else { Runs::of(text) };
        found.into_iter().filter_map(|n| self.all.get(usize::from(n))).filter(move |r| r.may_match(text, runs))
    }
}

/// Makes the rules ready, which is done otherwise when the first text comes.
pub fn prepare() {
    LazyLock::force(&RULES);
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
    for rule in RULES.of(text) {
        if let Some((masked, hits)) = rule.masked(&out) {
            *counts.entry(rule.kind).or_insert(0) += hits;
            out = Cow::Owned(masked);
        }
    }
    out
}

#[cfg(test)]
mod tests;
