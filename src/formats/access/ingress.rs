//! ingress-nginx: the default log format of the Kubernetes controller (`upstreaminfo`).
//!
//! In: access lines. Out: one row a request, or one for each upstream that was tried. The stamp is the end, in whole seconds (its
//! middle is taken). A 429 or 503 without an upstream is a limit of the ingress itself (`limit-rps`, `limit-connections`).
//! Source: the controller's documentation; lines of nginx 1.22 run with that format.

use super::common_log::{self, TOLERANCE_S, next_list};
use super::{LineKind, Lines, OwnLimit, Served, names_call, recognises, seconds, tries};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place};

static INFO: FormatInfo = FormatInfo {
    id: "ingress-nginx-access",
    client: "ingress-nginx",
    client_traits: crate::formats::ClientTraits::gateway(20),
    rank: 0,
    merge_tolerance_s: TOLERANCE_S,
    program: "ingress-nginx controller (its default log format)",
    lives: &["kubectl logs of the controller's pod, wherever it is saved (Linux, macOS, Windows)"],
    shows: "every request to a model API with start, end and status, request id, each try at an upstream and which side spoke",
    not_logged: "error texts, tokens, models, agents, retry-after; which limit of the ingress refused",
    established: "run (nginx 1.22.1 with this format); the controller: read (its documentation)",
};

/// ingress-nginx.
#[derive(Debug)]
pub struct IngressNginx;

impl LogFormat for IngressNginx {
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
        Box::new(Lines::new(read))
    }
}

fn read(text: &str, number: u64, then: &mut dyn FnMut(LineKind<'_>)) {
    match line(text, number) {
        Some(served) => then(LineKind::Request(&served)),
        None if text.contains("] [") && names_call(text) => then(LineKind::Unread),
        None => {}
    }
}

/// The combined format, then `BYTES SECONDS [SERVICE] [OTHER] UPSTREAMS SIZES SECONDS STATUSES ID`.
fn line(text: &str, line: u64) -> Option<Served<'_>> {
    let read = common_log::read(text)?;
    let (numbers, rest) = common_log::after_agent(read.rest).split_once(" [")?;
    let took = numbers.split_whitespace().nth(1).and_then(seconds)?;
    let (_, rest) = rest.split_once("] [")?;
    let (_, rest) = rest.split_once(']')?;
    let (addresses, rest) = next_list(rest)?;
    let (_, rest) = next_list(rest)?;
    let (times, rest) = next_list(rest)?;
    let (statuses, rest) = next_list(rest)?;
    let asked = addresses != "-" && statuses != "-";
    let is_own = !asked && matches!(read.status, 429 | 503);
    Some(Served {
        start: Some(read.at.plus(-took)),
        end: Some(read.at),
        status: read.status,
        own: if is_own { OwnLimit::Unnamed } else { OwnLimit::None },
        not_reached: !asked && matches!(read.status, 502 | 504),
        upstream: if asked { tries(statuses, Some(times)) } else { Vec::new() },
        request_id: rest.split_whitespace().next(),
        target: read.target,
        line,
        ..Served::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::Class;

    fn row(status: u16, took: &str, tail: &str) -> String {
        format!(
            "10.0.0.9 - - [12/May/2026:09:00:12 +0000] \"POST /v1/chat/completions HTTP/1.1\" {status} 512 \"-\" \"agent/1 [x] [y]\" 1234 {took} [default-llm-80] [] {tail} 8c3f0d1e5a7b4c2d"
        )
    }

    #[test]
    fn the_upstream_fields_tell_the_side_and_each_try() {
        let lines = [
            row(200, "2.000", "10.1.2.3:8080 512 2.000 200"),
            row(429, "0.200", "10.1.2.3:8080 512 0.200 429"),
            row(429, "0.000", "- - - -"),
            row(503, "0.000", "- - - -"),
            row(200, "1.500", "10.1.2.3:8080, 10.1.2.4:8080 0, 512 0.500, 1.000 502, 200"),
        ];
        assert_eq!(format_id(&lines[0]), Some("ingress-nginx-access"));
        let parsed = parse(&IngressNginx, "access.log", format!("{}\n", lines.join("\n")).as_bytes());
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.status, a.class)).collect();
        assert_eq!(
            actual,
            [
                (Some(200), Class::Ok),
                (Some(429), Class::RateLimited),
                (Some(429), Class::Local),
                (Some(503), Class::Local),
                (Some(502), Class::Overload),
                (Some(200), Class::Ok),
            ]
        );
        let first = parsed.attempts[0];
        assert_eq!(first.end.unwrap().since(first.start), 2.0);
        assert_eq!(text(&parsed, parsed.attempts[1].request_id), "8c3f0d1e5a7b4c2d");
    }

    #[test]
    fn other_lines_are_none_of_ours() {
        let combined = "1.2.3.4 - - [03/Mar/2026:16:19:10 +0000] \"POST /v1/messages HTTP/1.1\" 429 9 \"-\" \"-\"";
        assert_eq!(format_id(combined), Some("nginx-access"));
        for odd in [" [", "] [", "POST", &row(200, "x", "- - - -"), &row(200, "1.0", "-")] {
            assert!(parse(&IngressNginx, "a", odd.as_bytes()).attempts.is_empty(), "{odd}");
        }
    }
}
