//! Which requests go to a model, and whose.
//!
//! In: paths and addresses of requests; `paths.toml` and the hosts of `providers.toml`. Out: whether they are calls of a model API, the provider that answers there, and
//! the model that some paths carry. Always: an address that is not known names nobody; a path that other sites use too
//! is no call.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::signals::catalogue;

const PATHS: &str = include_str!("../../signals/catalogue/paths.toml");

/// Where the end of a path counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reach {
    /// Anywhere: no other program has it.
    Any,
    /// As the whole path, or below a segment that names a model API.
    Named,
    /// Only at the host of a provider.
    Host,
}

/// One kind of path that asks a model.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    end: String,
    reach: Reach,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and tests"))]
    source: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by tests"))]
    counts: Vec<String>,
    #[serde(default)]
    #[cfg_attr(not(test), expect(dead_code, reason = "read by tests"))]
    not: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    segments: Vec<String>,
    never: Vec<String>,
    agents: Vec<String>,
    path: Vec<End>,
}

static ENDS: LazyLock<File> = LazyLock::new(|| toml::from_str(PATHS).unwrap_or_default());

/// Ollama listens here by default.
const OLLAMA_PORT: &str = ":11434";

/// Whether a path or an address is that of a call of a model API. Its query does not count.
pub(in crate::formats) fn is_call(target: &str) -> bool {
    let path = path_of(target);
    if asks_nothing(path) {
        return false;
    }
    let is_at_provider = || {
        let host = target.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or(""));
        host.ends_with(OLLAMA_PORT) || (!host.is_empty() && provider_of(target).is_some())
    };
    ENDS.path.iter().any(|end| {
        before(path, &end.end).is_some_and(|before| match end.reach {
            Reach::Any => true,
            Reach::Named => before.is_empty() || names_model_api(before),
            Reach::Host => is_at_provider(),
        })
    })
}

/// Whether a request to a path that is not known asks a model all the same: a program that talks to model APIs only sent it, or
/// it went to a provider. A gateway may serve its models under any path.
pub(in crate::formats) fn is_call_of(target: &str, agent: Option<&str>, host: Option<&str>) -> bool {
    let path = path_of(target);
    let is_agent = |agent: &str| ENDS.agents.iter().any(|a| agent.starts_with(a.as_str()));
    let known = || agent.is_some_and(is_agent) || host.and_then(provider_of).is_some();
    !path.is_empty() && !asks_nothing(path) && known()
}

/// Whether the path is one that asks no model, whoever sends the request.
fn asks_nothing(path: &str) -> bool {
    ENDS.never.iter().any(|n| path.ends_with(n.as_str()))
}

/// The part before the end of a path, if it has this end. A star matches any text that is not empty.
fn before<'p>(path: &'p str, end: &str) -> Option<&'p str> {
    let Some((first, last)) = end.split_once('*') else { return path.strip_suffix(end) };
    let rest = path.strip_suffix(last)?;
    let at = rest.rfind(first)?;
    (at + first.len() < rest.len()).then(|| &rest[..at])
}

fn names_model_api(before: &str) -> bool {
    let before = before.to_ascii_lowercase();
    ENDS.segments.iter().any(|s| before.contains(s.as_str()))
}

/// The path of a target or address, without query and closing slash.
fn path_of(target: &str) -> &str {
    let rest = target.split_once("://").map_or(target, |(_, rest)| rest.find('/').map_or("", |at| &rest[at..]));
    let end = rest.find(['?', '#']).unwrap_or(rest.len());
    rest[..end].trim_end_matches('/')
}

/// The provider that answers at an address or host; `None` for what is not known.
pub(in crate::formats) fn provider_of(address: &str) -> Option<&'static str> {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split(':').next().unwrap_or(host).to_ascii_lowercase();
    let is_at = |known: &String| {
        let (known, below) = known.split_once('/').unwrap_or((known, ""));
        is_like(&host, known) && (path.is_empty() || path.starts_with(below))
    };
    // The more particular address first: two providers may share a host.
    let of = |known: &dyn Fn(&String) -> bool| catalogue().providers.iter().find(|p| p.hosts.iter().any(known));
    let below = |known: &String| known.contains('/') && is_at(known);
    of(&below).or_else(|| of(&is_at)).map(|p| p.id.as_str())
}

/// Whether a host is a known one, in which a star matches any text that is not empty.
fn is_like(host: &str, known: &str) -> bool {
    let Some((first, last)) = known.split_once('*') else { return host == known };
    host.len() > first.len() + last.len() && host.starts_with(first) && host.ends_with(last)
}

/// The model that a path names, as Google's, Azure's and Bedrock's do.
pub(in crate::formats) fn model_in(target: &str) -> Option<&str> {
    let path = path_of(target);
    let after = |key: &str| path.find(key).map(|at| &path[at + key.len()..]);
    let model = if let Some(rest) = after("/models/") {
        rest.split([':', '/']).next()
    } else if let Some(rest) = after("/deployments/").or_else(|| after("/model/")) {
        rest.split('/').next()
    } else {
        None
    };
    model.filter(|m| !m.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_file_counts_as_it_says() {
        assert!(ENDS.path.len() > 40, "the file is read");
        for end in &ENDS.path {
            assert!(!end.source.is_empty() && !end.counts.is_empty(), "{}", end.end);
            for call in &end.counts {
                assert!(before(path_of(call), &end.end).is_some() && is_call(call), "{call}");
            }
            for other in &end.not {
                assert!(!is_call(other), "{other}");
            }
        }
    }

    #[test]
    fn what_asks_no_model_is_no_call() {
        for other in [
            "/",
            "/v1/models",
            "/v1/messages/count_tokens",
            "/v1/files",
            "/v1/batches",
            "/api/tags",
            "/api/show",
            "/model//invoke",
            "https://shop.example/search?q=/v1/chat/completions",
            "https://openrouter.ai/api/v1/models",
        ] {
            assert!(!is_call(other), "{other}");
        }
        assert!(is_call("https://api.moonshot.ai/v1/chat/completions") && is_call("/v1/messages?beta=true"));
    }

    #[test]
    fn only_known_hosts_name_a_provider() {
        for (address, provider) in [
            ("https://api.kimi.com/coding/v1/chat/completions", Some("kimi-code")),
            ("https://api.kimi.com/v1/other", None),
            ("api.moonshot.cn:443", Some("moonshot")),
            ("https://api.openai.com.evil.example/v1/chat/completions", None),
            ("https://me@API.OpenAI.com/v1", Some("openai")),
            ("https://us-east5-aiplatform.googleapis.com/v1/x", Some("vertex")),
            ("https://bedrock-runtime.us-east-1.amazonaws.com/model/x/invoke", Some("bedrock")),
            ("https://s3.amazonaws.com/x", None),
            ("https://me.openai.azure.com/openai/deployments/x", Some("azure")),
            ("https://openai.azure.com/x", None),
            ("https://chatgpt.com/backend-api/codex/responses", Some("codex")),
            ("https://chatgpt.com/c/1", None),
            ("https://opencode.ai/zen/go/v1/messages", Some("opencode-go")),
            ("https://opencode.ai/docs", None),
            ("http://127.0.0.1:8399/v1", None),
        ] {
            assert_eq!(provider_of(address), provider, "{address}");
        }
    }

    #[test]
    fn who_sent_it_and_where_it_went_make_a_call_of_an_unknown_path() {
        let of = |path, agent, host| is_call_of(path, Some(agent).filter(|a: &&str| !a.is_empty()), host);
        assert!(of("/team-a/claude", "OpenAI/Python 1.99.1", None));
        assert!(of("/x/generate", "", Some("api.groq.com:443")));
        for (path, agent, host) in [
            ("/team-a/claude", "Mozilla/5.0", None),
            ("/webhook", "OpenAI/1.0 (+https://platform.openai.com/docs/webhooks)", None),
            ("/v1/messages/count_tokens?beta=true", "claude-cli/2.1.80", None),
            ("/v1/files", "", Some("api.openai.com")),
            ("/", "OpenAI/Python 1.99.1", None),
        ] {
            assert!(!of(path, agent, host), "{path}");
        }
    }

    #[test]
    fn no_two_providers_have_one_host() {
        let mut hosts: Vec<&String> = catalogue().providers.iter().flat_map(|p| &p.hosts).collect();
        assert!(hosts.iter().all(|h| !h.contains("://") && **h == h.to_ascii_lowercase()));
        let all = hosts.len();
        hosts.sort();
        hosts.dedup();
        assert_eq!((hosts.len(), all > 30), (all, true));
    }

    #[test]
    fn some_paths_name_the_model() {
        assert_eq!(model_in("/v1beta/models/gemini-3-pro:generateContent?key=x"), Some("gemini-3-pro"));
        assert_eq!(model_in("/openai/deployments/gpt-5/chat/completions"), Some("gpt-5"));
        assert_eq!(model_in("/model/anthropic.claude-v2:1/invoke"), Some("anthropic.claude-v2:1"));
        assert_eq!(model_in("/v1/chat/completions"), None);
    }
}
