//! Log formats: one file or folder per program whose logs are read.
//!
//! In: the lines of one file, and where it lay. Out: [`Parsed`], the attempts, snapshots and problems of that file.
//! A parser never fails the run. To add a format write one file with a [`LogFormat`] and add one line to [`REGISTRY`].

pub mod access;
pub mod aider;
mod backoff;
pub mod budget;
mod bulk;
pub mod canonical;
pub mod capture;
pub mod claude_code;
mod client;
pub mod cline;
pub mod cline_session;
pub mod cloud;
pub mod codex;
pub mod copilot;
pub mod copilot_chat;
pub mod copilot_process;
pub mod crush;
pub mod database;
pub(crate) mod dates;
mod drift;
pub mod exports;
pub mod gemini;
pub mod gin;
pub mod homes;
pub mod hook_ledger;
pub(crate) mod http;
mod join;
pub mod kimi_cli;
pub mod kimi_code;
pub mod ledger;
pub mod litellm;
pub mod onwatch;
pub mod openclaw;
pub mod opencode;
pub mod otlp;
pub(crate) mod own;
mod pending_error;
pub mod python_sdk;
#[cfg(test)]
mod recordings;
mod sink;
mod stamp;
#[cfg(test)]
pub(crate) mod testing;
pub mod unread;

pub use bulk::{Bulk, Hollow};
pub use client::{ClientTraits, MadeFor, SessionAgents, SessionsProvider, traits_of};
pub use database::DatabaseFormat;
pub use dates::resolve::Named;
pub use drift::Drift;
pub use sink::{Naming, Parsed, Sink};

/// Description of a format, shown by `why429 formats` and in the docs.
#[derive(Debug)]
pub struct FormatInfo {
    /// Id used in `inputs[].format`: `kimi-cli-log`.
    pub id: &'static str,
    /// Client family: rows of one family may tell one attempt twice and are merged.
    pub client: &'static str,
    /// What is known of that client, beyond its lines.
    pub client_traits: ClientTraits,
    /// Which row is kept when two sources of the family tell one attempt: the higher rank.
    pub rank: u8,
    /// How far apart, in seconds, two sources of the family may stamp the same end.
    pub merge_tolerance_s: f64,
    /// The program and its versions that were seen.
    pub program: &'static str,
    /// Where the files live on Linux, macOS and Windows, and the variable that moves them.
    pub lives: &'static [&'static str],
    /// What a row shows.
    pub shows: &'static str,
    /// What the program does not write down.
    pub not_logged: &'static str,
    /// How this was established: `run`, `read` (source), `reported`.
    pub established: &'static str,
}

/// The beginning of a file, for recognition.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// Up to 64 KiB from the start, decoded (no BOM). May end inside a line.
    pub bytes: &'a [u8],
}

impl<'a> Head<'a> {
    /// The first `n` lines that are not blank, without line ends; the last one may be cut.
    pub fn lines(&self, n: usize) -> impl Iterator<Item = &'a [u8]> {
        self.bytes
            .split(|b| *b == b'\n')
            .map(|l| l.strip_suffix(b"\r").unwrap_or(l))
            .filter(|l| !l.iter().all(u8::is_ascii_whitespace))
            .take(n)
    }
}

/// Session ids that begin with this were made from a path, since nothing names the session.
pub const UNNAMED_SESSION: &str = "file:";

/// Where a file lay: identity that only the path carries (session and agent ids).
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Path relative to the argument, with `/`.
    pub path: String,
    /// What the user named for stamps that are not whole.
    pub named: Named,
}

impl Place {
    /// A session id for a file whose path does not name its session: the folder that the session's files share.
    pub fn session_of_folder(folder: &str) -> String {
        format!("{UNNAMED_SESSION}{}", if folder.is_empty() { "." } else { folder })
    }

    /// The path's components, last one first.
    pub fn upwards(&self) -> impl Iterator<Item = &str> {
        self.path.rsplit('/')
    }
}

/// One log format.
pub trait LogFormat: Sync {
    /// What `why429 formats` and the docs show of it.
    fn info(&self) -> &'static FormatInfo;
    /// Whether this is the format, by content alone. Called in registry order; the first `true` wins.
    fn recognises(&self, head: &Head<'_>) -> bool;
    /// The fields that records of this format must carry, by the name that the client gives them. The parser notes of
    /// each whether it was there (`Sink::need`); where they go missing the report says that the format has changed.
    fn needs(&self) -> &'static [&'static str] {
        &[]
    }
    /// Whether every line is understood by itself, so that a large file may be cut at line ends and its pieces parsed
    /// at once. What the pieces give, joined in order, must be what one parser gives; only a snapshot that says nothing new may
    /// stand at the begin of a piece again.
    fn stateless(&self) -> bool {
        false
    }
    /// What its long records hold that the parser never looks at.
    fn bulk(&self) -> Bulk {
        Bulk::NONE
    }
    /// Whether the records may also be in one list that is spread over lines: the parser is then given each of them as a
    /// line without blanks, with the number of the line on which it begins.
    fn lists(&self) -> bool {
        false
    }
    /// Whether the file is no lines but one document or a chain of binary records: the parser is then given its bytes
    /// in order, block by block, through [`LineParser::bytes`].
    fn streams(&self) -> bool {
        false
    }
    /// A parser for one file.
    fn open(&self, place: &Place) -> Box<dyn LineParser>;
    /// A parser for one file that begins with this head, for a format whose stamps are understood by those around them.
    fn open_on(&self, place: &Place, _: &Head<'_>) -> Box<dyn LineParser> {
        self.open(place)
    }
}

/// Parses one file line by line.
pub trait LineParser: Send {
    /// One line, without its line end, not blank, perhaps not UTF-8. `number` counts from 1.
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink);
    /// The next bytes of a file whose format [`LogFormat::streams`]; cut anywhere.
    fn bytes(&mut self, _block: &[u8], _sink: &mut Sink) {}
    /// The file has ended. `cut` says that its last line had no line end.
    fn finish(self: Box<Self>, cut: bool, sink: &mut Sink);
}

/// Every format, the most particular first.
pub static REGISTRY: &[&dyn LogFormat] = &[
    &hook_ledger::HookLedger,
    // Known by their first line; what follows is what was said, and may be another program's log.
    &aider::chat::AiderChat,
    &aider::llm::AiderLlm,
    &kimi_cli::log::KimiLog,
    &kimi_cli::wire::KimiWire,
    &kimi_code::log::KimiCodeLog,
    &kimi_code::wire::KimiCodeWire,
    &codex::rollout::CodexRollout,
    &codex::tui_log::CodexTuiLog,
    &opencode::log::OpencodeLog,
    &opencode::storage::OpencodeStorage,
    &claude_code::transcript::ClaudeTranscript,
    &claude_code::debug_log::ClaudeDebug,
    &openclaw::OpenclawSession,
    &copilot::CopilotEvents,
    &copilot_process::CopilotProcess,
    &cline::ClineTask,
    &cline_session::ClineSession,
    &gemini::qwen_chat::QwenChat,
    &gemini::chat::GeminiChat,
    &gemini::chat_json::GeminiChatJson,
    &exports::TIMELINE,
    &exports::LANGFUSE,
    &exports::LANGSMITH,
    &exports::PHOENIX,
    &otlp::jaeger::Jaeger,
    &exports::HELICONE,
    &exports::PORTKEY,
    &exports::BIFROST,
    &exports::CLAUDE_MONITOR,
    &gemini::telemetry::GEMINI_TELEMETRY,
    &gemini::telemetry::QWEN_TELEMETRY,
    &litellm::calls::LiteLlmCalls,
    &litellm::proxy::LiteLlmProxy,
    &copilot_chat::CopilotChat,
    &crush::log::CrushLog,
    &python_sdk::PythonSdk,
    &otlp::Otlp,
    &gin::request_log::CliProxyRequest,
    &gin::CLI_PROXY,
    &gin::GIN,
    &cloud::bedrock::INVOCATIONS,
    &cloud::bedrock::CLOUD_TRAIL,
    &cloud::vertex::AUDIT,
    &cloud::azure::MONITOR,
    &cloud::cloudflare::AI_GATEWAY,
    &access::caddy::Caddy,
    &access::envoy::Envoy,
    &access::kong::Kong,
    &access::apisix::Apisix,
    &access::traefik::Traefik,
    &access::ingress::IngressNginx,
    &access::haproxy::Haproxy,
    &access::nginx_error::NginxError,
    &access::uvicorn::Uvicorn,
    &access::vllm::Vllm,
    // Last of them: the common log format is the begin of the others' lines too.
    &access::nginx::Nginx,
    &capture::har::Har,
    &capture::mitm::Mitm,
    &ledger::UsageLedger,
    &canonical::Canonical,
];

/// The first format that recognises the head.
pub fn recognise(head: &Head<'_>) -> Option<&'static dyn LogFormat> {
    REGISTRY.iter().copied().find(|f| f.recognises(head))
}

/// Every kind of database.
pub static DATABASES: &[&dyn DatabaseFormat] = &[
    &codex::logs_db::CodexLogsDb,
    &codex::turns_db::CodexTurnsDb,
    &opencode::db::OpencodeDb,
    &crush::CrushDb,
    &claude_code::store_db::ClaudeStore,
    &onwatch::OnwatchDb,
];

/// The description of every format, logs first.
pub fn infos() -> impl Iterator<Item = &'static FormatInfo> {
    REGISTRY.iter().map(|f| f.info()).chain(DATABASES.iter().map(|f| f.info()))
}
