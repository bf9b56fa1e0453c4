//! vLLM as it prints to a terminal: its access lines have no time, the engine's lines between them do.
//!
//! In: `INFO 12-11 20:30:06 [loggers.py:236] Engine 000: Avg prompt throughput: ...`, which the engine writes every ten seconds while
//! it works, and `INFO:     10.0.0.7:40000 - "POST /v1/chat/completions HTTP/1.1" 503 Service Unavailable` of uvicorn. Out: one row a
//! request, at the time of the last line that has one. The year is that of the file's day. Where each access line has a stamp, the
//! log is `uvicorn-access`.

use super::{names_call, uvicorn};
use crate::formats::dates::{self, Dates, StampTime};
use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::{Fidelity, Record, Time};

static INFO: FormatInfo = FormatInfo {
    id: "vllm-log",
    client: "vllm",
    client_traits: crate::formats::ClientTraits::gateway(23),
    rank: 0,
    merge_tolerance_s: 0.0,
    program: "vLLM's output (engine lines with a time, access lines without)",
    lives: &["standard output of vllm serve, wherever it is sent (Linux, macOS, Windows)"],
    shows: "every request to a model API with its status, dated by the engine's line before it",
    not_logged: "when exactly a request was answered (the engine writes every ten seconds), starts, the year, the time zone, error texts, tokens, models, agents",
    established: "reported (public logs of 2025 and 2026); not run",
};

/// vLLM.
#[derive(Debug)]
pub struct Vllm;

impl LogFormat for Vllm {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        let (mut dated, mut called) = (false, false);
        head.lines(2000).any(|l| {
            let text = String::from_utf8_lossy(&l[..l.len().min(LOOKED_AT)]);
            dated = dated || engine_stamp(&text).is_some();
            called = called || access(&text).is_some();
            dated && called
        })
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser { dates: Dates::default(), last: None })
    }

    fn open_on(&self, place: &Place, head: &Head<'_>) -> Box<dyn LineParser> {
        Box::new(Parser { dates: Dates::of(head.lines(usize::MAX), place.named), last: None })
    }
}

/// Bytes of a line that are looked at.
const LOOKED_AT: usize = 4096;

/// What the processes of a server put before their lines: `(APIServer pid=1) `.
fn bare(text: &str) -> &str {
    let named = text.strip_prefix('(').and_then(|rest| rest.split_once(") "));
    named.filter(|(name, _)| name.contains(" pid=")).map_or(text, |(_, rest)| rest)
}

/// The stamp of `INFO 12-11 20:30:06 [loggers.py:236] ...`.
fn engine_stamp(text: &str) -> Option<&str> {
    let text = bare(text);
    let rest = ["DEBUG ", "INFO ", "WARNING ", "ERROR "].iter().find_map(|level| text.strip_prefix(level))?;
    let (stamp, rest) = rest.split_at_checked(14)?;
    let is_stamp = stamp.bytes().zip(*b"00-00 00:00:00").all(|(b, form)| match form {
        b'0' => b.is_ascii_digit(),
        _ => b == form,
    });
    let place = rest.strip_prefix(" [")?.split_once(']')?.0;
    (is_stamp && place.contains(".py:")).then_some(stamp)
}

/// The request of `INFO:     ADDRESS:PORT - "POST PATH HTTP/1.1" STATUS ...`.
fn access(text: &str) -> Option<uvicorn::Asked<'_>> {
    uvicorn::read_asked(bare(text).strip_prefix("INFO:")?.trim_start())
}

struct Parser {
    dates: Dates,
    last: Option<Time>,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let text = String::from_utf8_lossy(&line[..line.len().min(LOOKED_AT)]);
        if let Some(stamp) = engine_stamp(&text) {
            // glog's `I1211 20:30:06` is the same date, which is known to lack its year.
            let stamp = dates::find(&format!("I{}{}", &stamp[..2], &stamp[3..]));
            match stamp.map(|stamp| self.dates.resolve(&stamp)) {
                Some(StampTime::At(at) | StampTime::Local(at)) => self.last = Some(at),
                _ => sink.problem(number, "a time without a year; --now or --log-date YYYY-MM-DD names it"),
            }
            return;
        }
        let Some(asked) = access(&text) else {
            if text.contains("HTTP/1.") {
                if names_call(&text) { sink.note_kind(number, false) } else { sink.count_other_request() }
            }
            return;
        };
        sink.count_record();
        sink.note_kind(number, true);
        let Some(at) = self.last else {
            return sink.problem(number, "a request before the first line with a time; line ignored");
        };
        sink.mark_local_time();
        sink.note_time(at);
        sink.attempt(Record {
            end: Some(at),
            status: Some(asked.status),
            fidelity: Fidelity::Inferred,
            at_most: 1,
            line: number,
            ..Record::default()
        });
    }

    fn finish(self: Box<Self>, _: bool, _: &mut Sink) {}
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::formats::Named;
    use crate::formats::testing::format_id;
    use crate::model::{Class, FileId};

    const ENGINE: &str = "(APIServer pid=1) INFO 05-12 09:00:10 [loggers.py:236] Engine 000: Avg prompt throughput: 105.8 tokens/s, Avg generation throughput: 158.0 tokens/s, Running: 3 reqs, Waiting: 0 reqs, GPU KV cache usage: 0.3%";
    const CALL: &str =
        "(APIServer pid=1) INFO:     10.0.0.7:40000 - \"POST /v1/chat/completions HTTP/1.1\" 503 Service Unavailable";

    fn parse(lines: &[&str], date: Option<NaiveDate>) -> crate::formats::Parsed {
        let text = lines.join("\n");
        let place = Place { named: Named { date, ..Named::default() }, ..Place::default() };
        let mut parser = Vllm.open_on(&place, &Head { bytes: text.as_bytes() });
        let mut sink = Sink::new(FileId(0), &INFO);
        for (line, number) in text.lines().zip(1..) {
            parser.line(line.as_bytes(), number, &mut sink);
        }
        parser.finish(false, &mut sink);
        sink.into_parsed()
    }

    #[test]
    fn the_engine_s_lines_date_the_requests_and_are_none() {
        assert_eq!(format_id(&format!("{ENGINE}\n{CALL}\n")), Some("vllm-log"));
        assert_eq!(format_id(CALL), None, "without the engine there is no time");
        let health = "INFO:     127.0.0.1:1 - \"GET /health HTTP/1.1\" 200 OK";
        let later = ENGINE.replace("09:00:10", "09:00:20");
        let ok = CALL.replace("503 Service Unavailable", "200 OK");
        let parsed = parse(&[CALL, ENGINE, CALL, health, &later, &ok], NaiveDate::from_ymd_opt(2026, 5, 12));
        let actual: Vec<_> = parsed.attempts.iter().map(|a| (a.class, a.end.unwrap().rfc3339())).collect();
        assert_eq!(
            actual,
            [
                (Class::Overload, "2026-05-12T09:00:10.000Z".to_owned()),
                (Class::Ok, "2026-05-12T09:00:20.000Z".to_owned())
            ]
        );
        assert_eq!((parsed.other_requests, parsed.local_time), (1, true));
        assert!(parsed.problems.len() == 1 && parsed.problems[0].reason.contains("before the first"));
    }

    #[test]
    fn without_a_year_there_is_no_time() {
        let parsed = parse(&[ENGINE, CALL], None);
        assert!(parsed.attempts.is_empty() && parsed.problems.iter().any(|p| p.reason.contains("year")));
    }

    #[test]
    fn a_prompt_that_the_log_quotes_is_no_request() {
        let quoted = format!("INFO 05-12 09:00:11 [logger.py:39] Received request chatcmpl-1: prompt: '{CALL}'");
        let parsed = parse(&[ENGINE, &quoted], NaiveDate::from_ymd_opt(2026, 5, 12));
        assert!(parsed.attempts.is_empty() && parsed.problems.is_empty(), "{:?}", parsed.problems);
    }
}
