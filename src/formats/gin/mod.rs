//! Servers written with Gin: Ollama, one-api and new-api, CLIProxyAPI.
//!
//! In: Gin's access lines, in the shape that each of them gives them, and the error lines between that say why a request failed. Out: one
//! row a request, and one for each channel or credential of a gateway that failed before. Always: a list of models or a health
//! check is no row.

mod line;
mod requests;

pub mod request_log;

use std::borrow::Cow;

use memchr::memmem;

use self::requests::Requests;
use super::http::api;
use super::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::LocalLimit;

static GIN_INFO: FormatInfo = FormatInfo {
    id: "gin-access",
    client: "gin",
    client_traits: crate::formats::ClientTraits::gateway(9),
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "Gin access lines of Ollama, one-api and new-api",
    lives: &[
        "$HOME/.ollama/logs/server.log (macOS), journalctl -u ollama (Linux)",
        r"%LOCALAPPDATA%\Ollama\server.log (Windows)",
        "oneapi-*.log in the folder of --log-dir, else standard output (one-api, new-api)",
    ],
    shows: "every request to a model with its end in whole seconds, start and status; of one-api and new-api the error text, each channel that failed, and which refusals are the gateway's own; of Ollama its own full queue",
    not_logged: "tokens, models, agents, retry-after, the time zone; of one-api's admissions the channel",
    established: "read (sources of one-api and new-api, public log lines of all three); not run",
};

static CLI_PROXY_INFO: FormatInfo = FormatInfo {
    id: "cliproxyapi-log",
    client: "cliproxyapi",
    client_traits: crate::formats::ClientTraits::gateway(8),
    rank: 0,
    merge_tolerance_s: 1.5,
    program: "CLIProxyAPI 6 and 7 (main.log)",
    lives: &["logs/main.log in its folder, with logging-to-file: true; else standard output (Linux, macOS, Windows)"],
    shows: "every request to a model with its end in whole seconds, start and status; with debug: true the upstream's errors, one by one",
    not_logged: "tokens, models, agents, retry-after, the time zone; without debug: true error texts and which side spoke. Request logs have these",
    established: "read (source, public log lines); not run",
};

/// Ollama, one-api, new-api.
pub static GIN: GinLog = GinLog { info: &GIN_INFO, frame: b"[GIN] " };

/// CLIProxyAPI.
pub static CLI_PROXY: GinLog = GinLog { info: &CLI_PROXY_INFO, frame: b"[gin_logger.go:" };

/// A log with lines of Gin.
#[derive(Debug)]
pub struct GinLog {
    info: &'static FormatInfo,
    /// What its access lines have.
    frame: &'static [u8],
}

impl LogFormat for GinLog {
    fn info(&self) -> &'static FormatInfo {
        self.info
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let framed = |l: &[u8]| memmem::find(l, self.frame).is_some();
        // Lines of other servers with Gin are none of ours; a file that has no call yet is recognised by its frame and a gateway's path.
        head.lines(5000).any(|l| framed(l) && line::access(&plain(l)).is_some_and(|a| a.is_call || a.is_gateway()))
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }
}

#[derive(Default)]
struct Parser {
    requests: Requests,
}

impl LineParser for Parser {
    fn line(&mut self, bytes: &[u8], number: u64, sink: &mut Sink) {
        if !bytes.starts_with(b"[") && !bytes.starts_with(b"\x1b") {
            return;
        }
        sink.mark_local_time();
        let text = plain(bytes);
        if let Some(access) = line::access(&text) {
            sink.count_record();
            if access.is_call {
                sink.note_kind(number, true);
                self.requests.access(&access, number, sink);
            } else {
                sink.count_other_request();
            }
        } else if let Some(error) = line::error(&text) {
            self.requests.error(&error, number, sink);
        } else if names_call(&text) {
            sink.note_kind(number, false);
        }
    }

    fn finish(self: Box<Self>, _: bool, sink: &mut Sink) {
        self.requests.finish(sink);
    }
}

/// Whether a line has Gin's frame and a call of a model, but is no known access line.
fn names_call(text: &str) -> bool {
    let is_framed = text.contains("[GIN]") || text.contains("gin_logger.go:");
    is_framed && text.split_once("POST").is_some_and(|(_, rest)| rest.split([' ', '"']).any(api::is_call))
}

/// The line without a terminal's colours.
fn plain(bytes: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    if !text.contains('\x1b') {
        return text;
    }
    let mut kept = String::with_capacity(text.len());
    let mut pieces = text.split("\x1b[");
    kept.push_str(pieces.next().unwrap_or(""));
    for piece in pieces {
        let end = piece.find(|c: char| c.is_ascii_alphabetic()).map_or(piece.len(), |at| at + 1);
        kept.push_str(&piece[end..]);
    }
    Cow::Owned(kept)
}

/// Words of these gateways for refusals of their own, and the limit that each is.
const OWN_WORDS: &[(&str, LocalLimit)] = &[
    // new-api: "you have reached the limit of requests: at most N in M minutes".
    ("\u{8bf7}\u{6c42}\u{6570}\u{9650}\u{5236}", LocalLimit::Requests),
    // one-api, new-api: the quota of a user or a token.
    ("\u{989d}\u{5ea6}", LocalLimit::Budget),
    ("quota is not enough", LocalLimit::Budget),
    ("insufficient_user_quota", LocalLimit::Budget),
    // one-api, new-api: no channel is left for the model.
    ("\u{65e0}\u{53ef}\u{7528}\u{6e20}\u{9053}", LocalLimit::Cooldown),
    ("\u{53ef}\u{7528}\u{6e20}\u{9053}\u{4e0d}\u{5b58}\u{5728}", LocalLimit::Cooldown),
    ("\u{53ef}\u{7528}\u{6e20}\u{9053}\u{5931}\u{8d25}", LocalLimit::Cooldown),
    ("No available channel", LocalLimit::Cooldown),
    // CLIProxyAPI: every credential is paused.
    ("model_cooldown", LocalLimit::Cooldown),
    ("are cooling down", LocalLimit::Cooldown),
    ("no auth available", LocalLimit::Cooldown),
];

/// The limit of the gateway's own that a text of it names.
fn own_limit(text: &str) -> Option<LocalLimit> {
    OWN_WORDS.iter().find(|(words, _)| text.contains(words)).map(|(_, limit)| *limit)
}
