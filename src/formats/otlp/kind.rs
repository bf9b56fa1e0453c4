//! Whether a span is a call of a model, and by what it is known.
//!
//! In: a span's name, attributes and error. Out: a call, a request below one, a failure that only its error shows, or nothing
//! of ours. Attributes decide where an instrumentation wrote them: GenAI conventions, OpenInference, Langfuse, OpenLLMetry,
//! the Vercel AI SDK. Without them the address, the method or the name does, and for a failure the class of its error.

use super::attributes::Attributes;
use crate::formats::http::api;

/// What a span is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A call of a model, with all retries of its SDK.
    Call,
    /// One HTTP or gRPC request.
    Request,
    /// A failure that is known by its error alone.
    Failure,
    /// Anything else.
    Other,
}

/// Names of operations that send a request to a model.
const OPERATIONS: &[&str] = &["chat", "text_completion", "generate_content", "embeddings"];

/// Operations that send no request to a model themselves (GenAI conventions).
const OTHER_OPERATIONS: &[&str] = &["create_agent", "invoke_agent", "execute_tool", "invoke_workflow", "retrieval"];

/// Keys of a model's name: GenAI, OpenInference, Langfuse, Vercel AI SDK.
pub(super) const MODEL: &[&str] = &[
    "gen_ai.request.model",
    "gen_ai.response.model",
    "llm.model_name",
    "embedding.model_name",
    "langfuse.observation.model.name",
    "llm.request.model",
    "ai.model.id",
];

/// Keys of a provider's name.
pub(super) const PROVIDER: &[&str] =
    &["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system", "ai.model.provider"];

/// Names that instrumentations give the call of a model, in lower case.
const NAMES: &[&str] = &[
    "chatcompletion",
    "openai-generation",
    "openai-embedding",
    "litellm_request",
    "raw_gen_ai_request",
    "claude_code.llm_request",
    "llm_request",
    "llm.request",
    "llm_call",
    "llm.call",
    "chatopenai",
    "chatanthropic",
    "azurechatopenai",
    "chatbedrock",
    "chatbedrockconverse",
    "chatgooglegenerativeai",
    "chatvertexai",
    "chatgroq",
    "chatmistralai",
];

/// Parts of such names: `openai.chat`, `AsyncCompletions.create`, `anthropic.messages.create`, `ai.generateText.doGenerate`.
const NAME_PARTS: &[&str] = &[
    "openai.chat",
    "openai.completion",
    "openai.response",
    "openai.embeddings",
    "anthropic.chat",
    "anthropic.completion",
    "chat.completions",
    "completions.create",
    "completions.parse",
    "responses.create",
    "messages.create",
    "messages.stream",
    "bedrock.converse",
    "bedrock.completion",
    "vertexai.generate",
    "gemini.generate",
    ".generate_content",
    ".dogenerate",
    ".dostream",
    ".doembed",
];

/// Methods of gRPC and of AWS that send a request to a model.
const METHODS: &[&str] = &[
    "GenerateContent",
    "StreamGenerateContent",
    "InvokeModel",
    "InvokeModelWithResponseStream",
    "Converse",
    "ConverseStream",
];

/// Modules whose errors come from calls of models.
const MODULES: &[&str] = &[
    "openai",
    "anthropic",
    "litellm",
    "groq",
    "mistralai",
    "cohere",
    "together",
    "cerebras",
    "google.genai",
    "google.api_core",
    "ollama",
    "zhipuai",
    "dashscope",
    "botocore",
];

/// Classes of errors that other clients raise too: they count only where the text is a model API's.
const SHARED_MODULES: &[&str] = &["google.api_core", "botocore"];

/// What the span is. `known`: whether its GenAI operation is one of those that are known, if it names one.
pub(super) fn of(name: &str, attributes: &Attributes<'_>, error: Option<(Option<&str>, &str)>) -> (Kind, Option<bool>) {
    if let Some(kind) = by_role(attributes) {
        return (kind, None);
    }
    if let Some(operation) = attributes.text(&["gen_ai.operation.name"]) {
        let is_call = OPERATIONS.contains(&operation);
        let is_known = is_call || OTHER_OPERATIONS.contains(&operation);
        return (if is_call { Kind::Call } else { Kind::Other }, Some(is_known));
    }
    if attributes.text(&["traceloop.span.kind"]).is_some() {
        return (Kind::Other, None);
    }
    if attributes.text(MODEL).is_some() && attributes.text(PROVIDER).is_some() && is_inner(attributes) {
        return (Kind::Call, Some(true).filter(|_| attributes.has_prefix("gen_ai.")));
    }
    if is_request(name, attributes) {
        return (Kind::Request, None);
    }
    let known = Some(false).filter(|_| attributes.has_prefix("gen_ai."));
    if is_named(name) || (attributes.text(MODEL).is_some() && is_inner(attributes)) {
        return (Kind::Call, known.map(|_| true));
    }
    let failed = error.is_some_and(|(class, text)| is_of_a_model_api(class, text));
    (if failed { Kind::Failure } else { Kind::Other }, known)
}

/// By an attribute that names the span's role.
fn by_role(attributes: &Attributes<'_>) -> Option<Kind> {
    let role = attributes.text(&["openinference.span.kind", "langfuse.observation.type"]);
    if let Some(role) = role {
        let is_call = ["llm", "generation", "embedding"].iter().any(|r| role.eq_ignore_ascii_case(r));
        return Some(if is_call { Kind::Call } else { Kind::Other });
    }
    if attributes.text(&["llm.request.type"]).is_some() {
        return Some(Kind::Call);
    }
    None
}

/// The Vercel AI SDK writes two spans for a call, of which the inner one sends: `ai.generateText` holds
/// `ai.generateText.doGenerate`.
fn is_inner(attributes: &Attributes<'_>) -> bool {
    attributes.text(&["ai.operationId"]).is_none_or(|id| id.contains(".do"))
}

fn is_request(name: &str, attributes: &Attributes<'_>) -> bool {
    let method = attributes.text(&["rpc.method"]).or_else(|| name.rsplit_once('/').map(|(_, method)| method));
    if method.is_some_and(|m| METHODS.contains(&m)) && attributes.has_prefix("rpc.") {
        return true;
    }
    let (verb, target) = name.split_once(' ').unwrap_or((name, ""));
    let verb = attributes.text(&["http.request.method", "http.method"]).unwrap_or(verb);
    let url = address(attributes).unwrap_or(target);
    verb.eq_ignore_ascii_case("POST") && (api::is_call(url) || api::is_call(target))
}

/// Where a request went.
pub(super) fn address<'a>(attributes: &Attributes<'a>) -> Option<&'a str> {
    attributes.text(&["url.full", "http.url", "url.path", "http.target", "http.route"])
}

fn is_named(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let by_operation =
        OPERATIONS.iter().any(|o| lower.strip_prefix(o).is_some_and(|rest| is_a_model(rest.trim_start())));
    by_operation || NAMES.contains(&lower.as_str()) || NAME_PARTS.iter().any(|part| lower.contains(part))
}

/// A model's name is one word that holds a digit: `chat gpt-4o`, and not `chat with the user`.
fn is_a_model(rest: &str) -> bool {
    !rest.is_empty() && !rest.contains(' ') && rest.bytes().any(|b| b.is_ascii_digit())
}

/// Whether an error is that of a client of a model API.
fn is_of_a_model_api(class: Option<&str>, text: &str) -> bool {
    let module = |m: &&&str| class.is_some_and(|c| c.strip_prefix(**m).is_some_and(|rest| rest.starts_with('.')));
    let is_error_text = text.starts_with("Error code: ") || text.starts_with("litellm.");
    match MODULES.iter().find(module) {
        Some(module) => is_error_text || !SHARED_MODULES.contains(module),
        None => is_error_text,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn kind(name: &str, attributes: &Value, error: Option<(Option<&str>, &str)>) -> Kind {
        of(name, &Attributes::of_object(attributes.as_object().unwrap()), error).0
    }

    #[test]
    fn roles_decide_before_names() {
        for (attributes, expected) in [
            (json!({"openinference.span.kind": "LLM"}), Kind::Call),
            (json!({"openinference": {"span": {"kind": "CHAIN"}}, "llm": {"model_name": "m-1"}}), Kind::Other),
            (json!({"langfuse.observation.type": "generation"}), Kind::Call),
            (json!({"langfuse.observation.type": "tool"}), Kind::Other),
            (json!({"traceloop.span.kind": "workflow"}), Kind::Other),
            (json!({"llm.request.type": "chat"}), Kind::Call),
            (json!({"gen_ai.operation.name": "invoke_agent", "gen_ai.request.model": "m"}), Kind::Other),
            (json!({"ai.operationId": "ai.generateText", "ai.model.id": "m", "ai.model.provider": "p"}), Kind::Other),
            (json!({"ai.operationId": "ai.generateText.doGenerate", "ai.model.id": "m"}), Kind::Call),
        ] {
            assert_eq!(kind("step", &attributes, None), expected, "{attributes}");
        }
    }

    #[test]
    fn without_attributes_the_address_the_method_or_the_name_decides() {
        let none = json!({});
        for call in ["ChatCompletion", "openai.chat", "chat gpt-4o", "litellm_request", "AsyncCompletions.create"] {
            assert_eq!(kind(call, &none, None), Kind::Call, "{call}");
        }
        for other in ["POST", "chat with the user", "GET /v1/models", "agent", "POST /v1/orders"] {
            assert_eq!(kind(other, &none, None), Kind::Other, "{other}");
        }
        assert_eq!(kind("POST /v1/chat/completions", &none, None), Kind::Request);
        let grpc = json!({"rpc.system": "grpc", "rpc.service": "google.cloud.aiplatform.v1.PredictionService"});
        assert_eq!(kind("google.cloud.aiplatform.v1.PredictionService/GenerateContent", &grpc, None), Kind::Request);
        let split =
            json!({"http.request.method": "POST", "server.address": "api.openai.com", "url.path": "/v1/responses"});
        assert_eq!(kind("POST", &split, None), Kind::Request);
    }

    #[test]
    fn a_failure_is_known_by_its_error() {
        let none = json!({});
        let error = |class, text| kind("summarise", &none, Some((class, text)));
        assert_eq!(error(Some("openai.RateLimitError"), "limited"), Kind::Failure);
        assert_eq!(error(None, "Error code: 429 - {'error': {}}"), Kind::Failure);
        assert_eq!(error(Some("botocore.exceptions.ClientError"), "bucket not found"), Kind::Other);
        assert_eq!(error(Some("ValueError"), "no rows"), Kind::Other);
    }
}
