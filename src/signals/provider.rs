//! Providers: whether a quota is the account's or each model's, what else they are called, whom to ask.
//!
//! In: the embedded `providers.toml`. Out: [`Provider`].

use serde::Deserialize;

use super::error::CatalogueError;

const PROVIDERS: &str = include_str!("catalogue/providers.toml");

/// Whose limit a text speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// The account's, over all its keys.
    Account,
    /// The organisation's or project's.
    Organisation,
    /// One model's.
    Model,
}

impl Scope {
    /// The id in the catalogue.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Organisation => "organisation",
            Self::Model => "model",
        }
    }
}

/// A window length that a provider is known to use.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownWindow {
    /// Length in minutes.
    pub minutes: u32,
    /// Where the length is documented or was seen.
    pub source: String,
}

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
    /// Where models have no limits of their own: the limits are an organisation's or project's, over all its accounts
    /// and keys. Where they have, it is the organisation's model that is limited.
    #[serde(default)]
    pub organisation: bool,
    /// Other labels for it in logs.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The provider that rows of its clients may name in its place, where one program has two doors to its models and does
    /// not write down which one it took.
    pub rows_name: Option<String>,
    /// Where its API answers: a host, or a host and the beginning of a path; a star stands for any text.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Lengths of the windows that it is known to count tokens or requests in. Lengths only: how much fits in is a plan's.
    pub windows: Vec<KnownWindow>,
    /// Whom to ask, and with what in hand.
    pub support: String,
    /// How `limits_by_model` is known.
    pub source: String,
}

impl Provider {
    /// By what the provider limits; this decides what a pool is.
    pub fn scope(&self) -> Scope {
        match (self.limits_by_model, self.organisation) {
            (true, _) => Scope::Model,
            (false, true) => Scope::Organisation,
            (false, false) => Scope::Account,
        }
    }

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
    fn scopes_follow_from_what_is_known() {
        let scope = |p: &str| catalogue().provider(p).map(Provider::scope);
        assert_eq!(scope("moonshot"), Some(Scope::Organisation), "all keys of an organisation share its limits");
        assert_eq!(scope("claude"), Some(Scope::Account));
        assert_eq!(scope("gemini"), Some(Scope::Model));
    }

    #[test]
    fn the_document_tells_the_scope_of_every_provider() {
        let document = include_str!("../../docs/SIGNALS.md");
        for p in &catalogue().providers {
            let row = format!("| `{}` | {} |", p.id, p.scope().id());
            assert!(document.contains(&row), "docs/SIGNALS.md has no row {row}");
        }
    }

    #[test]
    fn the_document_tells_the_window_lengths_of_every_provider() {
        let document = include_str!("../../docs/SIGNALS.md");
        for p in &catalogue().providers {
            let lengths: Vec<String> = p.windows.iter().map(|w| w.minutes.to_string()).collect();
            let minutes = if lengths.is_empty() { "none known".to_owned() } else { lengths.join(", ") };
            let row = format!("| `{}` | {minutes} |", p.id);
            assert!(document.contains(&row), "docs/SIGNALS.md has no row {row}");
        }
    }

    #[test]
    fn window_lengths_ascend_and_have_sources() {
        for p in &catalogue().providers {
            assert!(p.windows.is_sorted_by(|a, b| a.minutes < b.minutes), "{}", p.id);
            assert!(p.windows.iter().all(|w| w.minutes >= 60 && !w.source.is_empty()), "{}", p.id);
        }
    }

    #[test]
    fn apis_that_limit_by_the_minute_or_the_day_have_no_five_hour_window() {
        let apis = ["gemini", "vertex", "groq", "cerebras", "openai", "azure", "bedrock", "openrouter"];
        for id in apis {
            let windows = &catalogue().provider(id).unwrap().windows;
            assert!(windows.iter().all(|w| w.minutes != 300), "{id}");
        }
        let minutes = |id| catalogue().provider(id).unwrap().windows.iter().map(|w| w.minutes).collect::<Vec<_>>();
        assert_eq!(minutes("antigravity"), [300, 10_080]);
        assert!(["groq", "cerebras", "gemini"].iter().all(|id| minutes(id).contains(&1_440)));
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
