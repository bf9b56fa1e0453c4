//! Where a parser puts what it found: interned attempts, snapshots, counted problems.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::budget::{BEYOND, Budget};
use super::{Drift, FormatInfo};
use crate::model::{
    Attempt, Class, Count, FileId, Outcome, Problem, Record, RowOutcome, Snapshot, SourceRef, TextId, Texts, Time,
    Tokens, Wait,
};
use crate::signals::class::{ADMITTED_BEFORE_CUT_S, class_of};
use crate::signals::unwrap;
use crate::snapshots::capture_time::Clues;
use crate::snapshots::entry::Entry;
use crate::snapshots::{snapshot, warning};

/// Longest name of a row that is kept, in bytes.
const TEXT_BYTES: usize = 600;

/// Longest error message that is kept: gateways wrap the provider's answer in an answer of their own.
const MESSAGE_BYTES: usize = 2000;

/// Most distinct problems kept per file; the rest are counted under one reason.
pub(super) const PROBLEM_KINDS: usize = 40;

/// That reason.
pub(super) const FURTHER_PROBLEMS: &str = "further problems of other kinds";

/// Most distinct unknown keys kept per file.
pub(super) const UNKNOWN_KEYS: usize = 200;

/// What one file held.
#[derive(Clone, Debug, Default)]
pub struct Parsed {
    /// Attempts in the order of the file; ids refer to `texts`.
    pub attempts: Vec<Attempt>,
    /// Snapshots in the log.
    pub snapshots: Vec<Snapshot>,
    /// The texts.
    pub texts: Texts,
    /// Problems, by first line.
    pub problems: Vec<Problem>,
    /// Lines or bodies that were records of the format.
    pub records: u64,
    /// Unknown keys and how often (canonical form).
    pub unknown_keys: BTreeMap<String, u64>,
    /// Fields and their names in a team's own JSON or CSV, as they were mapped.
    pub mapped: BTreeMap<String, String>,
    /// The offset of its local stamps in seconds, where other stamps of the file prove it.
    pub proven_offset_s: Option<i32>,
    /// Stamps carry no zone: times are local ones read as UTC, to be shifted by the timeline.
    pub local_time: bool,
    /// Spans that are no call of a model.
    pub skipped: u64,
    /// Requests that ask no model to complete anything: lists of models, health checks, files.
    pub other_requests: u64,
    /// Requests that have no answer in this file (it was cut or is still being written).
    pub unanswered: u64,
    /// Those of them that were in flight when the file ended, as far as it says when they left. They have no outcome.
    pub open: Vec<Attempt>,
    /// Start and end of all readable stamps, for coverage: absence of attempts inside is real.
    pub span: Option<(Time, Time)>,
    /// Provider that the file names for all of its rows (a configuration line), if any.
    pub provider: Option<String>,
    /// Models that the file names for its sessions, whether or not it has rows of them, in its order.
    pub naming: Vec<Naming>,
    /// Whether the fields that the format needs were there.
    pub drift: Drift,
}

/// From when on a session's requests go to a model. The time is the file's own, before a local one is settled.
#[derive(Clone, Debug, PartialEq)]
pub struct Naming {
    /// The session.
    pub session: String,
    /// Since when.
    pub from: Time,
    /// The provider.
    pub provider: Option<String>,
    /// The model.
    pub model: Option<String>,
}

impl Parsed {
    /// Turns what is missing into problems. Called once, when the file is whole.
    pub fn settle_drift(&mut self, info: &FormatInfo) {
        if self.attempts.is_empty() && self.other_requests > 0 {
            let reason = format!("no request to a completion API among {} requests", self.other_requests);
            self.problems.push(Problem { line: 1, reason, count: 1 });
        }
        self.problems.extend(std::mem::take(&mut self.drift).alarms(info));
        self.problems.sort_by(|a, b| (a.line, &a.reason).cmp(&(b.line, &b.reason)));
    }
}

/// Collects one file.
#[derive(Debug)]
pub struct Sink {
    file: FileId,
    budget: Option<Arc<Budget>>,
    info: &'static FormatInfo,
    client: TextId,
    parsed: Parsed,
    problems: BTreeMap<String, (u64, u64)>,
    /// The error text read last with its status: most rows say what the row before them said.
    read_last: Option<(String, Option<u16>)>,
}

impl Sink {
    /// A sink for one file of the given format.
    pub fn new(file: FileId, info: &'static FormatInfo) -> Self {
        let mut parsed = Parsed::default();
        let client = parsed.texts.intern(info.client);
        Self { file, budget: None, info, client, parsed, problems: BTreeMap::new(), read_last: None }
    }

    /// The same, which keeps no more than the budget of the run allows.
    #[must_use]
    pub fn within(self, budget: &Arc<Budget>) -> Self {
        Self { budget: Some(Arc::clone(budget)), ..self }
    }

    /// Whether one more attempt or snapshot may be kept; if not, that is a problem.
    fn may_keep(&mut self, line: u64) -> bool {
        let may = self.budget.as_ref().is_none_or(|b| b.take());
        if !may {
            self.problem(line, BEYOND);
        }
        may
    }

    /// Notes that a line was a record of this format, whether or not it is an attempt.
    pub fn count_record(&mut self) {
        self.parsed.records += 1;
    }

    /// Notes the version of the program that the file names.
    pub fn note_version(&mut self, version: &str) {
        self.parsed.drift.version(version);
    }

    /// Notes whether a record that must carry `field` does (`LogFormat::needs`).
    pub fn need(&mut self, line: u64, field: &'static str, there: bool) {
        self.parsed.drift.need(line, field, there);
    }

    /// Notes whether the kind of a line is one that the format knows, whether or not it is an attempt.
    pub fn note_kind(&mut self, line: u64, known: bool) {
        self.parsed.drift.kind(line, known);
    }

    /// Notes a readable stamp, so that the file's coverage is known even where nothing was attempted.
    pub fn note_time(&mut self, at: Time) {
        if at.is_plausible() {
            let span = self.parsed.span.get_or_insert((at, at));
            span.0 = span.0.min(at);
            span.1 = span.1.max(at);
        }
    }

    /// Notes something that could not be read. `reason` is a short fixed phrase: equal ones are counted together.
    pub fn problem(&mut self, line: u64, reason: &str) {
        let known = self.problems.contains_key(reason);
        let key = if known || self.problems.len() < PROBLEM_KINDS { reason } else { FURTHER_PROBLEMS };
        let entry = self.problems.entry(key.to_owned()).or_insert((line, 0));
        entry.1 += 1;
    }

    /// Notes an unknown key of the canonical form.
    pub fn unknown_key(&mut self, key: &str) {
        if self.parsed.unknown_keys.len() < UNKNOWN_KEYS || self.parsed.unknown_keys.contains_key(key) {
            *self.parsed.unknown_keys.entry(key.chars().take(60).collect()).or_insert(0) += 1;
        }
    }

    /// Notes a team's own name for a field.
    pub fn note_mapping(&mut self, field: &str, key: &str) {
        self.parsed.mapped.entry(field.to_owned()).or_insert_with(|| key.chars().take(60).collect());
    }

    /// Notes the offset that a stamp of this file with a zone proves for those without one; the first counts.
    pub fn proven_offset(&mut self, seconds: i32) {
        self.parsed.proven_offset_s.get_or_insert(seconds);
    }

    /// Notes that the stamps of this file carry no zone.
    pub fn mark_local_time(&mut self) {
        self.parsed.local_time = true;
    }

    /// Notes the provider that a configuration line of the file names.
    pub fn provider(&mut self, provider: &str) {
        self.parsed.provider = Some(provider.to_owned());
    }

    /// Notes the model of a session, for the rows of other files that do not name it.
    pub fn naming(&mut self, naming: Naming) {
        if self.parsed.naming.last() != Some(&naming) {
            self.parsed.naming.push(naming);
        }
    }

    /// Notes spans that are no call of a model.
    pub fn count_skipped(&mut self, spans: u64) {
        self.parsed.skipped += spans;
    }

    /// Notes a request that asks no model to complete anything.
    pub fn count_other_request(&mut self) {
        self.parsed.other_requests += 1;
    }

    /// Notes a request without an answer.
    pub fn count_unanswered(&mut self) {
        self.parsed.unanswered += 1;
    }

    /// Takes a request that has no answer at the end of the file: it was in flight then.
    pub fn open(&mut self, r: Record<'_>) {
        self.count_unanswered();
        let Some(start) = r.start.filter(|t| t.is_plausible()) else { return };
        let open = Attempt { end: None, outcome: Outcome::Other, class: Class::Other, ..self.intern(&r, start) };
        self.parsed.open.push(open);
    }

    /// A reference to a line of this file.
    pub fn source(&self, line: u64) -> SourceRef {
        SourceRef { file: self.file, line: u32::try_from(line).unwrap_or(u32::MAX) }
    }

    /// Takes a snapshot from the log.
    pub fn snapshot(&mut self, snapshot: Snapshot) {
        if self.may_keep(u64::from(snapshot.source.line)) {
            self.parsed.snapshots.push(snapshot);
        }
    }

    /// Takes an attempt. A row without a believable time, or that ends before it starts, is a problem;
    /// the row is kept where one believable time remains.
    pub fn attempt(&mut self, mut r: Record<'_>) {
        for (name, time) in [("start", &mut r.start), ("end", &mut r.end)] {
            if time.is_some_and(|t| !t.is_plausible()) {
                *time = None;
                self.problem(r.line, &format!("{name} is outside 2015 to 2090"));
            }
        }
        if let (Some(s), Some(e)) = (r.start, r.end)
            && e < s
        {
            self.problem(r.line, "end is before start; end ignored");
            r.end = None;
        }
        let Some(anchor) = r.start.or(r.end) else {
            self.problem(r.line, "no believable time; line ignored");
            return;
        };
        self.note_time(anchor);
        if let Some(end) = r.end {
            self.note_time(end);
        }
        if let Some(message) = r.error.message {
            self.take_warning(message, r.end.unwrap_or(anchor), &r);
        }
        if !self.may_keep(r.line) {
            return;
        }
        let attempt = self.intern(&r, anchor);
        self.parsed.attempts.push(attempt);
    }

    /// Takes the snapshot that a client's own warning in an error's text is.
    fn take_warning(&mut self, message: &str, at: Time, r: &Record<'_>) {
        let Some(parsed) = warning::read(message, Some(at), None) else { return };
        let source = self.source(r.line);
        let clues = Clues { embedded: Some(at), ..Clues::default() };
        let entry = Entry {
            time: None,
            provider: r.provider.map(str::to_owned),
            account: r.account.map(str::to_owned),
            format: warning::INFO.id,
            parsed,
        };
        self.snapshot(snapshot(entry, &clues, source));
    }

    /// The status in the text of an error, where the row has none of its own.
    fn status_in_text(&mut self, r: &Record<'_>) -> Option<u16> {
        let message = r.error.message.filter(|_| r.status.is_none() && r.row_outcome != RowOutcome::Ok && !r.local)?;
        if self.read_last.as_ref().is_none_or(|(text, _)| text != message) {
            self.read_last = Some((message.to_owned(), unwrap::status_of(message)));
        }
        self.read_last.as_ref()?.1
    }

    /// Takes an attempt whose class and outcome are known already, and whether its start was read.
    pub fn attempt_of(&mut self, r: Record<'_>, class: Class, outcome: Outcome, start_read: bool) {
        let before = self.parsed.attempts.len();
        self.attempt(r);
        if let Some(attempt) = self.parsed.attempts.get_mut(before) {
            (attempt.class, attempt.outcome, attempt.start_read) = (class, outcome, start_read);
        }
    }

    fn intern(&mut self, r: &Record<'_>, anchor: Time) -> Attempt {
        let r = &Record { status: r.status.or_else(|| self.status_in_text(r)), ..*r };
        let class = class_of(r);
        let outcome = outcome_of(r, class);
        let texts = &mut self.parsed.texts;
        let client = r.client.map_or(self.client, |c| texts.intern(cut(c, TEXT_BYTES)));
        let message = r.error.message.filter(|t| !t.is_empty());
        let error_message = message.map(|t| texts.intern(cut(t, MESSAGE_BYTES)));
        let mut id = |t: Option<&str>| t.filter(|t| !t.is_empty()).map(|t| texts.intern(cut(t, TEXT_BYTES)));
        let refused = outcome == Outcome::Refused;
        Attempt {
            start: anchor,
            start_low: r.start_low.filter(|t| t.is_plausible()).unwrap_or(anchor).min(anchor),
            end: r.end,
            outcome,
            class,
            status: r.status,
            fidelity: r.fidelity,
            at_most: r.at_most.max(1),
            try_number: r.try_number,
            start_read: r.start.is_some(),
            ended_work: r.ended_work,
            unanswered: r.unanswered,
            unconfirmed: r.unconfirmed,
            tokens: Tokens {
                input: Count::new(r.input_tokens),
                output: Count::new(r.output_tokens),
                cache_read: Count::new(r.cache_read_tokens),
                cache_write: Count::new(r.cache_write_tokens),
            },
            client,
            rank: r.rank.unwrap_or(self.info.rank),
            provider: id(r.provider),
            account: id(r.account),
            model: id(r.model),
            session: id(r.session),
            agent: id(r.agent),
            error_kind: id(r.error.kind),
            error_message,
            local_limit: r.local_limit.filter(|_| r.local),
            signal: None,
            request_id: id(r.request_id.filter(|_| refused)),
            request_hash: r.same_as.or(r.request_id).map_or(0, hash),
            retry_after: Wait::new(r.retry_after_s),
            source: SourceRef { file: self.file, line: u32::try_from(r.line).unwrap_or(u32::MAX) },
            also: None,
        }
    }

    /// What the file held.
    pub fn into_parsed(mut self) -> Parsed {
        self.parsed.problems =
            self.problems.into_iter().map(|(reason, (line, count))| Problem { line, reason, count }).collect();
        self.parsed.problems.sort_by(|a, b| (a.line, &a.reason).cmp(&(b.line, &b.reason)));
        self.parsed.texts.settle();
        if self.parsed.attempts.capacity() <= SMALL {
            self.parsed.attempts.shrink_to_fit();
        }
        self.parsed
    }
}

/// Up to this many attempts a file's list is cut to what it holds: in a folder of tiny files the spare room adds up.
const SMALL: usize = 64;

fn outcome_of(r: &Record<'_>, class: Class) -> Outcome {
    match class {
        Class::Ok => Outcome::Admitted,
        Class::Other => Outcome::Other,
        Class::Network if r.broke_off || cut_late(r) || r.row_outcome == RowOutcome::Ok => Outcome::Admitted,
        _ => Outcome::Refused,
    }
}

fn cut_late(r: &Record<'_>) -> bool {
    !r.unanswered
        && !timed_out(r)
        && matches!((r.start, r.end), (Some(s), Some(e)) if e.since(s) > ADMITTED_BEFORE_CUT_S)
}

/// Whether a client's own timer ran out before any answer: the SDKs of OpenAI and Anthropic call that a timeout, and a stream
/// that breaks after its begin otherwise. Such a request waited for minutes and was never served.
fn timed_out(r: &Record<'_>) -> bool {
    const KINDS: [&str; 2] = ["APITimeoutError", "APIConnectionTimeoutError"];
    r.error.kind.is_some_and(|k| KINDS.contains(&k))
        || r.error.message.is_some_and(|m| m.starts_with("Request timed out"))
}

/// The first `n` bytes of a text, cut at a character.
fn cut(text: &str, n: usize) -> &str {
    &text[..text.floor_char_boundary(n)]
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish().max(1)
}
