//! nginx: its error log, where its limiters say whom they refused and its proxy why no answer came.
//!
//! In: lines such as `2026/12/01 01:32:07 [error] 5107#5107: *9 limiting requests, excess: 3.194 by zone "llm", client: ..., request:
//! "POST /v1/chat/completions HTTP/1.1"`. Out: one row for each refusal by `limit_req` or `limit_conn`, and for each request whose upstream
//! gave no answer. Always: dry runs and delayed requests refused nobody; admissions are in the access log only.

use chrono::NaiveDateTime;

use super::common_log::{HALF_S, TOLERANCE_S};
use super::{LineKind, Lines, OwnLimit, Served, recognises, target};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::{LocalLimit, Time};

static INFO: FormatInfo = FormatInfo {
    id: "nginx-error",
    client: "nginx",
    client_traits: crate::formats::ClientTraits::gateway(21),
    // It knows who refused, which the combined access log beside it does not.
    rank: 3,
    merge_tolerance_s: TOLERANCE_S,
    program: "nginx error log (limit_req, limit_conn, failures on the way to an upstream)",
    lives: &[
        "/var/log/nginx/error.log (Linux)",
        "/opt/homebrew/var/log/nginx/error.log (macOS)",
        r"logs\error.log (Windows)",
    ],
    shows: "requests to a model API that nginx refused by its own limits, and those that reached no upstream, in whole seconds",
    not_logged: "requests that were admitted (the access log has them), the status, tokens, models, agents, the time zone",
    established: "run (nginx 1.22.1)",
};

/// nginx's error log.
#[derive(Debug)]
pub struct NginxError;

impl LogFormat for NginxError {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        recognises(head, read)
    }

    fn stateless(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Local(Lines::new(read)))
    }
}

/// The stamps have no zone.
struct Local(Lines);

impl LineParser for Local {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        sink.mark_local_time();
        self.0.line(line, number, sink);
    }

    fn finish(self: Box<Self>, _: bool, _: &mut Sink) {}
}

/// What a message says of the request: by which limit nginx refused it, or that no answer came.
const MESSAGES: &[(&str, Option<OwnLimit>)] = &[
    ("limiting requests, excess:", Some(OwnLimit::By(LocalLimit::Requests))),
    ("limiting connections by zone", Some(OwnLimit::By(LocalLimit::Parallel))),
    ("while connecting to upstream", None),
    ("while reading response header from upstream", None),
    ("while SSL handshaking to upstream", None),
    ("while sending request to upstream", None),
];

fn read(text: &str, number: u64, then: &mut dyn FnMut(LineKind<'_>)) {
    if let Some(served) = line(text, number) {
        then(LineKind::Request(&served));
    }
}

fn line(text: &str, line: u64) -> Option<Served<'_>> {
    let (stamped, rest) = text.split_at_checked(19)?;
    let at = NaiveDateTime::parse_from_str(stamped, "%Y/%m/%d %H:%M:%S").ok()?;
    let at = Time::from_local(at).plus(HALF_S);
    let rest = rest.strip_prefix(" [")?;
    // The client's words come after this.
    let (message, fields) = rest.split_once(", client: ")?;
    let (_, limit) = MESSAGES.iter().find(|(words, _)| message.contains(words))?;
    let request = fields.split_once(", request: \"")?.1.split('"').next()?;
    Some(Served {
        start: limit.map(|_| at),
        end: Some(at),
        has_no_status: true,
        own: limit.unwrap_or_default(),
        not_reached: limit.is_none(),
        target: target(request)?,
        line,
        ..Served::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse};
    use crate::model::{Class, Outcome};

    const LINES: &str = "2026/12/01 01:32:06 [notice] 5092#5092: start worker processes
2026/12/01 01:32:07 [error] 5107#5107: *9 limiting requests, excess: 3.194 by zone \"llm\", client: 127.0.0.1, server: , request: \"POST /v1/chat/completions HTTP/1.1\", host: \"127.0.0.1:18080\"
2026/12/01 01:32:09 [error] 5107#5107: *16 limiting connections by zone \"conns\", client: 127.0.0.1, server: , request: \"POST /v1/chat/completions HTTP/1.1\", host: \"127.0.0.1:18080\"
2026/12/01 01:32:11 [warn] 5107#5107: *19 delaying request, excess: 1.000, by zone \"llm\", client: 127.0.0.1, server: , request: \"POST /v1/chat/completions HTTP/1.1\", host: \"127.0.0.1:18080\"
2026/12/01 01:32:14 [error] 5107#5107: *25 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: , request: \"POST /v1/chat/completions HTTP/1.1\", upstream: \"http://127.0.0.1:18112/v1/chat/completions\", host: \"127.0.0.1:18080\"
2026/12/01 01:32:14 [error] 5107#5107: *29 limiting requests, dry run, excess: 0.824 by zone \"llm\", client: 127.0.0.1, server: , request: \"POST /v1/chat/completions HTTP/1.1\", host: \"127.0.0.1:18080\"
2026/12/01 01:32:15 [error] 5107#5107: *31 limiting requests, excess: 3.1 by zone \"llm\", client: 127.0.0.1, server: , request: \"POST /shop HTTP/1.1\", host: \"x\"
";

    #[test]
    fn refusals_and_failures_are_rows_and_the_rest_is_not() {
        assert_eq!(format_id(LINES), Some("nginx-error"));
        let parsed = parse(&NginxError, "error.log", LINES.as_bytes());
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.status, a.class, a.outcome, a.source.line)).collect();
        assert_eq!(
            actual,
            [
                (None, Class::Local, Outcome::Refused, 2),
                (None, Class::Local, Outcome::Refused, 3),
                (None, Class::Network, Outcome::Refused, 5),
            ]
        );
        assert!(parsed.local_time);
    }

    #[test]
    fn a_client_s_words_are_not_the_message() {
        let forged = "2026/12/01 01:32:07 [error] 1#1: *9 open() failed, client: limiting requests, excess: 1, client: 1, request: \"POST /v1/messages HTTP/1.1\"";
        assert_eq!(format_id(forged), None);
        for odd in ["", "2026/12/01 01:32:07", "2026/12/01 01:32:0é [error]"] {
            assert!(parse(&NginxError, "e", odd.as_bytes()).attempts.is_empty());
        }
    }
}
