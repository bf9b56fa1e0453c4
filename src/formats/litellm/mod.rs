//! LiteLLM: what its callbacks and its database keep of each call, and the proxy's own JSON log.
//!
//! LiteLLM is between a client and providers, so a failure has two sides: what the provider answered, which it wraps
//! (`litellm.RateLimitError: RateLimitError: OpenAIException - ...`), and what the router refuses by itself. Both texts
//! are kept as logged; who answered decides whether the row is a provider's refusal or a local one.

pub mod calls;
pub mod proxy;

use super::ClientTraits;
use memchr::memmem;

use super::http::api;

/// Its callbacks name texts and tokens, more than any other gateway.
const TRAITS: ClientTraits = ClientTraits::gateway(1).with_many_agents();

/// Whether a key or the beginning of a text stands in the object itself: inside a text its quote would be escaped.
fn has_own(line: &[u8], key: &[u8]) -> bool {
    memmem::find_iter(line, key).any(|at| at == 0 || line[at - 1] != b'\\')
}

/// Requests of one failed call: the first and the router's retries, of which only the last one's error is logged
/// (`num_retries` of the router, 2 when nothing is configured). Failures of tries before a success have their own rows.
const WITH_RETRIES: u8 = 3;

/// How far apart callback and proxy log may stamp one failed call, in seconds: the callback stamps the first try, the
/// proxy the last one, after its pauses. The recording has 2.4 s with one retry.
const TOLERANCE_S: f64 = 10.0;

/// Classes that only the router and the proxy raise; nothing was sent.
const OWN_CLASSES: &[&str] =
    &["RouterRateLimitError", "RouterRateLimitErrorBasic", "BudgetExceededError", "ProxyRateLimitError"];

/// Sentences of the router and the proxy themselves (BerriAI/litellm#20867, #4314; research/error-taxonomy.md, 4.14).
const OWN_TEXTS: &[&str] = &[
    "no deployments available",
    "no healthy deployments available",
    "all deployments in cooldown",
    "max parallel request limit reached",
    "max_parallel_requests",
    "crossed tpm / rpm",
    "litellm rate limit handler",
    "budget has been exceeded",
    "exceededbudget",
    "limit type: ",
    "deployment over ",
    "over available tpm",
    "over available rpm",
];

/// An error as LiteLLM logs it.
#[derive(Debug, PartialEq)]
struct Wrapped<'a> {
    /// The text without LiteLLM's remarks on retries and fallbacks, and without a traceback.
    message: &'a str,
    /// LiteLLM's class: `RateLimitError`.
    class: Option<&'a str>,
    /// LiteLLM refused by itself.
    is_own: bool,
    /// Retries that LiteLLM says it made.
    retried: Option<u8>,
}

impl<'a> Wrapped<'a> {
    fn read(text: &'a str) -> Self {
        let end = text.find("\n\nLiteLLM: ").or_else(|| text.find("\nTraceback ")).unwrap_or(text.len());
        let (message, remarks) = text.split_at(end);
        let message = message.trim();
        let class = message.strip_prefix("litellm.").and_then(|m| m.split([':', ' ']).next());
        let class = class.map(|c| c.rsplit('.').next().unwrap_or(c)).filter(|c| is_class(c));
        // The provider's text follows `OpenAIException - `: it may quote anything.
        let own = message.find("Exception - ").map_or(message, |at| &message[..at]).to_ascii_lowercase();
        let wraps = own.len() < message.len();
        let retried =
            remarks.split_once("LiteLLM Retried: ").and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        let says_so = is_limiter(&own)
            || OWN_TEXTS.iter().any(|t| own.contains(t))
            || OWN_CLASSES.iter().any(|c| class == Some(*c));
        Self { message, class, is_own: !wraps && says_so, retried }
    }
}

/// Whether the proxy's own limiter speaks: `Rate limit exceeded for api_key: 88dc. Limit type: requests. Current limit: 5, ...`.
fn is_limiter(lower: &str) -> bool {
    lower.contains("rate limit exceeded for ") && lower.contains("limit type: ")
}

fn is_class(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The status of a class, where a line names no status (litellm/exceptions.py).
fn status_of(class: &str) -> Option<u16> {
    Some(match class {
        "RateLimitError" | "RouterRateLimitError" | "RouterRateLimitErrorBasic" | "ProxyRateLimitError" => 429,
        "AuthenticationError" => 401,
        "PermissionDeniedError" => 403,
        "NotFoundError" => 404,
        "BadRequestError"
        | "ContextWindowExceededError"
        | "ContentPolicyViolationError"
        | "UnsupportedParamsError"
        | "BudgetExceededError" => 400,
        "UnprocessableEntityError" => 422,
        "Timeout" => 408,
        "ServiceUnavailableError" => 503,
        "BadGatewayError" => 502,
        "InternalServerError" => 500,
        _ => return None,
    })
}

/// How many requests a failure may collapse, and its fidelity.
fn requests_and_fidelity(is_own: bool, retried: Option<u8>) -> (u8, crate::model::Fidelity) {
    use crate::model::Fidelity;
    match retried {
        _ if is_own => (1, Fidelity::Observed),
        Some(n) => (n.saturating_add(1), if n == 0 { Fidelity::Observed } else { Fidelity::Collapsed }),
        None => (WITH_RETRIES, Fidelity::Collapsed),
    }
}

/// The provider: by its address, else by LiteLLM's name for it. `openai` at an address that is not OpenAI's only means
/// that its protocol is spoken there.
fn provider_of<'a>(name: Option<&'a str>, base: Option<&str>) -> Option<&'a str> {
    if let Some(known) = base.and_then(api::provider_of) {
        return Some(known);
    }
    match name? {
        "openai" | "custom_openai" | "text-completion-openai" if base.is_some() => None,
        "vertex_ai" => Some("vertex"),
        "github_copilot" => Some("github-copilot"),
        "" | "litellm_proxy" | "custom" => None,
        name => Some(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_a_wrapped_error_are_distinguished() {
        let upstream = Wrapped::read(
            "litellm.RateLimitError: RateLimitError: OpenAIException - max concurrency: 3\n\nLiteLLM: model group 'k' \
             failed with the error above. No fallback was attempted. LiteLLM Retried: 1 times, LiteLLM Max Retries: 1",
        );
        assert_eq!(
            upstream,
            Wrapped {
                message: "litellm.RateLimitError: RateLimitError: OpenAIException - max concurrency: 3",
                class: Some("RateLimitError"),
                is_own: false,
                retried: Some(1)
            }
        );
        let own = Wrapped::read(
            "litellm.types.router.RouterRateLimitError: No deployments available for selected model, Try again in 60 seconds.",
        );
        assert_eq!((own.class, own.is_own, own.retried), (Some("RouterRateLimitError"), true, None));
        let quoted =
            Wrapped::read("litellm.BadRequestError: OpenAIException - the user wrote: No deployments available");
        assert!(!quoted.is_own, "the provider quotes it");
        assert_eq!(Wrapped::read("").class, None);
    }

    #[test]
    fn openai_s_protocol_is_not_openai() {
        assert_eq!(provider_of(Some("openai"), Some("http://127.0.0.1:1/v1")), None);
        assert_eq!(provider_of(Some("openai"), Some("https://api.moonshot.cn/v1")), Some("moonshot"));
        assert_eq!(provider_of(Some("openai"), None), Some("openai"));
        assert_eq!(provider_of(Some("vertex_ai"), None), Some("vertex"));
    }
}
