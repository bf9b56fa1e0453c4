//! Providers: whether a quota is the account's or each model's, what else they are called, whom to ask.
//!
//! In: the embedded `providers.toml`. Out: [`Provider`].

use serde::Deserialize;

use super::error::CatalogueError;

const PROVIDERS: &str = include_str!("catalogue/providers.toml");

/// One provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// Id used in pools: `kimi-code`.
    pub id: String,
    /// Name as people know it.
    pub name: String,
    /// Each model has limits of its own. Otherwise one pool serves the whole account.
    pub limits_by_model: bool,
    /// Other labels for it in logs.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Whom to ask, and with what in hand.
    pub support: String,
    /// How `limits_by_model` is known.
    pub source: String,
}

impl Provider {
    /// Whether this label means it.
    pub fn is_called(&self, label: &str) -> bool {
        self.id.eq_ignore_ascii_case(label) || self.aliases.iter().any(|a| a.eq_ignore_ascii_case(label))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Vec<Provider>,
}

pub(super) fn embedded() -> Result<Vec<Provider>, CatalogueError> {
    let file: File = toml::from_str(PROVIDERS)
        .map_err(|e| CatalogueError::Shape { file: "providers.toml".to_owned(), reason: e.message().to_owned() })?;
    Ok(file.provider)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::catalogue;

    #[test]
    fn labels_are_unique() {
        let mut labels: Vec<String> = Vec::new();
        for p in embedded().unwrap() {
            labels.push(p.id);
            labels.extend(p.aliases);
        }
        let all = labels.len();
        labels.sort();
        labels.dedup();
        assert_eq!(labels.len(), all);
    }

    #[test]
    fn subscriptions_have_one_pool_and_apis_one_per_model() {
        let c = catalogue();
        for account in ["kimi-code", "moonshot", "claude-code", "codex", "kimi-for-coding"] {
            assert!(c.provider(account).is_some(), "{account}");
            assert!(!c.limits_by_model(Some(account)), "{account}");
        }
        for model in ["openai", "anthropic", "gemini"] {
            assert!(c.limits_by_model(Some(model)), "{model}");
        }
        assert!(!c.limits_by_model(None));
    }
}
