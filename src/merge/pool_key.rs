//! Which quota an attempt belongs to: `provider/account/model` (docs/METHOD.md, Definitions).
//!
//! The account is never guessed: a pool whose account no log names is `-`. The model is `*` where the provider's
//! limits are the account's; the catalogue of signals says which providers limit by model.

use std::collections::{BTreeMap, HashMap};

use super::Context;
use crate::formats::traits_of;
use crate::model::{Attempt, TextId, Texts};

/// Identity of a pool, sortable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PoolKey {
    /// Provider id.
    pub provider: String,
    /// Account label or `-`.
    pub account: String,
    /// Model, or `*`.
    pub model: String,
}

impl PoolKey {
    /// `provider/account/model`.
    pub fn id(&self) -> String {
        format!("{}/{}/{}", self.provider, self.account, self.model)
    }
}

/// Labels for what the logs do not name (`--provider`, `--account`).
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// Provider.
    pub provider: Option<String>,
    /// Account.
    pub account: Option<String>,
}

/// Stands for the provider where neither a log nor a label names one.
pub const UNKNOWN_PROVIDER: &str = "unknown";

/// The pool of an attempt. Where its log names no provider, it is that which its client was made for.
pub fn pool_of(attempt: &Attempt, texts: &Texts, context: &Context<'_>) -> PoolKey {
    let Context { labels, catalogue } = context;
    let text = |id: Option<_>| id.map(|id| texts.get(id));
    let made_for = || traits_of(texts.get(attempt.client)).made_for.map_or(UNKNOWN_PROVIDER, |m| m.provider);
    let provider = text(attempt.provider).or(labels.provider.as_deref()).unwrap_or_else(made_for);
    let account = text(attempt.account).or(labels.account.as_deref()).unwrap_or("-");
    let by_model = catalogue.limits_by_model(Some(provider));
    let model = if by_model { text(attempt.model).unwrap_or("-") } else { "*" };
    PoolKey { provider: provider.to_owned(), account: account.to_owned(), model: model.to_owned() }
}

/// Client and what a row names of its pool.
type Identity = (TextId, [Option<TextId>; 3]);

/// Numbers pools as their rows come: a million rows name few.
#[derive(Debug, Default)]
pub struct PoolKeys {
    by_identity: HashMap<Identity, usize>,
    numbers: BTreeMap<PoolKey, usize>,
}

impl PoolKeys {
    /// The number of an attempt's pool.
    pub fn number_of(&mut self, a: &Attempt, texts: &Texts, context: &Context<'_>) -> usize {
        let identity = (a.client, [a.provider, a.account, a.model]);
        let numbers = &mut self.numbers;
        *self.by_identity.entry(identity).or_insert_with(|| {
            let new = numbers.len();
            *numbers.entry(pool_of(a, texts, context)).or_insert(new)
        })
    }

    /// All pools with their numbers, by key.
    pub fn into_numbers(self) -> BTreeMap<PoolKey, usize> {
        self.numbers
    }
}
