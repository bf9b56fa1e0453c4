//! Prefixes of lines: compose, `kubectl`, stern, CRI, syslog, `docker logs -t`, `logcli`, `aws logs tail`.

use super::{Piece, stamp};
use crate::formats::Named;
use crate::formats::dates::{self, Dates, Stamp};

/// A kind of prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `app-1  | text`
    Compose,
    /// `[pod/web-6d5f/app] text`
    Pod,
    /// `web-6d5f8c7b9-x2x4z app text`
    Stern,
    /// `2026-05-12T09:00:00.123456789Z stderr F text`
    Cri,
    /// `<165>1 2026-05-12T09:00:00Z host app 123 - - text`
    Syslog,
    /// `May 12 09:00:00 host app[123]: text`, with any stamp; journald's short forms too
    Host,
    /// `2026-05-12T09:00:00Z {app="web"} text`, `2026-05-12T09:00:00Z group/stream text`
    Stream,
    /// `2026-05-12T09:00:00.123456789Z text`
    Stamp,
}

/// A kind of prefix with the dates of its stamps.
#[derive(Debug, Clone)]
pub(super) struct Wrapper {
    kind: Kind,
    dates: Dates,
}

impl Wrapper {
    /// The kinds that nearly all of the lines have.
    pub(super) fn of(lines: &[&[u8]], named: Named) -> Vec<Self> {
        let all =
            [Kind::Compose, Kind::Pod, Kind::Cri, Kind::Syslog, Kind::Host, Kind::Stern, Kind::Stream, Kind::Stamp];
        let fits = |kind: &Kind| {
            let opened = lines.iter().filter(|l| split(*kind, &String::from_utf8_lossy(l)).is_some()).count();
            opened > 0 && opened * 3 >= lines.len() * 2
        };
        let dates = Dates::of(lines.iter().copied(), named);
        all.into_iter().filter(fits).map(|kind| Self { kind, dates: dates.clone() }).collect()
    }

    /// The text of a line.
    pub(super) fn open(&mut self, line: &[u8]) -> Option<Piece> {
        let line = String::from_utf8_lossy(line);
        let Split { stamp, text, partial } = split(self.kind, &line)?;
        let (stamp, at) = stamp.map_or((None, None), |s| stamp::of_text(s, &mut self.dates));
        Some(Piece { text: text.as_bytes().to_vec(), stamp, at, partial, ..Piece::default() })
    }
}

/// A line taken apart.
struct Split<'a> {
    stamp: Option<&'a str>,
    text: &'a str,
    partial: bool,
}

fn split(kind: Kind, line: &str) -> Option<Split<'_>> {
    let plain = |text| Some(Split { stamp: None, text, partial: false });
    match kind {
        Kind::Compose => {
            let (name, text) = line.split_once('|')?;
            let token = name.trim_end();
            let is_name = is_name(token) && !token.contains(':') && token.bytes().any(|b| b.is_ascii_alphabetic());
            (is_name && name.len() > token.len()).then(|| plain(text.strip_prefix(' ').unwrap_or(text)))?
        }
        Kind::Pod => {
            let (name, text) = line.strip_prefix("[pod/")?.split_once("] ")?;
            name.split('/').all(is_name).then(|| plain(text))?
        }
        Kind::Stern => {
            let (pod, rest) = line.split_once(' ')?;
            let (container, text) = rest.split_once(' ')?;
            let hash = pod.rsplit_once('-').map(|(_, hash)| hash)?;
            let is_pod = is_label(pod) && (1..=10).contains(&hash.len()) && pod.bytes().any(|b| b.is_ascii_digit());
            (is_pod && is_label(container)).then(|| plain(text))?
        }
        Kind::Cri => {
            let (stamp, rest) = stamp_first(line)?;
            let rest = rest.strip_prefix(" stdout ").or_else(|| rest.strip_prefix(" stderr "))?;
            let (tag, text) = rest.split_once(' ').unwrap_or((rest, ""));
            matches!(tag, "F" | "P").then_some(Split { stamp: Some(stamp), text, partial: tag == "P" })
        }
        Kind::Syslog => syslog(line),
        Kind::Host => host(line),
        Kind::Stream => {
            let (stamp, rest) = stamp_first(line)?;
            let rest = rest.strip_prefix(' ')?;
            let text = match rest.strip_prefix('{') {
                Some(labels) => labels.split_once("} ")?.1,
                None => {
                    rest.split_once(' ')
                        .filter(|(stream, _)| {
                            stream.contains('/') && is_name(&stream.replace(['/', '$', '[', ']'], ""))
                        })?
                        .1
                }
            };
            Some(Split { stamp: Some(stamp), text, partial: false })
        }
        Kind::Stamp => {
            let (stamp, rest) = stamp_first(line)?;
            let text = rest.strip_prefix(' ')?;
            let is_whole = dates::find(stamp).is_some_and(|f| f.clock.offset_s.is_some());
            is_whole.then_some(Split { stamp: Some(stamp), text, partial: false })
        }
    }
}

/// A stamp at the very beginning, and the rest.
fn stamp_first(line: &str) -> Option<(&str, &str)> {
    let stamp: Stamp = dates::find(line).filter(|f| f.from == 0 && f.day.is_some())?;
    Some((line.get(..stamp.end)?, line.get(stamp.end..)?))
}

/// RFC 5424.
fn syslog(line: &str) -> Option<Split<'_>> {
    let (priority, rest) = line.strip_prefix('<')?.split_once('>')?;
    priority.parse::<u16>().ok()?;
    let mut fields = rest.splitn(7, ' ');
    fields.next().filter(|version| *version == "1")?;
    let stamp = fields.next()?;
    let tail = fields.nth(4)?;
    let text = match tail.strip_prefix('-') {
        Some(text) => text,
        None => &tail[structured_end(tail)?..],
    };
    let text = text.strip_prefix(' ').unwrap_or(text);
    Some(Split { stamp: Some(stamp), text: text.strip_prefix('\u{feff}').unwrap_or(text), partial: false })
}

/// Where the structured data of a line ends: behind the last bracket that closes one outside quotes.
fn structured_end(tail: &str) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in tail.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted && !tail[at + 1..].starts_with('[') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// RFC 3164 and its kin: a stamp, perhaps a host, a tag with a colon.
fn host(line: &str) -> Option<Split<'_>> {
    let bare = match line.strip_prefix('<').and_then(|l| l.split_once('>')) {
        Some((priority, rest)) if priority.parse::<u16>().is_ok() => rest,
        _ => line,
    };
    // journald's short-full begins with the name of the day.
    let bare = bare.split_once(' ').filter(|(day, _)| DAYS.contains(day)).map_or(bare, |(_, rest)| rest);
    let (stamp, rest) = stamp_first(bare)?;
    let rest = rest.strip_prefix(' ')?;
    let (first, after) = rest.split_once(' ')?;
    let is_tag = |t: &str| t.strip_suffix(':').is_some_and(|t| is_name(&t.replace(['[', ']', '/', '(', ')', '@'], "")));
    if is_tag(first) && first.contains('[') {
        return Some(Split { stamp: Some(stamp), text: after, partial: false });
    }
    let (tag, text) = after.split_once(' ')?;
    (is_name(first) && is_tag(tag)).then_some(Split { stamp: Some(stamp), text, partial: false })
}

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The name of a container, a host or a program.
fn is_name(token: &str) -> bool {
    !token.is_empty()
        && token.len() <= 128
        && token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':'))
}

/// A name as Kubernetes allows it.
fn is_label(token: &str) -> bool {
    is_name(token) && token.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'.'))
}

/// The line without the escapes that colour it.
pub(super) fn without_colours(line: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(line.len());
    let mut at = 0;
    while let Some(escape) = memchr::memchr(0x1b, &line[at..]) {
        plain.extend_from_slice(&line[at..at + escape]);
        at += escape + 1;
        if line.get(at) == Some(&b'[') {
            let end = line[at + 1..].iter().position(|b| (0x40..0x7f).contains(b));
            at = end.map_or(line.len(), |n| at + 2 + n);
        }
    }
    plain.extend_from_slice(&line[at..]);
    plain
}
