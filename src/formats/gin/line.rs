//! One line: Gin's access line in each program's shape, and the error lines of the gateways.
//!
//! In: text. Out: its parts. Always: stamps have no zone, and are given as if they were UTC.

use chrono::NaiveDateTime;

use crate::formats::http::api;
use crate::model::Time;

/// An access line.
#[derive(Debug, PartialEq)]
pub(super) struct Access<'a> {
    /// The second in which it was written, which is the request's end.
    pub(super) at: Time,
    /// The gateway's id of the request.
    pub(super) id: Option<&'a str>,
    /// What the client got.
    pub(super) status: u16,
    /// Seconds it took.
    pub(super) took_s: f64,
    /// What was asked for.
    pub(super) path: &'a str,
    /// It asks a model to complete something.
    pub(super) is_call: bool,
    /// Errors that Gin appended.
    pub(super) error: Option<&'a str>,
}

impl Access<'_> {
    /// Whether the path is one that only servers of models have.
    pub(super) fn is_gateway(&self) -> bool {
        let path = self.path.split('?').next().unwrap_or("");
        matches!(
            path,
            "/v1/models" | "/api/tags" | "/api/show" | "/api/pull" | "/api/ps" | "/api/version" | "/v1beta/models"
        )
    }

    /// Whether it is one of Ollama's own API.
    pub(super) fn is_ollama(&self) -> bool {
        OLLAMA.contains(&self.path)
    }
}

/// Ollama's own paths that complete or embed. Web sites have such paths too, but not behind Gin's frame.
const OLLAMA: &[&str] = &["/api/generate", "/api/chat", "/api/embed", "/api/embeddings"];

/// An error line of a gateway.
#[derive(Debug, PartialEq)]
pub(super) struct Error<'a> {
    /// The second in which it was written.
    pub(super) at: Time,
    /// The gateway's id of the request.
    pub(super) id: &'a str,
    /// The upstream said it, not the gateway.
    pub(super) is_upstream: bool,
    /// The upstream's status, if the line has it.
    pub(super) status: Option<u16>,
    /// The words.
    pub(super) message: &'a str,
}

/// `[GIN] 2025/03/06 - 11:42:02 | 200 | 12.03s | 127.0.0.1 | POST "/api/generate"`, with an id before the status (one-api), or
/// `[2026-09-16 01:00:16] [a1b2c3d4] [info ] [gin_logger.go:103] 200 | 55ms | 127.0.0.1 | POST "/v1/messages"` (CLIProxyAPI).
pub(super) fn access(text: &str) -> Option<Access<'_>> {
    let (at, rest) = stamp(text)?;
    let parts: Vec<&str> = rest.split('|').map(str::trim).collect();
    let took = |i: usize| parts.get(i + 1).and_then(|p| go_seconds(p));
    let code = |part: &str| {
        let word = part.rsplit(' ').next()?;
        word.parse::<u16>().ok().filter(|s| word.len() == 3 && (100..600).contains(s))
    };
    let (i, status, took_s) = (0..parts.len()).find_map(|i| Some((i, code(parts[i])?, took(i)?)))?;
    // The address of the client lies between.
    let (method, path) = parts.get(i + 3)?.split_once(' ')?;
    let path = path.trim_start();
    let path = path.strip_prefix('"').map_or_else(|| path.split(' ').next(), |quoted| quoted.split('"').next())?;
    let id = parts[..i].iter().rev().copied().find(|p| is_id(p)).or_else(|| bracketed_id(parts.first()?));
    let is_call = method == "POST" && (api::is_call(path) || OLLAMA.contains(&path));
    Some(Access { at, id, status, took_s, path, is_call, error: parts.get(i + 4).copied().filter(|e| !e.is_empty()) })
}

/// `[ERR] 2024/05/25 - 02:20:29 | ID | relay error (channel #5): WORDS` and its kin, or
/// `[2026-09-16 01:00:16] [ID] [debug] [executor.go:9] request error, error status: 429, error message: WORDS`.
pub(super) fn error(text: &str) -> Option<Error<'_>> {
    let (at, rest) = stamp(text)?;
    if let Some((_, message)) = rest.split_once("request error, error status: ") {
        let (status, message) = message.split_once(", error message: ")?;
        let id = bracketed_id(rest)?;
        return Some(Error { at, id, is_upstream: true, status: status.parse().ok(), message });
    }
    if !text.starts_with("[ERR") && !text.starts_with("[WARN") {
        return None;
    }
    let (id, message) = rest.split_once('|')?.1.split_once('|')?;
    let id = Some(id.trim()).filter(|id| is_id(id))?;
    // Newer versions put the place in the source before the words.
    let message = message.trim();
    if let Some((channel, message)) = channel_error(message) {
        let status = channel.split_once("status code").map(|(_, s)| s.trim_start_matches([':', ' ']));
        let status = status.and_then(|s| s.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok());
        return Some(Error { at, id, is_upstream: true, status, message });
    }
    // The gateway's notes on what it does next say nothing of why.
    let is_note = message.contains("won't retry") || message.contains("relay error happen");
    (!is_note).then_some(Error { at, id, is_upstream: false, status: None, message })
}

/// `relay error (channel #5): WORDS`, `channel error (channel #5, status code: 429): WORDS`.
fn channel_error(message: &str) -> Option<(&str, &str)> {
    let at = message.find("relay error (channel").or_else(|| message.find("channel error (channel"))?;
    message[at..].split_once("): ")
}

/// The stamp after Gin's or the level's bracket, or in the first bracket, and what follows it.
fn stamp(text: &str) -> Option<(Time, &str)> {
    let (bracket, rest) = text.strip_prefix('[')?.split_once(']')?;
    if let Ok(at) = NaiveDateTime::parse_from_str(bracket, "%Y-%m-%d %H:%M:%S") {
        return Some((Time::from_local(at), rest));
    }
    let (stamped, rest) = rest.strip_prefix(' ')?.split_at_checked(21)?;
    let at = NaiveDateTime::parse_from_str(stamped, "%Y/%m/%d - %H:%M:%S").ok()?;
    Some((Time::from_local(at), rest))
}

fn is_id(part: &str) -> bool {
    part.len() >= 8 && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') && part.bytes().any(|b| b != b'-')
}

/// `[a1b2c3d4] [info ]`: CLIProxyAPI's id.
fn bracketed_id(text: &str) -> Option<&str> {
    let (id, _) = text.trim_start().strip_prefix('[')?.split_once(']')?;
    Some(id).filter(|id| is_id(id))
}

/// A duration as Go prints it: `1h2m3.5s`, `12.0323s`, `40.339563ms`, `512.345\u{b5}s`, `0s`.
fn go_seconds(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut seconds = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let n: f64 = rest[..digits].parse().ok()?;
        let unit_end = rest[digits..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| digits + at);
        seconds += n * match &rest[digits..unit_end] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "\u{b5}s" | "\u{3bc}s" | "us" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        rest = &rest[unit_end..];
    }
    (0.0..=86_400.0).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_program_s_access_line() {
        for (text, id, status, took_s, path) in [
            (
                "[GIN] 2025/03/06 - 11:42:02 | 200 | 12.0323s |       127.0.0.1 | POST     \"/api/generate\"",
                None,
                200,
                12.0323,
                "/api/generate",
            ),
            (
                "[GIN] 2024/05/25 - 02:20:12 | 202405250220260000 | 429 |  94.358928ms |    192.168.96.6 |    POST /v1/embeddings",
                Some("202405250220260000"),
                429,
                0.094_358_928,
                "/v1/embeddings",
            ),
            (
                "[GIN] 2026/02/18 - 16:14:04 | relay | 20260218161404123 | 200 |   1m2.5s | client_ip=10.0.0.9 |    POST /v1/chat/completions",
                Some("20260218161404123"),
                200,
                62.5,
                "/v1/chat/completions",
            ),
            (
                "[2026-09-16 01:00:16] [aabb1122] [warn ] [gin_logger.go:103] 429 |          55ms |      172.17.0.1 | POST    \"/v1/messages?beta=true\"",
                Some("aabb1122"),
                429,
                0.055,
                "/v1/messages?beta=true",
            ),
            (
                "[2025-12-23 20:14:10] [info ] | a1b2c3d4 | 200 |       23.559s | 10.0.0.9 | POST \"/v1/responses\"",
                Some("a1b2c3d4"),
                200,
                23.559,
                "/v1/responses",
            ),
        ] {
            let a = access(text).unwrap();
            assert_eq!((a.id, a.status, a.path, a.is_call), (id, status, path, true), "{text}");
            assert!((a.took_s - took_s).abs() < 1e-9, "{text}");
        }
        let models = access(
            "[2026-09-29 12:00:00] [--------] [info ] [gin_logger.go:90] 200 | 25ms | 127.0.0.1 | GET \"/v1/models\"",
        )
        .unwrap();
        assert_eq!((models.id, models.is_call, models.is_gateway()), (None, false, true));
        for odd in [
            "[GIN]",
            "[GIN] 2025/03/06 - 11:42:02 | 200",
            "[GIN] 2025/13/06 - 11:42:02 | 200 | 1s | a | POST /x",
            "[x] | 200 | 1s | a | POST /x",
            "[GIN] \u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}",
        ] {
            assert!(access(odd).is_none(), "{odd}");
        }
    }

    #[test]
    fn error_lines_of_the_gateways() {
        let relay = error("[ERR] 2024/05/25 - 02:20:29 | 202405250220270009 | controller/relay.go:125 [processChannelRelayError] relay error (channel id 5, user id: 1): busy").unwrap();
        assert_eq!((relay.is_upstream, relay.status, relay.message), (true, None, "busy"));
        let channel = error("[ERR] 2026/02/18 - 16:14:04 | 20260218161404123 | channel error (channel #7, status code: 429): Rate limit reached").unwrap();
        assert_eq!((channel.is_upstream, channel.status, channel.message), (true, Some(429), "Rate limit reached"));
        let cli = error("[2026-09-16 01:00:16] [aabb1122] [debug] [claude_executor.go:9] request error, error status: 529, error message: {\"type\":\"error\"}").unwrap();
        assert_eq!((cli.id, cli.status, cli.message), ("aabb1122", Some(529), "{\"type\":\"error\"}"));
        assert!(error("[INFO] 2024/05/25 - 02:20:10 | 202405250220260000 | user 1 has enough quota").is_none());
        assert!(error("[ERR] 2024/05/25 - 02:20:10 | 202405250220260000 | relay error happen, status code is 429, won't retry in this case").is_none());
    }
}
