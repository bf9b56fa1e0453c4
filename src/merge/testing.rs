//! Rows and inputs in a few words, for unit tests.

use super::{Context, Labels, Merged, Rows};
use crate::formats::LogFormat;
use crate::formats::testing::parse_as;
use crate::input::InputFile;
use crate::model::{Attempt, Class, Fidelity, FileId, Outcome, SourceRef, TextId, Texts, Time, Tokens, Wait};
use crate::signals::catalogue;

/// Second zero of all test logs: 2026-03-03T16:00:00Z.
pub(crate) const ZERO: Time = Time::from_micros(1_772_553_600_000_000);

/// An admitted attempt from `start` to `end` seconds, in a agent.
pub(crate) fn admitted(texts: &mut Texts, start: f64, end: f64, agent: &str) -> Attempt {
    attempt(texts, start, end, agent, 200)
}

/// A refused attempt with this status.
pub(crate) fn refused(texts: &mut Texts, start: f64, agent: &str, status: u16) -> Attempt {
    attempt(texts, start, start + 0.2, agent, status)
}

fn attempt(texts: &mut Texts, start: f64, end: f64, agent: &str, status: u16) -> Attempt {
    let (outcome, class) = match status {
        200 => (Outcome::Admitted, Class::Ok),
        429 => (Outcome::Refused, Class::RateLimited),
        503 => (Outcome::Refused, Class::Overload),
        _ => (Outcome::Refused, Class::Access),
    };
    Attempt {
        start: ZERO.plus(start),
        start_low: ZERO.plus(start),
        end: Some(ZERO.plus(end)),
        outcome,
        class,
        status: Some(status),
        fidelity: Fidelity::Observed,
        at_most: 1,
        try_number: 0,
        start_read: true,
        ended_work: false,
        unanswered: false,
        unconfirmed: false,
        tokens: Tokens::UNKNOWN,
        client: texts.intern("canonical"),
        rank: 1,
        provider: Some(texts.intern("kimi-code")),
        account: None,
        model: None,
        session: Some(texts.intern("s")),
        agent: Some(texts.intern(agent)),
        error_kind: None,
        error_message: None,
        local_limit: None,
        signal: None,
        request_id: None,
        request_hash: 0,
        retry_after: Wait::NOT_GIVEN,
        source: SourceRef { file: FileId(0), line: (start * 10.0) as u32 + 1 },
        also: None,
    }
}

/// One input with the given number, as the input stage would give it.
pub(crate) fn numbered(format: &'static dyn LogFormat, path: &str, bytes: &[u8], number: u32) -> InputFile {
    InputFile {
        path: path.to_owned(),
        bytes: bytes.len() as u64,
        sha256: None,
        format: Some(format.info().id),
        log: Some(format.info()),
        parsed: parse_as(format, path, bytes, FileId(number)),
        snapshots: Vec::new(),
        problems: Vec::new(),
        unreadable: false,
    }
}

/// One input.
pub(crate) fn file(format: &'static dyn LogFormat, path: &str, bytes: &[u8]) -> InputFile {
    numbered(format, path, bytes, 0)
}

/// Epoch seconds of a UTC time of day on 2026-03-03.
pub(crate) fn wire_time(at: &str) -> f64 {
    Time::parse_rfc3339(&format!("2026-03-03T{at}Z")).unwrap().secs()
}

/// All attempts with ids of one table.
pub(crate) fn gather(files: &[InputFile]) -> (Vec<Attempt>, Texts) {
    let mut texts = Texts::default();
    let mut all = Vec::new();
    for file in files {
        let map = texts.absorb(&file.parsed.texts);
        let id = |t: Option<TextId>| t.map(|t| map[t.index()]);
        all.extend(file.parsed.attempts.iter().map(|a| Attempt {
            client: map[a.client.index()],
            provider: id(a.provider),
            account: id(a.account),
            model: id(a.model),
            session: id(a.session),
            agent: id(a.agent),
            error_kind: id(a.error_kind),
            error_message: id(a.error_message),
            request_id: id(a.request_id),
            ..*a
        }));
    }
    (all, texts)
}

/// Runs one step without labels.
pub(crate) fn run_step(step: fn(&mut Rows, &Context<'_>) -> Merged, rows: &mut Rows) -> Merged {
    step(rows, &Context { labels: &Labels::default(), catalogue: catalogue() })
}

/// Runs all steps over files whose times are in UTC.
pub(crate) fn merge_files(files: &mut [InputFile]) -> (Merged, Rows) {
    let mut rows = Rows::take(files);
    let done = super::run(&mut rows, &Context { labels: &Labels::default(), catalogue: catalogue() });
    (done, rows)
}
