//! The canonical form: one JSON object a line, one request each (docs/FORMATS.md, canonical form).
//!
//! In: lines with the canonical keys or their OpenTelemetry aliases. Out: one row a line. A value that cannot be
//! used is a problem that names its field, and the rest of the line is still read. Unknown keys are counted and
//! their values skipped. Each line is complete, so a big file may be read in pieces.

mod flat;
mod keys;
mod row;
mod values;
mod zones;

use keys::Field;
use row::Row;
use values::Reader;
use zones::Zones;

use super::dates::Dates;
use super::http::headers::retry_after;
use super::{FormatInfo, Head, LineParser, LogFormat, Place, Sink};
use crate::model::{ErrorFields, Fidelity, Record, RowOutcome, Snapshot, SourceRef, Time};
use crate::snapshots::headers;

static INFO: FormatInfo = FormatInfo {
    id: "canonical",
    client: "canonical",
    client_traits: crate::formats::ClientTraits {
        session_agents: crate::formats::SessionAgents::OneInOrder,
        ..crate::formats::ClientTraits::PLAIN
    },
    rank: 1,
    merge_tolerance_s: 0.0,
    program: "anything that writes the canonical form, with OpenTelemetry GenAI names as aliases",
    lives: &["wherever its writer puts it (Linux, macOS, Windows): one JSON object a line"],
    shows: "what its writer put there: one row, one request",
    not_logged: "what its writer left out",
    established: "run",
};

/// So many fields under the canonical keys make a line of the canonical form, whatever its writer renamed.
const OWN_FIELDS: usize = 6;

/// So many make one in a file that is known.
const FEW_FIELDS: usize = 3;

/// The names of the fields, which `--map` takes.
pub fn field_names() -> Vec<&'static str> {
    Field::ALL.map(Field::name).to_vec()
}

/// The canonical form.
#[derive(Debug)]
pub struct Canonical;

impl LogFormat for Canonical {
    fn info(&self) -> &'static FormatInfo {
        &INFO
    }

    fn recognises(&self, head: &Head<'_>) -> bool {
        head.lines(20).any(|l| {
            l.starts_with(b"{")
                && serde_json::from_slice::<Row<'_>>(l).is_ok_and(|row| {
                    let own = row.is_plain() || row.is_own();
                    row.own_fields() >= OWN_FIELDS || (row.is_attempt() && (own || row.is_model_call()))
                })
        })
    }

    fn needs(&self) -> &'static [&'static str] {
        &["start", "status"]
    }

    fn stateless(&self) -> bool {
        true
    }

    fn lists(&self) -> bool {
        true
    }

    fn open(&self, _: &Place) -> Box<dyn LineParser> {
        Box::new(Parser::default())
    }

    fn open_on(&self, place: &Place, head: &Head<'_>) -> Box<dyn LineParser> {
        let mut parser = Parser::default();
        // Only dates with slashes need those around them.
        let first = head.lines(1).next().unwrap_or_default();
        parser.zones.dates = match memchr::memchr(b'/', first) {
            Some(_) => Dates::of(head.lines(usize::MAX), place.named),
            None => Dates::of(std::iter::empty(), place.named),
        };
        Box::new(parser)
    }
}

#[derive(Default)]
struct Parser {
    zones: Zones,
    /// Fields whose names were noted, one bit each.
    noted: u32,
    /// A line that is no object, held back in case it is the last one of a file that is still written.
    pending: Option<u64>,
}

impl LineParser for Parser {
    fn line(&mut self, line: &[u8], number: u64, sink: &mut Sink) {
        self.report_pending(sink);
        match flat::row(line).or_else(|| serde_json::from_slice(line).ok()) {
            Some(row) => self.take(&row, number, sink),
            None => self.pending = Some(number),
        }
    }

    fn finish(mut self: Box<Self>, cut: bool, sink: &mut Sink) {
        if !cut {
            self.report_pending(sink);
        }
    }
}

impl Parser {
    fn report_pending(&mut self, sink: &mut Sink) {
        if let Some(number) = self.pending.take() {
            sink.problem(number, "not a JSON object");
        }
    }

    /// Reads one object.
    fn take(&mut self, row: &Row<'_>, line: u64, sink: &mut Sink) {
        for key in &row.unknown {
            sink.unknown_key(key);
        }
        if row.repeated {
            sink.problem(line, "a key stands twice; the last one counts");
        }
        let (timed, answered) = (row.is_timed(), row.is_answered());
        // An object with hardly a field of this form is no record of it.
        if (timed && answered) || row.own_fields() >= FEW_FIELDS {
            sink.need(line, "start", timed);
            sink.need(line, "status", answered);
        }
        if !(timed && answered) {
            sink.problem(line, "no start or end, or none of status, outcome and error_type; line ignored");
            return;
        }
        if !row.is_plain() && !row.is_own() && !row.is_model_call() {
            sink.problem(line, "no call of a model: neither its address nor a model says so; line ignored");
            return;
        }
        self.note(row, sink);
        sink.count_record();
        let mut reader = Reader { row, line, sink, zones: &mut self.zones };
        let record = record(&mut reader);
        if let Some(snapshot) = limits(row, &record, sink.source(line)) {
            sink.snapshot(snapshot);
        }
        sink.attempt(record);
    }

    /// Notes the team's own names, each field once.
    fn note(&mut self, row: &Row<'_>, sink: &mut Sink) {
        for (field, key) in &row.mapped {
            let is_message = *field == Field::ErrorMessage && matches!(key.as_ref(), "message" | "msg");
            let bit = 1 << (*field as u32);
            if self.noted & bit == 0 && !is_message {
                self.noted |= bit;
                sink.note_mapping(field.name(), key);
            }
        }
    }
}

/// What the answer's headers tell of limits. The row knows better than they whose limits these are.
fn limits(row: &Row<'_>, record: &Record<'_>, source: SourceRef) -> Option<Snapshot> {
    let headers = row.limits.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let snapshot = headers::snapshot(headers, record.end.or(record.start), source)?;
    let provider = record.provider.map(str::to_owned).or(snapshot.provider);
    Some(Snapshot { provider, account: record.account.map(str::to_owned), ..snapshot })
}

/// The wait that the answer's headers ask for.
fn asked_to_wait_s(headers: &[(String, String)], at: Option<Time>) -> Option<f64> {
    let value = |key: &str| headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)).map(|(_, v)| v.as_str());
    let milliseconds = value("retry-after-ms").and_then(|ms| ms.trim().parse::<f64>().ok());
    let wait_s = milliseconds.map(|ms| ms / 1000.0).or_else(|| retry_after(value("retry-after")?, at));
    wait_s.filter(|s| s.is_finite() && *s >= 0.0)
}

fn record<'r>(read: &mut Reader<'r, '_>) -> Record<'r> {
    use keys::Field as F;
    let (start, end) = read.times();
    let kind = read.text(F::ErrorType);
    // OpenTelemetry's error.type may be the status itself.
    let status = read.status().or_else(|| kind.filter(|k| k.len() == 3)?.parse().ok().filter(|s| *s >= 100));
    let message = read.message();
    let row_outcome = match read.outcome() {
        Some(outcome) => outcome,
        None if status.is_none() && message.is_some() => RowOutcome::Error,
        None if status.is_none() && kind.is_some() => RowOutcome::Error,
        None => RowOutcome::ByStatus,
    };
    Record {
        start,
        start_low: start,
        end,
        row_outcome,
        status,
        error: ErrorFields {
            kind,
            message: message.filter(|_| row_outcome != RowOutcome::Ok && status.is_none_or(|s| s >= 400)),
        },
        retry_after_s: read.seconds(F::RetryAfter).or_else(|| asked_to_wait_s(&read.row.limits, end.or(start))),
        input_tokens: read.tokens(F::Input),
        output_tokens: read.tokens(F::Output),
        cache_read_tokens: read.tokens(F::CacheRead),
        cache_write_tokens: read.tokens(F::CacheWrite),
        provider: read.text(F::Provider),
        account: read.text(F::Account),
        model: read.text(F::Model),
        session: read.text(F::Session),
        agent: read.text(F::Agent),
        request_id: read.text(F::RequestId),
        fidelity: if start.is_some() { Fidelity::Observed } else { Fidelity::Inferred },
        at_most: 1,
        try_number: read.tokens(F::Attempt).map_or(0, |n| u8::try_from(n).unwrap_or(u8::MAX)),
        line: read.line,
        ..Record::default()
    }
}

#[cfg(test)]
#[path = "canonical/tests.rs"]
mod tests;
