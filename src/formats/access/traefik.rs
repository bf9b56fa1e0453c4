//! Traefik: its common log format, and its JSON.
//!
//! In: access lines. Out: one row a request. The stamp is the start, in whole seconds in the common format (its middle is taken). Where
//! a middleware of Traefik's own refused (rateLimit, inFlightReq), no service is named: `"-" 0ms`, or in JSON an `OriginStatus` of 0.
//! Source: Traefik's documentation, public log lines.

use serde_json::{Map, Value};

use super::common_log::{self, TOLERANCE_S};
use super::{
    LineKind, Lines, OwnLimit, Served, headers, is_call_in, is_line_of, names_call, number, recognises, status, text,
    time,
};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place};

static INFO: FormatInfo = FormatInfo {
    id: "traefik-access",
    client: "traefik",
    client_traits: crate::formats::ClientTraits::gateway(18),
    rank: 0,
    merge_tolerance_s: TOLERANCE_S,
    program: "Traefik 2 and 3 access log (common log format, JSON)",
    lives: &["where accessLog.filePath says, else standard output (Linux, macOS, Windows)"],
    shows: "every request to a model API with start, end and status, and which side spoke; in JSON limits and the wait, where the log keeps headers",
    not_logged: "error texts, tokens, models, agents; which middleware refused. A cut connection and an upstream's 502 look alike but for their size",
    established: "read (its documentation, public log lines); not run",
};

/// Traefik.
#[derive(Debug)]
pub struct Traefik;

impl LogFormat for Traefik {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        recognises(head, read)
    }

    fn needs(&self) -> &'static [&'static str] {
        &["RequestMethod", "RequestPath", "DownstreamStatus", "StartUTC", "Duration"]
    }

    fn stateless(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Lines::new(read))
    }
}

/// Names that no other program's log has.
const NAMED: &[&str] = &[
    "DownstreamStatus",
    "OriginStatus",
    "OriginDuration",
    "RequestMethod",
    "RequestPath",
    "RequestHost",
    "RouterName",
    "ServiceName",
    "StartUTC",
    "StartLocal",
    "entryPointName",
];

/// Names that others use too.
const SHARED: &[&str] = &["Duration", "time", "level", "msg"];

fn read(text: &str, number: u64, then: &mut dyn FnMut(LineKind<'_>)) {
    if !text.starts_with('{') {
        match plain(text, number) {
            Some(served) => then(LineKind::Request(&served)),
            None if text.ends_with("ms") && names_call(text) => then(LineKind::Unread),
            None => {}
        }
        return;
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return };
    if !is_line_of(&fields, NAMED, SHARED) {
        return;
    }
    let any = |keys: &[&str]| keys.iter().any(|k| fields.contains_key(*k));
    then(LineKind::Fields(&[
        ("RequestMethod", any(&["RequestMethod"])),
        ("RequestPath", any(&["RequestPath"])),
        ("DownstreamStatus", any(&["DownstreamStatus"])),
        ("StartUTC", any(&["StartUTC", "StartLocal", "time"])),
        ("Duration", any(&["Duration"])),
    ]));
    if let Some(served) = json(&fields, number) {
        then(LineKind::Request(&served));
    }
}

/// The combined format, then `COUNT "ROUTER" "SERVICE'S ADDRESS" 27379ms`.
fn plain(text: &str, line: u64) -> Option<Served<'_>> {
    let read = common_log::read(text)?;
    let (count, rest) = common_log::after_agent(read.rest).split_once('"')?;
    count.trim().parse::<u64>().ok().or((count.trim() == "-").then_some(0))?;
    let (_, rest) = rest.split_once("\" \"")?;
    let (service, rest) = rest.split_once('"')?;
    let took_ms: f64 = rest.trim().strip_suffix("ms")?.parse().ok()?;
    let side = Side { asked: !matches!(service, "" | "-"), status: read.status, size: read.size };
    Some(Served {
        start: Some(read.at),
        end: Some(read.at.plus(took_ms / 1000.0)),
        target: read.target,
        line,
        ..side.to_served()
    })
}

/// What shows who answered.
struct Side {
    /// A service was named or answered.
    asked: bool,
    status: u16,
    size: Option<u64>,
}

impl Side {
    fn to_served<'a>(&self) -> Served<'a> {
        let is_own = !self.asked && matches!(self.status, 429 | 503);
        // Traefik's own words for a service that it could not reach, by their length: "Bad Gateway", "Gateway Timeout".
        let own_words = matches!((self.status, self.size), (502, Some(11)) | (504, Some(15)));
        Served {
            status: self.status,
            own: if is_own { OwnLimit::Unnamed } else { OwnLimit::None },
            not_reached: own_words || (!self.asked && matches!(self.status, 502 | 504)),
            ..Served::default()
        }
    }
}

fn json(fields: &Map<String, Value>, line: u64) -> Option<Served<'_>> {
    let target = text(fields, &["RequestPath"])?;
    if !is_call_in(text(fields, &["RequestMethod"])?, target, fields) {
        return None;
    }
    let origin = number(fields, &["OriginStatus"]);
    let took_s = number(fields, &["Duration"]).map(|ns| ns / 1e9).filter(|s| (0.0..=86_400.0).contains(s));
    let start = time(fields, &["StartUTC", "StartLocal"]);
    let end = start.zip(took_s).map(|(start, s)| start.plus(s)).or_else(|| time(fields, &["time"]));
    // A log that keeps no origin's fields says nothing of the side.
    let has_origin = fields.contains_key("OriginStatus") || fields.contains_key("OriginDuration");
    let side = Side {
        asked: !has_origin || origin.is_some_and(|s| s > 0.0),
        status: status(fields, &["DownstreamStatus", "OriginStatus"])?,
        size: number(fields, &["DownstreamContentSize", "OriginContentSize"]).map(|n| n as u64),
    };
    Some(Served {
        start,
        end,
        headers: Some(headers(fields)),
        request_id: text(fields, &["request_X-Request-Id", "downstream_X-Request-Id", "origin_X-Request-Id"]),
        host: text(fields, &["ServiceAddr", "RequestHost"]),
        target,
        line,
        ..side.to_served()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::formats::testing::{format_id, parse};
    use crate::model::Class;

    fn classes(lines: &[String]) -> (Parsed, Vec<Class>) {
        let parsed = parse(&Traefik, "access.log", format!("{}\n", lines.join("\n")).as_bytes());
        let classes = parsed.attempts.iter().map(|a| a.class).collect();
        (parsed, classes)
    }

    fn line(status: u16, size: u32, tail: &str) -> String {
        format!(
            "10.0.0.9 - - [12/May/2026:09:00:12 +0000] \"POST /v1/chat/completions HTTP/2.0\" {status} {size} \"-\" \"agent\" 7 \"llm@docker\" {tail}"
        )
    }

    #[test]
    fn a_middleware_s_refusal_names_no_service() {
        let lines = [
            line(200, 900, "\"http://172.29.0.2:8111\" 27379ms"),
            line(429, 17, "\"-\" 0ms"),
            line(429, 90, "\"http://172.29.0.2:8111\" 120ms"),
            line(502, 11, "\"http://172.29.0.2:8111\" 3ms"),
            line(502, 400, "\"http://172.29.0.2:8111\" 3ms"),
            line(503, 20, "\"-\" 0ms"),
        ];
        assert_eq!(format_id(&lines[0]), Some("traefik-access"));
        let (parsed, classes) = classes(&lines);
        assert_eq!(
            classes,
            [Class::Ok, Class::Local, Class::RateLimited, Class::Network, Class::Overload, Class::Local]
        );
        let first = parsed.attempts[0];
        assert_eq!(
            (first.start.rfc3339().as_str(), first.end.unwrap().since(first.start)),
            ("2026-05-12T09:00:12.499Z", 27.379)
        );
    }

    #[test]
    fn json_has_the_origin_s_status() {
        let line = |down: u16, origin: u16| {
            format!(
                r#"{{"ClientHost":"10.0.0.9","DownstreamContentSize":17,"DownstreamStatus":{down},"Duration":1500000000,"OriginDuration":1400000000,"OriginStatus":{origin},"RequestHost":"llm.example","RequestMethod":"POST","RequestPath":"/v1/messages","RouterName":"llm@docker","StartUTC":"2026-05-12T09:00:12.123456789Z","downstream_Retry-After":"9","level":"info","msg":"","time":"2026-05-12T09:00:13Z"}}"#
            )
        };
        let lines = [line(200, 200), line(429, 0), line(429, 429)];
        assert_eq!(format_id(&lines[0]), Some("traefik-access"));
        let (parsed, classes) = classes(&lines);
        assert_eq!(classes, [Class::Ok, Class::Local, Class::RateLimited]);
        assert_eq!(parsed.attempts[2].end.unwrap().since(parsed.attempts[2].start), 1.5);
        assert_eq!(parsed.attempts[2].retry_after_s(), Some(9.0));
    }
}
