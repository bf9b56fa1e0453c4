//! Which quota an attempt or a snapshot belongs to: `provider/account/model` (docs/METHOD.md, Definitions).
//!
//! The account is never guessed: a pool whose account no log names is `-`. The model is `*` where the provider's
//! limits are the account's; the catalogue of signals says which providers limit by model.

use crate::model::{Attempt, Snapshot, Texts};
use crate::signals;

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

/// Provider of a client whose log names none: the one that this client was made for.
fn provider_of_client(client: &str) -> &'static str {
    match client {
        "kimi-cli" | "kimi-code" => "kimi-code",
        "codex" => "codex",
        "claude-code" => "claude-code",
        "gemini-cli" => "gemini",
        _ => "unknown",
    }
}

/// The pool of an attempt.
pub fn pool_of(attempt: &Attempt, texts: &Texts, labels: &Labels) -> PoolKey {
    let text = |id: Option<_>| id.map(|id| texts.get(id));
    let provider = text(attempt.provider)
        .or(labels.provider.as_deref())
        .unwrap_or_else(|| provider_of_client(texts.get(attempt.client)));
    let account = text(attempt.account).or(labels.account.as_deref()).unwrap_or("-");
    let by_model = signals::catalogue().limits_by_model(Some(provider));
    let model = if by_model { text(attempt.model).unwrap_or("-") } else { "*" };
    PoolKey { provider: provider.to_owned(), account: account.to_owned(), model: model.to_owned() }
}

/// Snapshots of the first may be of pools of the second: Gemini CLI does not write down by which of two doors it signed in, and its
/// rows stand under the API's name.
const DOORS: [(&str, &str); 1] = [("gemini-code-assist", "gemini")];

/// The pools (by index) that a snapshot speaks for: all pools of its provider and account. A snapshot or a pool
/// that names no account fits where that leaves exactly one account in question.
pub fn pools_for(snapshot: &Snapshot, keys: &[PoolKey], labels: &Labels) -> Vec<usize> {
    let provider = snapshot.provider.as_deref().or(labels.provider.as_deref());
    let account = snapshot.account.as_deref().or(labels.account.as_deref());
    let mut accounts: Vec<(&str, &str)> = keys.iter().map(|k| (k.provider.as_str(), k.account.as_str())).collect();
    accounts.sort_unstable();
    accounts.dedup();
    // A log may call a provider by another name than its snapshots do.
    let id = |label: &str| signals::catalogue().provider(label).map_or(label.to_owned(), |p| p.id.clone());
    let by_label = accounts.iter().any(|(p, _)| provider == Some(*p));
    let fits = |p: &str| provider.is_none_or(|name| if by_label { name == p } else { id(name) == id(p) });
    let named = accounts.iter().any(|(p, _)| fits(p));
    // Where no pool names the snapshot's provider, one whose provider no log names may be it.
    let may_be = |p: &str| p == "unknown" || provider.is_some_and(|name| DOORS.contains(&(id(name).as_str(), p)));
    let same_provider: Vec<_> = accounts.iter().filter(|(p, _)| fits(p) || (!named && may_be(p))).collect();
    let exact = account.and_then(|a| same_provider.iter().find(|(_, pool)| *pool == a));
    let chosen = match (exact, same_provider.as_slice()) {
        (Some(found), _) => **found,
        (None, [only]) if account.is_none() || only.1 == "-" => **only,
        _ => return Vec::new(),
    };
    (0..keys.len()).filter(|i| (keys[*i].provider.as_str(), keys[*i].account.as_str()) == chosen).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{QuotaState, SourceRef};

    fn key(account: &str) -> PoolKey {
        PoolKey { provider: "kimi-code".into(), account: account.into(), model: "*".into() }
    }

    fn snapshot(account: Option<&str>) -> Snapshot {
        Snapshot {
            provider: Some("kimi-code".into()),
            account: account.map(Into::into),
            owner: None,
            captured: None,
            state: QuotaState::default(),
            source: SourceRef::default(),
        }
    }

    #[test]
    fn a_snapshot_without_account_fits_only_where_one_account_is_in_question() {
        let labels = Labels::default();
        assert_eq!(pools_for(&snapshot(None), &[key("-")], &labels), vec![0]);
        assert_eq!(pools_for(&snapshot(None), &[key("a"), key("b")], &labels), Vec::<usize>::new());
        assert_eq!(pools_for(&snapshot(Some("b")), &[key("a"), key("b")], &labels), vec![1]);
        assert_eq!(pools_for(&snapshot(Some("c")), &[key("-")], &labels), vec![0]);
        assert_eq!(pools_for(&snapshot(Some("c")), &[key("a")], &labels), Vec::<usize>::new());
        let unnamed = PoolKey { provider: "unknown".into(), ..key("-") };
        assert_eq!(pools_for(&snapshot(None), std::slice::from_ref(&unnamed), &labels), vec![0]);
        assert_eq!(pools_for(&snapshot(None), &[key("-"), unnamed], &labels), vec![0]);
    }

    #[test]
    fn another_name_for_the_provider_is_the_same_provider() {
        let kimi = PoolKey { provider: "kimi".into(), ..key("-") };
        let labels = Labels::default();
        assert_eq!(pools_for(&snapshot(None), std::slice::from_ref(&kimi), &labels), vec![0]);
        assert_eq!(pools_for(&snapshot(None), &[kimi, key("-")], &labels), vec![1], "its own name comes first");
        let other = PoolKey { provider: "codex".into(), ..key("-") };
        assert_eq!(pools_for(&snapshot(None), &[other], &labels), Vec::<usize>::new());
    }
}
