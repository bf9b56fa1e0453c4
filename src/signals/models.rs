//! Whose a model is, by its name.
//!
//! In: the embedded `models.toml`. Out: the provider of a model's name, for clients that talk to several providers and write
//! down the model alone.

use serde::Deserialize;

use super::catalogue::Catalogue;
use super::error::CatalogueError;

const MODELS: &str = include_str!("catalogue/models.toml");

/// Models whose names begin alike.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Family {
    prefixes: Vec<String>,
    provider: String,
    /// How it is known; for the reader of the file.
    #[expect(dead_code, reason = "read by people")]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    family: Vec<Family>,
}

pub(super) fn embedded() -> Result<Vec<Family>, CatalogueError> {
    let file: File = toml::from_str(MODELS)
        .map_err(|e| CatalogueError::Shape { file: "models.toml".to_owned(), reason: e.message().to_owned() })?;
    Ok(file.family)
}

impl Catalogue {
    /// The provider whose model has this name, if its family is known.
    pub fn provider_of_model(&self, model: &str) -> Option<&str> {
        let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
        let is_of = |f: &&Family| f.prefixes.iter().any(|p| name.starts_with(p.as_str()));
        self.families.iter().find(is_of).map(|f| f.provider.as_str())
    }
}

#[cfg(test)]
mod tests {
    use crate::signals::catalogue;

    #[test]
    fn a_model_names_its_provider() {
        let of = [
            "claude-opus-4-8",
            "MiniMax-M2.7",
            "z-ai/glm-4.6",
            "kimi-for-coding",
            "kimi-k2-0905",
            "gpt-5.2",
            "my-model",
        ];
        let actual = ["anthropic", "minimax", "zai", "kimi-code", "moonshot", "openai"].map(Some);
        assert_eq!(of.map(|m| catalogue().provider_of_model(m))[..6], actual);
        assert_eq!(catalogue().provider_of_model("my-model"), None);
    }
}
