//! Which pools a snapshot speaks for.

use crate::merge::{Context, PoolKey, UNKNOWN_PROVIDER};
use crate::model::Snapshot;

/// The pools (by index) that a snapshot speaks for: all pools of its provider and account. A snapshot or a pool
/// that names no account fits where that leaves exactly one account in question.
pub fn pools_for(snapshot: &Snapshot, keys: &[PoolKey], context: &Context<'_>) -> Vec<usize> {
    let Context { labels, catalogue } = context;
    let provider = snapshot.provider.as_deref().or(labels.provider.as_deref());
    let account = snapshot.account.as_deref().or(labels.account.as_deref());
    let mut accounts: Vec<(&str, &str)> = keys.iter().map(|k| (k.provider.as_str(), k.account.as_str())).collect();
    accounts.sort_unstable();
    accounts.dedup();
    // A log may call a provider by another name than its snapshots do.
    let id = |label: &str| catalogue.provider(label).map_or(label.to_owned(), |p| p.id.clone());
    let by_label = accounts.iter().any(|(p, _)| provider == Some(*p));
    let fits = |p: &str| provider.is_none_or(|name| if by_label { name == p } else { id(name) == id(p) });
    let named = accounts.iter().any(|(p, _)| fits(p));
    // Where no pool names the snapshot's provider, one whose provider no log names may be it.
    let is_door = |name: &str, p: &str| catalogue.provider(name).and_then(|n| n.rows_name.as_deref()) == Some(p);
    let may_be = |p: &str| p == UNKNOWN_PROVIDER || provider.is_some_and(|name| is_door(name, p));
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
    use crate::merge::Labels;
    use crate::model::{QuotaState, SourceRef};
    use crate::signals::catalogue;

    fn pools_for(snapshot: &Snapshot, keys: &[PoolKey], labels: &Labels) -> Vec<usize> {
        super::pools_for(snapshot, keys, &Context { labels, catalogue: catalogue() })
    }

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
