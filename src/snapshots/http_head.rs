//! The heads that `curl -i` and `curl -v` print before a body.
//!
//! In: text. Out: the last head's status and date, and where the body begins. Always: of several heads (100 Continue,
//! a proxy, redirects) the last one counts; request lines of `-v` (they hold the key) are passed over and never kept.

use chrono::DateTime;

use super::headers;
use crate::model::Time;

/// What a head holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HttpHead {
    /// Status.
    pub status: u16,
    /// The `Date` header.
    pub date: Option<Time>,
    /// Headers that tell limits, names and values; no others are kept.
    pub limits: Vec<(String, String)>,
}

/// Whether text begins as curl prints a reply with its head.
pub fn begins(text: &str) -> bool {
    ["HTTP/", "< HTTP/", "* ", "> "].iter().any(|start| text.starts_with(start))
}

/// Reads the heads. Returns the last one, and how many bytes of the text precede the body.
pub fn read(text: &str) -> Option<(HttpHead, usize)> {
    let mut at = 0;
    let mut head: Option<HttpHead> = None;
    let mut inside = false;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        let (head_line, received) = match bare.strip_prefix("< ").or_else(|| (bare == "<").then_some("")) {
            Some(head_line) => (head_line, true),
            None => (bare, false),
        };
        if let Some(status) = status(head_line) {
            head = Some(HttpHead { status, ..HttpHead::default() });
            inside = true;
        } else if inside && head_line.is_empty() {
            inside = false;
        } else if inside && (received || head_line.contains(':')) && !is_noise(bare) {
            let known = head.get_or_insert_default();
            known.date = known.date.or_else(|| date(head_line));
            known.limits.extend(limit(head_line).filter(|_| known.limits.len() < headers::MOST));
        } else if !is_noise(bare) {
            break;
        }
        at += line.len();
    }
    head.map(|h| (h, at))
}

/// Lines of `curl -v` and of its progress meter, and blank lines.
fn is_noise(line: &str) -> bool {
    let starts = ["* ", "> ", "{ [", "} [", "  % Total", "                                 Dload"];
    let meter = || line.trim_start().starts_with(|c: char| c.is_ascii_digit()) && line.contains("--:--:--");
    line.trim().is_empty() || line == ">" || starts.iter().any(|s| line.starts_with(s)) || meter()
}

/// The status of a status line: `HTTP/1.1 200 OK`, `HTTP/2 429`.
fn status(line: &str) -> Option<u16> {
    let mut words = line.strip_prefix("HTTP/")?.split_ascii_whitespace();
    words.next()?;
    words.next()?.parse().ok().filter(|s| (100..=999).contains(s))
}

/// A header with a limit.
fn limit(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    headers::tells_a_limit(name).then(|| (name.trim().to_owned(), value.trim().to_owned()))
}

/// The instant of a `Date` header: `Tue, 07 Apr 2026 11:10:03 GMT`.
fn date(line: &str) -> Option<Time> {
    let (name, value) = line.split_once(':')?;
    if !name.trim().eq_ignore_ascii_case("date") {
        return None;
    }
    let date = DateTime::parse_from_rfc2822(value.trim()).ok()?;
    Some(Time::from_micros(date.timestamp_micros())).filter(|t| t.is_plausible())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> (u16, Option<String>, &str) {
        let (head, at) = read(text).unwrap();
        (head.status, head.date.map(Time::rfc3339), &text[at..])
    }

    fn when() -> Option<String> {
        Some("2026-04-07T11:10:03.000Z".to_owned())
    }

    #[test]
    fn a_plain_head() {
        let text =
            "HTTP/2 200\r\ndate: Tue, 07 Apr 2026 11:10:03 GMT\r\ncontent-type: application/json\r\n\r\n{\"a\":1}";
        assert_eq!(split(text), (200, when(), "{\"a\":1}"));
        assert_eq!(split("HTTP/1.1 204 No Content\n\n"), (204, None, ""));
        assert_eq!(split("HTTP/1.1 200 OK\nDate: yesterday\n\n\n{}"), (200, None, "{}"));
    }

    #[test]
    fn only_limits_are_kept() {
        let text =
            "HTTP/1.1 429 Too Many\nRetry-After: 7\nX-RateLimit-Remaining-Requests: 0\nSet-Cookie: s=secret\n\n{}";
        let kept = [("Retry-After", "7"), ("X-RateLimit-Remaining-Requests", "0")];
        assert_eq!(read(text).unwrap().0.limits, kept.map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn of_several_heads_the_last_one_counts() {
        let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 302 Found\r\nDate: Tue, 07 Apr 2026 09:00:00 GMT\r\n\r\n\
                    HTTP/1.1 200 OK\r\nDate: Tue, 07 Apr 2026 11:10:03 GMT\r\n\r\n{}";
        assert_eq!(split(text), (200, when(), "{}"));
        let dateless = "HTTP/1.1 302 Found\nDate: Tue, 07 Apr 2026 09:00:00 GMT\n\nHTTP/1.1 200 OK\n\n{}";
        assert_eq!(split(dateless), (200, None, "{}"), "the date of a redirect is not that of the reply");
    }

    #[test]
    fn what_curl_v_prints_is_passed_over() {
        let text = "* Connected to api.example (203.0.113.7) port 443\n> GET /usages HTTP/2\n> Authorization: Bearer x\n>\n\
                    < HTTP/2 200\n< date: Tue, 07 Apr 2026 11:10:03 GMT\n<\n{ [580 bytes data]\n* left intact\n{\"a\":1}";
        assert_eq!(split(text), (200, when(), "{\"a\":1}"));
        let meter = "  % Total    % Received\n                                 Dload  Upload\n\
                     100   580    0   580    0     0   1234      0 --:--:-- --:--:-- --:--:--  1234\n\
                     HTTP/1.1 200 OK\nDate: Tue, 07 Apr 2026 11:10:03 GMT\n\n{}";
        assert_eq!(split(meter), (200, when(), "{}"));
    }

    #[test]
    fn what_is_no_head_is_none() {
        assert_eq!(read("{\"usage\":1}"), None);
        assert_eq!(read("* a list\n* of things\n"), None);
        assert_eq!(read("HTTP/ is a protocol\n"), None);
        assert_eq!(read(""), None);
    }
}
