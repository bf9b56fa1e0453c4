//! Labels of accounts that name somebody: an e-mail address or a key as the account of a pool.
//!
//! In: the pools of a run. Out: the same with such labels masked, and numbered in the order of the pools, so that two
//! accounts stay two. Labels that no pattern masks stay as they are: scripts and `check` need them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::privacy::labels::Labels;
use crate::privacy::redact::{Counts, mask, mask_counting, mask_name};
use crate::timeline::TextColumn;

/// What stands for the labels of one run that must not be written down, anywhere.
#[derive(Debug, Default)]
pub struct Accounts {
    labels: Labels,
    replacements: BTreeMap<String, String>,
    counts: Counts,
}

impl Accounts {
    /// For pools by id and account, in their order.
    pub fn of<'p>(pools: impl IntoIterator<Item = (&'p str, &'p str)>) -> Self {
        let mut accounts = Self::default();
        let mut labels = Vec::new();
        for (id, account) in pools {
            if let Cow::Owned(masked) = mask_counting(account, &mut accounts.counts) {
                let number = accounts.replacements.len() + 1;
                let replacement =
                    accounts.replacements.entry(account.to_owned()).or_insert_with(|| format!("{masked}-{number}"));
                labels.push((id.to_owned(), id.replacen(account, replacement, 1)));
                labels.push((account.to_owned(), replacement.clone()));
            }
        }
        accounts.labels = Labels::of(labels);
        accounts
    }

    /// How many labels of each kind were replaced.
    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    /// A text with these labels replaced, wherever they stand in it as whole words.
    pub(crate) fn replaced<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.labels.replaced(text)
    }

    /// A text of a log as it may be written down: labels replaced, then secrets masked.
    pub fn masked<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.replaced(text) {
            Cow::Borrowed(text) => mask(text),
            Cow::Owned(text) => Cow::Owned(mask(&text).into_owned()),
        }
    }

    /// As [`Accounts::masked`], for a name that a client gives: a session, a path, an id of a request.
    pub fn masked_name<'t>(&self, name: &'t str) -> Cow<'t, str> {
        match self.replaced(name) {
            Cow::Borrowed(name) => mask_name(name),
            Cow::Owned(name) => Cow::Owned(mask_name(&name).into_owned()),
        }
    }

    /// A text of a column of a table.
    pub fn masked_column(&self, column: TextColumn, text: &str) -> String {
        match column {
            TextColumn::ErrorKind | TextColumn::ErrorMessage => self.masked(text).into_owned(),
            TextColumn::Pool | TextColumn::Agent | TextColumn::Model | TextColumn::RequestId | TextColumn::Path => {
                self.masked_name(text).into_owned()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_addresses_stay_two_accounts() {
        let pools = [
            ("kimi-code/acct0/*", "acct0"),
            ("kimi-code/ann@mail.example.org/*", "ann@mail.example.org"),
            ("kimi-code/bob@mail.example.org/*", "bob@mail.example.org"),
            ("moonshot/ann@mail.example.org/k2", "ann@mail.example.org"),
        ];
        let accounts = Accounts::of(pools);
        let actual: Vec<_> = pools.iter().map(|(id, _)| accounts.masked(id)).collect();
        assert_eq!(
            actual,
            ["kimi-code/acct0/*", "kimi-code/<email>-1/*", "kimi-code/<email>-2/*", "moonshot/<email>-1/k2"]
        );
        assert_eq!(
            accounts.masked("bob@mail.example.org, not eve@mail.example.org of acct0"),
            "<email>-2, not <email> of acct0"
        );
        for text in &actual {
            assert!(matches!(accounts.masked(text), Cow::Borrowed(_)), "masking twice: {text}");
        }
    }
}
