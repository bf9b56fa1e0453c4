//! A log format for tests: lines of `EPOCH SESSION`, after a first line `#fake` or `#pieces`; fails on
//! a line `mistake`, as a parser with a mistake in it would.

use crate::formats::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::{Record, Time};

pub struct Fake {
    info: FormatInfo,
    mark: &'static [u8],
    stateless: bool,
}

const fn info(id: &'static str) -> FormatInfo {
    FormatInfo {
        id,
        client: "fake",
        client_traits: crate::formats::ClientTraits::PLAIN,
        rank: 0,
        merge_tolerance_s: 0.0,
        program: "",
        lives: &[],
        shows: "",
        not_logged: "",
        established: "run",
    }
}

pub static FAKE: Fake = Fake { info: info("fake"), mark: b"#fake", stateless: false };
pub static STATELESS: Fake = Fake { info: info("pieces"), mark: b"#pieces", stateless: true };

pub fn recognise(head: &Head<'_>) -> Option<&'static dyn LogFormat> {
    [&FAKE, &STATELESS].into_iter().find(|f| f.recognises(head)).map(|f| f as &dyn LogFormat)
}

impl LogFormat for Fake {
    fn info(&self) -> &'static FormatInfo {
        if self.stateless { &STATELESS.info } else { &FAKE.info }
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.bytes.starts_with(self.mark)
    }

    fn stateless(&self) -> bool {
        self.stateless
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser)
    }
}

struct Parser;

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        let text = String::from_utf8_lossy(line);
        assert_ne!(text, "mistake", "a mistake in a parser");
        if text.starts_with('#') {
            return;
        }
        let Some((time, session)) = text.split_once(' ').and_then(|(t, s)| Some((t.parse().ok()?, s))) else {
            sink.problem(number, if line.len().is_multiple_of(2) { "even line" } else { "odd line" });
            return;
        };
        sink.count_record();
        sink.attempt(Record {
            start: Time::from_secs(time),
            status: Some(429),
            session: Some(session),
            line: number,
            ..Record::default()
        });
    }

    fn finish(self: Box<Self>, cut: bool, sink: &mut Sink) {
        if cut {
            sink.count_unanswered();
        }
    }
}
