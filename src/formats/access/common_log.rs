//! The common log format of web servers, which most proxies begin their lines with.
//!
//! In: `ADDRESS - USER [04/May/2026:03:31:15 +0000] "POST /v1/messages HTTP/1.1" 429 174` and whatever follows. Out: its parts,
//! the rest as it stands. Always: the stamp is in whole seconds, so its middle is taken.

use chrono::DateTime;

use super::target_by;
use crate::formats::http::api;
use crate::model::Time;

/// A stamp in whole seconds means that second; its middle is at most this far from any millisecond in it. Half a
/// millisecond less than half a second, so that no millisecond of the next one is as near.
pub(super) const HALF_S: f64 = 0.4995;

/// How far apart two logs of one server may stamp one end: the middle of a second beside milliseconds of the same second.
pub(super) const TOLERANCE_S: f64 = HALF_S + 0.0001;

/// A request to a model.
#[derive(Debug)]
pub(super) struct Common<'a> {
    /// The middle of the second that the stamp names.
    pub(super) at: Time,
    /// What was asked for.
    pub(super) target: &'a str,
    /// What the client got.
    pub(super) status: u16,
    /// Bytes of the answer.
    pub(super) size: Option<u64>,
    /// What follows.
    pub(super) rest: &'a str,
}

/// Reads a line; `None` if it is none, or no call of a model.
pub(super) fn read(text: &str) -> Option<Common<'_>> {
    let (before, rest) = text.split_once(" [")?;
    if before.len() > 300 || before.contains('"') {
        return None;
    }
    let (stamped, rest) = rest.split_once("] ")?;
    let at = local_time(stamped)?.plus(HALF_S);
    // APISIX puts the host before the request.
    let (host, rest) = rest.split_once('"')?;
    if !host.trim_end().bytes().all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b)) {
        return None;
    }
    let (request, rest) = rest.split_once('"')?;
    let target = target_by(request, |target| api::is_call_of(target, agent(rest), None))?;
    let rest = rest.trim_start();
    let (status, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let status = status.parse().ok().filter(|s| (100..600).contains(s))?;
    let (size, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(Common { at, target, status, size: size.parse().ok(), rest })
}

/// The user agent, the second of the quoted texts behind status and size.
fn agent(rest: &str) -> Option<&str> {
    rest.split('"').nth(3)
}

/// What follows referrer and user agent. These two are the client's words and may hold anything but a bare quote.
pub(super) fn after_agent(rest: &str) -> &str {
    let mut rest = rest;
    for _ in 0..2 {
        let Some((_, quoted)) = rest.split_once('"') else { return "" };
        let Some((_, after)) = quoted.split_once('"') else { return "" };
        rest = after;
    }
    rest
}

/// The next value, which may be a list (`10.0.0.1:80, 10.0.0.2:80`), and what follows it.
pub(super) fn next_list(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    if text.is_empty() {
        return None;
    }
    let mut end = 0;
    for word in text.split_inclusive(' ') {
        end += word.len();
        if !word.trim_end().ends_with([',', ':']) {
            break;
        }
    }
    Some((text[..end].trim_end(), &text[end..]))
}

/// `04/May/2026:03:31:15 +0000`.
fn local_time(text: &str) -> Option<Time> {
    let parsed = DateTime::parse_from_str(text, "%d/%b/%Y:%H:%M:%S %z").ok()?;
    Some(Time::from_micros(parsed.timestamp_micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_one_value() {
        assert_eq!(next_list(" 10.0.0.1:80, 10.0.0.2:80 0, 9 -"), Some(("10.0.0.1:80, 10.0.0.2:80", "0, 9 -")));
        assert_eq!(next_list("- - x"), Some(("-", "- x")));
        assert_eq!(next_list(" "), None);
    }

    #[test]
    fn a_line_without_more_is_read() {
        let line = read("::1 - - [03/Mar/2026:16:19:10 +0100] \"POST /v1/messages HTTP/1.1\" 429 17").unwrap();
        assert_eq!((line.at.rfc3339().as_str(), line.status, line.size), ("2026-03-03T15:19:10.499Z", 429, Some(17)));
        for odd in
            ["x [y] \"POST /v1/messages\" 429", "[", "a [03/Mar/2026:16:19:10 +0100] b c \"POST /v1/messages\" 429"]
        {
            assert!(read(odd).is_none(), "{odd}");
        }
    }
}
