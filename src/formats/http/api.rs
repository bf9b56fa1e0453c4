//! Which requests go to a model, and whose.
//!
//! In: paths and addresses of requests. Out: whether they are calls of a model API, the provider that answers there, and
//! the model that some paths carry. Always: an address that is not known names nobody; a path that other sites use too
//! is no call.

/// Ends of paths that only model APIs have.
const ENDS: &[&str] = &["/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/complete"];

/// Ends that other sites may have too. They count alone, or below a segment that names a model API.
const SHARED_ENDS: &[&str] = &["/v1/messages", "/v1/responses"];

/// What such a segment contains.
const SEGMENTS: &[&str] =
    &["anthropic", "claude", "openai", "coding", "codex", "openrouter", "llm", "gateway", "proxy"];

/// Methods of a model in the path, behind a colon (Google).
const VERBS: &[&str] = &["generateContent", "streamGenerateContent", "rawPredict", "streamRawPredict"];

/// Methods of a model in the path, behind a slash (Bedrock).
const INVOCATIONS: &[&str] = &["/invoke", "/invoke-with-response-stream", "/converse", "/converse-stream"];

/// Hosts and the providers that answer there. A leading dot stands for any host below.
const HOSTS: &[(&str, &str)] = &[
    ("api.moonshot.ai", "moonshot"),
    ("api.moonshot.cn", "moonshot"),
    ("api.openai.com", "openai"),
    ("chatgpt.com", "codex"),
    ("api.anthropic.com", "anthropic"),
    ("generativelanguage.googleapis.com", "gemini"),
    ("cloudcode-pa.googleapis.com", "gemini-code-assist"),
    ("aiplatform.googleapis.com", "vertex"),
    ("-aiplatform.googleapis.com", "vertex"),
    ("openrouter.ai", "openrouter"),
    ("api.z.ai", "zai"),
    ("open.bigmodel.cn", "zai"),
    ("api.minimax.io", "minimax"),
    ("api.minimax.chat", "minimax"),
    ("api.minimaxi.com", "minimax"),
    ("api.deepseek.com", "deepseek"),
    (".amazonaws.com", "bedrock"),
    (".openai.azure.com", "azure"),
    ("dashscope.aliyuncs.com", "dashscope"),
    ("dashscope-intl.aliyuncs.com", "dashscope"),
    ("api.cerebras.ai", "cerebras"),
    ("ollama.com", "ollama-cloud"),
    ("api.githubcopilot.com", "github-copilot"),
];

/// Whether a path or an address is that of a call of a model API. Its query does not count.
pub(in crate::formats) fn is_call(target: &str) -> bool {
    let path = path_of(target);
    let shared = |end: &str| {
        path.strip_suffix(end)
            .is_some_and(|before| before.is_empty() || SEGMENTS.iter().any(|s| before.to_ascii_lowercase().contains(s)))
    };
    let verb = path.rsplit_once(':').is_some_and(|(model, verb)| model.contains("/models/") && VERBS.contains(&verb));
    let invoked = path.contains("/model/") && INVOCATIONS.iter().any(|i| path.ends_with(i));
    let codex = path == "/backend-api/codex/responses" || path.ends_with("/openai/responses");
    ENDS.iter().any(|e| path.ends_with(e)) || SHARED_ENDS.iter().any(|e| shared(e)) || verb || invoked || codex
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
    if host == "api.kimi.com" {
        return (path.is_empty() || path.starts_with("coding")).then_some("kimi-code");
    }
    let is = |known: &str| if known.starts_with(['.', '-']) { host.ends_with(known) } else { host == known };
    HOSTS.iter().find(|(known, _)| is(known)).map(|(_, provider)| *provider).filter(|p| {
        (*p != "codex" || path.is_empty() || path.starts_with("backend-api/codex"))
            && (*p != "bedrock" || host.starts_with("bedrock-runtime"))
    })
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
    fn calls_of_a_model_are_known_by_their_path() {
        for call in [
            "/v1/chat/completions",
            "https://api.moonshot.ai/v1/chat/completions",
            "/api/v1/chat/completions?x=1",
            "/v1/messages?beta=true",
            "/coding/v1/messages",
            "https://api.anthropic.com/v1/messages",
            "/openai/v1/responses",
            "/v1beta/models/gemini-3:streamGenerateContent?alt=sse",
            "/openai/deployments/gpt/chat/completions",
            "https://chatgpt.com/backend-api/codex/responses",
            "/model/anthropic.claude/invoke-with-response-stream",
        ] {
            assert!(is_call(call), "{call}");
        }
        for other in [
            "/",
            "/api/v1/messages",
            "/forum/v1/responses",
            "/v1/messages/count_tokens",
            "/v1/models",
            "/blog/chat/completions-explained",
            "https://shop.example/search?q=/v1/chat/completions",
            "/models/train:list",
        ] {
            assert!(!is_call(other), "{other}");
        }
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
            ("http://127.0.0.1:8399/v1", None),
        ] {
            assert_eq!(provider_of(address), provider, "{address}");
        }
    }

    #[test]
    fn every_provider_named_here_is_in_the_catalogue() {
        for (_, provider) in HOSTS {
            let known = crate::signals::catalogue().provider(provider).is_some_and(|p| p.id == *provider);
            assert!(known, "{provider}");
        }
    }

    #[test]
    fn some_paths_name_the_model() {
        assert_eq!(model_in("/v1beta/models/gemini-3-pro:generateContent?key=x"), Some("gemini-3-pro"));
        assert_eq!(model_in("/openai/deployments/gpt-5/chat/completions"), Some("gpt-5"));
        assert_eq!(model_in("/model/anthropic.claude-v2:1/invoke"), Some("anthropic.claude-v2:1"));
        assert_eq!(model_in("/v1/chat/completions"), None);
    }
}
