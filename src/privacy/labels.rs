//! Many names replaced in one pass over a text.

use std::borrow::Cow;
use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

/// Names shorter than this are words like any other, and are replaced only where a field holds nothing else.
const TELLING: usize = 3;

/// Names, each with what stands for it.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    finder: Option<AhoCorasick>,
    instead: Vec<String>,
}

impl Labels {
    /// From pairs of a name and its pseudonym; pairs that change nothing are left out, of equal names the first counts.
    pub(crate) fn of(pairs: Vec<(String, String)>) -> Self {
        let mut seen = BTreeSet::new();
        let kept: Vec<(String, String)> = pairs
            .into_iter()
            .filter(|(name, pseudonym)| name != pseudonym && name.len() >= TELLING && seen.insert(name.clone()))
            .collect();
        // A table of all transitions would take time by the square of a name's length, and the name is the log's.
        let kind = Some(AhoCorasickKind::ContiguousNFA);
        let names = kept.iter().map(|(name, _)| name);
        let finder = if kept.is_empty() { None } else { AhoCorasick::builder().kind(kind).build(names).ok() };
        Self { finder, instead: kept.into_iter().map(|(_, pseudonym)| pseudonym).collect() }
    }

    /// The text with every name in it that is a whole word replaced; at one place the longest name counts.
    pub(crate) fn replaced<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.replaced_where(text, &|_, _| true)
    }

    /// The same, where `may` allows it for the begin and the end of a name.
    pub(crate) fn replaced_where<'t>(&self, text: &'t str, may: &dyn Fn(usize, usize) -> bool) -> Cow<'t, str> {
        let Some(finder) = &self.finder else { return Cow::Borrowed(text) };
        let mut whole: Vec<(usize, usize, usize)> = finder
            .find_overlapping_iter(text)
            .filter(|m| is_whole(text, m.start(), m.end()) && may(m.start(), m.end()))
            .map(|m| (m.start(), m.end(), m.pattern().as_usize()))
            .collect();
        if whole.is_empty() {
            return Cow::Borrowed(text);
        }
        whole.sort_unstable_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (start, end, name) in whole {
            if start >= at {
                out.push_str(&text[at..start]);
                out.push_str(&self.instead[name]);
                at = end;
            }
        }
        out.push_str(&text[at..]);
        Cow::Owned(out)
    }
}

fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let joins = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    !text[..start].chars().next_back().is_some_and(joins) && !text[end..].chars().next().is_some_and(joins)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        Labels::of(pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect())
    }

    #[test]
    fn whole_words_only_and_the_longest_first() {
        let names =
            labels(&[("acct", "account-1"), ("acct0", "account-2"), ("acct/0", "account-3"), ("a", "account-4")]);
        assert_eq!(
            names.replaced("a kimi-code/acct0/* and acct, acct/0, acct/07, not acctual"),
            "a kimi-code/account-2/* and account-1, account-3, account-1/07, not acctual"
        );
        assert!(matches!(names.replaced("nothing"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_name_without_end_costs_as_much_as_it_is_long() {
        let long = "A".repeat(1_000_000);
        let names = labels(&[(&long, "account-1"), ("acct0", "account-2")]);
        assert_eq!(names.replaced(&format!("acct0, {long}")), "account-2, account-1");
    }

    #[test]
    fn many_names_cost_one_pass() {
        let pairs: Vec<(String, String)> =
            (0..5_000).map(|n| (format!("account{n}"), format!("account-{n}"))).collect();
        let names = Labels::of(pairs);
        assert_eq!(names.replaced("account4999 and account12"), "account-4999 and account-12");
    }
}
