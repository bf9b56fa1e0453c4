//! nginx: the combined format, with `key=value` fields behind it, or a JSON `log_format` with the usual names.
//!
//! In: access lines. Out: one row a request, or one for each upstream that was tried. The stamp is the end, in whole
//! seconds (its middle is taken) unless the line has `$msec` too. Apache's combined log has the same shape.

use serde_json::{Map, Value};

use super::common_log::{self, TOLERANCE_S};
use super::{
    AGENTS, LineKind, Lines, OwnLimit, Served, TARGETS, headers, is_call_in, is_line_of, names_call, number,
    recognises, seconds, target_by, text, time, tries,
};
use crate::formats::http::api;
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place};
use crate::model::LocalLimit;

static INFO: FormatInfo = FormatInfo {
    id: "nginx-access",
    client: "nginx",
    client_traits: crate::formats::ClientTraits::gateway(21),
    rank: 0,
    // One request in two of a server's logs: the middle of a second beside milliseconds of the same second.
    merge_tolerance_s: TOLERANCE_S,
    program: "nginx access log (combined; with rt=, us=, rid=, ra= or the variables' own names behind it; JSON with the names of the variables)",
    lives: &[
        "/var/log/nginx/access.log (Linux)",
        "/opt/homebrew/var/log/nginx/access.log (macOS)",
        r"logs\access.log (Windows)",
    ],
    shows: "every request to a model API with its end and status; with $request_time its start, with $upstream_status, $limit_req_status or $limit_conn_status which side spoke, with $upstream_status each try; in JSON also limits and the wait in an answer's headers",
    not_logged: "error texts, tokens, models, agents; in the combined format starts and which side spoke. Other log formats have names of their own: the canonical form takes them",
    established: "run (nginx, three log formats)",
};

/// Rank of a line that has more than the combined format.
const TIMED: u8 = 1;

/// Rank of a JSON line.
const JSON: u8 = 2;

/// nginx.
#[derive(Debug)]
pub struct Nginx;

impl LogFormat for Nginx {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        recognises(head, read)
    }

    fn needs(&self) -> &'static [&'static str] {
        &["uri", "method", "status", "msec", "request_time"]
    }

    fn stateless(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Lines::new(read))
    }
}

/// Names of variables that no other program's log has.
const OWN: &[&str] = &[
    "request_time",
    "upstream_status",
    "upstream_response_time",
    "upstream_addr",
    "msec",
    "time_iso8601",
    "request_uri",
    "remote_addr",
    "body_bytes_sent",
    "http_user_agent",
    "limit_req_status",
    "limit_conn_status",
    "upstream_header_time",
    "request_method",
];

/// Names that others use too.
const SHARED: &[&str] = &[
    "time",
    "timestamp",
    "@timestamp",
    "request_id",
    "request",
    "method",
    "uri",
    "path",
    "status",
    "user_agent",
    "bytes",
];

/// Reads a line and hands it on.
fn read(text: &str, number: u64, then: &mut dyn FnMut(LineKind<'_>)) {
    if !text.starts_with('{') {
        match read_combined(text, number) {
            Some(served) => then(LineKind::Request(&served)),
            None if names_call(text) => then(LineKind::Unread),
            None => {}
        }
        return;
    }
    let Ok(Value::Object(fields)) = serde_json::from_str(text) else { return };
    let served = json(&fields, number);
    if is_line_of(&fields, OWN, SHARED) {
        then(LineKind::Fields(&carried_fields(&fields)));
    }
    if let Some(served) = served {
        then(LineKind::Request(&served));
    }
}

/// Which fields a JSON line has. People name some of them in their own ways: any of a field's names will do.
fn carried_fields(fields: &Map<String, Value>) -> [(&'static str, bool); 5] {
    let any = |keys: &[&str]| keys.iter().any(|k| fields.contains_key(*k));
    [
        ("uri", any(&["request", "uri", "request_uri", "path"])),
        ("method", any(&["request", "method", "request_method"])),
        ("status", any(&["status"])),
        ("msec", any(&["msec", "time", "time_iso8601", "timestamp", "@timestamp"])),
        ("request_time", any(&["request_time", "rt", "upstream_status"])),
    ]
}

/// `ADDRESS - USER [04/May/2026:03:31:15 +0000] "POST /v1/messages HTTP/1.1" 429 174 "-" "agent" rt=0.003 us="429"`.
fn read_combined(text: &str, line: u64) -> Option<Served<'_>> {
    let read = common_log::read(text)?;
    let fields = Fields(common_log::after_agent(read.rest));
    let took = fields.get(&["rt", "request_time"]).and_then(seconds);
    let mut served = Served {
        end: Some(read.at),
        status: read.status,
        target: read.target,
        rank: took.map(|_| TIMED),
        line,
        ..Served::default()
    };
    served.start = took.map(|s| read.at.plus(-s));
    let upstream = fields.get(&["us", "upstream_status"]);
    let times = fields.get(&["urt", "upstream_response_time"]);
    set_side(&mut served, upstream, times, fields.get(&["uht", "upstream_header_time"]));
    set_limit(&mut served, |name| fields.get(&[name]));
    served.retry_after = fields.get(&["ra", "retry_after"]).filter(|t| *t != "-");
    served.request_id = fields.get(&["rid", "request_id"]).filter(|t| *t != "-");
    Some(served)
}

/// Which side spoke, by the upstream's status. `None`: the log does not say.
fn set_side(served: &mut Served<'_>, upstream: Option<&str>, times: Option<&str>, headers: Option<&str>) {
    // An empty time says as much as an empty status; a time says that somebody was asked, but not what they answered.
    let Some(named) = upstream.or(times) else { return };
    let asked = !matches!(named.trim(), "" | "-");
    // limit_req and limit_conn answer 503 unless configured otherwise, and ask nobody.
    if !asked && matches!(served.status, 429 | 503) {
        served.own = OwnLimit::Unnamed;
    }
    served.not_reached = matches!(served.status, 502 | 504) && (!asked || matches!(headers, Some("-")));
    if let Some(upstream) = upstream.filter(|_| asked) {
        served.upstream = tries(upstream, times);
    }
}

/// `$limit_req_status` and `$limit_conn_status` say which limit of nginx's own refused.
fn set_limit<'a>(served: &mut Served<'_>, get: impl Fn(&str) -> Option<&'a str>) {
    for (name, limit) in [
        ("limit_req_status", OwnLimit::By(LocalLimit::Requests)),
        ("limit_conn_status", OwnLimit::By(LocalLimit::Parallel)),
    ] {
        if get(name) == Some("REJECTED") {
            served.own = limit;
        }
    }
}

/// `key=value` and `key="value"`; a value without quotes may be a list (`0.500, 1.500`).
struct Fields<'a>(&'a str);

impl<'a> Fields<'a> {
    fn get(&self, keys: &[&str]) -> Option<&'a str> {
        keys.iter().find_map(|key| self.one(key))
    }

    fn one(&self, key: &str) -> Option<&'a str> {
        let at = self
            .0
            .match_indices(key)
            .find(|(at, _)| self.0[at + key.len()..].starts_with('=') && (*at == 0 || self.0[..*at].ends_with(' ')))?;
        let value = &self.0[at.0 + key.len() + 1..];
        match value.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None if value.starts_with([' ', '\t']) => Some(""),
            None => common_log::next_list(value).map_or(Some(""), |(value, _)| Some(value)),
        }
    }
}

/// A JSON line with the names of nginx's variables, or those that most people give them.
fn json(fields: &Map<String, Value>, line: u64) -> Option<Served<'_>> {
    let by_agent = |t: &str| api::is_call_of(t, text(fields, AGENTS), text(fields, TARGETS));
    let whole = text(fields, &["request"]).and_then(|r| target_by(r, by_agent));
    let parts = || {
        let uri = text(fields, &["uri", "request_uri", "path"])?;
        is_call_in(text(fields, &["method", "request_method"])?, uri, fields).then_some(uri)
    };
    let target = whole.or_else(parts)?;
    let status = super::status(fields, &["status"])?;
    let took = number(fields, &["request_time", "rt"]).filter(|s| (0.0..=86_400.0).contains(s));
    // nginx's own lines have both; of any other JSON log nothing is known.
    let upstream = fields.get("upstream_status").map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    if took.is_none() && upstream.is_none() {
        return None;
    }
    let end = number(fields, &["msec"]).and_then(crate::model::Time::from_epoch);
    let end = end.or_else(|| time(fields, &["time", "time_iso8601", "timestamp", "@timestamp"]))?;
    let start = took.map(|s| end.plus(-s));
    let mut served = Served { start, end: Some(end), status, target, rank: Some(JSON), line, ..Served::default() };
    let raw = |key: &str| fields.get(key).and_then(Value::as_str);
    set_side(&mut served, upstream.as_deref(), raw("upstream_response_time"), raw("upstream_header_time"));
    set_limit(&mut served, raw);
    served.headers = Some(headers(fields));
    served.request_id = text(fields, &["request_id", "req_id"]);
    served.host = text(fields, &["upstream_host", "proxy_host"]);
    Some(served)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::Parsed;
    use crate::formats::testing::{format_id, parse, text};
    use crate::model::{Class, Outcome};

    fn read(lines: &[&str]) -> Parsed {
        parse(&Nginx, "access.log", format!("{}\n", lines.join("\n")).as_bytes())
    }

    fn line(status: u16, more: &str) -> String {
        format!(
            "127.0.0.1 - - [03/Mar/2026:16:19:10 +0100] \"POST /v1/chat/completions HTTP/1.1\" {status} 174 \"-\" \"agent/1\"{more}"
        )
    }

    #[test]
    fn combined_has_an_end_and_no_start() {
        let parsed = read(&[&line(429, ""), &line(200, "")]);
        let [refused, ok] = &parsed.attempts[..] else { panic!("{parsed:?}") };
        assert_eq!((refused.outcome, refused.class, refused.start_read), (Outcome::Refused, Class::RateLimited, false));
        assert_eq!(ok.end.unwrap().rfc3339(), "2026-03-03T15:19:10.499Z");
        assert!(parsed.problems.is_empty() && !parsed.local_time);
    }

    #[test]
    fn fields_behind_it_tell_start_side_and_tries() {
        let parsed = read(&[
            &line(429, " rt=0.500 urt=0.500 us=\"429\" rid=abc ra=\"7\""),
            &line(429, " rt=0.000 urt=- us=\"-\" rid=abd ra=\"-\""),
            &line(502, " rt=0.100 uht=- urt=0.100 us=\"502\" rid=abe ra=\"-\""),
            &line(200, " rt=2.000 urt=0.500, 1.500 us=\"429, 200\" rid=abf ra=\"-\""),
        ]);
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.status, a.class, a.retry_after_s())).collect();
        assert_eq!(
            actual,
            [
                (Some(429), Class::RateLimited, Some(7.0)),
                (Some(429), Class::Local, None),
                (None, Class::Network, None),
                (Some(429), Class::RateLimited, None),
                (Some(200), Class::Ok, None)
            ]
        );
        assert_eq!(parsed.attempts[0].end.unwrap().since(parsed.attempts[0].start), 0.5);
        assert_eq!(text(&parsed, parsed.attempts[0].request_id), "abc");
        assert_eq!(parsed.attempts[4].end.unwrap().since(parsed.attempts[4].start), 1.5);
    }

    #[test]
    fn the_limiters_statuses_say_who_refused() {
        // As nginx 1.22 wrote them behind the combined format.
        let more = |status: &str, upstream: &str| {
            format!(
                " request_time=0.058 upstream_status={upstream} upstream_response_time={upstream} limit_req_status={status}"
            )
        };
        let parsed = read(&[
            &line(429, &more("REJECTED", "-")),
            &line(429, &more("PASSED", "429")),
            &line(200, &more("REJECTED_DRY_RUN", "200")),
            &line(503, " request_time=0.000 limit_conn_status=REJECTED"),
            &line(429, " request_time=0.000 upstream_response_time=-"),
        ]);
        let classes: Vec<Class> = parsed.attempts.iter().map(|a| a.class).collect();
        assert_eq!(classes, [Class::Local, Class::RateLimited, Class::Ok, Class::Local, Class::Local]);
    }

    #[test]
    fn json_lines_have_milliseconds() {
        let json = r#"{"time":"2026-11-24T03:31:15+00:00","msec":"1795491075.193","request_id":"2f","method":"POST","uri":"/v1/messages","status":429,"request_time":0.003,"upstream_status":"429","upstream_response_time":"0.003","retry_after":"1","user_agent":"x"}"#;
        let parsed = read(&[json]);
        let row = parsed.attempts[0];
        assert_eq!((row.end.unwrap().rfc3339().as_str(), row.rank), ("2026-11-24T03:31:15.193Z", 2));
        assert_eq!((row.retry_after_s(), text(&parsed, row.request_id)), (Some(1.0), "2f"));
        assert_eq!(format_id(json), Some("nginx-access"));
    }

    #[test]
    fn a_rejection_names_the_limit_of_nginx() {
        let row = |more: &str| {
            let line = format!(
                r#"{{"msec":"1778576436.000","request_method":"POST","request_uri":"/v1/messages","status":429,"request_time":0.0,"remote_addr":"a",{more}}}"#
            );
            let row = read(&[&line]).attempts[0];
            (row.class, row.local_limit)
        };
        assert_eq!(row(r#""limit_req_status":"REJECTED""#), (Class::Local, Some(LocalLimit::Requests)));
        assert_eq!(
            row(r#""limit_conn_status":"REJECTED","upstream_status":"""#),
            (Class::Local, Some(LocalLimit::Parallel))
        );
        assert_eq!(row(r#""upstream_status":"""#), (Class::Local, None));
        assert_eq!(row(r#""limit_req_status":"PASSED","upstream_status":"429""#), (Class::RateLimited, None));
        assert_eq!(row(r#""limit_req_status":"REJECTED_DRY_RUN","upstream_status":"429""#).0, Class::RateLimited);
    }

    #[test]
    fn headers_among_the_fields_are_waits_and_readings() {
        let row = |second: u32, status: u16, headers: &str| {
            format!(
                r#"{{"time_iso8601":"2026-11-24T03:31:{second:02}+00:00","request":"POST /v1/messages HTTP/1.1","status":"{status}","request_time":0.5,"upstream_status":"{status}",{headers}}}"#
            )
        };
        let lines = [
            row(1, 429, r#""upstream_http_retry_after":"7","upstream_http_x_ratelimit_limit_requests":"-""#),
            row(
                2,
                429,
                r#""sent_http_x_ratelimit_limit_requests":"60","sent_http_x_ratelimit_remaining_requests":"0","sent_http_x_ratelimit_reset_requests":"20s""#,
            ),
            row(
                3,
                200,
                r#""anthropic_ratelimit_unified_5h_utilization":0.5,"anthropic_ratelimit_unified_5h_reset":1795501079"#,
            ),
            row(4, 200, r#""retry_after":"-","authorization":"Bearer sk-x""#),
        ];
        let parsed = read(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(
            parsed.attempts.iter().map(|a| a.retry_after_s()).collect::<Vec<_>>(),
            [Some(7.0), Some(20.0), None, None]
        );
        let windows: Vec<_> = parsed
            .snapshots
            .iter()
            .flat_map(|s| s.state.windows.iter().map(|w| (s.source.line, w.window_minutes, w.remaining_share)))
            .collect();
        assert_eq!(windows, [(2, 1, Some(0.0)), (3, 300, Some(0.5))]);
    }

    #[test]
    fn tries_at_the_upstream_stay_several_though_they_share_an_id() {
        let parsed = read(&[&line(429, " rt=2.000 urt=0.500, 0.500, 1.000 us=\"429, 429, 429\" rid=abf ra=\"-\"")]);
        let ids: Vec<&str> = parsed.attempts.iter().map(|a| text(&parsed, a.request_id)).collect();
        assert_eq!(ids, ["-", "-", "abf"]);
    }

    #[test]
    fn the_log_of_a_web_site_is_none_of_ours() {
        let site = "1.2.3.4 - - [03/Mar/2026:16:19:10 +0000] \"POST /api/v1/messages HTTP/1.1\" 429 9 \"https://x/v1/chat/completions\" \"POST /v1/messages HTTP/1.1\"";
        let get = "1.2.3.4 - - [03/Mar/2026:16:19:10 +0000] \"GET /v1/chat/completions HTTP/1.1\" 404 9 \"-\" \"-\"";
        assert!(read(&[site, get]).attempts.is_empty());
        assert_eq!(format_id(&format!("{site}\n{get}\n")), None);
        assert_eq!(format_id(&format!("{site}\n{}\n", line(200, ""))), Some("nginx-access"));
    }

    #[test]
    fn words_of_the_client_are_not_fields() {
        let forged = "9.9.9.9 - - [03/Mar/2026:16:19:10 +0000] \"POST /v1/messages HTTP/1.1\" 200 9 \"-\" \"us=429 rt=9 ra=9999\"";
        let row = read(&[forged]).attempts[0];
        assert_eq!((row.status, row.start_read, row.retry_after_s()), (Some(200), false, None));
        for odd in
            ["[", " [] \"", "a [03/Mar/2026:16:19:10 +0000] \"POST /v1/messages", "{\"request\":7}POST", "é POST [é"]
        {
            assert!(read(&[odd]).attempts.is_empty(), "{odd}");
        }
    }
}
